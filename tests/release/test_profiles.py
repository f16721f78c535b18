"""Two profiles in one clone: what one does, owes and withdraws is not the other's, and messages say whose it is."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from release import commands, opening
from release.console import Console
from release.errors import Refused
from release.pipeline import RELEASE
from release.run import Project
from release.verbs import forward, status, withdrawal
from release.verbs import release as releasing
from tests.release.conftest import Copy, States, quicken
from tests.release.immutable import ImmutableIndex
from tests.release.observing import fingerprint, hanging
from tests.sample import IDENTITY, Sample, make

pytestmark = [pytest.mark.endtoend, pytest.mark.torture]
PRODUCTION = ("--profile", "production")
EMBEDDED = ("--profile", "embedded")
_PROFILE = """
[tool.release.profiles.production.targets.store]
kind = "static-index"
path = ".release/targets/store"
"""


@pytest.fixture(autouse=True)
def who(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Somebody is at the keyboard; the profile in force is put back."""
    for name, value in IDENTITY.items():
        monkeypatch.setenv(name, value)
    yield
    commands.use(commands.EMBEDDED)


@pytest.fixture(scope="session")
def twofold(states: States, cache: Path) -> Sample:
    """0.1.0 and 0.2.0 are released by both profiles, to `index` and to `store`."""

    def make_it(root: Path) -> None:
        sample = quicken(make(root, cache))
        sample.commit("Production", pyproject__toml=(sample.root / "pyproject.toml").read_text() + _PROFILE)
        for version in ("0.1.0", "0.2.0"):
            sample.tag(version)
            sample.run("release")
            sample.run("release", *PRODUCTION)

    return states.once("twofold", make_it)


def with_public(sample: Sample) -> Project:
    """The profile `production`, with one more index, which takes nothing back."""
    known = opening.project(sample.root, Console(), "production")
    public = ImmutableIndex("public", sample.root / ".release" / "public", "sample-project")
    return replace(known, targets=(*known.targets, public))


def rolled_back_halfway(sample: Sample, monkeypatch: pytest.MonkeyPatch) -> Project:
    """0.3.0 and 0.4.0 went to production with `public`; a rollback of 0.4.0 was killed before its roll-forward."""
    project = with_public(sample)
    for version in ("0.3.0", "0.4.0"):
        sample.tag(version)
        releasing.release(project)
    with monkeypatch.context() as patched:
        patched.setattr(forward, "roll_forward", lambda _: None)
        withdrawal.rollback(project, to=None, reason="bad", dry_run=False)
    return project


def test_what_one_profile_withdrew_the_other_can_go_back_to(twofold: Sample, copy: Copy) -> None:
    """A rollback of the laptop's folders does not keep production from the same version; nor the other way round."""
    sample = copy(twofold)
    sample.run("rollback", *EMBEDDED, "--reason", "slow on my machine")
    sample.tag("0.3.0")
    assert "back: nox -s rollback -- --profile production\n" in sample.run("release", *PRODUCTION)
    assert "would go to 0.2.0:" in sample.run("rollback", "--dry-run", *PRODUCTION)
    assert "stable serves 0.2.0" in sample.run("rollback", *PRODUCTION)
    assert "there is no release before 0.1.0 to go back to" in sample.run("rollback", *EMBEDDED, code=9)
    sample.run("promote", "0.2.0", "--reason", "it is fine", *EMBEDDED)
    assert "would go to 0.1.0:" in sample.run("rollback", "--dry-run", *PRODUCTION)


def test_a_rollback_says_which_profile_is_meant(twofold: Sample, copy: Copy) -> None:
    """Where the newest release went elsewhere, nothing is guessed: both commands are named, and nothing happens."""
    sample = copy(twofold)
    sample.tag("0.3.0")
    sample.run("release", *PRODUCTION)
    before = fingerprint(sample)
    for words in (("rollback",), ("rollback", "--dry-run"), ("rollback", "--to", "0.1.0")):
        said = sample.run(*words, code=2)
        assert "the newest release, 0.3.0, went to the profile production: which profile is meant?" in said
        assert "nox -s rollback -- --profile production takes that one back" in said
        assert "nox -s rollback -- --profile embedded goes back on embedded" in said
    shown = sample.run("status")
    assert shown.startswith("sample-project, profile embedded: ")
    assert "last release: 0.3.0, profile production (nox -s status -- --profile production)\n" in shown
    assert "last release" not in sample.run("status", *PRODUCTION)
    assert before == fingerprint(sample)
    assert "would go to 0.1.0:" in sample.run("rollback", "--dry-run", *EMBEDDED)


