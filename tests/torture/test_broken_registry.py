"""Every fault at every request between the engine and a registry, of a release and of its ways back."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from random import Random

import pytest

from tests.servers import docker_registry
from tests.targets import broken
from tests.targets.broken import VERBS, Bench

pytestmark = pytest.mark.torture


@pytest.fixture(scope="module")
def bench(tmp_path_factory: pytest.TempPathFactory, cache: Path) -> Iterator[Bench]:
    """Debian's docker-registry, behind the proxy, and a clone with two tags and no release yet."""
    if not docker_registry.is_there():
        pytest.skip("needs docker-registry and htpasswd")
    with broken.ready(tmp_path_factory.mktemp("broken"), cache) as made:
        yield made


@pytest.mark.parametrize("verb", VERBS)
def test_faults_between_engine_and_registry(
    bench: Bench, verb: str, figures: list[str], random: Random, request: pytest.FixtureRequest
) -> None:
    """It ends complete, or stops with a clear error and all channels as before; and the next run completes."""
    bench.outcomes.clear()
    seen, after = broken.undisturbed(bench, verb)
    every = broken.faults(seen)
    most = request.config.getoption("--faults") or len(every)
    for fault in random.sample(every, min(most, len(every))):
        bench.scene(verb).try_with(fault, after)
    came = ", ".join(f"{number} {outcome}" for outcome, number in sorted(bench.outcomes.items()))
    figures.append(f"registry, {verb}: {len(seen)} requests, {bench.outcomes.total()} of {len(every)} faults: {came}")
