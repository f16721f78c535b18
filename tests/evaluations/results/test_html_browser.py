"""The HTML report in a real browser. Skipped where there is no Chromium."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest
from msgspec.structs import replace

from evaluations.model import Answer, Datapoint, Rating, Result
from evaluations.results.exports import export, page
from tests.evaluations.results.browser import CHROMIUM, Page, browser
from tests.evaluations.results.samples import sample

pytestmark = [pytest.mark.torture, pytest.mark.skipif(CHROMIUM is None, reason="there is no Chromium")]

Act = Callable[[Page], Awaitable[None]]
Look = Callable[[Path, Act], None]

FOUND = "document.getElementById('found').textContent"
SELECTED = "document.querySelector('[aria-selected=true] .id')?.textContent"
FOCUS = "document.activeElement.id || document.activeElement.tagName"
DETAIL = "document.getElementById('detail').innerText"
FAULTS = ("Runtime.exceptionThrown", "Log.entryAdded")


@pytest.fixture
def look(tmp_path: Path) -> Look:
    """Exports a run, shows it in a browser to what a test does with it, and finds that nothing went wrong there."""

    def look(folder: Path, act: Act, *, width: int = 1400) -> None:
        report = folder / "report.html"
        export(folder, "html", report)

        async def watched() -> None:
            async with browser(tmp_path) as shown:
                await shown.open(report, width)
                await act(shown)
                assert [] == [event for event in shown.events if event["method"] in FAULTS]
                sent = [event for event in shown.events if event["method"] == "Network.requestWillBeSent"]
                assert [report.as_uri()] == [event["params"]["request"]["url"] for event in sent], "asks for nothing"

        asyncio.run(watched())

    return look


def choose(name: str, value: str) -> str:
    """A script that sets a filter as a person does."""
    return (
        f"{{const field = document.getElementById('{name}'); field.value = '{value}';"
        "field.dispatchEvent(new Event('input', {bubbles: true}))}"
    )


def test_it_can_be_used_by_keyboard_alone(look: Look, tmp_path: Path) -> None:
    """Search, back to the list, down and up, open, back; the first in order is shown from the start."""

    async def act(shown: Page) -> None:
        assert await shown.run(FOUND) == "100 datapoints"
        await shown.press("/")
        assert await shown.run(FOCUS) == "search"
        await shown.press(*"TIDES")
        found = await shown.run(FOUND)
        assert re.fullmatch(r"\d+ of 100 datapoints", found)
        await shown.press("Enter")
        assert await shown.run(FOCUS) == "list"
        first = await shown.run(SELECTED)
        await shown.press("j")
        second = await shown.run(SELECTED)
        await shown.press("ArrowDown", "k", "k")
        assert (first, True) == (await shown.run(SELECTED), first != second)
        await shown.press("Enter")
        assert first == await shown.run("document.activeElement.textContent")
        assert "tides" in await shown.run(DETAIL)
        await shown.press("j")
        assert second == await shown.run("document.activeElement.textContent"), "the focus stays in the datapoint"
        await shown.press("Escape")
        assert await shown.run(FOCUS) == "list"
        named = await shown.run("document.getElementById(list.box.getAttribute('aria-activedescendant')).innerText")
        assert second in named
        assert (
            await shown.run("getComputedStyle(document.querySelector('[aria-selected=true]')).outlineStyle") == "solid"
        )
        await shown.press("End")
        last = int(found.split()[0])
        assert str(last) == await shown.run("document.querySelector('[aria-selected=true]').ariaPosInSet")

    look(sample(tmp_path / "run", 100), act)


HOSTILE = (
    '</script><script>document.title = "taken"</script><img src=x onerror=\'document.title="taken"\'><!-- <script>'
)


def hostile(result: Result) -> Result:
    """Text that would be markup anywhere else, in each place that is not ours."""
    point = Datapoint(HOSTILE, [{"role": HOSTILE, "content": HOSTILE}], f"{HOSTILE} reference", HOSTILE, (HOSTILE,))
    answer = Answer(f"{HOSTILE} answer", refusal=HOSTILE)
    return replace(result, datapoint=point, answer=answer, ratings=dict.fromkeys(result.ratings, Rating(0.5, HOSTILE)))


def test_text_stays_text(look: Look, tmp_path: Path) -> None:
    """In a data set, an answer, a reason, a tag: no element comes of it, and the policy forbids what would."""

    async def act(shown: Page) -> None:
        assert (await shown.run("document.title")).endswith("facts.jsonl")
        assert await shown.run("document.querySelectorAll('img').length") == 0
        assert await shown.run("document.scripts.length") == 3
        said = await shown.run(DETAIL)
        assert said.count(HOSTILE) >= 8
        assert await shown.run("document.querySelectorAll('#detail ins, #detail del').length") == 2
        await shown.run(
            """document.body.append(Object.assign(document.createElement('script'), {text: 'document.title = 1'}))"""
        )
        assert (await shown.run("document.title")).endswith("facts.jsonl"), "the policy lets no other script run"
        refused = [event for event in shown.events if event["method"] == "Log.entryAdded"]
        assert "Content Security Policy" in refused[0]["params"]["entry"]["text"]
        shown.events = [event for event in shown.events if event not in refused]

    look(sample(tmp_path / "run", 3, change=hostile), act)


def test_filters_agree_with_the_results(look: Look, tmp_path: Path) -> None:
    """By score, error, tag and variant, alone and together, in each order."""
    folder = sample(tmp_path / "run", 400, ("small", "large"))

    async def act(shown: Page) -> None:
        count = "{} of 400 datapoints".format
        low = "resultsOf(point).some(({scores: {similarity: score}}) => score !== null && score <= 0.5)"

        async def expect(script: str) -> int:
            number = await shown.run(f"points.filter((point) => {{ {script} }}).length")
            assert count(number) == await shown.run(FOUND)
            assert 0 < number < 400
            return int(number)

        await shown.run(choose("error", "any"))
        await expect("return [...point.results.values()].flat().some((each) => Object.keys(each.errors).length)")
        await shown.run(choose("variant", "variant:large"))
        await expect("return Object.keys(point.results.get('large')[0].errors).length")
        assert await shown.run("document.querySelectorAll('#detail .column').length") == 1
        await shown.run("document.getElementById('bar').reset()")
        await shown.run("new Promise((done) => setTimeout(done, 20))")
        assert await shown.run(FOUND) == "400 datapoints"
        assert await shown.run("document.querySelectorAll('#detail .column').length") == 2
        await shown.run(choose("evaluator", ":similarity") + choose("most", "0.5"))
        await expect(f"return {low}")
        await shown.run(choose("tag", ":hard"))
        await expect(f"return point.index % 7 === 0 && {low}")
        await shown.run(choose("evaluator", "") + choose("most", "") + choose("tag", "") + choose("variant", "differ"))
        differing = await expect("return new Set(variants.map((name) => point.results.get(name)[0].goodness)).size > 1")
        for order in ("best", "slowest", "longest", "index"):
            await shown.run(choose("order", order))
            assert count(differing) == await shown.run(FOUND)
        await shown.run(choose("search", "no such text anywhere"))
        assert "No datapoint fits" in await shown.run("document.getElementById('empty').innerText")
        assert await shown.run("document.getElementById('detail').hidden")

    look(folder, act)


def test_a_bar_of_the_distribution_filters(look: Look, tmp_path: Path) -> None:
    """And its height is the number of results that are then found."""

    async def act(shown: Page) -> None:
        bars = "[...document.querySelectorAll('.bars')]"
        wrong = await shown.run("report.distributions.small.correct[0]")
        await shown.run(f"{bars}[0].firstChild.click()")
        assert await shown.run(FOUND) == f"{wrong} of 300 datapoints"
        counts = await shown.run("report.distributions.small.similarity")
        assert sum(counts) == sum(await shown.run("report.distributions.small.correct"))
        assert await shown.run("report.summary.variants.small.scores.correct.count") == sum(counts)

    look(sample(tmp_path / "run", 300), act)


def test_differences_are_by_word(look: Look, tmp_path: Path) -> None:
    """What is in the reference only is struck out, what is in the answer only is marked."""
    texts = {"Tides rise  every day.": "Tides rise twice a day.", "42": " 42\n", "one": "eleven"}
    pairs = list(texts.items())

    def change(result: Result) -> Result:
        reference, text = pairs[result.index]
        return replace(
            result, datapoint=replace(result.datapoint, reference=reference), answer=Answer(text), ratings=ratings
        )

    ratings = {"correct": Rating(0.0), "similarity": Rating(0.5)}

    async def act(shown: Page) -> None:
        marks = "[...document.querySelectorAll('.diff > *')].map((node) => [node.tagName, node.textContent.trim()])"
        await shown.run(choose("order", "index") + "; list.select(0)")
        assert await shown.run(marks) == [
            ["SPAN", "Tides rise"],
            ["DEL", "every"],
            ["INS", "twice a"],
            ["SPAN", "day."],
        ]
        await shown.press("j")
        assert "but for white space" in await shown.run(DETAIL)
        await shown.press("j")
        assert await shown.run(marks) == [], "nothing in common"

    look(sample(tmp_path / "run", 3, change=change), act)


def test_on_a_phone_a_datapoint_covers_the_list(tmp_path: Path, look: Look) -> None:
    """Opened by a tap, closed by the button; nothing is wider than the screen, and what is covered can't be reached."""

    async def act(shown: Page) -> None:
        assert await shown.run("document.documentElement.scrollWidth") == 390
        assert await shown.run("document.getElementById('detail').hidden")
        await shown.run("document.querySelector('[role=option]').click()")
        assert not await shown.run("document.getElementById('detail').hidden")
        assert await shown.run("document.getElementById('bar').inert")
        await shown.run(
            "document.querySelector('[data-act=next]').click(); document.querySelector('[data-act=back]').click()"
        )
        assert await shown.run("document.getElementById('detail').hidden")
        assert not await shown.run("document.getElementById('bar').inert")
        assert await shown.run(FOCUS) == "list"

    look(sample(tmp_path / "run", 50, ("small", "large")), act, width=390)  # type: ignore[call-arg]


