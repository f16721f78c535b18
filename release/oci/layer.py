"""Layers: a tree of files as a tar whose bytes depend on nothing but the tree, and its gzip made on all cores."""

from __future__ import annotations

import io
import os
import struct
import tarfile
import zlib
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from hashlib import sha256
from pathlib import PurePosixPath

EPOCH = 315532800
"""The time of every file in a layer: 1980, the earliest that a zip made of them can hold. Seconds."""
_CHUNK = 1 << 20
_WINDOW = 1 << 15
_LEVEL = 5


@dataclass(frozen=True)
class Entry:
    """A file, link or folder of a layer."""

    kind: bytes = tarfile.REGTYPE
    """`tarfile`'s REGTYPE, SYMTYPE, LNKTYPE or DIRTYPE."""
    mode: int = 0o644
    data: bytes = b""
    link: str = ""
    """Where a link goes; of a hard link, a path from the root without a leading slash."""
    owner: int = 0
    """The number of its user and of its group."""


FOLDER = Entry(tarfile.DIRTYPE, 0o755)


@dataclass(frozen=True)
class Layer:
    """A compressed layer."""

    data: bytes
    diff_id: str
    """The digest of the tar before it was compressed (image-spec, config.md)."""


def archive(tree: Mapping[str, Entry]) -> bytes:
    """The tar of a tree, by path from the root without a leading slash; missing parent folders are added."""
    parents = {str(parent) for path in tree for parent in PurePosixPath(path).parents} - {"."}
    whole = {**dict.fromkeys(parents, FOLDER), **tree}
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w", format=tarfile.PAX_FORMAT) as tar:
        # A hard link has to come after the file that it names.
        for path in sorted(whole, key=lambda path: (whole[path].kind == tarfile.LNKTYPE, path)):
            entry = whole[path]
            member = tarfile.TarInfo(path)
            member.type, member.mode, member.mtime, member.linkname = entry.kind, entry.mode, EPOCH, entry.link
            member.uid = member.gid = entry.owner
            member.size = len(entry.data)
            tar.addfile(member, io.BytesIO(entry.data))
    return buffer.getvalue()


def compress(data: bytes) -> bytes:
    """Gzip (RFC 1952) as one member, made in pieces side by side the way pigz does.

    Each piece starts with the window of the piece before it as its dictionary, and ends on a byte (a sync flush), so
    that the pieces put together are one deflate stream. No name and no time: the same data gives the same bytes with
    the same zlib.
    """
    starts = range(0, max(len(data), 1), _CHUNK)

    def piece(start: int) -> bytes:
        window = data[max(0, start - _WINDOW) : start]
        if window:
            deflate = zlib.compressobj(_LEVEL, zlib.DEFLATED, -zlib.MAX_WBITS, zdict=window)
        else:
            deflate = zlib.compressobj(_LEVEL, zlib.DEFLATED, -zlib.MAX_WBITS)
        last = start + _CHUNK >= len(data)
        flush = zlib.Z_FINISH if last else zlib.Z_SYNC_FLUSH
        return deflate.compress(data[start : start + _CHUNK]) + deflate.flush(flush)

    with ThreadPoolExecutor(os.cpu_count()) as pool:
        pieces = pool.map(piece, starts)
        head = b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\xff"
        return b"".join((head, *pieces, struct.pack("<II", zlib.crc32(data), len(data) & 0xFFFFFFFF)))


def layer(tree: Mapping[str, Entry]) -> Layer:
    """The layer that holds this tree."""
    data = archive(tree)
    return Layer(compress(data), f"sha256:{sha256(data).hexdigest()}")
