"""The driver."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Iterator

import pytest

from evaluations.errors import ChangedDatasetError, Complaint
from evaluations.evaluators.exact_match import ExactMatch
from evaluations.model import Answer, Datapoint, Failure, Rating, Result
from evaluations.running.run import Question, ask_and_score, questions


class Echo:
    """An ask that says the question back; raises for one of them, and hangs for another."""

    def __init__(self, broken: str = "", hanging: str = "") -> None:
        self.at_once = self.most_at_once = 0
        self._broken, self._hanging = broken, hanging

    async def __call__(self, datapoint: Datapoint, _repeat: int) -> Answer | Failure:
        """A moment later."""
        self.at_once += 1
        self.most_at_once = max(self.at_once, self.most_at_once)
        await asyncio.sleep(3600 if datapoint.id == self._hanging else 0)
        self.at_once -= 1
        if datapoint.id == self._broken:
            raise RuntimeError("broken\nin two lines")
        return Answer(str(datapoint.input))


class Strange:
    """An evaluator that gives no number, or raises."""

    name = "strange"
    lowest, highest, boolean, smaller_is_better = 0.0, 1.0, False, False

    def check(self, datapoint: Datapoint) -> Complaint | None:
        """Content with everything."""

    async def score(self, datapoint: Datapoint, answer: Answer) -> float:
        """What stands in the reference."""
        assert answer.text == "q"
        if datapoint.reference == "raise":
            raise ValueError("no")
        if datapoint.reference == "deep":
            raise RecursionError
        return float(datapoint.reference)


def asked(count: int) -> Iterator[Question]:
    """Questions that echo right, to the variant `v`."""
    return questions((Datapoint(str(number), "q", "q") for number in range(count)), ["v"])


@pytest.mark.parametrize(("count", "concurrency", "most"), [(0, 4, 0), (3, 64, 3), (500, 7, 7), (10, 1, 1)])
def test_every_datapoint_is_asked_once_and_no_more_at_once_than_allowed(
    count: int, concurrency: int, most: int
) -> None:
    """Whatever the sizes."""
    target, results = Echo(), list[Result]()
    complete = asyncio.run(
        ask_and_score(asked(count), {"v": target}, [ExactMatch()], results.append, concurrency=concurrency)
    )
    assert complete
    assert sorted(str(number) for number in range(count)) == sorted(result.datapoint.id for result in results)
    assert all(result.ratings == {"exact_match": Rating(1.0)} for result in results)
    assert most == target.most_at_once


def test_nothing_is_read_ahead() -> None:
    """Of 20,000 datapoints no more than the places are taken before their turn, so memory can't grow."""
    taken = finished = most_open = 0

    def source() -> Iterator[Question]:
        nonlocal taken, most_open
        for point in asked(20_000):
            taken += 1
            most_open = max(most_open, taken - finished)
            yield point

    def finish(_result: Result) -> None:
        nonlocal finished
        finished += 1

    asyncio.run(ask_and_score(source(), {"v": Echo()}, [ExactMatch()], finish, concurrency=16))
    assert (20_000, 16) == (finished, most_open)


def test_a_target_that_raises_fails_one_datapoint_only() -> None:
    """The others are scored."""
    results: list[Result] = []
    asyncio.run(ask_and_score(asked(100), {"v": Echo(broken="57")}, [ExactMatch()], results.append, concurrency=8))
    failed = [result for result in results if result.failure]
    assert ["57"] == [result.datapoint.id for result in failed]
    assert Failure("target", "RuntimeError('broken\\nin two lines')") == failed[0].answer
    assert len(results) == 100


@pytest.mark.parametrize(
    ("reference", "message"),
    [
        ("nan", "strange: the score is nan"),
        ("inf", "strange: the score is inf"),
        ("raise", "strange: ValueError('no')"),
        (
            "deep",
            "strange: the answer or the reference is nested too deeply to be compared: ask for a flatter answer",
        ),
    ],
)
def test_an_evaluator_that_fails_is_an_error_of_that_score(reference: str, message: str) -> None:
    """The answer and the other evaluator's score stay."""
    results: list[Result] = []
    point = Datapoint("1", "q", reference)
    asyncio.run(ask_and_score(questions([point], ["v"]), {"v": Echo()}, [ExactMatch(), Strange()], results.append))
    assert {"exact_match": Rating(0.0), "strange": Failure("evaluator", message)} == results[0].ratings
    assert Answer("q") == results[0].answer


@pytest.mark.skipif(sys.version_info < (3, 11), reason="Python 3.10 does not say whether a task was cancelled")
def test_what_is_cancelled_by_others_fails_one_datapoint_only() -> None:
    """A target or an evaluator that waits for something that was cancelled; the run was not."""

    async def cancelled(datapoint: Datapoint, repeat: int) -> Answer:
        if datapoint.id == "5":
            raise asyncio.CancelledError
        return Answer("q")

    class Cancelled(Strange):
        async def score(self, datapoint: Datapoint, answer: Answer) -> float:
            if datapoint.id == "7":
                raise asyncio.CancelledError
            return float(answer.text == "q")

    results: list[Result] = []
    assert asyncio.run(ask_and_score(asked(10), {"v": cancelled}, [Cancelled()], results.append))
    assert {"5": "CancelledError()", "7": "strange: CancelledError()"} == {
        result.datapoint.id: result.failure.message for result in results if result.failure
    }
    assert len(results) == 10


def test_a_stop_gives_up_what_is_in_flight() -> None:
    """What was finished before has been handed over, and nothing after."""

    async def run() -> tuple[bool, int]:
        stop, results = asyncio.Event(), list[Result]()

        def take(result: Result) -> None:
            results.append(result)
            if len(results) == 9:
                stop.set()

        run = ask_and_score(asked(10), {"v": Echo(hanging="5")}, [ExactMatch()], take, concurrency=2, stop=stop)
        return await asyncio.wait_for(run, 5), len(results)

    assert (False, 9) == asyncio.run(run())


def test_a_source_that_fails_ends_the_run() -> None:
    """With its own error, although other datapoints hang."""

    def source() -> Iterator[Question]:
        yield from asked(2)
        raise ChangedDatasetError("changed")

    with pytest.raises(ChangedDatasetError):
        asyncio.run(
            asyncio.wait_for(ask_and_score(source(), {"v": Echo(hanging="1")}, [ExactMatch()], lambda _: None), 5)
        )


def test_a_consumer_that_fails_ends_the_run() -> None:
    """A full disk must not be found out at the end."""

    def full(_result: Result) -> None:
        raise OSError("full")

    with pytest.raises(OSError, match="full"):
        asyncio.run(ask_and_score(asked(100), {"v": Echo()}, [ExactMatch()], full, concurrency=4))
