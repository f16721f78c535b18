"""Finds out about a project what `init` needs to know. It reads, asks git and Nox, and changes nothing."""

from __future__ import annotations

import platform
import shutil
import subprocess
from collections.abc import Iterable, Mapping
from pathlib import Path

from packaging.utils import canonicalize_name

from release import config
from release.adopting import proposal
from release.adopting.proposal import Found
from release.gates import sessions
from release.git import Repository
from release.model import Json

_CHANGELOGS = [
    f"{folder}{name}{suffix}"
    for folder in ("", "docs/", "doc/", "docs/source/")
    for name in ("CHANGELOG", "CHANGES", "HISTORY", "NEWS", "changelog", "changes", "history", "news")
    for suffix in (".md", ".rst", ".txt", "")
]
_BUILD_LOCKS = ("requirements/build.txt", "build-requirements.txt", "requirements-build.txt")
_RUNTIME_LOCKS = ("requirements/runtime.txt", "requirements.txt", "requirements/requirements.txt", "requirements.lock")
_PYTHONS = {
    ("debian", "12"): "3.11",
    ("debian", "13"): "3.13",
    ("ubuntu", "22.04"): "3.10",
    ("ubuntu", "24.04"): "3.12",
}
_IMAGE_TOOLS = {"apt-get": "apt", "dpkg-deb": "dpkg", "unshare": "util-linux"}


def find(repository: Repository, pyproject: Mapping[str, Json]) -> Found:
    """What there is in the clone. ReleaseError where its noxfile can't be loaded."""
    root, project = repository.root, config.at(pyproject, "project")
    name = str(project["name"])
    files = frozenset(repository.git("ls-files", "-z", "--cached", "--others", "--exclude-standard").split("\0"))
    python = _debian_python()
    return Found(
        project=name,
        commands=tuple(_commands(name, config.at(pyproject, "project", "scripts"))),
        module=_module(name, files),
        sessions=sessions.default(root),
        branch=_branch(repository),
        tag_prefix=proposal.tag_prefix(tag.name for tag in repository.tags()),
        remote=_remote(repository),
        changelog=next((path for path in _CHANGELOGS if path in files), None),
        build_lock=_lock(root, _BUILD_LOCKS),
        runtime_lock=_lock(root, _RUNTIME_LOCKS),
        image=_no_image(python),
        image_python=python,
    )


def _commands(name: str, scripts: Mapping[str, Json]) -> list[str]:
    """Console scripts, the one that is called like the project first."""
    return sorted(scripts, key=lambda script: canonicalize_name(script) != canonicalize_name(name))


def _module(name: str, files: Iterable[str]) -> str | None:
    """The package or module of the project's name, in src/ or beside pyproject.toml; or the one that src/ has."""
    beside: set[str] = set()
    inside: set[str] = set()
    for path in files:
        place = inside if path.startswith("src/") else beside
        top, _, rest = path.removeprefix("src/").partition("/")
        if rest == "__init__.py" or (not rest and top.endswith(".py")):
            place.add(top.removesuffix(".py"))
    wanted = canonicalize_name(name)
    named = [one for one in sorted(inside | beside) if canonicalize_name(one) == wanted]
    return next(iter(named), None) or (next(iter(inside)) if len(inside) == 1 else None)


def _branch(repository: Repository) -> str:
    """The remote's own branch, or main or master where there is one, or where HEAD is."""
    remote = _remote(repository) or "origin"
    head = repository.maybe("symbolic-ref", "--quiet", "--short", f"refs/remotes/{remote}/HEAD")
    current = repository.maybe("symbolic-ref", "--quiet", "--short", "HEAD")
    branches = [head.removeprefix(f"{remote}/")] if head else []
    known = repository.git("for-each-ref", "--format=%(refname:strip=2)", "refs/heads").split("\n")
    branches += [name for name in ("main", "master") if name in known]
    return next(iter(branches), current or "main")


def _remote(repository: Repository) -> str | None:
    remotes = repository.remotes
    return "origin" if "origin" in remotes else next(iter(remotes), None)


def _lock(root: Path, names: Iterable[str]) -> str | None:
    """The first of these files that locks by hash."""
    there = (name for name in names if (root / name).is_file())
    return next((name for name in there if "--hash=" in (root / name).read_text(encoding="utf-8")), None)


def _debian_python() -> str | None:
    """The version of the Python that this machine's Debian or Ubuntu packages have."""
    try:
        known = platform.freedesktop_os_release()
    except OSError:
        return None
    return _PYTHONS.get((known.get("ID", ""), known.get("VERSION_ID", "")))


def _no_image(python: str | None) -> str:
    """Why no image can be built here; empty where one can."""
    missing = [package for program, package in _IMAGE_TOOLS.items() if shutil.which(program) is None]
    if missing:
        return f"it lacks {', '.join(missing)}"
    if python is None:
        return "it is none of the Debian and Ubuntu releases that are known"
    done = subprocess.run(["unshare", "-Urm", "true"], capture_output=True, text=True, check=False)
    return "" if done.returncode == 0 else f"user namespaces are not allowed ({done.stderr.strip()})"
