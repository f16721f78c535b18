"""What a rollback should do, decided from the ledger alone. Pure: the command shows the decision before it acts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from packaging.version import InvalidVersion, Version

from release.config import CHANNELS
from release.errors import NotEligible, UsageError
from release.history import History
from release.model import Change


@dataclass(frozen=True)
class Decision:
    """From where to where, and what is withdrawn on the way."""

    version: str
    """What users will get."""
    withdrawn: tuple[str, ...]
    """Every version above it that still stands on some channel, the highest first."""
    changes: tuple[tuple[str, str, Change], ...]
    """Target, channel, change; stable first, since that is where the users are."""


def rollback(history: History, targets: Sequence[str], reason: str, to: str | None = None) -> Decision:
    """Go back from what stable serves to the release before it, or to the release `to`.

    NotEligible where that release never reached stable on every target, or was itself withdrawn.
    """
    standing = {target: _standing(history, target, "stable") for target in targets}
    current = max((version for versions in standing.values() for version in versions), default=None)
    if current is None:
        raise NotEligible(
            "stable serves nothing that could be taken back", where="refs/releases/ledger", do="nox -s status"
        )
    everywhere = set.intersection(*(set(versions) for versions in standing.values()))
    goal = _goal(history, targets[0], everywhere, current, to)
    above: set[Version] = set()
    changes = []
    for channel in reversed(CHANNELS):
        for target in targets:
            gone = [version for version in _standing(history, target, channel) if version > goal]
            above.update(gone)
            if gone:
                changes.append((target, channel, Change(withdraw={str(version): reason for version in sorted(gone)})))
    return Decision(str(goal), tuple(str(version) for version in sorted(above, reverse=True)), tuple(changes))


def _standing(history: History, target: str, channel: str) -> list[Version]:
    return [Version(listed.version) for listed in history.listing(target, channel).releases if listed.withdrawn is None]


def _goal(history: History, target: str, everywhere: set[Version], current: Version, to: str | None) -> Version:
    if to is None:
        earlier = [version for version in everywhere if version < current]
        if not earlier:
            raise NotEligible(
                f"there is no release before {current} to go back to", where="refs/releases/ledger",
                do="fix it and release a higher version; nox -s status shows what is served",
            )  # fmt: skip
        return max(earlier)
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
    if goal not in everywhere:
        known = history.listing(target, "stable").find(str(goal))
        why = (
            f"it was withdrawn: {known.withdrawn}"
            if known and known.withdrawn
            else "it never reached stable on every target"
        )
        eligible = ", ".join(str(version) for version in sorted(everywhere - {current}, reverse=True)) or "none"
        raise NotEligible(
            f"{goal} can't be gone back to: {why}", where="--to",
            do=f"eligible: {eligible}",
        )  # fmt: skip
    return goal


def bring_back(history: History, targets: Sequence[str], version: str) -> Decision:
    """Undo the withdrawal of a release on every channel that lists it as withdrawn. NotEligible where none does."""
    try:
        wanted = Version(version)
    except InvalidVersion:
        raise UsageError(f"{version!r} is no version", where="promote", do="give one that was withdrawn") from None
    goal, changes = "", []
    for channel in CHANNELS:
        for target in targets:
            for listed in history.listing(target, channel).releases:
                if listed.withdrawn is not None and Version(listed.version) == wanted:
                    goal = listed.version
                    changes.append((target, channel, Change(restore={goal: listed.withdrawn})))
    if not any(channel == "stable" for _, channel, _ in changes):
        raise NotEligible(
            f"{wanted} is not a withdrawn release", where="promote", do="nox -s status shows what is served"
        )
    return Decision(goal, (), tuple(changes))
