"""What a rollback should do, decided from the ledger and from what each target can do.

Pure: the command shows the decision before it acts.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from packaging.version import InvalidVersion, Version

from release.config import CHANNELS
from release.errors import NotEligible, UsageError
from release.history import History
from release.model import Change, WayBack


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


def rollback(history: History, places: Sequence[Place], reason: str, to: str | None = None) -> Decision:
    """Go back from what stable serves to the release before it, or to the release `to`.

    NotEligible where that release never reached stable on every target, or was itself withdrawn.
    """
    standing = {place.name: _standing(history, place.name, "stable") for place in places}
    current = max((version for versions in standing.values() for version in versions), default=None)
    if current is None:
        raise NotEligible(
            "stable serves nothing that could be taken back", where="refs/releases/ledger", do="nox -s status"
        )
    everywhere = set.intersection(*(set(versions) for versions in standing.values()))
    goal = _goal(history, places[0].name, everywhere, current, to)
    above: set[Version] = set()
    changes: list[tuple[str, str, Change]] = []
    forward: dict[str, None] = {}
    for channel, place in ((channel, place) for channel in reversed(CHANNELS) for place in places):
        gone = [version for version in _standing(history, place.name, channel) if version > goal]
        above.update(gone)
        if gone and place.way_back is WayBack.ROLL_FORWARD:
            forward[place.name] = None
        elif gone:
            changes.append((place.name, channel, Change(withdraw={str(version): reason for version in sorted(gone)})))
    withdrawn = tuple(str(version) for version in sorted(above, reverse=True))
    return Decision(str(goal), withdrawn, tuple(changes), tuple(forward))


def _standing(history: History, target: str, channel: str) -> list[Version]:
    """What the target gives; withdrawn versions too, where it could not take them back."""
    return [Version(listed.version) for listed in history.listing(target, channel).releases if listed.withdrawn is None]


def _eligible(history: History, everywhere: set[Version], current: Version) -> set[Version]:
    """What can be gone back to: never withdrawn, and older than the release whose tree `current` is."""
    like = history.releases[str(current)].like
    below = min(current, Version(like)) if like else current
    return {version for version in everywhere if version < below and history.releases[str(version)].withdrawn is None}


def _goal(history: History, target: str, everywhere: set[Version], current: Version, to: str | None) -> Version:
    eligible = _eligible(history, everywhere, current)
    if to is None:
        if not eligible:
            raise NotEligible(
                f"there is no release before {current} to go back to", where="refs/releases/ledger",
                do="fix it and release a higher version; nox -s status shows what is served",
            )  # fmt: skip
        return max(eligible)
    try:
        wanted = Version(to)
    except InvalidVersion:
        raise UsageError(
            f"{to!r} is no version", where="--to", do="give one that was released, such as --to 1.2.0"
        ) from None
    goal = next((version for version in everywhere if version == wanted), wanted)  # as it is written in the ledger
    if goal == current:
        raise NotEligible(f"stable serves {goal} already", where="--to", do="nox -s status")
    if goal > current:
        raise NotEligible(
            f"{goal} is not earlier than {current}", where="--to", do=f"nox -s promote -- {goal} --reason ..."
        )
    if goal not in eligible:
        known = history.releases.get(str(goal))
        listed = history.listing(target, "stable").find(str(goal))
        withdrawn = (known and known.withdrawn) or (listed and listed.withdrawn)
        why = "it never reached stable on every target" if goal not in everywhere else f"{current} is the same again"
        why = f"it was withdrawn: {withdrawn}" if withdrawn else why
        found = ", ".join(str(version) for version in sorted(eligible, reverse=True)) or "none"
        raise NotEligible(f"{goal} can't be gone back to: {why}", where="--to", do=f"eligible: {found}")
    return goal


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
            f"{wanted} is not a withdrawn release", where="promote", do="nox -s status shows what is served"
        )
    return Decision(goal, (), tuple(changes))
