"""Files that are compressed: they are not unpacked here, and are no broken text either."""

from __future__ import annotations

from typing import BinaryIO

from evaluations.errors import DatasetError

_SIGNS = {
    b"\x1f\x8b": ("gzip", "gunzip"),
    b"\x28\xb5\x2f\xfd": ("zstd", "unzstd"),
    b"\xfd7zXZ\0": ("xz", "unxz"),
    b"BZh91AY&SY": ("bzip2", "bunzip2"),
    b"PK\x03\x04": ("zip", "unzip"),
}
"""How such files begin (RFC 1952, RFC 8878, and the formats' own specifications), and what unpacks them."""


def refuse_compressed(file: BinaryIO, name: str) -> None:
    """Raise DatasetError where the file is compressed; afterwards it is where it was."""
    place = file.tell()
    start = file.read(max(map(len, _SIGNS)))
    file.seek(place)
    for sign, (kind, program) in _SIGNS.items():
        if start.startswith(sign):
            raise DatasetError(f"the data set is compressed with {kind}", where=name, do=f"unpack it first: {program}")
