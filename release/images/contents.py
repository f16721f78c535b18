"""What is in an image: the paths of its layers laid over each other, and whether it holds the wheel it is to hold."""

from __future__ import annotations

import csv
import io
import tarfile
import zipfile
from collections.abc import Iterable, Iterator
from hashlib import sha256
from pathlib import Path, PurePosixPath

from release.errors import BuildFailed

_WHITEOUT = ".wh."
_OPAQUE = ".wh..wh..opq"


def files(tars: Iterable[bytes]) -> set[str]:
    """The files and links of these layers, lowest first, that none above takes away (image-spec, layer.md)."""
    there: set[str] = set()
    for data in tars:
        with tarfile.open(fileobj=io.BytesIO(data)) as tar:
            members = [(PurePosixPath(member.name), member.isdir()) for member in tar]
        for path, _is_folder in members:
            if path.name == _OPAQUE:
                there -= _below(there, str(path.parent))
            elif path.name.startswith(_WHITEOUT):
                gone = str(path.parent / path.name.removeprefix(_WHITEOUT))
                there -= {gone, *_below(there, gone)}
        there |= {str(path) for path, is_folder in members if not is_folder and not path.name.startswith(_WHITEOUT)}
    return there


def _below(paths: Iterable[str], folder: str) -> set[str]:
    return {path for path in paths if path.startswith(f"{folder}/")}


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
