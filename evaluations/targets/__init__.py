"""Targets: what is evaluated. One module per kind, all behind the Protocol in this one."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Protocol, runtime_checkable

from evaluations.errors import Complaint
from evaluations.model import Answer, Datapoint, Json, Refusal

if TYPE_CHECKING:
    from types import TracebackType

    from typing_extensions import Self


@runtime_checkable
class Described(Protocol):
    """A target that has more to tell of itself than its identity: what each of its requests has in it."""

    @property
    def description(self) -> Mapping[str, Json]:
        """The identity with model, settings, templates and prices, for a run's manifest; no secret."""
        ...

    @property
    def priced(self) -> bool:
        """Whether there are prices to know by what an answer cost. An answer may lack the numbers all the same."""
        ...


def describe(target: Target) -> Mapping[str, Json]:
    """All that a target tells of itself."""
    return target.description if isinstance(target, Described) else target.identity


class Target(Protocol):
    """What a run needs of a model: to make a request, and to try it once. Retries, rates and the cache are the run's.

    An async context manager, which holds connections or processes while it is open.
    """

    @property
    def identity(self) -> Mapping[str, Json]:
        """All that decides an answer beside the request: kind, address, model. Part of the cache's key; no secret."""
        ...

    def prepare(self, datapoint: Datapoint) -> bytes | Complaint:
        """The request as it is sent, or what the datapoint lacks for it. The same datapoint gives the same bytes.

        Asked of each datapoint before the first request, so it is quick and asks nobody.
        """
        ...

    async def attempt(self, request: bytes) -> Answer | Refusal:
        """Try it once. Called for many requests at once. Raises nothing that a server can cause."""
        ...

    async def __aenter__(self) -> Self: ...

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None: ...
