"""Rows of tables about a run: what its variants took, and how far its judges are to be believed. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from evaluations.model import Json
from evaluations.results.exports.wording import number
from evaluations.terminal.report import counted

Code = Callable[[Json], str]
"""A text that is not ours, as the format shows it."""


def spent(variants: Mapping[str, Json], code: Code) -> tuple[list[str], list[list[str]]]:
    """The head, and a row for each variant that answered: latency by percentile, then tokens and cost where counted."""
    percentiles = list(dict.fromkeys(name for found in variants.values() for name in found.get("latency", {})))
    counted = [
        name
        for name in ("input_tokens", "output_tokens", "cost")
        if any(found.get("usage", {}).get(name) for found in variants.values())
    ]
    rows = []
    for variant, found in variants.items():
        latency, usage = found.get("latency", {}), found.get("usage", {})
        if any(value is not None for value in latency.values()) or any(usage.get(name) for name in counted):
            times = [number(latency.get(name)) for name in percentiles]
            rows.append([code(variant), *times, *(_amount(usage.get(name, 0)) for name in counted)])
    head = ["variant", *(f"{name}, s" for name in percentiles), *(name.replace("_", " ") for name in counted)]
    return head, rows


def judges(variants: Mapping[str, Json], code: Code) -> Iterator[list[str]]:
    """A row for each thing that there is to say of an evaluator's judges."""
    for variant, found in variants.items():
        for name, score in found["scores"].items():
            for what, said in _said(score.get("judges") or {}):
                yield [code(variant), code(name), what, said]


def _said(report: Mapping[str, Json]) -> Iterator[tuple[str, str]]:
    for what, words in (("split", "judges differ"), ("contradicted", "a judge contradicts itself"), ("ties", "ties")):
        if report.get(what):
            yield words, counted(report[what], "answer")
    agreement = report.get("agreement")
    if agreement is not None:
        ends = agreement["interval"]
        interval = "none" if ends is None else f"{number(ends[0])} to {number(ends[1])}"
        kappa = f"kappa {number(agreement['kappa'])}, 95 % interval {interval}"
        yield (
            "agreement with people",
            f"{kappa}, bias {number(agreement['bias'])}, {counted(agreement['answers'], 'answer')}",
        )


def _amount(value: float) -> str:
    return f"{value:,}" if isinstance(value, int) else f"{value:.4g}"
