"""JSON fields."""

from __future__ import annotations

from typing import Any

from evaluations.model import Answer

from . import NOTHING_SAID, REFUSED, Case, called, declined, said


def _case(why: str, reference: Any, answer: str | Answer, expected: float | str, **settings: Any) -> Case:
    given = said(answer) if isinstance(answer, str) else answer
    return Case(why, {"type": "json_fields", **settings}, reference, given, expected)


def _one(why: str, comparison: str, pair: tuple[Any, str], expected: float | str, **more: Any) -> Case:
    """One field, `a`: the reference's value and the answer's JSON."""
    fields = {"a": {"comparison": comparison, **more}}
    return _case(why, {"a": pair[0]}, f'{{"a": {pair[1]}}}', expected, fields=fields)


PERSON = {"name": "Ada", "born": 1815, "tags": ["x", "y"], "home": {"city": "London", "zip": "W1"}}

OBJECTS = [
    _case("all right", {"a": 1, "b": 2}, '{"b": 2, "a": 1}', 1),
    _case("half right", {"a": 1, "b": 2}, '{"a": 1, "b": 3}', 0.5),
    _case("none right", {"a": 1, "b": 2}, '{"a": 2, "b": 1}', 0),
    _case("a missing field is wrong", {"a": 1, "b": 2}, '{"a": 1}', 0.5),
    _case("null is not missing", {"a": None, "b": 2}, '{"b": 2}', 0.5),
    _case("null is null", {"a": None}, '{"a": null}', 1),
    _case("more may be there", {"a": 1}, '{"a": 1, "b": 2}', 1),
    _case("unless told otherwise", {"a": 1}, '{"a": 1, "b": 2}', 0.5, allow_extra=False),
    _case("each one too many is wrong", {"a": 1}, '{"a": 1, "b": 2, "c": 3, "d": 4}', 0.25, allow_extra=False),
    _case("none too many", {"a": 1, "b": 2}, '{"a": 1}', 0.5, allow_extra=False),
    _case("1.0 is 1", {"a": 1}, '{"a": 1.0}', 1),
    _case("true is not 1", {"a": 1}, '{"a": true}', 0),
    _case("a text is not 1", {"a": 1}, '{"a": "1"}', 0),
    _case("-0.0 is 0", {"a": 0}, '{"a": -0.0}', 1),
    _case("large whole numbers are exact", {"a": 2**64 + 1}, '{"a": 18446744073709551616}', 0),
    _case("an inner object as a whole", {"a": {"x": 1, "y": 2}}, '{"a": {"y": 2, "x": 1}}', 1),
    _case("a part of it is not it", {"a": {"x": 1, "y": 2}}, '{"a": {"x": 1}}', 0),
    _case("a list in its order", {"a": [1, 2]}, '{"a": [2, 1]}', 0),
    _case("composed and decomposed differ", {"a": "\u00e9"}, '{"a": "e\\u0301"}', 0),
    _case("of a key that is there twice the last counts", {"a": 2}, '{"a": 1, "a": 2}', 1),
    _case("a key with a slash is a key", {"/a": 1}, '{"/a": 1}', 1),
    _case("a key with a tilde is a key", {"/~a/b": 1}, '{"/~a/b": 1}', 1),
    _case("an empty key is a key", {"": 1}, '{"": 1}', 1),
    _case("not JSON", {"a": 1}, "a = 1", 0),
    _case("a list is no object", {"a": 1}, '[{"a": 1}]', 0),
    _case("NaN is not JSON", {"a": 1, "b": 2}, '{"a": 1, "b": NaN}', 0),
    _case("cut off", {"a": 1, "b": 2}, '{"a": 1, ', 0),
    _case("the empty answer", {"a": 1}, "", 0),
    _case("no text", {"a": 1}, NOTHING_SAID, 0),
    _case("a refusal", {"a": 1}, declined(), 0),
    _case("a tool's arguments are no text", {"a": 1}, called(("f", '{"a": 1}')), 0),
    _case("the reference in a text", '{"a": 1}', '{"a": 1}', 1),
    _case("TensorZero's output", {"raw": "", "parsed": {"a": 1}}, '{"a": 1}', 1),
    _case("an empty object asks for nothing", {}, "{}", REFUSED),
    _case("a list is no object", [1], "[1]", REFUSED),
    _case("a text that is not JSON", "a", '{"a": 1}', REFUSED),
    _case("NaN equals nothing", {"a": float("nan")}, '{"a": NaN}', REFUSED),
    _case("no reference", None, "{}", REFUSED),
]

