"""Virtual environments from hash-locked requirements, by uv, which the engine's own requirements pin."""

from __future__ import annotations

import hashlib
import sys
import tempfile
from pathlib import Path

from uv import find_uv_bin

from release.commands import command
from release.process import run


def create(folder: Path, lock: Path | None, *, wheel: Path | None = None, log: Path | None = None) -> Path:
    """Make an environment of this Python at `folder` and return its interpreter.

    Every requirement in `lock` must carry a hash (pip's hash-checking mode); `wheel` is installed without its
    dependencies, which therefore come from the lock or are missing.
    """
    python = folder / "bin" / "python"
    uv = (find_uv_bin(), "--quiet", "--no-progress")
    run((*uv, "venv", "--no-project", "--python", sys.executable, folder), log=log)
    if lock is not None and _requires_something(lock):
        run((*uv, "pip", "install", "--python", python, "--require-hashes", "-r", lock), log=log,
            do=f"if the lock lacks a file, make it anew: nox -s lock, or as {command('doctor')} says")  # fmt: skip
    if wheel is not None:
        run((*uv, "pip", "install", "--python", python, "--no-deps", "--no-cache", wheel), log=log)
    return python


def cached(cache: Path, lock: Path, *, log: Path | None = None) -> Path:
    """The interpreter of an environment with exactly what `lock` says, kept for the next time."""
    digest = hashlib.sha256(lock.read_bytes() + sys.executable.encode() + sys.version.encode()).hexdigest()[:16]
    folder = cache / f"{lock.stem}-{digest}"
    if not folder.exists():
        cache.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=".tmp-", dir=cache) as building:
            create(Path(building) / "environment", lock, log=log)
            try:
                (Path(building) / "environment").rename(folder)
            except OSError:
                if not folder.exists():  # another process was quicker, and its environment is as good
                    raise
    return folder / "bin" / "python"


def _requires_something(lock: Path) -> bool:
    lines = (line.strip() for line in lock.read_text(encoding="utf-8").splitlines())
    return any(line and not line.startswith("#") for line in lines)
