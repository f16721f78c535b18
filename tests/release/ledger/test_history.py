"""What events add up to."""

from __future__ import annotations

import json
import random
from collections.abc import Iterable
from hashlib import sha256

import pytest

from release import ledger
from release.errors import Tampered
from release.ledger import Event
from release.ledger.fold import fold
from release.ledger.history import Channel, History, Release
from release.ledger.operation import Operation
from release.model import Change, Json

WHEEL = {"kind": "wheel", "name": "w.whl", "sha256": "a" * 64, "size": 1}
SDIST = {"kind": "sdist", "name": "s.tar.gz", "sha256": "b" * 64, "size": 2}
Told = tuple[str, dict[str, Json]]


def started(verb: str, version: str, **data: Json) -> Told:
    """An operation begins."""
    commit = sha256(version.encode()).hexdigest()
    body = {"tag": f"v{version}", "tag_object": f"tag of {version}", "epoch": 1, "commit": commit, **data}
    return "operation.started", {"verb": verb, "version": version, "by": "Ada", **body}


def built(*artifacts: dict[str, Json], step: str = "build") -> Told:
    """A step made artifacts."""
    return "step.done", {"step": step, "outcome": {"artifacts": list(artifacts)}}


def point(
    channel: str, change: Change, *, undo: bool = False, after: str = "digest", target: str = "index"
) -> tuple[Told, Told]:
    """A channel is turned: the intent and the outcome."""
    key = f"{'undo ' if undo else ''}point {channel} of {target}"
    act = {"verb": "point", "target": target, "channel": channel, "change": change.to_json(),
           "before": None, "after": after}  # fmt: skip
    return ("act.intended", {"key": key, "act": act}), ("act.done", {"key": key})


FINISHED: Told = ("operation.finished", {})
CLOSED: Told = ("operation.closed", {})


def released(version: str) -> list[Told]:
    """A whole release."""
    change = Change(add=(version,))
    return [started("release", version), built(WHEEL), *point("canary", change, after=f"canary {version}"),
            *point("stable", change, after=f"stable {version}"), FINISHED]  # fmt: skip


def events(told: Iterable[Told]) -> list[Event]:
    """As the ledger gives them, a minute apart."""
    return [
        Event(number, f"2026-01-01T00:{number:02}:00.000Z", kind, "A sentence", data, f"commit {number}")
        for number, (kind, data) in enumerate(told, start=1)
    ]


def listed(history: History, channel: str) -> dict[str, str | None]:
    """Versions of a channel with the reasons of their withdrawal."""
    return {listed.version: listed.withdrawn for listed in history.listing("index", channel).releases}


def open_operation(history: History) -> Operation:
    """The operation under way."""
    assert history.operation is not None
    return history.operation


def test_nothing_adds_up_to_nothing() -> None:
    """No events, no state."""
    assert History() == fold([])
    assert {} == listed(History(), "stable")
    assert History().pointer("index", "stable") is None


def test_release_reaches_its_channels() -> None:
    """A finished release is listed with its artifacts, since the moment that its act was done."""
    history = fold(events(released("1.0")))
    current = history.listing("index", "stable").current()
    assert current is not None
    assert ("1.0", ["w.whl"], "2026-01-01T00:01:00.000Z") == (
        current.version, [artifact.name for artifact in current.artifacts], current.published,
    )  # fmt: skip
    assert ("stable 1.0", "2026-01-01T00:06:00.000Z") == (
        history.pointer("index", "stable"), history.channels["index/stable"].since,
    )  # fmt: skip
    assert history.operation is None
    assert (1, "1.0") == (history.finished["release"]["number"], history.finished["release"]["version"])
    assert ("commit 7", 7) == (history.head, history.sequence)


