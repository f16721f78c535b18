"""Runs the gates over a clean export of the commit and the built wheel, and keeps the evidence."""

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
from release.errors import GateFailed
from release.gates import judge
from release.ledger import now
from release.model import Json
from release.process import end
from release.run import Run, Step

_ENDED = re.compile(r"nox > Session (?P<name>\S+) (?P<how>was successful|failed|aborted|skipped|was skipped)")
_BEGAN = re.compile(r"nox > Running session (?P<name>\S+)")
_STARTS = re.compile(r"(?:nox > Running|^Starting) session (?P<name>\S+?)(?:\.\.\.)?$")
"""The same, and what Nox says at once of a session that it runs beside others."""
# What belongs to the session that called the engine would steer the gates; the gates make their own.
_OURS = ("NOX", "VIRTUAL_ENV", "PYTHON", "COVERAGE", "GIT_", "RELEASE_")


def _work(run: Run) -> Mapping[str, Json]:
    wheel = run.artifact("wheel")
    known = _standing(run, wheel.sha256)
    missing = [gate for gate in run.project.config.gates if gate not in known]
    folder = run.project.workspace.evidence(run.candidate.version) / now().replace(":", "")
    folder.mkdir(parents=True)
    with run.project.workspace.temporary("gates") as temporary:
        source = temporary / "source"
        run.project.repository.export(run.candidate.commit, source)
        report, late = _nox(run, missing, source, folder) if missing else (None, "")
    outcomes = [*known.values(), *(outcome.to_json() for outcome in judge(missing, report, late))]
    evidence = {
        "commit": run.candidate.commit, "wheel_sha256": wheel.sha256,
        "logs": str(folder.relative_to(run.project.repository.root)),
        "outcomes": sorted(outcomes, key=lambda outcome: run.project.config.gates.index(outcome["gate"])),
    }  # fmt: skip
    failed = [outcome for outcome in outcomes if not outcome["passed"]]
    if failed:
        raise _failure(failed, evidence, folder)
    return {"evidence": evidence}


def _failure(failed: Sequence[Mapping[str, Json]], evidence: Mapping[str, Json], folder: Path) -> GateFailed:
    names = ", ".join(outcome["gate"] for outcome in failed)
    reasons = "\n".join(
        f"    {outcome['gate']}: {outcome['reason']}{_end_of_log(outcome, folder)}" for outcome in failed
    )
    plural = "s" if len(failed) > 1 else ""
    error = GateFailed(
        f"{len(failed)} gate{plural} failed, nothing was published: {names}\n{reasons}", where=f"logs in {folder}",
        do=f"run it alone and mend it: nox -s {names.replace(',', '')}",
    )  # fmt: skip
    error.evidence = dict(evidence)
    return error


def _end_of_log(outcome: Mapping[str, Json], folder: Path) -> str:
    """The last words of the failed sessions, since that is what one looks for first."""
    lines = []
    for log in sorted(folder.glob(f"{outcome['gate']}*.txt")):
        text = log.read_text(encoding="utf-8").splitlines()
        lines += [line for line in text if line.strip() and not line.startswith("nox > ")][-4:]
    return "".join(f"\n      | {line}" for line in lines[-8:])


def _standing(run: Run, wheel_sha256: str) -> dict[str, Mapping[str, Json]]:
    """Gates that passed in an earlier attempt for this very commit and wheel."""
    failed = run.operation.failed or {}
    evidence = failed.get("evidence", {}) if failed.get("step") == "gates" else {}
    if evidence.get("commit") != run.candidate.commit or evidence.get("wheel_sha256") != wheel_sha256:
        return {}
    wanted = run.project.config.gates
    return {
        outcome["gate"]: outcome for outcome in evidence["outcomes"] if outcome["passed"] and outcome["gate"] in wanted
    }


def _nox(run: Run, gates: Sequence[str], source: Path, folder: Path) -> tuple[dict[str, Json] | None, str]:
    """Run the sessions. Nox's report, or None where it left none, and why it was ended, if it was.

    Its exit code says nothing more than that.
    """
    report = folder / "report.json"
    env = {name: value for name, value in unsecret().items() if not name.startswith(_OURS)}
    env |= {"RELEASE_WHEEL": str(run.wheel()), "RELEASE_VERSION": run.candidate.version}
    if run.project.config.image is not None:
        env["RELEASE_IMAGE"] = str(run.project.workspace.image(run.candidate.version))
    argv = [
        sys.executable, "-m", "nox", "--noxfile", str(source / "noxfile.py"), "--parallel", str(os.cpu_count() or 1),
        "--no-error-on-missing-interpreters", "--report", str(report), "--session", *gates,
    ]  # fmt: skip
    process = subprocess.Popen(
        argv, cwd=source, env=env, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        text=True, errors="replace",
    )  # fmt: skip
    printed = _Printed(process.stdout or (), folder / "nox.txt", run.project.console)
    printed.start()
    late = ""
    while not late and printed.is_alive():
        printed.join(1)
        late = printed.late(run.project.config.gate_seconds)
    if late:
        end(process.pid)
        printed.join(1)  # something that left the process tree may print for ever
    process.wait()
    if process.stdout is not None and not printed.is_alive():
        process.stdout.close()
    _split(folder)
    for path in sorted(source.glob("coverage.*")):
        shutil.copy(path, folder)
    if late or not report.exists():
        return None, late
    loaded: dict[str, Json] = json.loads(report.read_text(encoding="utf-8"))
    return loaded, ""


class _Printed(threading.Thread):
    """Keeps what Nox prints, line by line, and knows which sessions run, and since when."""

    def __init__(self, lines: Iterable[str], log: Path, console: Console) -> None:
        super().__init__(daemon=True)
        self._lines = lines
        self._log = log
        self._console = console
        self._running: dict[str, float] = {}

    def run(self) -> None:
        """Until Nox, and whatever else prints there, has ended."""
        with self._log.open("w", encoding="utf-8", buffering=1) as log:  # it is read while a gate hangs
            for line in self._lines:
                log.write(line)
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
        name = re.sub(r"[^\w.-]", "_", began["name"]) if began else name
        pieces.setdefault(name, []).append(line)
    for session, lines in pieces.items():
        if session != "nox":
            (folder / f"{session}.txt").write_text("".join(lines), encoding="utf-8")


STEP = Step("gates", "run the gates", "every gate passed", work=_work)
