"""Files that the configuration or a data set names: read only from below the folder they are named in."""

from __future__ import annotations

from pathlib import Path

from evaluations.errors import UsageError

LARGEST_FILE = 1 << 20
"""Bytes of a template or a schema."""


def read_below(folder: Path, name: str, largest: int) -> bytes:
    """What the file holds. Raises ValueError, with what is wrong, where it is not there, outside, or too long.

    Links are followed first, so that none leads out of the folder.
    """
    try:
        path = (folder / name).resolve(strict=True)
        if not path.is_relative_to(folder.resolve()):
            raise ValueError("is outside of the folder that it may be in")
        if not path.is_file():
            raise ValueError("is not a file")
        with path.open("rb") as file:
            content = file.read(largest + 1)
    except OSError as error:
        raise ValueError(f"can't be read: {error.strerror}") from None
    except RuntimeError:  # a circle of links, on Python 3.10 to 3.12
        raise ValueError("can't be read: it is a circle of links") from None
    if len(content) > largest:
        raise ValueError(f"is longer than {largest:,} bytes")
    return content


def read_text(folder: Path, name: str, where: str) -> str:
    """A template's or schema's text; `where` is the key path that names it. Raises UsageError."""
    try:
        return read_below(folder, name, LARGEST_FILE).decode()
    except UnicodeDecodeError:
        wrong = "is not UTF-8"
    except ValueError as error:
        wrong = str(error)
    do = "name a UTF-8 text file below the configuration's folder"
    raise UsageError(f"the file {name} {wrong}", where=where, do=do) from None
