"""`evaluations compare`."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from evaluations.cli import main
from evaluations.verdicts.comparison import Change, Pair, compare
from tests.evaluations.conftest import Write, sums
from tests.servers.model import Fault, ModelServer


def save(folder: Path, scores: dict[str, dict[str, float | None]], **more: Any) -> Path:
    """A results folder, by datapoint and evaluator."""
    folder.mkdir()
    lines = [{"id": name, "reference": "r", "scores": found, **more} for name, found in scores.items()]
    (folder / "results.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))
    return folder


def compared(capsys: pytest.CaptureFixture[str], *words: object) -> tuple[int, Any]:
    """Exit code and what was found."""
    code = main(["compare", *map(str, words), "--format", "json"])
    return code, json.loads(capsys.readouterr().out)


def test_two_real_runs(write: Write, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A model that got worse is found out, datapoint by datapoint; the other way round it got better."""
    path, right = write(*sums(200)), []
    for name, wrong in (("a", 0.1), ("b", 0.3)):
        with ModelServer(wrong=wrong, seed=ord(name)) as server:
            words = ["--endpoint", server.url, "--model", "m", "--output", str(tmp_path / name)]
            assert main(["run", "--dataset", str(path), *words]) == 0
            points = [(str(line), point) for line, point in enumerate(sums(200), 1)]
            right.append({line for line, point in points if server.answer(point["input"]) == point["reference"]})
    capsys.readouterr()
    code, found = compared(capsys, tmp_path / "a", tmp_path / "b")
    (metric,) = found["metrics"]
    assert (1, "worse", "exact McNemar", 200) == (code, metric["change"], metric["test"], found["both"])
    assert (right[1] - right[0], right[0] - right[1]) == (set(metric["gained"]), set(metric["lost"]))
    assert metric["difference"] == pytest.approx((len(right[1]) - len(right[0])) / 200)
    assert metric["interval"][0] < metric["difference"] < metric["interval"][1] < 0
    assert 0 < metric["detectable"] < 0.2
    assert compared(capsys, tmp_path / "b", tmp_path / "a")[0] == 0
    assert main(["compare", str(tmp_path / "a"), str(tmp_path / "b")]) == 1
    printed = capsys.readouterr().out
    assert printed.startswith("200 datapoints in both runs, 0 only in A, 0 only in B\n  exact_match: A 0.")
    assert "    worse: p " in printed
    assert "(exact McNemar)" in printed
    assert ", and " in printed
    assert "this much data finds a difference of 0." in printed


def test_the_same_run_twice_is_undecided(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Exit code 0; and it says that so little data proves nothing."""
    scores: dict[str, dict[str, float | None]] = {str(number): {"m": 1.0, "f": 0.5} for number in range(20)}
    a, b = save(tmp_path / "a", scores), save(tmp_path / "b", scores)
    code, found = compared(capsys, a, b)
    assert (0, ["undecided"] * 2) == (code, [metric["change"] for metric in found["metrics"]])
    assert [1.0, 1.0] == [metric["p_value_corrected"] for metric in found["metrics"]]
    assert main(["compare", str(a), str(b)]) == 0
    assert "no difference could be proven; see `evaluations power`" in capsys.readouterr().out


def test_scores_are_compared_and_corrected(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """By random signs, for as many metrics as there are; the same seed gives the same."""
    before: dict[str, dict[str, float | None]] = {str(n): {"f": 0.5 + n / 100, "g": 0.5, "h": 0.1} for n in range(30)}
    after: dict[str, dict[str, float | None]] = {
        str(n): {"f": 0.5 + n / 100 + (0.2 if n % 4 else -0.1), "g": 0.5 + (n % 3 - 1) / 10, "h": 0.1}
        for n in range(30)
    }
    words = (save(tmp_path / "a", before), save(tmp_path / "b", after))
    code, found = compared(capsys, *words)
    assert ["better", "undecided", "undecided"] == [metric["change"] for metric in found["metrics"]]
    better = found["metrics"][0]
    assert (0, "random signs", 22, 8) == (code, better["test"], len(better["gained"]), len(better["lost"]))
    assert 3 * better["p_value"] == pytest.approx(better["p_value_corrected"])
    assert 0 < better["interval"][0] < better["difference"] < better["interval"][1]
    assert (code, found) == compared(capsys, *words)


def test_groups_are_not_counted_as_if_independent() -> None:
    """Ten answers to one question that turn together are one thing that turned."""
    singles = [Pair(f"{group}-{copy}", None, 0.0, float(group < 4)) for group in range(8) for copy in range(10)]
    grouped = [Pair(pair.id, pair.id.split("-")[0], pair.before, pair.after) for pair in singles]
    (alone,), (together,) = compare({"m": singles}), compare({"m": grouped})
    assert (Change.BETTER, "exact McNemar") == (alone.change, alone.test)
    assert (Change.UNDECIDED, "random signs") == (together.change, together.test)
    assert alone.after == together.after == 0.5


def test_what_is_missing_is_counted(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Datapoints in one run only, and scores in one run only; nothing is dropped silently."""
    a = save(tmp_path / "a", {"1": {"m": 1.0}, "2": {"m": None}, "3": {"m": 1.0}})
    b = save(tmp_path / "b", {"1": {"m": 0.0}, "2": {"m": 1.0}, "4": {"m": 1.0}, "5": {"m": 1.0}})
    code, found = compared(capsys, a, b)
    assert (0, 2, 1, 2, {"m": 1}) == (
        code,
        *(found[name] for name in ("both", "only_before", "only_after", "unscored")),
    )
    assert found["metrics"][0]["pairs"] == 1


def test_nothing_scored_in_both_runs_is_a_failure(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Exit code 3: an empty comparison is no good news."""
    words = [str(save(tmp_path / "a", {"1": {"m": None}})), str(save(tmp_path / "b", {"1": {"m": 1.0}}))]
    assert main(["compare", *words]) == 3
    assert "m: nothing was scored in both runs" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (None, "can't be read: No such file"),
        ("broken", "line 2"),
        ('{"id": "1"}', "line 2"),
        ('{"id": "7", "reference": "r", "scores": {"m": 1}}', "no datapoint in common"),
        ('{"id": "1", "reference": "other", "scores": {"m": 1}}', "another reference"),
        ('{"id": "1", "reference": "r", "scores": {"n": 1}}', "no evaluator in common"),
    ],
)
def test_what_can_not_be_compared_is_refused(
    text: str | None, reason: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Exit code 2, with the file and the line, or what the runs lack."""
    a = save(tmp_path / "a", {"1": {"m": 1.0}})
    b = tmp_path / "b"
    if text is not None:
        good = '{"id": "8", "reference": "r", "scores": {"m": 1}}'
        save(b, {})
        (b / "results.jsonl").write_text(f"{good}\n{text}\n")
    assert main(["compare", str(a), str(b)]) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert reason in captured.err
    assert "  do:    " in captured.err


def test_errors_of_a_run_are_not_zeros(write: Write, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A run with errors is compared on what both scored."""
    path = write(*sums(40))
    for name, faults in (("a", []), ("b", [Fault("401", 0.5)])):
        with ModelServer(faults=faults) as server:
            words = ["--endpoint", server.url, "--model", "m", "--output", str(tmp_path / name)]
            main(["run", "--dataset", str(path), *words, "--max-error-rate", "1"])
    capsys.readouterr()
    code, found = compared(capsys, tmp_path / "a", tmp_path / "b")
    assert (0, 0.0) == (code, found["metrics"][0]["difference"])
    assert found["unscored"]["exact_match"] > 0
