"""The words of an evaluation as values: datapoints, answers, failures and results. No input or output here."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

Json = Any
"""What `json.loads` gives: dict, list, str, int, float, bool or None."""

Message = Mapping[str, Json]
"""A chat message of the OpenAI protocol: `role`, `content`, and what else the endpoint knows."""


@dataclass(frozen=True)
class Datapoint:
    """One question of a data set."""

    id: str
    """Unique in its data set; the line number where the data set gives none."""
    messages: tuple[Message, ...]
    reference: Json = None
    """The answer that is right, or None where the data set gives none."""
    group: str | None = None
    """Datapoints of one group, such as questions on one document, are not independent of each other."""


@dataclass(frozen=True)
class Answer:
    """What the model said."""

    text: str | None
    """None where the model answered without text: a refusal or a tool call."""
    seconds: float = 0.0
    """From sending the last attempt to having read its answer."""
    attempts: int = 1


@dataclass(frozen=True)
class Failure:
    """Why there is no answer, or no score. A value, so that it is counted and never lost."""

    cause: str
    """A short word that failures are grouped by: `http_500`, `timeout`, `connection`, `response`, `evaluator`."""
    message: str
    """One line for people."""
    attempts: int = 1


@dataclass(frozen=True)
class Result:
    """One datapoint, asked and scored."""

    datapoint: Datapoint
    answer: Answer | Failure
    scores: Mapping[str, float | Failure]
    """By the evaluator's name; all are the answer's Failure where there is no answer."""

    @property
    def failure(self) -> Failure | None:
        """The first thing that went wrong with this datapoint."""
        return next((score for score in self.scores.values() if isinstance(score, Failure)), None)

    def to_json(self) -> dict[str, Json]:
        """A line of results: what was asked, what came, and each score or the reason why there is none."""
        answer = self.answer
        line: dict[str, Json] = {
            "type": "datapoint",
            "id": self.datapoint.id,
            "group": self.datapoint.group,
            "reference": self.datapoint.reference,
            "answer": None if isinstance(answer, Failure) else answer.text,
            "scores": {name: None if isinstance(score, Failure) else score for name, score in self.scores.items()},
            "errors": {
                name: {"cause": score.cause, "message": score.message}
                for name, score in self.scores.items()
                if isinstance(score, Failure)
            },
            "attempts": answer.attempts,
        }
        if isinstance(answer, Answer):
            line["seconds"] = round(answer.seconds, 6)
        return line
