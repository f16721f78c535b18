"""The most memory that a process under another one held, looked at while it runs.

wait4(2) would say it exactly, but counts the memory of whoever started the process as the process's own: exec(2) keeps
the peak of what was there before.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

_EVERY = 0.02
"""Seconds between two looks. The kernel keeps the peak, so only what grows at the very end is missed."""
_PEAK = re.compile(r"^VmHWM:\s+(\d+) kB$", re.MULTILINE)


@contextmanager
def peak_of(pid: int) -> Iterator[list[float]]:
    """MB, complete when the context has ended: the largest of all processes that descend from this one."""
    peak, over = [0.0], threading.Event()

    def look() -> None:
        while not over.wait(_EVERY):
            peak[0] = max([peak[0], *map(_held, _under(pid))])

    thread = threading.Thread(target=look)
    thread.start()
    try:
        yield peak
    finally:
        over.set()
        thread.join()


def _under(pid: int) -> list[int]:
    found: list[int] = []
    with suppress(OSError):  # it has ended
        for task in Path("/proc", str(pid), "task").iterdir():
            for child in map(int, (task / "children").read_text().split()):
                found += [child, *_under(child)]
    return found


def _held(pid: int) -> float:
    with suppress(OSError):
        match = _PEAK.search(Path("/proc", str(pid), "status").read_text())
        if match is not None:
            return int(match[1]) / 1024
    return 0.0
