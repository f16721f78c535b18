"""A program as an evaluator: it reads a JSON line for each answer, and writes a JSON line with its score."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from typing import ClassVar

from msgspec.structs import asdict

from evaluations.errors import Complaint, UsageError
from evaluations.evaluators.scale import Scale, read_score
from evaluations.model import Answer, Datapoint, Failure, Json, Rating
from evaluations.processes import WorkerError, Workers


class LateWorkers:
    """Processes that are started when the first score is wanted: checking a data set starts nothing."""

    def __init__(self, workers: Workers, identify: Callable[[], Mapping[str, Json]] = dict) -> None:
        """`identify` says which program it is, from its files as they are."""
        self._workers = workers
        self.identify = identify
        self._starting = asyncio.Lock()
        self._started = False

    async def ask(self, question: Mapping[str, Json]) -> Mapping[str, Json]:
        """The program's object. Raises WorkerError, and UsageError where it can't be started."""
        if not self._started:
            async with self._starting:
                if not self._started:
                    await self._workers.__aenter__()
                    self._started = True
        return (await self._workers.ask(question)).fields

    async def end(self) -> None:
        """End those that were started."""
        if self._started:
            self._started = False
            await self._workers.__aexit__(None, None, None)


class Command(Scale, frozen=True, kw_only=True):
    """What a program says of an answer.

    It reads `{"id", "datapoint": {"id", "input", "reference", "group", "tags", "metadata"}, "answer": {"text",
    "tool_calls", "refusal", "finish", "seconds"}}`, and writes `{"id", "score", "reason"}`: the same `id`, a number on
    the scale, or true or false, and in words why, if it likes; or `{"id", "error"}`. Then it reads the next line. One
    that dies, does not answer in time, or says something else is an error of that score; for the next, a new one is
    started.
    """

    kind: ClassVar[str] = "command"
    workers: LateWorkers
    requires_reference: bool = False

    @property
    def identity(self) -> Mapping[str, Json]:
        """The command, and the files that are its program."""
        return {"type": self.kind, **self.workers.identify(), "requires_reference": self.requires_reference}

    def check(self, datapoint: Datapoint) -> Complaint | None:
        """A reference, where the settings say that one is required."""
        return self.lacks_reference(datapoint) if self.requires_reference else None

    async def score(self, datapoint: Datapoint, answer: Answer) -> Rating | Failure:
        """What the program said, or why that is no score."""
        try:
            reply = await self.workers.ask(question_of(datapoint, answer))
        except (WorkerError, UsageError) as error:
            return Failure("evaluator", f"{self.name}: {error}")
        if "error" in reply:
            return Failure("evaluator", f"{self.name}: {str(reply['error'])[:500]}")
        if "score" not in reply:
            return Failure("evaluator", f'{self.name}: the program\'s line has neither "score" nor "error"')
        reason = reply.get("reason")
        return read_score(self, reply["score"], None if reason is None else str(reason))


def question_of(datapoint: Datapoint, answer: Answer) -> dict[str, Json]:
    """What the program reads, but for the `id` of the question."""
    return {
        "datapoint": {
            "id": datapoint.id,
            "input": datapoint.input,
            "reference": datapoint.reference,
            "group": datapoint.group,
            "tags": datapoint.tags,
            "metadata": dict(datapoint.metadata),
        },
        "answer": {
            "text": answer.text,
            "tool_calls": [asdict(call) for call in answer.tool_calls],
            "refusal": answer.refusal,
            "finish": answer.finish,
            "seconds": answer.seconds,
        },
    }
