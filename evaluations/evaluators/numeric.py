"""Numeric: the number in the answer is the reference, within a tolerance."""

from __future__ import annotations

import re
from decimal import MAX_EMAX, MIN_EMIN, Context, Decimal
from typing import ClassVar, Literal

from evaluations.errors import Complaint
from evaluations.evaluators.scale import Scale
from evaluations.model import Answer, Datapoint, Json, Rating

# Each alternative ends at what it can't take, and is never tried again shorter: the time is linear in the text.
_UNSIGNED = r"(?:\d{1,3}(?:,\d{3})+(?!\d)|\d+)(?:\.\d*)?|\.\d+"
_EXPONENT = r"(?:[eE][-+\u2212]?\d+)?"
_NUMBER = re.compile(rf"(?=[.\d])(?:{_UNSIGNED}){_EXPONENT}")  # a set of characters to begin with is found fast
_SIGN = re.compile(r"(?<![\w)\].])[-+\u2212]")
_WHOLE = re.compile(rf"[-+\u2212]?(?:{_UNSIGNED}){_EXPONENT}")
_LONGEST = 1000
"""Characters of a number; what is longer is none."""
_CONTEXT = Context(prec=2 * _LONGEST, Emax=MAX_EMAX, Emin=MIN_EMIN, traps=[])


class Numeric(Scale, frozen=True):
    """1 where the number in the answer's text is the reference, within the larger of two tolerances, else 0.

    A number has digits and perhaps a sign (- + \u2212), a decimal point, a comma before each three digits, an exponent.
    NaN and infinity are none. Currency and percent signs are no part of it: `$4` is not wholly a number, and its first
    number is 4. Numbers are compared as decimals, so that 0.1 is 0.1 and large whole numbers are exact.
    """

    kind: ClassVar[str] = "numeric"
    position: Literal["whole", "first", "last"] = "whole"
    after: str | None = None
    absolute_tolerance: float = 0.0
    relative_tolerance: float = 0.0

    def check(self, datapoint: Datapoint) -> Complaint | None:
        """A reference is needed that is a number, or a text that is one."""
        if datapoint.reference is None:
            return Complaint('"reference" is missing', 'add the right number: "reference": 42')
        if number_of(datapoint.reference) is None:
            return Complaint('"reference" is not a number', 'give a number or a text that is one: "reference": 42')
        return None

    async def score(self, datapoint: Datapoint, answer: Answer) -> float | Rating:
        """1.0 or 0.0, with what was found."""
        expected = number_of(datapoint.reference)
        actual = self._find(answer.text or "")
        if expected is None or actual is None:
            return Rating(0.0, "no number was found")
        if within(expected, actual, self.absolute_tolerance, self.relative_tolerance):
            return 1.0
        return Rating(0.0, f"{actual} was found")

    def _find(self, text: str) -> Decimal | None:
        if self.after is not None:
            _before, mark, text = text.rpartition(self.after)
            if not mark:
                return None
        if self.position == "whole":
            return number_of(text)
        found = None
        for match in _NUMBER.finditer(text):
            found = match
            if self.position == "first":
                break
        if found is None:
            return None
        start = found.start()
        sign = _SIGN.match(text, start - 1) if start else None
        return _decimal((sign.group() if sign else "") + found.group())


def number_of(value: Json) -> Decimal | None:
    """The number that a JSON number or the whole of a text is, or None; true and false are none."""
    if isinstance(value, bool):
        return None
    if isinstance(value, int | float):
        return _decimal(repr(value)) if isinstance(value, float) else _decimal(Decimal(value))
    if not isinstance(value, str) or not _WHOLE.fullmatch(stripped := value.strip()):
        return None
    return _decimal(stripped)


def within(expected: Decimal, actual: Decimal, absolute: float, relative: float) -> bool:
    """Whether they differ by no more than the larger of `absolute` and `relative` times the expected number."""
    if expected == actual:
        return True
    tolerance = max(_exact(absolute), _CONTEXT.multiply(_exact(relative), _CONTEXT.abs(expected)))
    return _CONTEXT.abs(_CONTEXT.subtract(expected, actual)) <= tolerance


def _exact(tolerance: float) -> Decimal:
    return Decimal(repr(tolerance))


def _decimal(text: str | Decimal) -> Decimal | None:
    if isinstance(text, str):
        if len(text) > _LONGEST:
            return None
        text = text.replace(",", "").replace("\u2212", "-")
    try:
        number = Decimal(text)
    except ArithmeticError:  # an exponent beyond all bounds
        return None
    return number if number.is_finite() else None
