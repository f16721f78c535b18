"""`container`, `inside` and whole releases with other builders, on the sample project."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path

import pytest

from release.errors import CommandFailed
from release.images.manifest import BuiltImage
from release.oci.layout import Layout
from release.proof.smoke import unpacked
from tests.images import engines
from tests.release.conftest import quicken
from tests.sample import ROOT, Sample, make

_LOOK = """
import importlib.util, os, sys
sys.path.pop(0)  # the script's folder
places = [importlib.util.find_spec(name).origin for name in ("sample", "smoke")]
print(*places, os.getuid(), os.environ["HOME"], "SECRET" in os.environ)
sys.exit(3)
"""


@pytest.fixture
def imaged(tmp_path: Path, cache: Path) -> Sample:
    """A sample project with an image, and a tests' lock without lines."""
    sample = quicken(make(tmp_path / "clone", cache.parent, image=True))
    sample.commit("Tests need nothing", **{"requirements/test__txt": "# nothing\n"})
    return sample


@pytest.mark.torture
@pytest.mark.endtoend
def test_inside_runs_in_the_image_over_the_work_tree(imaged: Sample) -> None:
    """The wheel is the image's, the files are the work tree's with its changes, and the exit code comes back."""
    (imaged.root / "look.py").write_text(_LOOK)
    said = imaged.run("inside", "python3", "look.py", code=3, SECRET="x")
    library = "/usr/local/lib/python3.11/dist-packages/sample/__init__.py"
    assert f"{library} /home/nonroot/source/smoke.py 65532 /home/nonroot False\n" in said
    assert not list((imaged.root / ".release" / "tmp").glob("*"))


@pytest.mark.torture
@pytest.mark.endtoend
def test_container_for_tests_is_beside_the_image(imaged: Sample) -> None:
    """Both are in dist/image under their tags; --load of an unknown engine is refused before anything is built."""
    digest = imaged.run("container", "--dev").splitlines()[-1]
    names = Layout(imaged.root / "dist" / "image").names()
    (version,) = (name for name in names if not name.endswith("-dev"))
    assert {version, f"{version}-dev"} == set(names)
    assert digest == names[f"{version}-dev"].digest
    said = imaged.run("container", "--out", "other", "--load", "rkt", code=2)
    assert "use one of docker, podman, buildah" in said
    assert not (imaged.root / "other").exists()


@pytest.fixture
def podman(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Podman works here, with storage of its own."""
    for name, value in engines.storage("podman", tmp_path / "storage").items():
        monkeypatch.setenv(name, value)


@pytest.mark.torture
@pytest.mark.usefixtures("podman")
def test_where_user_namespaces_are_forbidden_an_engine_runs_it(
    built: BuiltImage, layout: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The same entry point, with standard input; where no engine answers either, the reason is that of unshare."""
    (tmp_path / "unshare").write_text("#!/bin/sh\necho 'unshare failed: Operation not permitted'\nexit 1\n")
    (tmp_path / "docker").write_text("#!/bin/sh\nexit 1\n")
    for name in ("unshare", "docker"):
        (tmp_path / name).chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=os.pathsep)
    with unpacked(layout, built.artifact, tmp_path / "one") as program:
        assert "podman" == program.program[0]
        done = subprocess.run([*program.program, "a"], input="typed", capture_output=True, text=True, check=True)
    assert "" == subprocess.run(["podman", "images", "--quiet"], capture_output=True, text=True, check=True).stdout
    found = json.loads(done.stdout)
    assert (["a"], 65532, "typed") == (found["args"], found["user"], found["input"])
    for name in ("podman", "buildah"):
        (tmp_path / name).symlink_to(tmp_path / "docker")
    refused = pytest.raises(CommandFailed, match="Operation not permitted")
    with refused as caught, unpacked(layout, built.artifact, tmp_path / "other"):
        pass
    assert "kernel.unprivileged_userns_clone=1" in caught.value.do


@pytest.mark.torture
@pytest.mark.usefixtures("podman")
def test_release_by_an_engine_reaches_users(imaged: Sample, base: str) -> None:
    """Podman builds the Containerfile in a release; what stable serves runs in podman, which has it by --load."""
    settings = f'builder = "podman"\nbase = "{base}"\nbuild-options = ["--network=host"]'
    text = (imaged.root / "pyproject.toml").read_text().replace('python = "3.11"\n', f"{settings}\n", 1)
    containerfile = (ROOT / "Containerfile").read_text().replace("model-evaluations", "sample-project")
    files = {"pyproject__toml": text, "Containerfile": containerfile.replace("bin/evaluations", "bin/sample")}
    imaged.commit("Build by podman", **files)
    imaged.tag("1.0.0")
    imaged.run("release")
    served = Layout(imaged.root / ".release" / "targets" / "images").names()
    assert served["stable"].digest == served["1.0.0"].digest
    said = imaged.run("container", "--load", "podman")
    assert "run it: podman run --rm --interactive --network=host localhost/sample-project:1.0.0" in said
    assert served["1.0.0"].digest == said.splitlines()[-1]
    words = ["podman", "run", "--rm", "--network=host", "localhost/sample-project:1.0.0", "6", "7"]
    done = subprocess.run(words, capture_output=True, text=True, check=True)
    assert "42\n" == done.stdout
