"""The JSON schema for editors says what the reader says."""

from __future__ import annotations

from typing import Any

import jsonschema_rs
import pytest

from evaluations.config import example
from evaluations.config.schema import json_schema
from evaluations.config.strict import FORMS
from evaluations.config.toml import loads
from evaluations.model import Json
from tests.evaluations.config.test_reading import TENSORZERO


@pytest.fixture(scope="module")
def validator() -> jsonschema_rs.Validator:
    """Of the schema as it is printed."""
    return jsonschema_rs.validator_for(json_schema())


def _example() -> dict[str, Any]:
    return loads(example.files("http://localhost:8000/v1", "m")["evaluations.toml"])


def test_sound_files_are_allowed(validator: jsonschema_rs.Validator) -> None:
    """The example of `evaluations init`, and a file of TensorZero's."""
    validator.validate(_example())
    given = loads((TENSORZERO / "tensorzero.toml").read_text())
    del given["gateway"]["fetch_and_encode_input_files_before_inference"]  # false: refused only where it is true
    validator.validate(given)


@pytest.mark.parametrize(
    ("table", "key", "value"),
    [
        ((), "modles", {}),
        (("models", "calculator"), "rooting", ["server"]),
        (("functions", "calculate"), "schema", "x"),
        (("functions", "calculate", "variants", "terse"), "temprature", 0.5),
        (("functions", "calculate", "variants", "terse"), "temperature", "hot"),
        (("functions", "calculate", "evaluators", "correct"), "type", "numerical"),
        (("functions", "calculate", "evaluators", "correct"), "tolerance", 0.5),
        (("evaluations", "arithmetic"), "gate", "bond"),
        (("evaluations", "arithmetic"), "repeats", 0),
        (("evaluations", "arithmetic"), "cutoff", {}),
        (("gateway",), "bind_adress", "0.0.0.0:3000"),
    ],
)
def test_mistakes_are_refused(validator: jsonschema_rs.Validator, table: tuple[str, ...], key: str, value: Any) -> None:
    """Unknown keys everywhere, wrong values, and what the reader refuses of TensorZero's."""
    given = _example()
    inside = given
    for each in table:
        inside = inside.setdefault(each, {})
    inside[key] = value
    assert not validator.is_valid(given)


def test_it_says_what_keys_mean_and_nothing_of_null() -> None:
    """Every key has a description, and TOML has no null."""
    schema = json_schema()
    tables = [schema, *schema["$defs"].values()]
    missing = [
        (table.get("title"), key)
        for table in tables
        for key, value in table.get("properties", {}).items()
        if key not in ("type", "gateway", "provider_types") and "description" not in value
    ]
    assert [] == missing
    assert "null" not in str(schema)
    assert "None" not in str(schema)


def test_every_pattern_has_words() -> None:
    """So that nobody has to read a regular expression."""

    def patterns(value: Json) -> set[str]:
        parts = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
        own = value.get("pattern") if isinstance(value, dict) else None
        return {own} if isinstance(own, str) else set().union(*map(patterns, parts))

    assert patterns(json_schema()) == set(FORMS)
