"""What is in an image: the paths of its layers laid over each other, and whether it holds the wheel it is to hold."""

from __future__ import annotations

import csv
import io
import tarfile
import zipfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path, PurePosixPath

from release.errors import BuildFailed

_WHITEOUT = ".wh."
_OPAQUE = ".wh..wh..opq"


Stat = tuple[int, int, int]
"""Mode, user and group."""


@dataclass
class Tree:
    """The layers of an image so far, laid over each other (image-spec, layer.md)."""

    files: set[str] = field(default_factory=set)
    """Files and links, by path from the root without a leading slash."""
    folders: dict[str, Stat] = field(default_factory=dict)

    def add(self, members: Iterable[tarfile.TarInfo]) -> None:
        """Lay a layer over those before it; its whiteouts concern only these."""
        placed = [(str(path), path, member) for member in members for path in (PurePosixPath(member.name),)]
        for _name, path, _member in placed:
            if path.name == _OPAQUE:
                self._remove(str(path.parent), itself=False)
            elif path.name.startswith(_WHITEOUT):
                self._remove(str(path.parent / path.name.removeprefix(_WHITEOUT)))
        for name, path, member in placed:
            if path.name.startswith(_WHITEOUT):
                continue
            if member.isdir():
                self.files.discard(name)
                self.folders[name] = stat(member)
            else:
                if name in self.folders:
                    self._remove(name)
                self.files.add(name)

    def _remove(self, path: str, *, itself: bool = True) -> None:
        below = f"{path}/"
        for name in [one for one in (*self.files, *self.folders) if one.startswith(below) or (itself and one == path)]:
            self.files.discard(name)
            self.folders.pop(name, None)


def stat(member: tarfile.TarInfo) -> Stat:
    """Who may do what with a member; docker writes the kind of file into the mode too, which stays out."""
    return member.mode & 0o7777, member.uid, member.gid


def members(tar: bytes) -> list[tarfile.TarInfo]:
    """What a layer has."""
    with tarfile.open(fileobj=io.BytesIO(tar)) as archive:
        return archive.getmembers()


def check_wheel(rootfs: Path, wheel: Path) -> None:
    """BuildFailed unless the unpacked image has every file of this wheel, byte for byte, installed in one place."""
    with zipfile.ZipFile(wheel) as archive:
        info = next(name.split("/")[0] for name in archive.namelist() if name.endswith(".dist-info/RECORD"))
        expected = dict(_installed(archive, info))
    folders = [found.parent for found in sorted(rootfs.rglob(info)) if found.is_dir() and not found.is_symlink()]
    if not folders:
        raise BuildFailed(
            f"the image does not hold {wheel.name}", where=str(rootfs),
            do="install it in the Containerfile: it is in the build's context, and ARG WHEEL has its name",
        )  # fmt: skip
    if len(folders) > 1:
        raise BuildFailed(f"{info} is in the image {len(folders)} times", where=str(rootfs), do="install it once")
    for name, digest in expected.items():
        path = folders[0] / name
        if not path.is_file() or sha256(path.read_bytes()).hexdigest() != digest:
            raise BuildFailed(
                f"{name} is not as {wheel.name} has it", where=f"/{path.relative_to(rootfs)} of the image",
                do="install the wheel of the build's context, and change nothing of it afterwards",
            )  # fmt: skip


def _installed(archive: zipfile.ZipFile, info: str) -> Iterator[tuple[str, str]]:
    """What an installer copies as it is (PEP 427): not RECORD, which it writes anew, nor what goes to other folders."""
    record = csv.reader(io.StringIO(archive.read(f"{info}/RECORD").decode()))
    for name in (row[0] for row in record if row):
        if name != f"{info}/RECORD" and not name.split("/")[0].endswith(".data"):
            yield name, sha256(archive.read(name)).hexdigest()
