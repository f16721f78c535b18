"""The built-in image builder: the same bytes from the same inputs, without a daemon and without root.

Three layers: a base, the locked dependencies, the wheel. The base is made of Debian packages, or is an image by digest.
"""

from __future__ import annotations

import tarfile
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict
from pathlib import Path

from release.errors import BuildFailed, ConfigError
from release.images import apt, debian, dependencies, elf, platforms
from release.images.bases import fetch_base, read_base
from release.images.cache import Kept, LayerCache, key_of
from release.images.dependencies import Interpreter
from release.images.manifest import BuiltImage, ImageSpec, assemble, settings
from release.model import Json
from release.oci.layer import Entry, layer
from release.oci.layout import Layout


def build(spec: ImageSpec, wheel: Path, layout: Path, cache: Path, *, max_age: float = apt.MAX_AGE) -> BuiltImage:
    """Build the image of `wheel` into a layout, under the version's tag. BuildFailed says what does not fit together.

    `cache` keeps base and dependencies; a base of Debian packages older than `max_age` seconds is made anew.
    """
    kept = LayerCache(cache)
    if spec.base:
        return _on_base(spec, wheel, Layout(layout), kept)
    platform, interpreter = platforms.of(apt.architecture()), dependencies.of_debian(spec.python)
    with ThreadPoolExecutor() as pool:
        base = pool.submit(_base, spec, platform.debian, kept, max_age)
        locked = pool.submit(_dependencies, spec, platform.wheels, interpreter, kept)
        project = _project(spec, wheel, interpreter)
        layers = [("Debian packages", base.result()), ("locked dependencies", locked.result()), (wheel.name, project)]
    present = [(title, made) for title, made in layers if made is not None]
    _check_libraries([made.facts for _title, made in present])
    artifact = assemble(spec, platform.oci, [(title, made.layer) for title, made in present], Layout(layout))
    return BuiltImage(artifact, tuple(apt.Package(**package) for package in present[0][1].facts["packages"]))


def _on_base(spec: ImageSpec, wheel: Path, layout: Layout, kept: LayerCache) -> BuiltImage:
    platform = platforms.here()
    with apt.scratch(kept.folder) as folder:
        fetched = Layout(Path(folder))
        base = read_base(fetched, fetch_base(spec.base, fetched, platform.oci))
    interpreter = base.interpreter(spec.python)
    home = {} if "home/nonroot" in base.tree.folders else {"home/nonroot": _home(spec.user)}
    above = [
        ("locked dependencies", _dependencies(spec, platform.wheels, interpreter, kept)),
        (wheel.name, _project(spec, wheel, interpreter, home)),
    ]
    present = [(title, made) for title, made in above if made is not None]
    _check_libraries([{"libraries": base.libraries, "lacks": {}}, *(made.facts for _title, made in present)])
    layers = [(f"base, layer {number}", made) for number, made in enumerate(base.layers, 1)]
    layers += [(title, made.layer) for title, made in present]
    return BuiltImage(assemble(spec, platform.oci, layers, layout, settings(spec, base.settings)))


def _home(user: int) -> Entry:
    return Entry(tarfile.DIRTYPE, 0o700, owner=user)


def _project(spec: ImageSpec, wheel: Path, interpreter: Interpreter, more: Mapping[str, Entry] | None = None) -> Kept:
    project = _wheels([wheel], interpreter, more)
    if f"usr/local/bin/{spec.command}" not in project.facts["files"]:
        do = f"add it to [project.scripts], or name another command than {spec.command}"
        raise BuildFailed(f"{wheel.name} has no command {spec.command}", where=str(wheel), do=do)
    return project


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


def _dependencies(spec: ImageSpec, machine: str, interpreter: Interpreter, cache: LayerCache) -> Kept | None:
    lines = dependencies.requirements(spec.lock, interpreter.python, machine) if spec.lock else ()
    return wheels_layer(lines, machine, interpreter, cache) if lines else None


def wheels_layer(lines: Sequence[str], machine: str, interpreter: Interpreter, cache: LayerCache) -> Kept:
    """The layer that has the locked wheels of these lines, out of the cache where it is there."""
    key = key_of("dependencies", lines, asdict(interpreter), machine)
    kept = cache.get(key)
    if kept is None:
        with apt.scratch(cache.folder) as folder:
            wheels = dependencies.download(lines, interpreter, machine, Path(folder))
            kept = cache.put(key, _wheels(wheels, interpreter))
    return kept


def _wheels(wheels: list[Path], interpreter: Interpreter, more: Mapping[str, Entry] | None = None) -> Kept:
    tree = {**dependencies.installed(wheels, interpreter), **(more or {})}
    return _kept(tree, files=sorted(path for path in tree if path.startswith("usr/local/bin/")))


def _kept(tree: Mapping[str, Entry], **facts: Json) -> Kept:
    return Kept(layer(tree), {**facts, "libraries": sorted(elf.libraries(tree)), "lacks": elf.missing(tree, ())})


def _check_libraries(every: Sequence[Json]) -> None:
    known = {name for fact in every for name in fact["libraries"]}
    for path, names in (item for fact in every for item in fact["lacks"].items()):
        lacking = sorted(set(names) - known)
        if lacking:
            raise ConfigError(
                f"{path} needs {', '.join(lacking)}, which the image does not have",
                where="packages",
                do=f"add the Debian package that has {lacking[0]} to the image's packages",
            )
