"""The words of an evaluation as values: datapoints, answers, failures and results. No input or output here."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from msgspec import Struct, field

Json = Any
"""What `json.loads` gives: dict, list, str, int, float, bool or None."""

Message = Mapping[str, Json]
"""A chat message of the OpenAI protocol: `role`, `content`, and what else the endpoint knows."""


class Datapoint(Struct, frozen=True):
    """One question of a data set."""

    id: str
    """Unique in its data set; the line number where the data set gives none."""
    input: Json
    """The question: a text, a list of messages, or an object of arguments for the target's templates."""
    reference: Json = None
    """The answer that is right, or None where the data set gives none."""
    group: str | None = None
    """Datapoints of one group, such as questions on one document, are not independent of each other."""
    tags: tuple[str, ...] = ()
    metadata: Mapping[str, Json] = field(default_factory=dict)
    """Whatever else the data set says of it; Python evaluators see it, nothing else does."""


class ToolCall(Struct, frozen=True):
    """A tool that the model wants called."""

    name: str
    arguments: str
    """As the model wrote them: usually a JSON object, but nothing forces a model to write one."""


class Usage(Struct, frozen=True):
    """What answers took, as their servers count it, and how many answers are not in these numbers."""

    input_tokens: int = 0
    output_tokens: int = 0
    cost: float = 0.0
    """In the currency of the prices that the configuration gives."""
    uncounted: int = 0
    """Answers that do not say how many tokens they took."""
    unpriced: int = 0
    """Answers whose cost is not known: without prices, or without the numbers that prices are for."""

    def __add__(self, other: Usage) -> Usage:
        return Usage(
            self.input_tokens + other.input_tokens,
            self.output_tokens + other.output_tokens,
            self.cost + other.cost,
            self.uncounted + other.uncounted,
            self.unpriced + other.unpriced,
        )

    def to_json(self) -> dict[str, Json]:
        """As every file has it: null where nothing is known, so that what is unknown is never taken for nothing."""
        counted, priced = self.input_tokens or self.output_tokens or not self.uncounted, self.cost or not self.unpriced
        return {
            "input_tokens": self.input_tokens if counted else None,
            "output_tokens": self.output_tokens if counted else None,
            "cost": round(self.cost, _PLACES) if priced else None,
            "uncounted": self.uncounted,
            "unpriced": self.unpriced,
        }

    @classmethod
    def from_json(cls, fields: Mapping[str, Json]) -> Usage:
        """What `to_json` made. Raises LookupError or TypeError."""
        return cls(
            fields["input_tokens"] or 0,
            fields["output_tokens"] or 0,
            fields["cost"] or 0.0,
            fields["uncounted"],
            fields["unpriced"],
        )


_PLACES = 12
"""Digits of a cost after the point: below any price of a token, above what adding leaves of rounding."""
NOTHING = Usage()
"""Nobody was asked, or it came out of the cache."""
UNKNOWN = Usage(uncounted=1, unpriced=1)
"""Of one answer that says nothing of it."""


class Answer(Struct, frozen=True):
    """What the model said."""

    text: str | None
    """None where the model answered without text: a refusal or a tool call."""
    seconds: float = 0.0
    """From sending the last attempt to having read its answer."""
    attempts: int = 1
    tool_calls: tuple[ToolCall, ...] = ()
    refusal: str | None = None
    """Why the model declined, in its words, where the protocol has a field for that."""
    finish: str | None = None
    """Why it stopped: `stop`, `length`, `tool_calls` or another word of the server."""
    usage: Usage = UNKNOWN
    cached: bool = False
    """Whether it came out of the cache. Its seconds are those of the request that was once made."""


class Failure(Struct, frozen=True):
    """Why there is no answer, or no score. A value, so that it is counted and never lost."""

    cause: str
    """A short word that failures are grouped by: `http_500`, `timeout`, `connection`, `response`, `evaluator`."""
    message: str
    """One line for people."""
    attempts: int = 1
    usage: Usage = NOTHING
    """What was taken all the same, such as by judges whose replies make no score."""


class Refusal(Struct, frozen=True):
    """An attempt that brought no answer."""

    failure: Failure
    passing: bool
    """Whether the same request may succeed later."""
    wait: float | None = None
    """Seconds that the server asks for (Retry-After), or None where it does not say."""
    overload: bool = False
    """Whether the server says that it is asked too much (429, 503): fewer requests at once may help."""


class Rating(Struct, frozen=True):
    """A score with what led to it."""

    value: float
    reason: str | None = None
    """In words, for people: a judge's explanation, or the first difference found."""
    usage: Usage = NOTHING
    """What the judges' answers took."""
    details: Mapping[str, Json] = field(default_factory=dict)
    """Of judges and of people who labelled the answer; each only where it says something.

    `votes`: each judge's score by its name, where there are several. `agreed`: false where they differ. `tie`: true.
    `contradictions`: by judge, which position it favoured: `first`, `second`, or `neither` where it said tie one time.
    `label`: what people say. `judge`: what the judges say of an answer with a label, or null with `error`.
    """


class Result(Struct, frozen=True):
    """One datapoint, asked and scored."""

    datapoint: Datapoint
    answer: Answer | Failure
    ratings: Mapping[str, Rating | Failure]
    """By the evaluator's name; all are the answer's Failure where there is no answer."""
    variant: str = ""
    repeat: int = 0
    """Which of the times that it was asked, from 0."""
    index: int = 0
    """The datapoint's place in what is asked, from 0: with variant and repeat, what tells results apart."""

    @property
    def failure(self) -> Failure | None:
        """The first thing that went wrong with this datapoint."""
        return next((rating for rating in self.ratings.values() if isinstance(rating, Failure)), None)

    @property
    def usage(self) -> Usage:
        """Of the answer and its judges; what came out of the cache cost nothing now."""
        total = self.answer.usage if isinstance(self.answer, Answer) and not self.answer.cached else NOTHING
        for rating in self.ratings.values():
            if rating.usage is not NOTHING:
                total += rating.usage
        return total
