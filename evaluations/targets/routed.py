"""A model with several providers: the next one is tried where one brings no answer, as TensorZero's `routing` says."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from typing import TYPE_CHECKING

import msgspec

from evaluations.errors import Complaint
from evaluations.model import Answer, Datapoint, Json, Refusal
from evaluations.shared import Shared
from evaluations.targets.chat import ChatTarget

if TYPE_CHECKING:
    from types import TracebackType

    from typing_extensions import Self


class RoutedTarget:
    """Providers of one model, in the order in which they are tried."""

    def __init__(self, targets: Sequence[ChatTarget]) -> None:
        """They differ in where they are and what they call the model, and in nothing else."""
        self._targets = tuple(targets)
        self._open = Shared(self._opened)

    @asynccontextmanager
    async def _opened(self) -> AsyncIterator[None]:
        async with AsyncExitStack() as stack:
            for target in self._targets:
                await stack.enter_async_context(target)
            yield

    async def __aenter__(self) -> Self:
        """Open them all."""
        await self._open.enter()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close them."""
        await self._open.leave()

    @property
    def identity(self) -> Mapping[str, Json]:
        """All of them, since any may answer; `url` is that of the first."""
        providers = [{**target.identity, "model": target.model} for target in self._targets]
        return {"type": "routed", "url": providers[0]["url"], "providers": providers}

    @property
    def description(self) -> Mapping[str, Json]:
        """All of them, as each describes itself."""
        return {**self.identity, "providers": [dict(target.description) for target in self._targets]}

    @property
    def priced(self) -> bool:
        """Whether every provider has prices, since any may answer."""
        return all(target.priced for target in self._targets)

    def prepare(self, datapoint: Datapoint) -> bytes | Complaint:
        """The request for the first."""
        return self._targets[0].prepare(datapoint)

    async def attempt(self, request: bytes) -> Answer | Refusal:
        """Try each once. Where none answers: what the last said, and whether any may answer later."""
        outcome = await self._targets[0].attempt(request)
        passing = False
        for target in self._targets[1:]:
            if isinstance(outcome, Answer):
                return outcome
            passing = passing or outcome.passing
            outcome = await target.attempt(_addressed(request, target.model))
        if isinstance(outcome, Refusal) and passing and not outcome.passing:
            return Refusal(outcome.failure, passing=True)
        return outcome


def _addressed(request: bytes, model: str) -> bytes:
    fields: dict[str, Json] = msgspec.json.decode(request)
    return msgspec.json.encode({**fields, "model": model})
