"""The settings of each kind of evaluator, as `type` names it. Names are TensorZero's wherever it has the same thing.

Descriptions are what help, documentation and the JSON schema say. What a type can't express is checked by `build`.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from msgspec import Meta, Struct

from evaluations.evaluators.judge_specs import JudgeSpec

Cutoff = Annotated[float | None, Meta(description="The least that the mean may be; the most where smaller is better.")]
Marker = Annotated[str, Meta(min_length=1)]
Share = Annotated[float, Meta(gt=0)]
Tolerance = Annotated[float, Meta(ge=0)]
UnicodeForm = Annotated[
    Literal["NFC", "NFKC"] | None,
    Meta(description="The Unicode form that both sides are brought to; without it, é and e with an accent differ."),
]


class EvaluatorSettings(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, tag_field="type"):
    """What every kind has."""

    cutoff: Cutoff = None


class ExactMatchSpec(EvaluatorSettings, frozen=True, kw_only=True, tag="exact_match"):
    """1 where the answer is the reference: a text, a JSON value, or the blocks of a message; else 0."""

    compare: Annotated[
        Literal["auto", "text", "json", "blocks"],
        Meta(
            description="What is compared. `auto` goes by each reference: a text as text, TensorZero's content blocks "
            "as blocks, anything else as JSON. With `json`, a reference that is a text holds the JSON, as CSV files do."
        ),
    ] = "auto"


class ContainsSpec(EvaluatorSettings, frozen=True, kw_only=True, tag="contains"):
    """1 where texts are in the answer, or are not, as `behavior` says; else 0."""

    behavior: Annotated[
        Literal["all_of", "any_of", "none_of"], Meta(description="How many of the texts must be there.")
    ] = "all_of"
    texts: Annotated[
        tuple[Marker, ...], Meta(description="What is looked for; without it the reference, a text or a list of texts.")
    ] = ()
    ignore_case: Annotated[bool, Meta(description="Whether capital and small letters are the same.")] = False
    unicode_form: UnicodeForm = None


class RegexSpec(EvaluatorSettings, frozen=True, kw_only=True, tag="regex"):
    """1 where the answer's text matches `must_match` and does not match `must_not_match`; else 0.

    Patterns are those of Rust's `regex`, as in TensorZero: found anywhere, no look-around, no back references.
    """

    must_match: Annotated[str | None, Meta(description="A pattern that must be found in the text.")] = None
    must_not_match: Annotated[str | None, Meta(description="A pattern that must not be found in the text.")] = None


class NumericSpec(EvaluatorSettings, frozen=True, kw_only=True, tag="numeric"):
    """1 where the number in the answer is the reference, within a tolerance; else 0."""

    position: Annotated[
        Literal["whole", "first", "last"],
        Meta(description="Where the number is: it is the `whole` answer, or the `first` or the `last` number in it."),
    ] = "whole"
    after: Annotated[
        Marker | None,
        Meta(description="Look only behind the last place where this text is; an answer without it scores 0."),
    ] = None
    absolute_tolerance: Annotated[Tolerance, Meta(description="How far off the number may be.")] = 0.0
    relative_tolerance: Annotated[
        Tolerance, Meta(description="How far off it may be as a share of the reference; the larger tolerance counts.")
    ] = 0.0


class JsonSchemaSpec(EvaluatorSettings, frozen=True, kw_only=True, tag="json_schema"):
    """1 where the answer is JSON that the schema allows; else 0."""

    schema: Annotated[
        str | dict[str, Any] | None,
        Meta(description="The schema, or the path of its file; without it the function's `output_schema`."),
    ] = None
    validate_formats: Annotated[
        bool, Meta(description="Whether `format` (email, date-time, ...) is checked and not only a remark.")
    ] = False


class FieldSpec(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How one field of a JSON answer is compared, and how much it counts."""

    weight: Annotated[Share, Meta(description="How much the field counts beside the others.")] = 1.0
    comparison: Annotated[
        Literal["exact", "text", "numeric", "unordered", "token_f1", "edit_distance"],
        Meta(
            description="`exact`: the same JSON value. `text`: the same text but for case and white space. `numeric`: "
            "within a tolerance. `unordered`: lists, in any order, with partial credit (F1 of the items). `token_f1`, "
            "`edit_distance`: how similar two texts are."
        ),
    ] = "exact"
    absolute_tolerance: Annotated[Tolerance, Meta(description="For `numeric`: how far off it may be.")] = 0.0
    relative_tolerance: Annotated[Tolerance, Meta(description="For `numeric`: as a share of the reference.")] = 0.0


