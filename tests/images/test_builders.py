"""The same image tests for every builder: the sample project, built by the real engines on a base made here."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from release.errors import BuildFailed, VerifyFailed
from release.images import builders
from release.images.engines import local
from release.images.loading import load
from release.images.manifest import ImageSpec
from release.images.run import command
from release.oci.contents import check_wheel
from release.oci.layout import Image, Layout
from release.oci.unpack import unpack
from tests.images import engines
from tests.images.conftest import spec
from tests.sample import Sample, make

pytestmark = pytest.mark.torture

ROOT = Path(__file__).parents[2]
NAMES = ("builtin", "docker", "podman", "buildah")


@pytest.fixture(scope="session")
def project(tmp_path_factory: pytest.TempPathFactory, cache: Path) -> Sample:
    """The sample project, with its wheel 1.0.0 in dist and the wheel 2.0.0 in later."""
    sample = make(tmp_path_factory.mktemp("project") / "clone", cache, image=True)
    for version, folder in (("1.0.0", "dist"), ("2.0.0", "later")):
        sample.tag(version)
        sample.run("build", "--out", folder)
    return sample


@pytest.fixture(scope="session")
def wheels(project: Sample) -> dict[str, Path]:
    """The wheel of each version."""
    return {
        version: next((project.root / folder).glob("*.whl"))
        for version, folder in (("1.0.0", "dist"), ("2.0.0", "later"))
    }


@dataclass(frozen=True)
class Maker:
    """A builder with all that it needs here."""

    name: str
    spec: ImageSpec
    wheels: Mapping[str, Path]
    folder: Path
    cache: Path

    def build(self, name: str, version: str = "1.0.0", **changes: Any) -> tuple[Layout, Image]:
        """Build in the folder `name`, and verify every blob."""
        changed = replace(self.spec, version=version, **changes)
        image = builders.named(self.name)(changed, self.wheels[version], self.folder / name, self.cache)
        layout = Layout(self.folder / name)
        assert {changed.tag: image.digest} == {tag: found.digest for tag, found in layout.names().items()}
        return layout, layout.verify(image.digest)


@pytest.fixture(scope="module", params=NAMES)
def maker(
    request: pytest.FixtureRequest, *, tmp_path_factory: pytest.TempPathFactory, wheels: dict[str, Path], base: str,
    index: tuple[str, Path], cache: Path,
) -> Iterator[Maker]:  # fmt: skip
    """Each builder in turn; an engine is started for it alone, with storage of its own."""
    name: str = request.param
    url, lock = index
    folder = tmp_path_factory.mktemp(name)
    with ExitStack() as stack:
        settings = {"PIP_INDEX_URL": url, "PIP_NO_CACHE_DIR": "1"}
        if name == "docker":
            settings |= stack.enter_context(engines.daemon())
        elif name != "builtin":
            settings |= engines.storage(name, folder / "storage")
        patch = stack.enter_context(pytest.MonkeyPatch.context())
        for key, value in settings.items():
            patch.setenv(key, value)
        one = spec(name="sample-project", python="", lock=lock, base=base)
        if name != "builtin":
            text = (ROOT / "Containerfile").read_text().replace("model-evaluations", "sample-project")
            (folder / "Containerfile").write_text(text.replace("bin/evaluations", "bin/sample"))
            options = ("--network=host", f"--build-arg=PIP_INDEX_URL={url}")
            one = replace(one, containerfile=folder / "Containerfile", options=options)
        yield Maker(name, one, wheels, folder, cache)


@pytest.fixture(scope="session")
def digests() -> dict[str, str]:
    """What the first engine made, for the others to compare with."""
    return {}


@pytest.fixture(scope="module")
def first(maker: Maker) -> tuple[Layout, Image]:
    """The image of version 1.0.0."""
    return maker.build("first")


@pytest.fixture(scope="module")
def rootfs(maker: Maker, first: tuple[Layout, Image]) -> Path:
    """The same, unpacked."""
    unpack(first[0].folder, first[1].manifest.digest, maker.folder / "rootfs")
    return maker.folder / "rootfs"


def test_config_is_that_of_the_release(first: tuple[Layout, Image]) -> None:
    """Labels, user, entry point and moment are the same whoever builds; the base's environment and labels stay."""
    config = first[1].config
    assert ("65532:65532", ["/usr/local/bin/sample"]) == (config["config"]["User"], config["config"]["Entrypoint"])
    assert "Cmd" not in config["config"]
    assert {"PATH=/usr/local/bin:/usr/bin", "FROM_BASE=1"} <= set(config["config"]["Env"])
    expected = spec(name="sample-project", version="1.0.0").labels
    assert {"base": "yes", **expected} == config["config"]["Labels"]
    assert (expected["org.opencontainers.image.created"], "amd64", "linux") == (
        config["created"], config["architecture"], config["os"],
    )  # fmt: skip


