"""A limit on what a run costs, refused where nobody could ever say what it cost."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from evaluations.assembly import Assembly
from evaluations.errors import UsageError
from evaluations.running.budget import Budget
from evaluations.targets import Described, Target, describe
from evaluations.verdicts.cutoffs import COST, Cutoff


def refuse_unpriced(assembly: Assembly, cutoffs: Sequence[Cutoff], budget: Budget) -> None:
    """Raises UsageError where there is a cutoff on the cost, or a budget, and a target or a judge without prices.

    What answers lack beside that is only known when they come: it makes the cutoff or the budget an error.
    """
    limits = [f"--cutoff {COST}={cutoff.bound:g}" for cutoff in cutoffs if cutoff.metric == COST]
    if budget.cost is not None:
        limits.append(f"--max-cost {budget.cost:g}")
    unpriced = ", ".join(dict.fromkeys(_unpriced(assembly))) if limits else ""
    if unpriced:
        raise UsageError(
            f"nobody can say what this run costs: {unpriced} has no prices",
            where=" and ".join(limits),
            do="give its model's providers a `cost` in the configuration, or take the limit out",
        )


def _unpriced(assembly: Assembly) -> Iterator[str]:
    yield from (f"variant {name}" for name, target in assembly.targets.items() if not _is_priced(target))
    for judge in assembly.judges:
        if not _is_priced(judge):
            yield f"the judge {describe(judge).get('model', '')}".rstrip()


def _is_priced(target: Target) -> bool:
    return not isinstance(target, Described) or target.priced
