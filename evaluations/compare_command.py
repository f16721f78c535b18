"""`evaluations compare A B`: reads two results folders and says what changed."""

from __future__ import annotations

import argparse
import json

from evaluations.comparison import Change, Difference, compare
from evaluations.errors import ExitCode
from evaluations.output import write_out
from evaluations.report import counted
from evaluations.results import Pairing, read_pairing

_SHOWN = 10
"""Ids of datapoints that turned, in the form for people; the other form has all."""


def run(arguments: argparse.Namespace) -> ExitCode:
    """No request is made. Raises EvaluationsError."""
    pairing = read_pairing(arguments.before, arguments.after)
    differences = compare(pairing.metrics, arguments.seed)
    worse = any(difference.change is Change.WORSE for difference in differences)
    if arguments.format == "json":
        fields = {
            "type": "comparison",
            "schema": 1,
            "both": pairing.both,
            "only_before": pairing.only_before,
            "only_after": pairing.only_after,
            "unscored": pairing.unscored,
            "metrics": [difference.to_json() for difference in differences],
        }
        write_out(json.dumps(fields, allow_nan=False) + "\n")
    else:
        write_out(pretty(pairing, differences))
    if not differences:
        return ExitCode.RUN_FAILED
    return ExitCode.CUTOFF_MISSED if worse else ExitCode.PASSED


def pretty(pairing: Pairing, differences: tuple[Difference, ...]) -> str:
    """For people: each metric with its difference and interval, what turned, and what could be seen at all."""
    lines = [
        f"{pairing.both:,} datapoints in both runs, {pairing.only_before:,} only in A, {pairing.only_after:,} only in B"
    ]
    lines += [f"  {name}: nothing was scored in both runs" for name, pairs in pairing.metrics.items() if not pairs]
    for difference in differences:
        interval = difference.interval
        ends = "none" if interval is None else f"{interval.low:+.4f} to {interval.high:+.4f}"
        change = difference.after - difference.before
        means = f"A {difference.before:.4f}, B {difference.after:.4f}, difference {change:+.4f}, 95 % interval {ends}"
        pairs = f"{difference.pairs:,} pairs, {pairing.unscored[difference.metric]:,} without a score"
        tested = f"p {difference.p_value:.4g} ({difference.test})"
        corrected = f"{difference.corrected:.4g} corrected for {counted(len(differences), 'metric')}"
        lines += [
            f"  {difference.metric}: {means}, {pairs}",
            f"    {difference.change.value}: {tested}, {corrected}",
            f"    up: {_ids(difference.gained)}",
            f"    down: {_ids(difference.lost)}",
            f"    {_visible(difference)}",
        ]
    return "\n".join(lines) + "\n"


def _ids(identities: tuple[str, ...]) -> str:
    shown = ", ".join(repr(identity) for identity in identities[:_SHOWN])
    more = f", and {len(identities) - _SHOWN:,} more" if len(identities) > _SHOWN else ""
    return f"{len(identities):,}{f' ({shown}{more})' if shown else ''}"


def _visible(difference: Difference) -> str:
    if difference.detectable is None:
        return "so few datapoints turn that no difference could be proven; see `evaluations power`"
    return f"this much data finds a difference of {difference.detectable:.4f} four times in five"
