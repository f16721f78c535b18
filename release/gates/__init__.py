"""Gates: Nox sessions of the project, run by Nox, judged by Nox's own report. Pure judgement, apart from the run.

A gate that did not run, or whose outcome is unknown, is a failed gate.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from release.model import Json

_NO_PYTHON = re.compile(r"interpreter .* not found", re.IGNORECASE)


@dataclass(frozen=True)
class Outcome:
    """What became of one gate."""

    gate: str
    passed: bool
    reason: str
    """Why it failed; for a passed gate, what did not run for want of a Python version, or empty."""
    sessions: tuple[str, ...]
    seconds: float

    def to_json(self) -> dict[str, Json]:
        """As recorded with the evidence."""
        return {
            "gate": self.gate, "passed": self.passed, "reason": self.reason, "sessions": list(self.sessions),
            "seconds": round(self.seconds, 1),
        }  # fmt: skip


def judge(
    gates: Sequence[str], report: Mapping[str, Json] | None, late: str = "", absent: Sequence[str] = ()
) -> list[Outcome]:
    """An outcome for each gate from Nox's report (`nox --report`), or from None where Nox left none.

    `late` says which session took too long, and ended the others with it; empty where none did. `absent` are sessions
    that the noxfile does not have, so that Nox ran none.

    A gate with several Python versions passes when one ran at least, every one that ran succeeded, and the others
    were left out for want of that Python alone.
    """
    if late:
        return [Outcome(gate, passed=False, reason=late, sessions=(), seconds=0.0) for gate in gates]
    if absent:
        others = f"it did not run, since the noxfile has no session {', '.join(absent)}"
        reasons = {gate: "the noxfile has no such session" if gate in absent else others for gate in gates}
        return [Outcome(gate, passed=False, reason=reasons[gate], sessions=(), seconds=0.0) for gate in gates]
    rows = list(report.get("sessions", [])) if report else []
    return [_judge(gate, [row for row in rows if row.get("name") == gate]) for gate in gates]


def signature(row: Mapping[str, Json]) -> str:
    """The name with the Python version and parameters, such as `test-3.11`."""
    return str((row.get("signatures") or [row["name"]])[0])


def _judge(gate: str, rows: Sequence[Mapping[str, Json]]) -> Outcome:
    passed = [row for row in rows if row.get("result") == "success"]
    missing = [
        row for row in rows if row.get("result") == "skipped" and _NO_PYTHON.search(str(row.get("reason") or ""))
    ]
    failed = [row for row in rows if row not in passed and row not in missing]
    names = tuple(signature(row) for row in passed)
    seconds = sum(float(row.get("duration") or 0) for row in rows)
    if failed:
        words = [" ".join(filter(None, (signature(row), row.get("result"), row.get("reason")))) for row in failed]
        return Outcome(gate, passed=False, reason="; ".join(words), sessions=names, seconds=seconds)
    if not passed:
        why = "it did not run" if not rows else "none of its Python versions is on this machine"
        return Outcome(gate, passed=False, reason=why, sessions=names, seconds=seconds)
    left = ", ".join(signature(row) for row in missing)
    return Outcome(
        gate, passed=True, reason=f"not on this machine: {left}" if left else "", sessions=names, seconds=seconds
    )
