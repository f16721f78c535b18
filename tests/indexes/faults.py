"""A release to one target, request by request: acts in the order of the pipeline, with a fault at one of them."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from release.acts import Act, Point, Put
from release.config.targets import DevpiSpec, IndexSpec
from release.errors import ReleaseError, VerifyFailed
from release.model import Change, Listed, Listing
from release.targets import Target
from release.targets.devpi import Devpi
from release.targets.package_index import PackageIndex
from tests.indexes.places import Files, Place
from tests.servers.proxy import Break, Proxy
from tests.targets import FREE, PROJECT, PUBLISHED, make_sdist, make_wheel

_numbers = itertools.count(1)
Work = Callable[[], None]


@dataclass(frozen=True)
class Outcome:
    """What came of one run with a fault."""

    fault: str
    at: str
    """The request that was broken; empty where none was reached."""
    error: str
    """Its kind and what it said; empty where the run completed."""

    def __str__(self) -> str:
        return f"{self.fault} at {self.at}: {self.error.splitlines()[0] if self.error else 'completed'}"


def open_target(place: Place, spool: Path) -> Target:
    """The target anew, as in a process of its own."""
    if isinstance(place.spec, DevpiSpec):
        return Devpi(place.spec, PROJECT)
    assert isinstance(place.spec, IndexSpec)
    return PackageIndex(place.spec, spool, PROJECT)


def make_release(folder: Path, version: str) -> Listed:
    """A release's files in `folder`."""
    folder.mkdir(exist_ok=True)
    return Listed(version, (make_sdist(folder, version), make_wheel(folder, version)), PUBLISHED)


def acts(target: Target, folder: Path, listed: Listed, before: Listing) -> Iterator[Act]:
    """Stage, canary, stable; the channels listed `before` until then."""
    for artifact in listed.artifacts:
        yield Put(target, artifact, folder / artifact.name)
    change = Change(add=(listed.version,))
    after = change.apply(before, {listed.version: listed})
    for channel in target.channels:
        yield Point(target, channel, change, target.pointer(before), after)


def perform(work: Iterable[Act]) -> None:
    """Do what is not done, as the pipeline does: ask, act, ask again."""
    for act in work:
        if not act.is_done():
            act.do(FREE)
            if not act.is_done():
                raise VerifyFailed("the target answers as if this had not happened", where=act.key, do="run it again")


def release(place: Place, folder: Path, listed: Listed, before: Listing, *, prove: bool = True) -> None:
    """Everything of a release that a target sees; `prove` has the proof by pip and uv too."""
    target = open_target(place, folder / "spool")
    perform(acts(target, folder, listed, before))
    if prove:
        got = folder / f"got-{next(_numbers)}"
        got.mkdir()
        target.obtain("stable", listed, got, pinned=False)


def take_back(place: Place, folder: Path, listed: Listed, before: Listing) -> None:
    """Everything of a rollback that a target sees: the release is withdrawn from stable, then from canary."""
    target = open_target(place, folder / "spool")
    whole = Listing((*before.releases, listed))
    change = Change(withdraw={listed.version: "it divides"})
    for channel in reversed(target.channels):
        perform([Point(target, channel, change, target.pointer(whole), change.apply(whole, {}))])


def try_with(work: Work, place: Place, front: Proxy, fault: Break | None) -> Outcome:
    """Do `work` once with the fault at one proxy; what came of it. Any error but one of ours is a failure."""
    front.rewind(fault)
    error, helpful = "", True
    try:
        work()
    except ReleaseError as found:
        error, helpful = f"{type(found).__name__}: {found}", bool(found.do)
    assert helpful, error
    assert not [secret for secret in place.secrets if secret in error]
    broken = next((f"{seen.method} {seen.path}" for seen in front.seen if seen.broken), "")
    front.rewind()
    return Outcome(fault.kind if fault else "", broken, error)


def files(listed: Listed) -> Files:
    """What a channel shows of the release, whole."""
    return {artifact.name: artifact.sha256 for artifact in listed.artifacts}


def shown(place: Place, channel: str, listed: Listed) -> Files:
    """What a channel shows of the release now."""
    return {name: sha256 for name, sha256 in place.read(channel).items() if name in files(listed)}
