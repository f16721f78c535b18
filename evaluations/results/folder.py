"""The folder of a run: the manifest first, results.jsonl as answers come, summary.json at the end or not at all."""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path

from evaluations.errors import OutputError, UsageError
from evaluations.model import Json
from evaluations.results.durable import sync_folder, whole
from evaluations.results.manifest import Manifest, differences, git_state, now
from evaluations.results.sound import flaw, read_object
from evaluations.results.unasked import drop_unasked
from evaluations.version import SCHEMA

if sys.platform != "win32":
    import fcntl

MANIFEST, RESULTS, SUMMARY = "manifest.json", "results.jsonl", "summary.json"

_SYNC_EACH = 1.0
"""Seconds between results being made durable. A killed process loses nothing; a machine without power loses these."""
_ANOTHER = "run into another folder"


class ResultsFolder:
    """An open folder of a run."""

    def __init__(self, folder: Path, results: int) -> None:
        self.path = folder
        self._results = results
        self._synced = time.monotonic()

    def add(self, line: str) -> None:
        """Append a line with its line break to results.jsonl; it stays if the process is killed. Raises OutputError."""
        data = memoryview(line.encode())
        with _writing(self.path):
            while data:
                data = data[os.write(self._results, data) :]
            if time.monotonic() - self._synced >= _SYNC_EACH:
                os.fsync(self._results)
                self._synced = time.monotonic()

    def finish(self, summary: Mapping[str, Json]) -> None:
        """Make the results durable, then write summary.json, which says that they are whole. Raises OutputError."""
        with _writing(self.path):
            os.fsync(self._results)
            _replace(self.path / SUMMARY, {**summary, "ended": now()})


@contextmanager
def open_folder(folder: Path, manifest: Manifest, *, resume: bool = False) -> Iterator[ResultsFolder]:
    """Make the folder and hold it open; the manifest is durable when this returns.

    With `resume`, a folder that has a run of the same manifest is gone on with: the summary of the part that was done
    goes, and whoever reads the results back cuts off the line that a kill tore (running/journal.py). Raises UsageError
    where there is a run that may not be gone on with or is another one, with each difference; where another process
    writes there; where the folder can't be made.
    """
    with ExitStack() as stack:
        with _opening(folder):
            folder.mkdir(parents=True, exist_ok=True)
            stack.enter_context(_locked(folder))
            if any((folder / name).exists() for name in (MANIFEST, RESULTS, SUMMARY)):
                earlier = _read_manifest(folder, resume=resume)
                _go_on(folder, earlier, manifest)
            else:
                _replace(folder / MANIFEST, manifest.started())
            results = os.open(folder / RESULTS, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o666)
            stack.callback(os.close, results)
            sync_folder(folder)
        try:
            yield ResultsFolder(folder, results)
        finally:
            with _writing(folder):
                os.fsync(results)


def _read_manifest(folder: Path, *, resume: bool) -> dict[str, Json]:
    where = str(folder)
    if not resume:
        raise UsageError("the folder has results already", where=where, do=f"{_ANOTHER}, or go on there: resume")
    what, path = (
        f"the folder has results without a sound {MANIFEST}, so there is nothing to go on with",
        folder / MANIFEST,
    )
    try:
        earlier = read_object(path, _ANOTHER)
    except FileNotFoundError:
        raise UsageError(what, where=where, do=_ANOTHER) from None
    except UsageError as error:
        raise UsageError(f"{what}: {error.what}", where=error.where, do=_ANOTHER) from None
    wrong = flaw(earlier, "manifest") if earlier.get("schema") == SCHEMA else None  # another one differs
    if wrong is not None:
        raise UsageError(f"{what}: {wrong}", where=str(path), do=_ANOTHER)
    return earlier


def _go_on(folder: Path, earlier: dict[str, Json], manifest: Manifest) -> None:
    different = list(differences(earlier, manifest))
    if different:
        raise UsageError(
            "the folder has another run's results: " + "; ".join(different),
            where=str(folder),
            do=f"give the settings of that run again, or {_ANOTHER}",
        )
    here = manifest.to_json()
    until_then = {name: earlier[name] for name in ("requirements", "configuration")}
    part = {"at": now(), "git": git_state(Path.cwd()), **until_then}
    resumed = [*earlier["resumed"], part]
    (folder / SUMMARY).unlink(missing_ok=True)
    drop_unasked(folder / RESULTS)
    from_now_on = {name: here[name] for name in until_then}
    _replace(folder / MANIFEST, {**earlier, **from_now_on, "resumed": resumed})


@contextmanager
def _locked(folder: Path) -> Iterator[None]:
    """Held by this process, whatever its end."""
    if sys.platform == "win32":
        yield
        return
    held = os.open(folder, os.O_RDONLY)
    try:
        try:
            fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            what = "another process writes its results there"
            raise UsageError(what, where=str(folder), do=f"wait until it has ended, or {_ANOTHER}") from None
        yield
    finally:
        os.close(held)


def _replace(path: Path, fields: Mapping[str, Json]) -> None:
    with whole(path) as file:
        file.write(json.dumps(fields, indent=2, allow_nan=False).encode() + b"\n")


@contextmanager
def _opening(folder: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        what = f"the folder can't be made or written to: {error.strerror}"
        raise UsageError(what, where=str(folder), do="name another folder") from None


@contextmanager
def _writing(folder: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        what = f"results can't be written: {error.strerror}"
        raise OutputError(what, where=str(folder), do="make room there, and go on: resume") from None
