"""`evaluations schema`: the JSON schema on standard output."""

from __future__ import annotations

import json

import jsonschema_rs
import pytest

from evaluations.cli import main
from evaluations.config.schema import DIALECT, json_schema


def test_it_prints_the_schema(capsys: pytest.CaptureFixture[str]) -> None:
    """A sound one, and the same as the library's."""
    assert 0 == main(["schema"])
    printed = json.loads(capsys.readouterr().out)
    assert json_schema() == printed
    assert DIALECT == printed["$schema"]
    jsonschema_rs.meta.validate(printed)