def test_commands_in_messages_reach_the_same_targets(twofold: Sample, copy: Copy) -> None:
    """What an error or a report tells to type names the profile in force; status names that of what is under way."""
    sample = copy(twofold)
    sample.tag("0.3.0")
    with hanging(sample, "release", *PRODUCTION):
        assert "nox -s status -- --profile production" in sample.run("rollback", *PRODUCTION, "--to", "0.1.0", code=8)
    said = sample.run("publish", *PRODUCTION)
    assert "nox -s promote -- --profile production brings it to stable" in said
    assert "nox -s release -- --abandon --profile production takes it back" in said
    shown = sample.run("status")
    assert "), profile production, begun " in shown
    ways = "nox -s release -- --profile production) or close it (nox -s release -- --abandon --profile production)"
    assert f"  finish it (git switch --detach v0.3.0, {ways}\n" in shown
    assert "next: stable\n" in sample.run("status", *PRODUCTION)
    assert ways in sample.run("rollback", code=3)
    said = sample.run("rollback", *PRODUCTION, code=3)
    assert "close it: nox -s release -- --abandon --profile production\n" in said


@pytest.mark.torture
def test_what_is_owed_is_paid_by_its_own_profile(twofold: Sample, copy: Copy, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every other profile is refused and told what to type; the debt stays until production serves something newer."""
    sample = copy(twofold)
    project = rolled_back_halfway(sample, monkeypatch)
    again = "nox -s rollback -- --profile production releases 0.3.0 again"
    assert f"public can't go back to 0.3.0: {again}\n" in sample.run("status")
    before = sample.ledger()
    sample.tag("0.5.0")
    for words in (("release",), ("rollback",), ("rollback", "--dry-run"), ("promote",), ("release", "--abandon")):
        said = sample.run(*words, code=3)
        assert "a rollback of the profile production is not whole: public can't go back" in said, words
        assert again in said
    assert before == sample.ledger()
    withdrawal.rollback(project, to=None, reason="bad", dry_run=False)
    assert "Rolled forward: stable serves 0.5.1, which is 0.3.0 again" == sample.ledger()[-1]
    assert opening.history(project).owed is None
    public = next(row for row in status.status(project)["channels"] if row["target"] == "public")
    assert {"0.4.0": "bad"} == public["withdrawn"]


@pytest.mark.torture
def test_the_plan_of_a_roll_forward_is_what_is_left_of_it(
    twofold: Sample, copy: Copy, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Before it began, and while it is under way, a dry run shows its own steps; given up, it is owed again."""
    sample = copy(twofold)
    project = rolled_back_halfway(sample, monkeypatch)
    before = fingerprint(sample)
    capsys.readouterr()
    withdrawal.rollback(project, to=None, reason="bad", dry_run=True)
    steps = ["compare it with the earlier release", "run the gates", "bring the artifacts to the targets",
             "install what is staged where there is no canary, and run it",
             "make canary serve it", "get it from canary, install it and run it",
             "make stable serve it", "get it from stable, install it and run it"]  # fmt: skip
    every = ["build the commit twice and compare", *steps]
    said = "public can't go back: would release 0.3.0 again as 0.4.1:\n"
    assert said + "".join(f"  would {step}\n" for step in every) == capsys.readouterr().err
    assert "in step, and withdrawn: it can't be taken back there" in status.render(status.status(project))
    assert before == fingerprint(sample)
    monkeypatch.setenv("SAMPLE_GATE", "fail")
    with pytest.raises(Exception, match="1 gate failed"):
        withdrawal.rollback(project, to=None, reason="bad", dry_run=False)
    capsys.readouterr()
    withdrawal.rollback(project, to=None, reason="bad", dry_run=True)
    said = "roll forward to 0.4.1, the tree of 0.3.0, would go on:\n"
    assert said + "".join(f"  would {step}\n" for step in steps[1:]) == capsys.readouterr().err
    assert "gates" == status.status(project)["under_way"]["next"]
    with pytest.raises(Refused, match=r"finish it: nox -s rollback -- --profile production; or close it"):
        releasing.promote(project)


def test_a_first_release_that_is_bad_can_be_taken_back(states: States, copy: Copy, cache: Path) -> None:
    """Cut off before it was proven on stable, a rollback has nowhere to go: it changes nothing, and says what does."""

    def make_it(root: Path) -> None:
        sample = quicken(make(root, cache))
        sample.tag("0.1.0")
        releasing.release(opening.project(sample.root, Console()), steps=RELEASE[:-2])

    sample = copy(states.once("first", make_it))
    before = sample.ledger()
    for words in (("--dry-run",), ("--reason", "bad")):
        said = sample.run("rollback", *words, code=9)
        assert "there is no release before 0.1.0 to go back to" in said
        assert "do:    take it back: nox -s release -- --abandon\n" in said
    assert before == sample.ledger()
    assert "Release 0.1.0: stable serves it on every target" == before[-1]
    assert "finish it (git switch --detach v0.1.0, nox -s release) or take it back (nox -s rollback)" in sample.run(
        "status"
    )
    assert "release 0.1.0 is closed; every channel is as it was before it" in sample.run("release", "--abandon")
    assert "sample-project 0.1.0 is on stable" in sample.run("release")


def test_a_target_that_was_added_lacks_what_came_before(released: Sample, copy: Copy) -> None:
    """The error and status name it and the way; with `--to` the earlier release goes to every target."""
    sample = copy(released)
    second = '\n[tool.release.targets.second]\nkind = "static-index"\npath = ".release/targets/second"\n'
    sample.commit("Second", pyproject__toml=(sample.root / "pyproject.toml").read_text() + second)
    sample.tag("0.3.0")
    sample.run("release")
    before = sample.ledger()
    said = sample.run("rollback", code=9)
    assert "there is no release before 0.3.0 that every target has: second lacks 0.2.0" in said
    way = "second lacks 0.2.0; nox -s rollback -- --to 0.2.0 brings it there too\n"
    assert f"do:    {way}" in said
    assert f"\n{way}" in sample.run("status")
    assert before == sample.ledger()
    plan = sample.run("rollback", "--to", "0.2.0", "--dry-run")
    assert "would make stable of second serve 0.2.0, withdraw 0.3.0 (rolled back)" in plan
    sample.run("rollback", "--to", "0.2.0")
    data = status.status(opening.project(sample.root, Console()))
    assert [("0.2.0", "")] * 4 == [(row["version"], row["drift"]) for row in data["channels"]]
    assert "would go to 0.1.0" in sample.run("rollback", "--to", "0.1.0", "--dry-run")


def test_targets_that_serve_different_releases_are_each_proven_by_their_own(released: Sample, copy: Copy) -> None:
    """A profile released a newer one to `index` alone: what comes back is served by `second`, and both are said."""
    sample = copy(released)
    second = '\n[tool.release.targets.second]\nkind = "static-index"\npath = ".release/targets/second"\n'
    quick = '\n[tool.release.profiles.quick.targets.index]\nkind = "static-index"\npath = ".release/targets/index"\n'
    sample.commit("Second", pyproject__toml=(sample.root / "pyproject.toml").read_text() + second + quick)
    sample.tag("0.3.0")
    sample.run("release")
    sample.run("rollback", "--to", "0.2.0")
    sample.tag("0.4.0")
    sample.run("release", "--profile", "quick")

    said = sample.run("promote", "0.3.0", "--reason", "it works", *EMBEDDED)

    served = "stable of index serves 0.4.0; stable of second serves 0.3.0"
    assert f"\n{served}\n" in said
    assert f"Brought back: {served}: it works" == sample.ledger()[-1]
    data = status.status(opening.project(sample.root, Console()))
    assert {"index": "0.4.0", "second": "0.3.0"} == {row["target"]: row["version"] for row in data["channels"]}


def test_an_unfinished_promote_of_a_version_names_itself(released: Sample, copy: Copy) -> None:
    """Whatever refuses because of it prints the command that goes on with it, and that command does."""
    sample = copy(released)
    said = sample.run("promote", "0.2.0", code=9)
    assert "0.2.0 is not a withdrawn release" in said
    sample.run("rollback")
    with sample.start("promote", "0.2.0", "--reason", "it works") as process:
        assert process.stdout is not None
        assert any("turn the channels" in line for line in process.stdout)
        os.killpg(process.pid, signal.SIGKILL)
    sample.tag("0.3.0")
    for words in (("release",), ("promote",)):
        assert 'finish it: nox -s promote -- 0.2.0 --reason "..."\n' in sample.run(*words, code=3), words
    shown = sample.run("status")
    assert "; next: proof\n" in shown
    assert 'finish it: nox -s promote -- 0.2.0 --reason "..."\n' in shown
    assert "promote to 0.2.0 would go on" in sample.run("promote", "0.2.0", "--dry-run")
    assert "stable serves 0.2.0" in sample.run("promote", "0.2.0")
