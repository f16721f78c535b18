"""What `rollback` and `promote VERSION` decide where something is under way, or somebody else was quicker."""

from __future__ import annotations

import signal
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from release import opening
from release.console import Console
from release.errors import Refused
from release.run import Project
from release.targets.static_index import StaticIndex
from release.verbs import abandon, withdrawal
from tests.release.conftest import Copy
from tests.release.observing import fingerprint, served, status
from tests.sample import IDENTITY, Sample
from tests.torture import trap
from tests.torture.trap import Boundary

pytestmark = pytest.mark.endtoend
CLOSE = "close it: nox -s release -- --abandon\n"
INTENDED, MOVED = Boundary("committed", 1), Boundary("prepared", 2, "refuse")
"""What a `promote` of 0.3.0 is killed at: before stable moves, and after it, when that is not recorded yet."""


def killed(sample: Sample, boundary: Boundary, *words: str) -> Sample:
    """The command, killed there."""
    trap.install(sample.root)
    trap.arm(sample.root, boundary)
    sample.run(*words, code=-signal.SIGKILL)
    assert trap.sprung(sample.root)
    return sample


def refuses(sample: Sample) -> None:
    """A rollback changes nothing and names what takes the release back; that does, and stable keeps the good one."""
    stable = (sample.root / ".release/targets/index/stable").readlink()
    before = fingerprint(sample)
    assert CLOSE in sample.run("rollback", "--dry-run", code=3)
    assert before == fingerprint(sample)
    told = sample.ledger()
    said = sample.run("rollback", code=3)
    assert "release 0.3.0 is not finished" in said
    assert f"do:    it has not reached stable; {CLOSE}" in said
    assert f"{CLOSE[:-1]}, then nox -s rollback -- --to 0.1.0\n" in sample.run("rollback", "--to", "0.1.0", code=3)
    assert told == sample.ledger()
    sample.run("release", "--abandon")
    assert stable == (sample.root / ".release/targets/index/stable").readlink()
    assert [{}, {}] == [row["withdrawn"] for row in status(sample)["channels"]]


@pytest.mark.torture
def test_a_release_that_was_about_to_reach_stable_is_closed(published: Sample, copy: Copy) -> None:
    """Killed after the intent, before stable moved: a rollback would take users from the good release."""
    sample = killed(copy(published), INTENDED, "promote")
    ways = (
        "finish it (git switch --detach v0.3.0, nox -s release), close it (nox -s release -- --abandon) or, "
        "if stable serves it by now, take it back (nox -s rollback)\n"
    )
    assert ways in sample.run("status")
    refuses(sample)


@pytest.mark.torture
def test_a_repair_of_stable_is_not_the_releases(published: Sample, copy: Copy) -> None:
    """Stable was lost, and mended, while 0.3.0 waits on canary: it serves 0.2.0 still."""
    sample = copy(published)
    (sample.root / ".release/targets/index/stable").unlink()
    sample.run("repair")
    finish = "finish it (git switch --detach v0.3.0, nox -s release) or close it (nox -s release -- --abandon)\n"
    assert finish in sample.run("status")
    refuses(sample)


@pytest.mark.torture
def test_a_release_that_has_reached_stable_unrecorded_is_taken_back(published: Sample, copy: Copy) -> None:
    """Killed after stable moved, before that was recorded: the target is asked, and 0.3.0 is withdrawn."""
    sample = killed(copy(published), MOVED, "promote")
    assert {"canary of index": "0.3.0", "stable of index": "0.3.0"} == served(sample)
    assert "would go to 0.2.0:" in sample.run("rollback", "--dry-run")
    sample.run("rollback", "--reason", "bad")
    assert {"canary of index": "0.2.0", "stable of index": "0.2.0"} == served(sample)
    assert "Rolled back: stable serves 0.2.0; 0.3.0 withdrawn: bad" == sample.ledger()[-1]


