"""Makes an sdist reproducible: the same members give the same bytes, whoever packed them, where and when.

setuptools writes the times, owner, modes and order of the file system into the tar; here they are fixed in the way
that https://reproducible-builds.org/docs/archives describes.
"""

from __future__ import annotations

import gzip
import io
import tarfile
from pathlib import Path

from release.errors import BuildFailed


def normalise(path: Path, epoch: int) -> None:
    """Rewrite the `.tar.gz` at `path`: members sorted, times `epoch` (seconds), owner 0, modes 0644 or 0755."""
    with tarfile.open(path) as old:
        members = sorted(old.getmembers(), key=lambda member: member.name)
        plain = io.BytesIO()
        with tarfile.open(fileobj=plain, mode="w", format=tarfile.PAX_FORMAT) as new:
            for member in members:
                new.addfile(_plain(member, epoch), old.extractfile(member) if member.isreg() else None)
    with path.open("wb") as file, gzip.GzipFile("", "wb", 9, file, mtime=epoch) as packed:
        packed.write(plain.getbuffer())


def _plain(member: tarfile.TarInfo, epoch: int) -> tarfile.TarInfo:
    if not (member.isreg() or member.isdir() or member.issym()):
        raise BuildFailed(
            "an sdist holds files, folders and links only", where=member.name, do="leave it out of the sdist"
        )
    info = tarfile.TarInfo(member.name)
    info.size, info.type, info.linkname = member.size, member.type, member.linkname
    info.mtime = epoch
    info.mode = 0o755 if member.isdir() or member.mode & 0o100 else 0o644
    return info


def unpack(path: Path, folder: Path) -> Path:
    """Unpack an sdist into `folder` and return its one top folder."""
    try:
        with tarfile.open(path) as archive:
            if hasattr(tarfile, "data_filter"):
                archive.extractall(folder, filter="data")
            else:
                archive.extractall(folder)  # noqa: S202 - built a moment ago, by the project itself
    except tarfile.TarError as error:
        raise BuildFailed(
            f"the sdist can't be unpacked: {error}", where=path.name, do="keep links inside the project, and relative"
        ) from error
    return next(folder.iterdir())
