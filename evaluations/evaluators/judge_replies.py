"""Reads what a judge wrote, strictly: one JSON object and nothing else, or there is no judgement. Pure."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterable, Mapping
from typing import NoReturn

from evaluations.model import Answer, Json

_FENCE = re.compile(r"```(?:json)?[ \t]*\n(.*)\n```", re.DOTALL)
"""Models without JSON mode like to put JSON into one of these."""
_SHOWN = 120
_SIDES = {"A": 1.0, "tie": 0.5, "B": 0.0}


class UnreadableReplyError(ValueError):
    """A judge's reply that is no judgement; says what is wrong with it."""


def read_reply(reply: Answer, untrusted: Iterable[str]) -> dict[str, Json]:
    """The object that the judge wrote, each key once. Raises UnreadableReplyError.

    A reply that stands word for word in one of the texts that were judged is refused: whether the judge came to it or
    was made to repeat it can't be told. A judge that gives reasons does not meet that by chance.
    """
    text = (reply.text or "").strip()
    if not text:
        refused = f": {reply.refusal}" if reply.refusal else ""
        raise UnreadableReplyError(f"no text{refused}")
    fenced = _FENCE.fullmatch(text)
    content = fenced[1].strip() if fenced else text
    try:
        found = _DECODER.decode(content)
    except (ValueError, RecursionError) as error:
        cut = ", cut off at its longest" if reply.finish == "length" else ""
        raise UnreadableReplyError(f"not one JSON object{cut} ({_first_line(error)}): {_beginning(text)}") from None
    if not isinstance(found, dict):
        raise UnreadableReplyError(f"no JSON object: {_beginning(text)}")
    if any(content in other for other in untrusted):
        raise UnreadableReplyError(f"the same stands word for word in what was judged: {_beginning(text)}")
    return found


def read_reason(reply: Mapping[str, Json]) -> str | None:
    """In the judge's words; None where it gave none."""
    reason = reply.get("thinking") or reply.get("reason")
    return reason if isinstance(reason, str) else None


def read_boolean(reply: Mapping[str, Json]) -> float:
    """1.0 for true, 0.0 for false. Raises UnreadableReplyError."""
    score = _field(reply, "score")
    if not isinstance(score, bool):
        raise UnreadableReplyError(f'"score" is {_beginning(json.dumps(score))}, not true or false')
    return float(score)


def read_number(reply: Mapping[str, Json], lowest: float, highest: float) -> float:
    """A number on the scale. Raises UnreadableReplyError."""
    score = _field(reply, "score")
    if isinstance(score, bool) or not isinstance(score, (int, float)):
        raise UnreadableReplyError(f'"score" is {_beginning(json.dumps(score))}, not a number')
    if not (lowest <= score <= highest and math.isfinite(score)):
        raise UnreadableReplyError(f'"score" is {score}, off the scale from {lowest:g} to {highest:g}')
    return float(score)


def read_winner(reply: Mapping[str, Json]) -> float:
    """1.0 where A is better, 0.0 where B is, 0.5 for a tie. Raises UnreadableReplyError."""
    winner = _field(reply, "winner")
    if not isinstance(winner, str) or winner not in _SIDES:
        raise UnreadableReplyError(f'"winner" is {_beginning(json.dumps(winner))}, not "A", "B" or "tie"')
    return _SIDES[winner]


def _field(reply: Mapping[str, Json], name: str) -> Json:
    if name not in reply:
        raise UnreadableReplyError(f'"{name}" is missing')
    return reply[name]


def _unique(pairs: list[tuple[str, Json]]) -> dict[str, Json]:
    fields = dict(pairs)
    if len(fields) < len(pairs):
        raise ValueError("a key is there twice")
    return fields


def _no_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not JSON")


_DECODER = json.JSONDecoder(object_pairs_hook=_unique, parse_constant=_no_constant)


def _first_line(error: Exception) -> str:
    return "nested too deeply" if isinstance(error, RecursionError) else str(error).partition("\n")[0]


def _beginning(text: str) -> str:
    line = "".join(letter if letter.isprintable() else " " for letter in text)
    return line if len(line) <= _SHOWN else f"{line[: _SHOWN - 3]}..."
