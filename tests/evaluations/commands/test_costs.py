"""`evaluations run` with limits on what it takes: what is not known is never taken for nothing."""

from __future__ import annotations

import json
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from evaluations import ChatTarget, ExactMatch, evaluate
from evaluations.cli import main
from evaluations.errors import UsageError
from evaluations.running import retries
from tests.evaluations.configurations import function, judge, model
from tests.evaluations.conftest import Write, run_words, sums
from tests.servers.model import Fault, ModelServer, grade

CONFIG = f"""
{model("m", "{url}")}
{{prices}}

{model("j", "{judges}", "judge")}
{{judge_prices}}

{function("m")}
[functions.sum.evaluators.right]
type = "exact_match"
{judge("judged", "j")}

[evaluations.sums]
function_name = "sum"
dataset = "data.jsonl"
concurrency = 2
"""
PRICES = 'cost = [{ pointer = "/usage/prompt_tokens", cost_per_unit = 0.01 }]'
USAGE = {"prompt_tokens": 10, "completion_tokens": 2}


def run(
    folder: Path,
    capsys: pytest.CaptureFixture[str],
    servers: tuple[ModelServer, ModelServer],
    *more: str,
    **prices: str,
) -> tuple[int, dict[str, Any], str]:
    """Exit code, summary and standard error; with prices for both models unless they say otherwise."""
    given = {"prices": PRICES, "judge_prices": PRICES} | prices
    text = CONFIG.format(url=servers[0].url, judges=servers[1].url, **given)
    (folder / "evaluations.toml").write_text(text)
    code = main(["run", "--config", str(folder), "--format", "jsonl", *more])
    captured = capsys.readouterr()
    lines = captured.out.splitlines()
    return code, json.loads(lines[-1]) if lines else {}, captured.err


@pytest.mark.parametrize("limit", [["--cutoff", "cost=0"], ["--max-cost", "0.0001"]])
@pytest.mark.parametrize(
    ("prices", "who"), [({"prices": ""}, "variant plain has no prices"), ({"judge_prices": ""}, "the judge judge has")]
)
def test_a_limit_on_an_unknown_cost_is_refused(
    *,
    write: Write,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    limit: list[str],
    prices: dict[str, str],
    who: str,
) -> None:
    """Before the first request, by name, whoever it is that has no prices."""
    write(*sums(4))
    with ModelServer(usage=USAGE) as server, ModelServer(usage=USAGE, script=grade) as judges:
        code, _summary, said = run(tmp_path, capsys, (server, judges), *limit, **prices)
        assert (2, 0, 0) == (code, server.requests, judges.requests)
    assert who in said
    assert " ".join(limit) in said


def test_without_a_configuration_there_are_no_prices(write: Write, capsys: pytest.CaptureFixture[str]) -> None:
    """So there is no limit on the cost either; in the library it is the same."""
    path = write(*sums(4))
    with ModelServer(usage=USAGE) as server:
        words = run_words(server, path, "--max-cost", "5")
        assert main(words) == 2
        with pytest.raises(UsageError, match="variant v has no prices"):
            evaluate(path, {"v": ChatTarget(server.url, "m")}, [ExactMatch()], max_cost=5.0)
        assert server.requests == 0
    assert "what this run costs" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("usage", "judge_usage", "code", "verdict"),
    [(USAGE, USAGE, 0, "pass"), (None, USAGE, 3, "error"), (USAGE, None, 3, "error"), ({}, {}, 3, "error")],
)
def test_a_cutoff_on_what_answers_do_not_say_is_an_error(
    *,
    write: Write,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    usage: dict[str, int] | None,
    judge_usage: dict[str, int] | None,
    code: int,
    verdict: str,
) -> None:
    """Answers or judges without usage: the cost is unknown, and the run says so instead of passing."""
    write(*sums(10))
    with ModelServer(usage=usage) as server, ModelServer(usage=judge_usage, script=grade) as judges:
        found, summary, _said = run(tmp_path, capsys, (server, judges), "--cutoff", "cost=5")
    cutoff = summary["variants"]["plain"]["cutoffs"][0]
    assert (code, verdict, verdict) == (found, summary["verdict"], cutoff["verdict"])
    unknown = 10 * ((usage in (None, {})) + (judge_usage in (None, {})))
    assert unknown == summary["usage"]["unpriced"]
    assert (f"{unknown} answers came without it" in cutoff["reason"]) == bool(unknown)
    known = {0: 2.0, 10: 1.0, 20: None}[unknown]
    assert known == summary["usage"]["cost"]


