"""Numbers."""

from __future__ import annotations

from typing import Any

from evaluations.model import Answer

from . import NOTHING_SAID, REFUSED, Case, called, declined, said


def _case(why: str, reference: Any, answer: str | Answer, expected: float | str, **settings: Any) -> Case:
    given = said(answer) if isinstance(answer, str) else answer
    return Case(why, {"type": "numeric", **settings}, reference, given, expected)


def _first(why: str, reference: Any, answer: str, expected: float | str, **settings: Any) -> Case:
    return _case(why, reference, answer, expected, position="first", **settings)


def _last(why: str, reference: Any, answer: str, expected: float | str, **settings: Any) -> Case:
    return _case(why, reference, answer, expected, position="last", **settings)


WHOLE = [
    _case("the number", 42, "42", 1),
    _case("another", 42, "43", 0),
    _case("white space around it", 42, " 42\n", 1),
    _case("42.0 is 42", 42, "42.0", 1),
    _case("42. is 42", 42, "42.", 1),
    _case(".5 is 0.5", 0.5, ".5", 1),
    _case("a plus sign", 42, "+42", 1),
    _case("a minus sign", -42, "-42", 1),
    _case("a typographic minus sign", -42, "\u221242", 1),
    _case("the sign counts", 42, "-42", 0),
    _case("leading zeros", 7, "007", 1),
    _case("an exponent", 1500, "1.5e3", 1),
    _case("a negative exponent", 0.015, "1.5E-2", 1),
    _case("commas before each three digits", 1234567, "1,234,567", 1),
    _case("commas and a fraction", 1234.5, "1,234.5", 1),
    _case("a comma elsewhere makes it none", 1234, "12,34", 0),
    _case("a decimal comma is none", 3.5, "3,5", 0),
    _case("a space in it makes it none", 1234, "1 234", 0),
    _case("an underscore makes it none", 1000, "1_000", 0),
    _case("words around it make it none", 42, "It is 42.", 0),
    _case("a currency sign makes it none", 42, "$42", 0),
    _case("a percent sign makes it none", 42, "42%", 0),
    _case("hexadecimal is none", 16, "0x10", 0),
    _case("a fraction is none", 0.5, "1/2", 0),
    _case("a word is none", 2, "two", 0),
    _case("two numbers are none", 1, "1 2", 0),
    _case("two points are none", 1.2, "1.2.3", 0),
    _case("a point alone is none", 0, ".", 0),
    _case("a sign alone is none", 0, "-", 0),
    _case("NaN is none", 0, "NaN", 0),
    _case("infinity is none", 10**400, "Infinity", 0),
    _case("nothing is not 0", 0, "", 0),
    _case("no text is not 0", 0, NOTHING_SAID, 0),
    _case("a refusal is not 0", 0, declined(), 0),
    _case("a number in a tool's arguments is not said", 42, called(("f", "42")), 0),
    _case("-0 is 0", 0, "-0.0", 1),
    _case("true is not 1", 1, "true", 0),
    _case("Arabic digits are digits", 42, "\u0664\u0662", 1),
    _case("full-width digits are digits", 42, "\uff14\uff12", 1),
    _case("a superscript is none", 2, "\u00b2", 0),
    _case("0.1 and its decimals", 0.1, "0.1000", 1),
    _case("0.1 is not the double's exact value", 0.1, "0.1000000000000000055511151231257827", 0),
    _case("beyond 2^53", 2**53 + 1, "9007199254740993", 1),
    _case("its neighbour", 2**53 + 1, "9007199254740992", 0),
    _case("400 digits", 10**399, "1" + "0" * 399, 1),
    _case("400 digits, the last another", 10**399, "1" + "0" * 398 + "1", 0),
    _case("an exponent for 400 digits", 10**399, "1e399", 1),
    _case("beyond a double", "1e400", "1e400", 1),
    _case("beyond all bounds is none", "1", "1e99999999999999999999", 0),
    _case("5,000 digits are none", 1, "9" * 5000, 0),
    _case("the reference may be a text", "1,234.50", "1234.5", 1),
    _case("with white space", " 42 ", "42", 1),
    _case("a text that is no number", "about 42", "42", REFUSED),
    _case("an empty text is no number", "", "0", REFUSED),
    _case("true is no number", True, "1", REFUSED),
    _case("NaN is no number", float("nan"), "NaN", REFUSED),
    _case("infinity is no number", float("inf"), "Infinity", REFUSED),
    _case("a list is no number", [42], "42", REFUSED),
    _case("no reference", None, "42", REFUSED),
]

