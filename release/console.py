"""What the person in front sees, and the log that keeps it: a live line on a terminal, plain lines anywhere else."""

from __future__ import annotations

import json
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TextIO

from release.ledger import now
from release.model import Json
from release.redaction import scrub

_REMINDER = 20.0
"""Seconds after which a step that says nothing says that it is still at work, where there is no live line."""


class Console:
    """Prints, and appends every line to a JSON Lines log."""

    def __init__(self, stream: TextIO | None = None, log: Path | None = None) -> None:
        """`stream` is standard error unless given, so that standard output stays for results."""
        self._stream = stream or sys.stderr
        self._live = self._stream.isatty()
        self._mutex = threading.RLock()  # Ctrl-C may come in the middle of a line, and has one of its own
        self.log = log
        """Where lines are kept, once it is known."""

    def say(self, text: str, **fields: Json) -> None:
        """One line for people; the fields go to the log only."""
        text = scrub(text)
        with self._mutex:
            self._stream.write(f"\r\x1b[K{text}\n" if self._live else f"{text}\n")
            self._stream.flush()
        self._keep(text, fields)

    @contextmanager
    def step(self, title: str) -> Iterator[None]:
        """Show that something is under way, and for how long; one line when it ends well, none when it raises."""
        begun = time.monotonic()
        ended = threading.Event()
        self._keep(f"{title}: began", {})
        thread = threading.Thread(target=self._show, args=(title, begun, ended), daemon=True)
        thread.start()
        try:
            yield
        except BaseException:
            self._end(ended, thread)
            self.say(f"  ✗ {title} ({time.monotonic() - begun:.1f} s)", seconds=round(time.monotonic() - begun, 3))
            raise
        self._end(ended, thread)
        self.say(f"  ✓ {title} ({time.monotonic() - begun:.1f} s)", seconds=round(time.monotonic() - begun, 3))

    def _end(self, ended: threading.Event, thread: threading.Thread) -> None:
        ended.set()
        thread.join()

    def _show(self, title: str, begun: float, ended: threading.Event) -> None:
        while not ended.wait(0.1 if self._live else _REMINDER):
            seconds = time.monotonic() - begun
            with self._mutex:
                self._stream.write(
                    f"\r\x1b[K  … {title} {seconds:.0f} s" if self._live else f"  … {title}, {seconds:.0f} s so far\n"
                )
                self._stream.flush()

    def _keep(self, text: str, fields: dict[str, Json]) -> None:
        if self.log is None:
            return
        self.log.parent.mkdir(parents=True, exist_ok=True)
        with self.log.open("a", encoding="utf-8", errors="backslashreplace") as file:
            file.write(scrub(json.dumps({"time": now(), "text": text.strip(), **fields}, ensure_ascii=False)) + "\n")
