"""The built-in image builder: three layers, the same bytes from the same inputs, without a daemon and without root."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from release.errors import BuildFailed, ConfigError
from release.images import apt, debian, dependencies, elf
from release.images.cache import Kept, LayerCache, key_of
from release.images.layer import Entry, layer
from release.images.layout import Layout
from release.images.manifest import ImageSpec, assemble
from release.model import Artifact, Json

__all__ = ["BuiltImage", "ImageSpec", "build"]

MAX_AGE = 86400.0
"""Seconds for which a base layer is used again before Debian is asked for newer packages."""
_MACHINES = {
    "amd64": ("amd64", "x86_64"),
    "arm64": ("arm64", "aarch64"),
    "ppc64el": ("ppc64le", "ppc64le"),
    "riscv64": ("riscv64", "riscv64"),
    "s390x": ("s390x", "s390x"),
}
"""By Debian's name of an architecture: that of OCI, and that of wheels."""


@dataclass(frozen=True)
class BuiltImage:
    """An image in a layout."""

    artifact: Artifact
    packages: tuple[apt.Package, ...]
    """The exact Debian packages in it; the image has the same list in a file (`debian.RECORD`)."""

    @property
    def digest(self) -> str:
        """Of the manifest."""
        return f"sha256:{self.artifact.sha256}"


def build(
    spec: ImageSpec, wheel: Path, destination_layout: Path, cache: Path, *, max_age: float = MAX_AGE
) -> BuiltImage:
    """Build the image of `wheel` into a layout, under the version's tag. BuildFailed says what does not fit together.

    `cache` keeps base and dependencies; a base older than `max_age` seconds is made anew.
    """
    architecture = apt.architecture()
    if architecture not in _MACHINES:
        raise BuildFailed(f"images for {architecture} are not known", do=f"build on one of {', '.join(_MACHINES)}")
    platform, machine = _MACHINES[architecture]
    kept = LayerCache(cache)
    with ThreadPoolExecutor() as pool:
        base = pool.submit(_base, spec, architecture, kept, max_age)
        locked = pool.submit(_dependencies, spec, machine, kept)
        project = _wheels([wheel], spec.python)
        if f"usr/local/bin/{spec.command}" not in project.facts["files"]:
            do = f"add it to [project.scripts], or name another command than {spec.command}"
            raise BuildFailed(f"{wheel.name} has no command {spec.command}", where=str(wheel), do=do)
        layers = [("Debian packages", base.result()), ("locked dependencies", locked.result()), (wheel.name, project)]
    present = [(title, made) for title, made in layers if made is not None]
    _check_libraries(made.facts for _title, made in present)
    layers_of = [(title, made.layer) for title, made in present]
    artifact = assemble(spec, platform, layers_of, Layout(destination_layout))
    return BuiltImage(artifact, tuple(apt.Package(**package) for package in present[0][1].facts["packages"]))


def _base(spec: ImageSpec, architecture: str, cache: LayerCache, max_age: float) -> Kept:
    names = tuple(sorted(set(spec.packages))) or debian.default_packages(spec.python)
    sources = apt.sources()
    key = key_of("base", names, spec.python, architecture, sources, spec.user)
    kept = cache.get(key, max_age)
    if kept is None:
        with cache.alone("apt"):
            kept = cache.get(key, max_age) or cache.put(key, _fresh_base(names, sources, spec.user, cache))
    return kept


def _fresh_base(names: tuple[str, ...], sources: Mapping[str, str], user: int, cache: LayerCache) -> Kept:
    with apt.scratch(cache.folder) as folder:
        debs = apt.download(names, sources, cache.folder / "apt", Path(folder))
        tree = debian.merge(debs, user)
    return _kept(tree, packages=[deb.package.to_json() for deb in debs])


def _dependencies(spec: ImageSpec, machine: str, cache: LayerCache) -> Kept | None:
    lines = dependencies.requirements(spec.lock, spec.python, machine) if spec.lock else ()
    if not lines:
        return None
    key = key_of("dependencies", lines, spec.python, machine)
    kept = cache.get(key)
    if kept is None:
        with apt.scratch(cache.folder) as folder:
            wheels = dependencies.download(lines, spec.python, machine, Path(folder))
            kept = cache.put(key, _wheels(wheels, spec.python))
    return kept


def _wheels(wheels: list[Path], python: str) -> Kept:
    tree = dependencies.installed(wheels, python)
    return _kept(tree, files=sorted(path for path in tree if path.startswith("usr/local/bin/")))


def _kept(tree: Mapping[str, Entry], **facts: Json) -> Kept:
    return Kept(layer(tree), {**facts, "libraries": sorted(elf.libraries(tree)), "lacks": elf.missing(tree, ())})


def _check_libraries(facts: Iterable[Json]) -> None:
    every = list(facts)
    known = {name for fact in every for name in fact["libraries"]}
    for path, names in (item for fact in every for item in fact["lacks"].items()):
        lacking = sorted(set(names) - known)
        if lacking:
            raise ConfigError(
                f"{path} needs {', '.join(lacking)}, which the image does not have",
                where="packages",
                do=f"add the Debian package that has {lacking[0]} to the image's packages",
            )
