"""The JSON schema of the configuration, for editors; made from the specs that the file is read with."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import msgspec

from evaluations.config.specs import Configuration
from evaluations.config.tensorzero import IGNORED, REFUSED
from evaluations.model import Json

DIALECT = "https://json-schema.org/draft/2020-12/schema"
_REF = "#/$defs/"


def json_schema() -> dict[str, Json]:
    """All that a file may have, with TensorZero's keys that are left unread, and without those that are refused."""
    _, parts = msgspec.json.schema_components([Configuration], ref_template=_REF + "{name}")
    root = _without_null(parts.pop("Configuration"))
    parts = {name: _without_null(part) for name, part in parts.items()}
    for pattern in REFUSED:
        *above, key = pattern.split(".")
        for table in _tables(root, parts, above):
            table.pop(key, None)
    for pattern, reason in IGNORED.items():
        *above, key = pattern.split(".")
        if above and above[0] not in root["properties"]:
            root["properties"][above[0]] = {"type": "object", "properties": {}, "additionalProperties": False}
        for table in _tables(root, parts, above):
            table.setdefault(key, {"description": f"Not read: {reason}."})
    return {"$schema": DIALECT, "title": "evaluations.toml", **root, "$defs": parts}


def _tables(node: Json, parts: Json, keys: Sequence[str]) -> Iterator[dict[str, Json]]:
    """The properties of all tables that may stand at a key path; `*` is any key."""
    if "$ref" in node:
        node = parts[node["$ref"].removeprefix(_REF)]
    for one in node.get("anyOf", ()):
        yield from _tables(one, parts, keys)
    if not keys:
        if "properties" in node:
            yield node["properties"]
        return
    below = node.get("additionalProperties") if keys[0] == "*" else node.get("properties", {}).get(keys[0])
    if isinstance(below, dict):
        yield from _tables(below, parts, keys[1:])


def _without_null(node: Json) -> Json:
    """TOML has no null: a key without a value is left out."""
    if isinstance(node, (list, tuple)):
        return [_without_null(each) for each in node if each != {"type": "null"}]
    if not isinstance(node, dict):
        return node
    node = {key: _without_null(each) for key, each in node.items() if each is not None}
    rest = node.get("anyOf", ())
    if len(rest) == 1:
        del node["anyOf"]
        node = {**rest[0], **node}
    return node
