"""Bases in a folder: fetched by digest, for this platform, with a Python that wheels can use."""

from __future__ import annotations

from pathlib import Path

import pytest

from release.errors import ConfigError, Tampered
from release.images.bases import Base, fetch_base
from release.images.builders import builtin
from release.images.manifest import BuiltImage
from release.oci.contents import Tree
from release.oci.descriptor import INDEX, render
from release.oci.layer import Entry, layer
from release.oci.layout import Layout
from tests.images.conftest import spec
from tests.images.tiny import make_image


def _base(*paths: str) -> Base:
    return Base({}, (), Tree(set(paths)))


def test_base_comes_whole(tmp_path: Path) -> None:
    """Every blob is compared and copied; a damaged one stops."""
    digest = f"sha256:{make_image(tmp_path / 'a').sha256}"
    reference = f"oci:{tmp_path / 'a'}@{digest}"
    assert digest == fetch_base(reference, Layout(tmp_path / "b"), "amd64").manifest.digest
    Layout(tmp_path / "a").path(digest).write_bytes(b"{}")
    with pytest.raises(Tampered):
        fetch_base(reference, Layout(tmp_path / "c"), "amd64")


def test_of_an_index_the_image_for_this_platform_is_taken(tmp_path: Path) -> None:
    """An index has an image for each platform; one that it has not is refused, and so is an image for another one."""
    layout = Layout(tmp_path / "a")
    digest = f"sha256:{make_image(layout.folder).sha256}"
    entry = layout.image(digest).manifest.to_json()
    platforms = ({"os": "windows", "architecture": "amd64"}, {"os": "linux", "architecture": "amd64"})
    manifests = [{**entry, "platform": platform} for platform in platforms]
    index = layout.write(INDEX, render({"schemaVersion": 2, "manifests": manifests})).digest
    found = fetch_base(f"oci:{layout.folder}@{index}", Layout(tmp_path / "b"), "amd64")
    assert digest == found.manifest.digest
    with pytest.raises(ConfigError, match="no image for linux/arm64"):
        fetch_base(f"oci:{layout.folder}@{index}", Layout(tmp_path / "b"), "arm64")
    with pytest.raises(ConfigError, match="the base is for linux/amd64, not linux/arm64"):
        fetch_base(f"oci:{layout.folder}@{digest}", Layout(tmp_path / "b"), "arm64")


def test_base_that_is_not_there_is_refused(tmp_path: Path) -> None:
    """A digest that the folder has not."""
    digest = "sha256:" + "0" * 64
    with pytest.raises(ConfigError, match="has no image sha256:0"):
        fetch_base(f"oci:{tmp_path}@{digest}", Layout(tmp_path / "b"), "amd64")


def test_python_of_a_base_is_found() -> None:
    """That of /usr/local before Debian's, the newest of several, or the configured one; each with its folder."""
    both = _base(
        "etc/debian_version",
        "usr/bin/python3.11",
        "usr/local/bin/python3.9",
        "usr/local/bin/python3.12",
        "usr/bin/python3.13-config",
    )
    found = both.interpreter("")
    assert ("3.12", "/usr/local/bin/python3.12") == (found.python, found.path)
    assert "/usr/local/lib/python3.12/site-packages" == found.library
    assert "/usr/local/lib/python3.11/dist-packages" == both.interpreter("3.11").library
    assert "/usr/local/lib/python3.12/site-packages" == _base("usr/bin/python3.12").interpreter("").library
    with pytest.raises(ConfigError, match=r"no Python 3\.13; it has 3\.11, 3\.12, 3\.9"):
        both.interpreter("3.13")
    with pytest.raises(ConfigError, match="no Python 3; it has none"):
        _base("bin/sh").interpreter("")
    with pytest.raises(ConfigError, match="has musl"):
        _base("lib/ld-musl-x86_64.so.1", "usr/local/bin/python3.12").interpreter("")


def test_library_that_the_base_lacks_is_named(
    built: BuiltImage, layout: Path, wheel: Path, cache: Path, tmp_path: Path
) -> None:
    """A base without the command's Python is refused; its own files in the way of the wheel's are laid under it."""
    empty = make_image(tmp_path / "empty", layer({"etc/motd": Entry(data=b"hello")}))
    with pytest.raises(ConfigError, match="the base has no Python"):
        builtin.build(spec(base=f"oci:{tmp_path / 'empty'}@sha256:{empty.sha256}"), wheel, tmp_path / "layout", cache)
    on_itself = builtin.build(spec(base=f"oci:{layout}@{built.digest}", python=""), wheel, tmp_path / "layout", cache)
    image = Layout(tmp_path / "layout").verify(on_itself.digest)
    below = Layout(layout).image(built.digest)
    assert [blob.digest for blob in below.layers] == [blob.digest for blob in image.layers[:2]]
    assert 3 == len(image.layers)
    assert () == on_itself.packages
