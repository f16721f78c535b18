"""Writes results to standard output, keeps it free of anything else, and says so where nobody reads."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import TextIO

from evaluations.errors import OutputError

_kept: list[TextIO] = []
"""What takes results while `reserved` keeps standard output for them."""


def results() -> TextIO:
    """Where results go."""
    return _kept[-1] if _kept else sys.stdout


def write_out(text: str) -> None:
    """Write and flush. Raises OutputError."""
    stream = results()
    try:
        stream.write(text)
        stream.flush()
    except OSError as error:
        # What is still in the buffer would fail once more, loudly, when the interpreter ends.
        os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())
        what = f"results can't be written: {error.strerror}"
        raise OutputError(what, where="standard output", do="keep the reader open, or use --output") from None


@contextmanager
def reserved() -> Iterator[None]:
    """Keep standard output for `write_out`; what else is written there goes to standard error.

    Functions of users print, and so do libraries in C and programs that they start: where the stream is the process's
    own, its file descriptor is turned round, too.
    """
    printed = sys.stdout
    kept = _moved(printed)
    _kept.append(printed if kept is None else kept)
    sys.stdout = sys.stderr
    try:
        yield
    finally:
        sys.stdout = printed
        _kept.pop()
        if kept is not None:
            with suppress(OSError):  # what somebody printed to the old object, and nobody can read
                printed.flush()
            with suppress(OSError):
                kept.flush()
            os.dup2(kept.fileno(), _STDOUT)
            kept.close()


_STDOUT, _STDERR = 1, 2


def _moved(stream: TextIO) -> TextIO | None:
    """The same stream at another file descriptor, whose own is standard error from now on; None where it is not 1."""
    try:
        if stream.fileno() != _STDOUT:
            return None
    except (OSError, ValueError, AttributeError):  # a caller's own stream, or none at all
        return None
    stream.flush()
    try:
        os.fstat(_STDERR)
    except OSError:  # there is no standard error; its number must not become that of results
        os.dup2(os.open(os.devnull, os.O_WRONLY), _STDERR)
    moved = os.fdopen(os.dup(_STDOUT), "w", encoding=stream.encoding, errors=stream.errors)
    os.dup2(_STDERR, _STDOUT)
    return moved
