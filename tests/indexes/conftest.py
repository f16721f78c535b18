"""The index servers, each started once, and a sample project that is released to one of them."""

from __future__ import annotations

import itertools
import json
import os
import signal
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.indexes import places
from tests.indexes.places import Place
from tests.release.conftest import quicken
from tests.sample import Sample, make
from tests.servers import indexes
from tests.servers.proxy import Proxy
from tests.waiting import until

Open = Callable[[str], AbstractContextManager[Place]]
_users = itertools.count(1)


@pytest.fixture(scope="session")
def python(cache: Path) -> Path:
    """A Python that has the index servers."""
    return indexes.programs(cache)


@pytest.fixture(scope="session")
def devpi(python: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[indexes.Server]:
    """A devpi-server; each test has stages of its own."""
    with indexes.devpi(python, tmp_path_factory.mktemp("devpi") / "server") as server:
        yield server


@pytest.fixture
def open_place(request: pytest.FixtureRequest, tmp_path: Path) -> Open:
    """Opens a place of a kind, with a server of its own, or stages of its own."""

    def opened(kind: str) -> AbstractContextManager[Place]:
        if kind == "devpi":
            return places.devpi(request.getfixturevalue("devpi"), f"user{next(_users)}")
        if kind == "pypiserver":
            return places.pypiserver(request.getfixturevalue("python"), tmp_path / "pypiserver")
        return places.like_pypi()

    return opened


@pytest.fixture
def shop(request: pytest.FixtureRequest, open_place: Open, tmp_path: Path, cache: Path) -> Iterator[Shop]:
    """A project that is released to a place of the kind that the test is parametrised with."""
    with open_place(request.param) as place:
        yield make_shop(place, tmp_path / "clone", cache)


@dataclass(frozen=True)
class Shop:
    """A sample project whose only target is a place."""

    sample: Sample
    place: Place
    said: list[str]
    """All that the engine printed."""

    def run(self, *words: str, code: int = 0, **environment: str) -> str:
        """Run the engine to its end, as `Sample.run` does, with the credentials."""
        output = self.sample.run(*words, code=code, **{**credentials(self.place), **environment})
        self.said.append(output)
        return output

    def served(self) -> dict[str, str | None]:
        """What the engine says that each channel serves; nothing has drifted."""
        data = json.loads(self.run("status", "--json"))
        assert data["in_step"]
        return {row["channel"]: row["version"] for row in data["channels"]}

    def versions(self, channel: str) -> list[str]:
        """The versions that are there whole, asked behind the engine's back."""
        names = self.place.read(channel)
        wheels = {name.split("-")[1] for name in names if name.endswith(".whl")}
        assert wheels == {name.removesuffix(".tar.gz").split("-")[1] for name in names if name.endswith(".tar.gz")}
        return sorted(wheels)


def make_shop(place: Place, root: Path, cache: Path) -> Shop:
    """The sample project is quick to build, and nothing is released yet."""
    sample = quicken(make(root, cache))
    pyproject = (sample.root / "pyproject.toml").read_text().partition("[tool.release.targets")[0]
    sample.commit("Sell it", pyproject__toml=f"{pyproject}{place.table()}")
    return Shop(sample, place, [])


def credentials(place: Place) -> dict[str, str]:
    """Set for a run of the engine; a keyring of the machine has no say."""
    return {**place.environment, "PYTHON_KEYRING_BACKEND": "keyring.backends.null.Keyring", "NO_PROXY": "127.0.0.1"}


def kill_at_the_break(shop: Shop, front: Proxy) -> None:
    """Begin a release, and kill it when the proxy has broken a request."""
    with shop.sample.start("release", **credentials(shop.place)) as process:
        until(front.happened, process)
        os.killpg(process.pid, signal.SIGKILL)


def set_environment(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    """The same for a target that is used in this process."""
    for name in [name for name in os.environ if name.startswith("RELEASE_")]:
        monkeypatch.delenv(name)
    for name, value in credentials(place).items():
        monkeypatch.setenv(name, value)
