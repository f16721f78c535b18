"""Whether what a run's folder holds is what a run leaves there: the schemas, and one clear error where it is not."""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from evaluations.errors import UsageError
from evaluations.model import Json

if TYPE_CHECKING:
    from jsonschema_rs import Validator

Kind = Literal["manifest", "summary", "result"]

_SHOWN = 200
"""Characters of what is wrong."""
_FREE = ("input", "reference")
"""Fields of a result that may hold anything."""


def decode(data: bytes, what: str, where: str, do: str) -> Json:
    """The JSON in a file or a line. Raises UsageError that begins with `what`, where it is none; with a file's line."""
    try:
        return json.loads(data.rstrip())
    except json.JSONDecodeError as error:
        place = f"{where}, line {error.lineno}" if b"\n" in data.rstrip() else where
        raise UsageError(f"{what}: {error.msg}", where=place, do=do) from None
    except UnicodeDecodeError as error:
        raise UsageError(f"{what}: {error.reason} at byte {error.start:,}", where=where, do=do) from None
    except RecursionError:
        raise UsageError(f"{what}: it is nested too deeply", where=where, do=do) from None


def read_object(path: Path, do: str) -> dict[str, Json]:
    """The JSON object in a file. Raises UsageError where there is none, and OSError."""
    what, where = "not a JSON object", str(path)
    fields = decode(path.read_bytes(), what, where, do)
    if not isinstance(fields, dict):
        raise UsageError(what, where=where, do=do)
    return fields


def flaw(fields: Mapping[str, Json], kind: Kind) -> str | None:
    """What is wrong with a file or a line, in words; None where every field is what it has to be."""
    looked_at = {name: value for name, value in fields.items() if name not in _FREE}
    missing = [name for name in _FREE if kind == "result" and name not in fields]
    if missing:
        return f"there is no {missing[0]!r}"
    try:
        error = next(_validator(kind).iter_errors(looked_at), None)
    except ValueError:  # a name that is no Unicode text, which Python can hold
        return None
    if error is None:
        return None
    place = "".join(f"[{part!r}]" for part in error.instance_path)
    words = f"{place}: {error.message}" if place else error.message
    return words if len(words) <= _SHOWN else words[:_SHOWN] + "..."


@cache
def _validator(kind: Kind) -> Validator:
    import jsonschema_rs  # noqa: PLC0415, late: loading it takes 0.05 s

    from evaluations.results import schema  # noqa: PLC0415, late: for those who read results back

    whole = {"manifest": schema.MANIFEST, "summary": schema.SUMMARY, "result": schema.RESULT}[kind]
    lax = _lax(whole)
    lax["required"] = [name for name in lax["required"] if name not in _FREE]
    return jsonschema_rs.validator_for(lax)


def _lax(schema: Json) -> Json:
    """Without the ban on other fields: new ones may come at any time."""
    if isinstance(schema, dict):
        kept = {name: _lax(value) for name, value in schema.items()}
        if kept.get("additionalProperties") is False:
            del kept["additionalProperties"]
        return kept
    return [_lax(each) for each in schema] if isinstance(schema, list) else schema
