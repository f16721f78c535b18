"""Every kind of fault at every request of a release and of a rollback: it ends complete, or stops and hurts nobody.

`--faults 0` tries each of them. Otherwise a fifth of that number in each test, chosen by the seed: twine, pip and uv
are programs of their own, so each takes seconds.
"""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from random import Random

import pytest

from release.model import Listed, Listing
from tests.indexes import faults
from tests.indexes.conftest import set_environment
from tests.indexes.places import KINDS, REMOVING, Place, devpi, like_pypi, pypiserver
from tests.servers import indexes
from tests.servers.proxy import KINDS as FAULTS
from tests.servers.proxy import Break, Proxy

Case = tuple[Proxy, str, int]
"""Where, what, and at which request."""
STALL = 4.0
_users = itertools.count(1)


@pytest.fixture(scope="module")
def server(cache: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[indexes.Server]:
    """A devpi-server."""
    with indexes.devpi(indexes.programs(cache), tmp_path_factory.mktemp("devpi") / "server") as one:
        yield one


@pytest.fixture
def place(
    request: pytest.FixtureRequest, tmp_path: Path, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Place]:
    """A place of the kind that the test is parametrised with, which is given up soon when it stalls."""
    if request.param == "devpi":
        opened = devpi(request.getfixturevalue("server"), f"user{next(_users)}", stall=STALL)
    elif request.param == "pypiserver":
        opened = pypiserver(indexes.programs(cache), tmp_path / "servers", stall=STALL)
    else:
        opened = like_pypi(lag=0.3, stall=STALL)
    with opened as one:
        set_environment(one, monkeypatch)
        yield one


@pytest.mark.torture
@pytest.mark.parametrize("place", KINDS, indirect=True)
def test_a_fault_at_any_request_of_a_release(
    place: Place, tmp_path: Path, random: Random, figures: list[str], request: pytest.FixtureRequest
) -> None:
    """Each channel shows the release whole or not at all, and the next run completes it."""
    base = _released(place, tmp_path)
    cases, outcomes = _cases(place, tmp_path, base, request, random), []
    for number, (front, fault, at) in enumerate(cases, 1):
        listed = faults.make_release(tmp_path / f"files-{number}", f"2.{number}")

        def work(folder: Path = tmp_path / f"files-{number}", listed: Listed = listed, *, prove: bool = True) -> None:
            faults.release(place, folder, listed, base, prove=prove)

        outcome = faults.try_with(work, place, front, Break(fault, at))
        for channel in ("canary", "stable"):
            there = faults.shown(place, channel, listed)
            assert there in ({}, faults.files(listed)), f"{outcome}: {channel} shows {sorted(there)}"
            assert outcome.error or there, f"{outcome}: {channel} shows nothing"
        work(prove=bool(outcome.error))
        assert faults.files(listed) == faults.shown(place, "stable", listed)
        outcomes.append(outcome)
        _write(tmp_path, f"{number} of {len(cases)}: {outcome}")
    _show(figures, f"{place.kind}, release", outcomes)


@pytest.mark.torture
@pytest.mark.parametrize("place", REMOVING, indirect=True)
def test_a_fault_at_any_request_of_a_rollback(
    place: Place, tmp_path: Path, random: Random, figures: list[str], request: pytest.FixtureRequest
) -> None:
    """Each channel shows the withdrawn release whole or not at all, and the next run takes it away."""
    base = _released(place, tmp_path)
    listed = faults.make_release(tmp_path / "next", "2.0")
    outcomes = []

    def forth() -> None:
        faults.release(place, tmp_path / "next", listed, base)

    def back() -> None:
        faults.take_back(place, tmp_path / "next", listed, base)

    forth()
    counts = _counted(place, back)
    for front, fault, at in _chosen(counts, request, random):
        forth()
        outcome = faults.try_with(back, place, front, Break(fault, at))
        for channel in ("canary", "stable"):
            there = faults.shown(place, channel, listed)
            assert there in ({}, faults.files(listed)), f"{outcome}: {channel} shows {sorted(there)}"
            assert outcome.error or not there, f"{outcome}: {channel} shows it still"
        back()
        assert {} == faults.shown(place, "stable", listed)
        outcomes.append(outcome)
        _write(tmp_path, str(outcome))
    _show(figures, f"{place.kind}, rollback", outcomes)


def _released(place: Place, folder: Path) -> Listing:
    """What both channels list after a first release."""
    listed = faults.make_release(folder / "base", "1.0")
    faults.release(place, folder / "base", listed, Listing())
    return Listing((listed,))


def _cases(place: Place, folder: Path, base: Listing, request: pytest.FixtureRequest, random: Random) -> list[Case]:
    listed = faults.make_release(folder / "count", "1.1")
    return _chosen(_counted(place, lambda: faults.release(place, folder / "count", listed, base)), request, random)


def _counted(place: Place, work: faults.Work) -> list[tuple[Proxy, int]]:
    """Each proxy with the number of requests that it sees where nothing goes wrong."""
    for front in place.proxies:
        front.rewind()
    work()
    return [(front, len(front.seen)) for front in place.proxies]


def _chosen(counts: list[tuple[Proxy, int]], request: pytest.FixtureRequest, random: Random) -> list[Case]:
    every = [
        (front, fault, at) for front, count in counts for fault, at in itertools.product(FAULTS, range(1, count + 1))
    ]
    wanted = int(request.config.getoption("--faults"))
    chosen = random.sample(every, len(every))
    return chosen[: max(1, wanted // 5)] if wanted else chosen


def _write(folder: Path, line: str) -> None:
    """Keep what came of each, to look into."""
    with (folder / "outcomes.txt").open("a") as file:
        file.write(f"{line}\n")


def _show(figures: list[str], name: str, outcomes: list[faults.Outcome]) -> None:
    hit = [outcome for outcome in outcomes if outcome.at]
    stopped = [outcome for outcome in hit if outcome.error]
    kinds = Counter(outcome.error.partition(":")[0] for outcome in stopped)
    figures.append(
        f"{name}: {len(hit)} faults, {len(hit) - len(stopped)} completed, {len(stopped)} stopped "
        f"({', '.join(f'{count} {kind}' for kind, count in sorted(kinds.items()))}), and the next run completed"
    )
    assert hit
