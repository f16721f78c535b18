"""`[tool.release]` of pyproject.toml, read once, strictly, into frozen values. Every error gives its key path."""

from __future__ import annotations

import difflib
import re
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from packaging.utils import canonicalize_name

from release.errors import ConfigError
from release.model import Json

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

T = TypeVar("T")
_NAME = re.compile(r"[a-z0-9][a-z0-9_-]*")

CHANNELS = ("canary", "stable")
"""In the order in which a release reaches them."""


@dataclass(frozen=True)
class TargetConfig:
    """`[tool.release.targets.NAME]`."""

    name: str
    kind: str
    """`static-index` or `oci-layout`."""
    path: str
    """The folder, relative to the clone."""


@dataclass(frozen=True)
class ImageConfig:
    """`[tool.release.image]`; without that table no image is built."""

    python: str
    """The Debian package's version of Python, such as 3.11."""
    packages: tuple[str, ...]
    """Every Debian package in the base layer, with no dependency added; empty for those that Python needs."""
    user: int
    source: str
    licenses: str


@dataclass(frozen=True)
class Config:
    """All that the engine knows of the project."""

    project: str
    """Distribution name, normalised (PEP 503)."""
    command: str
    """The console script that users run; it is the image's entry point."""
    branch: str
    """Releases are made of commits on it."""
    tag_prefix: str
    remote: str | None
    """Where the tag is pushed, when the clone has a remote of that name."""
    changelog: str
    gates: tuple[str, ...]
    smoke: tuple[str, ...]
    """A command that proves an installed program: {python}, {version} and {command} are filled in."""
    build_lock: str
    runtime_lock: str
    free_disk: int
    """Bytes that must be free before a release begins."""
    lock_seconds: float
    ledger_remote: str | None
    image: ImageConfig | None
    targets: tuple[TargetConfig, ...]


def load(root: Path) -> Config:
    """Read the project's pyproject.toml. ConfigError where it has not all that is needed, or more."""
    path = root / "pyproject.toml"
    try:
        data = tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise ConfigError(
            "there is no pyproject.toml", where=str(root), do="run the command in the project's root"
        ) from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigError(f"pyproject.toml can't be read: {error}", where=str(path), do="mend the TOML") from error
    return parse(data)


def parse(pyproject: Mapping[str, Json]) -> Config:
    """The configuration from a parsed pyproject.toml."""
    project = _Table(pyproject.get("project", {}), "project")
    tools = _Table(pyproject.get("tool", {}), "tool")
    table = tools.table("release", required=True)
    name = str(project.required("name", str))
    locks, ledger, lock = (table.table(key) for key in ("requirements", "ledger", "lock"))
    image = table.table("image") if table.has("image") else None
    config = Config(
        project=canonicalize_name(name),
        command=table.value("command", str, name),
        branch=table.value("branch", str, "main"),
        tag_prefix=table.value("tag-prefix", str, "v"),
        remote=table.value("remote", str, "origin") or None,
        changelog=table.value("changelog", str, "CHANGELOG.md"),
        gates=table.strings("gates"),
        smoke=table.strings("smoke"),
        build_lock=locks.value("build", str, "requirements/build.txt"),
        runtime_lock=locks.value("runtime", str, "requirements/runtime.txt"),
        free_disk=table.value("free-disk-mib", int, 1024) << 20,
        lock_seconds=float(lock.value("seconds", int, 120)),
        ledger_remote=ledger.value("remote", str, "") or None,
        image=_image(image, project) if image else None,
        targets=tuple(_targets(table.table("targets"))),
    )
    for part in (table, locks, ledger, lock, *([image] if image else [])):
        part.refuse_unknown()
    _check(config)
    return config


def _image(table: _Table, project: _Table) -> ImageConfig:
    urls: dict[str, str] = project.value("urls", dict, {})
    license_: Json = project.value("license", object, "")  # a table, as it was before PEP 639, names no expression
    source = next(
        (str(url) for label, url in urls.items() if label.lower() in ("source", "repository", "homepage")), ""
    )
    return ImageConfig(
        python=table.required("python", str),
        packages=table.strings("packages"),
        user=table.value("user", int, 65532),
        source=table.value("source", str, source),
        licenses=table.value("licenses", str, license_ if isinstance(license_, str) else ""),
    )


