"""Tool use."""

from __future__ import annotations

from typing import Any

from . import NOTHING_SAID, Case, called, declined, said


def _tools(behavior: str, *tools: Any) -> dict[str, Any]:
    return {"type": "tool_use", "behavior": behavior, "tools": list(tools)}


def _f(**arguments: Any) -> dict[str, Any]:
    return {"name": "f", "arguments": arguments}


F, G = ("f", "{}"), ("g", "{}")
NONE, ANY = _tools("none"), _tools("any")
_ONLY = {"name": "f", "arguments": {"a": 1}, "allow_extra": False}

CASES = [
    Case("none, and none is called", NONE, None, said("Hello"), 1),
    Case("none, and nothing is said", NONE, None, NOTHING_SAID, 1),
    Case("none, and one is called", NONE, None, called(F), 0),
    Case("none, and one is called beside a text", NONE, None, called(F, text="Hello"), 0),
    Case("none, and the text only looks like a call", NONE, None, said('{"name": "f", "arguments": {}}'), 1),
    Case("a refusal calls none", NONE, None, declined(), 1),
    Case("any, and one is called", ANY, None, called(F), 1),
    Case("any, and two are called", ANY, None, called(F, G), 1),
    Case("any, and none is called", ANY, None, said("f()"), 0),
    Case("any, and it was declined", ANY, None, declined(), 0),
    Case("any, whatever the arguments", ANY, None, called(("f", "not JSON")), 1),
    Case("none of, and none is called", _tools("none_of", "f"), None, said("Hello"), 1),
    Case("none of, and another is called", _tools("none_of", "f"), None, called(G), 1),
    Case("none of, and it is called", _tools("none_of", "f"), None, called(G, F), 0),
    Case("none of several", _tools("none_of", "f", "g"), None, called(G), 0),
    Case("any of, and it is called", _tools("any_of", "f"), None, called(F), 1),
    Case("any of, and another is called", _tools("any_of", "f"), None, called(G), 0),
    Case("any of several", _tools("any_of", "f", "g"), None, called(G), 1),
    Case("any of, beside others", _tools("any_of", "f"), None, called(G, F), 1),
    Case("any of, and none is called", _tools("any_of", "f"), None, said("f"), 0),
    Case("any of, listed twice, is one", _tools("any_of", "f", "f"), None, called(F), 1),
    Case("all of, in order", _tools("all_of", "f", "g"), None, called(F, G), 1),
    Case("all of, in another order", _tools("all_of", "f", "g"), None, called(G, F), 1),
    Case("all of, beside others", _tools("all_of", "f"), None, called(G, F), 1),
    Case("all of, one is missing", _tools("all_of", "f", "g"), None, called(F), 0),
    Case("all of, none is called", _tools("all_of", "f"), None, said("f"), 0),
    Case("all of, twice", _tools("all_of", "f", "f"), None, called(F, F), 1),
    Case("all of, once is not twice", _tools("all_of", "f", "f"), None, called(F), 0),
    Case("all of, three times is twice", _tools("all_of", "f", "f"), None, called(F, F, F), 1),
    Case("all of, one of another does not help", _tools("all_of", "f", "f", "g"), None, called(F, G, G), 0),
    Case("names are exact", _tools("any_of", "f"), None, called(("F", "{}")), 0),
    Case("nothing is trimmed", _tools("any_of", "f"), None, called(("f ", "{}")), 0),
    Case("no Unicode form", _tools("any_of", "caf\u00e9"), None, called(("cafe\u0301", "{}")), 0),
    Case("an empty name is a name", _tools("any_of", "f"), None, called(("", "{}")), 0),
    Case("a name may be anything", _tools("any_of", "a b\n"), None, called(("a b\n", "{}")), 1),
    Case("an argument", _tools("any_of", _f(a=1)), None, called(("f", '{"a": 1}')), 1),
    Case("an argument of the same value", _tools("any_of", _f(a=1)), None, called(("f", '{"a":1.0}')), 1),
    Case("another value", _tools("any_of", _f(a=1)), None, called(("f", '{"a": 2}')), 0),
    Case("true is not 1", _tools("any_of", _f(a=1)), None, called(("f", '{"a": true}')), 0),
    Case("a text is not 1", _tools("any_of", _f(a=1)), None, called(("f", '{"a": "1"}')), 0),
    Case("null is a value", _tools("any_of", _f(a=None)), None, called(("f", '{"a": null}')), 1),
    Case("and has to be there", _tools("any_of", _f(a=None)), None, called(("f", "{}")), 0),
    Case("others may be there", _tools("any_of", _f(a=1)), None, called(("f", '{"a": 1, "b": 2}')), 1),
    Case("unless told otherwise", _tools("any_of", _ONLY), None, called(("f", '{"a": 1, "b": 2}')), 0),
    Case("none too many", _tools("any_of", _ONLY), None, called(("f", '{"a": 1}')), 1),
    Case(
        "inside an argument all counts",
        _tools("any_of", _f(a={"x": 1})),
        None,
        called(("f", '{"a": {"x": 1, "y": 2}}')),
        0,
    ),
    Case(
        "keys in any order", _tools("any_of", _f(a={"x": 1, "y": 2})), None, called(("f", '{"a": {"y": 2, "x": 1}}')), 1
    ),
    Case(
        "of a key that is there twice the last counts",
        _tools("any_of", _f(a=2)),
        None,
        called(("f", '{"a":1,"a":2}')),
        1,
    ),
    Case(
        "large whole numbers", _tools("any_of", _f(a=2**64 + 1)), None, called(("f", '{"a": 18446744073709551616}')), 0
    ),
    Case("arguments that are not JSON", _tools("any_of", _f(a=1)), None, called(("f", "a=1")), 0),
    Case("arguments that are no object", _tools("any_of", _f(a=1)), None, called(("f", "[1]")), 0),
    Case("cut off", _tools("any_of", _f(a=1)), None, called(("f", '{"a": 1')), 0),
    Case("without arguments it is the name", _tools("any_of", {"name": "f"}), None, called(("f", "not JSON")), 1),
    Case("no arguments at all", _tools("any_of", {"name": "f", "allow_extra": False}), None, called(("f", "")), 1),
    Case("but one", _tools("any_of", {"name": "f", "allow_extra": False}), None, called(("f", '{"a":1}')), 0),
    Case("another tool with them", _tools("any_of", _f(a=1)), None, called(("g", '{"a": 1}')), 0),
    Case("one of two calls has them", _tools("any_of", _f(a=1)), None, called(F, ("f", '{"a": 1}')), 1),
    Case(
        "they are split over two calls",
        _tools("any_of", _f(a=1, b=2)),
        None,
        called(("f", '{"a":1}'), ("f", '{"b":2}')),
        0,
    ),
    Case("none of with them", _tools("none_of", _f(a=1)), None, called(("f", '{"a": 2}')), 1),
    Case("none of with them, and they are there", _tools("none_of", _f(a=1)), None, called(("f", '{"a": 1}')), 0),
    Case("none of with them, not JSON", _tools("none_of", _f(a=1)), None, called(("f", "a=1")), 1),
    Case(
        "one call does not count for two", _tools("all_of", _f(a=1), _f(b=2)), None, called(("f", '{"a":1,"b":2}')), 0
    ),
    Case(
        "each has a call of its own, whatever the order",
        _tools("all_of", "f", _f(a=1)),
        None,
        called(("f", '{"a": 1}'), ("f", '{"a": 2}')),
        1,
    ),
    Case(
        "the first choice has to give way",
        _tools("all_of", _f(a=1), _f(b=2), "f"),
        None,
        called(("f", '{"a":1,"b":2}'), ("f", '{"a":1}'), ("f", '{"b":2}')),
        1,
    ),
    Case(
        "there is no way",
        _tools("all_of", _f(a=1), _f(a=1), "f"),
        None,
        called(("f", '{"a":1}'), ("f", "{}"), ("f", "{}")),
        0,
    ),
]
