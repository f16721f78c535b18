"""The commands that pin what a build and a user install, with hashes, for any project. Pure."""

from __future__ import annotations

import re
import shlex
from collections.abc import Mapping

from packaging.requirements import InvalidRequirement, Requirement
from packaging.specifiers import InvalidSpecifier, SpecifierSet
from packaging.utils import canonicalize_name

from release.model import Json

_MINORS = range(8, 40)
"""Python 3.8 is the oldest that Nox and the resolvers still know."""


def build_tools(pyproject: Mapping[str, Json]) -> list[str]:
    """What `python -m build --no-isolation` needs: itself, and what [build-system] requires (PEP 518)."""
    system = pyproject.get("build-system", {})
    return ["build", *(str(one) for one in system.get("requires", ["setuptools>=40.8.0", "wheel"]))]


def build_command(pyproject: Mapping[str, Json], path: str) -> str:
    """The shell command that writes the build tools, pinned, to `path`."""
    lines = " ".join(shlex.quote(one) for one in build_tools(pyproject))
    return f"printf '%s\\n' {lines} | {_compile(pyproject, path)} -"


def runtime_command(pyproject: Mapping[str, Json], path: str) -> str:
    """The shell command that writes the project's dependencies, pinned, to `path`."""
    return f"{_compile(pyproject, path)} pyproject.toml"


def lacking(pyproject: Mapping[str, Json], lock: str) -> list[str]:
    """The build tools that the text of a lock does not pin, markers aside."""
    pinned = {canonicalize_name(name) for name in re.findall(r"^([\w.-]+)(?:\[[^]]*\])? *==", lock, re.MULTILINE)}
    return [one for one in build_tools(pyproject) if _name(one) not in pinned]


def is_supported(requires: str, python: str) -> bool:
    """Whether a Python of that version is one that Requires-Python names; what can't be read is no reason to refuse."""
    try:
        return SpecifierSet(requires).contains(python, prereleases=True)
    except InvalidSpecifier:
        return True


def _name(requirement: str) -> str:
    try:
        return canonicalize_name(Requirement(requirement).name)
    except InvalidRequirement:
        return requirement


def _compile(pyproject: Mapping[str, Json], path: str) -> str:
    oldest = _oldest(str(pyproject.get("project", {}).get("requires-python", "")))
    python = f" --python-version {oldest}" if oldest else ""
    return f"uv pip compile --universal{python} --generate-hashes --no-annotate --no-header -q -o {shlex.quote(path)}"


def _oldest(requires: str) -> str:
    """The oldest Python that the project says it supports; empty where it says nothing."""
    try:
        specifiers = SpecifierSet(requires)
    except InvalidSpecifier:
        return ""
    if not requires:
        return ""
    # Of a minor version any patch release will do: >=3.9.2 begins with 3.9.
    fits = (minor for minor in _MINORS if any(specifiers.contains(f"3.{minor}.{patch}") for patch in (0, 99)))
    return next((f"3.{minor}" for minor in fits), "")
