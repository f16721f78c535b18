"""What an answer costs, from numbers in it and the configuration's rates, as TensorZero's `cost` counts it."""

from __future__ import annotations

import math
from collections.abc import Sequence

from msgspec import Struct

from evaluations.model import Json
from evaluations.targets.protocol import UnusableAnswerError


class Price(Struct, frozen=True):
    """The rate for one number in the answer."""

    pointer: str
    """Where the number is: a JSON pointer (RFC 6901)."""
    rate: float
    """For each; below 0 for a discount."""
    required: bool = False


def cost(completion: Json, prices: Sequence[Price]) -> float | None:
    """The sum over all prices, at least 0; None where the answer has none of their numbers.

    Raises UnusableAnswerError where a required number is missing.
    """
    total, found = 0.0, False
    for price in prices:
        amount = _find(completion, price.pointer)
        if isinstance(amount, (int, float)) and not isinstance(amount, bool) and 0 <= amount < math.inf:
            total, found = total + amount * price.rate, True
        elif price.required:
            raise UnusableAnswerError(f"the answer has no number at {price.pointer}, which its price is counted by")
    return max(0.0, total) if found else None


def _find(value: Json, pointer: str) -> Json:
    for part in pointer.split("/")[1:]:
        key = part.replace("~1", "/").replace("~0", "~")
        if isinstance(value, dict):
            value = value.get(key)
        elif isinstance(value, list) and key.isdecimal() and int(key) < len(value):
            value = value[int(key)]
        else:
            return None
    return value
