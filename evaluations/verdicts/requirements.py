"""Verdicts of their own on what every run must have: few enough errors, enough that was scored, its budgets kept. Pure.

They are said beside the verdict on the run, so that nobody has to find them in its reasons.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from msgspec import Struct

from evaluations.model import Json
from evaluations.verdicts.verdict import Ending, Requirements, Score, Verdict, is_open


class Requirement(Struct, frozen=True):
    """A limit, and what there was of it."""

    name: str
    """As the option that sets it: `max_error_rate`, `min_coverage`, `max_cost`, `max_tokens` or `max_seconds`."""
    limit: float | None
    """None where none was set."""
    value: float | None
    """None where it is not known."""
    verdict: Verdict

    def to_json(self) -> dict[str, Json]:
        """Its part of the summary."""
        return {"name": self.name, "limit": self.limit, "value": self.value, "verdict": self.verdict.value}


def judge(
    scores: Sequence[Score], requirements: Requirements, *, done: int, planned: int, ending: Ending
) -> tuple[Requirement, ...]:
    """The error rate and the coverage of a variant, each of the evaluator with the worst; see `decide_run`."""
    asked = done if ending is Ending.DECIDED else planned
    rate = max((score.errors for score in scores), default=0) / done if done else None
    coverage = min((score.estimate.count for score in scores), default=done) / asked if asked else 0.0
    most, least = requirements.max_error_rate, requirements.min_coverage
    enough = coverage > 0 and coverage >= (least or 0.0)
    opened = is_open(requirements, done=done, planned=planned, ending=ending)

    def verdict(*, met: bool) -> Verdict:
        if opened:
            return Verdict.INCONCLUSIVE
        return Verdict.PASS if met else Verdict.ERROR

    return (
        Requirement("max_error_rate", most, rate, verdict(met=rate is not None and rate <= most)),
        Requirement("min_coverage", least, coverage, verdict(met=enough)),
    )


def kept(name: str, limit: float | None, value: float | None) -> tuple[Requirement, ...]:
    """A budget: kept, passed by what was on its way, or not known to be kept. Nothing where none was set."""
    if limit is None:
        return ()
    if value is None:
        return (Requirement(name, limit, None, Verdict.ERROR),)
    return (Requirement(name, limit, value, Verdict.PASS if value <= limit else Verdict.FAIL),)


def in_words(requirement: Mapping[str, Json]) -> str:
    """A requirement in its JSON form without the verdict, for people: `error rate 0.1, at most 0`."""
    name, limit, value = requirement["name"], requirement["limit"], requirement["value"]
    what = name.partition("_")[2].replace("_", " ")
    found = "unknown" if value is None else f"{value:.4g}"
    bound = "" if limit is None else f", at {'least' if name.startswith('min_') else 'most'} {limit:g}"
    return f"{what} {found}{bound}"
