"""The two sides of a comparison: a variant of a run each, and whether their evaluators can be compared."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from evaluations.errors import UsageError
from evaluations.model import Json
from evaluations.results.reading import Run

_ENDINGS = {
    "budget": "the budget was used up",
    "decided": "it was stopped when it was decided",
    "interrupted": "it was interrupted",
}


class Side(NamedTuple):
    """One variant of a run."""

    run: Run
    variant: str

    def __str__(self) -> str:
        """For messages."""
        return f"{self.run.path}, variant {self.variant}"

    @property
    def planned(self) -> int:
        """Datapoints that were to be asked."""
        return int(self.run.manifest["dataset"]["count"])

    @property
    def caveats(self) -> tuple[str, ...]:
        """Why the run itself says that little can be concluded from it."""
        summary = self.run.summary
        if summary is None:
            return ("the run has not ended: it has no summary",)
        found = summary["variants"][self.variant]
        caveats = (
            []
            if summary["complete"]
            else [f"the run is not complete: {_ENDINGS.get(summary['ending'], summary['ending'])}"]
        )
        if found["verdict"] == "error":
            caveats += [f"its verdict is error: {reason}" for reason in found["reasons"]]
        return tuple(caveats)


def choose(before: Run, after: Run | None, names: Sequence[str] | None) -> tuple[Side, Side]:
    """A's variant and B's, or two variants of one run. UsageError where it is not clear which are meant.

    Names are needed where there is a choice: none where each run has one variant, or the only run has two.
    """
    other = before if after is None else after
    if not names:
        names = before.variants if after is None else (*before.variants, *after.variants)
    if len(names) != 2 or (after is None and names[0] == names[1]):
        have = ", ".join(dict.fromkeys((*before.variants, *other.variants)))
        what, do = "two variants are compared", "add --variants BEFORE AFTER"
        raise UsageError(f"{what}, and there are: {have}", where="--variants", do=do)
    sides = Side(before, names[0]), Side(other, names[1])
    for run, name in sides:
        if name not in run.variants:
            do = f"give one of these: {', '.join(run.variants)}"
            raise UsageError(f"there is no variant {name!r} in {run.path}", where="--variants", do=do)
    return sides


def other_evaluators(before: Side, after: Side, names: Sequence[str]) -> Iterator[str]:
    """Evaluators whose name is all that they share. UsageError where their scores mean something else."""
    old, new = _evaluators(before), _evaluators(after)
    for name in names:
        if before.run.scales[name] != after.run.scales[name]:
            what = f"evaluator {name!r} has another scale in each run"
            do = "run both with the same evaluators, or give one of them another name"
            raise UsageError(what, where=f"{before}; {after}", do=do)
        if old[name] != new[name]:
            yield f"evaluator {name} is not set up alike in both runs: a difference may be the evaluator's"


def _evaluators(side: Side) -> dict[str, Mapping[str, Json]]:
    return {each["name"]: each for each in side.run.manifest["evaluators"]}
