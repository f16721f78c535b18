"""`evaluations compare`."""

from __future__ import annotations

import argparse
import json
import random
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from evaluations.commands.compare import run
from evaluations.errors import ExitCode, UsageError
from evaluations.model import Answer, Datapoint, Failure, Rating, Result
from evaluations.verdicts.comparison import Change, Pair, compare
from tests.evaluations.results.samples import Named, results, sample
from tests.evaluations.results.samples import manifest as sample_manifest
from tests.evaluations.results.samples import save as save_run

Scores = Mapping[str, Mapping[str, float | Sequence[float | None] | None]]
"""By datapoint and evaluator; a sequence has one for each repeat."""


def save(
    folder: Path,
    scores: Scores,
    *,
    groups: Mapping[str, str] | None = None,
    reference: str = "r",
    question: str = "question",
    smaller_is_better: bool = False,
) -> Path:
    """The folder of a run of one variant."""
    names = list(dict.fromkeys(name for found in scores.values() for name in found))
    evaluators = [Named(name, boolean=False, smaller_is_better=smaller_is_better) for name in names]
    results: list[Result] = []
    for index, (identity, found) in enumerate(scores.items()):
        point = Datapoint(identity, question, reference, (groups or {}).get(identity))
        listed = {name: value if isinstance(value, Sequence) else [value] for name, value in found.items()}
        for repeat in range(max(map(len, listed.values()))):
            ratings = {name: _rating(value[repeat]) for name, value in listed.items()}
            results.append(Result(point, Answer("a"), ratings, "small", repeat, index))
    repeats = max((result.repeat + 1 for result in results), default=1)
    made = replace(sample_manifest(len(scores), repeats=repeats), evaluators=evaluators)
    return save_run(folder, results, made, cutoffs={})


def _rating(score: float | None) -> Rating | Failure:
    return Failure("evaluator", "no score") if score is None else Rating(score)


def arguments(
    before: Path, after: Path | None, variants: list[str] | None, form: str, least: float = 1.0
) -> argparse.Namespace:
    """As the command line gives them."""
    return argparse.Namespace(before=before, after=after, variants=variants, seed=0, format=form, min_coverage=least)


def compared(
    capsys: pytest.CaptureFixture[str],
    before: Path,
    after: Path | None = None,
    variants: list[str] | None = None,
    least: float = 1.0,
) -> tuple[int, Any]:
    """Exit code and what was found."""
    code = run(arguments(before, after, variants, "json", least))
    return code, json.loads(capsys.readouterr().out)


def printed(capsys: pytest.CaptureFixture[str], before: Path, after: Path | None = None) -> str:
    """What people read."""
    run(arguments(before, after, None, "pretty"))
    return capsys.readouterr().out


