"""The progress of a run on standard error: a line that is drawn again on a terminal, plain lines in a log."""

from __future__ import annotations

import asyncio
import os
import shutil
import sys
import time
from contextlib import suppress

from evaluations.evaluation import Evaluation
from evaluations.terminal.output import results
from evaluations.terminal.report import progress

_LIVE, _PLAIN = 0.1, 10.0
"""Seconds between lines of progress: on a terminal, where each replaces the last, and in a log."""


def is_live(form: str) -> bool:
    """Whether the line can be drawn again without getting in the way of what is printed in that form."""
    mixed = form == "jsonl" and results().isatty()
    return sys.stderr.isatty() and os.environ.get("TERM") != "dumb" and not mixed


async def show(evaluation: Evaluation, *, live: bool) -> None:
    """Show it until cancelled."""
    started, before = time.monotonic(), evaluation.done
    try:
        while True:
            await asyncio.sleep(_LIVE if live else _PLAIN)
            seconds, known = time.monotonic() - started, evaluation
            line = progress(known.done - before, known.failed, known.planned - before, seconds, known.usage)
            width = shutil.get_terminal_size().columns - 1
            note(f"\r{line[:width]}\x1b[K" if live else f"{line}\n")
    finally:
        if live:
            note("\r\x1b[K")


def note(text: str) -> None:
    """Tell the user, on standard error."""
    with suppress(OSError):  # nobody reads the progress: no reason to end the run
        sys.stderr.write(text)
        sys.stderr.flush()
