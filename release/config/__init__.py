"""`[tool.release]` of pyproject.toml, read once, strictly, into frozen values. Every error gives its key path."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from packaging.utils import canonicalize_name

from release.commands import EMBEDDED
from release.config.image import ImageConfig, read_image
from release.config.table import Table
from release.config.targets import TargetSpec, read_targets, refuse_two_places, takes_images
from release.errors import ConfigError
from release.model import Json

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

CHANNELS = ("canary", "stable")
"""In the order in which a release reaches them."""


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
    """What stands before the version in a tag's name."""
    remote: str | None
    """Where the tag is pushed, when the clone has a remote of that name."""
    changelog: str
    """The file that has a section for each version, in the form of Keep a Changelog."""
    gates: tuple[str, ...]
    """Nox sessions that must pass before anything is published; one at least."""
    attest: str
    """Nox session that makes the attestations, alone and after the gates, with what proves who the CI job is (OIDC)."""
    gate_seconds: float
    """Seconds that one session of a gate may take; a gate that takes longer is ended, and has failed."""
    smoke: tuple[str, ...]
    """A command that proves what was installed, with `{command}`, `{installed_python}`, `{python}`, `{version}`."""
    build_lock: str
    """The build tools, a requirements file with hashes."""
    runtime_lock: str
    """The project's dependencies, a requirements file with hashes."""
    test_lock: str
    """What the tests need, a requirements file with hashes; the `-dev` image has it."""
    free_disk: int
    """What must be free on the disk before a release begins: the key in MiB, the value in bytes."""
    lock_seconds: float
    """Seconds for which the release lock lives without a renewal; it is renewed four times in that time."""
    ledger_remote: str | None
    """The git remote that the ledger and the lock are shared on; without it they stay in the clone."""
    image: ImageConfig | None
    targets: tuple[TargetSpec, ...]
    profile: str
    """Which of `[tool.release.profiles]` it is, or `embedded`."""
    profiles: tuple[str, ...]
    """All that there are."""


def load(root: Path, profile: str = EMBEDDED) -> Config:
    """Read the project's pyproject.toml. ConfigError where it has not all that is needed, or more."""
    return parse(read(root), profile)


def read(root: Path) -> dict[str, Json]:
    """The project's pyproject.toml as it is. ConfigError where it is missing, or is no TOML."""
    path = root / "pyproject.toml"
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise ConfigError(
            "there is no pyproject.toml", where=str(root), do="run the command in the project's root"
        ) from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigError(f"pyproject.toml can't be read: {error}", where=str(path), do="mend the TOML") from error


def at(pyproject: Mapping[str, Json], *keys: str) -> dict[str, Json]:
    """The table at the end of a path of keys; an empty one where there is none."""
    table: Json = pyproject
    for key in keys:
        table = table.get(key) if isinstance(table, Mapping) else None
    return dict(table) if isinstance(table, Mapping) else {}


def parse(pyproject: Mapping[str, Json], profile: str = EMBEDDED) -> Config:
    """The configuration from a parsed pyproject.toml; what the profile has takes the place of the same key."""
    project = Table(pyproject.get("project", {}), "project")
    tools = Table(pyproject.get("tool", {}), "tool")
    tools.table("release", required=True)
    table, profiles = _with_profile(pyproject["tool"]["release"], profile)
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
        attest=table.value("attest", str, ""),
        gate_seconds=float(table.value("gate-seconds", int, 3600)),
        smoke=table.strings("smoke"),
        build_lock=locks.value("build", str, "requirements/build.txt"),
        runtime_lock=locks.value("runtime", str, "requirements/runtime.txt"),
        test_lock=locks.value("test", str, "requirements/test.txt"),
        free_disk=table.count("free-disk-mib", 1024, "MiB") << 20,
        lock_seconds=float(lock.value("seconds", int, 120)),
        ledger_remote=ledger.value("remote", str, "") or None,
        image=read_image(image, project) if image else None,
        targets=read_targets(table.table("targets")),
        profile=profile,
        profiles=profiles,
    )
    for part in (table, locks, ledger, lock, *([image] if image else [])):
        part.refuse_unknown()
    _check(config)
    return config


def _with_profile(whole: Mapping[str, Json], profile: str) -> tuple[Table, tuple[str, ...]]:
    profiles = Table(whole, "tool.release").table("profiles")
    names = (EMBEDDED, *profiles.names())
    if profile not in names or names.count(EMBEDDED) > 1:
        raise ConfigError(
            f"there is no profile {profile!r}" if profile not in names else "embedded is what [tool.release] itself is",
            where=profiles.path, do=f"use one of {', '.join(dict.fromkeys(names))}",
        )  # fmt: skip
    own = {key: value for key, value in whole.items() if key != "profiles"}
    others = {f"{profiles.path}.{name}": whole["profiles"][name] for name in profiles.names()}
    refuse_two_places({"tool.release": own, **others})
    if profile == EMBEDDED:
        return Table(own, "tool.release"), names
    chosen = profiles.table(profile)
    return Table(
        {**own, **whole["profiles"][profile]},
        "tool.release",
        {key: f"{chosen.path}.{key}" for key in chosen.names()},
    ), names


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
    if config.gate_seconds < 1:
        raise ConfigError("a gate must have a second at least", where="tool.release.gate-seconds", do="use 3600")
    if config.image is None and any(takes_images(target) for target in config.targets):
        raise ConfigError(
            "a target takes images, and no image is configured",
            where="tool.release.image",
            do="add the table, or remove the target",
        )


def _check_word(word: str) -> None:
    if word in ("{command}", "{installed_python}"):
        return
    try:
        word.format(python="", version="")
    except (LookupError, AttributeError, ValueError):
        raise ConfigError(
            f"{word!r} can't be filled in", where="tool.release.smoke",
            do="use {python}, {version}, and {command} or {installed_python} as a word of its own; "
            "write {{ and }} for braces",
        ) from None  # fmt: skip
