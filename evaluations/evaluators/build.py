"""From an evaluator's settings to the evaluator. Each kind is loaded when it is first built."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

from evaluations.errors import UsageError
from evaluations.evaluators import Evaluator, specs
from evaluations.evaluators.build_outside import command, python_function
from evaluations.model import Json


def build(
    name: str,
    spec: specs.ModelFreeSpec,
    stack: AsyncExitStack,
    *,
    folder: Path = Path(),
    where: str = "",
    output_schema: str | Json = None,
) -> Evaluator:
    """The evaluator that the settings describe; what it holds open is closed with the stack. Nothing is started yet.

    `folder` is the configuration's: files, modules and programs are found from there. `where` is the key path of the
    settings, for errors. `output_schema` is the function's, a schema or the path of its file. Raises UsageError for
    settings that say nothing, contradict each other, or name what is not there.
    """
    where = where or f"evaluators.{name}"
    if isinstance(spec, specs.ExactMatchSpec):
        from evaluations.evaluators.exact_match import ExactMatch  # noqa: PLC0415

        return ExactMatch(name, compare=spec.compare)
    if isinstance(spec, specs.PythonSpec):
        return python_function(name, spec, stack, folder, where)
    if isinstance(spec, specs.CommandSpec):
        return command(name, spec, stack, folder, where)
    if isinstance(spec, specs.JsonSchemaSpec):
        return _json_schema(name, spec, folder, where, output_schema)
    return _BUILDERS[type(spec)](name, spec, where)


def _contains(name: str, spec: specs.ContainsSpec, where: str) -> Evaluator:  # noqa: ARG001
    from evaluations.evaluators.contains import Contains  # noqa: PLC0415

    return Contains(
        name, behavior=spec.behavior, texts=spec.texts, ignore_case=spec.ignore_case, unicode_form=spec.unicode_form
    )


def _regex(name: str, spec: specs.RegexSpec, where: str) -> Evaluator:
    from evaluations.evaluators.regex import Regex, compiled  # noqa: PLC0415

    if spec.must_match is None and spec.must_not_match is None:
        raise UsageError("neither must_match nor must_not_match is there", where=where, do="give one of them, or both")
    must, must_not = (
        None if pattern is None else compiled(pattern, f"{where}.{key}")
        for key, pattern in (("must_match", spec.must_match), ("must_not_match", spec.must_not_match))
    )
    return Regex(name, must_match=must, must_not_match=must_not)


def _numeric(name: str, spec: specs.NumericSpec, where: str) -> Evaluator:  # noqa: ARG001
    from evaluations.evaluators.numeric import Numeric  # noqa: PLC0415

    return Numeric(
        name,
        position=spec.position,
        after=spec.after,
        absolute_tolerance=spec.absolute_tolerance,
        relative_tolerance=spec.relative_tolerance,
    )


def _json_fields(name: str, spec: specs.JsonFieldsSpec, where: str) -> Evaluator:
    from evaluations.evaluators.json_fields import JsonFields  # noqa: PLC0415

    for key, field in spec.fields.items():
        if field.comparison != "numeric" and (field.absolute_tolerance or field.relative_tolerance):
            raise UsageError(
                f'a tolerance is for comparison = "numeric", and this is "{field.comparison}"',
                where=f"{where}.fields.{key}",
                do="take one of them out",
            )
    return JsonFields(name, fields=spec.fields, allow_extra=spec.allow_extra)


def _similarity(name: str, spec: specs.SimilaritySpec, where: str) -> Evaluator:  # noqa: ARG001
    from evaluations.evaluators.similarity import Similarity  # noqa: PLC0415

    normalize = spec.metric == "token_f1" if spec.normalize is None else spec.normalize
    return Similarity(name, metric=spec.metric, normalize=normalize)


def _tool_use(name: str, spec: specs.ToolUseSpec, where: str) -> Evaluator:
    from evaluations.evaluators.tool_use import ToolUse  # noqa: PLC0415

    if spec.behavior in {"none", "any"} and spec.tools:
        raise UsageError(
            f'tools are not for behavior = "{spec.behavior}"',
            where=f"{where}.tools",
            do=f'take them out, or say "{spec.behavior}_of"'
            if spec.behavior == "none"
            else 'take them out, or say "any_of"',
        )
    if spec.behavior not in {"none", "any"} and not spec.tools:
        raise UsageError(f'behavior = "{spec.behavior}" needs tools', where=f"{where}.tools", do="name at least one")
    return ToolUse(name, behavior=spec.behavior, tools=spec.tools)


_BUILDERS: dict[type, Callable[[str, Any, str], Evaluator]] = {
    specs.ContainsSpec: _contains,
    specs.RegexSpec: _regex,
    specs.NumericSpec: _numeric,
    specs.JsonFieldsSpec: _json_fields,
    specs.SimilaritySpec: _similarity,
    specs.ToolUseSpec: _tool_use,
}


def _json_schema(
    name: str, spec: specs.JsonSchemaSpec, folder: Path, where: str, output_schema: str | Json
) -> Evaluator:
    from evaluations.evaluators.json_schema import JsonSchema, validator  # noqa: PLC0415
    from evaluations.targets.schemas import read_schema  # noqa: PLC0415

    schema = output_schema if spec.schema is None else spec.schema
    where = f"{where}.schema"
    if schema is None:
        raise UsageError(
            "there is no schema, and the function has none", where=where, do="give one, or its file's path"
        )
    if isinstance(schema, str):
        schema = read_schema(folder, schema, where)
    validate = validator(schema, where, formats=spec.validate_formats)
    return JsonSchema(name, validate=validate, schema=schema, formats=spec.validate_formats)
