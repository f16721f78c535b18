"""Runs the engine with a stopwatch: `share.py REPORT VERB...` writes down whose time a command took.

The engine's own time is when neither a tool that it runs, nor the image builder, nor a proof of what users get is at
work. git is counted as its own, for the ledger, the lock and the exports are git; so is the start of Python.
"""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from functools import wraps
from pathlib import Path
from typing import Any

_BEGUN = time.time() - time.process_time()
"""About when this process began, for Python waits for little before its first line."""
_spans: list[tuple[float, float]] = []
"""Begin and end of everything that is not the engine's own; they may overlap, since threads wait for several tools."""
_git: list[tuple[float, float]] = []
"""Begin and end of every question to git."""


class _Watched(subprocess.Popen[Any]):
    """A child whose life is noted, unless it is git: the one that reads objects lives as long as the engine."""

    def __init__(self, args: Any, *rest: Any, **options: Any) -> None:
        self._from: float | None = time.time()
        self._program = str(args[0])
        super().__init__(args, *rest, **options)

    def wait(self, timeout: float | None = None) -> int:
        code = super().wait(timeout)
        if self._from is not None and self._program != "git":
            _spans.append((self._from, time.time()))
            self._from = None
        return code


def _watched(function: Callable[..., Any], spans: list[tuple[float, float]] = _spans) -> Callable[..., Any]:
    @wraps(function)
    def run(*args: Any, **options: Any) -> Any:
        begun = time.time()
        try:
            return function(*args, **options)
        finally:
            spans.append((begun, time.time()))

    return run


def _entered(manager: Callable[..., AbstractContextManager[Any]]) -> Callable[..., AbstractContextManager[Any]]:
    """The same for what works when a context begins."""

    @contextmanager
    def entered(*args: Any, **options: Any) -> Iterator[Any]:
        begun = time.time()
        with manager(*args, **options) as made:
            _spans.append((begun, time.time()))
            yield made

    return entered


def _covered(spans: list[tuple[float, float]]) -> float:
    """Seconds in which at least one span is under way."""
    total, reached = 0.0, 0.0
    for begun, ended in sorted(spans):
        total += max(0.0, ended - max(begun, reached))
        reached = max(reached, ended)
    return total


def main(report: str, *words: str) -> int:
    """Run the command, and write the seconds of the whole, of the engine's own part, and of git within that."""
    subprocess.Popen = _Watched  # type: ignore[misc]
    import release.git.resident  # noqa: PLC0415

    repository, reader = release.git.Repository, release.git.resident.Reader
    transactions = release.git.resident.Transactions
    repository.output = _watched(repository.output, _git)  # type: ignore[method-assign]
    reader.read = _watched(reader.read, _git)  # type: ignore[method-assign]
    transactions.change = _watched(transactions.change, _git)  # type: ignore[method-assign]
    import release.images.builders  # noqa: PLC0415 - each of these must be replaced before the next one takes it over

    release.images.builders.build = _watched(release.images.builders.build)
    from release.proof import smoke  # noqa: PLC0415

    smoke.prove, smoke.unpacked = _watched(smoke.prove), _entered(smoke.unpacked)  # type: ignore[assignment]
    from release.proof import served  # noqa: PLC0415

    served.prove_channel = _watched(served.prove_channel)
    from release.cli import main as engine  # noqa: PLC0415

    code = engine(words)
    whole = time.time() - _BEGUN
    Path(report).write_text(json.dumps({"whole": whole, "own": whole - _covered(_spans), "git": _covered(_git)}))
    return code


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