def test_operation_under_way() -> None:
    """Steps, acts without an outcome, and the last failure are known while it is open."""
    intent, done = point("canary", Change(add=("1.0",)))
    told = [started("release", "1.0"), built(WHEEL), intent, ("step.failed", {"step": "canary", "what": "no"})]
    operation = open_operation(fold(events(told)))
    assert ({"build"}, ["point canary of index"]) == (set(operation.steps), operation.pending())
    assert not operation.has_reached("canary")
    assert {"step": "canary", "what": "no"} == operation.failed
    assert not operation.abandoning
    operation = open_operation(fold(events([*told, done, ("step.done", {"step": "canary", "outcome": {}})])))
    assert ([], None) == (operation.pending(), operation.failed)
    assert (True, False) == (operation.has_reached("canary"), operation.has_reached("stable"))


def test_act_that_was_not_done_changes_no_channel() -> None:
    """An intent alone leaves the channel as it was; what it would list can be asked."""
    intent, _ = point("canary", Change(add=("1.0",)))
    history = fold(events([started("release", "1.0"), intent]))
    assert {} == listed(history, "canary")
    after = history.after("index", "canary", Change(add=("1.0",)))
    assert ["1.0"] == [release.version for release in after.releases]


def test_rollback_withdraws() -> None:
    """After a rollback the version above is listed as withdrawn, and the one before is current."""
    told = [*released("1.0"), *released("1.1"), started("rollback", "1.0", reason="broken"),
            *point("stable", Change(withdraw={"1.1": "broken"}), after="stable 1.0"), FINISHED]  # fmt: skip
    history = fold(events(told))
    assert {"1.0": None, "1.1": "broken"} == listed(history, "stable")
    assert {"1.0": None, "1.1": None} == listed(history, "canary")
    assert "stable 1.0" == history.pointer("index", "stable")
    assert {"release", "rollback"} == set(history.finished)


def test_promote_brings_back() -> None:
    """What was withdrawn stands again after a promotion."""
    told = [*released("0.9"), *released("1.0"),
            started("rollback", "0.9"), *point("stable", Change(withdraw={"1.0": "x"})), FINISHED,
            started("promote", "1.0"), *point("stable", Change(restore={"1.0": "x"})), FINISHED]  # fmt: skip
    assert {"0.9": None, "1.0": None} == listed(fold(events(told)), "stable")


def test_rollback_does_not_change_its_release() -> None:
    """Only a release makes a release: when 1.0 was begun and built stays known after a rollback to it."""
    told = [*released("1.0"), started("rollback", "1.0", tag=None)]
    history = fold(events(told))
    assert ("2026-01-01T00:01:00.000Z", "v1.0") == (history.releases["1.0"].began, history.releases["1.0"].tag)
    assert 1 == len(history.releases["1.0"].built())


def test_abandoned_release_leaves_channels_as_they_were() -> None:
    """Undone acts take the version off again, and nothing is under way then."""
    change = Change(add=("1.1",))
    told = [*released("1.0"), started("release", "1.1"), *point("canary", change),
            ("operation.abandoning", {"reason": "wrong"})]  # fmt: skip
    operation = open_operation(fold(events(told)))
    assert (True, "wrong") == (operation.abandoning, operation.data["abandon"])
    history = fold(events([*told, *point("canary", change.inverse(), undo=True, after="canary 1.0"), CLOSED]))
    assert {"1.0": None} == listed(history, "canary")
    assert ("canary 1.0", None) == (history.pointer("index", "canary"), history.operation)
    assert "1.0" == history.finished["release"]["version"]


def test_artifacts_of_a_kind_are_replaced() -> None:
    """A step that ran anew gives its own kinds of artifact anew; others stay."""
    other = {**WHEEL, "sha256": "c" * 64}
    told = [started("release", "1.0"), built(SDIST, WHEEL), built(other, step="build")]
    release = fold(events(told)).releases["1.0"]
    assert {"sdist": "b" * 64, "wheel": "c" * 64} == {item.kind: item.sha256 for item in release.built()}


@pytest.mark.parametrize(("commit", "began"), [(sha256(b"1.0").hexdigest(), "01"), ("a" * 40, "03")])
def test_release_that_begins_again(commit: str, began: str) -> None:
    """The same commit keeps the time at which it began first, so that its index page is the same; another does not."""
    told = [started("release", "1.0"), CLOSED, started("release", "1.0", commit=commit)]
    assert f"2026-01-01T00:{began}:00.000Z" == fold(events(told)).releases["1.0"].began


