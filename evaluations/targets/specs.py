"""What the configuration says of functions, variants, models and tools. TensorZero's names where it is the same thing.

Files are named relative to the configuration's folder. No logic here: `build` makes targets of these.
"""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import Meta, Struct

Positive = Annotated[int, Meta(gt=0)]
Count = Annotated[int, Meta(ge=0)]
Amount = Annotated[float, Meta(ge=0)]
Share = Annotated[float, Meta(ge=0, le=1)]
Pointer = Annotated[str, Meta(pattern="^/")]
"""RFC 6901."""
File = Annotated[str, Meta(min_length=1)]
Name = Annotated[str, Meta(min_length=1)]
KeyLocation = Annotated[str, Meta(pattern="^(none|env::[A-Za-z_][A-Za-z0-9_]*)$")]
"""`env::VARIABLE` or `none`. A key itself is never a setting."""
ADDRESS = "^https?://"


class PathSpec(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A file."""

    path: Annotated[File, Meta(description="Relative to the configuration's folder.")]


class NonStreamingTimeoutSpec(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """For whole answers, the only ones that are asked for."""

    total_ms: Annotated[Positive | None, Meta(description="Milliseconds for one attempt, answer included.")] = None


class StreamingTimeoutSpec(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """For streamed answers. Accepted since TensorZero's files have it; nothing is streamed here."""

    ttft_ms: Annotated[Positive | None, Meta(description="Not used: nothing is streamed.")] = None
    total_ms: Annotated[Positive | None, Meta(description="Not used: nothing is streamed.")] = None


class TimeoutsSpec(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Time limits. Of variant, model and provider, the shortest counts."""

    non_streaming: Annotated[NonStreamingTimeoutSpec, Meta(description="For whole answers.")] = (
        NonStreamingTimeoutSpec()
    )
    streaming: Annotated[StreamingTimeoutSpec, Meta(description="Not used: nothing is streamed.")] = (
        StreamingTimeoutSpec()
    )


class RetriesSpec(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How often a request is tried again that may succeed later."""

    num_retries: Annotated[Count, Meta(description="Attempts after the first.")] = 0
    max_delay_s: Annotated[float, Meta(gt=0, description="The longest wait between two attempts, in seconds.")] = 10.0


class _VariantSpec(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, tag_field="type"):
    """What every kind of variant has."""

    timeouts: Annotated[TimeoutsSpec, Meta(description="Time limits.")] = TimeoutsSpec()
    retries: Annotated[RetriesSpec | None, Meta(description="Without it, the run's own retries.")] = None
    weight: Annotated[
        Amount | None,
        Meta(description="How often a gateway picks this variant. An evaluation asks those that it is told to."),
    ] = None


class ChatCompletionSpec(_VariantSpec, frozen=True, kw_only=True, forbid_unknown_fields=True, tag="chat_completion"):
    """A model behind a chat endpoint, with templates for its messages."""

    model: Annotated[Name, Meta(description="A model of `[models]`, or `openai::NAME` for one of OpenAI's.")]
    system_template: Annotated[File | None, Meta(description="MiniJinja template of the system message.")] = None
    user_template: Annotated[File | None, Meta(description="MiniJinja template of user messages.")] = None
    assistant_template: Annotated[File | None, Meta(description="MiniJinja template of assistant messages.")] = None
    templates: Annotated[
        dict[str, PathSpec],
        Meta(description="Templates by name; `system`, `user` and `assistant` are those of the roles."),
    ] = {}
    temperature: Annotated[Amount | None, Meta(description="Sampling temperature.")] = None
    top_p: Annotated[Share | None, Meta(description="Share of probability that is sampled from.")] = None
    max_tokens: Annotated[Positive | None, Meta(description="The longest answer, in tokens.")] = None
    presence_penalty: Annotated[float | None, Meta(description="Against tokens that were there at all.")] = None
    frequency_penalty: Annotated[float | None, Meta(description="Against tokens by how often they were there.")] = None
    seed: Annotated[int | None, Meta(description="For servers that sample repeatably.")] = None
    stop_sequences: Annotated[tuple[str, ...], Meta(description="Where the model stops.")] = ()
    reasoning_effort: Annotated[str | None, Meta(description="For reasoning models.")] = None
    service_tier: Annotated[
        Literal["auto", "default", "priority", "flex"] | None, Meta(description="Priority at the provider.")
    ] = None
    verbosity: Annotated[str | None, Meta(description="For models that take it.")] = None
    json_mode: Annotated[
        Literal["off", "on", "strict", "tool"] | None,
        Meta(
            description="For `json` functions. off: only the prompt asks for JSON; on: JSON mode; strict: the output "
            "schema goes along; tool: the answer is the arguments of a tool with that schema. Default: strict."
        ),
    ] = None


class GatewaySpec(_VariantSpec, frozen=True, kw_only=True, forbid_unknown_fields=True, tag="tensorzero_gateway"):
    """A variant that a running TensorZero gateway knows."""

    gateway_url: Annotated[str, Meta(pattern=ADDRESS, description="Such as http://localhost:3000")]
    function_name: Annotated[Name | None, Meta(description="Without it, the function's name here.")] = None
    variant_name: Annotated[Name | None, Meta(description="Without it, the variant's name here.")] = None
    dryrun: Annotated[bool, Meta(description="Keep the gateway from storing the inferences.")] = False
    api_key_location: Annotated[KeyLocation, Meta(description="`env::VARIABLE`, or `none`.")] = "none"


class PythonSpec(_VariantSpec, frozen=True, kw_only=True, forbid_unknown_fields=True, tag="python"):
    """A Python function, async or not, that takes the input and gives a text, an object or an Answer.

    An object has `text`, `tool_calls`, `refusal`, `finish` or `usage`; of a `json` function, any other object is the
    JSON that it answers with.
    """

    function: Annotated[
        str, Meta(pattern=r"^[\w.]+:[\w.]+$", description="`module:function`, found from the configuration's folder.")
    ]


class CommandSpec(_VariantSpec, frozen=True, kw_only=True, forbid_unknown_fields=True, tag="command"):
    """A program that reads a JSON object a line and answers each with one.

    An answer has `text`, `tool_calls`, `refusal`, `finish`, `usage` or `error`; of a `json` function, any other object
    is the JSON that it answers with.
    """

    command: Annotated[
        tuple[str, ...], Meta(min_length=1, description="Program and arguments; run in the configuration's folder.")
    ]
    processes: Annotated[Positive, Meta(description="How many of it run; each is asked one thing at a time.")] = 1


VariantSpec = ChatCompletionSpec | GatewaySpec | PythonSpec | CommandSpec


class SpecificTool(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The one tool that is to be called."""

    specific: Annotated[Name, Meta(description="A tool of the function's `tools`.")]


class _FunctionSpec(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, tag_field="type"):
    """What `chat` and `json` functions have in common."""

    variants: Annotated[dict[str, VariantSpec], Meta(description="The ways to do it that are evaluated.")] = {}
    system_schema: Annotated[File | None, Meta(description="JSON schema of the system template's arguments.")] = None
    user_schema: Annotated[File | None, Meta(description="JSON schema of the user template's arguments.")] = None
    assistant_schema: Annotated[File | None, Meta(description="JSON schema of the assistant template's arguments.")] = (
        None
    )
    schemas: Annotated[
        dict[str, PathSpec], Meta(description="JSON schemas of template arguments, by the template's name.")
    ] = {}
    description: Annotated[str | None, Meta(description="For people.")] = None


class ChatFunctionSpec(_FunctionSpec, frozen=True, kw_only=True, forbid_unknown_fields=True, tag="chat"):
    """A function that answers with text or tool calls."""

    tools: Annotated[tuple[Name, ...], Meta(description="Tools of `[tools]` that the model may call.")] = ()
    tool_choice: Annotated[
        Literal["none", "auto", "required"] | SpecificTool, Meta(description="Whether and which tool is to be called.")
    ] = "auto"
    parallel_tool_calls: Annotated[bool | None, Meta(description="Whether several tools may be called at once.")] = None


class JsonFunctionSpec(_FunctionSpec, frozen=True, kw_only=True, forbid_unknown_fields=True, tag="json"):
    """A function that answers with JSON."""

    output_schema: Annotated[File | None, Meta(description="JSON schema of the answer; without it, any JSON.")] = None


FunctionSpec = ChatFunctionSpec | JsonFunctionSpec


class CostSpec(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a number in the provider's answer costs. The sum over all of a provider's is the cost of an answer."""

    pointer: Annotated[Pointer | None, Meta(description="JSON pointer, such as /usage/prompt_tokens")] = None
    pointer_nonstreaming: Annotated[Pointer | None, Meta(description="Another name of `pointer`.")] = None
    pointer_streaming: Annotated[Pointer | None, Meta(description="Not used: nothing is streamed.")] = None
    cost_per_million: Annotated[float | None, Meta(description="For a million of them; below 0 for a discount.")] = None
    cost_per_unit: Annotated[float | None, Meta(description="For each of them.")] = None
    required: Annotated[bool, Meta(description="Whether an answer without that number is a failure.")] = False


class OpenAIProviderSpec(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, tag="openai", tag_field="type"):
    """An endpoint that speaks OpenAI's chat protocol, whoever runs it."""

    model_name: Annotated[Name, Meta(description="As the endpoint calls it.")]
    api_base: Annotated[str, Meta(pattern=ADDRESS, description="Base URL, such as http://localhost:8000/v1")] = (
        "https://api.openai.com/v1/"
    )
    api_key_location: Annotated[KeyLocation, Meta(description="`env::VARIABLE`, or `none`.")] = "env::OPENAI_API_KEY"
    api_type: Annotated[Literal["chat_completions"], Meta(description="The protocol.")] = "chat_completions"
    cost: Annotated[
        tuple[CostSpec, ...], Meta(description="Prices; without them, the cost is not known, and can't be limited.")
    ] = ()
    timeouts: Annotated[TimeoutsSpec, Meta(description="Time limits.")] = TimeoutsSpec()


ProviderSpec = OpenAIProviderSpec


class ModelSpec(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A model, and who serves it."""

    routing: Annotated[
        tuple[Name, ...], Meta(min_length=1, description="Providers in the order in which they are tried.")
    ]
    providers: Annotated[dict[str, ProviderSpec], Meta(description="By the names in `routing`.")]
    timeouts: Annotated[TimeoutsSpec, Meta(description="Time limits.")] = TimeoutsSpec()


class ToolSpec(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A tool that a model may call. It is never run: what is evaluated is the call."""

    description: Annotated[str, Meta(description="For the model.")]
    parameters: Annotated[File, Meta(description="JSON schema of its arguments.")]
    strict: Annotated[bool, Meta(description="Whether the model is held to the schema.")] = False
    name: Annotated[Name | None, Meta(description="What the model calls it; without it, its name in `[tools]`.")] = None
