"""Programs as evaluators."""

from __future__ import annotations

import asyncio
import json
import sys
import time
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import pytest

from evaluations.model import Answer, Failure, Rating, ToolCall

from .building import ASKED, built, scored

_PROGRAM = """
import json, os, sys, time
seen = 0
for line in sys.stdin:
    asked = json.loads(line)
    text = asked["answer"]["text"]
    seen += 1
    if text == "die": print("out of memory", file=sys.stderr, flush=True); os._exit(3)
    if text == "hang": time.sleep(60)
    if text == "garbage": print("hello", flush=True); continue
    reply = {
        "seen": {"score": seen}, "yes": {"score": True, "reason": "since"}, "error": {"error": "no idea"},
        "nothing": {}, "text": {"score": "1"}, "off": {"score": 101}, "pid": {"score": 1, "reason": os.getpid()},
        "echo": {"score": 0, "reason": json.dumps(asked)},
    }[text]
    print(json.dumps({"id": asked["id"], **reply}), flush=True)
"""


@pytest.fixture
def settings(tmp_path: Path) -> dict[str, Any]:
    """The program in a file of this test, on a scale from 0 to 100."""
    (tmp_path / "score.py").write_text(_PROGRAM, encoding="utf-8")
    return {"type": "command", "command": [sys.executable, "score.py"], "highest": 100, "timeout": 20}


def _scores(settings: dict[str, Any], folder: Path, *texts: str) -> list[Any]:
    return asyncio.run(scored(settings, folder, *map(Answer, texts)))


def test_one_process_answers_line_by_line(settings: dict[str, Any], tmp_path: Path) -> None:
    """It is started once, in the configuration's folder; a score may come with its reason, and be yes or no."""
    assert [Rating(1.0), Rating(2.0), Rating(100.0, "since")] == _scores(settings, tmp_path, "seen", "seen", "yes")


def test_the_program_sees_datapoint_and_answer(settings: dict[str, Any], tmp_path: Path) -> None:
    """All that the data set says, and all that the model said."""
    answer = Answer("echo", 1.5, tool_calls=(ToolCall("f", "{}"),), finish="stop")

    (score,) = asyncio.run(scored(settings, tmp_path, answer))

    assert isinstance(score, Rating)
    asked = json.loads(str(score.reason))
    assert {
        "id": "7",
        "input": "What is 1 + 1?",
        "reference": "2",
        "group": None,
        "tags": ["sums"],
        "metadata": {"level": 1},
    } == asked["datapoint"]
    assert {
        "text": "echo",
        "tool_calls": [{"name": "f", "arguments": "{}"}],
        "refusal": None,
        "finish": "stop",
        "seconds": 1.5,
    } == asked["answer"]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("die", "out of memory"),
        ("garbage", "not JSON"),
        ("error", "no idea"),
        ("nothing", 'neither "score" nor "error"'),
        ("text", "'1' is not a score"),
        ("off", "off the scale, 0 to 100"),
    ],
)
def test_what_is_no_score_is_an_error_of_that_score_alone(
    settings: dict[str, Any], tmp_path: Path, text: str, message: str
) -> None:
    """The next answer is scored, by a new process where the old one is gone."""
    failed, scored_next = _scores(settings, tmp_path, text, "yes")

    assert isinstance(failed, Failure)
    assert message in failed.message
    assert Rating(100.0, "since") == scored_next


def test_a_program_that_hangs_is_ended_in_its_time(settings: dict[str, Any], tmp_path: Path) -> None:
    """Its score is an error, and a new process scores the next answer."""
    started = time.monotonic()

    failed, scored_next = _scores({**settings, "timeout": 2}, tmp_path, "hang", "yes")

    assert isinstance(failed, Failure)
    assert "within 2 s" in failed.message
    assert Rating(100.0, "since") == scored_next
    assert time.monotonic() - started < 50


def test_several_processes_side_by_side(settings: dict[str, Any], tmp_path: Path) -> None:
    """As many as the settings say, started once, however many scores are asked for at once."""

    async def run() -> list[Any]:
        async with AsyncExitStack() as stack:
            evaluator = built(stack, {**settings, "processes": 2}, tmp_path)
            return await asyncio.gather(*(evaluator.score(ASKED, Answer("pid")) for _ in range(20)))

    assert 2 == len({score.reason for score in asyncio.run(run())})
