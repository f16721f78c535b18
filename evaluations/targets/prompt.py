"""From a datapoint's input to the messages that a model gets: templates, schemas and what is always said."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from msgspec import Struct, field

from evaluations.model import Json
from evaluations.targets.messages import chat_messages, is_conversation
from evaluations.targets.sources import text_sha256
from evaluations.targets.unfit import UnfitError

if TYPE_CHECKING:  # whoever has templates or schemas has loaded these, and who has none can do without
    from evaluations.targets.schemas import Check
    from evaluations.targets.templates import Templates

_JSON = "Respond using JSON."
"""What TensorZero says in JSON mode where nothing else does: OpenAI refuses that mode where no message says JSON."""
_NO_TEMPLATES = "give a text or messages; templates need a configuration: evaluations init writes one"
_ARGUMENTS = "give an object with the template's arguments"


class Template(Struct, frozen=True):
    """A template of a variant."""

    path: str
    takes_text: bool
    """Whether it frames texts, as `user_text`, `assistant_text` or `system_text`: TensorZero's `user_template` without
    a schema. Otherwise it is used by those messages that give arguments for it."""
    check: Check | None = None
    """Of its arguments."""


class Prompt(Struct, frozen=True):
    """What a variant makes of an input. Without anything set, the input is what the model gets."""

    system: str | None = None
    """A system message that is always there."""
    templates: Mapping[str, Template] = field(default_factory=dict)
    engine: Templates | None = None
    """What renders them."""
    images: Path | None = None
    """The data set's folder."""
    says_json: bool = False
    """Whether a message must say JSON."""

    @property
    def description(self) -> dict[str, Json]:
        """Digests of what is always said and of each template, with what those read so far include."""
        files = {} if self.engine is None else self.engine.digests
        templates: dict[str, Json] = {name: template.path for name, template in self.templates.items()}
        system = None if self.system is None else text_sha256(self.system)
        return {"system_sha256": system, "templates": templates, "files": dict(files)}

    def messages(self, given: Json) -> list[dict[str, Json]]:
        """The messages. Raises UnfitError where the input does not fit the templates.

        `given` is a text, a list of messages, TensorZero's input, or an object of arguments for the templates of the
        system and the user.
        """
        if isinstance(given, str):
            if "user" in self.templates and not self.templates["user"].takes_text:
                raise UnfitError("the input is a text, and the user's template takes arguments", _ARGUMENTS)
            messages: list[dict[str, Json]] = [{"role": "user", "content": self._write("user", given)}]
            system = self._system(None)
        elif isinstance(given, list):
            system, rest = self._split(given)
            messages = self._convert(rest)
        elif is_conversation(given):
            messages, system = self._convert(given["messages"]), self._system(given.get("system"))
        elif isinstance(given, dict):
            messages = [{"role": "user", "content": self._render("user", given)}]
            system = self._system(given if "system" in self.templates else None)
        else:
            raise UnfitError("the input is neither text, messages nor an object", "give one of these")
        if self.says_json:
            system = _say_json(system, messages)
        if system is not None:
            messages.insert(0, {"role": "system", "content": system})
        return messages

    def _convert(self, messages: list[Json]) -> list[dict[str, Json]]:
        return chat_messages(messages, write=self._write, render=self._render, images=self.images)

    def _split(self, given: list[Json]) -> tuple[str | None, list[Json]]:
        """A system message at the start is what the system template frames; without one, it stays as it is."""
        first = given[0] if given else None
        if "system" in self.templates and isinstance(first, dict) and first.get("role") == "system":
            return self._system(first.get("content")), given[1:]
        return self._system(None), given

    def _system(self, given: Json) -> str | None:
        template = self.templates.get("system")
        if template is None:
            if given is not None and not isinstance(given, str):
                raise UnfitError("the input has arguments for a system template, and there is none", "give a text")
            parts = [part for part in (self.system, given) if part is not None]
            return "\n\n".join(parts) if parts else None
        if template.takes_text and (given is None or isinstance(given, str)):
            return self._fill(template, {"system_text": given})
        return self._render("system", {} if given is None else given)

    def _write(self, role: str, text: str) -> str:
        template = self.templates.get(role)
        if template is None:
            return text
        if not template.takes_text:  # TensorZero lets texts pass by a template that has no schema
            if template.check is not None:
                raise UnfitError(f"a message of the {role} is a text, and its schema asks for arguments", _ARGUMENTS)
            return text
        return self._fill(template, {f"{role}_text": text})

    def _render(self, name: str, arguments: Mapping[str, Json]) -> str:
        template = self.templates.get(name)
        if template is None:
            there = ", ".join(sorted(self.templates)) or "none"
            do = f"give a text, or set the variant's templates.{name}.path" if self.engine else _NO_TEMPLATES
            raise UnfitError(f"the input has arguments for the template {name!r}; templates there are: {there}", do)
        if not isinstance(arguments, dict):
            raise UnfitError(f"what is given for the template {name!r} is no object", "give an object of arguments")
        if template.check is not None:
            template.check(arguments)
        return self._fill(template, arguments)

    def _fill(self, template: Template, arguments: Mapping[str, Json]) -> str:
        if self.engine is None:
            raise RuntimeError("templates without their engine")
        return self.engine.render(template.path, arguments)


def _say_json(system: str | None, messages: list[dict[str, Json]]) -> str:
    if system is None:
        return _JSON
    said = any("json" in str(message.get("content")).lower() for message in messages)
    return system if said or "json" in system.lower() else f"{_JSON}\n\n{system}"
