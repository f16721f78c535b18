"""From inputs, in all their forms, to messages."""

from __future__ import annotations

import base64
from pathlib import Path

import pytest

from evaluations.model import Json
from evaluations.targets.prompt import Prompt, Template
from evaluations.targets.templates import Templates
from evaluations.targets.unfit import UnfitError

PNG = b"\x89PNG\r\n\x1a\n" + b"\0" * 20
TEXTS = {"system": "S {{ who }}", "user": "U {{ a }}", "named": "N {{ a }}", "frame": "F {{ user_text }}"}


@pytest.fixture
def engine(tmp_path: Path) -> Templates:
    """Templates by their names."""
    templates = Templates(tmp_path)
    for name, text in {**TEXTS, "told": "T {{ system_text }}"}.items():
        (tmp_path / name).write_text(text)
        templates.add(name, name)
    return templates


def user(content: Json) -> Json:
    """A message."""
    return {"role": "user", "content": content}


def test_without_templates_the_input_is_what_the_model_gets() -> None:
    """Texts and messages, after what the system always says."""
    assert [user("q")] == Prompt().messages("q")
    assert [{"role": "system", "content": "s"}, user("q")] == Prompt(system="s").messages("q")
    conversation = [user("a"), {"role": "assistant", "content": "b"}, user([{"type": "text", "text": "c"}])]
    assert [*conversation[:2], user("c")] == Prompt().messages(conversation)
    called = [{"role": "assistant", "content": None, "tool_calls": [{"id": "1"}]}, {"role": "tool", "content": "5"}]
    assert called == Prompt().messages(called)


def test_arguments_are_for_the_templates_of_system_and_user(engine: Templates) -> None:
    """One object for both."""
    prompt = Prompt(templates={name: Template(name, takes_text=False) for name in ("system", "user")}, engine=engine)
    assert [{"role": "system", "content": "S me"}, user("U 1")] == prompt.messages({"who": "me", "a": 1})
    with pytest.raises(UnfitError, match=r"the template user, line 1, uses `a`"):
        prompt.messages({"who": "me"})
    with pytest.raises(UnfitError, match="the user's template takes arguments"):
        prompt.messages("text")


def test_tensorzeros_input(engine: Templates) -> None:
    """Arguments for the role's template or a named one, in both of their forms, beside texts that stay."""
    prompt = Prompt(
        templates={name: Template(name, takes_text=False) for name in ("system", "user", "named")}, engine=engine
    )
    given = {
        "system": {"who": "me"},
        "messages": [
            user([{"type": "text", "arguments": {"a": 1}}, {"type": "raw_text", "value": "{{ raw }}"}]),
            user([{"type": "template", "name": "named", "arguments": {"a": 2}}]),
            user({"a": 3}),
            user("text"),
        ],
    }
    first = [{"type": "text", "text": "U 1"}, {"type": "text", "text": "{{ raw }}"}]
    expected = [{"role": "system", "content": "S me"}, user(first), user("N 2"), user("U 3"), user("text")]
    assert expected == prompt.messages(given)


def test_a_template_may_frame_texts(engine: Templates) -> None:
    """`user_template` and `system_template` without a schema, as in TensorZero."""
    templates = {"user": Template("frame", takes_text=True), "system": Template("told", takes_text=True)}
    prompt = Prompt(templates=templates, engine=engine)
    assert [{"role": "system", "content": "T s"}, user("F q")] == prompt.messages(
        {"system": "s", "messages": [user("q")]}
    )
    listed = [{"role": "system", "content": "s"}, user([{"type": "text", "text": "q"}])]
    assert [{"role": "system", "content": "T s"}, user("F q")] == prompt.messages(listed)
    assert {"role": "system", "content": "T none"} == prompt.messages("q")[0]


def test_tool_calls_and_results() -> None:
    """In one message with TensorZero, in messages of their own with OpenAI."""
    called = [
        {"type": "text", "text": "hm"},
        {"type": "tool_call", "id": "1", "name": "add", "arguments": {"a": 1}},
    ]
    given = {
        "messages": [
            {"role": "assistant", "content": called},
            {"role": "assistant", "content": called[1:]},
            user([{"type": "tool_result", "id": "1", "name": "add", "result": "5"}, {"type": "text", "text": "so?"}]),
        ]
    }
    call = {"id": "1", "type": "function", "function": {"name": "add", "arguments": '{"a": 1}'}}
    expected = [
        {"role": "assistant", "content": "hm", "tool_calls": [call]},
        {"role": "assistant", "content": None, "tool_calls": [call]},
        {"role": "tool", "tool_call_id": "1", "content": "5"},
        user("so?"),
    ]
    assert expected == Prompt().messages(given)


