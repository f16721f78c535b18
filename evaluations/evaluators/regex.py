r"""Regular expressions of Rust's `regex`, as in TensorZero: no answer can make one take long.

Python's `re` backtracks, has no time limit, and holds the interpreter while it does: one answer could stop a run.
Rust's `regex` takes time linear in the text. It is here already, inside jsonschema-rs, as an engine of `pattern`. That
speaks ECMA-262, where \d, \w and \s are narrower and a character class has no operators; `_translate` brings back
Rust's meaning, and refuses the little that can't be brought back.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import ClassVar

from msgspec import Struct

from evaluations.errors import Complaint, UsageError
from evaluations.evaluators.scale import Scale
from evaluations.model import Answer, Datapoint, Json, Rating

_WORD = r"\p{Alphabetic}\p{M}\p{Nd}\p{Pc}\p{Join_Control}"  # UTS 18, annex C
_CLASSES = {
    r"\d": r"\p{Nd}",
    r"\D": r"\P{Nd}",
    r"\s": r"\p{White_Space}",
    r"\S": r"\P{White_Space}",
    r"\a": r"\x07",
}
_DO = "write it for Rust's regex (https://docs.rs/regex); it has no look-around and no back references"
_CLASS = r"name the characters, such as [\p{Alphabetic}\p{Nd}], or take two classes, (?:[...]|[...])"


class Pattern(Struct, frozen=True):
    """A regular expression."""

    text: str
    """As it was given."""
    is_found: Callable[[str], bool]

    def __call__(self, text: str) -> bool:
        """Whether it is found anywhere in the text."""
        return self.is_found(text)


class Regex(Scale, frozen=True):
    """1 where `must_match` is found in the answer's text and `must_not_match` is not, else 0.

    An answer without text is the empty text; that is TensorZero's rule for chat functions.
    """

    kind: ClassVar[str] = "regex"
    must_match: Pattern | None = None
    must_not_match: Pattern | None = None

    @property
    def identity(self) -> Mapping[str, Json]:
        """Both patterns as they were given."""
        given = {"must_match": self.must_match, "must_not_match": self.must_not_match}
        return {"type": self.kind, **{name: pattern and pattern.text for name, pattern in given.items()}}

    def check(self, datapoint: Datapoint) -> Complaint | None:  # noqa: ARG002
        """It needs nothing of a datapoint."""
        return None

    async def score(self, datapoint: Datapoint, answer: Answer) -> float | Rating:  # noqa: ARG002
        """1.0 or 0.0, with which of the two was not as it should be."""
        text = answer.text or ""
        if self.must_match is not None and not self.must_match(text):
            return Rating(0.0, "must_match is not found")
        if self.must_not_match is not None and self.must_not_match(text):
            return Rating(0.0, "must_not_match is found")
        return 1.0


def compiled(pattern: str, where: str) -> Pattern:
    """The pattern, ready to be looked for. Raises UsageError, with `where`, for what is not a pattern."""
    import jsonschema_rs  # noqa: PLC0415, loading it takes 0.05 s

    schema = {"type": "string", "pattern": _translate(pattern, where)}
    try:
        is_valid = jsonschema_rs.validator_for(schema, pattern_options=jsonschema_rs.RegexOptions()).is_valid
    except (jsonschema_rs.ValidationError, ValueError):
        raise UsageError(f"{pattern!r} is not a regular expression", where=where, do=_DO) from None

    def found(text: str) -> bool:
        try:
            return is_valid(text)
        except UnicodeEncodeError:  # half a surrogate pair: no text in Rust
            return is_valid(text.encode("utf-16", "surrogatepass").decode("utf-16", "replace"))

    return Pattern(pattern, found)


def _translate(pattern: str, where: str) -> str:
    """The same for an engine that reads the classes of ECMA-262. Raises UsageError."""
    parts: list[str] = []
    inside, verbose, index = False, "x" in _flags(pattern), 0
    while index < len(pattern):
        part = pattern[index : index + (2 if pattern[index] == "\\" else 1)]
        rest = pattern[index + len(part) :]
        if inside and (part in {"[", r"\W"} or (part in {"&", "~", "-"} and rest.startswith(part))):
            found = part if part in {"[", r"\W"} else 2 * part
            raise UsageError(
                f"{pattern!r} has {found} in a character class, which is not known here", where=where, do=_CLASS
            )
        if verbose and not inside and part == "#":
            raise UsageError(f"{pattern!r} has a comment, which is not known here", where=where, do="leave it out")
        if not inside and part == "[":
            inside = True
            part += rest[: 2 if rest[:2] == "^]" else rest[:1] in {"^", "]"}]  # a ] that comes first is a character
        elif inside and part == "]":
            inside = False
        parts.append(_class(part, inside=inside))
        index += len(part)
    return "".join(parts)


def _class(part: str, *, inside: bool) -> str:
    if part == r"\w":
        return _WORD if inside else f"[{_WORD}]"
    if part == r"\W":
        return f"[^{_WORD}]"
    return _CLASSES.get(part, part)


def _flags(pattern: str) -> str:
    """The letters of all groups of flags, (?x) or (?im-s:...)."""
    flags = ""
    for piece in pattern.split("(?")[1:]:
        letters = piece.split(")")[0].split(":")[0]
        if letters.replace("-", "").isalpha():
            flags += letters.split("-")[0]
    return flags
