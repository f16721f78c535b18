"""The results folder: results.jsonl as answers come, summary.json at the end, whole or not at all."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TextIO

from evaluations.errors import OutputError, UsageError
from evaluations.model import Json

RESULTS, SUMMARY = "results.jsonl", "summary.json"


class ResultsFolder:
    """An open results folder."""

    def __init__(self, folder: Path, results: TextIO) -> None:
        self._folder = folder
        self._results = results

    def add(self, line: str) -> None:
        """Append a line to results.jsonl. Raises OutputError."""
        with _writing(self._folder):
            self._results.write(line)

    def finish(self, summary: dict[str, Json]) -> None:
        """Make the results durable, then write summary.json, which says that they are whole. Raises OutputError."""
        temporary = self._folder / f".{SUMMARY}"
        with _writing(self._folder):
            _sync(self._results)
            with temporary.open("w", encoding="utf-8") as file:
                file.write(json.dumps(summary, indent=2, allow_nan=False) + "\n")
                _sync(file)
            temporary.replace(self._folder / SUMMARY)


@contextmanager
def open_folder(folder: Path) -> Iterator[ResultsFolder]:
    """Make the folder and hold it open. Raises UsageError where it has results already or can't be written to."""
    where, do = f"--output {folder}", "name another folder"
    if any((folder / name).exists() for name in (RESULTS, SUMMARY)):
        raise UsageError("the folder has results already", where=where, do=f"{do}, or remove it")
    try:
        folder.mkdir(parents=True, exist_ok=True)
        results = (folder / RESULTS).open("x", encoding="utf-8")
    except OSError as error:
        raise UsageError(f"the folder can't be made: {error.strerror}", where=where, do=do) from None
    try:
        yield ResultsFolder(folder, results)
    finally:
        with _writing(folder):
            results.close()


def _sync(file: TextIO) -> None:
    file.flush()
    os.fsync(file.fileno())


@contextmanager
def _writing(folder: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        what = f"results can't be written: {error.strerror}"
        raise OutputError(what, where=str(folder), do="make room there, and run into another folder") from None
