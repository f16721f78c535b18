"""The `[tool.release]` that `init` proposes: what was found out about a project, as TOML with a reason a key. Pure."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from packaging.version import InvalidVersion, Version

from release.model import Json

_GATES = re.compile(
    r"(?:^|[-_.])(?:lint\w*|style|ruff|flake8|pylint|typ(?:e|es|ing)\w*|mypy|pyright|(?:unit|doc|py)?tests?|testing|unit|"
    r"checks?|coverage|pre[-_]?commit)(?=$|[-_.])",
    re.IGNORECASE,
)
_TAG = re.compile(r"(?P<prefix>.*?)(?P<version>\d.*)")
_NO_CHANGELOG = ["# There is none yet; this name is looked for.", '# changelog = "CHANGELOG.md"']
_NOT_VERSIONED = ("docs", "doc", "dev", "nightly")


@dataclass(frozen=True)
class Found:
    """What is known of a project, from its files, its noxfile and its repository."""

    project: str
    """Distribution name, as written."""
    commands: tuple[str, ...]
    """Console scripts; empty for a library."""
    module: str | None
    """The package or module that it installs, to import."""
    sessions: tuple[str, ...]
    """What bare `nox` runs."""
    branch: str
    tag_prefix: str | None
    """None where there is no tag yet."""
    remote: str | None
    changelog: str | None
    build_lock: str | None
    runtime_lock: str | None
    image: str
    """Why this machine can't build an image; empty where it can."""
    image_python: str | None
    """The version of this machine's Debian Python."""


def tag_prefix(tags: Iterable[str]) -> str | None:
    """What stands before the version in the tag of the highest one; None where no tag has a version."""
    found = []
    for tag in tags:
        match = _TAG.fullmatch(tag)
        if match and match["prefix"].strip("-_/").lower() not in _NOT_VERSIONED:
            try:
                found.append((Version(match["version"]), match["prefix"]))
            except InvalidVersion:
                continue
    return max(found)[1] if found else None


def gates(sessions: Sequence[str]) -> list[str]:
    """Those whose names say that they check something; all of them where none does."""
    return [name for name in sessions if _GATES.search(name)] or list(sessions)


def smoke(found: Found) -> list[str]:
    """A command that shows that what was installed is this version, and starts."""
    if found.commands:
        return ["{command}", "--help"]
    imported = f"import {found.module}; " if found.module else ""
    said = f"from importlib.metadata import version; assert version({found.project!r}) == '{{version}}'"
    return ["{installed_python}", "-c", imported + said]


def render(found: Found) -> str:
    """The tables, ready to be appended to a pyproject.toml. All keys are there; those with a default as comments."""
    return "\n".join(
        [
            "[tool.release]",
            "# Written by `python -m release init`. docs/configuration.md of the engine has more on every key.",
            *_command(found),
            *_origin(found),
            *_proofs(found),
            *_locks(found),
            *_sharing(found),
            *_targets(found),
            "",
        ]
    )


def _command(found: Found) -> list[str]:
    if not found.commands:
        return [
            "# The console script that users run. [project.scripts] has none: `smoke` imports the library instead.",
            f"# command = {_toml(found.project)}",
        ]
    others = ", ".join(found.commands[1:])
    return [
        f"# The console script that users run{f'; there are also {others}' if others else ''}.",
        f"command = {_toml(found.commands[0])}",
    ]


def _origin(found: Found) -> list[str]:
    prefix = "v" if found.tag_prefix is None else found.tag_prefix
    untagged = " There is no version tag yet; setuptools-scm reads v1.2.0." if found.tag_prefix is None else ""
    where = f'The remote that the tag of a release is pushed to; "" for nowhere. Here it is {found.remote}.'
    remote = [f"# {where}", f"remote = {_toml(found.remote)}"]
    if found.remote is None:
        remote = [
            "# The remote that the tag of a release is pushed to. The clone has none, so tags stay here.",
            '# remote = "origin"',
        ]
    return [
        "# Releases are made of commits on this branch.",
        f"branch = {_toml(found.branch)}",
        f"# What stands before the version in a tag's name.{untagged}",
        f"tag-prefix = {_toml(prefix)}",
        *remote,
        "# The file with a section for each version: https://keepachangelog.com",
        *([f"changelog = {_toml(found.changelog)}"] if found.changelog else _NO_CHANGELOG),
    ]


