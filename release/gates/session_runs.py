"""Runs sessions of the project over an export of the commit: each with a log, and ended where one takes too long."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from release.console import Console
from release.credentials import unsecret
from release.errors import of_system
from release.gates import Outcome, judge, signature
from release.gates.sessions import not_found
from release.model import Json
from release.process import end
from release.redaction import scrub
from release.run import Run

_NAME = r"(?P<name>[^\s(]+?(?:\(.*\))?)"  # parameters have spaces between them
_ENDED = re.compile(rf"nox > Session {_NAME} (?P<how>was successful|failed|aborted|skipped|was skipped)")
_BEGAN = re.compile(rf"nox > Running session {_NAME}$")
_STARTS = re.compile(rf"(?:nox > Running|^Starting) session {_NAME}(?:\.\.\.)?$")
"""The same, and what Nox says at once of a session that it runs beside others."""
# What belongs to the session that called the engine would steer the gates; the gates make their own.
_OURS = ("NOX", "VIRTUAL_ENV", "PYTHON", "COVERAGE", "GIT_", "RELEASE_")


def outcomes(run: Run, names: Sequence[str], folder: Path, given: Mapping[str, str] | None = None) -> list[Outcome]:
    """Run sessions of the commit, beside each other, and judge each by Nox's report; logs and report go to `folder`.

    They get the environment without secrets, the wheel and the image of the release, and what is `given`.
    """
    with run.project.workspace.temporary("gates") as temporary:
        source = temporary / "source"
        run.project.repository.export(run.candidate.commit, source)
        report, late = _nox(run, names, source, folder, given or {})
    return judge(names, report, late, not_found((folder / "nox.txt").read_text(encoding="utf-8")))


def _nox(
    run: Run, names: Sequence[str], source: Path, folder: Path, given: Mapping[str, str]
) -> tuple[dict[str, Json] | None, str]:
    """Run the sessions. Nox's report, or None where it left none, and why it was ended, if it was.

    Its exit code says nothing more than that.
    """
    report = folder / "report.json"
    argv = [
        sys.executable, "-m", "nox", "--noxfile", str(source / "noxfile.py"), "--parallel", str(os.cpu_count() or 1),
        "--no-error-on-missing-interpreters", "--report", str(report), "--session", *names,
    ]  # fmt: skip
    process = subprocess.Popen(
        argv, cwd=source, env={**_environment(run), **given}, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT, text=True, errors="replace",
    )  # fmt: skip
    printed = _Printed(process.stdout or (), folder / "nox.txt", run.project.console)
    printed.start()
    late = ""
    while not late and printed.is_alive():
        printed.join(1)
        late = printed.late(run.project.config.gate_seconds)
    if late or printed.failed is not None:  # what Nox prints is read no more, so it would wait for ever
        end(process.pid)
        printed.join(1)  # something that left the process tree may print for ever
    process.wait()
    if process.stdout is not None and not printed.is_alive():
        process.stdout.close()
    if printed.failed is not None:
        raise of_system(printed.failed, str(folder)) from printed.failed
    _split(folder)
    for path in sorted(source.glob("coverage.*")):
        shutil.copy(path, folder)
    if late or not report.exists():
        return None, late
    loaded: dict[str, Json] = json.loads(report.read_text(encoding="utf-8"))
    return loaded, ""


def _environment(run: Run) -> dict[str, str]:
    env = {name: value for name, value in unsecret().items() if not name.startswith(_OURS)}
    env |= {"RELEASE_WHEEL": str(run.wheel()), "RELEASE_VERSION": run.candidate.version}
    if run.project.config.image is not None:
        env["RELEASE_IMAGE"] = str(run.project.workspace.image(run.candidate.version))
    return env


def end_of_logs(session: str, folder: Path) -> str:
    """The last words of a session, since that is what one looks for first when it failed."""
    lines = []
    for log in filter(Path.is_file, _logs(session, folder)):
        text = log.read_text(encoding="utf-8").splitlines()
        lines += [line for line in text if line.strip() and not line.startswith("nox > ")][-4:]
    return "".join(f"\n      | {line}" for line in lines[-8:])


def _logs(session: str, folder: Path) -> list[Path]:
    """Of what failed of a session, by Nox's report; where that is missing, of the session on every Python."""
    report = folder / "report.json"
    rows = json.loads(report.read_text(encoding="utf-8")).get("sessions", []) if report.exists() else []
    failed = [signature(row) for row in rows if row.get("name") == session and row.get("result") != "success"]
    return [_log(name, folder) for name in failed] or [
        _log(session, folder), *sorted(folder.glob(f"{session}-[0-9]*.txt"))
    ]  # fmt: skip


def _log(name: str, folder: Path) -> Path:
    return folder / re.sub(r"[^\w.-]", "_", f"{name}.txt")


class _Printed(threading.Thread):
    """Keeps what Nox prints, line by line, and knows which sessions run, and since when."""

    def __init__(self, lines: Iterable[str], log: Path, console: Console) -> None:
        super().__init__(daemon=True)
        self._lines = lines
        self._log = log
        self._console = console
        self._running: dict[str, float] = {}
        self.failed: OSError | None = None
        """Why nothing is kept any more."""

    def run(self) -> None:
        """Until Nox, and whatever else prints there, has ended; or until what it prints can't be kept."""
        try:
            self._keep()
        except OSError as error:
            self.failed = error

    def _keep(self) -> None:
        with self._log.open("w", encoding="utf-8", buffering=1) as log:  # it is read while a gate hangs
            for line in self._lines:
                log.write(scrub(line))
                if began := _STARTS.search(line):
                    self._running = {began["name"]: time.monotonic(), **self._running}
                if ended := _ENDED.search(line):
                    self._running = {name: since for name, since in self._running.items() if name != ended["name"]}
                    self._console.say(f"    gate {ended['name']} {ended['how'].removeprefix('was ')}")

    def late(self, seconds: float) -> str:
        """What is to be said of a session that has taken longer; empty where none has."""
        clock = time.monotonic()
        names = [name for name, since in self._running.items() if clock - since > seconds]
        return f"{', '.join(names)} did not end within {seconds:g} s (tool.release.gate-seconds)" if names else ""


def _split(folder: Path) -> None:
    """A log for each session. Nox prints a parallel session's output in one piece, begun by its own line."""
    name = "nox"
    pieces: dict[str, list[str]] = {}
    for line in (folder / "nox.txt").read_text(encoding="utf-8").splitlines(keepends=True):
        began = _BEGAN.search(line)
        name = began["name"] if began else name
        pieces.setdefault(name, []).append(line)
    for session, lines in pieces.items():
        if session != "nox":
            _log(session, folder).write_text("".join(lines), encoding="utf-8")
