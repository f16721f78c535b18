"""Makes targets of what the configuration says. What is wrong in it is said here, by its key path, before any request.

Modules are loaded for the kinds that are built: a program's target needs no aiohttp.
"""

from __future__ import annotations

from evaluations.targets import Target
from evaluations.targets.providers import read_key
from evaluations.targets.specs import (
    ChatCompletionSpec,
    CommandSpec,
    FunctionSpec,
    GatewaySpec,
    JsonFunctionSpec,
    VariantSpec,
)
from evaluations.targets.surroundings import Surroundings


def build_target(
    name: str, variant: VariantSpec, function: FunctionSpec, around: Surroundings, *, function_name: str
) -> Target:
    """The target for the function's variant of that name. Raises UsageError."""
    function_where = f"functions.{function_name}"
    where = f"{function_where}.variants.{name}"
    if isinstance(variant, ChatCompletionSpec):
        from evaluations.targets.build_chat import build_completion  # noqa: PLC0415, loads aiohttp and minijinja

        return build_completion(variant, function, around, where=where, function_where=function_where)
    if isinstance(variant, GatewaySpec):
        return _build_gateway(name, variant, function, around, function_name)
    timeout = around.time_limit(variant.timeouts)
    if isinstance(variant, CommandSpec):
        from evaluations.targets.command import CommandTarget  # noqa: PLC0415

        return CommandTarget(
            variant.command,
            folder=around.folder,
            processes=variant.processes,
            timeout=timeout,
            where=f"{where}.command",
            json_function=isinstance(function, JsonFunctionSpec),
        )
    from evaluations.targets.python_function import PythonTarget  # noqa: PLC0415

    return PythonTarget(
        variant.function,
        folder=around.folder,
        where=f"{where}.function",
        timeout=timeout,
        concurrency=around.concurrency,
        json_function=isinstance(function, JsonFunctionSpec),
    )


def _build_gateway(
    name: str, variant: GatewaySpec, function: FunctionSpec, around: Surroundings, function_name: str
) -> Target:
    from evaluations.targets.gateway import GatewayTarget  # noqa: PLC0415, loads aiohttp

    where = f"functions.{function_name}.variants.{name}"
    key, variable = read_key(variant.api_key_location, around.environment, f"{where}.api_key_location")
    return GatewayTarget(
        variant.gateway_url,
        variant.function_name or function_name,
        variant.variant_name or name,
        api_key=key,
        timeout=around.time_limit(variant.timeouts),
        dryrun=variant.dryrun,
        has_system=function.system_schema is not None or "system" in function.schemas,
        images=around.images,
        where=f"{where}.gateway_url",
        variable=variable,
    )
