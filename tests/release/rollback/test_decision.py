"""What a rollback should do: a table of cases."""

from __future__ import annotations

import pytest
from packaging.version import Version

from release.errors import NotEligible, UsageError
from release.ledger.history import Channel, History, Release
from release.ledger.operation import Operation, Owed
from release.model import Change, WayBack
from release.rollback import decision, eligibility
from release.rollback.decision import Decision, Place

Versions = dict[str, "str | None"]
BAD = Change(withdraw={"1.1": "bad"})


def history(**channels: Versions) -> History:
    """A history by `target_channel`, such as `index_stable`, with the versions that each lists, all finished there."""
    versions = {version for listed in channels.values() for version in listed}
    past = History(
        releases={version: Release(version, None, None, "commit", "2026-01-01T00:00:00Z") for version in versions},
        channels={name.replace("_", "/"): Channel(dict(listed)) for name, listed in channels.items()},
    )
    for name, release in past.releases.items():
        on = {channel.partition("/")[0] for channel, known in past.channels.items() if name in known.versions}
        release.finished_on = sorted(on)
    return past


def both(stable: Versions, canary: Versions | None = None) -> History:
    """A history in which index and images list the same."""
    early = stable if canary is None else canary
    return history(index_stable=stable, images_stable=stable, index_canary=early, images_canary=early)


def back(past: History, to: str | None = None) -> Decision:
    """A rollback for both targets."""
    return decision.rollback(past, [Place("index"), Place("images")], "bad", Version(to) if to else None)


def test_rollback_goes_to_the_release_before() -> None:
    """Stable comes first, on every target; then canary."""
    places = [("index", "stable"), ("images", "stable"), ("index", "canary"), ("images", "canary")]
    expected = Decision("1.0", ("1.1",), tuple((target, channel, BAD) for target, channel in places))
    assert expected == back(both({"0.9": None, "1.0": None, "1.1": None}))


@pytest.mark.parametrize(
    ("stable", "to", "version", "withdrawn"),
    [
        ({"1.9": None, "1.10": None}, None, "1.9", ("1.10",)),
        ({"1.0": None, "1.1": "x", "1.2": None}, None, "1.0", ("1.2",)),
        ({"0.9": None, "1.0": None, "1.1": "x"}, None, "0.9", ("1.0",)),
        ({"0.9": None, "1.0": None, "1.1": None}, "0.9", "0.9", ("1.1", "1.0")),
        ({"0.9": None, "1.0": None, "1.1": None}, "0.9.0", "0.9", ("1.1", "1.0")),
        ({"1.0": None, "1.1rc1": None}, None, "1.0", ("1.1rc1",)),
        ({"0.1.dev3": None, "0.1.dev4": None}, None, "0.1.dev3", ("0.1.dev4",)),
    ],
)
def test_goal(stable: Versions, to: str | None, version: str, withdrawn: tuple[str, ...]) -> None:
    """The highest earlier release that stands, or the one asked for; everything above it is withdrawn."""
    found = back(both(stable), to)
    assert (version, withdrawn) == (found.version, found.withdrawn)


def test_newer_release_on_canary_is_withdrawn_too() -> None:
    """Nobody is left on a version above the goal, on any channel."""
    found = back(both({"1.0": None, "1.1": None}, {"1.0": None, "1.1": None, "1.2": None}))
    assert ("1.2", "1.1") == found.withdrawn
    assert {"1.1": "bad", "1.2": "bad"} == found.changes[-1][2].withdraw
    assert {"1.1": "bad"} == found.changes[0][2].withdraw


def test_target_that_lags_is_left_where_it_is() -> None:
    """A release that had reached stable on one target only is taken back there."""
    past = history(
        index_stable={"1.0": None, "1.1": None}, images_stable={"1.0": None},
        index_canary={"1.0": None, "1.1": None}, images_canary={"1.0": None, "1.1": None},
    )  # fmt: skip
    expected = (("index", "stable", BAD), ("index", "canary", BAD), ("images", "canary", BAD))
    assert Decision("1.0", ("1.1",), expected) == back(past)


def test_goal_must_stand_on_every_target() -> None:
    """A release that one target never had, or withdrew, is passed over."""
    past = history(
        index_stable={"0.9": None, "1.0": None, "1.1": None}, images_stable={"0.9": None, "1.0": "x", "1.1": None}
    )
    assert "0.9" == back(past).version


