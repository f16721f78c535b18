"""Which shared libraries an ELF file needs (System V gABI, chapter 5, "Dynamic Section"): names only."""

from __future__ import annotations

import struct
from collections.abc import Iterable, Mapping
from pathlib import PurePosixPath

from release.oci.layer import Entry

_PT_LOAD, _PT_DYNAMIC = 1, 2
_DT_NEEDED, _DT_STRTAB = 1, 5


def needed(data: bytes) -> tuple[str, ...]:
    """The DT_NEEDED names, in the file's order; empty for a static file and for what is not ELF."""
    if data[:4] != b"\x7fELF" or len(data) < 64:
        return ()
    wide, order = data[4] == 2, "<" if data[5] == 1 else ">"
    offset = struct.unpack_from(f"{order}Q", data, 32)[0] if wide else struct.unpack_from(f"{order}I", data, 28)[0]
    size, count = struct.unpack_from(f"{order}HH", data, 54 if wide else 42)
    loads, dynamic = [], b""
    for at in range(offset, offset + size * count, size):
        if wide:
            kind, _flags, start, address, _physical, length = struct.unpack_from(f"{order}IIQQQQ", data, at)
        else:
            kind, start, address, _physical, length = struct.unpack_from(f"{order}IIIII", data, at)
        if kind == _PT_LOAD:
            loads.append((address, start, length))
        elif kind == _PT_DYNAMIC:
            dynamic = data[start : start + length]
    word = struct.Struct(f"{order}{'QQ' if wide else 'II'}")
    tags = list(word.iter_unpack(dynamic[: len(dynamic) // word.size * word.size]))
    table = next((value for tag, value in tags if tag == _DT_STRTAB), 0)
    strings = next((table - address + start for address, start, size in loads if address <= table < address + size), 0)
    names = (strings + value for tag, value in tags if tag == _DT_NEEDED)
    return tuple(data[at : data.index(b"\0", at)].decode() for at in names)


def libraries(tree: Mapping[str, Entry]) -> frozenset[str]:
    """The names under which a loader could find a shared library of this tree, links among them."""
    return frozenset(name for path in tree if ".so" in (name := PurePosixPath(path).name))


def missing(tree: Mapping[str, Entry], provided: Iterable[str]) -> dict[str, tuple[str, ...]]:
    """By path, the libraries that an ELF file of `tree` needs and that neither `tree` nor `provided` has."""
    known = libraries(tree) | frozenset(provided)
    lacking = {path: tuple(sorted(set(needed(entry.data)) - known)) for path, entry in tree.items()}
    return {path: names for path, names in sorted(lacking.items()) if names}
