# ruff: noqa: INP001 - a part of a program, not a module of a package
"""The keys of `[tool.release]`, read out of the engine: the calls that read them, and the fields they become."""

from __future__ import annotations

import ast
import json
from collections.abc import Iterator

_TABLES = {
    "tools": "tool",
    "table": "tool.release",
    "locks": "tool.release.requirements",
    "ledger": "tool.release.ledger",
    "lock": "tool.release.lock",
    "image": "tool.release.image",
    "one": "tool.release.targets.NAME",
    "place": "tool.release.targets.NAME.CHANNEL",
}
"""The variables of these modules that hold tables; in release/config/image.py it is called `table` too."""
_KINDS = {"str": "string", "int": "integer"}
_COMPUTED = {
    "name": "`project.name`",
    "source": "Source, Repository or Homepage of `project.urls`",
    "license_ if isinstance(license_, str) else ''": "`project.license`",
}
"""Defaults that are no literals, as release/config/__init__.py has them."""


def rows(*sources: str) -> list[tuple[str, str, str, str]]:
    """Key, type, default and meaning of each key that modules with these sources read, in the order of `_TABLES`."""
    tree = ast.parse("\n".join(sources))
    meanings = {cls.name: dict(_fields(cls)) for cls in tree.body if isinstance(cls, ast.ClassDef)}
    found: list[tuple[str, str, str, str]] = []
    for function in (part for part in tree.body if isinstance(part, ast.FunctionDef)):
        table = "image" if function.name == "read_image" else "table"
        named = {ast.unparse(one.targets[0]): one.value for one in ast.walk(function) if isinstance(one, ast.Assign)}
        for made in ast.walk(function):
            if isinstance(made, ast.Call) and isinstance(made.func, ast.Name) and made.func.id in meanings:
                fields = meanings[made.func.id]
                values = {
                    **dict(zip(fields, made.args, strict=False)),
                    **{str(one.arg): one.value for one in made.keywords},
                }
                for field, value in values.items():
                    found += [(*key, fields[field]) for key in _read(named.get(ast.unparse(value), value), table)]
    order = list(_TABLES.values())
    return sorted(dict.fromkeys(found), key=lambda row: order.index(row[0].strip("`").rpartition(".")[0]))


def _fields(cls: ast.ClassDef) -> Iterator[tuple[str, str]]:
    for field, below in zip(cls.body, [*cls.body[1:], None], strict=True):
        if isinstance(field, ast.AnnAssign) and isinstance(field.target, ast.Name):
            text = below.value.value if isinstance(below, ast.Expr) and isinstance(below.value, ast.Constant) else ""
            yield field.target.id, " ".join(str(text).split())


def _read(value: ast.expr, table: str) -> Iterator[tuple[str, str, str]]:
    """The keys that an expression reads: path, type, default."""
    for call in ast.walk(value):
        if not (isinstance(call, ast.Call) and isinstance(call.func, ast.Attribute)):
            continue
        owner, verb = call.func.value, call.func.attr
        if verb not in ("value", "required", "strings", "flag", "count") or not isinstance(owner, ast.Name):
            continue
        path = _TABLES[table if owner.id == "table" else owner.id]
        kind = {"strings": "list of strings", "flag": "true or false", "count": "integer"}.get(verb) or _KINDS[
            ast.unparse(call.args[1])
        ]
        default = {"required": "required", "strings": "empty"}.get(verb) or _default(
            call.keywords[0].value if verb == "flag" else call.args[1 if verb == "count" else 2]
        )
        yield f"`{path}.{ast.literal_eval(call.args[0])}`", kind, default


def _default(value: ast.expr) -> str:
    if isinstance(value, ast.Constant):
        return f"`{json.dumps(value.value)}`" if value.value != "" else "none"
    return _COMPUTED[ast.unparse(value)]
