"""Reads a configuration file: TOML in, frozen specs out, or one error with everything that is wrong with it."""

from __future__ import annotations

import codecs
import hashlib
import re
from collections.abc import Iterable, Iterator
from pathlib import Path

import msgspec
from msgspec import Struct

from evaluations.config.errors import ConfigError, Problem
from evaluations.config.keys import KeyPath, dotted, line_of
from evaluations.config.references import dangling
from evaluations.config.sifting import sift
from evaluations.config.specs import Configuration
from evaluations.config.strict import Flaw, flaws
from evaluations.config.toml import TOMLDecodeError, loads
from evaluations.errors import UsageError
from evaluations.model import Json

NAMES = ("evaluations.toml", "tensorzero.toml")
"""What is looked for in a folder, in this order."""

_PLACE = re.compile(r" \(at line (\d+), column \d+\)$")


class ConfigFile(Struct, frozen=True):
    """A configuration that was read, and where it is from."""

    path: Path
    text: str
    specs: Configuration

    @property
    def folder(self) -> Path:
        """What the paths in it are relative to."""
        return self.path.parent

    @property
    def sha256(self) -> str:
        """Of its bytes; hexadecimal."""
        return hashlib.sha256(self.text.encode()).hexdigest()

    def problems(self, found: Iterable[Flaw]) -> list[Problem]:
        """Flaws of this file with their lines, in the order of the file."""
        placed = sorted(((line_of(self.text, flaw.path) or 0, flaw) for flaw in found), key=lambda each: each[0])
        return [
            Problem(flaw.what, f"{self.path}{f', line {line}' if line else ''}: {dotted(flaw.path)}", flaw.do)
            for line, flaw in placed
        ]

    def located(self, error: UsageError, otherwise: str = "") -> Problem:
        """What was found wrong when something was made of the specs, with the line that `where`, its key path, is on.

        The keys in `where` are joined with dots and not quoted, so it is looked for among those that the file has.
        `otherwise` is the key path for what is not in the file, such as a model that needs no table.
        """
        path, rest = self._nearest(error.where)
        if len(path) < 2:
            path, rest = self._nearest(otherwise)
        if not path:
            return Problem(error.what, f"{self.path}: {error.where}".removesuffix(": "), error.do)
        where = f"{self.path}, line {line_of(self.text, path)}: {dotted(path)}"
        return Problem(error.what, f"{where}.{rest}" if rest else where, error.do)

    def _nearest(self, where: str) -> tuple[KeyPath, str]:
        """The longest key path of the file that `where` begins with, and the rest of it."""
        given = where.replace("[", ".").replace("]", "") + "."
        fitting = [path for path in _paths(loads(self.text)) if given.startswith(_joined(path))]
        path = max(fitting, key=len, default=())
        return path, given.removeprefix(_joined(path)).removesuffix(".")


def find(given: str | Path | None = None) -> Path:
    """The configuration file: the one given, or the one in the folder given, or in this folder. Raises ConfigError."""
    path = Path(given or ".")
    if not path.is_dir():
        return path
    for name in NAMES:
        if (path / name).is_file():
            return path / name
    do = "name the file, or write a first one: evaluations init"
    raise ConfigError([Problem(f"there is no {' and no '.join(NAMES)}", str(path), do)])


def read(path: Path) -> ConfigFile:
    """The specs in the file, every name and file in them known to be there. Raises ConfigError."""
    text = _decode(path)
    config = ConfigFile(path, text, Configuration())
    file, found = sift(_parse(path, text))
    found += flaws(file, Configuration)
    if found:
        raise ConfigError(config.problems(found))
    config = ConfigFile(path, text, msgspec.convert(file, Configuration))
    found = list(dangling(config.specs, config.folder))
    if found:
        raise ConfigError(config.problems(found))
    return config


def _decode(path: Path) -> str:
    try:
        content = path.read_bytes()
    except OSError as error:
        do = "give a readable TOML file, or write a first one: evaluations init"
        raise ConfigError([Problem(f"the configuration can't be read: {error.strerror}", str(path), do)]) from None
    if content.startswith((codecs.BOM_UTF8, codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        raise ConfigError(
            [Problem("the file begins with a byte order mark", str(path), "save it as UTF-8 without BOM")]
        )
    try:
        return content.decode()
    except UnicodeDecodeError as error:
        where = f"{path}, line {content.count(bytes([10]), 0, error.start) + 1}"
        do = "convert the file, from Latin-1 for example: iconv -f latin1 -t utf-8 OLD > NEW"
        raise ConfigError([Problem("the file is not UTF-8", where, do)]) from None


def _parse(path: Path, text: str) -> Json:
    try:
        return loads(text)
    except TOMLDecodeError as error:
        message = str(error)
        place = _PLACE.search(message)
        where = f"{path}, line {place[1]}" if place else f"{path}, line {len(text.splitlines())}"
        what = f"the file is not TOML: {_PLACE.sub('', message).removesuffix(' (at end of document)')}"
        raise ConfigError([Problem(what, where, "mend the line; strings stand in quotes")]) from None
    except RecursionError:
        raise ConfigError([Problem("the file is nested too deeply", str(path), "make it flatter")]) from None


def _paths(value: Json, path: KeyPath = ()) -> Iterator[KeyPath]:
    """Every key path of a file, from the top down."""
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, each in items:
        yield (*path, key)
        yield from _paths(each, (*path, key))


def _joined(path: KeyPath) -> str:
    return "".join(f"{key}." for key in path)
