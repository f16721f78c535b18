"""Asks git about the working folder, without changing anything there."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

_SECONDS = 10.0


def git(folder: Path, *words: str) -> str:
    """What the command prints. Raises OSError without git, and SubprocessError where the command fails or hangs."""
    command = ("git", "-c", "core.fsmonitor=false", "-C", str(folder), *words)
    environment = {**os.environ, "GIT_OPTIONAL_LOCKS": "0"}
    done = subprocess.run(command, capture_output=True, check=True, env=environment, timeout=_SECONDS)
    return os.fsdecode(done.stdout)  # names of files need not be UTF-8
