"""Names in a configuration that lead to nothing: functions, variants, models, tools, evaluators, and files."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from evaluations.config.keys import KeyPath, advise
from evaluations.config.specs import Configuration, EvaluationSpec, FunctionSpec
from evaluations.config.strict import Flaw
from evaluations.evaluators.judge_specs import JudgeSpec, LLMJudgeSpec
from evaluations.evaluators.specs import EvaluatorSpec, JsonSchemaSpec, ToolUseSpec
from evaluations.targets.specs import ChatCompletionSpec, ChatFunctionSpec, JsonFunctionSpec, PathSpec, SpecificTool

_SHORTHAND = "openai::"
"""A model of OpenAI's that needs no table, as in TensorZero."""


def dangling(configuration: Configuration, folder: Path) -> Iterator[Flaw]:
    """All names that are not there, and all files that are not where the configuration says."""
    for name, function in configuration.functions.items():
        yield from _function(configuration, function, ("functions", name), folder)
    for name, evaluation in configuration.evaluations.items():
        yield from unsound(configuration, evaluation, ("evaluations", name), folder)
    for name, model in configuration.models.items():
        for place, provider in enumerate(model.routing):
            yield from _name(provider, model.providers, "provider", ("models", name, "routing", place))
    for name, tool in configuration.tools.items():
        yield from _file(tool.parameters, ("tools", name, "parameters"), folder)


def _function(configuration: Configuration, function: FunctionSpec, path: KeyPath, folder: Path) -> Iterator[Flaw]:
    for key in ("system_schema", "user_schema", "assistant_schema"):
        yield from _file(getattr(function, key), (*path, key), folder)
    yield from _named_files(function.schemas, (*path, "schemas"), folder)
    if isinstance(function, JsonFunctionSpec):
        yield from _file(function.output_schema, (*path, "output_schema"), folder)
    if isinstance(function, ChatFunctionSpec):
        for place, tool in enumerate(function.tools):
            yield from _name(tool, configuration.tools, "tool", (*path, "tools", place))
        if isinstance(function.tool_choice, SpecificTool):
            chosen = (*path, "tool_choice", "specific")
            yield from _name(function.tool_choice.specific, function.tools, "tool of the function", chosen)
    for name, variant in function.variants.items():
        if isinstance(variant, ChatCompletionSpec):
            yield from _chat(configuration, variant, (*path, "variants", name), folder)
    yield from _evaluators(configuration, function, function.evaluators, (*path, "evaluators"), folder)


def _chat(configuration: Configuration, variant: ChatCompletionSpec, path: KeyPath, folder: Path) -> Iterator[Flaw]:
    if not variant.model.startswith(_SHORTHAND):
        yield from _name(variant.model, configuration.models, "model", (*path, "model"))
    for key in ("system_template", "user_template", "assistant_template"):
        yield from _file(getattr(variant, key), (*path, key), folder)
    yield from _named_files(variant.templates, (*path, "templates"), folder)


def unsound(configuration: Configuration, evaluation: EvaluationSpec, path: KeyPath, folder: Path) -> Iterator[Flaw]:
    """Names in one evaluation that are not there, and what it lacks."""
    functions = configuration.functions
    yield from _name(evaluation.function_name, functions, "function", (*path, "function_name"))
    function = functions.get(evaluation.function_name)
    if function is None:
        return
    yield from _evaluators(configuration, function, evaluation.evaluators, (*path, "evaluators"), folder)
    for place, variant in enumerate(evaluation.variants):
        yield from _name(variant, function.variants, "variant", (*path, "variants", place))
    if not function.variants:
        do = f"add [functions.{evaluation.function_name}.variants.NAME]"
        yield Flaw((*path, "function_name"), "the function has no variant", do)
    known = {**function.evaluators, **evaluation.evaluators}
    for place, evaluator in enumerate(evaluation.evaluator_names):
        yield from _name(evaluator, known, "evaluator", (*path, "evaluator_names", place))
    if not known:
        do = f"add [functions.{evaluation.function_name}.evaluators.NAME]"
        yield Flaw((*path, "function_name"), "nothing scores the answers", do)


def _evaluators(
    configuration: Configuration,
    function: FunctionSpec,
    evaluators: Mapping[str, EvaluatorSpec],
    above: KeyPath,
    folder: Path,
) -> Iterator[Flaw]:
    for name, evaluator in evaluators.items():
        path = (*above, name)
        if isinstance(evaluator, JudgeSpec):
            yield from _judge(configuration, evaluator, path, folder)
        elif isinstance(evaluator, JsonSchemaSpec) and isinstance(evaluator.schema, str):
            yield from _file(evaluator.schema, (*path, "schema"), folder)
        elif isinstance(evaluator, ToolUseSpec) and isinstance(function, ChatFunctionSpec) and function.tools:
            # Where the function names no tools, a gateway or a program may have its own.
            known = {configuration.tools[tool].name or tool for tool in function.tools if tool in configuration.tools}
            for place, tool in enumerate(evaluator.tools):
                wanted = tool if isinstance(tool, str) else tool.name
                yield from _name(wanted, sorted(known), "tool of the function", (*path, "tools", place))


def _judge(configuration: Configuration, judge: JudgeSpec, path: KeyPath, folder: Path) -> Iterator[Flaw]:
    known = [f"{function}::{name}" for function, each in configuration.functions.items() for name in each.variants]
    for place, variant in enumerate(judge.judges):
        yield from _name(variant, known, "variant", (*path, "judges", place))
    for name, own in judge.variants.items():
        yield from _chat(configuration, own, (*path, "variants", name), folder)
        yield from _file(own.system_instructions, (*path, "variants", name, "system_instructions"), folder)
    if isinstance(judge, LLMJudgeSpec):
        yield from _file(judge.labels, (*path, "labels"), folder)


def _named_files(files: Mapping[str, PathSpec], path: KeyPath, folder: Path) -> Iterator[Flaw]:
    for name, each in files.items():
        yield from _file(each.path, (*path, name, "path"), folder)


def _file(file: str | None, path: KeyPath, folder: Path) -> Iterator[Flaw]:
    if file is not None and not (folder / file).is_file():
        parent = (folder / file).parent
        names = [each.name for each in parent.iterdir()] if parent.is_dir() else []
        do = advise(Path(file).name, names, otherwise="paths are relative to the configuration's folder")
        yield Flaw(path, f'there is no file "{file}"', do)


def _name(name: str, known: Iterable[str], kind: str, path: KeyPath) -> Iterator[Flaw]:
    names = list(known)
    if name not in names:
        yield Flaw(path, f'there is no {kind} "{name}"', advise(name, names, otherwise=f"add the {kind}"))
