"""Contains."""

from __future__ import annotations

from typing import Any

from . import NOTHING_SAID, REFUSED, Case, called, declined, said

_KIND = {"type": "contains"}
_ANY = {**_KIND, "behavior": "any_of"}
_NONE = {**_KIND, "behavior": "none_of"}
_FOLDED = {**_KIND, "ignore_case": True}


def _with(*texts: str, **more: Any) -> dict[str, Any]:
    return {**_KIND, "texts": list(texts), **more}


CASES = [
    Case("it is there", _KIND, "Paris", said("The capital is Paris."), 1),
    Case("it is not", _KIND, "Paris", said("The capital is Rome."), 0),
    Case("inside a word", _KIND, "art", said("party"), 1),
    Case("the whole answer", _KIND, "Paris", said("Paris"), 1),
    Case("longer than the answer", _KIND, "Paris, France", said("Paris"), 0),
    Case("capital letters count", _KIND, "Paris", said("paris"), 0),
    Case("unless told otherwise", _FOLDED, "Paris", said("PARIS"), 1),
    Case("folding is Unicode's", _FOLDED, "stra\u00dfe", said("STRASSE"), 1),
    Case("Greek final sigma", _FOLDED, "\u03a3\u039f\u03a3", said("\u03c3\u03bf\u03c2"), 1),
    Case("all of a list", _KIND, ["a", "b"], said("b a"), 1),
    Case("one of a list is missing", _KIND, ["a", "b"], said("a"), 0),
    Case("any of a list", _ANY, ["a", "b"], said("b"), 1),
    Case("not any of a list", _ANY, ["a", "b"], said("c"), 0),
    Case("none of a list", _NONE, ["a", "b"], said("c"), 1),
    Case("one of those that must not be", _NONE, ["a", "b"], said("b"), 0),
    Case("the same text twice is one", _KIND, ["a", "a"], said("a"), 1),
    Case("settings before reference", _with("x"), "y", said("x"), 1),
    Case("settings without reference", _with("x"), None, said("y"), 0),
    Case("settings, none of", _with("sorry", behavior="none_of", ignore_case=True), None, said("Sorry!"), 0),
    Case("characters of patterns are characters", _KIND, "a.*b", said("axxb"), 0),
    Case("and are found", _KIND, "a.*b", said("(a.*b)"), 1),
    Case("composed and decomposed differ", _KIND, "\u00e9", said("cafe\u0301"), 0),
    Case("in one form they don't", {**_KIND, "unicode_form": "NFC"}, "\u00e9", said("cafe\u0301"), 1),
    Case("NFC leaves a ligature", {**_KIND, "unicode_form": "NFC"}, "fi", said("\ufb01n"), 0),
    Case("NFKC takes it apart", {**_KIND, "unicode_form": "NFKC"}, "fi", said("\ufb01n"), 1),
    Case("full-width letters in NFKC", {**_KIND, "unicode_form": "NFKC"}, "AB", said("\uff21\uff22"), 1),
    Case("form and case", {**_FOLDED, "unicode_form": "NFC"}, "\u00c9", said("e\u0301"), 1),
    Case("a letter is in its decomposed accent", _KIND, "e", said("e\u0301"), 1),
    Case("and not in the composed", _KIND, "e", said("\u00e9"), 0),
    Case("white space is not joined", _KIND, "a b", said("a  b"), 0),
    Case("across lines", _KIND, "a\nb", said("xa\nbx"), 1),
    Case("an empty answer contains nothing", _KIND, "a", said(""), 0),
    Case("and none of them", _NONE, "a", said(""), 1),
    Case("no text contains nothing", _KIND, "a", NOTHING_SAID, 0),
    Case("a refusal contains nothing, not even its own words", _KIND, "can't", declined("I can't."), 0),
    Case("a refusal contains none of them", _NONE, "can't", declined("I can't."), 1),
    Case("arguments of a tool are no text", _KIND, "Paris", called(("f", '{"city": "Paris"}')), 0),
    Case("half a surrogate pair", _KIND, "\ud83d", said("a\ud83db"), 1),
    Case("which is not in the whole character", _KIND, "\ud83d", said("\U0001f600"), 0),
    Case("no reference", _KIND, None, said("a"), REFUSED),
    Case("the empty text is in everything", _KIND, "", said("a"), REFUSED),
    Case("in a list as well", _KIND, ["a", ""], said("a"), REFUSED),
    Case("an empty list asks for nothing", _KIND, [], said("a"), REFUSED),
    Case("a number is no text", _KIND, 42, said("42"), REFUSED),
    Case("nor in a list", _KIND, ["a", 42], said("a 42"), REFUSED),
    Case("an object is no text", _KIND, {"a": 1}, said("a"), REFUSED),
]
