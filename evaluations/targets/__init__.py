"""Targets: what is evaluated. One module per kind, all behind the Protocol in this one."""

from __future__ import annotations

from typing import Protocol

from evaluations.model import Answer, Datapoint, Failure


class Target(Protocol):
    """What a run needs of a model."""

    async def ask(self, datapoint: Datapoint) -> Answer | Failure:
        """Put the question and give the answer, or why there is none. Called for many datapoints at once."""
