"""What every evaluator of this project has in common: its name and its scale."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, ClassVar

from msgspec import Struct, to_builtins
from msgspec.structs import replace

from evaluations.errors import Complaint
from evaluations.model import Datapoint, Failure, Json, Rating, Usage

if TYPE_CHECKING:
    from evaluations.evaluators import Evaluator


class Scale(Struct, frozen=True):
    """An evaluator's name, and what its scores may be; yes or no, yes being better, unless it says otherwise."""

    kind: ClassVar[str] = ""
    """As configurations name it in `type`."""
    name: str
    lowest: float = 0.0
    highest: float = 1.0
    boolean: bool = True
    smaller_is_better: bool = False

    @property
    def identity(self) -> Mapping[str, Json]:
        """The kind, and every setting beside name and scale, which stand beside it."""
        settings = {name: getattr(self, name) for name in self.__struct_fields__ if name not in _SCALE}
        return {"type": self.kind, **to_builtins(settings)}

    def lacks_reference(self, datapoint: Datapoint) -> Complaint | None:
        """What an evaluator that needs a reference, of whatever kind, says of a datapoint without one."""
        if datapoint.reference is not None:
            return None
        return Complaint('"reference" is missing', f'{self.name} needs the right answer: "reference": ...')


def read_score(evaluator: Evaluator, score: object, reason: str | None = None) -> Rating | Failure:
    """A score from somebody else's code, or why it is none: of the wrong type, not finite, or off the scale.

    A number-like object, such as numpy's, is taken where Python makes a float of it; a text is not.
    """
    if isinstance(score, Failure):
        sound = isinstance(score.cause, str) and isinstance(score.message, str) and isinstance(score.usage, Usage)
        return score if sound else Failure("evaluator", f"{evaluator.name}: {_short(score)} has parts of a wrong kind")
    lowest, highest = evaluator.lowest, evaluator.highest
    given = score.value if isinstance(score, Rating) else score
    value = (highest if given else lowest) if isinstance(given, bool) else _number(given)
    if value is None:
        wrong = f"{_short(given)} is not a score: a number, or true or false, is"
    elif not math.isfinite(value):
        wrong = f"the score is {value}"
    elif evaluator.boolean and value not in {lowest, highest}:
        wrong = f"the score {value:g} is neither yes nor no"
    elif not lowest <= value <= highest:
        wrong = f"the score {value:g} is off the scale, {lowest:g} to {highest:g}"
    elif isinstance(score, Rating):
        if (flaw := _flaw(score)) is None:
            return score if given is value else replace(score, value=value)
        wrong = flaw
    else:
        return Rating(value, reason)
    return Failure("evaluator", f"{evaluator.name}: {wrong}")


def _flaw(rating: Any) -> str | None:
    """What results could not be written with, in a Rating that a program made; None where there is nothing."""
    if not isinstance(rating.reason, str | None):
        return f"the reason {_short(rating.reason)} is not a text"
    if not isinstance(rating.usage, Usage):
        return f"the usage {_short(rating.usage)} is no Usage"
    if not isinstance(rating.details, Mapping):
        return f"the details {_short(rating.details)} are no mapping"
    try:
        json.dumps(rating.details, allow_nan=False)
    except (TypeError, ValueError, RecursionError) as error:
        return f"the details can't be written as JSON: {error}"
    return None


_SCALE = frozenset(Scale.__struct_fields__)


def _number(score: object) -> float | None:
    if isinstance(score, str | bytes | bytearray) or not hasattr(score, "__float__"):
        return None  # float() would read a text
    try:
        return float(score)
    except (TypeError, ValueError, OverflowError):
        return None


def _short(value: object) -> str:
    text = repr(value)
    return text if len(text) <= 80 else f"{text[:77]}..."
