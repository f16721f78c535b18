"""`init`: writes a first, commented `[tool.release]` into a project's pyproject.toml, and says what else is missing."""

from __future__ import annotations

import sys
from pathlib import Path

from release import config, durable, opening
from release.adopting import discovery, proposal
from release.console import Console
from release.errors import Refused, ReleaseError
from release.git import Repository
from release.model import Json
from release.verbs import doctor

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib


def init(root: Path, console: Console, *, dry_run: bool) -> str:
    """Append the tables to pyproject.toml; the text that was, or with `dry_run` would be, appended.

    Refused, with the file untouched, where it has them already, or where the project can't be released by this engine.
    """
    repository = Repository(root)
    pyproject = config.read(repository.root)
    _refuse(repository, pyproject)
    path = (repository.root / "pyproject.toml").resolve()
    old = path.read_bytes()
    found = discovery.find(repository, pyproject)
    if not found.sessions:
        do = "name the checks in nox.options.sessions"
        raise Refused([ReleaseError("bare nox runs no session, so there is no gate", where="noxfile.py", do=do)])
    text = proposal.render(found)
    new = _appended(old, text)
    settings = _checked(new, path)
    if not dry_run:
        durable.write_bytes(path, new, path.stat().st_mode & 0o7777, lambda: _unchanged(path, old))
        console.say(f"[tool.release] is written to {path}; nothing else was changed. Read it, and mend what is wrong.")
    missing = [one for one in doctor.examine(opening.assembled(settings, repository, console)) if not one.ok]
    for finding in missing:
        console.say(f"  ✗ {finding.what}: {finding.said}\n      do: {finding.do}")
    if not dry_run:
        console.say("then commit it all; next: python -m release doctor")
    return text


def _refuse(repository: Repository, pyproject: dict[str, Json]) -> None:
    problems = []
    if "release" in config.at(pyproject, "tool"):
        problems.append(
            ReleaseError(
                "pyproject.toml has [tool.release] already", where="tool.release",
                do="python -m release doctor says what is left to do",
            )
        )  # fmt: skip
    if not config.at(pyproject, "project").get("name"):
        problems.append(
            ReleaseError(
                "the project has no name", where="project.name",
                do="describe the project in [project] (PEP 621); setup.py, setup.cfg and [tool.poetry] are not read",
            )
        )  # fmt: skip
    if not (repository.root / "noxfile.py").is_file():
        problems.append(
            ReleaseError(
                "there is no noxfile.py", where=str(repository.root),
                do="write one with a session a check: https://nox.thea.codes; the gates of a release are its sessions",
            )
        )  # fmt: skip
    if problems:
        raise Refused(problems)


def _appended(old: bytes, text: str) -> bytes:
    """The file with the text at its end, in the file's own kind of line ends; what was there is kept to the byte."""
    end = b"\r\n" if old.endswith(b"\r\n") or old.count(b"\r\n") > old.count(b"\n") / 2 else b"\n"
    between = b"" if not old else end if old.endswith(b"\n") else end * 2
    return old + between + text.encode().replace(b"\n", end)


def _checked(new: bytes, path: Path) -> config.Config:
    """The configuration that the file will have."""
    try:
        return config.parse(tomllib.loads(new.decode()))
    except tomllib.TOMLDecodeError as error:
        raise Refused(
            [
                ReleaseError(
                    f"[tool.release] can't be appended: {error}", where=str(path),
                    do="write [tool.NAME] for each tool, not tool = {...}; or take the text from --dry-run",
                )
            ]
        ) from error  # fmt: skip


def _unchanged(path: Path, old: bytes) -> None:
    if path.read_bytes() != old:
        raise ReleaseError("somebody else changed it meanwhile", where=str(path), do="run the same command again")
