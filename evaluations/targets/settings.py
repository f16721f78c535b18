"""The fields of a chat request beside its messages, from what the configuration says of variant, function and tools.

As TensorZero sends them to OpenAI, but for a tool's `strict`, which it puts where OpenAI does not look for it.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from msgspec import Struct

from evaluations.errors import UsageError
from evaluations.model import Json
from evaluations.targets.nearest import known
from evaluations.targets.schemas import read_schema
from evaluations.targets.specs import ChatCompletionSpec, ChatFunctionSpec, SpecificTool, ToolSpec

ANSWER_TOOL = "respond"
"""TensorZero's name for the tool of `json_mode = "tool"`."""
_ANSWER_TOOL_DESCRIPTION = "Respond to the user using the output schema provided."


class Output(Struct, frozen=True):
    """How an answer in JSON is asked for."""

    settings: Mapping[str, Json]
    says_json: bool = False
    """Whether a message must say JSON, since OpenAI refuses the request otherwise."""
    answer_tool: str | None = None
    """The tool whose arguments are the answer."""


def sampling(variant: ChatCompletionSpec) -> dict[str, Json]:
    """What the variant says of sampling; what it does not say is left to the server."""
    fields = {
        "temperature": variant.temperature,
        "top_p": variant.top_p,
        "max_completion_tokens": variant.max_tokens,
        "presence_penalty": variant.presence_penalty,
        "frequency_penalty": variant.frequency_penalty,
        "seed": variant.seed,
        "stop": list(variant.stop_sequences) or None,
        "reasoning_effort": variant.reasoning_effort,
        "service_tier": variant.service_tier,
        "verbosity": variant.verbosity,
    }
    return {name: value for name, value in fields.items() if value is not None}


def json_output(mode: str | None, schema: Json) -> Output:
    """For an answer by that JSON schema; `schema` is None for any JSON. `mode` is the variant's `json_mode`."""
    if mode == "off":
        return Output({})
    if mode == "tool":
        tool = function_tool(ANSWER_TOOL, _ANSWER_TOOL_DESCRIPTION, {} if schema is None else schema, strict=False)
        return Output({"tools": [tool], "tool_choice": specific(ANSWER_TOOL)}, answer_tool=ANSWER_TOOL)
    if mode == "on" or schema is None:
        return Output({"response_format": {"type": "json_object"}}, says_json=True)
    form = {"name": "response", "strict": True, "schema": schema}
    return Output({"response_format": {"type": "json_schema", "json_schema": form}})


def tool_use(function: ChatFunctionSpec, tools: Mapping[str, ToolSpec], folder: Path, where: str) -> dict[str, Json]:
    """The function's tools; `where` is its key path. Raises UsageError for one that is not there."""
    offered = []
    for name in function.tools:
        spec = known(name, tools, f"{where}.tools", "tool")
        parameters = read_schema(folder, spec.parameters, f"tools.{name}.parameters")
        offered.append(function_tool(spec.name or name, spec.description, parameters, strict=spec.strict))
    if not offered:
        return {}
    fields: dict[str, Json] = {"tools": offered, "tool_choice": function.tool_choice}
    if isinstance(function.tool_choice, SpecificTool):
        chosen = function.tool_choice.specific
        if chosen not in function.tools:
            do = "name one of the function's tools"
            raise UsageError(f"the function has no tool {chosen}", where=f"{where}.tool_choice", do=do)
        fields["tool_choice"] = specific(tools[chosen].name or chosen)
    if function.parallel_tool_calls is not None:
        fields["parallel_tool_calls"] = function.parallel_tool_calls
    return fields


def function_tool(name: str, description: str, parameters: Json, *, strict: bool) -> dict[str, Json]:
    """A tool in OpenAI's form."""
    function = {"name": name, "description": description, "parameters": parameters}
    return {"type": "function", "function": {**function, "strict": True} if strict else function}


def specific(name: str) -> dict[str, Json]:
    """The choice of one tool in OpenAI's form."""
    return {"type": "function", "function": {"name": name}}
