"""`evaluations compare A B`: reads two runs, or two variants of one, and says what changed."""

from __future__ import annotations

import argparse
import json

from evaluations.errors import ExitCode
from evaluations.model import Json
from evaluations.results.comparing import compare_runs
from evaluations.results.pairing import Pairing
from evaluations.terminal.output import write_out
from evaluations.terminal.report import counted
from evaluations.verdicts.comparison import Difference, Pair
from evaluations.verdicts.summary import EXITS
from evaluations.verdicts.verdict import Verdict

_SHOWN = 10
"""Datapoints that turned, in the form for people; the other form has all."""


def run(arguments: argparse.Namespace) -> ExitCode:
    """Of the folders `before` and `after`, and the names in `variants`; the last two may be None. EvaluationsError."""
    found = compare_runs(
        arguments.before,
        arguments.after,
        arguments.variants,
        min_coverage=arguments.min_coverage,
        seed=arguments.seed,
    )
    pairing = found.pairing
    if arguments.format == "json":
        fields = {
            "type": "comparison",
            "schema": 1,
            "verdict": found.verdict.value,
            "reasons": list(found.reasons),
            "variants": {"before": pairing.before.variant, "after": pairing.after.variant},
            "both": pairing.both,
            "only_before": pairing.only_before,
            "only_after": pairing.only_after,
            "unscored": pairing.unscored,
            "coverage": pairing.coverage,
            "caveats": {"before": list(pairing.before.caveats), "after": list(pairing.after.caveats)},
            "notes": list(pairing.notes),
            "metrics": [_metric(difference, pairing) for difference in found.differences],
        }
        write_out(json.dumps(fields, allow_nan=False) + "\n")
    else:
        write_out(pretty(pairing, found.differences) + _concluded(found.verdict, found.reasons))
    return EXITS[found.verdict]


def pretty(pairing: Pairing, differences: tuple[Difference, ...]) -> str:
    """For people: each metric with its difference and interval, what turned, and what could be seen at all."""
    alone = f"{pairing.only_before:,} only in A, {pairing.only_after:,} only in B"
    lines = []
    for name, side in (("A", pairing.before), ("B", pairing.after)):
        lines += [f"{name}: {side}", *(f"  {caveat}" for caveat in side.caveats)]
    lines += [f"note: {note}" for note in pairing.notes]
    lines.append(f"{counted(pairing.both, 'datapoint')} in both, {alone}")
    for difference in differences:
        interval = difference.interval
        ends = "none" if interval is None else f"{interval.low:+.4f} to {interval.high:+.4f}"
        change = difference.after - difference.before
        means = f"A {difference.before:.4f}, B {difference.after:.4f}, difference {change:+.4f}, 95 % interval {ends}"
        pairs = f"{difference.pairs:,} pairs, {pairing.unscored[difference.metric]:,} without a score"
        tested = f"p {difference.p_value:.4g} ({difference.test})"
        corrected = f"{difference.corrected:.4g} corrected for {counted(len(differences), 'metric')}"
        turned = _turned(pairing.metrics[difference.metric])
        lines += [
            f"  {difference.metric}: {means}, {pairs}",
            f"    {difference.change.value}: {tested}, {corrected}",
            f"    up: {_listed([pair for pair in turned if pair.after > pair.before])}",
            f"    down: {_listed([pair for pair in turned if pair.after < pair.before])}",
            f"    {_visible(difference)}",
        ]
    return "\n".join(lines) + "\n"


def _concluded(verdict: Verdict, reasons: tuple[str, ...]) -> str:
    words = {Verdict.PASS: "pass: nothing is proven to be worse"}.get(verdict, verdict.value)
    return "".join(f"{line}\n" for line in (f"verdict: {words}", *(f"  {reason}" for reason in reasons)))


def _metric(difference: Difference, pairing: Pairing) -> dict[str, Json]:
    turned = _turned(pairing.metrics[difference.metric])
    listed = [{"id": pair.id, "before": pair.before, "after": pair.after} for pair in turned]
    return {**difference.to_json(), "turned": listed}


def _turned(pairs: list[Pair]) -> list[Pair]:
    """Those with another score in B, the greatest change first."""
    turned = [pair for pair in pairs if pair.after != pair.before]
    return sorted(turned, key=lambda pair: -abs(pair.after - pair.before))


def _listed(pairs: list[Pair]) -> str:
    shown = ", ".join(f"{pair.id!r} {pair.before:.4g} to {pair.after:.4g}" for pair in pairs[:_SHOWN])
    more = f", and {len(pairs) - _SHOWN:,} more" if len(pairs) > _SHOWN else ""
    return f"{len(pairs):,}{f' ({shown}{more})' if shown else ''}"


def _visible(difference: Difference) -> str:
    if difference.detectable is None:
        return "so few datapoints turn that no difference could be proven; see `evaluations power`"
    return f"this much data finds a difference of {difference.detectable:.4f} four times in five"
