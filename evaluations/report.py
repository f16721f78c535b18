"""What people read: the summary after a run, and the line of progress during it. Pure: values in, text out."""

from __future__ import annotations

from evaluations.statistics.interval import Interval
from evaluations.summary import Summary
from evaluations.verdicts import Ending

_ENDINGS = {
    Ending.COMPLETE: "",
    Ending.DECIDED: " (stopped when it was decided)",
    Ending.INTERRUPTED: " (incomplete)",
}


def pretty(summary: Summary, seconds: float) -> str:
    """The summary as lines of text, errors beside each score, the verdict last."""
    lines = [
        f"{summary.done:,} of {summary.planned:,} datapoints in {seconds:.1f} s, {counted(summary.errors, 'error')}"
    ]
    for score in summary.scores:
        estimate = score.estimate
        found = [
            f"mean {_number(estimate.mean)}",
            f"95 % interval {_interval(estimate.interval)}",
            f"scored {estimate.count:,}",
            counted(score.errors, "error"),
        ]
        lines.append(f"  {score.evaluator}: {', '.join(found)}")
    for name, cause in summary.causes.items():
        times = counted(cause.count, "time")
        lines.append(f"  error {name}: {times}, first at datapoint {cause.example!r}: {cause.message}")
    if summary.latency.get("p50") is not None:
        lines.append(f"  latency: {', '.join(f'{name} {value:.3g} s' for name, value in summary.latency.items())}")
    lines.append(f"verdict: {summary.verdict.value}{_ENDINGS[summary.ending]}")
    lines.extend(f"  {reason}" for reason in summary.reasons)
    return "\n".join(lines) + "\n"


def progress(done: int, failed: int, planned: int, seconds: float) -> str:
    """One line: how far, how fast, how many errors, how much longer."""
    rate = done / seconds if seconds > 0 else 0.0
    left = f"{_duration((planned - done) / rate)} left" if rate else "no answer yet"
    share = 100 * done / planned if planned else 100.0
    return f"{done:,} of {planned:,} ({share:.0f} %), {rate:,.0f}/s, {counted(failed, 'error')}, {left}"


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
