"""JSON schema."""

from __future__ import annotations

from typing import Any

from . import NOTHING_SAID, Case, called, declined, said

_PERSON = {
    "type": "object",
    "properties": {"name": {"type": "string", "minLength": 1}, "age": {"type": "integer", "minimum": 0}},
    "required": ["name"],
    "additionalProperties": False,
}


def _case(why: str, schema: Any, text: str, expected: float, **settings: Any) -> Case:
    return Case(why, {"type": "json_schema", "schema": schema, **settings}, None, said(text), expected)


def _person(why: str, text: str, expected: float) -> Case:
    return _case(why, _PERSON, text, expected)


_SETTINGS = {"type": "json_schema", "schema": _PERSON}

CASES = [
    _person("as it should be", '{"name": "Ada", "age": 36}', 1),
    _person("what is optional may be missing", '{"name": "Ada"}', 1),
    _person("white space", '\n{ "name" : "Ada" }\n', 1),
    _person("what is required is missing", '{"age": 36}', 0),
    _person("a key too many", '{"name": "Ada", "x": 1}', 0),
    _person("the wrong type", '{"name": "Ada", "age": "36"}', 0),
    _person("null is a type", '{"name": "Ada", "age": null}', 0),
    _person("36.0 is whole", '{"name": "Ada", "age": 36.0}', 1),
    _person("36.5 is not", '{"name": "Ada", "age": 36.5}', 0),
    _person("true is no number", '{"name": "Ada", "age": true}', 0),
    _person("below the least", '{"name": "Ada", "age": -1}', 0),
    _person("-0 is not below 0", '{"name": "Ada", "age": -0.0}', 1),
    _person("a whole number beyond 2^64", '{"name": "Ada", "age": 18446744073709551617}', 1),
    _person("an empty text is too short", '{"name": ""}', 0),
    _person("of a key that is there twice the last counts", '{"name": 1, "name": "Ada"}', 1),
    _person("a list is no object", '[{"name": "Ada"}]', 0),
    _person("not JSON", "Ada", 0),
    _person("in a code fence", '```json\n{"name": "Ada"}\n```', 0),
    _person("cut off", '{"name": "Ada"', 0),
    _person("the empty text", "", 0),
    _person("NaN is not JSON", '{"name": "Ada", "age": NaN}', 0),
    _person("half a surrogate pair is allowed by the grammar (RFC 8259, 8.2)", '{"name": "\\ud800"}', 1),
    Case("no text", _SETTINGS, None, NOTHING_SAID, 0),
    Case("a refusal", _SETTINGS, None, declined(), 0),
    Case("a tool's arguments are no text", _SETTINGS, None, called(("f", '{"name": "Ada"}')), 0),
    Case("a reference does not matter", _SETTINGS, "x", said('{"name": "Ada"}'), 1),
    _case("anything that is JSON", {}, "null", 1),
    _case("and nothing that is not", {}, "nothing", 0),
    _case("a maximum that doubles can't tell from the next", {"maximum": 2**64}, "18446744073709551617", 0),
    _case("and the maximum itself", {"maximum": 2**64}, "18446744073709551616", 1),
    _case("1.0 is the constant 1", {"const": 1}, "1.0", 1),
    _case("true is not", {"const": 1}, "true", 0),
    _case("keys in any order", {"const": {"a": 1, "b": 2}}, '{"b": 2, "a": 1}', 1),
    _case("composed and decomposed differ", {"const": "\u00e9"}, '"e\\u0301"', 0),
    _case("length in characters", {"maxLength": 1}, '"\U0001f600"', 1),
    _case("the same item twice", {"uniqueItems": True}, "[1, 1.0]", 0),
    _case("true is another item than 1", {"uniqueItems": True}, "[1, true]", 1),
    _case("a pattern is found anywhere", {"pattern": "b"}, '"abc"', 1),
    _case("look-around is ECMA-262", {"pattern": "^(?!a)"}, '"abc"', 0),
    _case("one that backtracks for ever gives up", {"pattern": "^(?=(a+)+$)(a+)+$"}, '"' + "a" * 40 + '!"', 0),
    _case("a format is a remark", {"format": "email"}, '"nobody"', 1),
    _case("unless told otherwise", {"format": "email"}, '"nobody"', 0, validate_formats=True),
    _case("and fulfilled", {"format": "email"}, '"a@example.org"', 1, validate_formats=True),
    _case("a reference inside", {"$ref": "#/$defs/x", "$defs": {"x": {"type": "null"}}}, "null", 1),
    _case("a reference to itself", {"items": {"$ref": "#"}, "type": "array"}, "[[[]]]", 1),
    _case("and a wrong one", {"items": {"$ref": "#"}, "type": "array"}, "[[[1]]]", 0),
    _case("an older draft", {"$schema": "http://json-schema.org/draft-04/schema#", "type": "integer"}, "1", 1),
    _case(
        "in which 1.0 is not whole", {"$schema": "http://json-schema.org/draft-04/schema#", "type": "integer"}, "1.0", 0
    ),
    _case("items by place, 2020-12", {"prefixItems": [{"type": "null"}]}, "[1]", 0),
]
