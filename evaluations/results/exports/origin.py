"""Where the datapoints of a run stand in the repository: the data set's file, and the line of each."""

from __future__ import annotations

import hashlib
import json
import subprocess
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

from evaluations.git import git
from evaluations.model import Json
from evaluations.results.reading import Line, Run

_LINES = (".jsonl", ".ndjson")


def dataset_file(run: Run) -> tuple[str, Path] | None:
    """The tracked file with the name and the bytes of the data set: its path from the repository's root, and itself.

    None outside of git, and where the data set is not in it or was changed since. The manifest has no folders.
    """
    source = run.manifest["dataset"]
    with suppress(OSError, subprocess.SubprocessError):
        here = Path.cwd()
        root = Path(git(here, "rev-parse", "--show-toplevel").rstrip("\n"))
        for name in git(here, "ls-files", "-z", "--full-name", "--", ":/").split("\0"):
            path = root / name
            if path.name == source["name"] and path.is_file() and _sha256(path) == source["sha256"]:
                return name, path
    return None


def line_numbers(path: Path, results: Iterable[Line]) -> dict[str, int]:
    """By id, the line that asks just that; only of JSON Lines with fields of the usual names."""
    wanted = {line["id"]: line.get("input") for line in results}
    found: dict[str, int] = {}
    if path.suffix.lower() in _LINES:
        with path.open("rb") as file:
            for number, text in enumerate(file, 1):
                identity, asked = _read(text, number)
                if identity in wanted and wanted[identity] == asked:
                    found[identity] = number
    return found


def _read(text: bytes, number: int) -> tuple[str, Json]:
    try:
        fields = json.loads(text)
        identity = fields.get("id")
        return str(number if identity is None else identity), fields.get("input")
    except (ValueError, AttributeError):
        return "", None


def _sha256(path: Path) -> str:
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while piece := file.read(1 << 20):
            digest.update(piece)
    return digest.hexdigest()
