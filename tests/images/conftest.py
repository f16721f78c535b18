"""One real image for all tests of images, since Debian's packages take some seconds to come."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from release.images.builders.builtin import build
from release.images.layout import Image
from release.images.manifest import BuiltImage, ImageSpec
from release.images.run import unpack
from tests.images.wheels import make_wheel

SCRIPT = """
import json, os, sys
def main():
    json.dump({"args": sys.argv[1:], "user": os.getuid(), "group": os.getgid(), "environment": dict(os.environ),
               "folder": os.getcwd(), "input": sys.stdin.read()}, sys.stdout)
"""


def spec(**changes: object) -> ImageSpec:
    """A specification like the project's own."""
    known: dict[str, object] = {"name": "sample", "version": "1.2.0", "revision": "a" * 40, "epoch": 1_700_000_000}
    known |= {"source": "https://example.org/sample", "licenses": "Apache-2.0", "command": "sample"}
    return ImageSpec(**{**known, **changes})  # type: ignore[arg-type]


@pytest.fixture(scope="session")
def cache(cache: Path) -> Path:
    """Where all builds of this run keep their layers, those of whole releases among them."""
    if shutil.which("apt-get") is None:
        pytest.skip("images are built of Debian packages, and there is no apt-get here")
    return cache / "release-engine"


@pytest.fixture(scope="session")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A wheel with a command that says how it was run."""
    return make_wheel(tmp_path_factory.mktemp("wheel"), "sample", SCRIPT)


@pytest.fixture(scope="session")
def layout(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The layout that has the image `built`."""
    return tmp_path_factory.mktemp("built") / "layout"


@pytest.fixture(scope="session")
def built(wheel: Path, layout: Path, cache: Path) -> BuiltImage:
    """A real image of that wheel."""
    return build(spec(), wheel, layout, cache)


@pytest.fixture(scope="session")
def rootfs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder that `image` is unpacked into."""
    return tmp_path_factory.mktemp("unpacked") / "root"


@pytest.fixture(scope="session")
def image(built: BuiltImage, layout: Path, rootfs: Path) -> Image:
    """The built image, unpacked."""
    return unpack(layout, built.digest, rootfs)