def _targets(table: _Table) -> list[TargetConfig]:
    found = []
    for name in table.names():
        if not _NAME.fullmatch(name):
            raise ConfigError(
                f"{name!r} is no name for a target", where=f"{table.path}.{name}", do="use letters, digits, - and _"
            )
        one = table.table(name)
        kind = one.required("kind", str)
        if kind not in ("static-index", "oci-layout"):
            raise ConfigError(
                f"there is no kind of target {kind!r}", where=f"{one.path}.kind", do="use static-index or oci-layout"
            )
        found.append(TargetConfig(name, kind, one.required("path", str)))
        one.refuse_unknown()
    return found


def _check(config: Config) -> None:
    if not config.targets:
        raise ConfigError(
            "there is no target to release to", where="tool.release.targets", do="add one, see docs/configuration.md"
        )
    if not config.gates:
        raise ConfigError(
            "there is no gate: a release that nothing can stop is not meant", where="tool.release.gates",
            do='name the sessions that must pass, such as gates = ["lint", "test"]',
        )  # fmt: skip
    if not config.smoke:
        raise ConfigError(
            "there is no smoke command, so nothing would prove what is released", where="tool.release.smoke",
            do='name one, such as smoke = ["{command}", "--version"]',
        )  # fmt: skip
    for word in config.smoke:
        _check_word(word)
    if config.lock_seconds < 1:
        raise ConfigError("the lock must live for a second at least", where="tool.release.lock.seconds", do="use 120")
    kinds = {target.kind for target in config.targets}
    if "oci-layout" in kinds and config.image is None:
        raise ConfigError(
            "a target takes images, and no image is configured",
            where="tool.release.image",
            do="add the table, or remove the target",
        )


def _check_word(word: str) -> None:
    if word == "{command}":
        return
    try:
        word.format(python="", version="")
    except (LookupError, AttributeError, ValueError):
        raise ConfigError(
            f"{word!r} can't be filled in", where="tool.release.smoke",
            do="use {python}, {version}, and {command} as a word of its own; write {{ and }} for braces",
        ) from None  # fmt: skip


class _Table:
    """A TOML table that remembers which keys were asked for."""

    def __init__(self, data: Json, path: str) -> None:
        if data is None:
            raise ConfigError(f"pyproject.toml has no [{path}]", where=path, do="add it, see docs/configuration.md")
        if not isinstance(data, dict):
            raise ConfigError("this must be a table", where=path, do=f"write [{path}]")
        self._data = data
        self._asked: set[str] = set()
        self.path = path

    def has(self, key: str) -> bool:
        return key in self._data

    def names(self) -> list[str]:
        return list(self._data)

    def table(self, key: str, *, required: bool = False) -> _Table:
        self._asked.add(key)
        return _Table(self._data.get(key, None if required else {}), f"{self.path}.{key}")

    def value(self, key: str, kind: type[T], default: T) -> T:
        self._asked.add(key)
        if key not in self._data:
            return default
        found = self._data[key]
        if not isinstance(found, kind) or isinstance(found, bool):
            raise ConfigError(
                f"this must be a {kind.__name__}, not {found!r}",
                where=f"{self.path}.{key}",
                do="see docs/configuration.md",
            )
        return found

    def required(self, key: str, kind: type[T]) -> T:
        if key not in self._data:
            raise ConfigError("this key is missing", where=f"{self.path}.{key}", do="add it, see docs/configuration.md")
        return self.value(key, kind, kind())

    def strings(self, key: str) -> tuple[str, ...]:
        found: list[Json] = self.value(key, list, [])
        if not all(isinstance(item, str) and item for item in found):
            raise ConfigError(
                "this must be a list of strings", where=f"{self.path}.{key}", do="see docs/configuration.md"
            )
        return tuple(found)

    def refuse_unknown(self) -> None:
        for key in self._data:
            if key not in self._asked:
                near = difflib.get_close_matches(key, self._asked, 1)
                raise ConfigError(
                    "there is no such key", where=f"{self.path}.{key}",
                    do=f"did you mean {near[0]!r}?" if near else f"known keys: {', '.join(sorted(self._asked))}",
                )  # fmt: skip