@pytest.mark.parametrize(
    ("stable", "to", "what", "do"),
    [
        ({}, None, "stable serves nothing", "nox -s status"),
        ({"1.0": "x"}, None, "stable serves nothing", "nox -s status"),
        ({"1.0": None}, None, "no release before 1.0", "release a higher version"),
        ({"0.9": "x", "1.0": None}, None, "no release before 1.0", "release a higher version"),
        ({"0.9": None, "1.0": None}, "1.0", "stable serves 1.0 already", "nox -s status"),
        ({"0.9": None, "1.0": None}, "0.5", "0.5 can't be gone back to: it never reached", "eligible: 0.9"),
        ({"0.9": "slow", "1.0": None}, "0.9", "0.9 can't be gone back to: it was withdrawn: slow", "eligible: none"),
        ({"0.9": "slow", "1.0": None}, "0.9.0", "0.9 can't be gone back to: it was withdrawn: slow", "eligible: none"),
        ({"0.8": None, "0.9": None, "1.0": None}, "0.1", "0.1 can't be gone back to", "eligible: 0.9, 0.8"),
        ({"1.0": None}, "2.0", "2.0 is not earlier than 1.0", "nox -s promote -- 2.0"),
        ({"1.0": None, "2.0": "slow"}, "2.0", "2.0 is not earlier than 1.0", "nox -s promote -- 2.0"),
    ],
)
def test_not_eligible(stable: Versions, to: str | None, what: str, do: str) -> None:
    """What can't be gone back to is refused with the reason and what can be done instead."""
    with pytest.raises(NotEligible, match=what) as caught:
        back(both(stable), to)
    assert do in caught.value.do


@pytest.mark.parametrize("word", ["", "latest", "1.0!", "../1.0"])
def test_what_is_no_version(word: str) -> None:
    """Anything but a version is the command line's fault; other spellings are the same version."""
    with pytest.raises(UsageError, match="is no version") as caught:
        decision.named(word, "--to", "was released")
    assert ("--to", "give one that was released") == (caught.value.where, caught.value.do)
    assert Version("1.0.0") == decision.named("v1.0", "--to", "was released")


def test_rolling_back_twice_goes_back_two_releases() -> None:
    """A rollback after a rollback goes on from there."""
    past = both({"0.9": None, "1.0": None, "1.1": None})
    for expected in ("1.0", "0.9"):
        found = back(past)
        assert expected == found.version
        for target, channel, change in found.changes:
            past.channels[f"{target}/{channel}"].versions.update(change.withdraw)


@pytest.mark.parametrize("version", ["1.1", "1.1.0", "v1.1"])
def test_bring_back_undoes_every_withdrawal(version: str) -> None:
    """Canary first, as for a release; the reason is kept so that the change can be inverted."""
    change = Change(restore={"1.1": "bad"})
    turned = [("index", "canary"), ("images", "canary"), ("index", "stable"), ("images", "stable")]
    places = [Place("index"), Place("images")]
    found = decision.bring_back(both({"1.0": None, "1.1": "bad"}), places, Version(version))
    assert Decision("1.1", (), tuple((target, channel, change) for target, channel in turned)) == found


@pytest.mark.parametrize("version", ["1.0", "7.0"])
def test_only_a_withdrawn_release_is_brought_back(version: str) -> None:
    """What stands, or was never there, is refused."""
    with pytest.raises(NotEligible, match=f"{version} is not a withdrawn release"):
        decision.bring_back(both({"1.0": None, "1.1": "bad"}), [Place("index"), Place("images")], Version(version))


def test_release_withdrawn_on_canary_only_is_not_brought_to_stable() -> None:
    """A release that stable never had goes there as a release, not by being brought back."""
    past = both({"1.0": None}, {"1.0": None, "1.1": "bad"})
    with pytest.raises(NotEligible):
        decision.bring_back(past, [Place("index"), Place("images")], Version("1.1"))


def production(stable: Versions, second: Versions) -> tuple[History, list[Place]]:
    """A history of `public`, which takes nothing back, and of `second`."""
    past = history(public_stable=stable, public_canary=stable, second_stable=second, second_canary=second)
    for channel in past.channels.values():
        channel.current = max((one for one, why in channel.versions.items() if why is None), default=None)
    return past, [Place("public", WayBack.ROLL_FORWARD), Place("second")]


def test_a_release_withdrawn_elsewhere_is_eligible() -> None:
    """What a target of another profile withdrew counts there; what one of these could not take back counts here."""
    past, places = production({"0.9": None, "1.0": None, "1.1": None}, {"0.9": None, "1.0": None, "1.1": None})
    past.releases["1.0"].withdrawn = {"index": "slow on a laptop"}
    assert "1.0" == decision.rollback(past, places, "bad").version
    past.releases["1.0"].withdrawn = {"public": "bad"}
    assert "0.9" == decision.rollback(past, places, "bad").version
    with pytest.raises(NotEligible, match=r"1\.0 can't be gone back to: it was withdrawn: bad"):
        decision.rollback(past, places, "bad", Version("1.0"))


