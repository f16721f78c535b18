"""What the configuration may say of judges: `type = "llm_judge"` and `type = "pairwise_judge"`. No logic here.

The names are TensorZero's where it has the same thing. Beyond it: several judges that vote, variants of other functions
as judges, the rubric in place, the ends of a float's scale, human labels, and pairwise comparison.
"""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import Meta, Struct

from evaluations.targets.specs import ChatCompletionSpec, File, Name

_Share = Annotated[float, Meta(ge=0, le=1)]


class IncludeSpec(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What the judge sees beside the question and the answer."""

    reference_output: Annotated[
        bool, Meta(description="Show the datapoint's reference to the judge. Every datapoint then needs one.")
    ] = False


class JudgeVariantSpec(
    ChatCompletionSpec, frozen=True, kw_only=True, forbid_unknown_fields=True, tag="chat_completion"
):
    """A judge of this evaluator alone, as in TensorZero: a chat completion whose messages come from the evaluator.

    It takes no templates.
    """

    active: Annotated[
        bool | None,
        Meta(description="Whether it judges. May be left out for an only variant; all active ones vote."),
    ] = None
    system_instructions: Annotated[
        File | None,
        Meta(description="A text file with the rubric for this judge; takes the place of the evaluator's `rubric`."),
    ] = None


class LLMJudgeSpec(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, tag_field="type", tag="llm_judge"):
    """A model scores each answer by a rubric."""

    output_type: Annotated[
        Literal["boolean", "float"], Meta(description="What the judge's score is: true or false, or a number.")
    ]
    optimize: Annotated[
        Literal["min", "max"], Meta(description="Whether small scores are good, or great ones. true is 1, false is 0.")
    ] = "max"
    rubric: Annotated[Name | None, Meta(description="What the judge is to look at, and what makes which score.")] = None
    judges: Annotated[
        tuple[str, ...], Meta(description="Variants of functions that judge, as FUNCTION::VARIANT; several vote.")
    ] = ()
    variants: Annotated[
        dict[str, JudgeVariantSpec], Meta(description="Judges of this evaluator alone; those that are active vote too.")
    ] = {}
    vote: Annotated[
        Literal["majority", "mean", "median"] | None,
        Meta(
            description="How several judges come to one score. boolean: `majority`; a tie is the worse score, and "
            "told. float: `mean`, which is the default, or `median`."
        ),
    ] = None
    lowest: Annotated[float, Meta(description="The lowest score of a float judge.")] = 0.0
    highest: Annotated[
        float, Meta(description="The highest score of a float judge. A score off the scale is an error.")
    ] = 1.0
    include: Annotated[IncludeSpec, Meta(description="What the judge sees beside question and answer.")] = IncludeSpec()
    input_format: Annotated[
        Literal["serialized", "messages"],
        Meta(
            description="How the judge sees the question: `serialized` as one text, or `messages` as the conversation "
            "that it was, which images need."
        ),
    ] = "serialized"
    cutoff: Annotated[
        float | None, Meta(description='The least (`optimize = "min"`: the most) that the mean may be; as --cutoff.')
    ] = None
    labels: Annotated[
        File | None,
        Meta(
            description="JSON Lines of human labels: `id`, `label`, and `answer` or `answer_sha256`. A label is for "
            "that datapoint with that answer only."
        ),
    ] = None
    labels_mode: Annotated[
        Literal["both", "replace", "compare"],
        Meta(
            description="What becomes of an answer with a label. `both`: the label is the score, and the judge is "
            "asked too, so that its agreement is known. `replace`: the label is the score, and the judge is not asked. "
            "`compare`: the judge's score stands, and the label only measures it."
        ),
    ] = "both"
    description: Annotated[str | None, Meta(description="For people.")] = None


class PairwiseJudgeSpec(
    Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, tag_field="type", tag="pairwise_judge"
):
    """A model says which of two answers is better: 1 for a win, 0.5 for a tie, 0 for a defeat.

    Each judge is asked twice, with the answers swapped. One that does not say the same both times counts as a tie, and
    how often that happens is reported.
    """

    rubric: Annotated[Name | None, Meta(description="What makes an answer the better one.")] = None
    judges: Annotated[
        tuple[str, ...], Meta(description="Variants of functions that judge, as FUNCTION::VARIANT; several vote.")
    ] = ()
    variants: Annotated[
        dict[str, JudgeVariantSpec], Meta(description="Judges of this evaluator alone; those that are active vote too.")
    ] = {}
    vote: Annotated[Literal["mean", "median"], Meta(description="How several judges come to one score.")] = "mean"
    against: Annotated[
        File | None,
        Meta(
            description="JSON Lines with `id` and `answer`, such as results.jsonl of another run, or that run's "
            "folder. Without it, the datapoint's reference is the other answer."
        ),
    ] = None
    against_variant: Annotated[
        str | None, Meta(description="Whose answers to take from `against`, where it has several variants.")
    ] = None
    include: Annotated[IncludeSpec, Meta(description="What the judge sees beside the question and both answers.")] = (
        IncludeSpec()
    )
    input_format: Annotated[
        Literal["serialized", "messages"], Meta(description="How the judge sees the question, as for `llm_judge`.")
    ] = "serialized"
    cutoff: Annotated[_Share | None, Meta(description="The least that the mean may be; 0.5 is as good.")] = None
    description: Annotated[str | None, Meta(description="For people.")] = None


JudgeSpec = LLMJudgeSpec | PairwiseJudgeSpec
