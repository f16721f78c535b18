"""Everything that can go wrong between the engine and a registry, at each request of a release and of its ways back."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.servers import docker_registry
from tests.targets import broken
from tests.targets.broken import VERBS, Bench

pytestmark = pytest.mark.skipif(not docker_registry.is_there(), reason="needs docker-registry and htpasswd")


@pytest.fixture(scope="module")
def bench(tmp_path_factory: pytest.TempPathFactory, cache: Path) -> Iterator[Bench]:
    """Debian's docker-registry, behind the proxy, and a clone with two tags and no release yet."""
    with broken.ready(tmp_path_factory.mktemp("broken"), cache) as made:
        yield made


@pytest.mark.parametrize("verb", VERBS)
def test_some_faults(bench: Bench, verb: str) -> None:
    """Of all faults at all requests some, others for each verb: complete, or stopped with all channels as before."""
    seen, after = broken.undisturbed(bench, verb)
    for fault in broken.faults(seen)[list(VERBS).index(verb) :: 151]:
        bench.scene(verb).try_with(fault, after)
