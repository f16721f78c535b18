"""One evaluation, from questions to a summary, with variants as plain functions."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

import pytest

from evaluations.errors import ExitCode, UsageError
from evaluations.evaluation import Evaluation, Settings, settings_from
from evaluations.evaluators.exact_match import ExactMatch
from evaluations.model import Answer, Datapoint, Failure, Result, Usage
from evaluations.running.budget import Budget, Spending
from evaluations.running.run import Ask, Question
from evaluations.verdicts.cutoffs import Gate, make_cutoffs
from evaluations.verdicts.summary import RunSummary
from evaluations.verdicts.verdict import Ending


def points(count: int) -> Iterator[Datapoint]:
    """Whose right answers are their ids."""
    return (Datapoint(str(number), "q", str(number)) for number in range(count))


async def right(datapoint: Datapoint, repeat: int) -> Answer:
    """Always."""
    await asyncio.sleep(0)
    return Answer(datapoint.id, usage=Usage(10, 5, 0.5))


async def odd(datapoint: Datapoint, repeat: int) -> Answer | Failure:
    """Right for odd ones, when asked for the first time; nothing for 6."""
    if datapoint.id == "6":
        return Failure("timeout", "slow")
    return Answer(datapoint.id if int(datapoint.id) % 2 and not repeat else "?")


def run(
    settings: Settings, asks: dict[str, Ask], count: int, budget: Budget | None = None
) -> tuple[RunSummary, list[Result]]:
    """Its summary and results."""
    evaluation = Evaluation(asks, [ExactMatch()], settings, datapoints=count)
    spending, results = Spending(budget or Budget()), list[Result]()

    def arrived(result: Result) -> None:
        spending.add(result.usage)

    def choose(asked: Iterator[Question]) -> Iterator[Question]:
        return spending.within(asked)

    return asyncio.run(evaluation.run(points(count), asks, results.append, on_arrival=arrived, choose=choose)), results


def test_several_variants_in_one_run() -> None:
    """Each with its own verdict; the run has the worst of them, and says whose it is."""
    settings = settings_from(make_cutoffs({"exact_match": 0.9}, [ExactMatch()]), Gate.MEAN, max_error_rate=0.2)
    summary, results = run(settings, {"good": right, "bad": odd}, 10)
    assert {"good": "pass", "bad": "fail"} == {name: each.verdict.value for name, each in summary.variants.items()}
    assert (20, 20, 1, ExitCode.CUTOFF_MISSED) == (summary.planned, summary.done, summary.errors, summary.exit_code)
    assert ("bad: exact_match: mean 0.555556 is below the cutoff 0.9",) == summary.reasons
    assert {("good", index) for index in range(10)} | {("bad", index) for index in range(10)} == {
        (result.variant, result.index) for result in results
    }


def test_repeats_are_told_apart() -> None:
    """Each datapoint is asked so often, and each time is a result."""
    settings = settings_from((), Gate.MEAN, repeats=3, max_error_rate=1.0)
    summary, results = run(settings, {"v": odd}, 4)
    assert sorted((index, repeat) for index in range(4) for repeat in range(3)) == sorted(
        (result.index, result.repeat) for result in results
    )
    reliability = summary.variants["v"].scores[0].reliability
    assert (0.5, 0.0) == (reliability["pass@3"].mean, reliability["pass^3"].mean)


def test_a_budget_ends_a_run_in_good_order() -> None:
    """What was asked is finished and counted; the verdict says that the run is not whole."""
    settings = settings_from((), Gate.MEAN, concurrency=4)
    summary, results = run(settings, {"v": right}, 100, Budget(cost=10.0))
    assert summary.ending is Ending.BUDGET
    assert 20 <= len(results) == summary.done < 30
    assert summary.exit_code is ExitCode.INCONCLUSIVE
    assert 0.5 * len(results) == summary.usage.cost


def test_only_a_sequential_gate_may_stop_early() -> None:
    """And it needs something to decide."""
    with pytest.raises(UsageError):
        settings_from((), Gate.SEQUENTIAL, stop_when_decided=True)
    with pytest.raises(UsageError):
        settings_from(make_cutoffs({"exact_match": 0.9}, [ExactMatch()]), Gate.BOUND, stop_when_decided=True)


def test_an_early_stop_waits_for_every_variant() -> None:
    """Until each of them is decided."""
    cutoffs = make_cutoffs({"exact_match": 0.5}, [ExactMatch()], Gate.SEQUENTIAL)
    settings = settings_from(cutoffs, Gate.SEQUENTIAL, stop_when_decided=True, concurrency=2)

    async def wrong(datapoint: Datapoint, repeat: int) -> Answer:
        return Answer("?")

    summary, results = run(settings, {"good": right, "bad": wrong}, 1000)
    assert summary.ending is Ending.DECIDED
    assert len(results) < 200
    assert {"good": "pass", "bad": "fail"} == {name: each.verdict.value for name, each in summary.variants.items()}


async def even(datapoint: Datapoint, repeat: int) -> Answer:
    """Right for every second one."""
    return Answer(datapoint.id if not int(datapoint.id) % 2 else "?", usage=Usage(10, 5, 0.5))


SEQUENTIAL = settings_from(make_cutoffs({"exact_match": 0.5}, [ExactMatch()], Gate.SEQUENTIAL), Gate.SEQUENTIAL)


def test_a_decision_stands_when_a_budget_ends_the_run() -> None:
    """A confidence sequence may be looked at any time; what is not decided is inconclusive, and the end is said."""
    summary, results = run(SEQUENTIAL, {"good": right, "open": even}, 1000, Budget(cost=100.0))
    good, still_open = summary.variants["good"], summary.variants["open"]
    assert (Ending.BUDGET, False) == (summary.ending, summary.complete)
    assert ("pass", "inconclusive", "inconclusive") == (
        good.verdict.value,
        still_open.verdict.value,
        summary.verdict.value,
    )
    assert f"a budget ended the run after {good.done} of 1000 datapoints, and had decided before" == good.reasons[-1]
    assert {"pass"} == {each.verdict.value for each in good.requirements}
    assert {"inconclusive"} == {each.verdict.value for each in still_open.requirements}
    alone, _results = run(SEQUENTIAL, {"good": right}, 1000, Budget(cost=100.0))
    assert (Ending.BUDGET, ExitCode.PASSED) == (alone.ending, alone.exit_code)
    assert 100 < len(results) < 300


def test_a_cost_is_not_decided_before_the_end() -> None:
    """What is within its cutoff so far may still pass it, so a budget leaves it open, and it never ends a run."""
    cutoffs = make_cutoffs({"exact_match": 0.5, "cost": 1000}, [ExactMatch()], Gate.SEQUENTIAL)
    summary, _results = run(settings_from(cutoffs, Gate.SEQUENTIAL), {"v": right}, 1000, Budget(cost=100.0))
    assert (Ending.BUDGET, ExitCode.INCONCLUSIVE) == (summary.ending, summary.exit_code)
    alone = settings_from(cutoffs[1:], Gate.SEQUENTIAL, stop_when_decided=True)
    whole, _results = run(alone, {"v": right}, 20)
    assert (Ending.COMPLETE, 20) == (whole.ending, whole.done)


@pytest.mark.parametrize(("slow", "verdict"), [(150, "pass"), (0, "inconclusive")])
def test_an_interruption_leaves_a_decision_and_makes_none(slow: int, verdict: str) -> None:
    """The exit code is that of an interruption. Quick answers that waited for a slow one decide nothing."""
    stop, evaluation = asyncio.Event(), Evaluation(["v"], [ExactMatch()], SEQUENTIAL, datapoints=1000)

    async def answer(datapoint: Datapoint, repeat: int) -> Answer:
        await asyncio.sleep(0)
        if datapoint.id == str(slow):
            await asyncio.Event().wait()
        if datapoint.id == "200":
            stop.set()
        return Answer(datapoint.id)

    summary = asyncio.run(evaluation.run(points(1000), {"v": answer}, lambda _result: None, stop=stop))
    assert (Ending.INTERRUPTED, ExitCode.INTERRUPTED) == (summary.ending, summary.exit_code)
    assert 199 <= summary.done < 900
    assert verdict == summary.verdict.value
    assert "interrupted after " in summary.reasons[-1]


@pytest.mark.parametrize(
    ("variants", "evaluators", "what"),
    [
        ([], [ExactMatch()], "there is no variant"),
        (["v", "v"], [ExactMatch()], "two variants are called v"),
        ([""], [ExactMatch()], "the variant has an empty name"),
        (["v"], [], "there is no evaluator"),
        (["v"], [ExactMatch(), ExactMatch()], "two evaluators are called exact_match"),
        (["v"], [ExactMatch("")], "the evaluator has an empty name"),
    ],
)
def test_a_run_of_nothing_is_refused(variants: list[str], evaluators: list[ExactMatch], what: str) -> None:
    """Whoever plans it; and so is one whose results could not be told apart."""
    with pytest.raises(UsageError) as caught:
        Evaluation(variants, evaluators, Settings(), datapoints=1)
    assert what == caught.value.what
    assert caught.value.do
