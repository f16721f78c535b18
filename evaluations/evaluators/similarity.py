"""Similarity of texts: token F1 and edit distance."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from typing import ClassVar, Literal

from evaluations.errors import Complaint
from evaluations.evaluators.scale import Scale
from evaluations.model import Answer, Datapoint, Failure, Json

Metric = Literal["token_f1", "edit_distance"]

_ARTICLES = re.compile(r"\b(?:a|an|the)\b")
# Scripts without spaces between words: each character is a word, as in MLQA.
_ALONE = re.compile(
    "([\u0e00-\u0e7f\u0e80-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"
    "\U00020000-\U0003ffff])"
)
_LARGEST = 1 << 32
"""Pairs of characters for an edit distance: about a quarter of a second."""
_DO = 'give a text, or a list of texts of which any is right: "reference": ["...", "..."]'


class Similarity(Scale, frozen=True):
    """How similar the answer's text is to the reference, from 0 to 1; to the best of several.

    An answer without text scores 0.
    """

    kind: ClassVar[str] = "similarity"
    boolean: bool = False
    metric: Metric = "token_f1"
    normalize: bool = True

    def check(self, datapoint: Datapoint) -> Complaint | None:
        """A reference is needed that is a text, or a list of texts."""
        if datapoint.reference is None:
            return Complaint('"reference" is missing', _DO)
        wanted = _references(datapoint.reference)
        if not wanted or not all(isinstance(text, str) for text in wanted):
            return Complaint('"reference" is not a text and not a list of texts', _DO)
        return None

    async def score(self, datapoint: Datapoint, answer: Answer) -> float | Failure:
        """From 0.0 to 1.0, or a failure where the texts are too long for an edit distance."""
        if answer.text is None:
            return 0.0
        try:
            return max(
                similarity(reference, answer.text, self.metric, normalize=self.normalize)
                for reference in _references(datapoint.reference)
            )
        except TooLongError as error:
            return Failure("evaluator", f"{self.name}: {error}")


class TooLongError(ValueError):
    """An edit distance would take too long."""


def similarity(expected: str, actual: str, metric: Metric, *, normalize: bool) -> float:
    """From 0, nothing in common, to 1. Raises TooLongError."""
    if normalize:
        expected, actual = normalized(expected), normalized(actual)
    return token_f1(expected, actual) if metric == "token_f1" else edit_similarity(expected, actual)


def token_f1(expected: str, actual: str) -> float:
    """The harmonic mean of precision and recall of the words, each counted as often as it is there.

    Rajpurkar et al., SQuAD (2016), and its script's rule for no words: 1 where neither has any, 0 where one has none.
    """
    wanted, given = (Counter(_ALONE.sub(r" \1 ", text).split()) for text in (expected, actual))
    if not wanted or not given:
        return float(wanted == given)
    common = (wanted & given).total()
    return 2 * common / (wanted.total() + given.total())


def edit_similarity(expected: str, actual: str) -> float:
    """1 less the Levenshtein distance (in characters) as a share of the longer text; 1 for two empty ones."""
    if len(expected) * len(actual) > _LARGEST and expected != actual:
        raise TooLongError(f"texts of {len(expected)} and {len(actual)} characters are too long for an edit distance")
    from rapidfuzz.distance import Levenshtein  # noqa: PLC0415, loading it takes 0.08 s

    return Levenshtein.normalized_similarity(expected, actual)


def normalized(text: str) -> str:
    """As SQuAD's script does: small letters, no punctuation, no articles, single spaces; in Unicode's form NFKC.

    The script knows ASCII's punctuation only; here it is Unicode's (the categories P) and ASCII's symbols.
    """
    text = unicodedata.normalize("NFKC", text).casefold()
    return " ".join(_ARTICLES.sub(" ", text.translate(_WITHOUT_PUNCTUATION)).split())


class _WithoutPunctuation(dict[int, "int | None"]):
    """A table for `str.translate` that learns each character once."""

    def __missing__(self, code: int) -> int | None:
        letter = chr(code)
        out = letter in "$+<=>^`|~" or unicodedata.category(letter)[0] == "P"
        self[code] = None if out else code
        return self[code]


_WITHOUT_PUNCTUATION = _WithoutPunctuation()


def _references(reference: Json) -> tuple[str, ...]:
    return tuple(reference) if isinstance(reference, list) else (reference,)
