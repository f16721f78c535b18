"""One project on five real servers by one profile: devpi, pypiserver, an index like PyPI, and two registries."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from release.redaction import forms
from tests.indexes import places
from tests.indexes.places import Place
from tests.production.watching import arguments
from tests.release.conftest import quicken
from tests.sample import Sample, make
from tests.servers import docker_registry, indexes, pypi
from tests.servers.proxy import Break

pytestmark = [pytest.mark.torture, pytest.mark.endtoend]
USER, PASSWORD = "robot", "marked:pass/word %ü&+="
_REGISTRY = """
[tool.release.profiles.production.targets.{name}]
kind = "oci-registry"
repository = "{host}/team/{name}"
"""
_SPY = """

with open({seen!r}, "a") as seen:
    print(dict(os.environ), file=seen)
"""


@dataclass
class Scene:
    """The project, its indexes by target, and all that was said."""

    sample: Sample
    shops: Mapping[str, Place]
    environment: dict[str, str]
    secrets: frozenset[str]
    folder: Path
    said: list[str] = field(default_factory=list)

    def run(self, *words: str, code: int = 0, **environment: str) -> str:
        """Run the engine with the profile."""
        words = (*words, "--profile", "production")
        self.said.append(self.sample.run(*words, code=code, **{**self.environment, **environment}))
        return self.said[-1]

    def serve(self, version: str) -> bool:
        """Whether every channel of every target serves that version, by the ledger and by the target."""
        data = json.loads(self.run("status", "--json"))
        rows = {(row["target"], row["channel"]): (row["version"], row["drift"]) for row in data["channels"]}
        assert {(version, "")} == set(rows.values()), rows
        return len(rows) == 9


def _table(name: str, place: Place) -> str:
    return "\n" + place.table().replace(
        "[tool.release.targets.shop]", f"[tool.release.profiles.production.targets.{name}]"
    )


def _named(name: str, environment: Mapping[str, str]) -> dict[str, str]:
    return {key.replace("SHOP", name.upper()): value for key, value in environment.items()}


@pytest.fixture
def scene(tmp_path: Path, cache: Path) -> Iterator[Scene]:
    """The servers run; nothing is released yet."""
    if not docker_registry.is_there():
        pytest.skip("needs docker-registry and htpasswd")
    python = indexes.programs(cache)
    with ExitStack() as stack:
        registry = stack.enter_context(docker_registry.serve(tmp_path / "registry", {USER: PASSWORD}))
        server = stack.enter_context(indexes.devpi(python, tmp_path / "devpi"))
        shops = {
            "team": stack.enter_context(places.devpi(server, "production")),
            "store": stack.enter_context(places.pypiserver(python, tmp_path / "pypiserver")),
            "public": stack.enter_context(places.like_pypi(canary=False)),
        }
        sample = quicken(make(tmp_path / "clone", cache, image=True))
        pyproject = (sample.root / "pyproject.toml").read_text()
        pyproject += "".join(_REGISTRY.format(name=name, host=registry.host) for name in ("registry", "mirror"))
        pyproject += "".join(_table(name, place) for name, place in shops.items())
        spy = (sample.root / "noxfile.py").read_text() + _SPY.format(seen=str(tmp_path / "gates.txt"))
        sample.commit("Production", pyproject__toml=pyproject, noxfile__py=spy)
        (tmp_path / "password").write_text(PASSWORD + "\n")
        environment = {
            "PYTHON_KEYRING_BACKEND": "keyring.backends.null.Keyring", "NO_PROXY": "127.0.0.1",
            "DOCKER_CONFIG": str(tmp_path / "docker"),
            "RELEASE_REGISTRY_USERNAME": USER, "RELEASE_REGISTRY_PASSWORD": PASSWORD,
            "RELEASE_MIRROR_USERNAME": USER, "RELEASE_MIRROR_PASSWORD_FILE": str(tmp_path / "password"),
        }  # fmt: skip
        for name, place in shops.items():
            environment |= _named(name, place.environment)
        secrets = frozenset({PASSWORD, indexes.PASSWORD, pypi.TOKEN})
        yield Scene(sample, shops, environment, secrets, tmp_path)


def written(scene: Scene) -> Iterator[tuple[str, bytes]]:
    """Everything that the engine wrote or said: its folder, the ledger and all else in git, output, what gates saw."""
    for path in sorted((scene.sample.root / ".release").rglob("*")):
        if path.is_file() and not path.is_symlink():
            yield str(path), path.read_bytes()
    yield (
        "git",
        "\n".join((scene.sample.git("log", "--all", "--format=%B%an%ae"), scene.sample.git("tag", "-n99"))).encode(),
    )
    yield "output", "\n".join(scene.said).encode()
    yield "gates", (scene.folder / "gates.txt").read_bytes()


def test_a_release_goes_to_all_of_them_and_comes_back(scene: Scene) -> None:
    """Each way back at once; one that fails leaves the others as they were; and no secret shows anywhere."""
    with arguments(form for secret in scene.secrets for form in forms(secret)) as seen:
        _live(scene)
    assert set() == seen
    marks = [form.encode() for secret in scene.secrets for form in forms(secret)]
    files = dict(written(scene))
    assert len(files) > 30
    for name, data in files.items():
        assert not [mark for mark in marks if mark in data], name


def _live(scene: Scene) -> None:
    sample = scene.sample
    sample.tag("0.1.0")
    assert "ready to release" in scene.run("doctor")
    scene.run("release")
    assert scene.serve("0.1.0")
    sample.tag("0.2.0")
    (front,) = scene.shops["public"].proxies
    front.rewind(Break("500", times=None, only=lambda method, _: method == "POST"))
    said = scene.run("release", code=10)
    assert "public did not take sample_project-0.2.0" in said
    assert {"0.1.0"} == stable(scene)
    front.rewind()
    scene.run("release")
    assert scene.serve("0.2.0")
    plan = scene.run("rollback", "--reason", "bad", "--dry-run")
    assert "would make stable of team serve 0.1.0" in plan
    assert "would then release 0.1.0 again as 0.2.1: public can't go back" in plan
    assert "pinned installs still get 0.2.0 from public; yank it by hand here:" in plan
    scene.run("rollback", "--reason", "bad")
    assert scene.serve("0.2.1")
    said = scene.run("doctor", code=3, RELEASE_REGISTRY_PASSWORD="wrong-but-marked", RELEASE_TEAM_PASSWORD="wrong-too")
    assert "target registry" in said
    assert "wrong-but-marked" not in said
    shutil.rmtree(sample.root / ".release" / "targets", ignore_errors=True)


def stable(scene: Scene) -> set[str]:
    """What stable of the targets serves."""
    data = json.loads(scene.run("status", "--json"))
    return {row["version"] for row in data["channels"] if row["channel"] == "stable"}
