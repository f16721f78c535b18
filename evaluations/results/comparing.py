"""From two runs' folders, or two variants of one, to what changed, and whether that may be believed."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from msgspec import Struct

from evaluations.results.pairing import Pairing, read_pairing
from evaluations.results.reading import read_run
from evaluations.results.sides import choose
from evaluations.verdicts.comparison import Difference, compare
from evaluations.verdicts.soundness import decide_comparison
from evaluations.verdicts.verdict import Verdict


class Comparison(Struct, frozen=True):
    """What changed from one run to another."""

    pairing: Pairing
    """Both sides, and by evaluator each datapoint with both its scores."""
    differences: tuple[Difference, ...]
    """By evaluator: the difference with its interval, the test, and which datapoints turned."""
    verdict: Verdict
    """FAIL where something got worse, ERROR where too little was scored, INCONCLUSIVE where a run is unfinished."""
    reasons: tuple[str, ...]


def compare_runs(
    before: Path, after: Path | None, variants: Sequence[str] | None, *, min_coverage: float, seed: int
) -> Comparison:
    """Without `after`, of two variants of one run. Raises UsageError."""
    earlier, later = read_run(before), None if after is None else read_run(after)
    pairing = read_pairing(*choose(earlier, later, variants))
    differences = compare(pairing.metrics, seed, smaller_is_better=pairing.smaller_is_better)
    verdict, reasons = decide_comparison(
        differences, pairing.coverage, planned=pairing.planned, asked=pairing.asked, least=min_coverage
    )
    return Comparison(pairing, differences, verdict, reasons)
