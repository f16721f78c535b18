"""The `-dev` image: what its tests need on top of an image, and nothing else changed."""

from __future__ import annotations

import subprocess
from hashlib import sha256
from pathlib import Path

import pytest

from release.errors import ConfigError
from release.images import dependencies, development
from release.images.development import Tools
from release.images.manifest import BuiltImage
from release.images.run import command
from release.oci.layout import Layout
from release.oci.unpack import unpack
from tests.images.conftest import spec
from tests.images.wheels import make_wheel

HASH = "--hash=sha256:" + "0" * 64
DEBIAN = dependencies.of_debian("3.11")


def test_it_is_the_image_with_tools_on_top(
    built: BuiltImage, layout: Path, cache: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The layers of the image are there, byte for byte; shell, locked wheels and `python3` are on top."""
    needed = make_wheel(tmp_path, "needed", "def main(): print('needed')")
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(tmp_path))
    lock = tmp_path / "test.txt"
    lock.write_text(f"needed==1.2.0 --hash=sha256:{sha256(needed.read_bytes()).hexdigest()}\n")
    Layout(layout).copy(built.digest, out := Layout(tmp_path / "layout"))
    image = out.image(built.digest)
    made = development.build(spec(), Tools(lock, ("dash",)), out, image, cache)
    assert "1.2.0-dev" == made.artifact.name
    whole = unpack(out.folder, made.digest, tmp_path / "rootfs")
    count = len(image.layers)
    assert [blob.digest for blob in image.layers] == [blob.digest for blob in whole.layers[:count]]
    assert count + 3 == len(whole.layers)
    assert whole.config["config"] == {
        **image.config["config"], "Entrypoint": ["/usr/bin/python3.11"],
        "Labels": {**image.config["config"]["Labels"], "org.opencontainers.image.version": "1.2.0"},
    }  # fmt: skip
    shell = {"config": {**whole.config["config"], "Entrypoint": ["/bin/sh"]}}
    words = [*command(tmp_path / "rootfs", shell), "-c", "needed && python3 -c 'import os, sample; print(os.getuid())'"]
    assert "needed\n65532\n" == subprocess.run(words, capture_output=True, text=True, check=True).stdout


def test_only_what_the_image_has_not_is_added(tmp_path: Path) -> None:
    """Lines of the runtime lock are there already; a version that differs between the locks is refused."""
    (tmp_path / "runtime.txt").write_text(f"a_b==1.0 {HASH}\n")
    (tmp_path / "test.txt").write_text(f"A-b==1.0 {HASH}\nc==2.0 {HASH}\n")
    lines = development.additional(tmp_path / "runtime.txt", tmp_path / "test.txt", DEBIAN, "x86_64")
    assert (f"c==2.0 {HASH}",) == lines
    assert 2 == len(development.additional(None, tmp_path / "test.txt", DEBIAN, "x86_64"))
    (tmp_path / "test.txt").write_text(f"a.b==1.1 {HASH}\n")
    with pytest.raises(ConfigError, match=r"a_b==1\.0 is locked for users, and a\.b==1\.1 for tests"):
        development.additional(tmp_path / "runtime.txt", tmp_path / "test.txt", DEBIAN, "x86_64")


def test_our_own_locks_agree() -> None:
    """What users get is what is tested."""
    folder = Path(__file__).parents[2] / "requirements"
    for python in ("3.10", "3.11", "3.12", "3.13"):
        one = dependencies.of_debian(python)
        assert development.additional(folder / "runtime.txt", folder / "test.txt", one, "x86_64")