FIELDS = [
    _case("weights", {"a": 1, "b": 2}, '{"a": 1}', 0.75, fields={"a": {"weight": 3}, "b": {}}),
    _case("small weights", {"a": 1, "b": 2}, '{"b": 2}', 0.25, fields={"a": {"weight": 0.3}, "b": {"weight": 0.1}}),
    _case("other fields do not count", {"a": 1, "b": 2}, '{"a": 1}', 1, fields={"a": {}}),
    _case("a field that this reference lacks", {"a": 1}, '{"a": 1, "b": 9}', 1, fields={"a": {}, "b": {"weight": 9}}),
    _case("none of the fields", {"c": 1}, '{"a": 1}', REFUSED, fields={"a": {}, "b": {}}),
    _case("a pointer", PERSON, '{"home": {"city": "London"}}', 1, fields={"/home/city": {}}),
    _case("a pointer to nothing in the answer", PERSON, '{"home": "London"}', 0, fields={"/home/city": {}}),
    _case("a pointer into a list", PERSON, '{"tags": ["?", "y"]}', 1, fields={"/tags/1": {}}),
    _case("a pointer beyond the list", PERSON, '{"tags": ["x"]}', 0, fields={"/tags/1": {}}),
    _case("an index is no key", PERSON, '{"tags": {"1": "y"}}', 1, fields={"/tags/1": {}}),
    _case("a pointer's escapes", {"a/b": {"~": 1}}, '{"a/b": {"~": 1}}', 1, fields={"/a~1b/~0": {}}),
    _case("a dot is no pointer", {"a.b": 1}, '{"a": {"b": 1}}', 0, fields={"a.b": {}}),
    _case("and is a key", {"a.b": 1}, '{"a.b": 1}', 1, fields={"a.b": {}}),
    _case("a pointer to nothing in the reference", PERSON, "{}", REFUSED, fields={"/home/street": {}}),
]

COMPARISONS = [
    _one("exact", "exact", ("a", '"a"'), 1),
    _one("exact counts capital letters", "exact", ("a", '"A"'), 0),
    _one("text does not", "text", ("Ada L", '" ada\\n l "'), 1),
    _one("text is not joined", "text", ("Ada L", '"AdaL"'), 0),
    _one("text needs a text in the answer", "text", ("1", "1"), 0),
    _one("text needs a text in the reference", "text", (1, '"1"'), REFUSED),
    _one("empty texts", "text", ("", '" "'), 1),
    _one("a number", "numeric", (10, "10.0"), 1),
    _one("within", "numeric", (10, "10.5"), 1, absolute_tolerance=0.5),
    _one("beyond", "numeric", (10, "10.6"), 0, absolute_tolerance=0.5),
    _one("a share", "numeric", (200, "198"), 1, relative_tolerance=0.01),
    _one("a number in a text", "numeric", (1234, '"1,234"'), 1),
    _one("a number among words is none", "numeric", (12, '"12 km"'), 0),
    _one("true is no number", "numeric", (1, "true"), 0),
    _one("null is no number", "numeric", (0, "null"), 0),
    _one("the reference is no number", "numeric", ("x", "1"), REFUSED),
    _one("any order", "unordered", (["x", "y"], '["y", "x"]'), 1),
    _one("one of two, F1", "unordered", (["x", "y"], '["x"]'), 2 / 3),
    _one("one too many, F1", "unordered", (["x"], '["x", "y"]'), 2 / 3),
    _one("none in common", "unordered", (["x"], '["y"]'), 0),
    _one("each as often as it is there", "unordered", (["x", "x"], '["x"]'), 2 / 3),
    _one("not more often", "unordered", (["x"], '["x", "x"]'), 2 / 3),
    _one("two empty lists", "unordered", ([], "[]"), 1),
    _one("one empty list", "unordered", ([], '["x"]'), 0),
    _one("the other empty list", "unordered", (["x"], "[]"), 0),
    _one("items by value", "unordered", ([{"a": 1, "b": [2]}], '[{"b": [2.0], "a": 1}]'), 1),
    _one("true is not 1", "unordered", ([1], "[true]"), 0),
    _one("a list is not its items", "unordered", ([["x"]], '["x"]'), 0),
    _one("an empty list is no empty object", "unordered", ([[]], "[{}]"), 0),
    _one("a text is no list", "unordered", (["x"], '"x"'), 0),
    _one("the reference is no list", "unordered", ("x", '["x"]'), REFUSED),
    _one("words in common", "token_f1", ("the red car", '"A red bus."'), 0.5),
    _one("words need a text", "token_f1", ("1", "1"), 0),
    _one("characters in common", "edit_distance", ("kitten", '"sitting"'), 4 / 7),
    _one("characters count as they are", "edit_distance", ("Ab", '"ab"'), 0.5),
    _one("null is no text", "edit_distance", ("", "null"), 0),
    _case(
        "together",
        {"name": "Ada", "born": 1815, "tags": ["x", "y"]},
        '{"name": "ada", "born": 1816, "tags": ["y"]}',
        (2 * 1 + 1 * 1 + 1 * 2 / 3) / 4,
        fields={
            "name": {"weight": 2, "comparison": "text"},
            "born": {"comparison": "numeric", "absolute_tolerance": 1},
            "tags": {"comparison": "unordered"},
        },
    ),
]

CASES = [*OBJECTS, *FIELDS, *COMPARISONS]
