"""What runs of all kinds leave behind, against the schemas: every field is documented, and nothing else is there."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from jsonschema_rs import validator_for

from evaluations import evaluate
from evaluations.cli import main
from evaluations.results.schema import MANIFEST, RESULT, SUMMARY
from evaluations.version import SCHEMA
from tests.evaluations.commands.test_costs import CONFIG, PRICES, USAGE
from tests.evaluations.conftest import Write, run_words, sums
from tests.servers.model import Fault, ModelServer, grade


def faults(schema: dict[str, Any], value: object) -> list[str]:
    """What is wrong with it."""
    return [f"{error.instance_path}: {error.message}" for error in validator_for(schema).iter_errors(value)]


def checked(folder: Path) -> dict[str, Any]:
    """The summary of a folder whose files all fit, with one number for all of them."""
    manifest, summary = (json.loads((folder / f"{name}.json").read_text()) for name in ("manifest", "summary"))
    lines = [json.loads(line) for line in (folder / "results.jsonl").read_text().splitlines()]
    assert [] == [*faults(MANIFEST, manifest), *faults(SUMMARY, summary)]
    assert [] == [fault for line in lines for fault in faults(RESULT, line)]
    assert {SCHEMA} == {each["schema"] for each in (manifest, summary, *lines)}
    assert manifest["dataset"] == summary["dataset"]
    found: dict[str, Any] = summary
    return found


DIRECT: list[tuple[list[str], Callable[[dict[str, Any]], object], object]] = [
    ([], lambda summary: summary["verdict"], "pass"),
    (["--cutoff", "exact_match=1"], lambda summary: summary["verdict"], "fail"),
    (["--max-error-rate", "0"], lambda summary: summary["errors"] > 0, True),
    (["--repeats", "3"], lambda summary: summary["repeats"], 3),
    (["--sample", "20", "--seed", "4", "--slice", "0:30"], lambda summary: summary["dataset"]["selection"]["seed"], 4),
    (["--gate", "bound", "--cutoff", "exact_match=0.7"], lambda summary: summary["gate"], "bound"),
    (["--max-seconds", "0.01", "--concurrency", "1"], lambda summary: summary["ending"], "budget"),
    (
        ["--gate", "sequential", "--stop-when-decided", "--cutoff", "exact_match=0.1", "--concurrency", "1"],
        lambda summary: (summary["ending"], summary["seed"]),
        ("decided", 0),
    ),
]


@pytest.mark.parametrize(("more", "what", "expected"), DIRECT)
def test_a_run_of_a_model_at_an_address(
    *,
    more: list[str],
    what: Callable[[dict[str, Any]], object],
    expected: object,
    write: Write,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Passed, missed, failed, repeated, sampled, ended by a budget and by a decision; on standard output too."""
    path, folder = write(*sums(60)), tmp_path / "run"
    broken = [Fault("401", 0.2)] if "--max-error-rate" in more else []
    wrong = 0.0 if not more else 0.3
    with ModelServer(wrong=wrong, faults=broken, usage=USAGE, latency=0.005) as server:
        words = run_words(server, path, "--format", "jsonl")
        main([*words, "--output", str(folder), *more])
    assert expected == what(checked(folder))
    *lines, last = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [] == [*faults(SUMMARY, last), *(fault for line in lines for fault in faults(RESULT, line))]


def test_a_run_with_judges_and_people(write: Write, tmp_path: Path) -> None:
    """And with budgets, several variants, and a part that went on."""
    write(*({**point, "id": str(number)} for number, point in enumerate(sums(10))))
    labels = [{"id": str(n), "answer": str(n + 1), "label": n % 4 != 0} for n in range(5)]
    (tmp_path / "labels.jsonl").write_text("".join(json.dumps(label) + "\n" for label in labels))
    folder = tmp_path / "run"
    with ModelServer(usage=USAGE) as server, ModelServer(script=grade, usage=USAGE) as judges:
        text = CONFIG.format(url=server.url, judges=judges.url, prices=PRICES, judge_prices=PRICES)
        text = text.replace('type = "llm_judge"', 'type = "llm_judge"\nlabels = "labels.jsonl"')
        text += '[functions.sum.variants.other]\ntype = "chat_completion"\nmodel = "m"\ntemperature = 0.5\n'
        (tmp_path / "evaluations.toml").write_text(text)
        words = ["run", "--config", str(tmp_path), "--output", str(folder), "--repeats", "2"]
        assert main([*words, "--max-cost", "1", "--max-tokens", "100000"]) == 4
        assert "budget" == checked(folder)["ending"]
        assert main([*words, "--resume", "--inference-cache", "off"]) == 0
    summary = checked(folder)
    assert (["plain", "other"], 40) == (list(summary["variants"]), summary["count"])
    assert {"given": 5, "used": 5} == summary["variants"]["plain"]["scores"]["judged"]["judges"]["labels"]


def test_an_interrupted_run(write: Write, tmp_path: Path) -> None:
    """Its requirements are as open as its verdict."""
    path = write(*sums(5000))
    with ModelServer(latency=0.02) as server:
        words = run_words(server, path, "--format", "jsonl", "--concurrency", "4", "--output", "out")
        command = [sys.executable, "-m", "evaluations", *words]
        with subprocess.Popen(command, cwd=tmp_path, stdout=subprocess.PIPE) as run:
            assert run.stdout is not None
            run.stdout.readline()
            run.send_signal(signal.SIGINT)
            run.stdout.read()
    summary = checked(tmp_path / "out")
    assert "interrupted" == summary["ending"]
    assert ["inconclusive", "inconclusive"] == [each["verdict"] for each in summary["variants"]["m"]["requirements"]]


def test_a_run_of_the_library(tmp_path: Path) -> None:
    """Functions and records, with nothing known of what they took."""
    records = [{"input": "a", "reference": "A", "tags": ["t"]}]
    evaluate(
        records, {"v": str.upper}, {"short": lambda _point, answer: len(answer.text or "") < 5}, output=tmp_path / "run"
    )
    usage = {"input_tokens": None, "output_tokens": None, "cost": None, "uncounted": 1, "unpriced": 1}
    assert usage == checked(tmp_path / "run")["usage"]
