"""Regular expressions: Rust's, as TensorZero's."""

from __future__ import annotations

from typing import Any

from . import NOTHING_SAID, Case, called, declined, said


def _must(pattern: str, text: str | None, expected: float, why: str) -> Case:
    return Case(why, {"type": "regex", "must_match": pattern}, None, said(text), expected)


def _both(must: str, must_not: str) -> dict[str, Any]:
    return {"type": "regex", "must_match": must, "must_not_match": must_not}


_NOT = {"type": "regex", "must_not_match": "(?i)damn"}

CASES = [
    _must("please", "Could you please help?", 1, "found anywhere"),
    _must("please", "Help!", 0, "not found"),
    _must("please", "PLEASE", 0, "capital letters count"),
    _must("(?i)please", "PLEASE", 1, "unless told otherwise"),
    _must("^please", "Could you please", 0, "anchored at the start"),
    _must("^yes$", "yes", 1, "anchored at both ends"),
    _must("^yes$", "yes\n", 0, "$ is the very end, unlike in Python"),
    _must("(?m)^yes$", "no\nyes\n", 1, "line by line"),
    _must("a.b", "a\nb", 0, "a dot is no line end"),
    _must("(?s)a.b", "a\nb", 1, "unless told otherwise"),
    _must("^.$", "\U0001f600", 1, "a dot is a character, not a byte"),
    _must("^.$", "e\u0301", 0, "a letter and its accent are two"),
    _must(r"^\d+$", "\u0661\u0662", 1, r"\d is Unicode's, as in Rust"),
    _must(r"^[\d]$", "\u0661", 1, r"in a class too"),
    _must(r"^\D$", "\u0661", 0, r"and its opposite"),
    _must(r"^[\D]$", "\u0661", 0, r"in a class too"),
    _must(r"^\w+$", "na\u00efve", 1, r"\w is Unicode's"),
    _must(r"^[\w-]+$", "na\u00efve-\u540d", 1, r"in a class too"),
    _must(r"^[^\w]$", "\u00ef", 0, r"negated"),
    _must(r"^\W$", "\u00ef", 0, r"\W is Unicode's"),
    _must(r"^\W$", "-", 1, r"and finds what is no word"),
    _must(r"^\s$", "\u2003", 1, r"\s is Unicode's"),
    _must(r"^\s$", "\u0085", 1, "NEL is white space"),
    _must(r"^\s$", "\ufeff", 0, "a byte order mark is none, unlike in ECMAScript"),
    _must(r"^\S+$", "a\u2003b", 0, r"\S*"),
    _must(r"^\S*$", "a\u0085b", 0, r"also where jsonschema has a short cut"),
    _must(r"^\\d$", r"\d", 1, "an escaped backslash is one"),
    _must(r"^\\\d$", "\\\u0661", 1, "and what follows is a class again"),
    _must(r"^[\\\w]$", "\u00ef", 1, "in a class too"),
    _must(r"^[]\w]$", "]", 1, "a bracket that comes first is a character"),
    _must(r"^[^]\d]$", "\u0661", 0, "in a negated class too"),
    _must(r"^\[\d\]$", "[\u0661]", 1, "escaped brackets make no class"),
    _must(r"^[\[\d]$", "[", 1, "nor in a class"),
    _must(r"^[\]\d]$", "\u0661", 1, "an escaped bracket does not end it"),
    _must(r"\bcaf\u00e9\b", "un caf\u00e9.", 1, "words end at Unicode's words"),
    _must(r"\bcaf\b", "caf\u00e9", 0, "and not within one"),
    _must(r"^\p{Greek}+$", "\u03b1\u03b2", 1, "scripts"),
    _must(r"^\p{L}+$", "\u540d", 1, "categories"),
    _must(r"^(a|b)$", "b", 1, "alternatives"),
    _must(r"^(?P<year>\d{4})-(?<month>\d\d)$", "2026-11", 1, "names"),
    _must("(?x) a  b", "ab", 1, "with space in the pattern"),
    _must("^\\x{1F600}$", "\U0001f600", 1, "by number"),
    _must(r"^\a$", "\x07", 1, "the bell"),
    _must(r"^\u00e9$", "\u00e9", 1, "by number, four digits"),
    _must("(?i)\u03c3", "\u03c2", 1, "Unicode's folding"),
    _must("(?i)stra\u00dfe", "STRASSE", 0, "simple folding: one character for one"),
    _must("a{2,3}b", "aaab", 1, "counted"),
    _must("x*", "", 1, "the empty match"),
    _must("", "anything", 1, "the empty pattern"),
    _must("^$", "", 1, "the empty answer"),
    _must("^$", None, 1, "no text is the empty text, as in TensorZero"),
    _must("a", None, 0, "in which nothing is found"),
    _must("^(a+)+$", "a" * 5000 + "!", 0, "what makes others backtrack for ever"),
    _must("^(a|aa)+$", "a" * 5000 + "!", 0, "and this"),
    _must("(x+x+)+y", "x" * 5000, 0, "and this"),
    _must("^.\ufffd.$", "a\ud800b", 1, "half a surrogate pair is the replacement character"),
    _must("\U0001f600", "\ud83d\ude00", 1, "a pair in two halves is its character"),
    Case("must not, and is not", _NOT, None, said("Good grief."), 1),
    Case("must not, and is", _NOT, None, said("DAMN"), 0),
    Case("must not, and nothing is said", _NOT, None, said(""), 1),
    Case("must not, and there is no text", _NOT, None, NOTHING_SAID, 1),
    Case("a refusal says nothing", _NOT, None, declined("Damn, no."), 1),
    Case("a tool's arguments are no text", _NOT, None, called(("f", "damn")), 1),
    Case("both as they should be", _both("a", "b"), None, said("a"), 1),
    Case("the one is missing", _both("a", "b"), None, said("c"), 0),
    Case("the other is there", _both("a", "b"), None, said("ab"), 0),
    Case("a reference does not matter", _both("a", "b"), {"x": 1}, said("a"), 1),
]
