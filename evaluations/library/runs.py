"""What is done with the folders of runs, and before there is one: comparison, exports, and how many datapoints."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from evaluations.config.keys import advise
from evaluations.errors import UsageError
from evaluations.library.checking import check, check_spec, path_of, plain
from evaluations.results.comparing import Comparison, compare_runs
from evaluations.results.exports import FORMATS
from evaluations.results.exports import export as write_export
from evaluations.statistics.questions import Power, Question, Share, answer


def compare(
    before: Path | str,
    after: Path | str | None = None,
    *,
    variants: tuple[str, str] | None = None,
    min_coverage: float = 1.0,
    seed: int = 0,
) -> Comparison:
    """What changed between two runs' folders, or between two variants of one; `evaluations compare` says the same.

    `variants` are those of both sides, where there is a choice. `min_coverage` is the least share of the datapoints
    that each evaluator must have scored in both. `seed` is that of resampling. Raises UsageError.
    """
    check(plain(min_coverage), Share, "min_coverage")
    check(plain(seed), int, "seed")
    check(variants, tuple[str, str] | None, "variants")
    later = None if after is None else path_of(after, "after")
    return compare_runs(path_of(before, "before"), later, variants, min_coverage=min_coverage, seed=seed)


def export(
    folder: Path | str, to: Literal["csv", "github", "html", "junit", "markdown", "parquet"], out: Path | str
) -> None:
    """Write a run's folder in that form to a file, whole or not at all. Raises UsageError, OutputError."""
    if to not in FORMATS:
        raise UsageError(f"there is no form {to!r}", where="to", do=advise(str(to), FORMATS, otherwise=""))
    write_export(path_of(folder, "folder"), to, path_of(out, "out"))


def power(
    *,
    mean: float | None = None,
    cutoff: float | None = None,
    to: float | None = None,
    turning: float | None = None,
    difference: float | None = None,
    deviation: float | None = None,
    power: float | None = None,
    datapoints: int | None = None,
) -> Power:
    """How many datapoints a question needs, or how sure `datapoints` of them make; `evaluations power` says the same.

    `power` is how often it is to be found, 0.8 by default. With `cutoff` and `mean`: to pass the cutoff by the gate
    bound, with that true share of right answers. With `mean` and `to`: to find that share changed, when a share of
    `turning` datapoints has another answer. With `difference` and `deviation`: to find a mean difference of scores
    whose differences have that standard deviation. Raises UsageError.
    """
    question = Question(
        mean=mean,
        cutoff=cutoff,
        to=to,
        turning=turning,
        difference=difference,
        deviation=deviation,
        power=power,
        datapoints=datapoints,
    )
    check_spec(question)
    return answer(question)
