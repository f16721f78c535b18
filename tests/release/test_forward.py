"""Targets that take nothing back: an earlier release goes out again; and channels move on all targets or on none."""

from __future__ import annotations

from pathlib import Path

import pytest

from release import opening
from release.console import Console
from release.errors import GateFailed, NotEligible, Refused, TargetFailed
from release.pipeline import RELEASE
from release.run import Project
from release.targets.resolvers import pip_download
from release.verbs import abandon, forward, status, withdrawal
from release.verbs import release as releasing
from tests.release.conftest import Copy
from tests.release.immutable import open_project
from tests.sample import IDENTITY, Sample

pytestmark = [pytest.mark.endtoend, pytest.mark.torture]


@pytest.fixture(autouse=True)
def who(monkeypatch: pytest.MonkeyPatch) -> None:
    """Somebody is at the keyboard."""
    for name, value in IDENTITY.items():
        monkeypatch.setenv(name, value)


def served(project: Project, folder: Path) -> dict[str, str]:
    """The wheel that pip gets from stable of each target."""
    found = {}
    for target in project.targets:
        place = folder / target.name
        place.mkdir(parents=True)
        found[target.name] = pip_download(target.address("stable"), "sample-project", place, prereleases=False).name
    return found


def wheel(version: str) -> str:
    """Its file name."""
    return f"sample_project-{version}-py3-none-any.whl"


def test_what_takes_nothing_back_gets_the_earlier_release_again(public: Sample, copy: Copy, tmp_path: Path) -> None:
    """Both indexes serve 0.2.1, which is 0.1.0's tree; the ledger tells it, and status has nothing under way."""
    sample = copy(public)
    project, _ = open_project(sample)
    withdrawal.rollback(project, to=None, reason="scores are wrong", dry_run=False)
    assert {"index": wheel("0.2.1"), "public": wheel("0.2.1")} == served(project, tmp_path / "got")
    assert sample.git("rev-parse", "v0.1.0^{tree}") == sample.git("rev-parse", "v0.2.1^{tree}")
    told = sample.ledger()
    assert "Rollback to 0.1.0 begins, by Ada on " in "\n".join(told)
    assert "stable serves 0.1.0; public can't go back and is to be rolled forward" in "\n".join(told)
    assert "Rolled forward: stable serves 0.2.1, which is 0.1.0 again" == told[-1]
    history = opening.history(project)
    assert (None, None) == (history.operation, history.owed)
    assert "0.1.0" == history.releases["0.2.1"].like
    assert {"index": "scores are wrong", "public": "scores are wrong"} == history.releases["0.2.0"].withdrawn


def test_dry_run_says_what_it_will_do_and_what_it_cant(
    public: Sample, copy: Copy, capsys: pytest.CaptureFixture[str]
) -> None:
    """The plan has the version that goes out again, and that pinned installs keep the bad one; nothing changes."""
    sample = copy(public)
    before = sample.ledger()
    withdrawal.rollback(open_project(sample)[0], to=None, reason="bad", dry_run=True)
    said = capsys.readouterr().err
    assert "  would then release 0.1.0 again as 0.2.1: public can't go back\n" in said
    assert "  note: pinned installs still get 0.2.0 from public\n" in said
    assert before == sample.ledger()


