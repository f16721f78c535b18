"""Functions with their scale, judges with their models, and settings of a kind, as evaluators of a program."""

from __future__ import annotations

import json
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from evaluations import (
    Answer,
    AnyEvaluator,
    ChatTarget,
    Datapoint,
    ExactMatchSpec,
    Failure,
    IncludeSpec,
    Judge,
    LLMJudgeSpec,
    PairwiseJudgeSpec,
    Progress,
    Rating,
    RegexSpec,
    Scorer,
    Usage,
    evaluate,
    export,
)
from evaluations.errors import UsageError
from tests.evaluations.conftest import sums
from tests.servers.model import ModelServer, grade

RIGHT = LLMJudgeSpec(
    output_type="boolean", rubric="The answer is the right number.", include=IncludeSpec(reference_output=True)
)


def work_out(question: str) -> str:
    """A model: right but for every fourth sum."""
    number = int(question.split()[2])
    return str(number + (2 if number % 4 == 0 else 1))


def judge(messages: list[dict[str, Any]]) -> str:
    """Another, in the place of a judge."""
    return grade({"messages": messages})


def right(datapoint: Datapoint, answer: Answer) -> bool:
    """An evaluator."""
    return bool(answer.text == datapoint.reference)


@pytest.mark.parametrize(
    ("given", "what"),
    [
        (Rating(1.0, ["long"]), "the reason ['long'] is not a text"),  # type: ignore[arg-type]
        (Rating(1.0, usage=5), "the usage 5 is no Usage"),  # type: ignore[arg-type]
        (Rating(1.0, details=5), "the details 5 are no mapping"),  # type: ignore[arg-type]
        (Rating(1.0, details={"x": float("nan")}), "the details can't be written as JSON"),
        (Rating(1.0, details={"x": {1}}), "the details can't be written as JSON"),
        (Failure(3, ValueError()), "has parts of a wrong kind"),  # type: ignore[arg-type]
    ],
)
def test_a_rating_that_no_file_could_hold_is_a_failure(given: Rating | Failure, what: str, tmp_path: Path) -> None:
    """Of that datapoint alone: the run ends as it would, and its folder can be read."""
    run = evaluate(
        [{"input": "a"}, {"input": "b"}], str.upper, {"odd": lambda _point, answer: given if answer.text == "A" else 1},
        max_error_rate=0.5, output=tmp_path / "run",
    )  # fmt: skip
    (first, second) = sorted(run.results, key=lambda result: result.datapoint.id)
    assert isinstance(failure := first.ratings["odd"], Failure)
    assert what in failure.message
    assert Rating(1.0) == second.ratings["odd"]
    export(tmp_path / "run", "csv", tmp_path / "run.csv")
    assert 3 == len((tmp_path / "run.csv").read_text().splitlines())


@pytest.mark.parametrize(
    "given",
    [
        Answer(42),  # type: ignore[arg-type]
        Answer("a", finish=3),  # type: ignore[arg-type]
        Answer("a", usage=None),  # type: ignore[arg-type]
        Answer("a", usage=Usage(cost=float("nan"))),
        Answer("a", tool_calls=[{"name": "x"}]),  # type: ignore[arg-type]
    ],
)
def test_an_answer_of_wrong_parts_is_a_failure(given: Answer) -> None:
    """Python does not look at what an Answer is made of."""
    run = evaluate([{"input": "a"}], lambda _: given, {"one": lambda *_: 1.0}, max_error_rate=1.0)
    assert isinstance(failure := run.results[0].answer, Failure)
    assert ("response", True) == (failure.cause, "parts of a wrong kind" in failure.message)


async def right_later(datapoint: Datapoint, answer: Answer) -> bool:
    """Another."""
    return bool(answer.text == datapoint.reference)


def length(_datapoint: Datapoint, answer: Answer) -> int:
    """A third."""
    return len(answer.text or "")


def test_yes_or_no_gets_what_is_for_yes_or_no() -> None:
    """pass@k and pass^k, by a Scorer or by an annotation; a plain number gets neither."""
    evaluators: dict[str, AnyEvaluator] = {
        "scorer": Scorer(length, boolean=True),
        "annotated": right,
        "later": right_later,
        "number": length,
    }
    run = evaluate(sums(8), {"v": work_out}, evaluators, repeats=2)
    reliability = {score.evaluator: set(score.reliability) for score in run.summary.variants["v"].scores}
    both = {"pass@2", "pass^2"}
    assert {"scorer": both, "annotated": both, "later": both, "number": set()} == reliability


