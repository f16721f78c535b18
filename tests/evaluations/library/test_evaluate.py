"""`evaluate`: the command's runs for programs."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest

import evaluations
from evaluations import (
    Answer,
    AnyEvaluator,
    ChatTarget,
    Datapoint,
    Evaluated,
    EvaluationsError,
    ExactMatch,
    Progress,
    Usage,
    evaluate,
    evaluate_async,
)
from evaluations.cli import main
from evaluations.evaluators.specs import RegexSpec
from tests.evaluations.conftest import Write, run_words, sums
from tests.servers.model import ModelServer


def shout(question: str) -> str:
    """A model."""
    return question.upper()


async def whisper(question: str) -> str:
    """Another."""
    return question.lower()


def brevity(datapoint: Datapoint, answer: Answer) -> float:
    """An evaluator."""
    return 1 / len(answer.text or "x")


def costly(question: str) -> Answer:
    """One that is paid for."""
    return Answer(question.upper(), usage=Usage(3, 1, 0.5))


def _timeless(run: Evaluated) -> list[tuple[str, object, object]]:
    """What was found, without how long it took."""
    return [(result.datapoint.id, getattr(result.answer, "text", None), result.ratings) for result in run.results]


def _interrupted(folder: Path) -> int:
    """Makes the folder that of a run that was killed after its first result; how many results are left."""
    (folder / "summary.json").unlink()
    first = (folder / "results.jsonl").read_bytes().splitlines(keepends=True)[0]
    (folder / "results.jsonl").write_bytes(first)
    return 1


RECORDS = [{"input": "a", "reference": "A"}, {"input": "bb", "reference": "BB"}]
MORE = [*RECORDS, {"input": "c", "reference": "C"}, {"input": "d", "reference": "D"}]


def test_functions_and_records_are_enough(capsys: pytest.CaptureFixture[str]) -> None:
    """Variants side by side, evaluators of several kinds, and nothing printed."""
    evaluators: dict[str, AnyEvaluator] = {
        "exact_match": ExactMatch(),
        "capital": RegexSpec(must_match="^[A-Z]+$"),
        "brevity": brevity,
    }
    run = evaluate(RECORDS, {"shout": shout, "whisper": whisper}, evaluators, cutoffs={"exact_match": 0.5})
    means = {
        variant: {score.evaluator: score.estimate.mean for score in summary.scores}
        for variant, summary in run.summary.variants.items()
    }
    assert {
        "shout": {"exact_match": 1.0, "capital": 1.0, "brevity": 0.75},
        "whisper": {"exact_match": 0.0, "capital": 0.0, "brevity": 0.75},
    } == means
    assert ("fail", 4) == (run.summary.verdict.value, len(run.results))
    assert ("", "") == tuple(capsys.readouterr())


def test_progress_comes_as_events() -> None:
    """After each result."""
    seen: list[Progress] = []
    evaluate(RECORDS, costly, [ExactMatch()], on_progress=seen.append, concurrency=1)
    assert [(1, 2, 0), (2, 2, 0)] == [(each.done, each.planned, each.failed) for each in seen]
    assert [Usage(3, 1, 0.5), Usage(6, 2, 1.0)] == [each.usage for each in seen]
    assert 0 < seen[0].seconds <= seen[1].seconds
    assert [each.done / each.seconds for each in seen] == [each.rate for each in seen]
    assert [pytest.approx(seen[0].seconds), 0.0] == [each.left for each in seen]


def test_progress_goes_on_where_an_earlier_part_ended(tmp_path: Path) -> None:
    """The rate is that of this part; the rest counts the whole run."""
    folder, seen = tmp_path / "run", list[Progress]()
    evaluate(MORE, shout, ExactMatch(), output=folder)
    first = _interrupted(folder)
    again = evaluate(MORE, shout, ExactMatch(), output=folder, resume=True, on_progress=seen.append)
    assert (first, 4 - first) == (seen[0].earlier, len(seen))
    assert (4, 4) == (seen[-1].done, seen[-1].planned)
    assert seen[-1].rate == pytest.approx((4 - first) / seen[-1].seconds)
    assert {"a", "bb", "c", "d"} == {result.datapoint.input for result in again.results}


def test_the_same_results_as_the_command(write: Write, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """To the number, in an event loop of the caller's."""
    path = write(*sums(30))

    async def run(url: str) -> evaluations.Evaluated:
        return await evaluate_async(path, {"m": ChatTarget(url, "m")}, [ExactMatch()], gate="bound")

    with ModelServer(wrong=0.3) as server:
        found = asyncio.run(run(server.url))
        assert main(run_words(server, path, "--gate", "bound", "--format", "jsonl")) == 0
    *lines, summary = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    ours: Any = found.summary.to_json()
    for variant in (ours["variants"]["m"], summary["variants"]["m"]):
        del variant["latency"]
    assert ours["variants"] == summary["variants"]
    assert {line["id"]: line["scores"]["exact_match"] for line in lines} == {
        result.datapoint.id: getattr(result.ratings["exact_match"], "value", None) for result in found.results
    }


def test_a_run_leaves_its_folder_and_goes_on(tmp_path: Path) -> None:
    """What is there is not asked again."""
    folder = tmp_path / "run"
    first = evaluate(RECORDS, {"v": shout}, [ExactMatch()], output=folder)
    assert {"manifest.json", "results.jsonl", "summary.json"} == {path.name for path in folder.iterdir()}
    again = evaluate(RECORDS, {"v": shout}, [ExactMatch()], output=folder, resume=True)
    assert _timeless(first) == _timeless(again)
    found: list[Any] = [run.summary.to_json()["variants"]["v"] for run in (first, again)]
    for variant in found:
        del variant["latency"]  # to the microsecond only
    assert found[0] == found[1]


@pytest.mark.parametrize(
    "options", [{"cutoffs": {"exactmatch": 0.5}}, {"gate": "sequential", "repeats": 2}, {"stop_when_decided": True}]
)
def test_mistakes_are_refused_before_the_first_question(options: dict[str, Any]) -> None:
    """With what to do."""
    asked: list[str] = []
    with pytest.raises(EvaluationsError) as caught:
        evaluate(RECORDS, asked.append, [ExactMatch()], **options)
    assert caught.value.do
    assert [] == asked


def test_records_are_checked_like_files() -> None:
    """By the same words."""
    with pytest.raises(EvaluationsError, match='"reference" is missing'):
        evaluate([{"input": "a"}], shout, [ExactMatch()])


def test_what_the_package_offers_is_there() -> None:
    """Every name, and no other."""
    assert set(dir(evaluations)) == set(evaluations.__all__)
    assert all(getattr(evaluations, name) for name in evaluations.__all__)
    with pytest.raises(AttributeError):
        _ = evaluations.nothing
