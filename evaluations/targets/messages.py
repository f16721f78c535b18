"""TensorZero's messages and content blocks, and OpenAI's: what a data set gives, as messages of OpenAI's chat protocol.

https://platform.openai.com/docs/api-reference/chat/create, and TensorZero's API reference of `POST /inference`.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

from evaluations.model import Json
from evaluations.targets.images import image_file, image_part
from evaluations.targets.unfit import UnfitError

Render = Callable[[str, Mapping[str, Json]], str]
"""The text of the template with that name for those arguments. Raises UnfitError."""
Write = Callable[[str, str], str]
"""What a text becomes in a message of that role: itself, or what the role's template makes of it."""
_OPENAI = frozenset({"input_audio", "refusal"})
_BLOCKS = "a block is text, template, raw_text, tool_call, tool_result, file or image_url"


def is_conversation(value: Json) -> bool:
    """Whether it is TensorZero's input: `{"system": ..., "messages": [...]}`, and not template arguments."""
    if not isinstance(value, dict) or not value.keys() <= {"system", "messages"}:
        return False
    messages = value.get("messages")
    return isinstance(messages, list) and all(isinstance(each, dict) and "role" in each for each in messages)


def chat_messages(
    messages: Iterable[Json], *, write: Write, render: Render, images: Path | None
) -> list[dict[str, Json]]:
    """The same messages in OpenAI's form. Raises UnfitError where one can't be put that way."""
    written: list[dict[str, Json]] = []
    for message in messages:
        if not isinstance(message, dict) or not isinstance(message.get("role"), str):
            raise UnfitError("a message is no object with a role", 'a message is {"role": "user", "content": "text"}')
        role, content = message["role"], message.get("content")
        if isinstance(content, str):
            written.append({**message, "content": write(role, content)})
        elif isinstance(content, dict):  # TensorZero's older form of one block with arguments
            written.append({**message, "content": render(role, content)})
        elif isinstance(content, list):
            written += _Blocks(write, render, images).messages(message, content)
        elif content is None and message.get("tool_calls"):
            written.append(message)
        else:
            raise UnfitError("a message's content is neither text nor blocks", _BLOCKS)
    return written


class _Blocks:
    """One message's blocks, sorted into what OpenAI's protocol has in different places."""

    def __init__(self, write: Write, render: Render, images: Path | None) -> None:
        self._write = write
        self._render = render
        self._images = images
        self._parts: list[dict[str, Json]] = []
        self._calls: list[dict[str, Json]] = []
        self._results: list[dict[str, Json]] = []

    def messages(self, message: Mapping[str, Json], blocks: Iterable[Json]) -> list[dict[str, Json]]:
        role: str = message["role"]
        for block in blocks:
            if not isinstance(block, dict):
                raise UnfitError("a content block is not an object", _BLOCKS)
            try:
                self._sort(role, block)
            except KeyError as error:
                raise UnfitError(f"a {block.get('type')} block lacks {error}", _BLOCKS) from None
        if not self._parts and not self._calls:
            return self._results
        own: dict[str, Json] = {**message, "content": self._content()}
        if self._calls:
            own["tool_calls"] = self._calls
        return [*self._results, own]

    def _content(self) -> Json:
        """One text as a text, which every server takes; `None` where there are only tool calls."""
        if len(self._parts) == 1 and self._parts[0]["type"] == "text":
            return self._parts[0]["text"]
        return self._parts or None

    def _sort(self, role: str, block: Mapping[str, Json]) -> None:
        kind = block.get("type")
        if kind == "text":
            arguments = block.get("arguments")
            text = self._write(role, _text(block["text"])) if arguments is None else self._render(role, arguments)
            self._parts.append({"type": "text", "text": text})
        elif kind == "template":
            self._parts.append({"type": "text", "text": self._render(block["name"], block["arguments"])})
        elif kind == "raw_text":
            self._parts.append({"type": "text", "text": _text(block["value"])})
        elif kind == "tool_call" and role == "assistant":
            self._calls.append(_call(block))
        elif kind == "tool_result" and role == "user":
            self._results.append({"role": "tool", "tool_call_id": block["id"], "content": _text(block["result"])})
        elif kind == "image_url":
            image = block["image_url"] if isinstance(block["image_url"], dict) else {"url": block["image_url"]}
            self._parts.append(image_part(image.get("url"), image.get("detail")))
        elif kind in ("file", "image") and "file" not in block:
            self._parts.append(self._file(block))
        elif kind in _OPENAI or kind == "file":
            self._parts.append(dict(block))
        else:
            raise UnfitError(f"a message from the {role} can't hold a {kind} block", _BLOCKS)

    def _file(self, block: Mapping[str, Json]) -> dict[str, Json]:
        detail = block.get("detail")
        if "path" in block:
            kind, data = image_file(self._images, block["path"])
        elif "data" in block:
            kind, data = str(block["mime_type"]), _text(block["data"])
        else:
            return image_part(block["url"], detail)
        return image_part(f"data:{kind};base64,{data}", detail)


def _call(block: Mapping[str, Json]) -> dict[str, Json]:
    arguments = block["arguments"]
    written = arguments if isinstance(arguments, str) else json.dumps(arguments, ensure_ascii=False)
    return {"id": block["id"], "type": "function", "function": {"name": block["name"], "arguments": written}}


def _text(value: Json) -> str:
    if not isinstance(value, str):
        raise UnfitError("a block's text is not a text", _BLOCKS)
    return value
