"""Results read back."""

from __future__ import annotations

import json
import tracemalloc
from pathlib import Path

import pytest

from evaluations.errors import UsageError
from evaluations.model import Answer, Datapoint, Failure, Rating, Result, ToolCall, Usage
from evaluations.results.lines import result_line
from evaluations.running.journal import Done, read_back, read_result
from evaluations.running.order import Places
from evaluations.running.run import Question, questions

RESULTS = [
    Result(Datapoint("a", "q", "r"), Answer("r", 0.25), {"m": Rating(1.0)}, "v", 0, 0),
    Result(
        Datapoint("b", [{"role": "user", "content": "\ud800"}], {"x": 10**30}, "g", ("t",)),
        Answer(None, 1.5, 3, (ToolCall("f", "{"),), "no", "tool_calls", Usage(1, 2, 0.5), cached=True),
        {"m": Rating(0.5, "because"), "n": Failure("evaluator", "n: broken", 3)},
        "w",
        1,
        1,
    ),
    Result(
        Datapoint("c", "q"),
        Failure("http_500", "x", 5),
        {"m": Failure("http_500", "x", 5), "n": Failure("http_500", "x", 5)},
        "v",
        1,
        2,
    ),
]
PLACES = Places(["v", "w"], 2, datapoints=3)


def _lines(*results: Result) -> list[bytes]:
    return [json.dumps(result_line(result)).encode() + b"\n" for result in results]


@pytest.mark.parametrize("result", RESULTS)
def test_a_line_gives_its_result_back(result: Result) -> None:
    """All of it, so that it can be added up again."""
    assert result == read_result(json.loads(_lines(result)[0]))
    assert result.index == read_result(json.loads(_lines(result)[0])).index


@pytest.mark.parametrize(
    "tail",
    [b"", b"{", b'{"type": "datapoint"', b"\0" * 5000, b"\0" * 10 + b"\n", _lines(RESULTS[2])[0][:-1], b"}\n[]\n"],
)
def test_a_torn_end_is_cut_off(tmp_path: Path, tail: bytes) -> None:
    """What a kill or a loss of power left behind the last whole line."""
    path, sound = tmp_path / "results.jsonl", b"".join(_lines(*RESULTS[:2]))
    path.write_bytes(sound + tail)
    results: list[Result] = []
    done = read_back(path, PLACES, results.append)
    assert (2, RESULTS[:2], sound) == (done.count, results, path.read_bytes())


def test_no_file_is_no_result(tmp_path: Path) -> None:
    """A run that was killed before its first result."""
    assert 0 == read_back(tmp_path / "results.jsonl", PLACES, print).count


@pytest.mark.parametrize(
    ("lines", "what"),
    [
        ([b"{}\n", *_lines(RESULTS[0])], "the line is no whole result"),
        ([b'{"type": "datapoint"}\n'], "the line is no whole result"),
        (_lines(RESULTS[0], RESULTS[0]), "the line is a second result for the same question"),
        (_lines(Result(Datapoint("a", "q"), Answer("r"), {}, "other")), "the line is a result of another run"),
        (_lines(Result(Datapoint("a", "q"), Answer("r"), {}, "v", 2)), "the line is a result of another run"),
        (_lines(Result(Datapoint("a", "q"), Answer("r"), {}, "v", 0, 3)), "the line is a result of another run"),
        (_lines(Result(Datapoint("a", "q"), Answer("r"), {}, "v", 0, 10**12)), "the line is a result of another run"),
    ],
)
def test_a_file_that_is_not_this_run_s_is_refused(tmp_path: Path, lines: list[bytes], what: str) -> None:
    """With the line, and without a change to the file."""
    path = tmp_path / "results.jsonl"
    path.write_bytes(b"".join(lines))
    with pytest.raises(UsageError) as raised:
        read_back(path, PLACES, lambda _: None)
    assert what == raised.value.what
    assert f"{path}, line {len(lines) if 'whole' not in what else 1}" == raised.value.where
    assert b"".join(lines) == path.read_bytes()


def test_questions_that_are_done_are_left_out() -> None:
    """By datapoint, variant and repeat."""
    points = [Datapoint(str(number), "q") for number in range(50)]
    asked = list(questions(points, ["v", "w", "x"], 3))
    done = Done(Places(["v", "w", "x"], 3, datapoints=50))
    for question in asked[::7]:
        assert done.add(question)
        assert not done.add(question)
    assert [each for place, each in enumerate(asked) if place % 7] == list(done.left(asked))
    assert len(asked[::7]) == done.count


def test_memory_is_a_bit_for_each_question() -> None:
    """A million take an eighth of a megabyte."""
    tracemalloc.start()
    done, point = Done(Places(["v"], datapoints=1_000_000)), Datapoint("a", "q")
    for index in range(0, 1_000_000, 5):
        done.add(Question(index, point, "v", 0))
    size = tracemalloc.get_traced_memory()[0]
    tracemalloc.stop()
    assert size < 200_000
