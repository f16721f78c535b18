"""Human labels."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from evaluations.errors import UsageError
from evaluations.evaluators.judge_prompts import shown
from evaluations.evaluators.labels import fingerprint, read_labels
from evaluations.model import Answer, Datapoint, Failure, Rating, ToolCall
from tests.evaluations.evaluators.judging import POINT, rate, spec
from tests.servers.model import Fault, ModelServer, grade


def write(folder: Path, *lines: dict[str, Any] | bytes) -> Path:
    """A file of labels."""
    path = folder / "labels.jsonl"
    path.write_bytes(b"".join(each if isinstance(each, bytes) else json.dumps(each).encode() + b"\n" for each in lines))
    return path


def label(label: bool | float = True, answer: str = "42", **fields: Any) -> dict[str, Any]:
    """One line."""
    return {"id": "1", "answer": answer, "label": label, **fields}


def test_labels_are_found_by_datapoint_and_answer(tmp_path: Path) -> None:
    """A line of results.jsonl with a label is one, and so is a sha256; lines without a label are none yet."""
    path = write(
        tmp_path,
        label(False, "41", scores={"quality": 1.0}, seconds=0.1),
        {"id": 2, "answer_sha256": fingerprint("Grüße"), "label": True},
        {"id": "3", "answer": "x"},
        {"id": "3", "answer": None, "label": None},
        b"\n",
        label(False, "41"),
        label(True, "41", evaluator="other"),
        label(True, "", evaluator="quality"),
    )
    labels = read_labels(path, "quality", boolean=True, lowest=0, highest=1)
    assert 3 == len(labels)
    assert [0.0, 1.0, 1.0] == [labels.find("1", "41"), labels.find("2", "Grüße"), labels.find("1", "")]
    assert [None, None, None] == [labels.find("1", "42"), labels.find("2", "41"), labels.find("3", "x")]


def test_a_label_is_for_all_that_was_answered(tmp_path: Path) -> None:
    """Calls of tools and a refusal are part of the answer that a line of results.jsonl has, as the judge sees it."""
    call = ToolCall("look", "{}")
    path = write(
        tmp_path,
        label(False, "41", tool_calls=[{"name": "look", "arguments": "{}"}]),
        {"id": "2", "answer": None, "refusal": "no", "label": True},
    )
    labels = read_labels(path, "quality", boolean=True, lowest=0, highest=1)
    assert 0.0 == labels.find("1", shown(Answer("41", tool_calls=(call,))))
    assert 1.0 == labels.find("2", shown(Answer(None, refusal="no")))
    assert labels.find("1", "41") is None


@pytest.mark.parametrize(
    ("line", "what"),
    [
        (label(1), '"label" is not true or false'),
        (label("yes"), "the line is no label"),  # type: ignore[arg-type]
        ({"id": "1", "label": True}, '"answer" and "answer_sha256" are missing'),
        ({"answer": "1", "label": True}, "missing required field `id`"),
        ({"id": "1", "answer_sha256": "abc", "label": True}, "the line is no label"),
        (label(answer_sha256="0" * 64), '"answer_sha256" is not that of "answer"'),
        (label(answer_sha256="0" * 64, refusal="no"), '"answer_sha256" is not that of "answer"'),
        (label(False, "same"), "another label for the same answer than on line 1"),
        (b"{\n", "the line is no label"),
        (b"[]\n", "the line is no label"),
        (b'{"id": "\xe9"}\n', "the line is no label"),
        (b"\xef\xbb\xbf{}\n", "the line is no label"),
        (b"\0\n", "the line is no label"),
    ],
)
def test_a_wrong_line_is_one_clear_error(tmp_path: Path, line: dict[str, Any] | bytes, what: str) -> None:
    """With its number and what to do."""
    path = write(tmp_path, label(True, "same"), line)
    with pytest.raises(UsageError) as caught:
        read_labels(path, "quality", boolean=True, lowest=0, highest=1)
    assert what in caught.value.what
    assert f"{path}, line 2" == caught.value.where
    assert caught.value.do


@pytest.mark.parametrize("lines", [[], [b"\n"], [{"id": "1", "answer": "x"}], [label(True, evaluator="other")]])
def test_a_file_without_a_label_is_refused(tmp_path: Path, lines: list[dict[str, Any] | bytes]) -> None:
    """Whoever names one counts on it."""
    path = write(tmp_path, *lines)
    with pytest.raises(UsageError, match="there is no label for quality in the file") as caught:
        read_labels(path, "quality", boolean=True, lowest=0, highest=1)
    assert str(path) == caught.value.where
    assert caught.value.do.startswith("label some answers: each line is a JSON object")


def test_labels_of_a_float_judge_are_on_its_scale(tmp_path: Path) -> None:
    """Numbers, whole ones too."""
    path = write(tmp_path, label(3))
    assert 3.0 == read_labels(path, "quality", boolean=False, lowest=1, highest=5).find("1", "42")
    for wrong, what in ((True, "not a number"), (6, "off the scale from 1 to 5")):
        with pytest.raises(UsageError, match=what):
            read_labels(write(tmp_path, label(wrong)), "quality", boolean=False, lowest=1, highest=5)
    with pytest.raises(UsageError, match="can't be read"):
        read_labels(tmp_path / "none.jsonl", "quality", boolean=False, lowest=1, highest=5)


@pytest.mark.parametrize(
    ("mode", "value", "asked", "details"),
    [
        ("both", 0.0, 2, {"label": 0.0, "judge": 1.0}),
        ("replace", 0.0, 1, {"label": 0.0}),
        ("compare", 1.0, 2, {"label": 0.0, "judge": 1.0}),
    ],
)
def test_a_label_takes_the_judges_place_or_measures_it(
    tmp_path: Path, mode: str, value: float, asked: int, details: dict[str, float]
) -> None:
    """For that datapoint with that answer; any other one is the judge's."""
    write(tmp_path, label(False))
    with ModelServer(script=grade) as server:
        settings = spec(labels="labels.jsonl", labels_mode=mode)
        other = Datapoint("2", POINT.input, POINT.reference)
        labelled, judged = rate(settings, server, (POINT, Answer("42")), (other, Answer("42")), folder=tmp_path)
        assert asked == server.requests
    assert isinstance(labelled, Rating)
    assert (value, details) == (labelled.value, labelled.details)
    assert isinstance(judged, Rating)
    assert (1.0, {}) == (judged.value, judged.details)


def test_a_label_stands_where_the_judge_fails(tmp_path: Path) -> None:
    """The judge's error is told, and its reply is paid for; where the label only measures, there is no score."""
    write(tmp_path, label(True))
    with ModelServer(script=lambda _request: "hm", usage={"prompt_tokens": 7, "completion_tokens": 1}) as server:
        (paid,) = rate(spec(labels="labels.jsonl"), server, (POINT, Answer("42")), folder=tmp_path)
    with ModelServer(faults=[Fault("401")]) as server:
        (both,) = rate(spec(labels="labels.jsonl"), server, (POINT, Answer("42")), folder=tmp_path)
        settings = spec(labels="labels.jsonl", labels_mode="compare")
        (compare,) = rate(settings, server, (POINT, Answer("42")), folder=tmp_path)
    assert isinstance(both, Rating)
    assert (1.0, None) == (both.value, both.details["judge"])
    assert isinstance(paid, Rating)
    assert (7, 1) == (paid.usage.input_tokens, paid.usage.output_tokens)
    assert "http_401" in str(both.reason)
    assert isinstance(compare, Failure)
