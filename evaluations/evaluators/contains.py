"""Contains: texts that must be in the answer, or must not."""

from __future__ import annotations

import unicodedata
from typing import ClassVar, Literal

from evaluations.errors import Complaint
from evaluations.evaluators.scale import Scale
from evaluations.model import Answer, Datapoint, Json, Rating

_DO = 'give a text, or a list of texts, none of them empty: "reference": ["...", "..."]'


class Contains(Scale, frozen=True):
    """1 where all, any or none of the texts are in the answer's text, else 0. No text is the empty text.

    Texts are found anywhere, also inside words. Without `texts` of its own it looks for the datapoint's reference.
    """

    kind: ClassVar[str] = "contains"
    behavior: Literal["all_of", "any_of", "none_of"] = "all_of"
    texts: tuple[str, ...] = ()
    ignore_case: bool = False
    unicode_form: Literal["NFC", "NFKC"] | None = None

    def check(self, datapoint: Datapoint) -> Complaint | None:
        """Without texts of its own a reference is needed: a text, or a list of them, none of them empty."""
        if self.texts:
            return None
        if datapoint.reference is None:
            return Complaint('"reference" is missing', _DO)
        wanted = _wanted(datapoint.reference)
        if not wanted or not all(isinstance(text, str) and text for text in wanted):
            return Complaint('"reference" is not what an answer could contain', _DO)
        return None

    async def score(self, datapoint: Datapoint, answer: Answer) -> float | Rating:
        """1.0 or 0.0, with the first text that made it so."""
        text = self._fold(answer.text or "")
        wanted = self.texts or _wanted(datapoint.reference)
        if self.behavior == "any_of":
            there = any(self._fold(each) in text for each in wanted)
            return 1.0 if there else Rating(0.0, "it contains none of the texts")
        for each in wanted:
            if (self._fold(each) in text) is (self.behavior == "none_of"):
                how = "contains" if self.behavior == "none_of" else "does not contain"
                return Rating(0.0, f"it {how} {each!r}")
        return 1.0

    def _fold(self, text: str) -> str:
        if self.unicode_form:
            text = unicodedata.normalize(self.unicode_form, text)
        if self.ignore_case:
            text = text.casefold()
            if self.unicode_form:  # folding can leave the form
                text = unicodedata.normalize(self.unicode_form, text)
        return text


def _wanted(reference: Json) -> tuple[Json, ...]:
    return tuple(reference) if isinstance(reference, list) else (reference,)
