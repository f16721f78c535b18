"""The smoke command gets at what was installed: by its command, or by the Python beside it."""

from __future__ import annotations

import pytest

from tests.release.conftest import Copy
from tests.sample import Sample

pytestmark = pytest.mark.endtoend
_PLAIN = 'smoke = ["{python}", "smoke.py", "{version}", "{command}"]'
_IMPORTS = (
    "smoke = ['{{installed_python}}', '-c', 'import sample, sys; from importlib.metadata import version; "
    'assert version("sample-project") == "{{version}}" and "{place}" in sample.__file__\']'
)


def _prove(sample: Sample, place: str) -> None:
    """Tag 0.3.0 with a smoke command that imports the package, which must come from a folder called `place`."""
    text = (sample.root / "pyproject.toml").read_text().replace(_PLAIN, _IMPORTS.format(place=place))
    sample.commit("A smoke command that imports", pyproject__toml=text)
    sample.tag("0.3.0")


@pytest.mark.torture
def test_the_installed_python_imports_what_was_installed(imaged: Sample, copy: Copy) -> None:
    """In the image and in the new environment it finds the installed package, though it runs beside the source."""
    sample = copy(imaged)
    _prove(sample, "-packages/sample")
    assert "sample-project 0.3.0 is on stable" in sample.run("release")


@pytest.mark.torture
def test_an_import_that_fails_stops_the_release(released: Sample, copy: Copy) -> None:
    """What does not hold for the installed package keeps every user where they are."""
    sample = copy(released)
    _prove(sample, "not-installed-here")
    said = sample.run("release", code=6)
    assert "AssertionError" in said
    assert "canary" in said
