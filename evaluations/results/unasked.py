"""Questions that were never answered since their endpoint had been given up: a run that goes on asks them again."""

from __future__ import annotations

import json
from pathlib import Path

from evaluations.results.durable import whole

_CAUSE = "endpoint_down"


def drop_unasked(results: Path) -> None:
    """Leave their lines out of results.jsonl, which is replaced as a whole; every other byte stays. No file is none."""
    if not results.exists():
        return
    with results.open("rb") as file:
        if not any(_unasked(line) for line in file):
            return
        file.seek(0)
        with whole(results) as kept:
            kept.writelines(line for line in file if not _unasked(line))


def _unasked(line: bytes) -> bool:
    if _CAUSE.encode() not in line:  # quick: nearly every line
        return False
    try:
        result = json.loads(line)
        causes = {error["cause"] for error in result["errors"].values()}
    except (ValueError, LookupError, TypeError, AttributeError, RecursionError):
        return False  # torn, or no result: whoever reads the results back says so
    return "seconds" not in result and causes == {_CAUSE}
