"""What `evaluate` refuses: before the first question, with what is wrong, where, and what to do."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from evaluations import (
    Answer,
    ChatTarget,
    Datapoint,
    DatasetSpec,
    EvaluationsError,
    ExactMatch,
    ExactMatchSpec,
    JsonSchemaSpec,
    Judge,
    LLMJudgeSpec,
    Options,
    Progress,
    RegexSpec,
    Retries,
    Scorer,
    TagsSpec,
    evaluate,
)
from evaluations.config.specs import RunSpec
from evaluations.data.specs import GatewaySpec
from evaluations.library.options import Handling
from evaluations.options import build_parser

JUDGE = LLMJudgeSpec(output_type="boolean", rubric="Is it right?")
RECORDS = [{"input": "a", "reference": "A"}]


def score(datapoint: Datapoint, answer: Answer) -> float:
    """An evaluator."""
    return 1.0


class Nameless:
    """A function without a name."""

    def __call__(self, *_: object) -> float:
        """An evaluator."""
        return 1.0


async def later(progress: Progress) -> None:
    """Nobody would await it."""


class Later:
    """The same as an object."""

    async def __call__(self, progress: Progress) -> None:
        """Nobody would await it."""


def _refused(dataset: Any = RECORDS, variants: Any = None, evaluators: Any = None, **options: Any) -> EvaluationsError:
    asked: list[str] = []
    variants = asked.append if variants is None else variants
    evaluators = [ExactMatch()] if evaluators is None else evaluators
    with pytest.raises(EvaluationsError) as caught:
        evaluate(dataset, variants, evaluators, **options)
    assert [] == asked
    assert caught.value.do
    assert "--" not in str(caught.value)
    assert "/tmp" not in str(caught.value)
    return caught.value


@pytest.mark.parametrize(
    ("options", "where", "what"),
    [
        ({"concurrency": 0}, "concurrency", "expected integer >= 1"),
        ({"concurrency": 10**6}, "concurrency", "expected integer <= 10000"),
        ({"concurrency": True}, "concurrency", "expected integer, got boolean"),
        ({"repeats": 0}, "repeats", "expected integer >= 1"),
        ({"repeats": 1.5}, "repeats", "expected integer, got float"),
        ({"max_error_rate": 5}, "max_error_rate", "expected float <= 1.0"),
        ({"max_error_rate": float("nan")}, "max_error_rate", "expected float >= 0.0"),
        ({"min_coverage": 5}, "min_coverage", "expected float <= 1.0"),
        ({"gate": "bounds"}, "gate", '"bounds" is none of mean, bound, sequential'),
        ({"inference_cache": "yes"}, "inference_cache", '"yes" is none of on, off, read_only, write_only'),
        ({"cutoffs": {"exact_match": "0.9"}}, "cutoffs.exact_match", "expected float, got string"),
        ({"cutoffs": [0.9]}, "cutoffs", "expected table, got array"),
        ({"cutoffs": {"exactmatch": 0.5}}, "cutoff exactmatch=0.5", "no metric 'exactmatch' in this run"),
        ({"max_cost": 0}, "max_cost", "expected float > 0.0"),
        ({"max_cost": float("inf")}, "max_cost", "inf is no number that can be worked with"),
        ({"max_seconds": float("inf")}, "max_seconds", "inf is no number that can be worked with"),
        ({"max_tokens": 0}, "max_tokens", "expected integer >= 1"),
        ({"max_seconds": -1}, "max_seconds", "expected float > 0.0"),
        ({"timeout": 0}, "timeout", "expected float > 0.0"),
        ({"seed": "0"}, "seed", "expected integer, got string"),
        ({"stop_when_decided": True}, "stop_when_decided", "only a sequential gate stays right"),
        ({"gate": "sequential", "repeats": 2}, "gate sequential", "a sequential gate needs datapoints"),
        ({"budget": 5}, "budget", "there is no option budget"),
        ({"repeat": 2}, "repeat", "there is no option repeat"),
        ({"retries": 5}, "retries", "retries is of the type int"),
        ({"retries": Retries(attempts="5")}, "retries.attempts", "expected integer, got string"),  # type: ignore[arg-type]
        ({"retries": Retries(attempts=0)}, "retries.attempts", "expected integer >= 1"),
        ({"retries": Retries(first=float("nan"))}, "retries.first", "expected float >= 0.0"),
        ({"output": 5}, "output", "output is of the type int"),
        ({"output": ""}, "output", "the path is empty"),
        ({"keep": "no"}, "keep", "keep is of the type str"),
        ({"stop": True}, "stop", "stop is of the type bool"),
        ({"on_progress": []}, "on_progress", "on_progress is of the type list"),
        ({"on_progress": later}, "on_progress", "on_progress is async"),
        ({"on_progress": Later()}, "on_progress", "on_progress is async"),
        ({"resume": True}, "resume", "there is no run to go on with"),
    ],
)
def test_options(options: dict[str, Any], where: str, what: str) -> None:
    """By the bounds of the configuration, in its words."""
    error = _refused(**options)
    assert (where, what) == (error.where, error.what[: len(what)])


@pytest.mark.parametrize(
    ("evaluators", "where", "what"),
    [
        ([], "evaluators", "there is no evaluator"),
        ({}, "evaluators", "there is no evaluator"),
        ([ExactMatch(), ExactMatchSpec()], "evaluators", "two evaluators are called exact_match"),
        ({"": score}, "evaluators", "the evaluator has an empty name"),
        ({"error_rate": score}, "evaluators", "an evaluator is called error_rate, which is what a cutoff on the whole"),
        ({"latency_p99.9": score}, "evaluators", "an evaluator is called latency_p99.9"),
        ({5: score}, "evaluators", "5 is no name"),
        ({"right": ExactMatch()}, "evaluators.right", "the evaluator exact_match is called right"),
        ([5], "evaluators", "5 has no name of its own"),
        ({"five": 5}, "evaluators.five", "5 is no evaluator"),
        ([lambda *_: 1], "evaluators", "<function "),
        ([Nameless()], "evaluators", "<tests."),
        ([ExactMatch], "evaluators", "<class 'evaluations.evaluators.exact_match.ExactMatch'> has no name"),
        ({"right": ExactMatch}, "evaluators.right", "<class 'evaluations.evaluators.exact_match.ExactMatch'> is no"),
        ({"digits": RegexSpec()}, "evaluators.digits", "neither must_match nor must_not_match is there"),
        ({"digits": RegexSpec(must_match="(")}, "evaluators.digits.must_match", ""),
        ({"digits": RegexSpec(must_match=5)}, "evaluators.digits.must_match", "expected string, got integer"),  # type: ignore[arg-type]
        ({"shape": JsonSchemaSpec()}, "evaluators.shape.schema", "there is no schema"),
        ({"s": Scorer(score, timeout=0)}, "evaluators.s.timeout", "expected float > 0.0"),
        ({"s": Scorer(score, lowest=1)}, "evaluators.s", "lowest, 1, is not below highest, 1"),
        ({"s": Scorer(score, boolean=True, highest=5)}, "evaluators.s", ""),
        ({"s": Scorer(5)}, "evaluators.s", "5 is no function"),  # type: ignore[arg-type]
        ({"j": JUDGE}, "evaluators.j", "LLMJudgeSpec("),
        ({"j": Judge(JUDGE, {})}, "evaluators.j.judges", "there are no judges with names"),
        ({"j": Judge(JUDGE, str.upper)}, "evaluators.j.judges", "there are no judges with names"),  # type: ignore[arg-type]
        ({"j": Judge(ExactMatchSpec(), {})}, "evaluators.j", "ExactMatchSpec("),  # type: ignore[arg-type]
        ({"j": Judge(JUDGE, {"m": score})}, "evaluators.j.judges.m", "score takes (datapoint"),  # type: ignore[dict-item]
        ({"j": lambda: 1.0}, "evaluators.j", "<lambda> takes (), and is called with datapoint and answer"),
        ({"j": Scorer(str.isupper)}, "evaluators.j", "isupper takes (self, /), and is called with"),  # type: ignore[arg-type]
        ({"j": Judge(JUDGE, {"m": 5})}, "evaluators.j.judges.m", "5 is no variant"),  # type: ignore[dict-item]
        (
            {"j": Judge(LLMJudgeSpec(output_type="boolean"), {"m": str.upper})},
            "evaluators.j",
            "m has no rubric",
        ),
        (
            {"j": Judge(LLMJudgeSpec(output_type="float", rubric="?", judges=("f::v",)), {"m": str.upper})},
            "evaluators.j",
            "the settings name judges of a configuration",
        ),
    ],
)  # fmt: skip
def test_evaluators(evaluators: Any, where: str, what: str) -> None:
    """What is none, what has no name or another's, and settings that no configuration could have."""
    error = _refused(evaluators=evaluators)
    assert (where, what) == (error.where, error.what[: len(what)])


