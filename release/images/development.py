"""The `-dev` image: an image of a release, layer for layer, with what its tests need on top."""

from __future__ import annotations

import tarfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from release.errors import ConfigError
from release.images import apt, debian, dependencies, platforms
from release.images.bases import Base, read_base
from release.images.builders.builtin import wheels_layer
from release.images.cache import Kept, LayerCache, key_of
from release.images.dependencies import Interpreter
from release.images.manifest import BuiltImage, ImageSpec, assemble
from release.model import Json
from release.oci.layer import Entry, layer
from release.oci.layout import Image, Layout

_RECORDS = "var/lib/dpkg/status.d/"
"""Where an image made of Debian packages says which it has."""


@dataclass(frozen=True)
class Tools:
    """What tests need."""

    lock: Path
    """A requirements file with hashes."""
    packages: tuple[str, ...]
    """Debian packages; what they depend on comes with them."""


def build(spec: ImageSpec, tools: Tools, layout: Layout, image: Image, cache: Path) -> BuiltImage:
    """Write the `-dev` image of an image into the same layout, under the version's tag with `-dev`.

    Its entry point is Python. ConfigError where the locks of the project and of its tests disagree on a version.
    """
    base = read_base(layout, image)
    interpreter, kept = base.interpreter(spec.python), LayerCache(cache)
    lines = additional(spec.lock, tools.lock, interpreter, platforms.here().wheels)
    titled = [(f"{spec.tag}, layer {number}", made) for number, made in enumerate(base.layers, 1)]
    titled.append(("python and python3", layer(_names(base, interpreter))))
    if tools.packages:
        titled.append(("Debian packages for tests", _packages(tools.packages, base, kept).layer))
    if lines:
        titled.append(
            ("locked test dependencies", wheels_layer(lines, platforms.here().wheels, interpreter, kept).layer)
        )
    config: Mapping[str, Json] = {**base.settings, "Entrypoint": [interpreter.path]}
    named = replace(spec, version=f"{spec.version}-dev")
    return BuiltImage(assemble(named, image.config["architecture"], titled, layout, config))


def _names(base: Base, interpreter: Interpreter) -> dict[str, Entry]:
    """The names by which people and tests call Python, where the base has them not."""
    link = Entry(tarfile.SYMTYPE, 0o777, link=interpreter.path)
    folders = ("usr/bin", "usr/local/bin")
    names = [name for name in ("python", "python3") if not {f"{folder}/{name}" for folder in folders} & base.paths]
    return {f"usr/local/bin/{name}": link for name in names}


def additional(runtime: Path | None, tests: Path, interpreter: Interpreter, machine: str) -> tuple[str, ...]:
    """The lines of the tests' lock that the runtime lock has not. ConfigError where it has another version."""
    have = _by_name(dependencies.requirements(runtime, interpreter.python, machine) if runtime else ())
    wanted = _by_name(dependencies.requirements(tests, interpreter.python, machine))
    for name in sorted(have.keys() & wanted.keys()):
        users, testers = have[name][0], wanted[name][0]
        if users.specifier != testers.specifier:
            raise ConfigError(
                f"{users} is locked for users, and {testers} for tests",
                where=str(tests), do="make both locks anew at once: nox -s lock -- --upgrade",
            )  # fmt: skip
    return tuple(line for name, (_, line) in wanted.items() if name not in have)


def _by_name(lines: Sequence[str]) -> dict[str, tuple[Requirement, str]]:
    parsed = [(Requirement(line.split(" --hash=")[0]), line) for line in lines]
    return {canonicalize_name(requirement.name): (requirement, line) for requirement, line in parsed}


def _packages(names: tuple[str, ...], base: Base, cache: LayerCache) -> Kept:
    there = sorted(path.removeprefix(_RECORDS) for path in base.paths if path.startswith(_RECORDS))
    sources = apt.sources()
    key = key_of("test packages", sorted(names), there, sources)
    with cache.alone("apt"):
        kept = cache.get(key, apt.MAX_AGE)
        if kept is None:
            with apt.scratch(cache.folder) as folder:
                state = cache.folder / "apt"
                wanted = [name for name in apt.closure(names, sources, state) if name not in there]
                debs = apt.download(wanted, sources, state, Path(folder))
                made = layer(debian.addition(debs, base.libraries))
                kept = cache.put(key, Kept(made, {"packages": [deb.package.to_json() for deb in debs]}))
    return kept
