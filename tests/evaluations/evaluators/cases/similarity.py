"""Similarity."""

from __future__ import annotations

from typing import Any

from . import NOTHING_SAID, REFUSED, Case, called, declined, said


def _f1(why: str, reference: Any, text: str, expected: float | str, **settings: Any) -> Case:
    return Case(why, {"type": "similarity", **settings}, reference, said(text), expected)


def _edit(why: str, reference: Any, text: str, expected: float | str, **settings: Any) -> Case:
    return Case(why, {"type": "similarity", "metric": "edit_distance", **settings}, reference, said(text), expected)


_WORDS = {"type": "similarity"}
_EDIT = {"type": "similarity", "metric": "edit_distance"}

CASES = [
    _f1("the same", "red car", "red car", 1),
    _f1("one of two in one of two", "red car", "red bus", 0.5),
    _f1("precision 1/2, recall 1", "car", "red car", 2 / 3),
    _f1("precision 1, recall 1/2", "red car", "car", 2 / 3),
    _f1("none", "red car", "blue bus", 0),
    _f1("the order does not count", "red car", "car red", 1),
    _f1("case, punctuation and articles do not count", "The Red Car!", "a red, car", 1),
    _f1("an article is a whole word", "theory", "ory", 0),
    _f1("each word as often as it is there", "no no yes", "no yes yes", 2 / 3),
    _f1("punctuation is left out, not a space, as in SQuAD", "well-known", "wellknown", 1),
    _f1("Unicode's punctuation", "\u201cred\u201d", "red", 1),
    _f1("white space of any kind", "red car", "red\n\u00a0car", 1),
    _f1("composed and decomposed are the same", "caf\u00e9", "cafe\u0301", 1),
    _f1("a plus sign is left out, as in SQuAD", "c++", "c", 1),
    _f1("as they are: case counts", "Red", "red", 0, normalize=False),
    _f1("as they are: articles count", "the car", "car", 2 / 3, normalize=False),
    _f1("as they are: punctuation counts", "car", "car.", 0, normalize=False),
    _f1("each Chinese character is a word", "\u5317\u4eac", "\u5317\u6d77", 0.5),
    _f1("beside words", "\u5317\u4eac 2008", "2008\u5317\u4eac", 1),
    _f1("two empty texts", "", "", 1),
    _f1("one empty text", "", "car", 0),
    _f1("the other empty text", "car", "", 0),
    _f1("nothing but articles is empty", "the", "a", 1),
    _f1("nothing but articles, and a word", "the", "car", 0),
    _f1("the best of several", ["blue bus", "red car", "car"], "red car", 1),
    _f1("of several, none", ["x", "y"], "z", 0),
    _f1("a list of one", ["red car"], "red bus", 0.5),
    _f1("no reference", None, "x", REFUSED),
    _f1("an empty list", [], "x", REFUSED),
    _f1("a number is no text", 42, "42", REFUSED),
    _f1("nor in a list", ["a", 42], "42", REFUSED),
    _f1("an object is no text", {"a": 1}, "x", REFUSED),
    Case("no text is like nothing", _WORDS, "", NOTHING_SAID, 0),
    Case("a refusal is like nothing", _WORDS, "I can't help with that.", declined(), 0),
    Case("a tool's arguments are no text", _WORDS, "car", called(("f", "car")), 0),
    _edit("the same", "kitten", "kitten", 1),
    _edit("three edits of seven", "kitten", "sitting", 4 / 7),
    _edit("from nothing", "", "abc", 0),
    _edit("to nothing", "abc", "", 0),
    _edit("two empty texts", "", "", 1),
    _edit("case counts", "Ab", "ab", 0.5),
    _edit("unless told otherwise", "The Ab!", "ab", 1, normalize=True),
    _edit("white space counts", "a b", "a  b", 0.75),
    _edit("two that changed places are two edits", "ab", "ba", 0),
    _edit("characters, not bytes", "\u00e9", "e", 0),
    _edit("an accent of its own is a character", "\u00e9", "e\u0301", 0),
    _edit("beyond the first plane", "\U0001f600a", "\U0001f601a", 0.5),
    _edit("the best of several", ["xyz", "kitten"], "kitten", 1),
    Case("no text is like nothing", _EDIT, "", NOTHING_SAID, 0),
]
