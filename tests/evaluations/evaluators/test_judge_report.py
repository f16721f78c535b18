"""What a run tells of its judges."""

from __future__ import annotations

import random
from collections.abc import Mapping
from typing import Any

from evaluations.evaluators.judge_report import JudgeReport
from evaluations.model import Answer, Datapoint, Failure, Rating, Result


def result(
    identity: str, details: Mapping[str, Any], *, answer: str = "a", group: str | None = None, repeat: int = 0
) -> Result:
    """With one judgement."""
    rating = Rating(1.0, details=details)
    return Result(Datapoint(identity, "q", group=group), Answer(answer), {"quality": rating}, repeat=repeat)


def report(*, labels: int | None = 10, measured: bool = True) -> JudgeReport:
    """Of a yes-or-no judge."""
    return JudgeReport("quality", 0.0, 1.0, boolean=True, labels=labels, measured=measured)


def labelled(table: Mapping[tuple[float, float | None], int]) -> list[Result]:
    """Datapoints by label and judgement."""
    pairs = [pair for pair, times in table.items() for _ in range(times)]
    return [result(str(place), {"label": people, "judge": judge}) for place, (people, judge) in enumerate(pairs)]


def test_agreement_with_people_is_reported() -> None:
    """20 and 15 alike, 5 and 10 not: kappa 0.4, as in textbooks; the order of results changes nothing."""
    results = labelled({(1, 1): 20, (1, 0): 5, (0, 1): 10, (0, 0): 15, (1, None): 2})
    found = []
    for seed in range(2):
        random.Random(seed).shuffle(results)
        judged = report(labels=60)
        for each in results:
            judged.add(each)
        found.append(judged.to_json())
    assert found[0] == found[1]
    agreement, labels = found[0]["agreement"], found[0]["labels"]
    assert {"given": 60, "used": 52} == labels
    assert (50, 2, 35, 0.1) == tuple(agreement[key] for key in ("answers", "unjudged", "same", "bias"))
    assert 0.4 == round(agreement["kappa"], 12)
    assert agreement["interval"][0] < 0.2
    assert 0.6 < agreement["interval"][1] < 0.7


def test_an_answer_counts_once() -> None:
    """However often it was given; an answer of another datapoint, or another answer, is another one."""
    judged = report()
    judged.add(result("1", {"label": 1.0, "judge": None}, repeat=0))
    judged.add(result("1", {"label": 1.0, "judge": 0.0}, repeat=2))
    judged.add(result("1", {"label": 1.0, "judge": 1.0}, repeat=1))
    judged.add(result("1", {"label": 1.0, "judge": 1.0}, answer="b"))
    judged.add(result("2", {"label": 1.0, "judge": 1.0}))
    agreement = judged.agreement
    assert agreement is not None
    assert (3, 0, 3) == (agreement.answers, agreement.unjudged, agreement.same)


def test_groups_widen_the_interval() -> None:
    """Since answers of one group do not tell as much."""
    alone, together = report(), report()
    for number in range(60):
        details = {"label": float(number % 20 < 10), "judge": float(number % 20 < 7 or number % 20 == 19)}
        alone.add(result(str(number), details))
        together.add(result(str(number), details, group=f"group {number % 20}"))
    first, second = alone.agreement, together.agreement
    assert first is not None
    assert second is not None
    assert first.kappa == second.kappa
    assert first.interval is not None
    assert second.interval is not None
    assert second.interval.high - second.interval.low > 1.2 * (first.interval.high - first.interval.low)


def test_nothing_is_claimed_without_labels() -> None:
    """Nor where the judges are not asked about labelled answers, nor where none was used."""
    assert report(labels=None).to_json()["agreement"] is None
    assert report(measured=False).to_json()["agreement"] is None
    unused = report(labels=5)
    unused.add(Result(Datapoint("1", "q"), Answer("a"), {"quality": Rating(1.0)}))
    unused.add(Result(Datapoint("2", "q"), Answer("a"), {"quality": Failure("judge", "gone")}))
    assert {"given": 5, "used": 0} == unused.to_json()["labels"]
    agreement = unused.agreement
    assert agreement is not None
    assert (0, None, None, None) == (agreement.answers, agreement.bias, agreement.kappa, agreement.interval)


def test_splits_ties_and_contradictions_are_counted() -> None:
    """Contradictions by the position that was favoured."""
    judged = report(labels=None)
    judged.add(result("1", {"agreed": False}))
    judged.add(result("2", {"agreed": False, "tie": True}))
    judged.add(result("3", {"contradictions": {"a": "first", "b": "neither"}, "agreed": False}))
    judged.add(result("4", {"contradictions": {"a": "first"}}))
    judged.add(result("5", {}))
    found = judged.to_json()
    assert (3, 1, 2) == (found["split"], found["ties"], found["contradicted"])
    assert {"first": 2, "second": 0, "neither": 1} == found["contradictions"]
