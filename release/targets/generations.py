"""Generations of index pages: each a folder named by the digest of its content, and channels that are links to them.

A generation never changes. A channel moves by the rename of one link, so a reader sees one listing or the other.
"""

from __future__ import annotations

import hashlib
import re
import shutil
from collections.abc import Callable
from functools import partial
from pathlib import Path

from release import archives, durable
from release.commands import command
from release.errors import Tampered

_KEPT = 5
"""Generations that stay besides those that channels point to, for readers that are in the middle of one."""
_SUMS = "SHA256SUMS"
_SHA256 = re.compile(r"[0-9a-f]{64}", re.ASCII)


class Generations:
    """The generations below the folder `root`, and the links beside them."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._folder = root / "generations"

    def followed(self, link: Path) -> str | None:
        """The digest that a channel's link names, or None where there is no link."""
        try:
            folder, _, digest = str(link.readlink()).rpartition("/")
        except FileNotFoundError:
            return None
        except OSError:
            folder, digest = "", ""
        if folder != "generations" or not _SHA256.fullmatch(digest):
            raise tampered(link, "is not a link to a generation of pages")
        return digest

    def serving(self, link: Path) -> str | None:
        """The digest that a channel's link leads to, once its pages were checked; None where there is no link."""
        while True:
            seen = _stamp(link)
            digest = self.followed(link)
            if digest is None:
                return None
            try:
                self.check(digest)
            except Tampered:
                # A reader has no lock: what it was reading may be gone because the channel has moved on.
                if _stamp(link) == seen:
                    raise
            else:
                return digest

    def check(self, digest: str) -> None:
        """Tampered where a generation is not, byte for byte, what its name says."""
        folder = self._folder / digest
        compare(folder / _SUMS, digest)
        try:
            lines = (folder / _SUMS).read_text(encoding="ascii", errors="replace").splitlines()
            paths = [path for path in folder.rglob("*") if path.is_symlink() or not path.is_dir()]
        except FileNotFoundError:
            raise tampered(folder, "was removed while it was read") from None
        pages = {path: sha256 for sha256, _, path in (line.partition("  ") for line in lines)}
        files = {str(path.relative_to(folder)) for path in paths}
        for page in sorted(pages.keys() | files - {_SUMS}):
            if page not in pages:
                raise tampered(folder / page, "is not one of the pages")
            compare(folder / page, pages[page])

    def flip(self, link: Path, pages: dict[str, bytes], check: Callable[[], None]) -> None:
        """Make `link` lead to these pages, SHA256SUMS among them.

        `check` is called before anything changes, and again right before users see it. Only for the one writer that a
        fence lets in. Tampered where the pages that are there already differ.
        """
        digest = hashlib.sha256(pages[_SUMS]).hexdigest()
        generation, staging = self._folder / digest, self._folder / f".tmp-{digest}"
        sweep(self._root)
        sweep(self._folder)
        if generation.exists():
            self.check(digest)
        else:
            _write(staging, pages)
        check()
        if staging.exists():
            staging.rename(generation)
        self._prune(digest)
        durable.point_link(link, f"generations/{digest}", check)

    def damaged(self) -> list[Path]:
        """Generations that are not what their names say, and links that lead to none."""
        folders = sorted(path for path in self._folder.glob("*") if _SHA256.fullmatch(path.name))
        bad = [path for path in folders if _fails(partial(self.check, path.name))]
        links = sorted(path for path in self._root.glob("*") if path.is_symlink())
        return bad + [
            link
            for link in links
            if _fails(partial(self.followed, link)) or not link.exists() or self._folder / link.readlink().name in bad
        ]

    def _prune(self, digest: str) -> None:
        """Remove old generations and make the others durable.

        Called before the flip, so that the generation which users are reading now stays until the next one.
        """
        needed = {digest, *(path.readlink().name for path in self._root.iterdir() if path.is_symlink())}
        spare = [path for path in self._folder.iterdir() if _SHA256.fullmatch(path.name) and path.name not in needed]
        for path in sorted(spare, key=lambda path: path.stat().st_mtime_ns)[:-_KEPT]:
            # Never half a generation under its name, even when this is killed.
            path.rename(self._folder / f".tmp-{path.name}")
        # The new generation has to be there after a crash, before a link leads to it.
        durable.sync_folder(self._folder)
        sweep(self._folder)


def _stamp(link: Path) -> tuple[int, int] | None:
    """Tells one flip of a link from another, also where both lead to the same place."""
    try:
        status = link.lstat()
    except FileNotFoundError:
        return None
    return status.st_ino, status.st_mtime_ns


def sweep(folder: Path) -> None:
    """Remove what a killed run left behind; only for the one writer that a fence lets in."""
    for path in folder.glob(".tmp-*"):
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path)
        else:
            path.unlink()


def compare(path: Path, sha256: str) -> None:
    """Tampered where the file is missing or has another sha256."""
    try:
        found = archives.sha256(path)
    except FileNotFoundError:
        raise tampered(path, "is missing") from None
    if found != sha256:
        raise tampered(path, f"has sha256 {found}, not {sha256}")


def tampered(path: Path, how: str) -> Tampered:
    """The error for a file that is not what the record says."""
    return Tampered(
        f"{path.name} {how}", where=str(path), do=f"{command('repair')} sets it aside and brings the right bytes back"
    )


def _fails(check: Callable[[], object]) -> bool:
    try:
        check()
    except Tampered:
        return True
    return False


def _write(folder: Path, pages: dict[str, bytes]) -> None:
    for name, data in pages.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(data)
    durable.sync_tree(folder)