def test_a_budget_that_can_not_be_kept_ends_the_run(
    write: Write, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """At the first answer that does not say what it took: nobody knows what the next would cost."""
    write(*sums(100))
    for limit, name in ((["--max-cost", "5"], "max_cost"), (["--max-tokens", "500"], "max_tokens")):
        with ModelServer() as server, ModelServer(script=grade) as judges:
            code, summary, _said = run(tmp_path, capsys, (server, judges), *limit)
            assert server.requests < 10
        assert (3, "error", "budget") == (code, summary["verdict"], summary["ending"])
        assert "can't be kept" in summary["ended_by"]
        assert (name, None, "error") == tuple(summary["budgets"][0][key] for key in ("name", "value", "verdict"))
        assert "it is not known whether" in summary["reasons"][0]


def test_a_budget_that_is_kept_says_so(write: Write, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """With what was taken of it; also where it ended the run."""
    write(*sums(100))
    with ModelServer(usage=USAGE) as server, ModelServer(usage=USAGE, script=grade) as judges:
        words = ("--max-cost", "5", "--max-tokens", "1000000", "--min-coverage", "0.1")
        code, summary, _said = run(tmp_path, capsys, (server, judges), *words)
    cost, tokens = summary["budgets"]
    assert (0, "budget", "the budget of 5 is used up") == (code, summary["ending"], summary["ended_by"])
    assert {"name": "max_cost", "limit": 5.0, "value": summary["usage"]["cost"], "verdict": "pass"} == cost
    assert ("max_tokens", "pass", 12 * 2 * summary["count"]) == (tokens["name"], tokens["verdict"], tokens["value"])
    assert 4.5 < cost["value"] <= 5


def test_check_finds_a_limit_that_nobody_could_keep(
    write: Write, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """With the evaluation's key path and line, and without a request."""
    write(*sums(4))
    text = CONFIG.format(url="http://localhost:9", judges="http://localhost:9", prices=PRICES, judge_prices="")
    for limit in ("max_cost = 5", "cutoffs = { cost = 5 }"):
        (tmp_path / "evaluations.toml").write_text(f"{text}{limit}\n")
        assert main(["check", str(tmp_path)]) == 2
        said = capsys.readouterr().err
        assert "the judge judge has no prices" in said
        assert "evaluations.sums" in said


def test_every_report_tells_of_a_budget_that_was_not_kept(
    write: Write, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """On the terminal, for GitHub, for CI and for a pull request."""
    path, folder = write(*sums(100)), tmp_path / "run"
    with ModelServer() as server:
        words = run_words(server, path, "--max-tokens", "500")
        assert main([*words, "--output", str(folder)]) == 3
    shown = capsys.readouterr().out
    assert "tokens unknown, at most 500: error" in shown
    assert "verdict: error (the budget of 500 tokens can't be kept: an answer came without its tokens)" in shown
    expected = {
        "github": "::error title=evaluations%3A a budget is not known to be kept::tokens unknown, at most 500",
        "junit": '<failure message="error: tokens unknown, at most 500"',
        "markdown": "<code>tokens unknown, at most 500</code>",
    }
    for form, text in expected.items():
        assert main(["export", str(folder), "--to", form]) == 0
        assert text in capsys.readouterr().out, form


@pytest.mark.parametrize("fault", ["429", "500"])
@pytest.mark.parametrize("judged", [False, True])
def test_nothing_is_sent_when_the_time_is_up(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, fault: str, *, judged: bool
) -> None:
    """What waits for its turn or for a retry, of a variant or of a judge, counts as not asked: `--resume` asks it."""
    # The longest waits: with short ones a question may have used up its attempts in time.
    monkeypatch.setattr(retries, "random", SimpleNamespace(random=lambda: 1.0))
    (tmp_path / "data.jsonl").write_text("".join(json.dumps(point) + "\n" for point in sums(8)))
    more = ["--output", str(tmp_path / "run"), "--concurrency", "64"]
    with ModelServer(usage=USAGE) as answering, ModelServer(script=grade, usage=USAGE) as judging:
        servers, broken = (answering, judging), judging if judged else answering
        broken.faults = [Fault(fault, 0.5)]
        code, summary, _err = run(tmp_path, capsys, servers, "--max-seconds", "0.8", *more)
        asked = broken.requests
        assert (4, "budget", "the time of 0.8 s is used up") == (code, summary["ending"], summary["ended_by"])
        (budget,) = summary["budgets"]
        assert ("max_seconds", "pass") == (budget["name"], budget["verdict"])
        assert 0 < budget["value"] <= 0.8
        assert 0 < summary["count"] < 8
        assert 0 == summary["errors"]
        broken.faults = []
        code, summary, _err = run(tmp_path, capsys, servers, "--resume", *more)
        assert (0, "complete", 8, None) == (code, summary["ending"], summary["count"], summary["ended_by"])
        assert broken.requests - asked < 8


def test_a_run_that_ends_in_time_says_how_long_it_asked(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """To its last request; answers that were on their way when the time was up are counted."""
    (tmp_path / "data.jsonl").write_text("".join(json.dumps(point) + "\n" for point in sums(2)))
    with ModelServer(usage=USAGE, latency=0.3) as answering, ModelServer(script=grade, usage=USAGE) as judging:
        code, summary, _err = run(tmp_path, capsys, (answering, judging), "--max-seconds", "60", "--concurrency", "1")
        assert (0, "complete", None) == (code, summary["ending"], summary["ended_by"])
        assert 0.3 <= summary["budgets"][0]["value"] < 60
