"""The sessions of the project's noxfile, asked from Nox itself."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from release.credentials import unsecret
from release.errors import ReleaseError

_NOT_FOUND = re.compile(r"Sessions not found: (?P<names>.+)")
_NO_SESSION = "No sessions found in"
_DO = (
    "nox --list shows it too; what the noxfile imports must be there for the engine's Python: name it in the "
    "noxfile's own `# /// script` block (PEP 723), or do without"
)


def default(root: Path) -> tuple[str, ...]:
    """Those that bare `nox` runs, each once, in their order. ReleaseError where the noxfile can't be loaded."""
    done = _nox(root)
    if _NO_SESSION in done.stdout + done.stderr:
        return ()
    if done.returncode:
        raise _unreadable(root, done)
    listed = json.loads(done.stdout.strip().splitlines()[-1])
    return tuple(dict.fromkeys(str(row["name"]) for row in listed))


def missing(root: Path, names: Sequence[str]) -> tuple[str, ...]:
    """Those of `names` that the noxfile does not have. ReleaseError where it can't be loaded."""
    done = _nox(root, "--session", *names)
    if not done.returncode:
        return ()
    said = not_found(done.stdout + done.stderr)
    if not said:
        raise _unreadable(root, done)
    return tuple(name for name in names if name in said)


def not_found(printed: str) -> tuple[str, ...]:
    """The sessions that Nox says the noxfile does not have; it runs none then, those that are there included."""
    found = _NOT_FOUND.search(printed)
    return tuple(name.strip() for name in found["names"].split(",")) if found else ()


def _nox(root: Path, *words: str) -> subprocess.CompletedProcess[str]:
    env = {name: value for name, value in unsecret().items() if not name.startswith("NOX")}
    argv = [sys.executable, "-m", "nox", "--noxfile", str(root / "noxfile.py"), "--list", "--json", *words]
    return subprocess.run(argv, cwd=root, env=env, capture_output=True, text=True, check=False)


def _unreadable(root: Path, done: subprocess.CompletedProcess[str]) -> ReleaseError:
    tail = "\n".join((done.stdout + done.stderr).strip().splitlines()[-5:])
    return ReleaseError(f"Nox can't load the noxfile:\n{tail}", where=str(root / "noxfile.py"), do=_DO)
