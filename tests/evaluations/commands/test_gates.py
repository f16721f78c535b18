"""`evaluations run` with gates, groups and early stops, whole, against the model server."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from evaluations.cli import main
from tests.evaluations.configurations import function, model
from tests.evaluations.conftest import Write, run_words, sums
from tests.servers.model import Fault, ModelServer


def evaluate(capsys: pytest.CaptureFixture[str], server: ModelServer, path: Path, *more: str) -> tuple[int, Any, Any]:
    """Exit code, results and summary."""
    words = run_words(server, path, "--format", "jsonl", *more)
    code = main(words)
    *results, summary = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    return code, results, summary


@pytest.mark.parametrize(
    ("cutoff", "gate", "code", "verdict"),
    [
        ("exact_match=0.85", "mean", 0, "pass"),
        ("exact_match=0.9", "bound", 4, "inconclusive"),
        ("exact_match=0.7", "bound", 0, "pass"),
        ("exact_match=0.99", "bound", 1, "fail"),
        ("exact_match=0.9", "sequential", 4, "inconclusive"),
        ("exact_match=0.7", "sequential", 0, "pass"),
        ("error_rate=0.05", "bound", 0, "pass"),
        ("latency_p99=60", "bound", 0, "pass"),
        ("latency_p50=0", "mean", 1, "fail"),
    ],
)
def test_gates(
    *, cutoff: str, gate: str, code: int, verdict: str, write: Write, capsys: pytest.CaptureFixture[str]
) -> None:
    """About 0.9 of 400 answers are right, and all come without errors."""
    with ModelServer(wrong=0.1, seed=3) as server:
        found = evaluate(capsys, server, write(*sums(400)), "--cutoff", cutoff, "--gate", gate)
        assert server.requests == 400
    assert (code, verdict, gate) == (found[0], found[2]["verdict"], found[2]["gate"])
    low, high = found[2]["variants"]["m"]["scores"]["exact_match"]["interval"]
    assert low < found[2]["variants"]["m"]["scores"]["exact_match"]["mean"] < high
    assert (found[2]["variants"]["m"]["cutoffs"][0]["needed"] is not None) == (code == 4)
    assert 0 < found[2]["variants"]["m"]["latency"]["p50"] <= found[2]["variants"]["m"]["latency"]["p99"]


@pytest.mark.parametrize(("cutoff", "code"), [("exact_match=0.5", 0), ("exact_match=0.9", 1)])
def test_a_run_stops_when_it_is_decided(
    cutoff: str, code: int, write: Write, capsys: pytest.CaptureFixture[str]
) -> None:
    """Long before the end; what is reported is what was counted, in the random order of its seed."""
    path = write(*sums(3000))
    more = ("--gate", "sequential", "--stop-when-decided", "--concurrency", "8", "--cutoff", cutoff)
    with ModelServer(wrong=0.25, seed=5) as server:
        found, results, summary = evaluate(capsys, server, path, *more)
        assert server.requests < 400
    score = summary["variants"]["m"]["scores"]["exact_match"]
    assert (code, "decided", False) == (found, summary["ending"], summary["complete"])
    assert summary["count"] == score["count"] == len(results)
    assert sum(result["scores"]["exact_match"] for result in results) / len(results) == score["mean"]
    assert [int(result["id"]) for result in results] != sorted(int(result["id"]) for result in results)
    with ModelServer(wrong=0.25, seed=5) as server:
        again = evaluate(capsys, server, path, *more)
        assert [result["id"] for result in results] == [result["id"] for result in again[1]]
        another = evaluate(capsys, server, path, *more, "--seed", "1")
        assert [result["id"] for result in results] != [result["id"] for result in another[1]]


def test_what_is_not_decided_goes_to_the_end(write: Write, capsys: pytest.CaptureFixture[str]) -> None:
    """And is inconclusive; that is no interruption."""
    with ModelServer(wrong=0.1, seed=3) as server:
        more = ("--gate", "sequential", "--stop-when-decided", "--cutoff", "exact_match=0.9")
        code, _results, summary = evaluate(capsys, server, write(*sums(100)), *more)
    assert (4, "complete", True, 100) == (code, summary["ending"], summary["complete"], summary["count"])
    assert "which holds the cutoff 0.9; " in summary["reasons"][0]


def test_quick_answers_do_not_decide_for_slow_ones(write: Write, capsys: pytest.CaptureFixture[str]) -> None:
    """One answer in ten hangs until its time is up; those after it wait, and its error is counted."""
    with ModelServer(faults=[Fault("hang", 0.1)]) as server:
        more = ("--gate", "sequential", "--stop-when-decided", "--timeout", "0.3", "--max-error-rate", "1")
        found = evaluate(capsys, server, write(*sums(300)), *more, "--cutoff", "exact_match=0.93")
    assert (0, "decided") == (found[0], found[2]["ending"])
    assert found[2]["errors"] == sum(bool(result["errors"]) for result in found[1]) > 0


def test_groups_widen_the_interval(write: Write, capsys: pytest.CaptureFixture[str]) -> None:
    """Questions that are repeated in a group tell no more than the groups."""
    once = [{**point, "group": f"g{number}"} for number, point in enumerate(sums(60))]
    often = [{**point, "id": f"{point['group']}-{copy}"} for point in once for copy in range(5)]
    lone = [{name: value for name, value in point.items() if name != "group"} for point in often]
    widths = []
    with ModelServer(wrong=0.3, seed=1) as server:
        for points in (once, often, lone):
            *_, summary = evaluate(capsys, server, write(*points))
            low, high = summary["variants"]["m"]["scores"]["exact_match"]["interval"]
            widths.append(high - low)
    assert widths[1] == pytest.approx(widths[0], rel=0.05)
    assert widths[2] < 0.5 * widths[1]


@pytest.mark.parametrize(
    ("more", "reason"),
    [
        (["--stop-when-decided"], "needs a cutoff"),
        (["--stop-when-decided", "--gate", "bound", "--cutoff", "exact_match=0.5"], "only a sequential gate"),
        (["--gate", "bound", "--cutoff", "exact_match=1"], "no number of datapoints can prove"),
        (["--gate", "sequential"], "these come in groups"),
    ],
)
def test_what_can_not_be_right_is_refused(
    more: list[str], reason: str, write: Write, capsys: pytest.CaptureFixture[str]
) -> None:
    """Before the first request."""
    path = write(*({**point, "group": 1} for point in sums(2)))
    with ModelServer() as server:
        assert main(run_words(server, path, *more)) == 2
        assert server.requests == 0
    assert reason in capsys.readouterr().err


@pytest.mark.parametrize(
    ("more", "code"),
    [
        (["--cutoff", "error_rate=0.5"], 0),
        (["--cutoff", "error_rate=0.1"], 1),
        (["--cutoff", "error_rate=0.5", "--max-error-rate", "0.1"], 3),
        (["--max-error-rate", "1", "--min-coverage", "0.5"], 0),
        (["--max-error-rate", "1", "--min-coverage", "0.95"], 3),
    ],
)
def test_errors_as_a_cutoff_and_as_a_budget(
    more: list[str], code: int, write: Write, capsys: pytest.CaptureFixture[str]
) -> None:
    """About three in ten fail: a missed cutoff, or a failed run."""
    with ModelServer(faults=[Fault("401", 0.3)]) as server:
        assert code == evaluate(capsys, server, write(*sums(60)), *more)[0]


def test_a_seed_of_the_command_goes_before_the_files(
    capsys: pytest.CaptureFixture[str], write: Write, tmp_path: Path
) -> None:
    """Also the seed 0, and without --sample."""
    write(*sums(200))
    with ModelServer() as server:
        (tmp_path / "evaluations.toml").write_text(f"{model('m', server.url)}\n{function('m')}{SAMPLED}")
        asked = []
        for more in ([], ["--seed", "0"], ["--seed", "7"]):
            assert main(["run", "--config", str(tmp_path), "--format", "jsonl", *more]) == 0
            lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()[:-1]]
            asked.append({line["id"] for line in lines})
    assert [20, 20, 20] == [len(ids) for ids in asked]
    assert asked[0] == asked[2] != asked[1]


SAMPLED = """
[functions.sum.evaluators.right]
type = "exact_match"

[evaluations.sums]
function_name = "sum"
dataset = { path = "data.jsonl", sample = 20, seed = 7 }
"""
