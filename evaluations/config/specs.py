"""The whole configuration file. Functions, models, tools, evaluators and data sets are specified where they are built.

What `evaluations run` and the library take as options can stand in `[evaluations.X]`; an option given there wins.
"""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import Meta, Struct, field

from evaluations.data.specs import DatasetSpec
from evaluations.evaluators.specs import EvaluatorSpec
from evaluations.targets.specs import ChatFunctionSpec, JsonFunctionSpec, ModelSpec, ToolSpec

Share = Annotated[float, Meta(ge=0, le=1)]
Positive = Annotated[int, Meta(ge=1)]
Count = Annotated[int, Meta(ge=1, le=10_000_000)]
Places = Annotated[int, Meta(ge=1, le=10_000)]
Name = Annotated[str, Meta(min_length=1)]


class ChatFunction(ChatFunctionSpec, frozen=True, kw_only=True, forbid_unknown_fields=True, tag="chat"):
    """A function that answers with text or tool calls."""

    evaluators: Annotated[dict[str, EvaluatorSpec], Meta(description="How answers are scored, by name.")] = field(
        default_factory=dict
    )


class JsonFunction(JsonFunctionSpec, frozen=True, kw_only=True, forbid_unknown_fields=True, tag="json"):
    """A function that answers with JSON."""

    evaluators: Annotated[dict[str, EvaluatorSpec], Meta(description="How answers are scored, by name.")] = field(
        default_factory=dict
    )


FunctionSpec = ChatFunction | JsonFunction


class RunSpec(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How an evaluation is run and judged: what configuration, command line and library may all say, and its bounds."""

    repeats: Annotated[Count, Meta(description="How often each datapoint is put to each variant.")] = 1
    cutoffs: Annotated[
        dict[str, float],
        Meta(
            description="What the run must reach: by an evaluator's name the least mean (the most, where smaller is "
            "better), and the most for the metrics of the run, such as `error_rate` and `latency_p95` (seconds)."
        ),
    ] = {}
    gate: Annotated[
        Literal["mean", "bound", "sequential"],
        Meta(
            description="What must reach a cutoff: the mean, its whole 95 % interval, or its confidence sequence, "
            "which is right however often one looks."
        ),
    ] = "mean"
    stop_when_decided: Annotated[
        bool, Meta(description="Ask no more once a sequential gate has decided every cutoff, or missed one.")
    ] = False
    max_error_rate: Annotated[
        Share | None,
        Meta(description="Errors that a run may have. Without it 0, or no limit where `error_rate` has a cutoff."),
    ] = None
    min_coverage: Annotated[
        Share | None,
        Meta(
            description="The least share of the datapoints that each evaluator must score. Without it none, but a run "
            "that a budget ended is inconclusive."
        ),
    ] = None
    seed: Annotated[int, Meta(description="Of the random order that a sequential gate asks in.")] = 0
    concurrency: Annotated[Places, Meta(description="Most requests on their way at once.")] = 64
    timeout: Annotated[
        float,
        Meta(
            gt=0,
            description="Seconds for one request, where variant, model and provider have no `timeouts`. Given for "
            "a run, it goes before these.",
        ),
    ] = 60.0
    max_cost: Annotated[
        Annotated[float, Meta(gt=0)] | None,
        Meta(description="Ends the run in good order at this cost, by the `cost` that models and judges must have."),
    ] = None
    max_tokens: Annotated[
        Positive | None, Meta(description="The run ends in good order when it has used so many tokens.")
    ] = None
    max_seconds: Annotated[
        Annotated[float, Meta(gt=0)] | None, Meta(description="After so long the run asks nothing more.")
    ] = None
    inference_cache: Annotated[
        Literal["on", "off", "read_only", "write_only"],
        Meta(description="Whether answers are taken from the cache, and kept there."),
    ] = "off"


class EvaluationSpec(RunSpec, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A data set put to variants of a function, scored and judged."""

    type: Annotated[
        Literal["inference", "static"], Meta(description="As in TensorZero, where `static` is the older word.")
    ] = "inference"
    function_name: Annotated[Name, Meta(description="The function of `[functions]` that is evaluated.")]
    description: Annotated[str | None, Meta(description="For people.")] = None
    variants: Annotated[
        tuple[Name, ...], Meta(description="Which of the function's variants are asked; without it, all of them.")
    ] = ()
    evaluators: Annotated[
        dict[str, EvaluatorSpec], Meta(description="Evaluators of this evaluation alone, by name.")
    ] = {}
    evaluator_names: Annotated[
        tuple[Name, ...],
        Meta(
            description="Which evaluators score: those of this evaluation and of its function. Without it, those of "
            "this evaluation, or all of the function's where this evaluation has none."
        ),
    ] = ()
    dataset: Annotated[
        Name | DatasetSpec | None,
        Meta(description="The data set: a file, relative to the configuration's folder, or a table that says more."),
    ] = None


class Configuration(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """All that a configuration file may say."""

    functions: Annotated[
        dict[str, FunctionSpec], Meta(description="What is evaluated: functions, their variants and evaluators.")
    ] = {}
    evaluations: Annotated[dict[str, EvaluationSpec], Meta(description="What `evaluations run NAME` runs.")] = {}
    models: Annotated[dict[str, ModelSpec], Meta(description="Models, and who serves them.")] = {}
    tools: Annotated[dict[str, ToolSpec], Meta(description="Tools that models may call.")] = {}