def test_a_roll_forward_that_stopped_goes_on(
    public: Sample, copy: Copy, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A gate stops it; a release is refused meanwhile; the next rollback finishes it under the same version."""
    sample = copy(public)
    project, _ = open_project(sample)
    monkeypatch.setenv("SAMPLE_GATE", "fail")
    with pytest.raises(GateFailed):
        withdrawal.rollback(project, to=None, reason="bad", dry_run=False)
    assert "sample_project-0.2.0" in served(project, tmp_path / "before")["public"]
    sample.tag("0.3.0")
    with pytest.raises(Refused, match=r"forward 0\.2\.1 is not finished[\s\S]*nox -s rollback"):
        releasing.release(project)
    monkeypatch.delenv("SAMPLE_GATE")
    withdrawal.rollback(project, to=None, reason="bad", dry_run=False)
    assert {"index": wheel("0.2.1"), "public": wheel("0.2.1")} == served(project, tmp_path / "after")
    assert not forward.is_due(opening.history(project))


def test_a_roll_forward_that_never_began_is_owed(public: Sample, copy: Copy, monkeypatch: pytest.MonkeyPatch) -> None:
    """Killed between the rollback and what follows it, the next rollback goes on, and not back one release more."""
    sample = copy(public)
    project, _ = open_project(sample)
    with monkeypatch.context() as patched:
        patched.setattr(forward, "roll_forward", lambda _: None)
        withdrawal.rollback(project, to=None, reason="bad", dry_run=False)
    assert forward.is_due(opening.history(project))
    withdrawal.rollback(project, to=None, reason="bad", dry_run=False)
    assert "Rolled forward: stable serves 0.2.1, which is 0.1.0 again" == sample.ledger()[-1]


def test_a_roll_forward_can_be_given_up(public: Sample, copy: Copy, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is closed like a release that has not reached stable; it is owed still, until something newer is out."""
    sample = copy(public)
    project, _ = open_project(sample)
    monkeypatch.setenv("SAMPLE_GATE", "fail")
    with pytest.raises(GateFailed):
        withdrawal.rollback(project, to=None, reason="bad", dry_run=False)
    abandon.abandon(project, "not needed")
    assert forward.is_due(opening.history(project))
    monkeypatch.delenv("SAMPLE_GATE")
    sample.tag("0.3.0")
    releasing.release(project)
    assert not forward.is_due(opening.history(project))
    with pytest.raises(NotEligible, match="nothing is to be rolled forward"):
        forward.roll_forward(project)


def test_a_second_rollback_goes_behind_the_first(public: Sample, copy: Copy) -> None:
    """0.2.1 is 0.1.0 again, so the release before it is what came before 0.1.0: here nothing."""
    project, _ = open_project(copy(public))
    withdrawal.rollback(project, to=None, reason="bad", dry_run=False)
    with pytest.raises(NotEligible, match=r"no release before 0\.2\.1"):
        withdrawal.rollback(project, to=None, reason="worse", dry_run=False)


def test_what_was_not_asked_is_not_said_to_be_proven(
    public: Sample, copy: Copy, capsys: pytest.CaptureFixture[str]
) -> None:
    """Where no target can go back, no channel is turned and nothing is asked: both steps say so, and are no record."""
    sample = copy(public)
    project, _ = open_project(sample, alone=True)
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(forward, "roll_forward", lambda _: None)  # what follows is proven by its own steps
        withdrawal.rollback(project, to=None, reason="bad", dry_run=False)
    said, why = capsys.readouterr().err, "skipped, public can't go back and is to be rolled forward"
    assert f"  - turn the channels: {why}\n" in said
    assert f"  - ask a resolver and a pull what users get now: {why}\n" in said
    assert [
        "Rollback to 0.1.0: every target has its bytes",
        "Rolled back: public can't go back and is to be rolled forward; 0.2.0 withdrawn: bad",
    ] == sample.ledger()[-2:]
    with pytest.raises(NotEligible, match=r"0\.2\.0 was released, and withdrawn: bad[\s\S]*nox -s promote -- 0\.2\.0"):
        releasing.release(project)
    forward.roll_forward(project)
    with pytest.raises(NotEligible, match=r"0\.2\.0 was released, and withdrawn: bad[\s\S]*nox -s version -- next"):
        releasing.release(project)
    with pytest.raises(NotEligible, match=r"0\.2\.0 can't be brought back: public serves 0\.2\.1"):
        withdrawal.bring_back(project, "0.2.0", reason="the data was wrong", dry_run=False)


def test_channels_move_on_all_targets_or_on_none(
    public: Sample, copy: Copy, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Where one target refuses, the others are taken back, which is said; the next run moves all."""
    sample = copy(public)
    sample.tag("0.3.0")
    project, index = open_project(sample)
    index.refuses = True
    with pytest.raises(TargetFailed, match="public answers 503") as caught:
        releasing.release(project)
    assert "stable of index and stable of public: as it was before" == caught.value.what.splitlines()[-1]
    assert "    take stable of index back to 0.2.0\n" in capsys.readouterr().err
    assert "Release 0.3.0: will take stable of index back to 0.2.0" in sample.ledger()
    assert {"index": wheel("0.2.0"), "public": wheel("0.2.0")} == served(project, tmp_path / "before")
    index.refuses = False
    releasing.release(project)
    assert {"index": wheel("0.3.0"), "public": wheel("0.3.0")} == served(project, tmp_path / "after")


def test_a_move_that_was_refused_is_no_reason_to_go_back(public: Sample, copy: Copy, tmp_path: Path) -> None:
    """Stable is as it was: to go back would take users from the good release; it is refused, and closing is named."""
    sample = copy(public)
    sample.tag("0.3.0")
    project, index = open_project(sample)
    index.refuses = True
    with pytest.raises(TargetFailed, match="public answers 503"):
        releasing.release(project)
    told = sample.ledger()
    for dry_run in (True, False):
        with pytest.raises(Refused, match="it has not reached stable; close it: nox -s release -- --abandon"):
            withdrawal.rollback(project, to=None, reason="bad", dry_run=dry_run)
    assert told == sample.ledger()
    abandon.abandon(project, "bad")
    assert {"index": wheel("0.2.0"), "public": wheel("0.2.0")} == served(project, tmp_path / "after")
    assert {} == opening.history(project).releases["0.2.0"].withdrawn


def test_what_reached_stable_of_one_target_only_is_taken_back(
    public: Sample, copy: Copy, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The first of two targets has moved, and the run was killed there: a rollback goes back on that one."""
    sample = copy(public)
    sample.tag("0.3.0")
    project, index = open_project(sample)
    index.refuses = True
    monkeypatch.setattr("release.pipeline.Pipeline._back_again", lambda *_: None)  # as if it were killed before that
    with pytest.raises(TargetFailed):
        releasing.release(project)
    assert {"index": wheel("0.3.0"), "public": wheel("0.2.0")} == served(project, tmp_path / "before")
    withdrawal.rollback(project, to=None, reason="bad", dry_run=False)
    assert {"index": wheel("0.2.0"), "public": wheel("0.2.0")} == served(project, tmp_path / "after")
    assert "Rolled back: stable serves 0.2.0; 0.3.0 withdrawn: bad" == sample.ledger()[-1]


def test_a_release_that_was_given_up_is_not_gone_back_to(
    public: Sample, copy: Copy, capsys: pytest.CaptureFixture[str]
) -> None:
    """It stays where nothing is taken back, and was never proven: a rollback of the next one passes over it."""
    sample = copy(public)
    project, _ = open_project(sample, alone=True)
    sample.tag("0.3.0")
    releasing.release(project, steps=RELEASE[:-2])  # on stable, where it turns out to be broken
    abandon.abandon(project, "it hangs")
    sample.tag("0.4.0")
    releasing.release(project)
    with pytest.raises(NotEligible, match=r"0\.3\.0 can't be gone back to: it was given up: it hangs"):
        withdrawal.rollback(project, to="0.3.0", reason="bad", dry_run=True)
    capsys.readouterr()
    withdrawal.rollback(project, to=None, reason="bad", dry_run=True)
    assert "would go to 0.2.0:" in capsys.readouterr().err


def test_a_rollback_that_is_only_owed_can_be_called_off(
    public: Sample, copy: Copy, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Where no target went back, users have the release still: it counts as withdrawn no more, and nothing is owed."""
    sample = copy(public)
    project, _ = open_project(sample, alone=True)
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(forward, "roll_forward", lambda _: None)
        withdrawal.rollback(project, to=None, reason="bad", dry_run=False)
    assert "withdrawn: 0.2.0: bad" in status.render(status.status(project))
    capsys.readouterr()
    withdrawal.bring_back(project, "0.2.0", reason="the data was wrong", dry_run=True)
    said = "would go to 0.2.0:\n  would withdraw 0.2.0 no longer: it was taken back nowhere\n"
    assert said == capsys.readouterr().err
    withdrawal.bring_back(project, "0.2.0", reason="the data was wrong", dry_run=False)
    assert "Brought back: stable serves 0.2.0: the data was wrong" == sample.ledger()[-1]
    history = opening.history(project)
    assert (None, {}) == (history.owed, history.releases["0.2.0"].withdrawn)
    assert {"public": wheel("0.2.0")} == served(project, tmp_path / "got")
    assert "withdrawn" not in status.render(status.status(project))


def test_a_target_that_says_no_is_asked_what_it_did(public: Sample, copy: Copy, tmp_path: Path) -> None:
    """It answers an error, and has moved the channel: the release is complete."""
    sample = copy(public)
    sample.tag("0.3.0")
    project, index = open_project(sample)
    index.lies = True
    releasing.release(project)
    assert {"index": wheel("0.3.0"), "public": wheel("0.3.0")} == served(project, tmp_path / "got")


def test_the_next_version_keeps_the_epoch(released: Sample, copy: Copy) -> None:
    """A version of an epoch is above every one without, so what goes out again must have it (PEP 440)."""
    sample = copy(released)
    project = opening.project(sample.root, Console())
    assert "0.2.1" == str(forward.following(project, opening.history(project)))
    sample.git("tag", "--annotate", "--message", "1!0.1", "v1!0.1")
    assert "1!0.1.1" == str(forward.following(project, opening.history(project)))
