"""Gates are judged by Nox's report: a table of reports."""

from __future__ import annotations

import pytest

from release.gates import Outcome, judge
from release.model import Json

NO_PYTHON = "Python interpreter 3.13 not found."


def row(name: str, result: str, python: str = "", reason: str | None = None) -> dict[str, Json]:
    """A session as the report has it."""
    signature = f"{name}-{python}" if python else name
    return {"name": name, "signatures": [signature], "result": result, "reason": reason, "duration": 1.25}


def report(*rows: dict[str, Json]) -> dict[str, Json]:
    """A whole report."""
    return {"result": 0, "sessions": list(rows)}


@pytest.mark.parametrize(
    ("rows", "passed", "reason"),
    [
        ([row("test", "success")], True, ""),
        ([row("test", "success", "3.10"), row("test", "success", "3.11")], True, ""),
        (
            [row("test", "success", "3.11"), row("test", "skipped", "3.13", NO_PYTHON)],
            True, "not on this machine: test-3.13",
        ),
        ([row("test", "skipped", "3.13", NO_PYTHON)], False, "none of its Python versions is on this machine"),
        ([], False, "it did not run"),
        ([row("lint", "success")], False, "it did not run"),
        ([row("test-extra", "success")], False, "it did not run"),
        ([row("test", "failed")], False, "test failed"),
        ([row("test", "failed", reason="exit code 1")], False, "test failed exit code 1"),
        ([row("test", "aborted", reason="Prerequisite lint failed")], False, "test aborted Prerequisite lint failed"),
        ([row("test", "skipped", reason="because I want to")], False, "test skipped because I want to"),
        ([row("test", "skipped")], False, "test skipped"),
        ([row("test", "success", "3.10"), row("test", "failed", "3.11")], False, "test-3.11 failed"),
        ([row("test", "success", "3.10"), row("test", "skipped", "3.11", "later")], False, "test-3.11 skipped later"),
        (
            [row("test", "failed", "3.10"), row("test", "aborted", "3.11"), row("test", "skipped", "3.13", NO_PYTHON)],
            False, "test-3.10 failed; test-3.11 aborted",
        ),
        ([row("test", "failed", reason=NO_PYTHON)], False, f"test failed {NO_PYTHON}"),
        ([row("test", "perhaps")], False, "test perhaps"),
        ([{"name": "test"}], False, "test"),
        ([{"name": "test", "signatures": [], "result": None}], False, "test"),
    ],
)  # fmt: skip
def test_gate_is_judged(rows: list[dict[str, Json]], passed: bool, reason: str) -> None:
    """A gate passes when something of it ran, all of that succeeded, and only missing Pythons were left out."""
    (outcome,) = judge(["test"], report(*rows))
    assert ("test", passed, reason) == (outcome.gate, outcome.passed, outcome.reason)


def test_gate_that_took_too_long_ends_all() -> None:
    """Nox was ended with it, so nothing is known of the other gates either, and all have failed for that reason."""
    late = "test did not end within 5 s"
    outcomes = judge(["lint", "test"], None, late)
    assert [("lint", False, late), ("test", False, late)] == [(one.gate, one.passed, one.reason) for one in outcomes]


@pytest.mark.parametrize("found", [None, {}, {"sessions": []}, {"result": 0}])
def test_no_report_fails_every_gate(found: dict[str, Json] | None) -> None:
    """Where Nox left no report, or an empty one, nothing passed."""
    outcomes = judge(["lint", "test"], found)
    assert [("lint", False), ("test", False)] == [(outcome.gate, outcome.passed) for outcome in outcomes]
    assert {"it did not run"} == {outcome.reason for outcome in outcomes}


def test_each_gate_has_its_own_outcome() -> None:
    """One failure does not touch the others; the order is that of the configuration; others' sessions don't count."""
    found = report(row("test", "failed"), row("lint", "success"), row("docs", "failed"))
    assert [("lint", True), ("test", False)] == [(one.gate, one.passed) for one in judge(["lint", "test"], found)]


def test_no_gates_give_no_outcomes() -> None:
    """Nothing asked, nothing judged."""
    assert [] == judge([], report(row("test", "success")))


def test_outcome_says_what_ran_and_how_long() -> None:
    """The evidence has the sessions that passed and the seconds of all."""
    found = report(
        row("test", "success", "3.10"), row("test", "success", "3.11"), row("test", "skipped", "3.13", NO_PYTHON)
    )
    (outcome,) = judge(["test"], found)
    assert Outcome("test", True, "not on this machine: test-3.13", ("test-3.10", "test-3.11"), 3.75) == outcome
    assert {
        "gate": "test", "passed": True, "reason": "not on this machine: test-3.13",
        "sessions": ["test-3.10", "test-3.11"], "seconds": 3.8,
    } == outcome.to_json()  # fmt: skip


def test_a_session_that_is_not_there_is_named() -> None:
    """Nox runs none then: the one is blamed, and the others say why they did not run."""
    lint, test = judge(["lint", "test"], None, absent=["test"])
    assert ("it did not run, since the noxfile has no session test", False) == (lint.reason, lint.passed)
    assert ("the noxfile has no such session", False) == (test.reason, test.passed)
