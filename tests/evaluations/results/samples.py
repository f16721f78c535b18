"""Run folders as a real run would leave them, of as many datapoints as a test wants, with all kinds of results."""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from msgspec.structs import replace

from evaluations.errors import Complaint
from evaluations.evaluators import Evaluator
from evaluations.model import Answer, Datapoint, Failure, Json, Rating, Result, ToolCall, Usage
from evaluations.results.folder import open_folder
from evaluations.results.lines import result_line
from evaluations.results.manifest import Manifest, Source
from evaluations.verdicts.cutoffs import Gate, make_cutoffs
from evaluations.verdicts.summary import RunSummary
from evaluations.verdicts.tally import Tally
from evaluations.verdicts.verdict import Ending, Requirements

_CUTOFFS = {"correct": 0.85}

Change = Callable[[Result], Result]
"""What a test wants else in a result."""

_TOPICS = ("the tides", "glaciers", "migrating birds", "the printing press", "photosynthesis", "suspension bridges")
_FACTS = (
    "the pull of the moon moves a great deal of water every day",
    "it took several centuries before anybody could measure it well",
    "most of what is known about it rests on patient observation",
    "small changes add up over a very long time",
    "two explanations were thought to compete until both turned out to be right",
)


@dataclass(frozen=True)
class Named:
    """An evaluator that results say they were scored by."""

    name: str
    lowest: float = 0.0
    highest: float = 1.0
    boolean: bool = True
    smaller_is_better: bool = False

    def check(self, datapoint: Datapoint) -> Complaint | None:  # noqa: ARG002
        """Nothing is asked of a datapoint."""
        return None

    async def score(self, datapoint: Datapoint, answer: Answer) -> float:
        """Not called: results are given."""
        raise NotImplementedError


SELECTION: dict[str, Json] = {
    "tags": {"include": [], "exclude": []},
    "slice": None,
    "sample": None,
    "seed": None,
}
DEMANDS: dict[str, Json] = {
    "cutoffs": {"correct": 0.85},
    "max_error_rate": 0.05,
    "min_coverage": None,
    "stop_when_decided": False,
    "max_cost": None,
    "max_tokens": None,
    "max_seconds": None,
}
EVALUATORS: Sequence[Evaluator] = (Named("correct"), Named("similarity", boolean=False))


def manifest(count: int, variants: Iterable[str] = ("small",), repeats: int = 1, **more: object) -> Manifest:
    """Of a run on `facts.jsonl`."""
    identities = {name: {"kind": "chat", "endpoint": "http://localhost:8000/v1", "model": name} for name in variants}
    dataset = Source("/srv/data/facts.jsonl", "ab" * 32)
    made = Manifest(
        "1.2.0",
        dataset,
        count,
        identities,
        EVALUATORS,
        datapoints_sha256="cd" * 32,
        selection=SELECTION,
        requirements=DEMANDS,
        repeats=repeats,
    )
    return replace(made, **more)


def results(count: int, variants: Sequence[str] = ("small",), repeats: int = 1, seed: int = 0) -> Iterator[Result]:
    """Questions on facts: most answers are right, some are wrong in a word, a few are missing."""
    draw, asking = random.Random(seed), random.Random(seed)
    for index in range(count):
        topic, fact = asking.choice(_TOPICS), asking.choice(_FACTS)
        asked = f"In one sentence: what is remarkable about {topic}? (Question {index + 1})"
        messages = [{"role": "system", "content": "Answer in one sentence."}, {"role": "user", "content": asked}]
        right = f"What is remarkable about {topic} is that {fact}."
        tags = (topic.split()[-1], "hard") if index % 7 == 0 else (topic.split()[-1],)
        point = Datapoint(f"fact-{index + 1:05}", messages if index % 3 else asked, right, None, tags)
        for repeat in range(repeats):
            for place, variant in enumerate(variants):
                yield _result(point, (variant, repeat, index), draw, 0.8 + 0.1 * place)


def _result(point: Datapoint, place: tuple[str, int, int], draw: random.Random, skill: float) -> Result:
    variant, repeat, index = place
    if draw.random() < 0.01:
        failed = Failure("http_500", "the server answered 500: upstream connect error", 4)
        return Result(point, failed, {each.name: failed for each in EVALUATORS}, variant, repeat, index)
    good, text = draw.random() < skill, str(point.reference)
    if not good:
        text = text.replace("remarkable", "rather ordinary").replace("every day", "once a year")
        text += " That is all there is to say."
    ratings: dict[str, Rating | Failure] = {
        "correct": Rating(float(good), None if good else "The judge finds a contradiction with the reference."),
        "similarity": Rating(1.0 if good else round(draw.uniform(0.3, 0.95), 3)),
    }
    calls = (ToolCall("look_up", json.dumps({"topic": point.tags[0], "limit": 3})),) if index % 5 == 0 else ()
    usage = Usage(42, len(text) // 4, 0.00021)
    answer = Answer(text, draw.lognormvariate(-0.7, 0.5), 1, calls, None, "stop", usage)
    return Result(point, answer, ratings, variant, repeat, index)


def save(
    folder: Path, found: Iterable[Result], made: Manifest, *, end: bool = True, cutoffs: Mapping[str, float] = _CUTOFFS
) -> Path:
    """Write a run's folder as a run does; without `end`, as one that was killed."""
    bounds, planned = make_cutoffs(cutoffs, made.evaluators), made.count * made.repeats
    allowed = Requirements(0.05)
    tallies = {
        name: Tally(made.evaluators, bounds, planned=planned, repeats=made.repeats, requirements=allowed)
        for name in made.variants
    }
    with open_folder(folder, made) as opened:
        for result in found:
            tallies[result.variant].spend(result)
            tallies[result.variant].add(result)
            opened.add(json.dumps(result_line(result)) + "\n")
        if end:
            whole = Ending.COMPLETE
            summary = RunSummary({name: each.summary(whole) for name, each in tallies.items()}, whole, Gate.MEAN)
            fields = made.to_json()
            more = {name: fields[name] for name in ("dataset", "seed", "repeats")}
            opened.finish({**summary.to_json(), "ended_by": None, **more, "seconds": 12.345})
    return folder


def sample(
    folder: Path,
    count: int,
    variants: Sequence[str] = ("small",),
    repeats: int = 1,
    *,
    change: Change = lambda result: result,
    end: bool = True,
    cutoff: float = 0.85,
) -> Path:
    """A folder of so many datapoints."""
    found = map(change, results(count, variants, repeats))
    return save(folder, found, manifest(count, variants, repeats), end=end, cutoffs={"correct": cutoff})
