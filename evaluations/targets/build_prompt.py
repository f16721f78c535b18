"""Makes a variant's Prompt: reads its templates and the schemas of their arguments."""

from __future__ import annotations

from pathlib import Path

from evaluations.errors import UsageError
from evaluations.targets.prompt import Prompt, Template
from evaluations.targets.schemas import Check, check_of, read_schema
from evaluations.targets.specs import ChatCompletionSpec, FunctionSpec
from evaluations.targets.templates import Templates

_ROLES = ("system", "user", "assistant")


def build_prompt(
    variant: ChatCompletionSpec,
    function: FunctionSpec,
    folder: Path,
    *,
    where: str,
    function_where: str,
    images: Path | None = None,
    says_json: bool = False,
) -> Prompt:
    """`where` and `function_where` are key paths. Raises UsageError for a template or a schema that is none."""
    engine = Templates(folder)
    checks = _checks(function, folder, function_where)
    templates = {}
    for name, path, framing, place in _declared(variant, where):
        engine.add(path, place)
        check = checks.get(name)
        templates[name] = Template(path, takes_text=framing and check is None, check=check)
    bare = next((name for name in checks if name not in templates), None)
    if bare is not None:
        do = f"set templates.{bare}.path, or take the schema away"
        raise UsageError(f"the function has a schema for the template {bare}, which is missing", where=where, do=do)
    return Prompt(templates=templates, engine=engine, images=images, says_json=says_json)


def _declared(variant: ChatCompletionSpec, where: str) -> list[tuple[str, str, bool, str]]:
    """Name, path, whether it may frame texts, and key path of each template."""
    given = (variant.system_template, variant.user_template, variant.assistant_template)
    declared = [
        (role, path, True, f"{where}.{role}_template")
        for role, path in zip(_ROLES, given, strict=True)
        if path is not None
    ]
    for role, _path, _framing, place in declared:
        if role in variant.templates:
            raise UsageError(f"the {role} template is there twice", where=place, do=f"leave it to templates.{role}")
    named = ((name, spec.path, False, f"{where}.templates.{name}.path") for name, spec in variant.templates.items())
    return [*declared, *named]


def _checks(function: FunctionSpec, folder: Path, where: str) -> dict[str, Check]:
    given = (function.system_schema, function.user_schema, function.assistant_schema)
    declared = {
        role: (path, f"{where}.{role}_schema") for role, path in zip(_ROLES, given, strict=True) if path is not None
    }
    for name, spec in function.schemas.items():
        if name in declared:
            raise UsageError(
                f"the {name} schema is there twice", where=declared[name][1], do=f"leave it to schemas.{name}"
            )
        declared[name] = (spec.path, f"{where}.schemas.{name}.path")
    return {name: check_of(read_schema(folder, path, place), path) for name, (path, place) in declared.items()}