@pytest.mark.parametrize(
    ("variants", "where", "what"),
    [
        ({}, "variants", "there is no variant"),
        ({"v": 5}, "variants.v", "5 is no variant"),
        ("module:function", "variants.variant", "'module:function' is no variant"),
        ({"": str.upper}, "variants", "the variant has an empty name"),
        (ExactMatch, "variants.variant", "<class "),
        ({"v": score}, "variants.v", "score takes (datapoint"),
        ({"v": lambda: ""}, "variants.v", "<lambda> takes (), and is called with input"),
    ],
)
def test_variants(variants: Any, where: str, what: str) -> None:
    """What can't be asked."""
    error = _refused(variants=variants)
    assert (where, what) == (error.where, error.what[: len(what)])


@pytest.mark.parametrize(
    ("dataset", "where", "what"),
    [
        ([], "the records", "there is no datapoint in it"),
        ([{"input": "a", "reference": "A"}, {"input": "b"}], "record 2", '"reference" is missing'),
        ([{"input": "a", "reference": "A"}, {"input": {"b"}}], "record 2", "the record can't be written as JSON"),
        ([{"input": "a", "reference": float("nan")}], "record 1", "the record can't be written as JSON"),
        ([{"input": "a", "id": 1, "reference": 1}] * 2, "record 2", "the id is already that of"),
        ([{"inptu": "a", "reference": 1}], "record 1", '"input" is missing, "inptu" is there'),
        (["a"], "record 1", "a str is no record"),
        ({"input": "a"}, "dataset", "a dict is no data set"),
        (5, "dataset", "a int is no data set"),
        (DatasetSpec(path="x", sample=0), "dataset.sample", "expected integer >= 1"),
        (DatasetSpec(path="x", tags=TagsSpec(include=5)), "dataset.tags.include", "expected array"),  # type: ignore[arg-type]
        (
            DatasetSpec(gateway=GatewaySpec(url="http://me:word@localhost:3000", dataset_name="d")),
            "dataset.gateway.url",
            "the text is no http or https address of host, port and path alone",
        ),
        (DatasetSpec(), "path, gateway", "a data set is a file or in a gateway"),
        (Path("nowhere.jsonl"), "nowhere.jsonl", "the data set can't be read"),
    ],
)  # fmt: skip
def test_data(dataset: Any, where: str, what: str) -> None:
    """Records are known by their number, not by a file that nobody has seen."""
    error = _refused(dataset)
    assert (where, what) == (error.where, error.what[: len(what)])