def public(version: str, profile: str = "production") -> list[Told]:
    """A whole release to the target `public`."""
    change = Change(add=(version,))
    return [
        started("release", version, profile=profile),
        built(WHEEL),
        *point("stable", change, target="public"),
        FINISHED,
    ]


def withdrawn(version: str, *targets: str, forward: str = "public", **data: Json) -> list[Told]:
    """A rollback to 1.0 that withdraws the version, and owes it on `public`."""
    body = {"withdrawn": [version], "changes": [], "forward": [forward] if forward else [], "reason": "bad", **data}
    return [started("rollback", "1.0", **body, **({"targets": list(targets)} if targets else {})), FINISHED]


OWED = [*public("1.0"), *public("1.1"), *withdrawn("1.1", "public", profile="production")]


@pytest.mark.parametrize(
    ("told", "owed"),
    [
        ([], "1.0"),
        ([started("release", "1.2", profile="production")], "1.0"),
        ([started("release", "1.2", profile="production"), CLOSED], "1.0"),
        ([started("forward", "1.2", profile="production", like="1.0"), CLOSED], "1.0"),
        ([started("forward", "1.2", profile="production", like="1.0"), FINISHED], None),
        (public("1.2"), None),
        (released("1.2"), "1.0"),
        ([started("repair", "1.0", profile="production"), FINISHED], "1.0"),
        ([started("promote", "1.1", profile="production", targets=["public"]), FINISHED], None),
        ([started("promote", "1.0", profile="production", targets=["public"]), FINISHED], "1.0"),
        ([started("promote", "1.1", profile="embedded", targets=["index"]), FINISHED], "1.0"),
    ],
    ids=["nothing", "begun", "closed", "given up", "rolled forward", "newer", "other profile", "mended", "brought back",
         "another brought back", "brought back elsewhere"],
)  # fmt: skip
def test_what_is_owed_until_its_profile_serves_something_else(told: list[Told], owed: str | None) -> None:
    """Only the end of an operation of the same profile pays it, and only where users get another release by that."""
    history = fold(events([*OWED, *told]))
    found = history.owed
    assert owed == (found.version if found is not None else None)
    if found is not None:
        assert ("production", ("public",), "bad") == (found.profile, found.targets, found.reason)


def test_withdrawals_are_those_of_their_targets() -> None:
    """What one target withdrew stands on another one; what brings it back there does not bring it back here."""
    told = [*released("1.0"), *released("1.1"), *public("1.0"), *public("1.1"), *withdrawn("1.1", "index", forward="")]
    assert {"index": "bad"} == fold(events(told)).releases["1.1"].withdrawn
    told += withdrawn("1.1", "public", "shop")
    assert {"index": "bad", "public": "bad", "shop": "bad"} == fold(events(told)).releases["1.1"].withdrawn
    told += [started("promote", "1.1", targets=["index"]), FINISHED]
    assert {"public": "bad", "shop": "bad"} == fold(events(told)).releases["1.1"].withdrawn


def test_withdrawals_count_from_where_they_happen() -> None:
    """On a channel from its turn on; where nothing is taken back, from the end of the rollback, and so with promote."""
    both = [*released("1.0"), *released("1.1")]
    (begun, finished), change = withdrawn("1.1", "index", "public"), Change(withdraw={"1.1": "bad"})
    turned = [*both, begun, *point("stable", change)]
    history = fold(events([*both, begun]))
    assert ({}, None) == (history.releases["1.1"].withdrawn, listed(history, "stable")["1.1"])
    history = fold(events(turned))
    assert ({}, "bad") == (history.releases["1.1"].withdrawn, listed(history, "stable")["1.1"])
    told = [*turned, finished, started("promote", "1.1", targets=["index", "public"])]
    assert {"index": "bad", "public": "bad"} == fold(events(told)).releases["1.1"].withdrawn
    told += point("stable", Change(restore={"1.1": "bad"}))
    assert {"public": "bad"} == fold(events(told)).releases["1.1"].withdrawn
    assert {} == fold(events([*told, FINISHED])).releases["1.1"].withdrawn


