"""The version of a work tree, with the options that hatch-vcs would pass on."""

from __future__ import annotations

from pathlib import Path

import pytest

from release.building import scm
from release.errors import ReleaseError
from tests.foreign import make


def test_options_of_hatch_vcs() -> None:
    """Raw options and patterns are passed on; those that would write a file are not. Other projects have none."""
    table = {
        "source": "vcs",
        "tag-pattern": "^x-(.*)$",
        "fallback-version": "0",
        "raw-options": {"local_scheme": "no-local-version", "version_file": "x.py", "write_to": "x.py"},
    }
    expected = {"local_scheme": "no-local-version", "tag_regex": "^x-(.*)$", "fallback_version": "0"}
    assert expected == scm.hatch_options({"tool": {"hatch": {"version": table}}})
    assert scm.hatch_options({"tool": {"hatch": {"version": {"path": "x.py"}}}}) is None
    assert scm.hatch_options({}) is None


def test_a_version_that_can_not_be_told(tmp_path: Path, cache: Path) -> None:
    """The error names the table that says how."""
    pyproject = '[tool.hatch.version]\nsource = "vcs"\nraw-options = { version_scheme = "no-such-scheme" }\n'
    sample = make(tmp_path / "clone", cache, {"pyproject.toml": pyproject})
    with pytest.raises(ReleaseError, match="no-such-scheme") as caught:
        scm.version(sample.root)
    assert "[tool.hatch.version]" == caught.value.where