@pytest.mark.torture
def test_a_mistyped_rollback_that_turned_nothing_gives_way(promoted: Sample, copy: Copy) -> None:
    """Nothing counts as withdrawn before its channel is turned: the right release can be gone back to at once."""
    sample = killed(copy(promoted), Boundary("committed", 2), "rollback", "--to", "0.1.0")
    assert "Rollback to 0.1.0: every target has its bytes" == sample.ledger()[-1]
    assert [{}, {}] == [row["withdrawn"] for row in status(sample)["channels"]]
    assert "and withdrawn" not in sample.run("status")
    sample.run("rollback", "--to", "0.2.0")
    assert {"canary of index": "0.2.0", "stable of index": "0.2.0"} == served(sample)
    assert "would go to 0.1.0" in sample.run("rollback", "--dry-run")


@pytest.mark.torture
def test_a_version_may_be_written_otherwise(promoted: Sample, copy: Copy) -> None:
    """Of a killed rollback, and of a killed promote, the same version in other words goes on with it."""
    sample = killed(copy(promoted), Boundary("committed", 4), "rollback", "--to", "0.1")
    assert "rollback to 0.1.0 would go on" in sample.run("rollback", "--to", "0.1", "--dry-run")
    assert "rollback to 0.1.0 goes on" in sample.run("rollback", "--to", "v0.1")
    killed(sample, Boundary("committed", 4), "promote", "0.2", "--reason", "it works")
    assert "promote to 0.2.0 goes on" in sample.run("promote", "0.2")
    assert {"canary of index": "0.2.0", "stable of index": "0.2.0"} == served(sample)


class Overtaken(StaticIndex):
    """An index on which somebody else does something right before the lock is taken."""

    def __init__(self, sample: Sample, *by: Callable[[], object]) -> None:
        super().__init__("index", sample.root / Path(".release/targets/index"), "sample-project")
        self._by = list(by)

    def greatest_token(self) -> int:
        """As the index says it, after that."""
        while self._by:
            self._by.pop(0)()
        return super().greatest_token()


@pytest.fixture
def who(monkeypatch: pytest.MonkeyPatch) -> None:
    """Somebody is at the keyboard."""
    for name, value in IDENTITY.items():
        monkeypatch.setenv(name, value)


def overtaken(sample: Sample, *by: Callable[[], object]) -> Project:
    """The sample, opened by somebody who is overtaken so."""
    return replace(opening.project(sample.root, Console()), targets=(Overtaken(sample, *by),))


@pytest.mark.usefixtures("who")
@pytest.mark.parametrize("by", [("rollback",), ("rollback", "--to", "0.1.0")], ids=" ".join)
def test_what_was_decided_before_the_lock_is_not_done_after_another_one(
    promoted: Sample, copy: Copy, by: tuple[str, ...]
) -> None:
    """Two go back after the same alert: the second one is refused, and users keep what the first one gave them."""
    sample = copy(promoted)
    project = overtaken(sample, lambda: sample.run(*by))
    with pytest.raises(Refused, match=r"the ledger has moved[\s\S]*nox -s status") as caught:
        withdrawal.rollback(project, to=None, reason="bad", dry_run=False)
    assert "1 problem, nothing was changed" == caught.value.summary
    expected = "0.1.0" if "--to" in by else "0.2.0"
    assert {"canary of index": expected, "stable of index": expected} == served(sample)
    assert f"Rolled back: stable serves {expected}; " in sample.ledger()[-1]


@pytest.mark.usefixtures("who")
@pytest.mark.torture
def test_another_release_than_the_one_that_was_seen_is_not_closed(published: Sample, copy: Copy) -> None:
    """Somebody closed it and began the next one, right before the lock was taken: that one stays on canary."""
    sample = copy(published)
    again = (lambda: sample.run("release", "--abandon"), lambda: sample.tag("0.4.0"), lambda: sample.run("publish"))
    with pytest.raises(Refused, match="the ledger has moved"):
        abandon.abandon(overtaken(sample, *again), "bad")
    assert {"canary of index": "0.4.0", "stable of index": "0.2.0"} == served(sample)
