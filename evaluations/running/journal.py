"""results.jsonl read back: what an earlier part of a run has done, so that it goes on without asking it again.

The file is the journal: a line is written for each result as soon as it is there. Here it is read in one pass and in
memory that does not depend on the results: one bit for each question.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from pathlib import Path

from evaluations.errors import UsageError
from evaluations.model import NOTHING, Answer, Datapoint, Failure, Json, Rating, Result, ToolCall, Usage
from evaluations.results.sound import flaw
from evaluations.running.order import Places
from evaluations.running.run import Question

_FOREIGN = "a result of another run"
_MEND = "take the line out, and its question is asked again, or run into another folder"


class Done:
    """Which questions have a result: one bit each."""

    def __init__(self, places: Places) -> None:
        self._places = places
        self._bits = bytearray((len(places) + 7) >> 3)
        self.count = 0

    def add(self, asked: Result | Question) -> bool:
        """Note it. False where it was noted before. Raises LookupError for what is no question of this run."""
        place, bit = self._place(asked)
        if self._bits[place] & bit:
            return False
        self._bits[place] |= bit
        self.count += 1
        return True

    def __contains__(self, question: Question) -> bool:
        place, bit = self._place(question)
        return bool(self._bits[place] & bit)

    def left(self, questions: Iterable[Question]) -> Iterator[Question]:
        """The questions that have no result yet."""
        return (each for each in questions if each not in self)

    def _place(self, asked: Result | Question) -> tuple[int, int]:
        number = self._places.of(asked)
        return number >> 3, 1 << (number & 7)


def read_back(
    path: Path, places: Places, take: Callable[[Result], None], *, evaluators: Collection[str] | None = None
) -> Done:
    """Hand each result of an earlier part to `take`, in the order of the file, and say which they are.

    A last line that a kill tore is cut off the file, and so is what a machine that lost its power left after its last
    sound line. No file is no result. Raises UsageError for any other line that is no result of this run, that is not
    scored by `evaluators`, or that is a second one for the same question.
    """
    done = Done(places)
    if not path.exists():
        return done
    with path.open("rb") as file:
        place = number = 0
        for line in file:
            number += 1
            result = _read(line)
            if result is None:
                break
            try:
                new = done.add(result)
            except LookupError:
                raise _wrong(path, number, _FOREIGN) from None
            if evaluators is not None and result.ratings.keys() != set(evaluators):
                raise _wrong(path, number, _FOREIGN)
            if not new:
                raise _wrong(path, number, "a second result for the same question")
            take(result)
            place += len(line)
        else:
            return done
        if _is_whole(line) or any(map(_is_whole, file)):
            raise _wrong(path, number, "no whole result")
    _cut(path, place)
    return done


def read_result(line: Mapping[str, Json]) -> Result:
    """The result that `result_line` made the line of. Raises LookupError, TypeError or ValueError where it is none.

    Metadata is not in the line. Answers' seconds are there to the microsecond.
    """
    point = Datapoint(line["id"], line["input"], line["reference"], line["group"], tuple(line["tags"]))
    failures = {
        name: Failure(each["cause"], each["message"], line["attempts"], _usage(line, name))
        for name, each in line["errors"].items()
    }
    answer: Answer | Failure
    if "seconds" in line:
        answer = _answer(line)
    else:
        answer = next(iter(failures.values()), Failure("unknown", "no evaluator", line["attempts"]))
    reasons, details = line.get("reasons", {}), line.get("details", {})
    ratings = {
        name: failures[name]
        if score is None
        else Rating(score, reasons.get(name), _usage(line, name), details.get(name, {}))
        for name, score in line["scores"].items()
    }
    return Result(point, answer, ratings, line["variant"], line["repeat"], line["index"])


def _usage(line: Mapping[str, Json], evaluator: str) -> Usage:
    taken = line.get("judging", {}).get(evaluator)
    return NOTHING if taken is None else Usage.from_json(taken)


def _answer(line: Mapping[str, Json]) -> Answer:
    return Answer(
        line["answer"],
        line["seconds"],
        line["attempts"],
        tuple(ToolCall(call["name"], call["arguments"]) for call in line.get("tool_calls", ())),
        line.get("refusal"),
        line["finish"],
        Usage.from_json(line["usage"]),
        line["cached"],
    )


def _read(line: bytes) -> Result | None:
    if not line.endswith(b"\n"):
        return None
    try:
        fields = json.loads(line)
        return None if flaw(fields, "result") else read_result(fields)
    except (ValueError, LookupError, TypeError, AttributeError, RecursionError):
        return None


def _is_whole(line: bytes) -> bool:
    """Whether it was written to its end, so that no crash made it what it is, and nobody may take it away."""
    try:
        return line.endswith(b"\n") and isinstance(json.loads(line), dict)
    except (ValueError, RecursionError):
        return False


def _wrong(path: Path, number: int, what: str) -> UsageError:
    return UsageError(f"the line is {what}", where=f"{path}, line {number}", do=_MEND)


def _cut(path: Path, size: int) -> None:
    with path.open("r+b") as file:
        file.truncate(size)
        os.fsync(file.fileno())