def test_a_target_that_lacks_the_goal_gets_it_where_it_is_named() -> None:
    """Without `to` the error names the target and the command; with it the release goes there, on both channels."""
    past, places = production({"1.0": None, "1.1": None}, {"1.1": None})
    with pytest.raises(NotEligible, match=r"no release before 1\.1 that every target has: second lacks 1\.0") as caught:
        decision.rollback(past, places, "bad")
    lacking = eligibility.lacking(past, ["public", "second"])
    assert "second lacks 1.0; nox -s rollback -- --to 1.0 brings it there too" == caught.value.do
    assert lacking is not None
    assert caught.value.do == lacking.sentence
    change = Change(add=("1.0",), withdraw={"1.1": "bad"})
    expected = (("second", "stable", change), ("second", "canary", change))
    assert Decision("1.0", ("1.1",), expected, ("public",)) == decision.rollback(past, places, "bad", Version("1.0"))


@pytest.mark.parametrize(
    ("stable", "second"),
    [
        ({"1.0": None, "1.1": None}, {"1.0": None, "1.1": None}),
        ({"1.0": None}, {"1.0": None}),
        ({}, {}),
        ({"1.0": "bad", "1.1": None}, {"1.1": None}),
    ],
)
def test_nothing_is_lacking(stable: Versions, second: Versions) -> None:
    """Where a release before is everywhere, or nowhere, or was withdrawn."""
    assert eligibility.lacking(production(stable, second)[0], ["public", "second"]) is None


def test_a_first_release_under_way_is_given_up() -> None:
    """Where nothing is before it, and it is not finished, the error names the command that takes it back."""
    past = both({"1.0": None})
    past.operation = Operation(1, "release", "1.0", "commit", "2026-01-01T00:00:00Z", "Ada", {})
    with pytest.raises(NotEligible, match=r"no release before 1\.0 to go back to") as caught:
        back(past)
    assert "take it back: nox -s release -- --abandon" == caught.value.do


def test_what_was_not_finished_is_not_gone_back_to() -> None:
    """A release that stays where it was given up was never proven there; one that was finished elsewhere was."""
    past, places = production({"0.9": None, "1.0": None, "1.1": None}, {"0.9": None, "1.0": None, "1.1": None})
    past.releases["1.0"].finished_on = []
    assert "0.9" == decision.rollback(past, places, "bad").version
    with pytest.raises(NotEligible, match=r"1\.0 can't be gone back to: its release was not finished"):
        decision.rollback(past, places, "bad", Version("1.0"))
    past.releases["1.0"].given_up = "it hangs"
    with pytest.raises(NotEligible, match=r"1\.0 can't be gone back to: it was given up: it hangs"):
        decision.rollback(past, places, "bad", Version("1.0"))
    past.releases["1.0"].finished_on = ["second"]
    assert "0.9" == decision.rollback(past, places, "bad").version
    assert "1.0" == decision.rollback(past, places, "bad", Version("1.0")).version


def test_what_is_lacking_is_found_behind_a_roll_forward() -> None:
    """The release that was just rolled forward is everywhere, and can't be gone back to: what was before it counts."""
    past, places = production({"1.0": None, "1.1": None, "1.2": None}, {"1.1": None, "1.2": None})
    past.releases["1.2"].like = "1.1"
    lacking = eligibility.lacking(past, ["public", "second"])
    assert lacking is not None
    assert "second lacks 1.0; nox -s rollback -- --to 1.0 brings it there too" == lacking.sentence
    with pytest.raises(NotEligible, match=r"no release before 1\.2 that every target has: second lacks 1\.0"):
        decision.rollback(past, places, "bad")
    assert "1.0" == decision.rollback(past, places, "bad", Version("1.0")).version


def test_what_was_taken_back_nowhere_is_brought_back_in_the_record() -> None:
    """Where it is what stable serves; what is below that can't be brought back, and the error says so."""
    past, places = production({"1.0": None, "1.1": None, "1.2": None}, {})
    past.releases["1.1"].withdrawn = past.releases["1.2"].withdrawn = {"public": "bad"}
    assert Decision("1.2", (), ()) == decision.bring_back(past, places[:1], Version("1.2.0"))
    what = r"1\.1 can't be brought back: public serves 1\.2, and takes nothing back"
    with pytest.raises(NotEligible, match=what) as caught:
        decision.bring_back(past, places[:1], Version("1.1"))
    assert "release a higher version" == caught.value.do
    past.owed = Owed("1.0", ("public",), "bad", "embedded")
    with pytest.raises(NotEligible, match=what) as caught:
        decision.bring_back(past, places[:1], Version("1.1"))
    assert "finish the rollback (nox -s rollback) or release a higher version" == caught.value.do
