"""What a rollback should do, decided from the ledger and from what each target can do.

Pure: the command shows the decision before it acts.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from packaging.version import InvalidVersion, Version

from release.commands import REASON, command
from release.config import CHANNELS
from release.errors import NotEligible, UsageError
from release.history import Channel, History
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


@dataclass(frozen=True)
class Lacking:
    """An earlier release that did not reach every target, such as one that was added since."""

    version: str
    targets: tuple[str, ...]
    """Those that lack it."""

    @property
    def sentence(self) -> str:
        """What lacks it, and how to go back to it nevertheless."""
        return f"{self.fact}; {command('rollback', f'--to {self.version}')} brings it there too"

    @property
    def fact(self) -> str:
        """What lacks it."""
        return f"{', '.join(self.targets)} {'lacks' if len(self.targets) == 1 else 'lack'} {self.version}"


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


def lacking(history: History, targets: Iterable[str]) -> Lacking | None:
    """The release that a rollback would go to, if every target had it; None where one that all have is there.

    Asks the history for few releases, since there may be thousands.
    """
    channels = {name: history.channels.get(f"{name}/stable", Channel()) for name in targets}
    standing = {name: {one for one, why in known.versions.items() if why is None} for name, known in channels.items()}
    current = max((known.current for known in channels.values() if known.current), key=Version, default=None)
    everywhere = set.intersection(*standing.values())
    if current is None or everywhere - {current}:
        return None
    below = _below(history, current)
    partly = [
        one for one in set.union(*standing.values()) if Version(one) < below and _why(history, standing, one) is None
    ]
    found = max(partly, key=Version, default=None)
    return Lacking(found, tuple(name for name, have in standing.items() if found not in have)) if found else None


def _standing(history: History, target: str, channel: str) -> list[Version]:
    """What the target gives; withdrawn versions too, where it could not take them back."""
    return [Version(listed.version) for listed in history.listing(target, channel).releases if listed.withdrawn is None]


def _below(history: History, current: str) -> Version:
    """What can be gone back to is older than this: `current`, or the release whose tree it is."""
    like = history.releases[current].like
    return min(Version(current), Version(like)) if like else Version(current)


def _why(history: History, targets: Iterable[str], version: str) -> str | None:
    """Why one of these targets withdrew the version, also where it could not take it back; None where none did."""
    for target in targets:
        listed = history.channels.get(f"{target}/stable", Channel()).versions.get(version)
        why = history.releases[version].withdrawn.get(target) if listed is None else listed
        if why is not None:
            return why
    return None


def _goal(history: History, standing: Mapping[str, list[Version]], current: Version, to: str | None) -> Version:
    everywhere, somewhere = set.intersection(*map(set, standing.values())), set().union(*standing.values())
    below = _below(history, str(current))
    sound = {one for one in somewhere if one < below and _why(history, standing, str(one)) is None}
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
        withdrawn = _why(history, standing, str(goal)) if str(goal) in history.releases else None
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
