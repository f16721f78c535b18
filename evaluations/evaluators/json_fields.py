"""JSON fields: an answer's JSON object compared with the reference field by field, with partial credit."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import ClassVar, Literal

from msgspec import field

from evaluations.errors import Complaint
from evaluations.evaluators.json_values import NotJsonError, difference, identity, parse, unusable
from evaluations.evaluators.messages import is_output
from evaluations.evaluators.numeric import number_of, within
from evaluations.evaluators.scale import Scale
from evaluations.evaluators.similarity import Metric, TooLongError, similarity
from evaluations.evaluators.specs import FieldSpec
from evaluations.model import Answer, Datapoint, Failure, Json, Rating

_ABSENT = object()
_PLAIN = FieldSpec()
_DO = 'give the object that the answer should be: "reference": {"...": ...}'


class JsonFields(Scale, frozen=True):
    """The weighted share of the fields that the answer's JSON object has right, from 0 to 1.

    A field that the answer lacks is wrong. Fields that this reference lacks are left out, and the others' weights count
    for more. An answer that is not a JSON object scores 0. The reference may be a text that holds the object, and of
    TensorZero's `{"raw", "parsed"}` it is `parsed`.
    """

    kind: ClassVar[str] = "json_fields"
    boolean: bool = False
    fields: Mapping[str, FieldSpec] = field(default_factory=dict)
    allow_extra: bool = True

    def check(self, datapoint: Datapoint) -> Complaint | None:
        """The reference must be an object, with at least one of the fields, and each fit for its comparison."""
        if datapoint.reference is None:
            return Complaint('"reference" is missing', _DO)
        reference = _object(datapoint.reference)
        if reference is None:
            return Complaint('"reference" is not a JSON object', _DO)
        compared = list(self._compared(reference))
        if not compared:
            return Complaint(f'"reference" has none of the fields {", ".join(self.fields) or "of an object"}', _DO)
        unfit = (_unfit(place, spec, expected) for place, spec, expected in compared)
        return next(filter(None, unfit), None) or unusable(reference)

    async def score(self, datapoint: Datapoint, answer: Answer) -> float | Rating | Failure:
        """From 0.0 to 1.0, with the fields that are not wholly right."""
        reference = _object(datapoint.reference) or {}
        try:
            actual = parse(answer.text)
        except NotJsonError as error:
            return Rating(0.0, f"the answer is not JSON: {error}")
        if not isinstance(actual, dict):
            return Rating(0.0, "the answer is JSON, but not an object")
        wrong, reached, possible = [], 0.0, 0.0
        for place, spec, expected in self._compared(reference):
            try:
                credit = _credit(spec, expected, _at(actual, place))
            except TooLongError as error:
                return Failure("evaluator", f"{self.name}: {place}: {error}")
            reached += spec.weight * credit
            possible += spec.weight
            if credit < 1:
                wrong.append(place)
        if not self.allow_extra:
            extra = [key for key in actual if key not in reference]
            possible += len(extra)
            wrong += extra
        return Rating(reached / possible, f"not right: {', '.join(wrong)}") if wrong else 1.0

    def _compared(self, reference: dict[str, Json]) -> list[tuple[str, FieldSpec, Json]]:
        """Place, how, and what is expected there."""
        if not self.fields:
            return [(_pointer(key), _PLAIN, value) for key, value in reference.items()]
        found = ((place, spec, _at(reference, place)) for place, spec in self.fields.items())
        return [(place, spec, value) for place, spec, value in found if value is not _ABSENT]


def _unfit(place: str, spec: FieldSpec, expected: Json) -> Complaint | None:
    if spec.comparison == "exact":
        return None
    if spec.comparison == "numeric":
        fit, kind = number_of(expected) is not None, "number"
    elif spec.comparison == "unordered":
        fit, kind = isinstance(expected, list), "list"
    else:
        fit, kind = isinstance(expected, str), "text"
    do = f'comparison = "{spec.comparison}" needs one'
    return None if fit else Complaint(f'"{place}" of the reference is not a {kind}', do)


def _object(reference: Json) -> dict[str, Json] | None:
    if isinstance(reference, str):
        try:
            reference = parse(reference)
        except NotJsonError:
            return None
    if is_output(reference):
        reference = reference["parsed"]
    return reference if isinstance(reference, dict) else None


def _pointer(key: str) -> str:
    return "/" + key.replace("~", "~0").replace("/", "~1") if key.startswith("/") else key


def _at(value: Json, place: str) -> Json:
    """What a key, or a JSON pointer (RFC 6901), leads to; _ABSENT where there is nothing."""
    if not place.startswith("/"):
        return value.get(place, _ABSENT)
    for part in place[1:].split("/"):
        key = part.replace("~1", "/").replace("~0", "~")
        if isinstance(value, dict):
            value = value.get(key, _ABSENT)
        elif isinstance(value, list) and key.isdecimal() and int(key) < len(value):
            value = value[int(key)]
        else:
            return _ABSENT
    return value


def _credit(spec: FieldSpec, expected: Json, actual: Json) -> float:
    """From 0 to 1. Raises TooLongError."""
    if actual is _ABSENT:
        return 0.0
    if spec.comparison == "exact":
        return float(difference(expected, actual) is None)
    if spec.comparison == "unordered":
        return _in_any_order(expected, actual) if isinstance(actual, list) else 0.0
    if spec.comparison == "numeric":
        return _near(spec, expected, actual)
    return _alike(spec.comparison, expected, actual) if isinstance(actual, str) else 0.0


def _near(spec: FieldSpec, expected: Json, actual: Json) -> float:
    one, other = number_of(expected), number_of(actual)
    if one is None or other is None:
        return 0.0
    return float(within(one, other, spec.absolute_tolerance, spec.relative_tolerance))


def _alike(comparison: Literal["text"] | Metric, expected: str, actual: str) -> float:
    if comparison == "text":
        return float(expected.casefold().split() == actual.casefold().split())
    return similarity(expected, actual, comparison, normalize=comparison == "token_f1")


def _in_any_order(expected: list[Json], actual: list[Json]) -> float:
    """F1 of the items, each counted as often as it is there; 1 for two empty lists."""
    wanted, given = (Counter(map(identity, items)) for items in (expected, actual))
    if not wanted or not given:
        return float(wanted == given)
    return 2 * (wanted & given).total() / (len(expected) + len(actual))
