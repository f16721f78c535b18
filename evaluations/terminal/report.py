"""What people read: the summary after a run, and the line of progress during it. Pure: values in, text out."""

from __future__ import annotations

from collections.abc import Sequence

from evaluations.model import Usage
from evaluations.statistics.interval import Interval
from evaluations.verdicts.estimates import Estimate
from evaluations.verdicts.requirements import Requirement, in_words
from evaluations.verdicts.summary import RunSummary, Summary
from evaluations.verdicts.verdict import Ending, Score

_ENDINGS = {
    Ending.COMPLETE: "",
    Ending.DECIDED: " (stopped when it was decided)",
    Ending.BUDGET: " (ended by a budget)",
    Ending.INTERRUPTED: " (incomplete)",
}


def pretty(run: RunSummary, seconds: float, *, ended_by: str | None = None, cached: int = 0) -> str:
    """The summary as lines of text, errors beside each score, the verdict last.

    `ended_by` says which budget ended the run, and `cached` how many of the answers came out of the cache.
    """
    head = f"{run.done:,} of {run.planned:,} {'answers' if len(run.variants) > 1 else 'datapoints'}"
    lines = [f"{head} in {seconds:.1f} s, {counted(run.errors, 'error')}{_cached(cached)}{_paid(run.usage)}"]
    for name, summary in run.variants.items():
        if len(run.variants) > 1:
            lines.append(f"{name}: {summary.verdict.value}")
        lines += [f"  {line}" for line in _variant(summary)]
    lines += _required(run.budgets)
    ending = f" ({ended_by})" if run.ending is Ending.BUDGET and ended_by else _ENDINGS[run.ending]
    lines.append(f"verdict: {run.verdict.value}{ending}")
    lines.extend(f"  {reason}" for reason in run.reasons)
    return "\n".join(lines) + "\n"


def _variant(summary: Summary) -> list[str]:
    lines = []
    for score in summary.scores:
        lines.append(f"{score.evaluator}: {_found(score.estimate)}, {counted(score.errors, 'error')}")
        lines += [f"  {name}: {_found(estimate)}" for name, estimate in score.reliability.items()]
        lines += _judges(score)
    for name, cause in summary.causes.items():
        times = counted(cause.count, "time")
        lines.append(f"error {name}: {times}, first at datapoint {cause.example!r}: {cause.message}")
    lines += _required(summary.requirements)
    if summary.latency.get("p50") is not None:
        lines.append(f"latency: {', '.join(f'{name} {value:.3g} s' for name, value in summary.latency.items())}")
    return lines


def _required(requirements: Sequence[Requirement]) -> list[str]:
    """A line for all of them: what there was, what it had to be, and what that means."""
    found = [f"{in_words(each.to_json())}: {each.verdict.value}" for each in requirements]
    return ["; ".join(found)] if found else []


def _judges(score: Score) -> list[str]:
    """How far judges agree with people, and with each other."""
    if score.judges is None:
        return []
    lines = [f"  {what}: {score.judges[what]:,} answers" for what in ("split", "contradicted") if score.judges[what]]
    labels, agreement = score.judges["labels"], score.judges["agreement"]
    if labels is not None and not labels["used"]:
        lines.append(f"  none of the {counted(labels['given'], 'label')} is for an answer of this run")
    elif agreement is not None and agreement["kappa"] is not None:
        low, high = agreement["interval"]
        found = f"kappa {agreement['kappa']:.2f}, 95 % interval {low:.2f} to {high:.2f}, bias {agreement['bias']:+.2f}"
        lines.append(f"  agreement with people on {counted(agreement['answers'], 'answer')}: {found}")
    return lines


def progress(done: int, failed: int, planned: int, seconds: float, usage: Usage) -> str:
    """One line: how far, how fast, how many errors, what it took, how much longer."""
    rate = done / seconds if seconds > 0 else 0.0
    left = f"{_duration((planned - done) / rate)} left" if rate else "no answer yet"
    share = 100 * done / planned if planned else 100.0
    head = f"{done:,} of {planned:,} ({share:.0f} %), {rate:,.0f}/s, {counted(failed, 'error')}"
    return f"{head}{_paid(usage)}, {left}"


def _paid(usage: Usage) -> str:
    tokens = usage.input_tokens + usage.output_tokens
    more = f" (unknown of {counted(usage.unpriced, 'answer')})" if usage.unpriced else ""
    return (f", {tokens:,} tokens" if tokens else "") + (f", cost {usage.cost:.4g}{more}" if usage.cost else "")


def _cached(number: int) -> str:
    return f", {counted(number, 'answer')} from the cache" if number else ""


def _found(estimate: Estimate) -> str:
    interval = _interval(estimate.interval)
    return f"mean {_number(estimate.mean)}, 95 % interval {interval}, scored {estimate.count:,}"


def counted(number: int, noun: str) -> str:
    """The number with its noun."""
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def _number(value: float | None) -> str:
    return "none" if value is None else f"{value:.4f}"


def _interval(interval: Interval | None) -> str:
    return "none" if interval is None else f"{interval.low:.4f} to {interval.high:.4f}"


def _duration(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    if hours:
        return f"{hours} h {minutes} min"
    return f"{minutes} min {rest} s" if minutes else f"{rest} s"
