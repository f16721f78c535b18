"""Rollback where releases are on real servers: what it takes until users are back, and then the proof of it.

Each as a whole process, Python's start included; the release is brought back before the next round.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass

from benchmarks.measure import Figure, rounds, take
from benchmarks.whole import PROOF, Bench, seconds
from tests import sample
from tests.sample import Sample
from tests.servers import docker_registry, indexes


@dataclass(frozen=True)
class Place:
    """A target on a server that runs."""

    table: str
    """Its part of pyproject.toml."""
    environment: dict[str, str]
    """What holds its credentials."""
    image: bool = False
    """Whether the release must have an image for it."""


@contextmanager
def _devpi(bench: Bench) -> Iterator[Place]:
    """Three stages of a devpi-server."""
    with indexes.devpi(indexes.programs(bench.cache), bench.folder / "devpi") as server:
        stages = indexes.stages(server, "ada")
        lines = [
            "[tool.release.targets.shop]", 'kind = "devpi"', f'url = "{server.url}"', f'staging = "{stages.staging}"',
            f'canary = "{stages.canary}"', f'stable = "{stages.stable}"', "",
        ]  # fmt: skip
        yield Place("\n".join(lines), stages.environment("shop"))


@contextmanager
def _registry(bench: Bench) -> Iterator[Place]:
    """A repository of a docker-registry, without a login."""
    with docker_registry.serve(bench.folder / "going-back-registry") as registry:
        table = f'[tool.release.targets.images]\nkind = "oci-registry"\nrepository = "{registry.host}/team/sample"\n'
        yield Place(table, {}, image=True)


PLACES: dict[str, Callable[[Bench], AbstractContextManager[Place]]] = {"devpi": _devpi, "registry": _registry}
"""Every server that the rollback goes back on, together."""


def measure(bench: Bench, runs: int) -> Iterator[Figure]:
    """Up to `runs` times, two releases on all places, from the later to the earlier one."""
    name = " and ".join(PLACES)
    before, whole = Figure(f"rollback, {name}: before proof", goal=2.0), Figure(f"rollback, {name}: whole")
    with ExitStack() as stack:
        places = [stack.enter_context(opened(bench)) for opened in PLACES.values()]
        made, environment = _released(bench, places)
        for _ in rounds(runs, 60):
            taken = take([sys.executable, "-m", "release", "rollback"], made.root, environment)
            whole.add(taken)
            before.values.append(taken.seconds - seconds(made, PROOF))
            again = [sys.executable, "-m", "release", "promote", "0.2.0", "--reason", "the next round"]
            take(again, made.root, environment)
    yield from (before, whole)


def _released(bench: Bench, places: list[Place]) -> tuple[Sample, dict[str, str]]:
    """A project with 0.1.0 and 0.2.0 on all places, and the environment of its commands."""
    made = sample.make(bench.folder / "going-back", bench.cache, image=any(place.image for place in places))
    pyproject = (made.root / "pyproject.toml").read_text()
    head, _, tail = pyproject.partition("\n[tool.release.targets")
    image = "[tool.release.image]" + tail.partition("[tool.release.image]")[2].partition("[tool.release.targets")[0]
    tables = [image] if any(place.image for place in places) else []
    made.commit("Servers", pyproject__toml="\n".join([head, *tables, *(place.table for place in places)]))
    secrets = {name: value for place in places for name, value in place.environment.items()}
    environment = bench.environment(made, PYTHON_KEYRING_BACKEND="keyring.backends.null.Keyring", **secrets)
    for version in ("0.1.0", "0.2.0"):
        made.tag(version)
        take([sys.executable, "-m", "release", "release"], made.root, environment)
    return made, environment
