"""Which releases can be gone back to, as far as the ledger knows: what was withdrawn where, and what a target lacks.

Pure, and careful with the history: there may be thousands of releases, and `status` asks too.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from itertools import chain

from packaging.version import Version

from release.commands import command
from release.ledger.history import History


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


def eligible(history: History, targets: Collection[str], current: str) -> Iterator[tuple[str, list[str]]]:
    """Every release that can be gone back to from `current`, with the targets on whose stable it was proven.

    No target withdrew it, and on those what brought it there has reached its end: what was given up is not proven.
    """
    channels, limit = {name: history.channel(name, "stable").versions for name in targets}, below(history, current)
    for version in dict.fromkeys(chain.from_iterable(map(reversed, channels.values()))):  # the one before comes early
        if Version(version) < limit and withdrawn_for(history, targets, version) is None:
            finished = history.releases[version].finished_on
            proven = [name for name, versions in channels.items() if version in versions and name in finished]
            if proven:
                yield version, proven


def lacking(history: History, targets: Collection[str]) -> Lacking | None:
    """The release that a rollback would go to, if every target had it; None where one that all have is there."""
    serving = (history.channel(name, "stable").current for name in targets)
    current = max((version for version in serving if version), key=Version, default=None)
    partly: dict[str, list[str]] = {}
    for version, proven in eligible(history, targets, current) if current else ():
        if len(proven) == len(targets):
            return None
        partly[version] = proven
    found = max(partly, key=Version, default=None)
    return Lacking(found, tuple(name for name in targets if name not in partly[found])) if found else None
