"""A JSON file that is one list of objects, read through a window that slides over it."""

from __future__ import annotations

import codecs
import hashlib
import json
import re
from collections.abc import Iterator
from typing import BinaryIO

from evaluations.data.formats import LONGEST, Record
from evaluations.data.strict_json import explain, strict_at
from evaluations.data.utf8 import not_utf8, refuse_mark, refuse_nul
from evaluations.errors import DatasetError
from evaluations.model import Json

_CHUNK = 1 << 18
_SPACE = re.compile(r"[ \t\r\n]*")
_LONGEST_TOKEN = 16
"""Characters. A parser that stops so near the end of the window may only lack the rest of a number or a word."""
SHAPE = 'the file is one list of objects: [{"input": "question", "reference": "answer"}, ...]'
LINES = 'one object on each line, without brackets, is the format "jsonl"'


class JsonList:
    """A file with a JSON list."""

    def __init__(self, file: BinaryIO, name: str) -> None:
        self._file = file
        self._name = name
        self._start = file.tell()

    def records(self, digest: hashlib._Hash) -> Iterator[Record]:
        self._file.seek(self._start)
        window = _Window(self._file, self._name, digest)
        if not (first := window.next()):
            return
        if first != "[":
            raise window.error("the file does not begin with a list", f"{SHAPE}; {LINES}")
        window.skip()
        number = 0
        if window.next() != "]":
            while True:
                number += 1
                line, value = window.value(number)
                yield number, line, value
                after = window.next()
                if after == "]":
                    break
                if after != ",":
                    found = f"there is {after!r}" if after else "the file ends"
                    raise window.error(f"{found} after item {number}, not a comma or the list's end", SHAPE)
                window.skip()
        window.skip()
        if after := window.next():
            raise window.error(f"there is {after!r} after the end of the list", SHAPE)

    def where(self, number: int, line: int) -> str:
        return f"{self._name}, line {line} (item {number})"


class _Window:
    """A part of the text. `at` is the next character that was not used."""

    def __init__(self, file: BinaryIO, name: str, digest: hashlib._Hash) -> None:
        self._file = file
        self._name = name
        self._digest = digest
        self._decoder = codecs.getincrementaldecoder("utf-8")()
        self._text = ""
        self._at = 0
        self._counted = 0
        self._line = 1
        self._begun = False

    def next(self) -> str:
        """The next character that is no space, which stays unused; empty at the end of the file."""
        while True:
            found = _SPACE.match(self._text, self._at)
            self._at = found.end() if found else self._at
            if self._at < len(self._text):
                return self._text[self._at]
            if not self._more():
                return ""

    def skip(self) -> None:
        """Use one character."""
        self._at += 1

    def value(self, number: int) -> tuple[int, Json]:
        """The line where the next value begins, and the value."""
        if not self.next():
            raise self.error(f"the file ends before item {number}", SHAPE)
        line = self.line()
        while True:
            held = len(self._text) - self._at
            try:
                value, end = strict_at(self._text, self._at)
            except json.JSONDecodeError as error:
                cut = error.msg.startswith("Unterminated") or error.pos >= len(self._text) - _LONGEST_TOKEN
                if cut and held <= LONGEST and self._more():
                    continue
                if cut and held > LONGEST:
                    raise self._too_long(number) from None
                self._at = error.pos
                column = error.pos - self._text.rfind("\n", 0, error.pos)
                unfinished = error.msg.startswith("Unterminated") or error.pos >= len(self._text)
                ends = ": the file ends in the middle of it" if unfinished else ""
                what = f"item {number} is not JSON at column {column}: {error.msg}{ends}"
                raise self.error(what, SHAPE) from None
            except ValueError as error:
                raise self.error(f"item {number} is {explain(error)}", SHAPE) from None
            if end - self._at > LONGEST:
                raise self._too_long(number)
            self._at = end
            return line, value

    def line(self) -> int:
        """The line of the next character, from 1."""
        self._line += self._text.count("\n", self._counted, self._at)
        self._counted = self._at
        return self._line

    def error(self, what: str, do: str) -> DatasetError:
        """What is wrong at the next character."""
        return DatasetError(what, where=f"{self._name}, line {self.line()}", do=do)

    def _too_long(self, number: int) -> DatasetError:
        return self.error(f"item {number} is longer than {LONGEST >> 20} MiB", "close its quotes and brackets")

    def _more(self) -> bool:
        """Twice as much of the item that is begun, so that a long one is not read again and again."""
        self.line()
        rest = self._text[self._at :]
        data = self._file.read(max(_CHUNK, min(len(rest), LONGEST)))
        self._digest.update(data)
        line = self._line + rest.count("\n") + data[: max(data.find(0), 0)].count(b"\n")
        if not self._begun:
            refuse_mark(data, f"{self._name}, line 1")
            self._begun = True
        refuse_nul(data, f"{self._name}, line {line}")
        try:
            text = self._decoder.decode(data, final=not data)
        except UnicodeDecodeError as error:
            before = rest + error.object[: error.start].decode()
            line = self._line + before.count("\n")
            column = len(before) - before.rfind("\n")
            raise not_utf8(f"what stands at column {column}", f"{self._name}, line {line}") from None
        if data:
            self._text, self._at, self._counted = rest + text, 0, 0
        return bool(data)
