"""Bytes to text: UTF-8 and nothing else, with what to do about anything else."""

from __future__ import annotations

from evaluations.errors import DatasetError

_MARKS = ((b"\xef\xbb\xbf", "UTF-8"), (b"\xff\xfe", "UTF-16"), (b"\xfe\xff", "UTF-16"))


def decode(line: bytes, where: str) -> str:
    """The text of a line. Raises DatasetError for a byte order mark, a NUL byte, and what is not UTF-8."""
    refuse_mark(line, where)
    refuse_nul(line, where)
    try:
        return line.decode()
    except UnicodeDecodeError as error:
        raise not_utf8(f"byte {error.start + 1} of the line", where) from None


def refuse_mark(start: bytes, where: str) -> None:
    """Raise DatasetError for a byte order mark. JSON has none (RFC 8259, 8.1), and in CSV it would join a name."""
    for mark, encoding in _MARKS:
        if start.startswith(mark):
            raise DatasetError(
                "the line begins with a byte order mark",
                where=where,
                do=f"save the file as UTF-8 without BOM (now {encoding})",
            )


def refuse_nul(data: bytes, where: str) -> None:
    """Raise DatasetError for a NUL byte: UTF-16 without a mark, or a damaged file."""
    if b"\0" in data:
        raise DatasetError(
            "the line holds a NUL byte",
            where=where,
            do="the file is damaged or not UTF-8: write it again, or convert it with iconv",
        )


def not_utf8(what: str, where: str) -> DatasetError:
    """The error for such bytes; `what` says which."""
    return DatasetError(
        f"{what} is not UTF-8",
        where=where,
        do="convert the file, from Latin-1 for example: iconv -f latin1 -t utf-8 OLD > NEW",
    )