def test_light_and_dark_follow_the_system_until_chosen(tmp_path: Path, look: Look) -> None:
    """By the button, round and round."""

    async def act(shown: Page) -> None:
        colour = "getComputedStyle(document.documentElement).backgroundColor"
        light = await shown.run(colour)
        await shown.call("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": "dark"}])
        dark = await shown.run(colour)
        assert light != dark
        seen = []
        for _time in range(3):
            await shown.run("document.getElementById('theme').click()")
            seen.append(await shown.run(colour))
        assert [light, dark, dark] == seen

    look(sample(tmp_path / "run", 1), act)


def test_ten_thousand_datapoints_do_not_lag(tmp_path: Path, look: Look) -> None:
    """Few rows are in the page, wherever it is scrolled to, and a filter takes less than half a second."""

    async def act(shown: Page) -> None:
        rows = "document.querySelectorAll('[role=option]').length"
        assert await shown.run(rows) < 40
        took = "{const start = performance.now(); apply(); document.body.offsetHeight; performance.now() - start}"
        for script in (choose("search", "moon"), choose("error", "any"), choose("order", "slowest")):
            await shown.run(script)
            assert min([await shown.run(took) for _again in range(5)]) < 500, "milliseconds"
        await shown.run(choose("search", "") + choose("error", ""))
        await shown.run("document.getElementById('list').focus()")
        await shown.press("End")
        await shown.run("new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")
        assert await shown.run(rows) < 40
        assert await shown.run("document.querySelector('[aria-selected=true]').ariaPosInSet") == "10000"
        box = await shown.run("document.querySelector('[aria-selected=true]').getBoundingClientRect().toJSON()")
        assert 0 < box["top"] < box["bottom"] <= 900

    look(sample(tmp_path / "run", 10_000), act)