def test_a_running_loop_wants_the_other_function() -> None:
    """It is said; nothing is left unawaited."""

    async def run() -> EvaluationsError:
        return _refused()

    error = asyncio.run(run())
    assert "write: await evaluate_async(...), with the same arguments" == error.do


def test_every_option_of_a_run_is_one_of_the_library() -> None:
    """And of the command line: what [evaluations.X] says of a run. The library has more, each with its type."""
    assert set(Options.__annotations__) == {*RunSpec.__struct_fields__, *Handling.__struct_fields__}
    arguments = vars(build_parser().parse_args(["run"]))
    assert {*RunSpec.__struct_fields__, "cutoff"} - {"cutoffs"} <= set(arguments)


def test_none_is_as_if_left_out() -> None:
    """So that a caller's own options can be handed on."""
    nothing: Any = dict.fromkeys(Options.__annotations__)
    assert "pass" == evaluate(RECORDS, str.upper, [ExactMatch()], **nothing).summary.verdict.value


@pytest.mark.parametrize("function", [score, Scorer(score)])
def test_functions_have_their_own_names(function: Callable[..., float] | Scorer) -> None:
    """In a list, and alone."""
    for given in ([function], function):
        run = evaluate(RECORDS, str.upper, given)
        assert ["score"] == [found.evaluator for found in run.summary.variants["variant"].scores]


def test_an_address_that_is_none() -> None:
    """Is refused when the target is made, and not called an option."""
    with pytest.raises(EvaluationsError) as caught:
        ChatTarget("localhost:8000", "small")
    assert "endpoint localhost:8000" == caught.value.where
