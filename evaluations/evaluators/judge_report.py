"""What a run tells of its judges: how often they differ or contradict themselves, and agree with people."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

from evaluations.evaluators.judge_prompts import shown
from evaluations.evaluators.labels import fingerprint
from evaluations.model import Answer, Json, Rating, Result
from evaluations.statistics.agreement import Ratings, kappa, kappa_interval, pair
from evaluations.statistics.interval import Interval


@dataclass(frozen=True)
class Agreement:
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
        return {**vars(self), "interval": interval}


class JudgeReport:
    """Adds up the particulars of one evaluator's ratings, result by result."""

    def __init__(
        self, evaluator: str, lowest: float, highest: float, *, boolean: bool, labels: int | None, measured: bool
    ) -> None:
        """`labels` counts those of the file, None without one; `measured`: the judges are asked about them too."""
        self._evaluator, self._labels, self._measured = evaluator, labels, measured
        self._scale = (lowest, highest, boolean)
        self._counts, self._favoured = Counter[str](), Counter[str]()
        self._labelled: set[tuple[str, str]] = set()
        self._clusters: dict[tuple[str | None, str], Ratings] = {}

    def add(self, result: Result) -> None:
        """Count a result."""
        rating = result.ratings.get(self._evaluator)
        details = getattr(rating, "details", None)
        if not isinstance(rating, Rating) or not details:
            return
        self._counts["split"] += details.get("agreed") is False
        self._counts["ties"] += details.get("tie") is True
        self._favoured.update(details.get("contradictions", {}).values())
        self._counts["contradicted"] += "contradictions" in details
        if "label" in details and isinstance(result.answer, Answer):
            self._label(result, result.answer, details)

    def _label(self, result: Result, answer: Answer, details: Mapping[str, Json]) -> None:
        key = (result.datapoint.id, fingerprint(shown(answer)))
        if key in self._labelled:
            return
        self._labelled.add(key)
        if "judge" not in details:
            return
        if details["judge"] is None:
            self._counts["unjudged"] += 1
            return
        seen = pair(details["label"], details["judge"])
        self._counts["same"] += not seen.apart
        point = result.datapoint
        cluster = (point.group, point.id if point.group is None else "")
        known = self._clusters.get(cluster)
        self._clusters[cluster] = seen if known is None else known.plus(seen)

    @property
    def agreement(self) -> Agreement | None:
        """None where there are no labels, or where the judges are not asked about answers that have one."""
        if self._labels is None or not self._measured:
            return None
        total = Ratings(0, 0, 0, 0, 0, 0)
        for each in self._clusters.values():
            total = total.plus(each)
        lowest, highest, boolean = self._scale
        answers = int(total.answers)
        alone = all(each.answers == 1 for each in self._clusters.values())
        clusters = Counter(self._clusters.values())
        return Agreement(
            answers,
            self._counts["unjudged"],
            self._counts["same"],
            (total.y - total.x) / answers if answers else None,
            kappa(total) if answers else None,
            kappa_interval(clusters, lowest=lowest, highest=highest, boolean=boolean and alone) if answers else None,
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
