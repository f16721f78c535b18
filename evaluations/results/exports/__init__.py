"""Exports: a run's folder in the forms that other programs and people read. One module per form."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from importlib import import_module
from pathlib import Path
from typing import BinaryIO

from evaluations.errors import OutputError, UsageError
from evaluations.results.durable import whole
from evaluations.results.reading import Run, read_run
from evaluations.terminal.output import write_out

_TEXTS = {
    "csv": "separated",
    "junit": "junit",
    "markdown": "markdown",
    "github": "annotations",
    "html": "page",
}
FORMATS = (*_TEXTS, "parquet")
"""What `export` knows."""

_PIECE = 1 << 16
"""Characters that are written at once."""


def export(folder: Path, form: str, out: Path | None = None) -> None:
    """Write a run in one of FORMATS to a file, whole or not at all, or to standard output; in memory that stays small.

    Raises UsageError where the folder can't be read or a package is missing, and OutputError.
    """
    run = read_run(folder)
    if out is not None:
        try:
            with whole(out) as file:
                _fill(file, run, form)
        except OSError as error:
            what = f"the export can't be written: {error.strerror}"
            raise OutputError(what, where=str(out), do="make room there, or name another file") from None
    elif form in _TEXTS:
        for piece in _gathered(text(run, form)):
            write_out(piece)
    else:
        raise UsageError("Parquet is not text, and goes to a file only", where="--to parquet", do="add --out FILE")


def text(run: Run, form: str) -> Iterator[str]:
    """The export piece by piece, for each of FORMATS that is text."""
    pieces: Callable[[Run], Iterator[str]] = import_module(f"{__name__}.{_TEXTS[form]}").pieces
    return pieces(run)


def _fill(file: BinaryIO, run: Run, form: str) -> None:
    if form in _TEXTS:
        file.writelines(piece.encode() for piece in _gathered(text(run, form)))
    else:
        from evaluations.results.exports.parquet import write_parquet  # noqa: PLC0415, late: loads pyarrow

        write_parquet(run, file)


def _gathered(pieces: Iterator[str]) -> Iterator[str]:
    waiting: list[str] = []
    size = 0
    for piece in pieces:
        waiting.append(piece)
        size += len(piece)
        if size >= _PIECE:
            yield "".join(waiting)
            waiting, size = [], 0
    yield "".join(waiting)
