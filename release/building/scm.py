"""The version of a work tree, as setuptools-scm or hatch-vcs will give it to the build: from the tags."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

from packaging.version import InvalidVersion, Version

from release import config
from release.credentials import unsecret
from release.errors import ReleaseError
from release.model import Json

_GET = "import json, sys; from setuptools_scm import get_version; print(get_version(**json.loads(sys.argv[1])))"

_WRITES = ("write_to", "version_file")
"""Options that would write a file into the work tree."""


def version(root: Path) -> str:
    """What the commit that is checked out is called. ReleaseError where it can't be told."""
    options = hatch_options(config.read(root))
    words = ["-m", "setuptools_scm", "--root", str(root)]
    if options is not None:
        words = ["-c", _GET, json.dumps({"root": str(root), **options})]
    argv = [sys.executable, *words]
    done = subprocess.run(argv, cwd=root, env=unsecret(), capture_output=True, text=True, check=False)
    if done.returncode or not done.stdout.strip():
        raise ReleaseError(
            f"setuptools-scm can't tell the version: {done.stderr.strip()[-2000:]}",
            where="[tool.setuptools_scm]" if options is None else "[tool.hatch.version]",
            do="python -m setuptools_scm shows more",
        )
    return done.stdout.strip().splitlines()[-1]


def version_of(tag: str, prefix: str) -> Version | None:
    """The version that a tag is the mark of; None for tags that do not begin so, or go on with something else."""
    if not tag.startswith(prefix):
        return None
    try:
        return Version(tag[len(prefix) :])
    except InvalidVersion:
        return None


def hatch_options(pyproject: dict[str, Json]) -> dict[str, Json] | None:
    """What hatch-vcs tells setuptools-scm; None where hatch-vcs does not give the version."""
    table = config.at(pyproject, "tool", "hatch", "version")
    if table.get("source") != "vcs":
        return None
    options = {key: value for key, value in table.get("raw-options", {}).items() if not key.startswith(_WRITES)}
    named = {"tag_regex": table.get("tag-pattern"), "fallback_version": table.get("fallback-version")}
    return options | {key: value for key, value in named.items() if value}
