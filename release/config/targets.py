"""`[tool.release.targets.NAME]`: what each kind of target is told, read strictly."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from posixpath import normpath

from release.config.table import Table
from release.credentials import variables
from release.errors import ConfigError
from release.model import Json

_NAME = re.compile(r"[a-z0-9][a-z0-9_-]*")
_PLACE = ("kind", "path", "url", "repository", "staging", "canary", "stable")
"""The keys that say where a target is; the others say how it is treated there."""
_STAGE = re.compile(r"[A-Za-z0-9_.-]+/[A-Za-z0-9_.-]+")
_REPOSITORY = re.compile(
    r"[A-Za-z0-9.-]+(:[0-9]+)?(/[a-z0-9]+((\.|_|__|-+)[a-z0-9]+)*)+"  # distribution-spec, "Pulling manifests"
)


@dataclass(frozen=True)
class FolderSpec:
    """A target that is a folder of this machine."""

    name: str
    kind: str
    """`static-index`, `devpi` or `package-index` for sdist and wheel, `oci-layout` or `oci-registry` for the image."""
    path: str
    """Of `static-index` and `oci-layout`: the folder, relative to the clone."""


@dataclass(frozen=True)
class RegistrySpec:
    """An image registry (OCI distribution specification)."""

    name: str
    repository: str
    """Of `oci-registry`: host, port and name, such as `registry.example.org/team/project`."""
    stall: float
    """Seconds without a byte after which a connection is given up."""


@dataclass(frozen=True)
class DevpiSpec:
    """Stages of a devpi server, one for each channel."""

    name: str
    url: str
    """Of `devpi`: the server's address."""
    staging: str
    """Of `devpi`: the stage, as `user/index`, that releases are uploaded to, and that nobody follows."""
    canary: str
    """Of `devpi`: the stage that users of canary follow."""
    stable: str
    """Of `devpi`: the stage that users of stable follow."""
    volatile: bool
    """Of `devpi`: whether releases can be removed from canary and stable, so that a rollback retracts them."""
    stall: float
    """Seconds without a byte after which a connection is given up."""


@dataclass(frozen=True)
class IndexChannelSpec:
    """One package index, which one channel's users install from."""

    upload: str
    """Of `package-index`: the address that twine uploads to."""
    simple: str
    """Of `package-index`: the address that pip installs from."""


@dataclass(frozen=True)
class IndexSpec:
    """Package indexes that take uploads as PyPI does; uploading there is publishing."""

    name: str
    channels: Mapping[str, IndexChannelSpec]
    """`stable`, and `canary` where there is an index for it."""
    removable: bool
    """Of `package-index`: whether a release can be removed from its indexes, so that a rollback retracts it."""
    lag: float
    """Of `package-index`: seconds for which an index may not show yet what it has taken."""
    late_days: int
    """Of `package-index`: days after which a release takes no new files; 0 for no such rule."""
    trusted: bool
    """Of `package-index`: whether CI proves who it is (OIDC), so that no token is needed there."""
    attestations: bool
    """Of `package-index`: whether attestations (PEP 740) are uploaded too."""
    stall: float
    """Seconds without a byte after which a connection is given up."""


TargetSpec = FolderSpec | RegistrySpec | DevpiSpec | IndexSpec


def read_targets(table: Table) -> tuple[TargetSpec, ...]:
    """The targets that the table `targets` names, in its order."""
    found: list[TargetSpec] = []
    for name in table.names():
        if not _NAME.fullmatch(name):
            raise ConfigError(
                f"{name!r} is no name for a target", where=f"{table.path}.{name}", do="use letters, digits, - and _"
            )
        one = table.table(name)
        kind = one.required("kind", str)
        if kind not in _KINDS:
            near = get_close_matches(kind, _KINDS, 1)
            do = f"did you mean {near[0]!r}?" if near else f"use one of {', '.join(_KINDS)}"
            raise ConfigError(f"there is no kind of target {kind!r}", where=f"{one.path}.kind", do=do)
        spec = _KINDS[kind](name, one)
        one.refuse_unknown()
        _refuse_shared(spec, found, one.path)
        found.append(spec)
    return tuple(found)


