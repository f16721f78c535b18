"""A judge's score with its particulars."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from evaluations.model import Json, Rating


@dataclass(frozen=True)
class Judgement(Rating):
    """A rating by judges, by people, or by both."""

    details: Mapping[str, Json] = field(default_factory=dict)
    """Each only where it says something.

    `votes`: each judge's score by its name, where there are several. `agreed`: false where they differ. `tie`: true.
    `contradictions`: by judge, which position it favoured: `first`, `second`, or `neither` where it said tie one time.
    `label`: what people say. `judge`: what the judges say of an answer with a label, or null with `error`.
    """
