"""The sample project in the states that the docs speak of, each made once. Tests work on a copy."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.foreign import adopt
from tests.foreign import make as make_foreign
from tests.release.conftest import quicken
from tests.sample import Sample, make


@pytest.fixture(scope="session")
def released(tmp_path_factory: pytest.TempPathFactory, cache: Path) -> Sample:
    """0.1.0 and 0.2.0 are released, one after the other. No image, no remote."""
    sample = quicken(make(tmp_path_factory.mktemp("docs") / "released", cache))
    for version in ("0.1.0", "0.2.0"):
        sample.tag(version)
        sample.run("release")
    return sample


@pytest.fixture(scope="session")
def stopped(released: Sample) -> Sample:
    """0.3.0 is built, and was stopped by the gate `slow`, for a reason outside the commit."""
    sample = released.copy(released.root.with_name("stopped"))
    sample.tag("0.3.0")
    sample.run("release", code=4, SAMPLE_GATE="fail")
    return sample


@pytest.fixture(scope="session")
def published(stopped: Sample) -> Sample:
    """The gate passed at the second try; 0.3.0 is on canary, and stable still serves 0.2.0."""
    sample = stopped.copy(stopped.root.with_name("published"))
    sample.run("publish")
    return sample


@pytest.fixture(scope="session")
def adoptable(tmp_path_factory: pytest.TempPathFactory, cache: Path) -> Sample:
    """A project of another shape, before the engine is in it."""
    return make_foreign(tmp_path_factory.mktemp("docs") / "adoptable", cache)


@pytest.fixture(scope="session")
def adopted(adoptable: Sample) -> Sample:
    """The same, with the engine's configuration and locks, and nothing released yet."""
    sample = adoptable.copy(adoptable.root.with_name("adopted"))
    adopt(sample)
    return sample
