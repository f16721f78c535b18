"""Waits for what another process or thread is about to do; only a bound that nothing should reach ends it."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Callable

_SECONDS = 60.0


def until(so: Callable[[], object], process: subprocess.Popen[str] | None = None) -> None:
    """Return when it is so, within a minute; meanwhile the process, if one is given, must not end."""
    late = time.monotonic() + _SECONDS
    while not so():
        assert process is None or process.poll() is None, process and process.communicate()[0]
        assert time.monotonic() < late, "it has not come about within a minute"
        time.sleep(0.01)
