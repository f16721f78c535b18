"""Under a sequential gate scores wait for their turn; money, tokens and the folder do not."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest

from evaluations import Answer, Evaluated, ExactMatch, Progress, Usage, evaluate_async

DECIDING: dict[str, Any] = {"cutoffs": {"exact_match": 0.5}, "stop_when_decided": True}


class Run:
    """Runs of the same 600 questions, of which the first that is asked is the slowest; every ninth answer is wrong."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.asked: list[str] = []
        self.lines_seen = 0
        """Lines in the folder when the 200th question was asked."""

    def __call__(self, *, cut: bool = False, **options: Any) -> Evaluated:
        """Where it is `cut`, the slow answer never comes, and the run is stopped after 200 questions."""
        self.asked.clear()
        records = [{"input": str(number), "reference": str(number)} for number in range(600)]

        async def go() -> Evaluated:
            stop = asyncio.Event()

            async def answer(question: str) -> Answer:
                self.asked.append(question)
                place = len(self.asked)
                await asyncio.sleep(0 if place > 1 else 10 if cut else 0.3)
                if place == 200:
                    self.lines_seen = len(self.lines())
                    if cut:
                        stop.set()
                return Answer("?" if int(question) % 9 == 0 else question, usage=Usage(5, 5, 0.01))

            more: Any = {"gate": "sequential", "concurrency": 8, "stop": stop, "output": self.folder, **options}
            return await evaluate_async(records, answer, ExactMatch(), **more)

        return asyncio.run(go())

    def lines(self) -> list[dict[str, Any]]:
        """What is in the folder."""
        return [json.loads(line) for line in (self.folder / "results.jsonl").read_bytes().splitlines()]


@pytest.fixture
def run(tmp_path: Path) -> Run:
    """In a folder of its own."""
    return Run(tmp_path / "run")


def scored(found: Evaluated) -> dict[str, Any]:
    """What a run says of its scores."""
    (variant,) = found.summary.to_json()["variants"].values()
    return {name: variant[name] for name in ("verdict", "reasons", "count", "scores", "requirements", "cutoffs")}


def test_a_budget_sees_answers_that_wait(run: Run) -> None:
    """It ends the run before it is passed, although nothing was scored until then."""
    found = run(max_tokens=1000)
    assert 90 <= len(run.asked) <= 100
    assert ("budget", 10 * len(run.asked)) == (found.summary.ending.value, found.summary.budgets[0].value)


def test_a_run_that_goes_on_has_the_rest_of_its_budget(run: Run) -> None:
    """What waits in the folder for its turn was paid for."""
    run(cut=True)
    run(resume=True, max_tokens=1000)
    assert [] == run.asked


def test_a_cutoff_on_the_cost_sees_all_that_was_paid(run: Run) -> None:
    """Also what came before its turn, and is left out of the scores when the run is decided."""
    found = run(**{**DECIDING, "cutoffs": {"exact_match": 0.5, "cost": 1.0}})
    assert found.summary.usage.cost == pytest.approx(0.01 * len(run.lines()))
    assert ("fail", "decided") == (found.summary.verdict.value, found.summary.ending.value)
    assert " is above the cutoff 1" in found.summary.reasons[0]
    assert len(found.results) == found.summary.done < len(run.lines())


def test_a_line_is_written_when_its_answer_is_there(run: Run) -> None:
    """A process that is killed loses what is on its way, and no more."""
    run()
    assert 200 - 8 <= run.lines_seen
    assert 600 == len(run.lines())


def test_a_run_that_was_cut_decides_as_one_that_was_not(run: Run, tmp_path: Path) -> None:
    """The same scores to the number, whatever came out of turn; and again when there is nothing left to ask."""
    whole = run(**DECIDING)
    assert whole.summary.done < 100 < len(run.lines())
    again = run(**DECIDING, resume=True)
    assert [] == run.asked
    other = Run(tmp_path / "other")
    cut = other(**DECIDING, cut=True)
    assert ("inconclusive", len(other.lines())) == (cut.summary.verdict.value, cut.summary.done)
    gone_on = other(**DECIDING, resume=True)
    assert scored(whole) == scored(again) == scored(gone_on)
    assert ("decided", "pass") == (gone_on.summary.ending.value, gone_on.summary.verdict.value)
    assert len({line["id"] for line in other.lines()}) == len(other.lines())


def test_the_clock_of_a_run_that_goes_on_is_not_put_back(run: Run) -> None:
    """Results of the earlier part have their turn while the run asks: no new beginning."""
    run(cut=True)
    seen: list[Progress] = []
    run(resume=True, on_progress=seen.append)
    seconds = [each.seconds for each in seen]
    assert sorted(seconds) == seconds
    assert seconds[0] >= 0.3