def test_the_base_is_gone_from_the_engine(maker: Maker, first: tuple[Layout, Image]) -> None:
    """What was loaded for the build alone has no name there afterwards."""
    if maker.name == "builtin":
        pytest.skip("it has no engine")
    form = "{{.Name}}" if maker.name == "buildah" else "{{.Repository}}"
    done = subprocess.run([maker.name, "images", "--format", form], capture_output=True, text=True, check=True)
    assert "release-base" not in done.stdout


def test_image_works_and_holds_the_wheel(
    project: Sample, wheels: dict[str, Path], rootfs: Path, first: tuple[Layout, Image]
) -> None:
    """The project's own smoke test passes by unshare; the whole wheel is there; no shell, and nothing of the build."""
    check_wheel(rootfs, wheels["1.0.0"])
    program = command(rootfs, first[1].config)
    subprocess.run([sys.executable, project.root / "smoke.py", "1.0.0", *program], check=True)
    assert not [
        name
        for folder in ("bin", "usr/bin", "usr/local/bin")
        for name in ("sh", "bash", "dash")
        if (rootfs / folder / name).exists()
    ]
    assert not (rootfs / "build").exists()
    with pytest.raises(BuildFailed, match="does not hold sample_project-2"):
        check_wheel(rootfs, wheels["2.0.0"])


def test_built_again_from_nothing_it_is_the_same(maker: Maker, first: tuple[Layout, Image]) -> None:
    """Without any cache, at another moment, the manifest has the same digest."""
    options = (*maker.spec.options, *(["--no-cache"] if maker.spec.options else []))
    again = maker.build("again", options=options)[1] if options else maker.build("again")[1]
    assert first[1].config == again.config
    assert first[1].manifest.digest == again.manifest.digest


def test_only_the_projects_layer_changes_with_the_wheel(maker: Maker, first: tuple[Layout, Image]) -> None:
    """A new wheel, commit and moment change the last layer and nothing below it; the base keeps its very blobs."""
    later = maker.build("later", "2.0.0", revision="b" * 40, epoch=1_800_000_000)[1]
    before, after = ([blob.digest for blob in image.layers] for image in (first[1], later))
    assert len(before) == len(after)
    assert before[:-1] == after[:-1]
    assert before[-1] != after[-1]
    folder, _, digest = maker.spec.base.removeprefix("oci:").partition("@")
    assert [blob.digest for blob in Layout(Path(folder)).image(digest).layers] == before[:2]


def test_engines_agree(maker: Maker, first: tuple[Layout, Image], digests: dict[str, str]) -> None:
    """docker, podman and buildah make the same image of one Containerfile, to the last byte."""
    if maker.name == "builtin":
        pytest.skip("it builds no Containerfile")
    assert digests.setdefault("Containerfile", first[1].manifest.digest) == first[1].manifest.digest


def test_image_loads_and_runs_there(maker: Maker, first: tuple[Layout, Image]) -> None:
    """`--load` brings it into the engine with the very same layers, and the engine runs it as its user."""
    if maker.name == "builtin":
        pytest.skip("it is no engine")
    engine, name = local(maker.name), "localhost/sample-project:1.0.0"
    load(first[0].folder, first[1].manifest.digest, name, engine)
    assert first[1].config["rootfs"]["diff_ids"] == engine.diff_ids(name)
    words = {
        "docker": ["docker", "run", "--rm", "--network=none", name],
        "podman": ["podman", "run", "--rm", "--network=host", name],
        "buildah": ["sh", "-c", f'buildah run $(buildah from {name}) -- /usr/local/bin/sample "$@"', "sh"],
    }[maker.name]
    done = subprocess.run([*words, "6", "7"], capture_output=True, text=True, check=False)
    assert ("42\n", 0) == (done.stdout, done.returncode), done.stderr


def test_an_engine_that_loads_nothing_is_noticed(
    maker: Maker, first: tuple[Layout, Image], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A command that says it loaded the image, while the name still stands for another one, is not believed."""
    if maker.name == "builtin":
        pytest.skip("it is no engine")
    later, image = maker.build("second", "2.0.0")
    load(first[0].folder, first[1].manifest.digest, "localhost/other:1", local(maker.name))
    liar = tmp_path / maker.name
    liar.write_text(f'#!/bin/sh\ncase $1 in load|pull) exit 0;; esac\nexec {shutil.which(maker.name)} "$@"\n')
    liar.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=os.pathsep)
    with pytest.raises(VerifyFailed, match=f"{maker.name} has another image"):
        load(later.folder, image.manifest.digest, "localhost/other:1", local(maker.name))
