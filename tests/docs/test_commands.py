"""Every command in README.md and docs/ works as it is written: run on a sample project, or listed with a reason."""

from __future__ import annotations

import doctest
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from release import ledger
from release.git import Repository
from tests.docs.pages import Block, blocks, table
from tests.sample import Sample

pytestmark = pytest.mark.endtoend

_NOX = f"""#!/bin/sh
# The engine's sessions call one verb with what stands after `--`.
verb=$2
shift 2
[ "$1" = -- ] && shift
exec '{sys.executable}' -m release "$verb" "$@"
"""
_SHELL = """
hang() {  # A release that stands still in a gate; its process group is in ../pid.
  SAMPLE_GATE=hang SAMPLE_SIGN="$PWD/../sign" setsid nox -s release >../hang.txt 2>&1 & echo $! >../pid
  until [ -e ../sign ]; do sleep 0.05; done
}
damage() {  # Turns a byte of a loose object, in git's own format.
  id=$(git rev-parse "$1"); file=.git/objects/$(echo "$id" | cut -c1-2)/$(echo "$id" | cut -c3-)
  python3 -c 'import pathlib, sys, zlib; p = pathlib.Path(sys.argv[1]); d = zlib.decompress(p.read_bytes())
p.unlink(); p.write_bytes(zlib.compress(d.replace(b"Release", b"Rebease", 1)))' "$file"
}
"""
SHOWN = [block for block in blocks() if block.kind == "console"]


@pytest.fixture
def shell(tmp_path: Path) -> Iterator[str]:
    """A PATH on which `nox` is the engine of this source tree; afterwards nothing that was started is left."""
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / "nox").write_text(_NOX)
    (tmp_path / "bin" / "nox").chmod(0o755)
    yield f"{tmp_path / 'bin'}:{Path(sys.executable).parent}:{os.environ['PATH']}"
    if (tmp_path / "pid").exists():
        with suppress(ProcessLookupError):
            os.killpg(int((tmp_path / "pid").read_text()), signal.SIGKILL)


def _run(sample: Sample, command: str, path: str) -> str:
    argv = ["bash", "-c", _SHELL + command]
    done = subprocess.run(
        argv, cwd=sample.root, env=sample.environment(PATH=path), stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        text=True, timeout=120, check=False,
    )  # fmt: skip
    return done.stdout


def _shown(block: Block) -> Any:
    """The block as a parameter; those that release are among the long tests."""
    long = {"nox -s release", "nox -s publish"} & {command for command, _output in block.commands()}
    return pytest.param(block, id=f"{block.page}:{block.line}", marks=[pytest.mark.torture] if long else [])


@pytest.mark.parametrize("block", [_shown(block) for block in SHOWN])
def test_a_shown_command_prints_what_the_page_says(
    block: Block, request: pytest.FixtureRequest, tmp_path: Path, shell: str
) -> None:
    """Each `$ command`, in the named state of a sample project, prints the lines below it; `...` is anything."""
    made: Sample = request.getfixturevalue(block.state)
    sample = made.copy(tmp_path / "clone")
    _run(sample, block.setup, shell)
    for command, output in block.commands():
        said = _run(sample, command, shell)
        assert doctest.OutputChecker().check_output(output, said, doctest.ELLIPSIS), f"$ {command}\n{said}"


def test_events_have_the_documented_data(published: Sample) -> None:
    """What ledger.md says of each kind's data is what a real ledger has."""
    documented = {row[0]: row[2].partition("; of a withdrawal")[0] for row in table("docs/ledger.md", "events")}
    repository = Repository(published.root)
    found = {event.kind: set(event.data) for event in ledger.read(repository, str(repository.reference(ledger.REF)))}
    assert {"operation.started", "operation.finished", "step.done", "step.failed", "act.intended", "act.done"} == set(
        found
    )
    assert found == {kind: set(documented[kind].split(", ")) for kind in found}