def test_two_runs_of_one_variant(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A model that got worse is found out, datapoint by datapoint; the other way round it got better."""
    right = {"a": {n for n in range(200) if n % 10}, "b": {n for n in range(200) if n % 4 and n % 10 != 1} | {100}}
    a, b = (save(tmp_path / name, {str(n): {"m": float(n in right[name])} for n in range(200)}) for name in ("a", "b"))
    code, found = compared(capsys, a, b)
    (metric,) = found["metrics"]
    assert (1, "worse", "exact McNemar", 200) == (code, metric["change"], metric["test"], found["both"])
    assert {"before": "small", "after": "small"} == found["variants"]
    gained, lost = ({str(n) for n in right[x] - right[y]} for x, y in (("b", "a"), ("a", "b")))
    assert (gained, lost) == (set(metric["gained"]), set(metric["lost"]))
    assert gained | lost == {turned["id"] for turned in metric["turned"]}
    assert metric["difference"] == pytest.approx((len(right["b"]) - len(right["a"])) / 200)
    assert metric["interval"][0] < metric["difference"] < metric["interval"][1] < 0
    assert 0 < metric["detectable"] < 0.2
    assert compared(capsys, b, a)[0] == 0
    text = printed(capsys, a, b)
    assert text.startswith(f"A: {a}, variant small\nB: {b}, variant small\n200 datapoints in both, 0 only in A, 0 only")
    assert "    worse: p " in text
    assert "(exact McNemar)" in text
    assert f"down: {len(lost)} ('1' 1 to 0, '4' 1 to 0, " in text
    assert f", and {len(lost) - 10} more)" in text
    assert "this much data finds a difference of 0." in text


def test_two_variants_of_one_run(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """In their order where there are two; by name where there are more."""
    folder = sample(tmp_path / "run", 300, ("small", "large"))
    code, found = compared(capsys, folder, least=0.9)
    assert (0, {"before": "small", "after": "large"}) == (code, found["variants"])
    assert ["better", "better"] == [metric["change"] for metric in found["metrics"]]
    code, turned = compared(capsys, folder, None, ["large", "small"], least=0.9)
    assert (1, "worse") == (code, turned["metrics"][0]["change"])
    assert found["unscored"]["correct"] > 0, "errors are no zeros"
    three = sample(tmp_path / "three", 30, ("a", "b", "c"))
    with pytest.raises(UsageError, match="two variants are compared, and there are: a, b, c"):
        compared(capsys, three)
    assert {"before": "c", "after": "a"} == compared(capsys, three, None, ["c", "a"])[1]["variants"]
    assert {"before": "b", "after": "large"} == compared(capsys, three, folder, ["b", "large"])[1]["variants"]


@pytest.mark.parametrize(
    ("second", "names", "reason"),
    [
        (None, ["small", "small"], "two variants are compared"),
        (None, ["small", "lagre"], "no variant 'lagre'"),
        ("b", None, "two variants are compared, and there are: small, large"),
        ("b", ["large", "tiny"], "no variant 'tiny'"),
    ],
)
def test_which_variants_must_be_clear(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], second: str | None, names: list[str] | None, reason: str
) -> None:
    """Nothing is guessed."""
    a, b = (sample(tmp_path / name, 3, ("small", "large")) for name in ("a", "b"))
    with pytest.raises(UsageError, match=reason) as caught:
        compared(capsys, a, b if second else None, names)
    assert caught.value.do


def test_repeats_of_a_datapoint_are_not_independent(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Ten answers to one question that turn together are one thing that turned."""
    once = [{str(n): {"m": float(later and n < 5)} for n in range(30)} for later in (False, True)]
    often = [{name: {"m": [found["m"]] * 10} for name, found in scores.items()} for scores in once]
    alone = compared(capsys, save(tmp_path / "a", once[0]), save(tmp_path / "b", once[1]))
    repeated = compared(capsys, save(tmp_path / "c", often[0]), save(tmp_path / "d", often[1]))
    assert alone == repeated
    assert alone[1]["metrics"][0]["p_value"] == pytest.approx(2 * 0.5**5)


def test_repeats_count_by_their_mean(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Of those that were scored; runs with another number of repeats can be compared."""
    a = save(tmp_path / "a", {"1": {"m": [1.0, 0.0, None]}, "2": {"m": [1.0, 1.0, 1.0]}, "3": {"m": [None] * 3}})
    b = save(tmp_path / "b", {"1": {"m": [1.0]}, "2": {"m": [0.0]}, "3": {"m": [1.0]}})
    _code, found = compared(capsys, a, b)
    (metric,) = found["metrics"]
    assert [{"id": "2", "before": 1.0, "after": 0.0}, {"id": "1", "before": 0.5, "after": 1.0}] == metric["turned"]
    assert (2, {"m": 1}) == (metric["pairs"], found["unscored"])


def test_the_same_run_twice_is_undecided(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Exit code 0; and it says that so little data proves nothing."""
    scores = {str(number): {"m": 1.0, "f": 0.5} for number in range(20)}
    a, b = save(tmp_path / "a", scores), save(tmp_path / "b", scores)
    code, found = compared(capsys, a, b)
    assert (0, ["undecided"] * 2) == (code, [metric["change"] for metric in found["metrics"]])
    assert [1.0, 1.0] == [metric["p_value_corrected"] for metric in found["metrics"]]
    assert "no difference could be proven; see `evaluations power`" in printed(capsys, a, b)


def test_scores_are_compared_and_corrected(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """By random signs, for as many metrics as there are; the same seed gives the same."""
    before = {str(n): {"f": 0.5 + n / 100, "g": 0.5, "h": 0.1} for n in range(30)}
    after = {
        str(n): {"f": 0.5 + n / 100 + (0.2 if n % 4 else -0.1), "g": 0.5 + (n % 3 - 1) / 10, "h": 0.1}
        for n in range(30)
    }
    a, b = save(tmp_path / "a", before), save(tmp_path / "b", after)
    code, found = compared(capsys, a, b)
    assert ["better", "undecided", "undecided"] == [metric["change"] for metric in found["metrics"]]
    better = found["metrics"][0]
    assert (0, "random signs", 22, 8) == (code, better["test"], len(better["gained"]), len(better["lost"]))
    assert 3 * better["p_value"] == pytest.approx(better["p_value_corrected"])
    assert 0 < better["interval"][0] < better["difference"] < better["interval"][1]
    assert (code, found) == compared(capsys, a, b)


def test_groups_are_not_counted_as_if_independent() -> None:
    """Ten answers to one question that turn together are one thing that turned."""
    singles = [Pair(f"{group}-{copy}", None, 0.0, float(group < 4)) for group in range(8) for copy in range(10)]
    grouped = [Pair(pair.id, pair.id.split("-")[0], pair.before, pair.after) for pair in singles]
    (alone,), (together,) = compare({"m": singles}), compare({"m": grouped})
    assert (Change.BETTER, "exact McNemar") == (alone.change, alone.test)
    assert (Change.UNDECIDED, "random signs") == (together.change, together.test)
    assert alone.after == together.after == 0.5


def test_groups_come_from_the_data_set(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """As the lines of results have them."""
    groups = {str(n): f"document {n // 10}" for n in range(80)}
    a, b = (
        save(tmp_path / name, {str(n): {"m": float(name == "b" and n < 40)} for n in range(80)}, groups=groups)
        for name in ("a", "b")
    )
    (metric,) = compared(capsys, a, b)[1]["metrics"]
    assert ("undecided", "random signs") == (metric["change"], metric["test"])


def test_groups_that_one_run_does_not_know_count_for_both(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Whichever run it is: the data set got its groups between them, and the answers are the same."""
    worse = {str(n): {"m": float(n >= 20)} for n in range(100)}
    groups = {str(n): f"document {n // 20}" for n in range(100)}
    plain = save(tmp_path / "plain", {str(n): {"m": 1.0} for n in range(100)})
    grouped = save(tmp_path / "grouped", worse, groups=groups)
    found = [compared(capsys, *pair)[1] for pair in ((plain, grouped), (grouped, plain))]
    assert [("undecided", "random signs", 1.0)] * 2 == [
        tuple(each["metrics"][0][name] for name in ("change", "test", "p_value")) for each in found
    ]
    said = "only one of the runs knows the group of 100 datapoints; it counts for both"
    assert [[said]] * 2 == [each["notes"] for each in found]


def test_what_is_missing_is_counted(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Datapoints in one run only, and scores in one run only; nothing is dropped silently."""
    a = save(tmp_path / "a", {"1": {"m": 1.0}, "2": {"m": None}, "3": {"m": 1.0}})
    b = save(tmp_path / "b", {"1": {"m": 0.0}, "2": {"m": 1.0}, "4": {"m": 1.0}, "5": {"m": 1.0}})
    code, found = compared(capsys, a, b)
    assert (4, 2, 1, 2, {"m": 1}) == (
        code,
        *(found[name] for name in ("both", "only_before", "only_after", "unscored")),
    )
    assert found["metrics"][0]["pairs"] == 1


def test_nothing_scored_in_both_is_a_failure(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Exit code 3: an empty comparison is no good news."""
    a, b = save(tmp_path / "a", {"1": {"m": None}}), save(tmp_path / "b", {"1": {"m": 1.0}})
    assert ExitCode.RUN_FAILED is run(arguments(a, b, None, "pretty"))
    assert "m: nothing was scored in both" in capsys.readouterr().out


def test_a_run_that_was_killed_can_be_compared(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """With what it has: the line that was being written is none."""
    a = sample(tmp_path / "a", 40)
    b = save_run(tmp_path / "b", list(results(40))[:30], sample_manifest(40), end=False)
    with (b / "results.jsonl").open("a") as file:
        file.write('{"torn')
    code, found = compared(capsys, a, b)
    assert (4, "inconclusive", 30, 10) == (code, *(found[name] for name in ("verdict", "both", "only_before")))


def test_what_has_nothing_in_common_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """With what the runs lack, and what to do."""
    a = save(tmp_path / "a", {"1": {"m": 1.0}}, groups={"1": "one"})
    others = {
        "no datapoint in common": save(tmp_path / "b", {"7": {"m": 1.0}}),
        "datapoint '1' has another reference": save(tmp_path / "c", {"1": {"m": 1.0}}, reference="other"),
        "datapoint '1' has another input": save(tmp_path / "e", {"1": {"m": 1.0}}, question="another question"),
        "datapoint '1' has another group": save(tmp_path / "f", {"1": {"m": 1.0}}, groups={"1": "two"}),
        "no evaluator in common": save(tmp_path / "d", {"1": {"n": 1.0}}),
        "no run's folder": tmp_path / "nowhere",
    }
    for reason, folder in others.items():
        with pytest.raises(UsageError, match=reason) as caught:
            compared(capsys, a, folder)
        assert caught.value.do


@pytest.mark.parametrize("text", ["broken", '{"id": "1"}', "[]", '{"id": "1", "scores": 1, "errors": {}}'])
def test_a_broken_line_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str], text: str) -> None:
    """By file and line."""
    a, b = (save(tmp_path / name, {"1": {"m": 1.0}}) for name in ("a", "b"))
    with (b / "results.jsonl").open("a") as file:
        file.write(f"{text}\n")
    with pytest.raises(UsageError, match="not a line of results") as caught:
        compared(capsys, a, b)
    assert caught.value.where == f"{b / 'results.jsonl'}, line 2"


def _scores(count: int, missing: int = 0) -> Scores:
    return {str(n): {"m": None if n < missing else 1.0} for n in range(count)}


def test_a_broken_run_is_not_as_good_as_the_one_before(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """17 errors in 20: exit code 3, with the run's own verdict; a share that the user calls enough is enough."""
    a, b = save(tmp_path / "a", _scores(20)), save(tmp_path / "b", _scores(20, missing=17))
    code, found = compared(capsys, a, b)
    assert (3, "error", {"m": pytest.approx(0.15)}) == (code, found["verdict"], found["coverage"])
    assert found["reasons"] == [
        "m: 3 of 20 datapoints were scored in both runs, and 1 of them must be (--min-coverage)"
    ]
    assert found["caveats"]["before"] == []
    assert "its verdict is error: m: 17 of 20 datapoints have errors" in found["caveats"]["after"][0]
    assert f"B: {b}, variant small\n  its verdict is error: " in printed(capsys, a, b)
    code, found = compared(capsys, a, b, least=0.15)
    assert (0, "pass", []) == (code, found["verdict"], found["reasons"])
    assert found["caveats"]["after"], "what is enough is still said"


def test_an_unfinished_run_decides_nothing_but_what_is_worse(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Killed after 7 of 20: exit code 4; where what there is proves a loss, 1."""
    a = sample(tmp_path / "a", 20, change=_perfect)
    b = save_run(tmp_path / "b", map(_perfect, list(results(20))[:7]), sample_manifest(20), end=False)
    code, found = compared(capsys, a, b)
    assert (4, "inconclusive", 7 / 20) == (code, found["verdict"], found["coverage"]["correct"])
    assert found["caveats"]["after"] == ["the run has not ended: it has no summary"]
    assert "7 of 20 datapoints were scored in both runs" in printed(capsys, a, b)
    worse = save_run(tmp_path / "c", map(_wrong, list(results(20))[:15]), sample_manifest(20), end=False)
    code, found = compared(capsys, a, worse)
    assert (1, "fail", "correct got worse") == (code, found["verdict"], found["reasons"][0])


def _perfect(result: Result) -> Result:
    return replace(result, answer=Answer("a"), ratings={"correct": Rating(1.0), "similarity": Rating(1.0)})


def _wrong(result: Result) -> Result:
    return replace(result, answer=Answer("a"), ratings={"correct": Rating(0.0), "similarity": Rating(0.0)})


def test_a_run_of_fewer_datapoints_is_measured_by_its_own(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A data set that grew, or a sample of it, is no unfinished run; one that shares the half is too little."""
    a, b = save(tmp_path / "a", _scores(20)), save(tmp_path / "b", _scores(5))
    assert compared(capsys, a, b)[0] == compared(capsys, b, a)[0] == 0
    assert ["A was to ask 20 datapoints, and B 5"] == compared(capsys, a, b)[1]["notes"]
    other = save(tmp_path / "c", {str(n): {"m": 1.0} for n in range(10, 30)})
    assert (4, {"m": 0.5}) == (compared(capsys, a, other)[0], compared(capsys, a, other)[1]["coverage"])


def test_missing_repeats_are_missing_in_part(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A datapoint with two of its four repeats is half of one."""
    a = save(tmp_path / "a", {str(n): {"m": [1.0] * 4} for n in range(4)})
    b = save(tmp_path / "b", {str(n): {"m": [1.0, 1.0, None, None] if n == 0 else [1.0] * 4} for n in range(4)})
    assert (3, {"m": 3.5 / 4}) == (compared(capsys, a, b)[0], compared(capsys, a, b)[1]["coverage"])
    assert compared(capsys, a, a)[0] == 0


def test_less_is_better_where_the_evaluator_says_so(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """More of what should be little is worse, and ends with 1."""
    high, low = (
        save(tmp_path / name, {str(n): {"m": value} for n in range(20)}, smaller_is_better=True)
        for name, value in (("high", 1.0), ("low", 0.0))
    )
    code, found = compared(capsys, low, high)
    assert (1, "worse", True) == (code, found["metrics"][0]["change"], found["metrics"][0]["smaller_is_better"])
    assert (0, "better") == (compared(capsys, high, low)[0], compared(capsys, high, low)[1]["metrics"][0]["change"])


def test_an_evaluator_is_more_than_its_name(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Another scale is refused; what else the manifests tell apart is said."""
    a, b = (save(tmp_path / name, _scores(20)) for name in ("a", "b"))
    other = save(tmp_path / "other", _scores(20), smaller_is_better=True)
    with pytest.raises(UsageError, match="evaluator 'm' has another scale in each run") as caught:
        compared(capsys, a, other)
    assert "give one of them another name" in caught.value.do
    manifest = json.loads((b / "manifest.json").read_text())
    manifest["evaluators"][0]["identity"] = {"type": "exact_match"}
    (b / "manifest.json").write_text(json.dumps(manifest))
    assert "note: evaluator m is not set up alike in both runs" in printed(capsys, a, b)


def test_the_order_of_answers_changes_nothing(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Ties are listed in the order of the data set, and what is drawn by a seed does not depend on who was quicker."""
    draw = random.Random(7)
    groups = {str(n): f"g{n % 20}" for n in range(0, 60, 2)}
    first, second = ({str(n): {"m": draw.choice((0.1, 0.4, 0.9))} for n in range(60)} for _ in "ab")
    a, b = save(tmp_path / "a", first, groups=groups), save(tmp_path / "b", second, groups=groups)
    found, text = compared(capsys, a, b), printed(capsys, a, b)
    turned = [each["id"] for each in found[1]["metrics"][0]["turned"]]
    ties = [identity for identity in turned if abs(first[identity]["m"] - second[identity]["m"]) == pytest.approx(0.8)]
    assert sorted(ties, key=int) == ties
    assert 3 < len(ties) < len(turned)
    for folder in (a, b):
        lines = (folder / "results.jsonl").read_text().splitlines(keepends=True)
        draw.shuffle(lines)
        (folder / "results.jsonl").write_text("".join(lines))
    assert (found, text) == (compared(capsys, a, b), printed(capsys, a, b))