def _proofs(found: Found) -> list[str]:
    chosen = gates(found.sessions)
    others = ", ".join(name for name in found.sessions if name not in chosen)
    return [
        "# Nox sessions that must pass before anything is published; `nox --list` shows all there are.",
        *([f"# Bare `nox` also runs: {others}."] if others else []),
        "# They get the wheel that is released as RELEASE_WHEEL: install that, not the source.",
        f"gates = {_toml(chosen)}",
        "# A session that makes attestations (PEP 740), for an index that takes them; alone, and after the gates.",
        '# attest = ""',
        "# A session of a gate that takes longer, in seconds, is ended, and has failed.",
        "# gate-seconds = 3600",
        "# A command that proves what was installed, run in a clean export of the commit with what was downloaded from",
        "# a channel. {command} is the console script, {installed_python} the Python beside it, {python} the engine's",
        "# own, {version} the version. Replace it by one that proves more: it is the last check before users.",
        f"smoke = {_toml(smoke(found))}",
        "# What must be free on the disk before a release begins, in MiB.",
        "# free-disk-mib = 1024",
    ]


def _locks(found: Found) -> list[str]:
    return [
        "",
        "# Requirements files with hashes; `python -m release doctor` has the commands that write them.",
        "[tool.release.requirements]",
        "# The build tools: build, and what [build-system] requires.",
        f"build = {_toml(found.build_lock or 'requirements/build.txt')}",
        "# The project's dependencies, as users install them.",
        f"runtime = {_toml(found.runtime_lock or 'requirements/runtime.txt')}",
        "# What the tests need; only a `-dev` image asks for it.",
        '# test = "requirements/test.txt"',
    ]


def _sharing(found: Found) -> list[str]:
    return [
        "",
        "# The release lock lives for so many seconds without a renewal.",
        "# [tool.release.lock]",
        "# seconds = 120",
        "",
        "# The record of releases is kept in this clone. Where several clones release, share it on a remote.",
        "# [tool.release.ledger]",
        f"# remote = {_toml(found.remote or 'origin')}",
    ]


def _targets(found: Found) -> list[str]:
    if not found.commands:
        why = "An image starts a command, and the project has none."
    elif found.image:
        why = f"This machine can't build one: {found.image}."
    else:
        why = "This machine can build one: take the # away here and at [tool.release.targets.images]."
    return [
        "",
        f"# A container image of the command, without a daemon. {why}",
        "# [tool.release.image]",
        "# The Python of the Debian that builds.",
        f"# python = {_toml(found.image_python or '3.11')}",
        "# Every Debian package in it; none means those that Python needs.",
        "# packages = []",
        "# The number of the user that it runs as.",
        "# user = 65532",
        "# Its labels; without these keys they come from [project].",
        '# source = "https://example.org/source"',
        '# licenses = "MIT"',
        "# What builds it: builtin; or docker, podman or buildah, with a Containerfile and options of their own.",
        '# builder = "builtin"',
        '# containerfile = "Containerfile"',
        "# build-options = []",
        '# An image to build on, pinned by digest, such as "registry.example.org/python@sha256:...".',
        '# base = ""',
        "# Debian packages that the tests need, in the `-dev` image only.",
        "# test-packages = []",
        "",
        "# Where releases go: a package index in a folder, which pip and uv install from. Any name will do.",
        "# Servers (devpi, package-index, oci-registry) go into a profile: docs/configuration.md has their keys.",
        "[tool.release.targets.index]",
        'kind = "static-index"',
        'path = ".release/targets/index"',
        "",
        "# An image registry in a folder.",
        "# [tool.release.targets.images]",
        '# kind = "oci-layout"',
        '# path = ".release/targets/images"',
    ]


def _toml(value: Json) -> str:
    """A string or a list of strings as TOML has them, which is as JSON has them."""
    return json.dumps(value, ensure_ascii=False)
