"""What a rollback should do, decided from the ledger and from what each target can do.

Pure: the command shows the decision before it acts.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from packaging.version import InvalidVersion, Version

from release.commands import REASON, command
from release.config import CHANNELS
from release.errors import NotEligible, UsageError
from release.ledger.history import History
from release.model import Change, WayBack
from release.rollback.eligibility import eligible, lacking, withdrawn_for

_LEDGER = "refs/releases/ledger"


@dataclass(frozen=True)
class Decision:
    """From where to where, and what is withdrawn on the way."""

    version: str
    """What users will get."""
    withdrawn: tuple[str, ...]
    """Every version above it that still stands on some channel, the highest first."""
    changes: tuple[tuple[str, str, Change], ...]
    """Target, channel, change; stable first, since that is where the users are."""
    forward: tuple[str, ...] = ()
    """Targets where nothing can be taken back, so that the release goes out again under a higher version."""


@dataclass(frozen=True)
class Place:
    """A target, as far as a decision is about it."""

    name: str
    way_back: WayBack = WayBack.REPOINT
    channels: tuple[str, ...] = CHANNELS


def named(word: str, where: str, example: str) -> Version:
    """The version that somebody typed. UsageError where it is none."""
    try:
        return Version(word)
    except InvalidVersion:
        raise UsageError(f"{word!r} is no version", where=where, do=f"give one that {example}") from None


def rollback(history: History, places: Sequence[Place], reason: str, to: Version | None = None) -> Decision:
    """Go back from what stable serves to the release before it, or to the release `to`.

    NotEligible where that release was withdrawn on some target. Without `to` it must have been proven on stable of
    every target; with it, of one of them, and the others that can go back get it too.
    """
    standing = {place.name: _standing(history, place.name, "stable") for place in places}
    current = max((version for versions in standing.values() for version in versions), default=None)
    if current is None:
        raise NotEligible("stable serves nothing that could be taken back", where=_LEDGER, do=command("status"))
    goal = _goal(history, standing, current, to)
    above: set[Version] = set()
    changes: list[tuple[str, str, Change]] = []
    forward: dict[str, None] = {}
    for channel, place in ((channel, place) for channel in reversed(CHANNELS) for place in places):
        stands = standing[place.name] if channel == "stable" else _standing(history, place.name, channel)
        gone = [version for version in stands if version > goal]
        above.update(gone)
        lacks = channel in place.channels and goal not in stands and (bool(gone) or channel == "stable")
        if place.way_back is WayBack.ROLL_FORWARD:
            forward.update(dict.fromkeys([place.name] if gone else []))
        elif gone or lacks:
            withdraw = {str(version): reason for version in sorted(gone)}
            changes.append((place.name, channel, Change(add=(str(goal),) if lacks else (), withdraw=withdraw)))
    withdrawn = tuple(str(version) for version in sorted(above, reverse=True))
    return Decision(str(goal), withdrawn, tuple(changes), tuple(forward))


def _recorded(history: History, version: Version) -> str:
    """As it is written in the ledger, where it is there: 1.2 and 1.2.0 are the same."""
    return next((known for known in history.releases if Version(known) == version), str(version))


def _standing(history: History, target: str, channel: str) -> list[Version]:
    """What the target gives; withdrawn versions too, where it could not take them back."""
    return [Version(version) for version in history.channel(target, channel).standing()]


def _goal(history: History, standing: Mapping[str, list[Version]], current: Version, to: Version | None) -> Version:
    sound = {Version(version): proven for version, proven in eligible(history, standing, str(current))}
    if to is None:
        everywhere = [version for version, proven in sound.items() if len(proven) == len(standing)]
        if not everywhere:
            raise _nothing_before(history, standing, current)
        return max(everywhere)
    goal = Version(_recorded(history, to))
    if goal == current:
        raise NotEligible(f"stable serves {goal} already", where="--to", do=command("status"))
    if goal > current:
        back = command("promote", str(goal), REASON)
        raise NotEligible(f"{goal} is not earlier than {current}", where="--to", do=f"if it was withdrawn: {back}")
    if goal not in sound:
        why, found = _unsound(history, standing, goal, current), ", ".join(map(str, sorted(sound, reverse=True)))
        raise NotEligible(f"{goal} can't be gone back to: {why}", where="--to", do=f"eligible: {found or 'none'}")
    return goal


def _unsound(history: History, standing: Mapping[str, list[Version]], goal: Version, current: Version) -> str:
    known = history.releases.get(str(goal))
    withdrawn = withdrawn_for(history, standing, str(goal)) if known is not None else None
    if withdrawn is not None:
        return f"it was withdrawn: {withdrawn}"
    if known is None or not any(goal in versions for versions in standing.values()):
        return "it never reached stable of any target"
    if not set(known.finished_on) & standing.keys():
        return f"it was given up: {known.given_up}" if known.given_up else "its release was not finished"
    return f"{current} is the same again"


def _nothing_before(history: History, targets: Mapping[str, list[Version]], current: Version) -> NotEligible:
    operation, partly = history.operation, lacking(history, targets)
    do = f"fix it and release a higher version; {command('status')} shows what is served"
    if partly is not None:
        do = partly.sentence
    elif operation is not None and operation.verb in ("release", "forward"):
        do = f"take it back: {command('release', '--abandon')}"
    on = f" that every target has: {partly.fact}" if partly else " to go back to"
    return NotEligible(f"there is no release before {current}{on}", where=_LEDGER, do=do)


def bring_back(history: History, places: Sequence[Place], wanted: Version) -> Decision:
    """Undo the withdrawal of a release on every channel that lists it as withdrawn.

    Where nothing was taken back, it is undone in the record alone, if that is what stable serves. Else NotEligible.
    """
    goal, changes = "", []
    for channel in CHANNELS:
        for place in places:
            for listed in history.listing(place.name, channel).releases:
                if listed.withdrawn is not None and Version(listed.version) == wanted:
                    goal = listed.version
                    changes.append((place.name, channel, Change(restore={goal: listed.withdrawn})))
    if any(channel == "stable" for _, channel, _ in changes):
        return Decision(goal, (), tuple(changes))
    goal = _recorded(history, wanted)
    return _kept(history, [place.name for place in places if history.lists(place.name, "stable", goal)], goal)


def _kept(history: History, targets: Sequence[str], version: str) -> Decision:
    """The withdrawal of a release that these targets list nevertheless, undone."""
    marked = [target for target in targets if target in history.releases[version].withdrawn]
    if not marked:
        raise NotEligible(
            f"{version} is not a withdrawn release", where="promote", do=f"{command('status')} shows what is served"
        )
    for target in marked:
        serves = max(_standing(history, target, "stable"))
        if serves != Version(version):
            finish = f"finish the rollback ({command('rollback')}) or " if history.owed is not None else ""
            raise NotEligible(
                f"{version} can't be brought back: {target} serves {serves}, and takes nothing back",
                where="promote", do=f"{finish}release a higher version",
            )  # fmt: skip
    return Decision(version, (), ())