def test_a_rollback_proves_what_it_turns() -> None:
    """A release that it brings to a target which lacked it is finished there too; not where nothing was turned."""
    told = [*released("1.0"), *released("1.1"), *withdrawn("1.1", "index", "second", "public")]
    change = Change(add=("1.0",), withdraw={"1.1": "bad"})
    told[-1:] = [*point("stable", change, target="second"), *point("stable", Change(add=("1.0",)), target="public"),
                 ("operation.finished", {"targets": ["index", "second", "third", "public"]})]  # fmt: skip
    assert ["index", "second"] == fold(events(told)).releases["1.0"].finished_on


def test_ledgers_of_older_engines_read_on() -> None:
    """Before targets were recorded, a rollback was about those that it changed or left; a promote about all."""
    change = Change(withdraw={"1.1": "bad"}).to_json()
    told = [*public("1.0"), *public("1.1"), *withdrawn("1.1", changes=[["index", "stable", change]])]
    assert {"index": "bad", "public": "bad"} == fold(events(told)).releases["1.1"].withdrawn
    assert {} == fold(events([*told, started("promote", "1.1"), FINISHED])).releases["1.1"].withdrawn
    told = [started("release", "1.0"), FINISHED, *withdrawn("1.0")]
    history = fold(events(told))
    assert history.owed is not None
    assert ("embedded", "embedded") == (history.owed.profile, history.finished["release"]["profile"])


def test_a_release_that_begins_elsewhere_keeps_what_it_is_here() -> None:
    """The same version for another profile: its bytes, and that it was withdrawn, stay known where it is out."""
    told = [*released("1.0"), *released("1.1"), *withdrawn("1.1", "index", forward=""),
            started("release", "1.1", profile="production")]  # fmt: skip
    release = fold(events(told)).releases["1.1"]
    assert (["w.whl"], {"index": "bad"}) == ([one.name for one in release.built()], release.withdrawn)
    assert {} == fold(events([*OWED, *public("1.1")])).releases["1.1"].withdrawn  # it went out there again
    release = fold(events([started("release", "1.0"), built(WHEEL), CLOSED, started("release", "1.0")])).releases["1.0"]
    assert () == release.built()


def test_the_newest_release_of_any_profile_is_known() -> None:
    """A roll-forward is one too; a rollback is none."""
    assert fold([]).last_release() is None
    last = fold(events([*released("1.0"), *OWED[5:]])).last_release()
    assert last is not None
    assert ("1.1", "production") == (last["version"], last["profile"])


def test_what_is_finished_is_finished_on_its_targets() -> None:
    """Where it stands, of the targets that its end names, or of all as of old; one that was abandoned has a reason."""
    unfinished = released("1.0")[:-1]
    assert [] == fold(events(unfinished)).releases["1.0"].finished_on
    assert ["index"] == fold(events([*unfinished, FINISHED])).releases["1.0"].finished_on
    named = ("operation.finished", {"targets": ["index", "public"]})
    both = [*unfinished, *point("stable", Change(add=("1.0",)), target="public")]
    assert ["index", "public"] == fold(events([*both, named])).releases["1.0"].finished_on
    assert ["index"] == fold(events([*both, ("operation.finished", {"targets": ["index"]})])).releases[
        "1.0"
    ].finished_on
    assert ["index"] == fold(events([*unfinished, named])).releases["1.0"].finished_on
    given_up = fold(events([*unfinished, ("operation.abandoning", {"reason": "wrong"}), CLOSED])).releases["1.0"]
    assert ([], "wrong") == (given_up.finished_on, given_up.given_up)
    assert fold(events([*unfinished, CLOSED, started("release", "1.0")])).releases["1.0"].given_up is None


