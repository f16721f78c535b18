"""MiniJinja templates, as TensorZero uses them. What data sets give are arguments, and never templates themselves."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from minijinja import Environment, TemplateError

from evaluations.errors import UsageError
from evaluations.model import Json
from evaluations.targets.files import LARGEST_FILE, read_below, read_text
from evaluations.targets.sources import text_sha256
from evaluations.targets.unfit import UnfitError

_FUEL = 10_000_000
"""Steps of the engine for one text, so that no argument makes a loop run for long."""
_CAUSE = re.compile(r"^caused by: (.+)$", re.MULTILINE)
_PLACE = re.compile(r"^(?P<what>.*) \(in (?P<name>.*):(?P<line>\d+)\)$")
_UNDEFINED = re.compile(r"undefined value: (?P<variable>`.*`) is undefined$")


class Templates:
    """The templates of one configuration, by their paths; `include` and `import` find others below the same folder."""

    def __init__(self, folder: Path) -> None:
        """`folder` is the configuration's."""
        self._folder = folder
        self._environment = Environment(
            loader=self._load,
            undefined_behavior="strict",
            auto_escape_callback=lambda _name: None,  # prompts are text, whatever a template's file is called
            finalizer=_shown,
            fuel=_FUEL,
        )
        self.digests: dict[str, str] = {}
        """The sha256 of each file that was read so far, by its path."""
        self._environment.add_filter("tojson", _compact)

    def _load(self, name: str) -> str:
        text = read_below(self._folder, name, LARGEST_FILE).decode()
        self.digests[name] = text_sha256(text)
        return text

    def add(self, path: str, where: str) -> None:
        """Read a template; `where` is the key path that names it. Raises UsageError where it is none."""
        text = read_text(self._folder, path, where)
        self.digests[path] = text_sha256(text)
        try:
            self._environment.add_template(path, text)
        except TemplateError as error:
            what, place = _explain(error, path)
            raise UsageError(f"{place} is wrong: {what}", where=where, do="mend the template") from None

    def render(self, path: str, arguments: Mapping[str, Json]) -> str:
        """The text. Raises UnfitError with the template's file and line, and the name of what is undefined.

        Objects have their keys in order, as in TensorZero: a loop or `tojson` writes them alike, however they came.
        """
        try:
            return self._environment.render_template(path, **_ordered(arguments))
        except TemplateError as error:
            what, place = _explain(error, path)
        except ValueError as error:  # an included file that can't be read
            what, place = f"an included file {error}", f"the template {path}"
        undefined = _UNDEFINED.match(what)
        if undefined is None:
            raise UnfitError(f"{place}: {what}", "mend the template or the datapoint's input")
        there = ", ".join(sorted(arguments)) or "nothing"
        raise UnfitError(
            f"{place} uses {undefined['variable']}, which the datapoint does not have",
            f"add it to the datapoint's input, which has {there}; or mend the template",
        )


def _ordered(value: Json) -> Json:
    if isinstance(value, Mapping):
        return {key: _ordered(value[key]) for key in sorted(value)}
    return [_ordered(each) for each in value] if isinstance(value, list) else value


def _explain(error: TemplateError, path: str) -> tuple[str, str]:
    """What is wrong, and which file and line: of the included template where the fault is there."""
    message = ([error.message, *_CAUSE.findall(str(error))])[-1]
    found = _PLACE.match(message)
    if found is None:
        return message, f"the template {path}"
    return found["what"], f"the template {found['name']}, line {found['line']},"


def _compact(value: Any, indent: Any = None) -> str:
    """As the engine itself writes JSON, in which signs that HTML takes for its own are escaped; Python's has spaces."""
    depth = 2 if indent is True else indent or None
    text = json.dumps(value, ensure_ascii=False, indent=depth, separators=None if depth else (",", ":"))
    for sign in "<>&'":
        text = text.replace(sign, f"\\u{ord(sign):04x}")
    return text


def _shown(value: Any) -> Any:
    """Values other than text and numbers as TensorZero shows them, not as Python does: `true`, `none`, `["a", 1]`."""
    return NotImplemented if type(value) in (str, int, float) else _written(value, nested=False)


def _written(value: Any, *, nested: bool) -> Any:
    if value is None or isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, (list, tuple)):
        return "[" + ", ".join(_written(item, nested=True) for item in value) + "]"
    if isinstance(value, dict):
        items = (f"{_written(key, nested=True)}: {_written(item, nested=True)}" for key, item in value.items())
        return "{" + ", ".join(items) + "}"
    if nested and isinstance(value, str):
        escaped = value.replace("\\", "\\\\").replace('"', '\\"')
        return '"' + escaped.replace("\n", "\\n").replace("\r", "\\r").replace("\t", "\\t") + '"'
    return str(value) if nested else NotImplemented
