"""What a run asks and scores with, made and not yet open: targets by variant, how each is asked, and evaluators."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import AsyncExitStack

from msgspec import Struct, field

from evaluations.data.dataset import Check
from evaluations.errors import Complaint
from evaluations.evaluators import Evaluator
from evaluations.model import Datapoint
from evaluations.running.asking import Asker, Limiters
from evaluations.running.run import Ask
from evaluations.targets import Target


class Assembly(Struct, frozen=True):
    """The configuration, the command line and the library all make one of these."""

    targets: Mapping[str, Target]
    """By variant."""
    askers: Mapping[str, Asker]
    """By variant: its target with limiter, retries and cache."""
    evaluators: Sequence[Evaluator]
    judges: Sequence[Target] = ()
    """The targets that judges ask."""
    limiters: Limiters = field(default_factory=Limiters)
    """Those of all askers, the judges' included."""

    @property
    def asks(self) -> dict[str, Ask]:
        """How each variant is asked."""
        return {name: asker.ask for name, asker in self.askers.items()}

    @property
    def checks(self) -> list[Check]:
        """What targets and evaluators need of each datapoint, for `Dataset.check`."""
        fits = [_fits(name, target) for name, target in self.targets.items()]
        return [*fits, *(each.check for each in self.evaluators)]

    async def open(self, stack: AsyncExitStack) -> None:
        """Open every target, once each: a program may use one in several places."""
        for target in {id(each): each for each in (*self.targets.values(), *self.judges)}.values():
            await stack.enter_async_context(target)


def _fits(name: str, target: Target) -> Check:
    def check(datapoint: Datapoint) -> Complaint | None:
        request = target.prepare(datapoint)
        return Complaint(f"variant {name}: {request.what}", request.do) if isinstance(request, Complaint) else None

    return check
