"""JSON schemas that the configuration names: of template arguments, of answers, of tools."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import NoReturn, Protocol

import jsonschema_rs
import msgspec

from evaluations.errors import UsageError
from evaluations.model import Json
from evaluations.targets.files import read_text
from evaluations.targets.unfit import UnfitError

_SHOWN = 300


class Check(Protocol):
    """Raises UnfitError where template arguments are not what their schema says."""

    def __call__(self, arguments: Mapping[str, Json]) -> None: ...


def read_schema(folder: Path, path: str, where: str) -> Json:
    """The schema in a file; `where` is the key path that names it. Raises UsageError where it is none."""
    text = read_text(folder, path, where)
    try:
        schema = msgspec.json.decode(text)
        _validator(schema)
    except (msgspec.DecodeError, RecursionError) as error:
        raise UsageError(f"the file {path} is not JSON: {error}", where=where, do="mend the file") from None
    except (ValueError, jsonschema_rs.ReferencingError) as error:
        message = str(error).splitlines()[0]
        raise UsageError(f"the file {path} is no JSON schema: {message}", where=where, do="mend the file") from None
    return schema


def check_of(schema: Json, path: str) -> Check:
    """A check of template arguments against the schema that was read from `path`."""
    validator = _validator(schema)

    def check(arguments: Mapping[str, Json]) -> None:
        error = next(validator.iter_errors(arguments), None)
        if error is not None:
            place = "".join(f"[{part!r}]" for part in error.instance_path)
            message = error.message if len(error.message) <= _SHOWN else error.message[:_SHOWN] + "..."
            raise UnfitError(
                f"the arguments{place} are not what the schema {path} says: {message}",
                "mend the datapoint's input, or the schema",
            )

    return check


def _validator(schema: Json) -> jsonschema_rs.Validator:
    return jsonschema_rs.validator_for(schema, retriever=_refuse)


def _refuse(uri: str) -> NoReturn:
    raise ValueError(f"{uri} is not looked up: a schema stands in one file")
