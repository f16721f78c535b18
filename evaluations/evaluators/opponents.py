"""The answers of another run, that answers are compared with."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from hashlib import sha256
from pathlib import Path
from typing import NamedTuple

from evaluations.errors import Complaint, UsageError
from evaluations.evaluators.judge_prompts import shown
from evaluations.model import Answer, Datapoint, Failure, Json, ToolCall

_DO = "name the folder of a run, or JSON Lines with `id` and `answer`"


class StoredAnswers:
    """What another run answered, in a temporary database: memory does not grow with the run."""

    def __init__(self, path: Path, variant: str | None = None) -> None:
        """Read all of it: the first repeat of each answer. Raises UsageError with the line."""
        self._name = path.name
        self._path = path / "results.jsonl" if path.is_dir() else path
        self._variant = variant
        self._digest = sha256()
        self._database = sqlite3.connect("", check_same_thread=False, isolation_level=None)
        try:
            self._read(variant)
        except BaseException:
            self.close()
            raise

    @property
    def identity(self) -> dict[str, Json]:
        """Of all answers that were read, and whose were asked for."""
        return {"sha256": self._digest.hexdigest(), "variant": self._variant}

    def close(self) -> None:
        """Drop the database."""
        self._database.close()

    def __call__(self, datapoint: Datapoint) -> str | Failure | Complaint:
        """The stored answer to that datapoint."""
        found = self._database.execute("SELECT answer FROM answers WHERE id = ?", (datapoint.id,)).fetchone()
        if found is None:
            what = f"{self._name} has no datapoint {datapoint.id!r} to compare with"
            return Complaint(what, "compare with a run on the same data set")
        if found[0] is None:
            return Failure("opponent", f"{self._name} has no answer to {datapoint.id!r}")
        return str(found[0])

    def _read(self, variant: str | None) -> None:
        self._database.execute("CREATE TABLE answers (id TEXT PRIMARY KEY, answer TEXT) WITHOUT ROWID")
        self._database.execute("BEGIN")
        variants: set[str] = set()
        for number, line in self._lines():
            variants.add(line.variant)
            if line.repeat or variant not in (None, line.variant):
                continue
            where = f"{self._path}, line {number}"
            if len(variants) > 1 and variant is None:
                what = f"there are answers of several variants: {', '.join(sorted(variants))}"
                raise UsageError(what, where=where, do='say whose to take: against_variant = "..."')
            try:
                self._database.execute("INSERT INTO answers VALUES (?, ?)", (line.id, line.answer))
            except sqlite3.IntegrityError:
                raise UsageError(f"a second answer to {line.id!r}", where=where, do="keep one of them") from None
        if variant is not None and variant not in variants:
            what, known = f"there is no answer of the variant {variant!r}", ", ".join(sorted(variants)) or "none"
            raise UsageError(what, where=str(self._path), do=f"name one of those that are there: {known}")
        self._database.execute("COMMIT")

    def _lines(self) -> Iterator[tuple[int, _Line]]:
        try:
            with closing(self._path.open("rb")) as file:
                for number, text in enumerate(file, 1):
                    self._digest.update(text)
                    if text.strip():
                        try:
                            yield number, _line(json.loads(text))
                        except (ValueError, LookupError, TypeError, RecursionError):
                            where = f"{self._path}, line {number}"
                            raise UsageError("the line is no answer to a datapoint", where=where, do=_DO) from None
        except OSError as error:
            raise UsageError(f"the answers can't be read: {error.strerror}", where=str(self._path), do=_DO) from None


class _Line(NamedTuple):
    id: str
    variant: str
    repeat: int
    answer: str | None


def _line(fields: dict[str, Json]) -> _Line:
    identity, text = fields["id"], fields["answer"]
    if (
        isinstance(identity, bool)
        or not isinstance(identity, (str, int))
        or not (text is None or isinstance(text, str))
    ):
        raise TypeError
    calls = tuple(ToolCall(call["name"], call["arguments"]) for call in fields.get("tool_calls", ()))
    answer = Answer(text, tool_calls=calls, refusal=fields.get("refusal"))
    nothing = text is None and not calls and answer.refusal is None
    return _Line(
        str(identity), str(fields.get("variant", "")), int(fields.get("repeat", 0)), None if nothing else shown(answer)
    )