def test_a_scorer_has_a_scale() -> None:
    """Its ends, its direction, its time, and whether it needs a reference."""
    scorer = Scorer(length, lowest=0, highest=10, optimize="min", cutoff=1)
    run = evaluate([{"input": "a"}, {"input": "x" * 11}], {"v": str.upper}, {"length": scorer}, max_error_rate=1)
    assert ("pass", 1.0) == (run.summary.verdict.value, run.summary.variants["v"].scores[0].estimate.mean)
    failure = run.results[1].ratings["length"]
    assert isinstance(failure, Failure)
    assert "length: the score 11 is off the scale, 0 to 10" == failure.message


def test_a_cutoff_of_an_evaluator_counts_where_the_run_has_none() -> None:
    """As in a configuration."""
    evaluators: dict[str, AnyEvaluator] = {"exact_match": ExactMatchSpec(cutoff=0.9)}
    bounds: list[dict[str, float]] = [{}, {"exact_match": 0.5}]
    runs = [evaluate(sums(8), work_out, evaluators, cutoffs=each) for each in bounds]
    assert ["fail", "pass"] == [run.summary.verdict.value for run in runs]


def test_settings_and_what_wraps_a_function_are_named_by_the_caller() -> None:
    """Settings alone have the name of their kind."""
    run = evaluate(sums(2), work_out, [RegexSpec(must_match="[0-9]"), right])
    assert ["regex", "right"] == [score.evaluator for score in run.summary.variants["variant"].scores]
    run = evaluate(sums(2), work_out, {"partial": partial(length)}, max_error_rate=1)
    assert ["partial"] == [score.evaluator for score in run.summary.variants["variant"].scores]


def test_judges_by_a_rubric_and_in_pairs() -> None:
    """Behind an endpoint and as functions, one and several; one target may be asked in many places."""
    with ModelServer(wrong=0.3) as server, ModelServer(script=grade) as judging:
        model = ChatTarget(judging.url, "judge")
        evaluators: dict[str, AnyEvaluator] = {
            "exact_match": ExactMatchSpec(),
            "judge": Judge(RIGHT, {"model": model}),
            "voting": Judge(RIGHT, {"model": model, "function": judge}),
            "pair": Judge(PairwiseJudgeSpec(rubric="The right number is better."), {"model": model}),
        }
        run = evaluate(sums(20), {"m": ChatTarget(server.url, "m")}, evaluators)
    means = {score.evaluator: score.estimate.mean or 0.0 for score in run.summary.variants["m"].scores}
    assert means["exact_match"] == means["judge"] == means["voting"]
    assert 0.0 < means["exact_match"] < 1.0
    assert means["exact_match"] / 2 == pytest.approx(means["pair"])  # a tie with the reference, or a defeat
    rating = run.results[0].ratings["voting"]
    assert isinstance(rating, Rating)
    assert {"model", "function"} == set(rating.details["votes"])


def test_labels_take_a_judges_place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """From a file in the working folder; the judge's agreement with people is told."""
    monkeypatch.chdir(tmp_path)
    labels = [{"id": str(n + 1), "answer": work_out(f"What is {n} + 1?"), "label": False} for n in range(8)]
    (tmp_path / "labels.jsonl").write_text("".join(json.dumps(label) + "\n" for label in labels))
    settings = LLMJudgeSpec(output_type="boolean", rubric="Is it right?", labels="labels.jsonl")
    run = evaluate(sums(16), {"v": work_out}, {"judge": Judge(settings, {"j": judge})})
    (score,) = run.summary.variants["v"].scores
    assert (16, 6 / 16) == (score.estimate.count, score.estimate.mean)
    assert score.judges is not None
    assert {"given": 8, "used": 8} == score.judges["labels"]


def test_what_judges_cost_is_in_the_progress() -> None:
    """Their answers are paid for, too."""

    def paid(messages: list[dict[str, Any]]) -> Answer:
        return Answer(judge(messages), usage=Usage(5, 1, 0.25))

    seen: list[Progress] = []
    evaluate(sums(4), work_out, {"judge": Judge(RIGHT, {"paid": paid})}, on_progress=seen.append)
    # The answers themselves do not say what they took.
    assert [Usage(5 * n, n, 0.25 * n, n, n) for n in (1, 2, 3, 4)] == [each.usage for each in seen]


