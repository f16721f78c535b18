"""A program that uses the library, for the type checker: what it allows, and what it must not.

mypy reads this with all tests. A `type: ignore` that is not needed is an error, so that a signature that lost its types
would be seen. `test_sample.py` runs it.
"""

from __future__ import annotations

import asyncio
from pathlib import Path

from evaluations import (
    Answer,
    AnyEvaluator,
    ChatTarget,
    Comparison,
    Datapoint,
    DatasetSpec,
    Evaluated,
    ExactMatch,
    Gate,
    IncludeSpec,
    Interval,
    Judge,
    LLMJudgeSpec,
    Options,
    Power,
    Progress,
    Rating,
    RegexSpec,
    Retries,
    Scorer,
    TagsSpec,
    Verdict,
    compare,
    evaluate,
    evaluate_async,
    evaluate_config,
    evaluate_config_async,
    export,
    power,
)


def brief(_datapoint: Datapoint, answer: Answer) -> bool:
    """An evaluator."""
    return len(answer.text or "") < 20


async def close(datapoint: Datapoint, answer: Answer) -> Rating:
    """Another."""
    return Rating(float(answer.text == datapoint.reference), "compared")


def show(progress: Progress) -> str:
    """What a program may say while it waits."""
    left = "?" if progress.left is None else f"{progress.left:.0f} s"
    return f"{progress.done} of {progress.planned}, {progress.rate:.0f}/s, cost {progress.usage.cost:.2f}, {left} left"


def run(url: str, folder: Path) -> tuple[Evaluated, list[str]]:
    """All kinds of evaluators, and many options."""
    shown: list[str] = []
    judge = LLMJudgeSpec(output_type="boolean", rubric="Right?", include=IncludeSpec(reference_output=True))
    evaluators: dict[str, AnyEvaluator] = {
        "exact_match": ExactMatch(),
        "digits": RegexSpec(must_match="^[0-9]+$"),
        "brief": brief,
        "close": Scorer(close, timeout=5),
        "judge": Judge(judge, {"small": ChatTarget(url, "judge")}),
    }
    options: Options = {
        "cutoffs": {"exact_match": 0.5},
        "gate": Gate.BOUND,
        "retries": Retries(attempts=2),
        "output": folder / "run",
        "max_error_rate": 1.0,
        "max_seconds": 60.0,
        "on_progress": lambda progress: shown.append(show(progress)),
    }
    found = evaluate(
        [{"input": "What is 1 + 1?", "reference": "2"}, Datapoint("second", "What is 2 + 2?", "4")],
        {"small": ChatTarget(url, "small"), "shout": str.upper},
        evaluators,
        **options,
    )
    return found, shown


def interval(found: Evaluated) -> Interval | None:
    """Of the first score of the first variant."""
    verdict: Verdict = found.summary.verdict
    return None if verdict is Verdict.ERROR else next(iter(found.summary.variants.values())).scores[0].estimate.interval


def after(folder: Path) -> tuple[Comparison, Power]:
    """What is done with a run."""
    export(folder / "run", "html", folder / "run.html")
    return compare(folder / "run", variants=("small", "shout")), power(mean=0.9, cutoff=0.8)


async def several(path: str) -> list[Evaluated]:
    """Two runs in one event loop."""
    stop = asyncio.Event()
    data = DatasetSpec(path=path, sample=1, tags=TagsSpec(exclude=("slow",)))
    runs = [evaluate_async(data, model, ExactMatch(), stop=stop) for model in (str.upper, str.lower)]
    return list(await asyncio.gather(*runs))


def wrong() -> None:
    """Never called: each of these is an error for a type checker."""
    evaluate([], str.upper, [ExactMatch()], gate="bounds")  # type: ignore[arg-type]
    evaluate([], str.upper, [ExactMatch()], concurrency="8")  # type: ignore[arg-type]
    evaluate([], str.upper, [ExactMatch()], cutoff={"exact_match": 0.9})  # type: ignore[call-arg]
    evaluate([], str.upper, 5)  # type: ignore[arg-type]
    evaluate([], 5, [ExactMatch()])  # type: ignore[arg-type]
    evaluate(5, str.upper, [ExactMatch()])  # type: ignore[arg-type]
    evaluate_config("evaluations.toml", variants=5)  # type: ignore[arg-type]
    evaluate_config("evaluations.toml", executor="dask")  # type: ignore[arg-type]
    evaluate_async([], str.upper, [ExactMatch()], repeats=None)  # type: ignore[arg-type, unused-coroutine]
    evaluate_config_async("evaluations.toml", "sums", max_cost="1")  # type: ignore[arg-type, unused-coroutine]
    export("run", "pdf", "run.pdf")  # type: ignore[arg-type]
    Scorer(brief, optimize="most")  # type: ignore[arg-type]
