"""Two runs on the same datapoints: what changed in each metric, whether it is real, and what could be seen. Pure."""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping, Sequence
from enum import Enum

from msgspec import Struct
from msgspec.structs import replace

from evaluations.model import Json
from evaluations.statistics.interval import CONFIDENCE, Interval
from evaluations.statistics.pairs import (
    Cluster,
    bootstrap_interval,
    holm,
    mcnemar,
    mean_difference,
    paired_share_interval,
    signs_test,
)
from evaluations.statistics.planning import detectable_mean, detectable_share


class Change(Enum):
    """From A to B."""

    BETTER = "better"
    WORSE = "worse"
    UNDECIDED = "undecided"
    """No difference is proven, which is not to say that there is none."""


class Pair(Struct, frozen=True):
    """What one evaluator gave for one datapoint in both runs."""

    id: str
    group: str | None
    before: float
    after: float


class Difference(Struct, frozen=True):
    """What changed in one metric from A to B."""

    metric: str
    pairs: int
    before: float
    after: float
    interval: Interval | None
    """For after - before. None below two datapoints, or two groups."""
    test: str
    p_value: float
    corrected: float
    """By Holm, for as many metrics as were compared."""
    gained: tuple[str, ...]
    """Ids of datapoints with a higher score in B."""
    lost: tuple[str, ...]
    detectable: float | None
    """The least difference that this much data finds four times in five; None where no difference would be found."""
    smaller_is_better: bool = False

    @property
    def change(self) -> Change:
        """At 5 %, after correction."""
        if self.corrected > 1 - CONFIDENCE:
            return Change.UNDECIDED
        return Change.BETTER if (self.after > self.before) is not self.smaller_is_better else Change.WORSE

    def to_json(self) -> dict[str, Json]:
        """One metric of the comparison."""
        return {
            "metric": self.metric,
            "pairs": self.pairs,
            "before": self.before,
            "after": self.after,
            "difference": self.after - self.before,
            "interval": None if self.interval is None else list(self.interval),
            "test": self.test,
            "p_value": self.p_value,
            "p_value_corrected": self.corrected,
            "change": self.change.value,
            "smaller_is_better": self.smaller_is_better,
            "gained": list(self.gained),
            "lost": list(self.lost),
            "detectable": self.detectable,
        }


def compare(
    metrics: Mapping[str, Sequence[Pair]], seed: int = 0, *, smaller_is_better: Collection[str] = ()
) -> tuple[Difference, ...]:
    """A Difference for each metric that has a pair, the p-values corrected together."""
    found = [_difference(name, pairs, seed) for name, pairs in metrics.items() if pairs]
    corrected = holm({difference.metric: difference.p_value for difference in found})
    return tuple(
        replace(each, corrected=corrected[each.metric], smaller_is_better=each.metric in smaller_is_better)
        for each in found
    )


def _difference(metric: str, pairs: Sequence[Pair], seed: int) -> Difference:
    count = len(pairs)
    gained = tuple(pair.id for pair in pairs if pair.after > pair.before)
    lost = tuple(pair.id for pair in pairs if pair.after < pair.before)
    interval: Interval | None = None
    if _is_yes_or_no(pairs):
        test, p_value = "exact McNemar", mcnemar(len(gained), len(lost))
        interval = paired_share_interval(len(gained), len(lost), count)
        detectable = detectable_share((len(gained) + len(lost)) / count, count)
    else:
        clusters = _clusters(pairs)
        test, p_value, detectable = "random signs", signs_test(clusters, seed), None
        if len(clusters) > 1:
            interval = bootstrap_interval(clusters, seed=seed)
            error = mean_difference(clusters)[1]
            detectable = detectable_mean(error * math.sqrt(len(clusters)), len(clusters)) if error else None
    return Difference(
        metric,
        count,
        math.fsum(pair.before for pair in pairs) / count,
        math.fsum(pair.after for pair in pairs) / count,
        interval,
        test,
        p_value,
        p_value,
        gained,
        lost,
        detectable,
    )


def _is_yes_or_no(pairs: Sequence[Pair]) -> bool:
    """McNemar's test is for datapoints that are independent."""
    return all(pair.group is None and {pair.before, pair.after} <= {0.0, 1.0} for pair in pairs)


def _clusters(pairs: Sequence[Pair]) -> list[Cluster]:
    groups: dict[str, list[float]] = {}
    for pair in pairs:
        if pair.group is not None:
            groups.setdefault(pair.group, []).append(pair.after - pair.before)
    grouped = [Cluster(math.fsum(values), len(values)) for values in groups.values()]
    return grouped + [Cluster(pair.after - pair.before) for pair in pairs if pair.group is None]