def test_what_a_channel_lists_keeps_its_artifacts_when_it_is_released_again() -> None:
    """A target that was added later gets the bytes that the others serve; what no channel lists is built anew."""
    again = fold(events([*released("1.0"), started("release", "1.0")]))
    assert (["w.whl"], ["index"]) == (
        [artifact.name for artifact in again.releases["1.0"].built()], again.releases["1.0"].finished_on,
    )  # fmt: skip
    anew = fold(events([started("release", "1.0"), built(WHEEL), CLOSED, started("release", "1.0")]))
    assert () == anew.releases["1.0"].built()


def test_unknown_kind_is_passed_over() -> None:
    """An event that changes no state counts for the number and the head only."""
    history = fold(events([("lock.taken", {"from": "x"}), ("invented", {})]))
    assert History(head="commit 2", sequence=2) == history


@pytest.mark.parametrize(
    "told",
    [
        started("release", "../../.git/hooks"),
        started("forward", "1.0/../.."),
        started("release", "1.0", commit="--upload-pack=x"),
        built({**WHEEL, "name": "../../../.git/hooks/pre-commit"}),
        built({**WHEEL, "name": ".."}),
        built({**WHEEL, "name": 1}),
        built(SDIST, {**WHEEL, "sha256": "../" * 4}),
        built({"name": "w.whl"}),
    ],
)
def test_what_could_lead_out_of_a_folder_is_refused(told: Told) -> None:
    """Versions, names and digests become paths, and whoever can push can write a ledger: the event is named."""
    before = [started("release", "1.0")] if told[0] == "step.done" else []
    with pytest.raises(Tampered) as caught:
        fold(events([*before, told]))
    assert f"{ledger.REF} commit {len(before) + 1}" == caught.value.where


@pytest.mark.parametrize("kind", ["step.done", "step.failed", "act.intended", "act.done", "operation.finished"])
def test_event_of_no_operation_is_an_error(kind: str) -> None:
    """Steps and acts belong to an operation; which event does not is said."""
    with pytest.raises(Tampered, match=f"commit 1: {kind} is no such event: .*belongs to no operation"):
        fold(events([(kind, {"outcome": {}, "step": "x", "key": "x", "act": {}})]))


def test_state_survives_json_at_every_event() -> None:
    """Wherever the state is written and read again, the rest adds up to the same."""
    intent, done = point("canary", Change(add=("1.2",)))
    told = [*released("1.0"), *released("1.1"), started("rollback", "1.0"),
            *point("stable", Change(withdraw={"1.1": "naïve ✗"})), FINISHED,
            started("release", "1.2"), built(WHEEL),
            ("step.failed", {"step": "x", "what": "y"}), intent, done]  # fmt: skip
    every = events(told)
    whole = fold(every)
    for middle in range(len(every) + 1):
        first = History.from_json(json.loads(json.dumps(fold(every[:middle]).to_json())))
        assert whole == fold(every[middle:], first)


@pytest.mark.parametrize("seed", range(20))
def test_turning_a_channel_is_applying_the_change(seed: int) -> None:
    """The quick way by which the fold turns a channel comes to the same listing and current version as `Change`."""
    chance = random.Random(seed)
    versions = [f"{major}.{minor}" for major in range(3) for minor in (1, 2, 10)]
    history = History(
        releases={version: Release(version, None, None, "commit", "2026-01-01T00:00:00Z") for version in versions},
        channels={"index/stable": Channel()},
    )
    channel = history.channels["index/stable"]
    for number in range(40):
        known = sorted(channel.versions)
        change = chance.choice([
            Change(add=tuple(chance.sample(versions, 2))),
            Change(withdraw=dict.fromkeys(chance.sample(known, min(2, len(known))), f"why {number}")),
            Change(restore=dict.fromkeys(chance.sample(known, min(1, len(known))), "x")),
            Change(remove=tuple(chance.sample(known, min(1, len(known))))),
        ])  # fmt: skip
        expected = history.after("index", "stable", change)
        channel.turn(change, "digest", "now")
        assert expected == history.listing("index", "stable")
        current = expected.current()
        assert (current.version if current else None) == channel.current
