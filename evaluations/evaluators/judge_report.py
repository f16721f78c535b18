"""What a run tells of its judges: how often they differ or contradict themselves, and agree with people."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import NamedTuple

from msgspec import Struct
from msgspec.structs import asdict

from evaluations.evaluators.judge_prompts import shown
from evaluations.evaluators.labels import fingerprint
from evaluations.model import Answer, Json, Result
from evaluations.statistics.agreement import Ratings, added, kappa, kappa_interval, pair
from evaluations.statistics.interval import Interval


class Agreement(Struct, frozen=True):
    """Of judges with people, on the answers that both scored; each answer counts once, however often it was given."""

    answers: int
    unjudged: int
    """Answers with a label, of which the judges said nothing."""
    same: int
    """Answers that got the same score from both."""
    bias: float | None
    """The judges' mean score less the people's; None without answers."""
    kappa: float | None
    """Cohen's, with quadratic weights for scores; None where both gave every answer the same score."""
    interval: Interval | None

    def to_json(self) -> dict[str, Json]:
        """What has no value is null."""
        interval = None if self.interval is None else list(self.interval)
        return {**asdict(self), "interval": interval}


class _Labelled(NamedTuple):
    """An answer with a label, as it was judged."""

    unjudged: bool
    repeat: int
    label: float
    judged: float
    group: str | None


class JudgeReport:
    """Adds up the particulars of one evaluator's ratings; the order of results changes nothing."""

    def __init__(
        self, evaluator: str, lowest: float, highest: float, *, boolean: bool, labels: int | None, measured: bool
    ) -> None:
        """`labels` counts those of the file, None without one; `measured`: the judges are asked about them too."""
        self._evaluator, self._labels, self._measured = evaluator, labels, measured
        self._scale = (lowest, highest, boolean)
        self._counts, self._favoured = Counter[str](), Counter[str]()
        self._labelled: dict[tuple[str, str], _Labelled] = {}

    def add(self, result: Result) -> None:
        """Count a result."""
        rating = result.ratings.get(self._evaluator)
        details: Mapping[str, Json] = getattr(rating, "details", {})
        self._counts["split"] += details.get("agreed") is False
        self._counts["ties"] += details.get("tie") is True
        self._counts["contradicted"] += "contradictions" in details
        self._favoured.update(details.get("contradictions", {}).values())
        if "label" in details and isinstance(result.answer, Answer):
            key, judged = (result.datapoint.id, fingerprint(shown(result.answer))), details.get("judge")
            group = result.datapoint.group
            seen = _Labelled(judged is None, result.repeat, details["label"], judged or 0.0, group)
            # Of an answer that was given several times, the first judgement counts.
            self._labelled[key] = min(self._labelled.get(key, seen), seen, key=lambda each: each[:2])

    @property
    def agreement(self) -> Agreement | None:
        """None where there are no labels, or where the judges are not asked about answers that have one."""
        if self._labels is None or not self._measured:
            return None
        judged = sorted((*key, each) for key, each in self._labelled.items() if not each.unjudged)
        clusters: dict[tuple[str | None, str], Ratings] = {}
        for identity, _answer, each in judged:
            cluster, seen = (each.group, identity if each.group is None else ""), pair(each.label, each.judged)
            clusters[cluster] = clusters[cluster].plus(seen) if cluster in clusters else seen
        lowest, highest, boolean = self._scale
        total, alone = added(clusters.values()), len(clusters) == len(judged)
        return Agreement(
            len(judged),
            len(self._labelled) - len(judged),
            sum(each.label == each.judged for *_key, each in judged),
            (total.y - total.x) / len(judged) if judged else None,
            kappa(total),
            kappa_interval(Counter(clusters.values()), lowest=lowest, highest=highest, boolean=boolean and alone),
        )

    def to_json(self) -> dict[str, Json]:
        """The evaluator's part of the summary."""
        agreement = self.agreement
        return {
            "split": self._counts["split"],
            "ties": self._counts["ties"],
            "contradicted": self._counts["contradicted"],
            "contradictions": {name: self._favoured[name] for name in ("first", "second", "neither")},
            "labels": None if self._labels is None else {"given": self._labels, "used": len(self._labelled)},
            "agreement": None if agreement is None else agreement.to_json(),
        }
