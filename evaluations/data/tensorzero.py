"""Datapoints as TensorZero exports and lists them: `input.messages`, `output` as the reference, `tags` as an object."""

from __future__ import annotations

from collections.abc import Iterator

from evaluations.data import datapoints
from evaluations.data.datapoints import kind, refuse
from evaluations.data.strict_json import encode
from evaluations.model import Datapoint, Json

_KEPT = ("function_name", "name", "output_schema", "allowed_tools", "additional_tools", "tool_choice", "tool_params")
"""What becomes metadata. The episode and the times say nothing of the question."""
_DO = "export the data set again, or map its columns"


def datapoint(record: Json, number: int) -> Datapoint:
    """The datapoint. Raises DatasetError, without a place."""
    if not isinstance(record, dict):
        refuse(f"there is {kind(record)}, not a JSON object", "each datapoint is an object, as TensorZero exports it")
    return Datapoint(
        str(number) if record.get("id") is None else datapoints.name(record["id"], "id"),
        datapoints.question(_input(record.get("input")), "input"),
        _reference(record.get("output")),
        None,
        datapoints.tags(record.get("tags"), "tags"),
        {name: record[name] for name in _KEPT if record.get(name) is not None},
    )


def _input(given: Json) -> Json:
    """Messages of the OpenAI protocol; or the arguments, where the question is nothing but a template's."""
    if not isinstance(given, dict) or not isinstance(given.get("messages"), list):
        found = "without messages" if isinstance(given, dict) else kind(given)
        refuse(f'"input" is {found}', 'TensorZero writes {"messages": [{"role": "user", "content": ...}]}')
    system, messages = given.get("system"), given["messages"]
    if system is None and len(messages) == 1 and (arguments := _arguments(messages[0])) is not None:
        return arguments
    if system is not None and not isinstance(system, str):
        refuse('"input.system" has the arguments of a template', "give the text, or map a column with the arguments")
    begin = [{"role": "system", "content": system}] if system else []
    return [*begin, *(each for place, message in enumerate(messages) for each in _messages(message, place))]


def _arguments(message: Json) -> Json:
    content = message.get("content") if isinstance(message, dict) else None
    if isinstance(content, dict):
        return content
    if isinstance(content, list) and len(content) == 1 and isinstance(content[0], dict):
        return content[0].get("arguments") if content[0].get("type") in ("text", "template") else None
    return None


def _messages(message: Json, place: int) -> Iterator[dict[str, Json]]:
    """A tool's result is a message of its own in the OpenAI protocol."""
    if not isinstance(message, dict):
        refuse(f'"input.messages[{place}]" is {kind(message)}, not a message', _DO)
    role, content = message.get("role"), message.get("content")
    if not isinstance(content, list):
        yield {"role": role, "content": content}
        return
    parts, calls = [], []
    for block in content:
        where = f'"input.messages[{place}]"'
        if not isinstance(block, dict):
            refuse(f"{where} has a block that is {kind(block)}", _DO)
        if block.get("type") == "thought":
            continue  # the OpenAI protocol has no place for what a model thought
        if block.get("type") == "tool_result":
            yield {"role": "tool", "tool_call_id": block.get("id"), "content": block.get("result")}
        elif block.get("type") == "tool_call":
            calls.append(_call(block))
        else:
            parts.append(_part(block, where))
    texts = [part["text"] for part in parts if part["type"] == "text"]
    whole = texts[0] if len(parts) == len(texts) == 1 else parts
    if calls:
        yield {"role": role, "content": whole or None, "tool_calls": calls}
    elif parts:
        yield {"role": role, "content": whole}


def _part(block: dict[str, Json], where: str) -> dict[str, Json]:
    type_ = block.get("type")
    text = block.get("text" if type_ == "text" else "value")
    if type_ in ("text", "raw_text") and isinstance(text, str):
        return {"type": "text", "text": text}
    url, mime_type = block.get("url"), block.get("mime_type") or "image/"
    if url is None and isinstance(block.get("data"), str):
        url = f"data:{mime_type};base64,{block['data']}"
    if type_ not in ("file", "image") or not isinstance(url, str) or not str(mime_type).startswith("image/"):
        refuse(f"{where} has a block of the type {type_!r} that the OpenAI protocol has no part for", _DO)
    return {"type": "image_url", "image_url": {"url": url}}


def _call(block: dict[str, Json]) -> dict[str, Json]:
    arguments = block.get("raw_arguments", block.get("arguments"))
    text = arguments if isinstance(arguments, str) else encode(arguments).decode()
    return {
        "id": block.get("id"),
        "type": "function",
        "function": {"name": block.get("raw_name") or block.get("name"), "arguments": text},
    }


def _reference(output: Json) -> Json:
    """The text where the answer is one text; the value where it is an object or a list as JSON; else as it is."""
    if isinstance(output, dict) and "raw" in output and isinstance(output.get("parsed"), (dict, list)):
        return output["parsed"]
    if (
        isinstance(output, list)
        and len(output) == 1
        and isinstance(output[0], dict)
        and output[0].get("type") == "text"
    ):
        return output[0].get("text")
    return output
