"""Built files: their hash, and what sdists and wheels hold, member by member."""

from __future__ import annotations

import hashlib
import tarfile
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ATTESTATION = ".publish.attestation"
"""What a file's attestation (PEP 740) is called, after the file's own name, as twine has it."""


@dataclass(frozen=True)
class Member:
    """One member of an archive, without its name."""

    data: bytes
    """Of a file; empty for folders and links."""
    mode: int
    """As the archive has it: permissions of a tar, external attributes of a zip."""
    time: tuple[float, ...]
    """Seconds since 1970 of a tar; year, month and so on of a zip."""
    link: str = ""
    """What a link of a tar names."""


def sha256(path: Path) -> str:
    """The sha256 of a file, hexadecimal."""
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while block := file.read(1 << 20):
            digest.update(block)
    return digest.hexdigest()


def members(path: Path) -> Iterator[tuple[str, Member]]:
    """Each member of a wheel, or of an sdist, with its name."""
    if path.suffix == ".whl":
        with zipfile.ZipFile(path) as archive:
            for info in archive.infolist():
                yield info.filename, Member(archive.read(info), info.external_attr, info.date_time)
        return
    with tarfile.open(path) as archive:
        for member in archive:
            file = archive.extractfile(member) if member.isreg() else None
            data = file.read() if file else b""
            yield member.name, Member(data, member.mode, (member.mtime,), member.linkname)
