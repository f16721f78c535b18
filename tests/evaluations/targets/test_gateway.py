"""A TensorZero gateway as a target: what it is sent, and what its answers mean, which are as 2026.6.0 gives them."""

from __future__ import annotations

import asyncio
import base64
from pathlib import Path

import pytest

from evaluations.errors import Complaint, UsageError
from evaluations.model import UNKNOWN, Answer, Datapoint, Json, Refusal, ToolCall, Usage
from evaluations.targets.gateway import GatewayTarget
from evaluations.targets.gateway_input import gateway_input
from evaluations.targets.unfit import UnfitError
from tests.evaluations.targets.raw import Raw, respond, serve

IDS = {"inference_id": "01a207cc", "episode_id": "01a207cc", "variant_name": "v"}
USAGE = {"input_tokens": 10, "output_tokens": None, "cost": 0.25}


def ask(answer: Json, status: str = "200 OK", given: Json = "q") -> tuple[Answer | Refusal, Raw]:
    """One question to a gateway with that answer, and what the gateway saw."""

    async def run(url: str) -> Answer | Refusal:
        async with GatewayTarget(url, "f", "v", api_key="sk-t0", timeout=5.0) as target:
            request = target.prepare(Datapoint("1", given))
            assert isinstance(request, bytes)
            return await target.attempt(request)

    with serve(lambda _body: [respond(answer, status)]) as server:
        return asyncio.run(run(server.url)), server


def user(content: Json) -> Json:
    """A message."""
    return {"role": "user", "content": content}


def test_a_chat_function() -> None:
    """Text, tool calls as the model wrote them, finish, tokens and cost."""
    call = {"type": "tool_call", "id": "1", "raw_name": "add", "raw_arguments": "{", "name": None, "arguments": None}
    texts = [{"type": "text", "text": "4"}, {"type": "thought", "text": "hm"}, {"type": "text", "text": "2"}]
    content = [*texts, call]
    answer, server = ask({**IDS, "content": content, "usage": USAGE, "finish_reason": "tool_call"})
    assert isinstance(answer, Answer)
    assert ("42", (ToolCall("add", "{"),), "tool_call") == (answer.text, answer.tool_calls, answer.finish)
    assert Usage(10, 0, 0.25, uncounted=1) == answer.usage
    assert answer.seconds > 0
    assert server.heads[0].startswith("POST /inference HTTP/1.1")
    assert "Authorization: Bearer sk-t0" in server.heads[0]
    sent = {"function_name": "f", "variant_name": "v", "dryrun": False, "input": {"messages": [user("q")]}}
    assert sent == server.body()


@pytest.mark.parametrize("raw", ['{"a": 1}', None])
def test_a_json_function(raw: str | None) -> None:
    """What the model wrote, also where it does not fit the schema."""
    answer, _server = ask({**IDS, "output": {"raw": raw, "parsed": None}, "usage": {}})
    assert isinstance(answer, Answer)
    assert (raw, UNKNOWN) == (answer.text, answer.usage)


def test_only_tool_calls() -> None:
    """There is no text, which is not the empty text."""
    call = {"type": "tool_call", "id": "1", "name": "add", "arguments": {"a": 1}}
    answer, _server = ask({**IDS, "content": [call], "usage": None})
    assert isinstance(answer, Answer)
    assert (None, (ToolCall("add", '{"a": 1}'),)) == (answer.text, answer.tool_calls)


@pytest.mark.parametrize(
    "answer",
    [
        [],
        5,
        {},
        IDS,
        {"content": 5},
        {"content": ["x"]},
        {"content": [{"type": "text"}]},
        {"content": [{"type": "text", "text": 5}]},
        {"content": [{"type": "tool_call", "raw_name": None}]},
        {"output": None},
        {"output": {"raw": 5}},
        {"output": {"raw": {"a": 1}}},
        b"<html>",
    ],
)
def test_what_is_no_inference(answer: Json) -> None:
    """Is never an empty answer."""
    refusal, _server = ask(answer)
    assert isinstance(refusal, Refusal)
    assert ("response", False) == (refusal.failure.cause, refusal.passing)


def test_the_gateways_own_words() -> None:
    """And whether it is worth another attempt."""
    refusal, _server = ask({"error": "Unknown function: f"}, "404 Not Found")
    assert isinstance(refusal, Refusal)
    assert ("HTTP 404: Unknown function: f", False) == (refusal.failure.message, refusal.passing)
    refusal, _server = ask({"error": "All model providers failed"}, "502 Bad Gateway")
    assert isinstance(refusal, Refusal)
    assert refusal.passing


def test_inputs_in_all_their_forms(tmp_path: Path) -> None:
    """As TensorZero's input, which stays as it is but for images from files."""
    (tmp_path / "a.png").write_bytes(b"\x89PNG\r\n\x1a\n")
    png = {"type": "file", "mime_type": "image/png", "data": base64.b64encode(b"\x89PNG\r\n\x1a\n").decode()}
    blocks = [{"type": "template", "name": "t", "arguments": {"a": 1}}, {"type": "file", "path": "a.png"}]
    given = {"system": {"b": 2}, "messages": [user(blocks), user("x")]}
    expected = {"system": {"b": 2}, "messages": [user([blocks[0], png]), user("x")]}
    assert expected == gateway_input(given, tmp_path, has_system=False)
    arguments = {"messages": [user([{"type": "text", "arguments": {"a": 1}}])]}
    assert arguments == gateway_input({"a": 1}, None, has_system=False)
    assert {"system": {"a": 1}, **arguments} == gateway_input({"a": 1}, None, has_system=True)


def test_openais_messages() -> None:
    """The system's are apart, and a tool's result comes from the user."""
    call = {"id": "1", "type": "function", "function": {"name": "add", "arguments": "{}"}}
    given = [
        {"role": "system", "content": "s"},
        {"role": "developer", "content": [{"type": "text", "text": "d"}]},
        user([{"type": "image_url", "image_url": {"url": "https://example.org/a.png"}}]),
        user([{"type": "image_url", "image_url": {"url": "data:image/png;base64,QQ=="}}]),
        {"role": "assistant", "content": None, "tool_calls": [call]},
        {"role": "tool", "tool_call_id": "1", "content": "5"},
    ]
    expected = [
        user([{"type": "file", "url": "https://example.org/a.png"}]),
        user([{"type": "file", "mime_type": "image/png", "data": "QQ=="}]),
        {"role": "assistant", "content": [{"type": "tool_call", "id": "1", "name": "add", "arguments": "{}"}]},
        user([{"type": "tool_result", "id": "1", "name": "add", "result": "5"}]),
    ]
    assert {"system": "s\n\nd", "messages": expected} == gateway_input(given, None, has_system=False)


@pytest.mark.parametrize(
    "given",
    [5, ["x"], [{"role": "judge", "content": "x"}], [user(["x"])], [{"role": "assistant", "tool_calls": [{}]}]],
)
def test_what_tensorzero_has_no_form_for(given: Json) -> None:
    """Is said before anything is asked."""
    with pytest.raises(UnfitError):
        gateway_input(given, None, has_system=False)
    assert isinstance(GatewayTarget("http://x", "f", "v").prepare(Datapoint("1", given)), Complaint)


def test_wrong_settings() -> None:
    """An address or a key that is none."""
    with pytest.raises(UsageError, match="leave /inference out"):
        GatewayTarget("http://x/inference", "f", "v")
    with pytest.raises(UsageError, match="letters that no key has"):
        GatewayTarget("http://x", "f", "v", api_key="a b")
