"""Sessions that the engine runs: what Nox says of each, in logs of its own, for as long as logs can be kept."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from release import opening
from release.console import Console
from release.errors import ReleaseError
from release.gates import session_runs
from release.run import Candidate, Run
from tests.release.conftest import Copy
from tests.sample import Sample

pytestmark = pytest.mark.endtoend

_NOXFILE = '''\
import nox


@nox.session(venv_backend="none")
def noisy(session):
    """Say more than a pipe holds."""
    for _ in range(10_000):
        print("what nobody keeps", flush=True)


@nox.session(venv_backend="none")
@nox.parametrize(("one", "other"), [(1, 2), (3, 4)])
def test(session, one, other):
    """Fail for the second pair of numbers."""
    print(f"tried {one} and {other}", flush=True)
    if one == 3:
        session.error("wrong numbers")


@nox.session(venv_backend="none", name="test-docs")
def docs(session):
    """Pass."""
    print("every page is whole", flush=True)


@nox.session(venv_backend="none")
def test_slow(session):
    """Fail."""
    print("it takes too long", flush=True)
    session.error("slow")
'''


@pytest.fixture
def run(stopped: Sample, copy: Copy) -> Run:
    """A release, built, whose commit has these sessions."""
    sample = copy(stopped)
    project = opening.project(sample.root, Console())
    history = opening.history(project)
    assert history.operation is not None
    commit = sample.commit("Other sessions", noxfile__py=_NOXFILE)
    return Run(project, replace(Candidate.resumed(history.operation), commit=commit), history)


def test_a_log_that_can_not_be_written_ends_the_sessions(run: Run, tmp_path: Path) -> None:
    """A full disk: nobody would read what Nox prints, and it would wait for ever; it is ended, and the reason said."""
    (tmp_path / "nox.txt").symlink_to("/dev/full")
    with pytest.raises(ReleaseError, match="the operating system refused: No space left on device") as caught:
        session_runs.outcomes(run, ["noisy"], tmp_path)
    assert str(tmp_path) == caught.value.where
    assert "room on the disk" in caught.value.do


def test_a_failed_session_shows_its_own_last_words(run: Run, tmp_path: Path) -> None:
    """Of its parameters those that failed; nothing of sessions whose names begin alike."""
    names = ["test", "test-docs", "test_slow"]
    failed, passed, slow = session_runs.outcomes(run, names, tmp_path)
    assert (False, True, False) == (failed.passed, passed.passed, slow.passed)
    assert "\n      | tried 3 and 4" == session_runs.end_of_logs("test", tmp_path)
    assert "\n      | it takes too long" == session_runs.end_of_logs("test_slow", tmp_path)


def test_sessions_that_left_no_report_show_what_they_said(tmp_path: Path) -> None:
    """One that was ended for taking too long: by its name, and by its name with a Python version."""
    for name in ("test", "test-3.11", "test-docs", "test_slow"):
        (tmp_path / f"{name}.txt").write_text(f"nox > Running session {name}\nwords of {name}\n")
    expected = "\n      | words of test\n      | words of test-3.11"
    assert expected == session_runs.end_of_logs("test", tmp_path)
