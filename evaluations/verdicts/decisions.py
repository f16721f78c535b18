"""The verdict on one cutoff, by each kind of gate. Pure."""

from __future__ import annotations

from evaluations.statistics.interval import CONFIDENCE, Interval
from evaluations.statistics.planning import count_to_decide
from evaluations.statistics.sequences import ConfidenceSequence
from evaluations.verdicts.cutoffs import Cutoff
from evaluations.verdicts.estimates import Estimate
from evaluations.verdicts.verdict import Decision, Verdict


def decide_mean(cutoff: Cutoff, estimate: Estimate) -> Decision:
    """`--gate mean`: whether the mean of what was scored reaches the cutoff."""
    mean = estimate.mean
    if mean is None:
        return _nothing(cutoff)
    missed = mean > cutoff.threshold if cutoff.at_most else mean < cutoff.threshold
    if missed:
        side = "above" if cutoff.at_most else "below"
        return Decision(
            Verdict.FAIL, f"{cutoff.metric}: {cutoff.subject} {mean:.6g} is {side} the cutoff {cutoff.threshold:g}"
        )
    return Decision(
        Verdict.PASS, f"{cutoff.metric}: {cutoff.subject} {mean:.6g} reaches the cutoff {cutoff.threshold:g}"
    )


def decide_sum(cutoff: Cutoff, total: float, unknown: int) -> Decision:
    """Whether a sum, which is what it is, stays within the cutoff; an error where parts of it are not known."""
    if unknown:
        what = f"{cutoff.subject} is unknown: {unknown:,} answers came without it"
        return Decision(Verdict.ERROR, f"{cutoff.metric}: {what}; {total:.6g} is known")
    missed = total > cutoff.threshold if cutoff.at_most else total < cutoff.threshold
    found = f"{cutoff.metric}: {cutoff.subject} {total:.6g}"
    if missed:
        return Decision(
            Verdict.FAIL, f"{found} is {'above' if cutoff.at_most else 'below'} the cutoff {cutoff.bound:g}"
        )
    return Decision(Verdict.PASS, f"{found} reaches the cutoff {cutoff.bound:g}")


def decide_bound(cutoff: Cutoff, estimate: Estimate, repeats: int = 1) -> Decision:
    """`--gate bound`: whether the whole interval reaches the cutoff, or misses it.

    What it says of more data counts datapoints, each of them with so many scores.
    """
    if estimate.mean is None or estimate.interval is None:
        return _nothing(cutoff)
    low, high = estimate.interval
    reached = high <= cutoff.threshold if cutoff.at_most else low >= cutoff.threshold
    missed = low > cutoff.threshold if cutoff.at_most else high < cutoff.threshold
    needed = None
    if not (reached or missed):
        scores = count_to_decide(
            cutoff.unit(estimate.mean),
            cutoff.unit(cutoff.threshold),
            size_each=estimate.size / estimate.count,
            start=estimate.count,
            confidence=CONFIDENCE,
        )
        needed = None if scores is None else -(-scores // repeats)
    return _decision(cutoff, estimate.interval, reached=reached, missed=missed, needed=needed)


def decide_sequential(cutoff: Cutoff, sequence: ConfidenceSequence) -> Decision:
    """`--gate sequential`: whether it was ever proven that the mean is on one side of the cutoff."""
    if not sequence.count:
        return _nothing(cutoff)
    reached, missed = (sequence.below, sequence.above) if cutoff.at_most else (sequence.above, sequence.below)
    interval = sequence.interval().scaled(cutoff.lowest, cutoff.highest)
    needed = None if reached or missed else sequence.count_to_decide()
    return _decision(cutoff, interval, reached=reached, missed=missed, needed=needed)


def _nothing(cutoff: Cutoff) -> Decision:
    return Decision(Verdict.ERROR, f"{cutoff.metric}: nothing was scored")


def _decision(cutoff: Cutoff, interval: Interval, *, reached: bool, missed: bool, needed: int | None) -> Decision:
    found = f"{cutoff.metric}: {cutoff.subject} is {interval.low:.4f} to {interval.high:.4f}"
    if missed:
        side = "above" if cutoff.at_most else "below"
        return Decision(Verdict.FAIL, f"{found}, all of it {side} the cutoff {cutoff.threshold:g}")
    if reached:
        return Decision(Verdict.PASS, f"{found}, all of it reaches the cutoff {cutoff.threshold:g}")
    more = "no number of datapoints would decide" if needed is None else f"about {needed:,} datapoints would decide"
    reason = f"{found}, which holds the cutoff {cutoff.threshold:g}; {more}, if the mean stays"
    return Decision(Verdict.INCONCLUSIVE, reason, needed)