class JsonFieldsSpec(EvaluatorSettings, frozen=True, kw_only=True, tag="json_fields"):
    """The weighted share of the reference's fields that the answer's JSON object has right, from 0 to 1."""

    fields: Annotated[
        dict[str, FieldSpec],
        Meta(
            description="Which fields count and how: a key of the object, or a JSON pointer (`/address/city`). Without "
            "it each key of the reference, with equal weights. Fields that a reference does not have are left out."
        ),
    ] = {}
    allow_extra: Annotated[
        bool,
        Meta(description="Whether the answer may have keys that the reference has not; if not, each is a wrong field."),
    ] = True


class SimilaritySpec(EvaluatorSettings, frozen=True, kw_only=True, tag="similarity"):
    """How similar the answer's text is to the reference, from 0 to 1; to the best of several references."""

    metric: Annotated[
        Literal["token_f1", "edit_distance"],
        Meta(
            description="`token_f1`: the harmonic mean of precision and recall of the words, as SQuAD has it. "
            "`edit_distance`: 1 less the Levenshtein distance as a share of the longer text."
        ),
    ] = "token_f1"
    normalize: Annotated[
        bool | None,
        Meta(
            description="Whether case, punctuation, the articles a, an and the, and white space are disregarded, as in "
            "SQuAD. By default for `token_f1` only."
        ),
    ] = None


class ExpectedTool(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A call of a tool with certain arguments."""

    name: Annotated[str, Meta(description="The tool's name.")]
    arguments: Annotated[
        dict[str, Any], Meta(description="Arguments that the call must have, with these values; others may be there.")
    ] = {}
    allow_extra: Annotated[bool, Meta(description="Whether the call may have more arguments than these.")] = True


class ToolUseSpec(EvaluatorSettings, frozen=True, kw_only=True, tag="tool_use"):
    """1 where the tools that the model wants called are as `behavior` says; else 0."""

    behavior: Annotated[
        Literal["none", "any", "none_of", "any_of", "all_of"],
        Meta(
            description="`none`: no tool is called. `any`: at least one is. `none_of`, `any_of`, `all_of`: of `tools`; "
            "a tool that is listed twice for `all_of` must be called twice."
        ),
    ]
    tools: Annotated[tuple[str | ExpectedTool, ...], Meta(description="Names of tools, or names with arguments.")] = ()


class ScaleSettings(EvaluatorSettings, frozen=True, kw_only=True):
    """What the kinds have whose scores come from somebody else's code."""

    output_type: Annotated[Literal["float", "boolean"], Meta(description="A number, or yes or no.")] = "float"
    optimize: Annotated[Literal["max", "min"], Meta(description="Whether larger or smaller is better.")] = "max"
    lowest: Annotated[float, Meta(description="The lower end of the scale; a score below it is an error.")] = 0.0
    highest: Annotated[float, Meta(description="The upper end of the scale; a score above it is an error.")] = 1.0
    timeout: Annotated[float, Meta(gt=0, description="Seconds for one score; longer is an error.")] = 60.0
    requires_reference: Annotated[
        bool, Meta(description="Whether a datapoint without a reference is refused before the first request.")
    ] = False


class PythonSpec(ScaleSettings, frozen=True, kw_only=True, tag="python"):
    """What a Python function says of the datapoint and the answer."""

    function: Annotated[
        str,
        Meta(
            pattern=r"^[^:\s]+:[^:\s]+$",
            description="`module:function`, asynchronous or not. It gets the datapoint and the answer, and returns a "
            "number, yes or no, or a Rating.",
        ),
    ]


class CommandSpec(ScaleSettings, frozen=True, kw_only=True, tag="command"):
    """What a program says, that reads a JSON line for each answer and writes a JSON line with its score."""

    command: Annotated[
        tuple[str, ...], Meta(min_length=1, description="The program and its arguments. No shell is involved.")
    ]
    processes: Annotated[int, Meta(ge=1, description="How many of it run side by side.")] = 1


ModelFreeSpec = (
    ExactMatchSpec
    | ContainsSpec
    | RegexSpec
    | NumericSpec
    | JsonSchemaSpec
    | JsonFieldsSpec
    | SimilaritySpec
    | ToolUseSpec
    | PythonSpec
    | CommandSpec
)
"""The kinds that ask no model; `build` makes evaluators of these."""

EvaluatorSpec = ModelFreeSpec | JudgeSpec