TOLERANCES = [
    _case("within", 10, "10.4", 1, absolute_tolerance=0.5),
    _case("below, too", 10, "9.6", 1, absolute_tolerance=0.5),
    _case("the edge is within", 10, "10.5", 1, absolute_tolerance=0.5),
    _case("the edge, where doubles go wrong: 0.3 - 0.2", 0.3, "0.2", 1, absolute_tolerance=0.1),
    _case("and where they are too kind", 0.3, "0.19999999999999999999", 0, absolute_tolerance=0.1),
    _case("beyond", 10, "10.6", 0, absolute_tolerance=0.5),
    _case("1 %", 200, "202", 1, relative_tolerance=0.01),
    _case("more than 1 %", 200, "202.01", 0, relative_tolerance=0.01),
    _case("1 % of a negative number", -200, "-198", 1, relative_tolerance=0.01),
    _case("it is the reference's share, not the answer's", 100, "111", 0, relative_tolerance=0.1),
    _case("a share of 0 is 0", 0, "0.001", 0, relative_tolerance=0.5),
    _case("the larger tolerance counts", 0, "0.001", 1, relative_tolerance=0.5, absolute_tolerance=0.01),
    _case("either way", 1000, "1005", 1, relative_tolerance=0.01, absolute_tolerance=0.01),
    _case("the sign with a tolerance", 1, "-1", 0, relative_tolerance=0.5),
    _case("large numbers, off by 1", 2**64, str(2**64 + 1), 1, absolute_tolerance=1),
    _case("large numbers, off by 2", 2**64, str(2**64 + 2), 0, absolute_tolerance=1),
    _case("far off by many orders", 1, "1e999999", 0, relative_tolerance=0.5),
]

PLACES = [
    _first("the first", 4, "4 or 5", 1),
    _first("not the last", 5, "4 or 5", 0),
    _last("the last", 5, "4 or 5", 1),
    _last("not the first", 4, "4 or 5", 0),
    _last("a full stop ends the sentence, not the number", 42, "So it is 42.", 1),
    _last("a comma behind it", 42, "It is 42, I think", 1),
    _last("bold", 42, "It is **42**", 1),
    _last("LaTeX", 42, r"$\boxed{42}$", 1),
    _last("money", 1234.5, "It costs $1,234.50.", 1),
    _last("percent", 12.5, "12.5%", 1),
    _last("a unit", 3.5, "3.5kg", 1),
    _last("negative", -3, "It is -3", 1),
    _last("negative money, sign before the currency", 3, "-$3", 1),
    _last("a range has two numbers without a sign", 5, "3-5", 1),
    _last("a subtraction in letters", 5, "x-5", 1),
    _last("a subtraction with spaces is ambiguous: a sign belongs to its digits", -5, "8 -5", 1),
    _last("a sign with a space is an operator", 5, "8 - 5", 1),
    _last("an equation", 3, "8 - 5 = 3", 1),
    _last("a list of numbers", 3, "1, 2, 3", 1),
    _first("a list without spaces", 1, "1,2,3", 1),
    _last("a decimal comma is two numbers", 5, "3,5", 1),
    _first("too many digits behind a comma", 1, "1,2345", 1),
    _last("an exponent", 6.02e23, "about 6.02e23", 1),
    _last("an e that starts a word", 3, "3 eggs", 1),
    _last("digits in a word count", 2, "H2O", 1),
    _first("no number", 1, "none", 0),
    _first("nothing", 0, "", 0),
    _first("a version has a point too many", 1.2, "1.2.3", 1),
    _last("many numbers", 9999, " ".join(map(str, range(10000))), 1),
    _last("many commas", 111, "1,111," * 20_000, 0),
    _case("behind a mark", 18, "Step 1: 3 * 6\n#### 18", 1, after="####"),
    _case("behind the last mark", 18, "#### 17\n#### 18", 1, after="####"),
    _case("the mark is missing", 18, "18", 0, after="####"),
    _case("nothing behind the mark", 18, "18 ####", 0, after="####"),
    _last("the first behind a mark", 18, "The answer is 18 of 20", 0, after="answer is"),
    _first("the first behind a mark", 18, "1. The answer is 18 of 20", 1, after="answer is"),
]

CASES = [*WHOLE, *TOLERANCES, *PLACES]
