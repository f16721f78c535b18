"""The manifest of a run."""

from __future__ import annotations

import json
import math
import re
import socket
import subprocess
from pathlib import Path

import pytest
from msgspec.structs import replace

from evaluations.results.manifest import Source, differences, git_state
from tests.evaluations.results.samples import Named, manifest


def test_nothing_in_it_tells_of_the_machine(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """No folder, no host, no user: the same run elsewhere has the same manifest, but for times and commit."""
    monkeypatch.chdir(tmp_path)
    made = replace(manifest(3), configuration=Source("/home/someone/private/evaluations.toml", "ef" * 32))
    started = made.started()
    text = json.dumps(started)
    assert not re.search(rf"/home|/srv|someone|{re.escape(socket.gethostname())}", text)
    assert {"name": "evaluations.toml", "sha256": "ef" * 32} == started["configuration"]
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", started["started"])
    assert started["git"] is None


def test_a_scale_without_ends_is_null() -> None:
    """JSON has no infinity."""
    made = replace(manifest(1), evaluators=[Named("loss", 0.0, math.inf, boolean=False, smaller_is_better=True)])
    (evaluator,) = json.loads(json.dumps(made.to_json(), allow_nan=False))["evaluators"]
    assert (0.0, None, True) == (evaluator["lowest"], evaluator["highest"], evaluator["smaller_is_better"])


def git(folder: Path, *words: str) -> str:
    """Run it."""
    identity = ("-c", "user.name=A", "-c", "user.email=a@example.org")
    command = ["git", "-C", str(folder), *identity, *words]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()


def test_the_commit_and_whether_something_differs_from_it(tmp_path: Path) -> None:
    """New files, such as the run's own folder, do not count: they can't have been in a commit."""
    git(tmp_path, "init", "--quiet")
    assert git_state(tmp_path) is None, "there is no commit yet"
    (tmp_path / "file").write_text("one")
    git(tmp_path, "add", "file")
    git(tmp_path, "commit", "--quiet", "--message", "One")
    (tmp_path / "results").mkdir()
    (tmp_path / "results" / "results.jsonl").write_text("")
    head = git(tmp_path, "rev-parse", "HEAD")
    assert {"commit": head, "dirty": False} == git_state(tmp_path)
    (tmp_path / "file").write_text("two")
    assert {"commit": head, "dirty": True} == git_state(tmp_path)


def test_a_run_has_everything_in_common_with_itself() -> None:
    """Also after it has been written and read; another commit makes no other run."""
    made = manifest(3, ("small", "large"), 2)
    earlier = {**json.loads(json.dumps(made.started())), "git": {"commit": "0" * 40, "dirty": True}}
    assert [] == list(differences(earlier, made))
    assert ['version was "0.9" and is now "1.2.0"'] == list(differences({**earlier, "version": "0.9"}, made))