def _refuse_shared(spec: TargetSpec, others: Sequence[TargetSpec], path: str) -> None:
    """Two targets of one place would undo each other; two of one variable would send a password to the wrong server."""
    for other in others:
        if (
            isinstance(spec, FolderSpec)
            and isinstance(other, FolderSpec)
            and normpath(spec.path) == normpath(other.path)
        ):
            raise ConfigError("every target needs a folder of its own", where=f"{path}.path", do="name another folder")
        if isinstance(spec, RegistrySpec) and isinstance(other, RegistrySpec) and spec.repository == other.repository:
            raise ConfigError(
                f"{other.name} has this repository already", where=f"{path}.repository", do="name another one"
            )
        shared = _variables(spec) & _variables(other)
        if shared:
            raise ConfigError(
                f"{spec.name} and {other.name} would take their passwords from one variable, {min(shared)}",
                where=path, do="give one of them another name",
            )  # fmt: skip


def _variables(spec: TargetSpec) -> set[str]:
    """The variables that it takes passwords from; a folder takes none, and its name may come to another target."""
    channels = spec.channels if isinstance(spec, IndexSpec) else ()
    return {variables(name)[1] for name in (spec.name, *(f"{spec.name}-{channel}" for channel in channels))}


def refuse_two_places(settings: Mapping[str, Json]) -> None:
    """ConfigError where targets of two profiles share a name and not a place: the ledger knows a target by its name.

    `settings` has the keys of each profile, by the path of their table.
    """
    known: dict[str, tuple[str, Json]] = {}
    for path, keys in settings.items():
        targets = keys.get("targets") if isinstance(keys, Mapping) else None
        for name, table in targets.items() if isinstance(targets, Mapping) else ():
            place = {key: table.get(key) for key in _PLACE} if isinstance(table, Mapping) else None
            first, there = known.setdefault(name, (f"{path}.targets.{name}", place))
            if there != place:
                raise ConfigError(
                    f"two targets of different profiles are called {name!r}, and the ledger knows them by name",
                    where=f"{path}.targets.{name}, {first}", do="give one of them another name",
                )  # fmt: skip


def takes_images(spec: TargetSpec) -> bool:
    """Whether images are published there."""
    return isinstance(spec, RegistrySpec) or (isinstance(spec, FolderSpec) and spec.kind == "oci-layout")


def _folder(name: str, one: Table) -> TargetSpec:
    path = one.required("path", str)
    if not path:
        raise ConfigError("every target needs a folder of its own", where=f"{one.path}.path", do="name another folder")
    return FolderSpec(name=name, kind=one.required("kind", str), path=path)


def _registry(name: str, one: Table) -> TargetSpec:
    repository = one.required("repository", str)
    if not _REPOSITORY.fullmatch(repository):
        do = "write HOST/NAME in small letters, without a tag, such as registry.example.org/team/project"
        raise ConfigError(f"{repository!r} is no repository", where=f"{one.path}.repository", do=do)
    stall = _stall(one.value("stall-seconds", int, 30), one.path)
    return RegistrySpec(name=name, repository=repository, stall=stall)


def _devpi(name: str, one: Table) -> TargetSpec:
    stages = {key: one.required(key, str) for key in ("staging", "canary", "stable")}
    for key, stage in stages.items():
        if not _STAGE.fullmatch(stage) or list(stages.values()).count(stage) > 1:
            raise ConfigError(f"{stage!r} is no stage of its own", where=f"{one.path}.{key}", do="write user/index")
    return DevpiSpec(
        name=name, url=one.required("url", str), staging=one.required("staging", str),
        canary=one.required("canary", str), stable=one.required("stable", str),
        volatile=one.flag("volatile", default=True), stall=_stall(one.value("stall-seconds", int, 30), one.path),
    )  # fmt: skip


def _index(name: str, one: Table) -> TargetSpec:
    channels = {}
    for channel in ("canary", "stable"):
        if one.has(channel) or channel == "stable":
            place = one.table(channel, required=True)
            channels[channel] = IndexChannelSpec(
                upload=place.required("upload", str), simple=place.required("simple", str)
            )
            place.refuse_unknown()
    return IndexSpec(
        name=name, channels=channels, removable=one.flag("removable", default=False),
        lag=float(one.count("lag-seconds", 1800, "seconds")), late_days=one.count("late-days", 0, "days"),
        trusted=one.flag("trusted-publishing", default=False), attestations=one.flag("attestations", default=False),
        stall=_stall(one.value("stall-seconds", int, 30), one.path),
    )  # fmt: skip


def _stall(seconds: int, path: str) -> float:
    if seconds < 1:
        raise ConfigError("a connection must have a second at least", where=f"{path}.stall-seconds", do="use 30")
    return float(seconds)


_KINDS: dict[str, Callable[[str, Table], TargetSpec]] = {
    "static-index": _folder,
    "oci-layout": _folder,
    "devpi": _devpi,
    "package-index": _index,
    "oci-registry": _registry,
}
