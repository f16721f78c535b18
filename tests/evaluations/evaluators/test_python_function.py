"""Python functions as evaluators."""

from __future__ import annotations

import asyncio
import time
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import pytest

from evaluations.model import Answer, Datapoint, Failure, Rating

from .building import ASKED, built, scored

_MODULE = """
import asyncio, sys, threading, time
from fractions import Fraction
from evaluations.model import Failure, Rating, Usage

def length(datapoint, answer): return len(answer.text) / 10
def right(datapoint, answer): return answer.text == datapoint.reference
async def later(datapoint, answer): await asyncio.sleep(0); return 0.25
def promised(datapoint, answer): return later(datapoint, answer)
class Judge:
    @staticmethod
    def score(datapoint, answer): return Rating(0.5, str(datapoint.metadata["level"]), Usage(1, 2, 3.0))
def third(datapoint, answer): return Fraction(1, 3)
def text(datapoint, answer): return "1.0"
def nothing(datapoint, answer): return None
def nan(datapoint, answer): return float("nan")
def large(datapoint, answer): return 10 ** 400
def off(datapoint, answer): return 7
def half(datapoint, answer): return 0.5
def failed(datapoint, answer): return Failure("mine", "no")
def raised(datapoint, answer): raise ValueError("no")
def stopped(datapoint, answer): raise StopIteration
def left(datapoint, answer): sys.exit(3)
async def left_later(datapoint, answer): sys.exit(3)
def cancelled(datapoint, answer): raise asyncio.CancelledError
async def cancelled_later(datapoint, answer): raise asyncio.CancelledError
def slow(datapoint, answer):
    if answer.text == "slow": time.sleep(30)
    return threading.get_ident() != threading.main_thread().ident
async def slow_later(datapoint, answer): await asyncio.sleep(30)
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the module lies."""
    folder = tmp_path_factory.mktemp("functions")
    (folder / "scores_of_a_test.py").write_text(_MODULE, encoding="utf-8")
    return folder


def _settings(function: str, **more: Any) -> dict[str, Any]:
    return {"type": "python", "function": f"scores_of_a_test:{function}", **more}


def _score(folder: Path, function: str, **more: Any) -> Any:
    return asyncio.run(scored(_settings(function, **more), folder, Answer("2")))[0]


def test_what_a_function_returns_is_the_score(folder: Path) -> None:
    """Numbers of any kind, yes or no, or a Rating; asynchronous or not; a method too."""
    assert Rating(0.1) == _score(folder, "length")
    assert Rating(1.0) == _score(folder, "right")
    assert Rating(1.0) == _score(folder, "right", output_type="boolean")
    assert Rating(0.25) == _score(folder, "later")
    assert Rating(0.25) == _score(folder, "promised")
    assert Rating(1 / 3) == _score(folder, "third")
    judged = _score(folder, "Judge.score")
    assert (0.5, "1", 3.0) == (judged.value, judged.reason, judged.usage.cost)


@pytest.mark.parametrize(
    ("function", "more", "message"),
    [
        ("text", {}, "'1.0' is not a score"),
        ("nothing", {}, "None is not a score"),
        ("nan", {}, "the score is nan"),
        ("large", {}, "is not a score"),
        ("off", {}, "the score 7 is off the scale, 0 to 1"),
        ("half", {"output_type": "boolean"}, "the score 0.5 is neither yes nor no"),
        ("failed", {}, "no"),
        ("raised", {}, "it: ValueError('no')"),
        ("stopped", {}, "it: StopIteration()"),
        ("left", {}, "it: SystemExit(3)"),
        ("left_later", {}, "it: SystemExit(3)"),
        ("cancelled", {}, "it: CancelledError()"),
        ("cancelled_later", {}, "it: CancelledError()"),
        ("slow_later", {"timeout": 0.05}, "it: no score within 0.05 s (timeout)"),
    ],
)
def test_what_is_no_score_is_an_error(folder: Path, function: str, more: dict[str, Any], message: str) -> None:
    """A value that counts as an error of this score, whatever the function does."""
    score = _score(folder, function, **more)

    assert isinstance(score, Failure)
    assert message in score.message


def test_a_slow_function_holds_up_neither_the_run_nor_the_next_score(folder: Path) -> None:
    """It runs beside the loop; when its time is over, the next call gets a thread of its own."""
    started = time.monotonic()

    scores = asyncio.run(scored(_settings("slow", timeout=2), folder, Answer("slow"), Answer("quick")))

    assert isinstance(scores[0], Failure)
    assert Rating(1.0) == scores[1]
    assert time.monotonic() - started < 25


def test_waiting_for_a_turn_is_not_the_function_s_time(folder: Path) -> None:
    """Many scores at once wait for each other, and none is late for that."""

    async def run() -> list[Any]:
        async with AsyncExitStack() as stack:
            evaluator = built(stack, _settings("right", timeout=2), folder)
            return await asyncio.gather(*(evaluator.score(ASKED, Answer(str(n))) for n in range(200)))

    scores = asyncio.run(run())

    assert [Rating(float(n == 2)) for n in range(200)] == scores


def test_a_reference_is_required_where_the_settings_say_so(folder: Path) -> None:
    """Without it a datapoint is refused before the first request, else it is the function's affair."""

    async def complaints(required: bool) -> list[bool]:
        async with AsyncExitStack() as stack:
            evaluator = built(stack, _settings("right", requires_reference=required), folder)
            return [evaluator.check(Datapoint("1", "?", reference)) is not None for reference in (None, "", 0)]

    assert [True, False, False] == asyncio.run(complaints(required=True))
    assert [False, False, False] == asyncio.run(complaints(required=False))
