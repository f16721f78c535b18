"""Makes targets of `chat_completion` variants."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from evaluations.errors import UsageError
from evaluations.model import Json
from evaluations.targets import Target
from evaluations.targets.build_prompt import build_prompt
from evaluations.targets.chat import ChatTarget
from evaluations.targets.nearest import known
from evaluations.targets.prompt import Prompt
from evaluations.targets.providers import find_model, read_key, read_prices
from evaluations.targets.routed import RoutedTarget
from evaluations.targets.schemas import read_schema
from evaluations.targets.settings import Output, json_output, sampling, tool_use
from evaluations.targets.specs import ChatCompletionSpec, ChatFunctionSpec, FunctionSpec
from evaluations.targets.surroundings import Surroundings


def build_completion(
    variant: ChatCompletionSpec, function: FunctionSpec, around: Surroundings, *, where: str, function_where: str
) -> Target:
    """The target; `where` and `function_where` are key paths. Raises UsageError."""
    output = _output(variant, function, around, where, function_where)
    prompt = build_prompt(
        variant,
        function,
        around.folder,
        where=where,
        function_where=function_where,
        images=around.images,
        says_json=output.says_json,
    )
    return build_chat(variant, prompt, around, where=where, output=output)


def _output(
    variant: ChatCompletionSpec, function: FunctionSpec, around: Surroundings, where: str, function_where: str
) -> Output:
    if not isinstance(function, ChatFunctionSpec):
        path = function.output_schema
        schema = None if path is None else read_schema(around.folder, path, f"{function_where}.output_schema")
        return json_output(variant.json_mode, schema)
    if variant.json_mode is not None:
        do = 'leave it out, or make the function one with type = "json"'
        raise UsageError("json_mode is for json functions", where=f"{where}.json_mode", do=do)
    return Output(tool_use(function, around.tools, around.folder, function_where))


_PLAIN = Output(MappingProxyType({}))


def build_chat(
    variant: ChatCompletionSpec, prompt: Prompt, around: Surroundings, *, where: str, output: Output = _PLAIN
) -> Target:
    """A chat completion with that prompt; for judges too, whose messages come from no template.

    The variant's templates and `json_mode` are not looked at: `prompt` and `output` say what comes of them (see
    `json_output`, whose `says_json` belongs into the prompt). `where` is the variant's key path. Raises UsageError.
    """
    model, place = find_model(variant.model, around.models, f"{where}.model")
    settings: Mapping[str, Json] = {**sampling(variant), **output.settings}
    targets = []
    for name in model.routing:
        provider = known(name, model.providers, f"{place}.routing", "provider")
        its = f"{place}.providers.{name}"
        key, variable = read_key(provider.api_key_location, around.environment, f"{its}.api_key_location")
        target = ChatTarget(
            provider.api_base,
            provider.model_name,
            api_key=key,
            timeout=around.time_limit(variant.timeouts, model.timeouts, provider.timeouts),
            prompt=prompt,
            settings=settings,
            prices=read_prices(provider.cost, f"{its}.cost"),
            answer_tool=output.answer_tool,
            where=f"{its}.api_base",
            variable=variable,
        )
        targets.append(target)
    return targets[0] if len(targets) == 1 else RoutedTarget(targets)
