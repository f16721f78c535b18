"""Fixtures that several parts of the tests share."""

from __future__ import annotations

from pathlib import Path

import pytest


@pytest.fixture(scope="session")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A user's cache folder for the whole test run, so that Debian's packages are fetched once."""
    return tmp_path_factory.mktemp("cache")
