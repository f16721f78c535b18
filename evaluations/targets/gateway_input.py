"""What a data set gives, as the input of TensorZero's `POST /inference`; its API reference has the fields."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from evaluations.model import Json
from evaluations.targets.images import image_file
from evaluations.targets.messages import is_conversation
from evaluations.targets.unfit import UnfitError

_OPENAI = 'give messages of system, user and assistant, or TensorZero\'s input: {"system": ..., "messages": [...]}'


def gateway_input(given: Json, images: Path | None, *, has_system: bool) -> dict[str, Json]:
    """TensorZero's input. Raises UnfitError for what it has no form for.

    `given` is a text, a list of OpenAI's messages, an object of template arguments, or TensorZero's input, in which
    only images from files are put in their place. With `has_system`, template arguments are for the system too.
    """
    if isinstance(given, str):
        return {"messages": [{"role": "user", "content": given}]}
    if isinstance(given, list):
        return _conversation(given, images)
    if is_conversation(given):
        messages = [{**message, "content": _blocks(message.get("content"), images)} for message in given["messages"]]
        return {**given, "messages": messages}
    if not isinstance(given, dict):
        raise UnfitError("the input is neither text, messages nor an object", "give one of these")
    arguments = {"messages": [{"role": "user", "content": [{"type": "text", "arguments": given}]}]}
    return {"system": given, **arguments} if has_system else arguments


def _conversation(given: list[Json], images: Path | None) -> dict[str, Json]:
    """OpenAI's messages: what the system says is apart, and results of tools come from the user."""
    system: list[str] = []
    messages: list[dict[str, Json]] = []
    tools: dict[Json, Json] = {}
    for message in given:
        if not isinstance(message, dict):
            raise UnfitError("a message is not an object", _OPENAI)
        role, content = message.get("role"), message.get("content")
        blocks = _blocks([{"type": "text", "text": content}] if isinstance(content, str) else content or [], images)
        if role in ("system", "developer"):
            system.append(_text(blocks))
        elif role == "tool":
            called = message.get("tool_call_id")
            block = {"type": "tool_result", "id": called, "name": tools.get(called, ""), "result": _text(blocks)}
            messages.append({"role": "user", "content": [block]})
        elif role in ("user", "assistant"):
            calls = [_call(call) for call in message.get("tool_calls") or ()]
            tools.update({call["id"]: call["name"] for call in calls})
            messages.append({"role": role, "content": [*blocks, *calls]})
        else:
            raise UnfitError(f"TensorZero has no messages from {role!r}", _OPENAI)
    return {"system": "\n\n".join(system), "messages": messages} if system else {"messages": messages}


def _call(call: Json) -> dict[str, Json]:
    try:
        function = call["function"]
        return {
            "type": "tool_call",
            "id": call["id"],
            "name": function["name"],
            "arguments": function["arguments"],
        }
    except (LookupError, TypeError):
        raise UnfitError("a tool call lacks id, name or arguments", _OPENAI) from None


def _blocks(content: Json, images: Path | None) -> Json:
    """Texts and objects stay as they are; the gateway says what is wrong with them."""
    if not isinstance(content, list):
        return content
    if not all(isinstance(block, dict) for block in content):
        raise UnfitError("a content block is not an object", _OPENAI)
    return [_block(block, images) for block in content]


def _text(blocks: list[dict[str, Json]]) -> str:
    return "".join(str(block.get("text", "")) for block in blocks)


def _block(block: Mapping[str, Json], images: Path | None) -> Json:
    if block.get("type") in ("file", "image") and "path" in block:
        kind, data = image_file(images, block["path"])
        return {"type": "file", "mime_type": kind, "data": data}
    if block.get("type") == "image_url":
        image = block.get("image_url")
        url = image.get("url") if isinstance(image, dict) else image
        if isinstance(url, str) and url.startswith("data:"):
            head, _, data = url.partition(",")
            return {"type": "file", "mime_type": head[len("data:") :].removesuffix(";base64"), "data": data}
        return {"type": "file", "url": url}
    return block
