"""Writes to standard output, and says so where nobody reads."""

from __future__ import annotations

import os
import sys

from evaluations.errors import OutputError


def write_out(text: str) -> None:
    """Write and flush. Raises OutputError."""
    try:
        sys.stdout.write(text)
        sys.stdout.flush()
    except OSError as error:
        # What is still in the buffer would fail once more, loudly, when the interpreter ends.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        what = f"results can't be written: {error.strerror}"
        raise OutputError(what, where="standard output", do="keep the reader open, or use --output") from None
