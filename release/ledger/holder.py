"""Who holds the lock: a process of some machine, until a time."""

from __future__ import annotations

import os
import socket
import time
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Holder:
    """Who holds the lock, or held it last."""

    token: int
    who: str
    host: str
    machine: str
    """The machine's boot and process namespace, within which `pid` means something."""
    pid: int
    born: str
    """When that process started, in the kernel's clock ticks, since process ids are used again."""
    doing: str
    expires: float
    """Seconds since 1970."""
    held: bool
    renewed: int = 0
    """Counts the renewals, so that no two states of the lock are equal."""

    def is_dead(self) -> bool:
        """Whether the process is known to be gone: only this very machine can tell."""
        return self.machine == machine() and self.born != born(self.pid)

    def is_free(self) -> bool:
        """Whether somebody else may take the lock now."""
        return not self.held or self.is_dead() or self.expires < time.time()

    def __str__(self) -> str:
        """For messages."""
        left = self.expires - time.time()
        when = f"the lock ends in {left:.0f} s unless it is renewed" if left > 0 else "the lock has expired"
        return f"{self.who} on {self.host} (process {self.pid}): {self.doing}; {when}"


def machine() -> str:
    """The machine since it was started, and its process namespace; process ids mean something only within it."""
    try:
        boot = Path("/proc/sys/kernel/random/boot_id").read_text().strip()
        return f"{boot} {Path('/proc/self/ns/pid').readlink()}"
    except OSError:
        return socket.gethostname()


def born(pid: int) -> str:
    """When a process started, in the kernel's clock ticks; empty where it is gone."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return "" if Path("/proc/self/stat").exists() else _alive(pid)
    return "" if fields[0] in "ZX" else fields[19]


def _alive(pid: int) -> str:
    """Where there is no /proc: a live process counts as the same one, which is the careful side."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return ""
    except PermissionError:
        pass
    return "alive"
