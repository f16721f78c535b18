"""Writes that are there whole or not at all, also after the power failed: temporary name, fsync, rename, fsync."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Callable, Iterable
from datetime import datetime, timezone
from pathlib import Path


def sync_folder(folder: Path) -> None:
    """Make renames inside `folder` survive a crash."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def make_folder(folder: Path) -> None:
    """Create `folder` and its missing parents, durably."""
    missing = [path for path in (folder, *folder.parents) if not path.exists()]
    folder.mkdir(parents=True, exist_ok=True)
    for path in missing:
        sync_folder(path.parent)


def write_bytes(
    path: Path, data: bytes, mode: int = 0o644, check: Callable[[], None] = lambda: None, *, prefix: str = ".tmp-"
) -> None:
    """Replace `path` by `data` at one moment, right after `check`, which may raise to leave it as it is.

    `prefix` begins the name under which it is written first, and which a killed process leaves behind.
    """
    make_folder(path.parent)
    descriptor, name = tempfile.mkstemp(prefix=prefix, dir=path.parent)
    temporary = Path(name)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(data)
            file.flush()
            os.fchmod(file.fileno(), mode)
            os.fsync(file.fileno())
        check()
        temporary.replace(path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
    sync_folder(path.parent)


def copy_file(source: Path, path: Path) -> None:
    """Copy `source` to `path`, which appears whole at one moment."""
    make_folder(path.parent)
    descriptor, name = tempfile.mkstemp(prefix=".tmp-", dir=path.parent)
    temporary = Path(name)
    try:
        with os.fdopen(descriptor, "wb") as file, source.open("rb") as original:
            shutil.copyfileobj(original, file, 1 << 20)
            file.flush()
            os.fchmod(file.fileno(), 0o644)
            os.fsync(file.fileno())
        temporary.replace(path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
    sync_folder(path.parent)


def point_link(link: Path, target: str, check: Callable[[], None] = lambda: None) -> None:
    """Make the symbolic link `link` point to `target` at one moment, right after `check`, which may raise."""
    make_folder(link.parent)
    temporary = link.parent / f".tmp-{link.name}-{os.getpid()}"
    temporary.unlink(missing_ok=True)
    temporary.symlink_to(target)
    try:
        check()
        temporary.replace(link)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
    sync_folder(link.parent)


def sync_tree(folder: Path) -> None:
    """Make every file and folder below `folder` survive a crash."""
    for root, _folders, files in os.walk(folder):
        for name in files:
            if (Path(root) / name).is_symlink():
                continue  # it is part of its folder
            descriptor = os.open(Path(root) / name, os.O_RDONLY)
            try:
                os.fsync(descriptor)
            finally:
                os.close(descriptor)
        sync_folder(Path(root))


def set_aside(paths: Iterable[Path], folder: Path) -> None:
    """Move files, folders and links that are not what they should be into a new folder below `folder`, for later."""
    place = folder / datetime.now(timezone.utc).strftime("%Y%m%dT%H%M%S.%fZ")
    for number, path in enumerate(paths):
        make_folder(place)
        path.rename(place / f"{number:03}-{path.name}")
        sync_folder(path.parent)
        sync_folder(place)
