"""Which releases can be gone back to, as far as the ledger knows: what was withdrawn where, and what a target lacks.

Pure, and careful with the history: there may be thousands of releases, and `status` asks too.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from packaging.version import Version

from release.commands import command
from release.history import History


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


def below(history: History, current: str) -> Version:
    """What can be gone back to is older than this: `current`, or the release whose tree it is."""
    like = history.releases[current].like
    return min(Version(current), Version(like)) if like else Version(current)


def withdrawn_for(history: History, targets: Iterable[str], version: str) -> str | None:
    """Why one of these targets withdrew the version, also where it could not take it back; None where none did."""
    for target in targets:
        listed = history.channel(target, "stable").versions.get(version)
        why = history.releases[version].withdrawn.get(target) if listed is None else listed
        if why is not None:
            return why
    return None


def lacking(history: History, targets: Iterable[str]) -> Lacking | None:
    """The release that a rollback would go to, if every target had it; None where one that all have is there."""
    channels = {name: history.channel(name, "stable") for name in targets}
    standing = {name: set(known.standing()) for name, known in channels.items()}
    current = max((known.current for known in channels.values() if known.current), key=Version, default=None)
    everywhere = set.intersection(*standing.values())
    if current is None or everywhere - {current}:
        return None
    limit, somewhere = below(history, current), set.union(*standing.values())
    partly = [one for one in somewhere if Version(one) < limit and withdrawn_for(history, standing, one) is None]
    found = max(partly, key=Version, default=None)
    return Lacking(found, tuple(name for name, have in standing.items() if found not in have)) if found else None