def test_limits_count_judges_whose_replies_make_no_score() -> None:
    """A majority does without the third one, whose reply costs as much."""

    def yes(_messages: list[dict[str, Any]]) -> Answer:
        return Answer('{"score": true}', usage=Usage(5, 1, 1.0))

    def unreadable(_messages: list[dict[str, Any]]) -> Answer:
        return Answer("I think so", usage=Usage(5, 1, 1.0))

    def free(question: str) -> Answer:
        return Answer(work_out(question), usage=Usage())

    judged = {"judge": Judge(RIGHT, {"one": yes, "two": yes, "three": unreadable})}
    run = evaluate(sums(10), free, judged, cutoffs={"cost": 25})
    assert ("fail", 30.0) == (run.summary.verdict.value, run.summary.usage.cost)


class Length:
    """An evaluator of a program's own: how long an answer is, however long that may be."""

    name, lowest, boolean, smaller_is_better = "length", 0.0, False, True

    def __init__(self, highest: float, strange: object = None) -> None:
        self.highest, self._strange = highest, strange

    def check(self, datapoint: Datapoint) -> None:
        """Content with everything."""

    async def score(self, datapoint: Datapoint, answer: Answer) -> Any:
        """The length; something strange for the first datapoint, if there is something."""
        return self._strange if datapoint.id == "1" and self._strange is not None else len(answer.text or "")


ENDLESS = [{"input": "a" * count} for count in range(1, 9)]


@pytest.mark.parametrize(
    ("strange", "message"),
    [
        ("0.5", "length: '0.5' is not a score: a number, or true or false, is"),
        ([], "length: [] is not a score: a number, or true or false, is"),
        (True, None),
        (8.5, "length: the score 8.5 is off the scale, 0 to 8"),
        (Rating(-0.5), "length: the score -0.5 is off the scale, 0 to 8"),
        (float("nan"), "length: the score is nan"),
    ],
)
@pytest.mark.parametrize("gate", ["mean", "sequential"])
def test_a_score_of_ones_own_evaluator_is_looked_at(strange: object, message: str | None, gate: Any) -> None:
    """One that is none is an error of that datapoint; the run goes on."""
    run = evaluate(ENDLESS, str.upper, Length(8.0, strange), gate=gate, max_error_rate=1)
    failed = {result.datapoint.id: result.failure.message for result in run.results if result.failure}
    assert ({} if message is None else {"1": message}) == failed
    assert 8 == run.summary.done


def test_a_scale_without_ends_has_students_interval(tmp_path: Path) -> None:
    """Where the mean decides; 1 to 8 have the mean 4.5 and its standard error 0.8660, t(7) is 2.3646."""
    run = evaluate(ENDLESS, str.upper, Length(float("inf")), cutoffs={"length": 5}, output=tmp_path / "run")
    (score,) = run.summary.variants["variant"].scores
    assert score.estimate.interval is not None
    assert (2.4522, 6.5478) == pytest.approx(tuple(score.estimate.interval), abs=1e-4)
    alone = evaluate(ENDLESS[:1], str.upper, Length(float("inf")))
    assert alone.summary.variants["variant"].scores[0].estimate.interval is None
    assert ("pass", "pass") == (run.summary.verdict.value, alone.summary.verdict.value)
    for form in ("markdown", "html", "junit", "csv"):
        export(tmp_path / "run", form, tmp_path / f"report.{form}")


@pytest.mark.parametrize(
    ("highest", "gate", "what"),
    [
        (float("inf"), "bound", "its scale has no end, and the gate bound needs both"),
        (float("inf"), "sequential", "its scale has no end, and the gate sequential needs both"),
        (0.0, "mean", "lowest, 0, is not below highest, 0"),
        (float("nan"), "mean", "lowest, 0, is not below highest, nan"),
    ],
)
def test_a_scale_that_a_gate_can_do_nothing_with(highest: float, gate: Any, what: str) -> None:
    """Is refused before the first question."""
    asked: list[str] = []
    with pytest.raises(UsageError) as caught:
        evaluate(ENDLESS, asked.append, Length(highest), gate=gate)
    assert (what, "evaluators.length", []) == (caught.value.what, caught.value.where, asked)
