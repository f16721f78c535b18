"""The engine's own folder in the clone, `.release/`: what is where. All of it can be made again but the targets."""

from __future__ import annotations

import fcntl
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

_LOCK = ".lock"


class Workspace:
    """Paths in `.release/`."""

    def __init__(self, root: Path) -> None:
        """`root` is the clone's root."""
        self.folder = root / ".release"
        self.log = self.folder / "log"
        self.cache = self.folder / "cache"
        self.spool = self.folder / "spool"

    def prepare(self) -> None:
        """Make the folder, invisible to git, and remove what killed runs left in it."""
        self.folder.mkdir(exist_ok=True)
        ignore = self.folder / ".gitignore"
        if not ignore.exists() or ignore.read_text() != "*\n":  # another run must not find it empty for a moment
            ignore.write_text("*\n")
        for lock in (self.folder / "tmp").glob(f"*{_LOCK}"):
            with suppress(OSError), lock.open("r+") as file:  # it is in use, or gone, or this file system has no locks
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                _remove(lock)

    def release(self, version: str) -> Path:
        """Everything of one release."""
        return self.folder / "releases" / version

    def dist(self, version: str) -> Path:
        """Its wheel and sdist."""
        return self.release(version) / "dist"

    def image(self, version: str) -> Path:
        """An OCI layout with its image."""
        return self.release(version) / "image"

    def evidence(self, version: str) -> Path:
        """The logs and reports of its gates."""
        return self.release(version) / "gates"

    @contextmanager
    def temporary(self, name: str) -> Iterator[Path]:
        """An empty folder that is gone afterwards, also after a kill (by the next run).

        A locked file beside it says that it is in use: the kernel knows, across process namespaces and containers,
        and a share across machines, where a process id would mean another process.
        """
        parent = self.folder / "tmp"
        parent.mkdir(parents=True, exist_ok=True)
        descriptor, lock = tempfile.mkstemp(prefix=f"{name}-", suffix=_LOCK, dir=parent)
        try:
            with suppress(OSError):  # without locks nobody can tell that it is not in use any more, and it stays
                fcntl.flock(descriptor, fcntl.LOCK_EX)
            folder = _folder(Path(lock))
            folder.mkdir()
            yield folder
        finally:
            _remove(Path(lock))
            os.close(descriptor)


def _folder(lock: Path) -> Path:
    return lock.with_name(lock.name.removesuffix(_LOCK))


def _remove(lock: Path) -> None:
    """The folder, and then its lock: what could not be removed is tried again by the next run."""
    folder = _folder(lock)
    shutil.rmtree(folder, ignore_errors=True)
    if not folder.exists():
        lock.unlink(missing_ok=True)


def user_cache() -> Path:
    """The user's cache folder for what is the same in every clone, such as the image's Debian layer."""
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "release-engine"
