"""The progress of a run on standard error: a line that is drawn again on a terminal, plain lines in a log."""

from __future__ import annotations

import asyncio
import os
import shutil
import sys
import time
from contextlib import suppress

from evaluations.report import progress
from evaluations.tally import Tally

_LIVE, _PLAIN = 0.1, 10.0
"""Seconds between lines of progress: on a terminal, where each replaces the last, and in a log."""


def is_live(form: str) -> bool:
    """Whether the line can be drawn again without getting in the way of what is printed in that form."""
    mixed = form == "jsonl" and sys.stdout.isatty()
    return sys.stderr.isatty() and os.environ.get("TERM") != "dumb" and not mixed


async def show(tally: Tally, *, live: bool) -> None:
    """Show it until cancelled."""
    started = time.monotonic()
    try:
        while True:
            await asyncio.sleep(_LIVE if live else _PLAIN)
            line = progress(tally.done, tally.failed, tally.planned, time.monotonic() - started)
            width = shutil.get_terminal_size().columns - 1
            _note(f"\r{line[:width]}\x1b[K" if live else f"{line}\n")
    finally:
        if live:
            _note("\r\x1b[K")


def _note(text: str) -> None:
    with suppress(OSError):  # nobody reads the progress: no reason to end the run
        sys.stderr.write(text)
        sys.stderr.flush()