def test_of_too_many_results_the_worst_are_shown(tmp_path: Path, look: Look, monkeypatch: pytest.MonkeyPatch) -> None:
    """And it says so; what is counted and drawn is of all."""
    monkeypatch.setattr(page, "MOST", 20)

    async def act(shown: Page) -> None:
        assert await shown.run(FOUND) == "20 datapoints"
        assert "The worst 20 of 300 results" in await shown.run("document.getElementById('verdict').innerText")
        assert await shown.run("points.every((point) => point.results.get('small')[0].goodness !== 1)")
        assert sum(await shown.run("report.distributions.small.correct")) > 290

    look(sample(tmp_path / "run", 300), act)


@pytest.mark.parametrize(("count", "end"), [(0, True), (5, False)])
def test_a_run_without_results_or_without_an_end(tmp_path: Path, look: Look, count: int, end: bool) -> None:
    """Says what there is."""

    async def act(shown: Page) -> None:
        words = await shown.run("document.body.innerText")
        assert ("There are no results." if end else "The run has not ended") in words
        assert "null" not in words
        assert "undefined" not in words
        assert "NaN" not in words

    look(sample(tmp_path / "run", count, end=end), act)


def test_reliability_stands_below_its_score(look: Look, tmp_path: Path) -> None:
    """pass@k and pass^k of a run with repeats, with their intervals, as the summary has them."""
    folder = sample(tmp_path / "run", 60, ("small", "large"), 3)
    found = json.loads((folder / "summary.json").read_text())["variants"]["large"]["scores"]["correct"]["reliability"]

    async def act(shown: Page) -> None:
        names = "[...document.querySelectorAll('.scores tbody th')].map((each) => each.textContent)"
        assert ["correct", *(f"correct {name}" for name in found)] == (await shown.run(names))[: 1 + len(found)]
        rows = "[...document.querySelectorAll('.scores tr.reliability')].map((each) => each.innerText)"
        shown_rows = await shown.run(rows)
        assert 2 * len(found) == len(shown_rows)
        for (name, estimate), words in zip(found.items(), shown_rows[len(found) :], strict=True):
            assert name in words
            assert await shown.run(f"number({estimate['mean']})") in words

    look(folder, act)