def test_images_by_url_and_by_file(tmp_path: Path) -> None:
    """A file goes along as a data URL of the type that it has, whatever its name says."""
    (tmp_path / "cat.txt").write_bytes(PNG)
    data = base64.b64encode(PNG).decode()
    blocks = [
        {"type": "file", "path": "cat.txt"},
        {"type": "image_url", "image_url": {"url": "https://example.org/a.png", "detail": "low"}},
        {"type": "file", "url": "https://example.org/b.png"},
        {"type": "file", "mime_type": "image/png", "data": data},
    ]
    image = {"type": "image_url", "image_url": {"url": f"data:image/png;base64,{data}"}}
    urls = [{"url": "https://example.org/a.png", "detail": "low"}, {"url": "https://example.org/b.png"}]
    expected = [image, *({"type": "image_url", "image_url": url} for url in urls), image]
    assert [user(expected)] == Prompt(images=tmp_path).messages([user(blocks)])


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("a.jpg", b"\xff\xd8\xff\xe0", None),
        ("a.gif", b"GIF89a", None),
        ("a.webp", b"RIFF\0\0\0\0WEBP", None),
        ("a.png", b"<svg/>", "holds no image"),
        ("a.png", PNG + b"\0" * (20 << 20), "is longer than"),
        ("missing.png", None, "can't be read"),
        ("../secret.png", None, "is outside of the folder"),
        ("", None, "is no file name"),
        ("a\0b", None, "is no file name"),
        (7, None, "is no file name"),
    ],
)
def test_files_that_are_images_and_not(tmp_path: Path, name: Json, content: bytes | None, message: str | None) -> None:
    """Only from below the data set's folder, only images, and only so long."""
    folder = tmp_path / "data"
    folder.mkdir()
    (tmp_path / "secret.png").write_bytes(PNG)
    if content is not None:
        (folder / name).write_bytes(content)
    given = [user([{"type": "file", "path": name}])]
    if message is None:
        assert Prompt(images=folder).messages(given)
        return
    with pytest.raises(UnfitError, match=message):
        Prompt(images=folder).messages(given)


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (5, "neither text, messages nor an object"),
        (None, "neither text, messages nor an object"),
        (["x"], "no object with a role"),
        ([{"role": "user"}], "neither text nor blocks"),
        ([user(5)], "neither text nor blocks"),
        ([user(["x"])], "a content block is not an object"),
        ([user([{"type": "text"}])], "a text block lacks 'text'"),
        ([user([{"type": "text", "text": 5}])], "text is not a text"),
        ([user([{"type": "thought", "text": "x"}])], "can't hold a thought block"),
        ([user([{"type": "tool_call", "id": "1", "name": "a", "arguments": "{}"}])], "can't hold a tool_call block"),
        ([user([{"type": "tool_result", "id": "1", "result": {}}])], "text is not a text"),
        ([user([{"type": "image_url"}])], "a image_url block lacks"),
        ([user([{"type": "image_url", "image_url": {"url": "file:///etc/passwd"}}])], "none that a model can be given"),
        ([user([{"type": "image_url", "image_url": ["x"]}])], "none that a model can be given"),
        ([user([{"type": "file", "path": "a.png"}])], "no folder that images could be in"),
        ([user([{"type": "file"}])], "a file block lacks 'url'"),
        ({"a": 1}, "arguments for the template 'user'; templates there are: none"),
        ({"messages": [user([{"type": "template", "name": "x", "arguments": {}}])]}, "the template 'x'"),
        ({"system": {"a": 1}, "messages": []}, "arguments for a system template"),
    ],
)
def test_what_fits_no_form_is_said(given: Json, message: str) -> None:
    """And never sent as something else."""
    with pytest.raises(UnfitError, match=message) as caught:
        Prompt().messages(given)
    assert caught.value.complaint.do
    assert "variant" not in caught.value.complaint.do, "here there is none, as in a run without a configuration"


@pytest.mark.parametrize(
    ("system", "question", "expected"),
    [
        (None, "JSON?", "Respond using JSON."),
        ("Be brief.", "q", "Respond using JSON.\n\nBe brief."),
        ("Be brief.", "as json", "Be brief."),
        ("Write JSON.", "q", "Write JSON."),
    ],
)
def test_json_mode_says_json(system: str | None, question: str, expected: str) -> None:
    """Where nothing else does, as TensorZero does it."""
    messages = Prompt(system=system, says_json=True).messages(question)
    assert {"role": "system", "content": expected} == messages[0]
