"""From the votes of several judges to one score. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from statistics import fmean, median

from msgspec import Struct
from msgspec.structs import replace

from evaluations.model import NOTHING, Failure, Json, Rating, Usage


class Vote(Struct, frozen=True):
    """What one judge says."""

    judge: str
    value: float
    reason: str | None = None
    usage: Usage = NOTHING
    contradiction: str | None = None
    """For a judge that did not say the same with the answers swapped: the position that it favoured."""


def combine(votes: Sequence[Vote | Failure], method: str, worse: float = 0.0) -> Rating | Failure:
    """One score of all votes, by `majority`, `mean` or `median`; `worse` is what a tie of a majority counts as.

    A mean or a median needs every vote. A majority is more than half of all judges, those that failed included; where
    their votes could turn it, there is no score.
    """
    usage = sum((vote.usage for vote in votes), NOTHING)  # what all of them took was taken
    given = [vote for vote in votes if isinstance(vote, Vote)]
    failures = [vote for vote in votes if isinstance(vote, Failure)]
    if method == "majority":
        better = sum(vote.value != worse for vote in given)
        if (2 * better > len(votes)) != (2 * (better + len(failures)) > len(votes)):
            return replace(failures[0], usage=usage)
        return _judgement(given, 1 - worse if 2 * better > len(votes) else worse, usage)
    if failures:
        return replace(failures[0], usage=usage)
    values = [vote.value for vote in given]
    return _judgement(given, fmean(values) if method == "mean" else median(values), usage)


def _judgement(votes: Sequence[Vote], value: float, usage: Usage) -> Rating:
    details = dict[str, Json]()
    if len(votes) > 1:
        details["votes"] = {vote.judge: vote.value for vote in votes}
    told = _told(votes, value, details)
    contradictions = {vote.judge: vote.contradiction for vote in votes if vote.contradiction}
    if contradictions:
        details["contradictions"] = contradictions
    reasons = [vote.reason for vote in votes] if len(votes) == 1 else [_said(vote) for vote in votes]
    return Rating(value, " | ".join(filter(None, [told, *reasons])) or None, usage, details)


def _told(votes: Sequence[Vote], value: float, details: dict[str, Json]) -> str:
    """Whether the judges differ, in words; noted in `details` too."""
    values = [vote.value for vote in votes]
    low, high = min(values), max(values)
    if low == high:
        return ""
    details["agreed"] = False
    ends = {low: values.count(low), high: values.count(high)}
    if value in ends and sum(ends.values()) == len(values):
        if ends[low] == ends[high]:
            details["tie"] = True
            return f"tie {ends[low]} to {ends[high]}, counted as {value:g}"
        return f"split {max(ends.values())} to {min(ends.values())}"
    return f"split from {low:g} to {high:g}"


def _said(vote: Vote) -> str:
    return f"{vote.judge}: {vote.value:g}" + (f" ({vote.reason})" if vote.reason else "")
