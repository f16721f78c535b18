"""What a rollback should do, decided from the ledger and from what each target can do.

Pure: the command shows the decision before it acts.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from packaging.version import InvalidVersion, Version

from release.commands import REASON, command
from release.config import CHANNELS
from release.eligibility import below, lacking, withdrawn_for
from release.errors import NotEligible, UsageError
from release.history import History
from release.model import Change, WayBack

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


def rollback(history: History, places: Sequence[Place], reason: str, to: str | None = None) -> Decision:
    """Go back from what stable serves to the release before it, or to the release `to`.

    NotEligible where that release was withdrawn on some target. Without `to` it must have reached stable on every
    target; with it, on one of them, and the others that can go back get it too.
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


def _standing(history: History, target: str, channel: str) -> list[Version]:
    """What the target gives; withdrawn versions too, where it could not take them back."""
    return [Version(version) for version in history.channel(target, channel).standing()]


def _goal(history: History, standing: Mapping[str, list[Version]], current: Version, to: str | None) -> Version:
    everywhere, somewhere = set.intersection(*map(set, standing.values())), set().union(*standing.values())
    limit = below(history, str(current))
    sound = {one for one in somewhere if one < limit and withdrawn_for(history, standing, str(one)) is None}
    if to is None:
        if not sound & everywhere:
            raise _nothing_before(history, standing, current)
        return max(sound & everywhere)
    try:
        wanted = Version(to)
    except InvalidVersion:
        raise UsageError(
            f"{to!r} is no version", where="--to", do="give one that was released, such as --to 1.2.0"
        ) from None
    goal = next((version for version in somewhere if version == wanted), wanted)  # as it is written in the ledger
    if goal == current:
        raise NotEligible(f"stable serves {goal} already", where="--to", do=command("status"))
    if goal > current:
        back = command("promote", str(goal), REASON)
        raise NotEligible(f"{goal} is not earlier than {current}", where="--to", do=f"if it was withdrawn: {back}")
    if goal not in sound:
        withdrawn = withdrawn_for(history, standing, str(goal)) if str(goal) in history.releases else None
        why = f"{current} is the same again" if goal in somewhere else "it never reached stable of any target"
        why = f"it was withdrawn: {withdrawn}" if withdrawn else why
        found = ", ".join(str(version) for version in sorted(sound, reverse=True)) or "none"
        raise NotEligible(f"{goal} can't be gone back to: {why}", where="--to", do=f"eligible: {found}")
    return goal


def _nothing_before(history: History, targets: Iterable[str], current: Version) -> NotEligible:
    operation, partly = history.operation, lacking(history, targets)
    do = f"fix it and release a higher version; {command('status')} shows what is served"
    if partly is not None:
        do = partly.sentence
    elif operation is not None and operation.verb in ("release", "forward"):
        do = f"take it back: {command('release', '--abandon')}"
    on = f" that every target has: {partly.fact}" if partly else " to go back to"
    return NotEligible(f"there is no release before {current}{on}", where=_LEDGER, do=do)


def bring_back(history: History, places: Sequence[Place], version: str) -> Decision:
    """Undo the withdrawal of a release on every channel that lists it as withdrawn. NotEligible where none does."""
    try:
        wanted = Version(version)
    except InvalidVersion:
        raise UsageError(f"{version!r} is no version", where="promote", do="give one that was withdrawn") from None
    goal, changes = "", []
    for channel in CHANNELS:
        for place in places:
            for listed in history.listing(place.name, channel).releases:
                if listed.withdrawn is not None and Version(listed.version) == wanted:
                    goal = listed.version
                    changes.append((place.name, channel, Change(restore={goal: listed.withdrawn})))
    if not any(channel == "stable" for _, channel, _ in changes):
        raise NotEligible(
            f"{wanted} is not a withdrawn release", where="promote", do=f"{command('status')} shows what is served"
        )
    return Decision(goal, (), tuple(changes))
