"""The engine's own folder in the clone, `.release/`: what is where. All of it can be made again but the targets."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


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
        for left in (self.folder / "tmp").glob("*"):
            pid = left.name.split("-")[0]
            if pid.isdecimal() and not _is_alive(int(pid)):
                shutil.rmtree(left, ignore_errors=True)

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
        """An empty folder that is gone afterwards, also after a kill (by the next run)."""
        parent = self.folder / "tmp"
        parent.mkdir(parents=True, exist_ok=True)
        folder = Path(tempfile.mkdtemp(prefix=f"{os.getpid()}-{name}-", dir=parent))
        try:
            yield folder
        finally:
            shutil.rmtree(folder, ignore_errors=True)


def _is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        pass
    return True


def user_cache() -> Path:
    """The user's cache folder for what is the same in every clone, such as the image's Debian layer."""
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "release-engine"
