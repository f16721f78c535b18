"""`[tool.release]`, read strictly."""

from __future__ import annotations

import copy
from pathlib import Path

import pytest

from release import config
from release.config.image import ImageConfig
from release.config.targets import FolderSpec
from release.errors import ConfigError
from release.model import Json

RELEASE: dict[str, Json] = {
    "gates": ["lint", "test"],
    "smoke": ["{python}", "smoke.py", "{version}", "{command}"],
    "image": {"python": "3.11"},
    "requirements": {},
    "ledger": {},
    "lock": {},
    "targets": {
        "index": {"kind": "static-index", "path": "index"},
        "images": {"kind": "oci-layout", "path": "images"},
    },
}
GONE = object()
PINNED = f"registry.example.org/python@sha256:{'0' * 64}"


def pyproject(path: str = "", value: object = GONE) -> dict[str, Json]:
    """A whole pyproject.toml, with the value at a dotted path replaced, or without it."""
    data: dict[str, Json] = copy.deepcopy({"project": {"name": "My.Project"}, "tool": {"release": RELEASE}})
    if path:
        *folders, last = path.split(".")
        table = data
        for folder in folders:
            table = table.setdefault(folder, {})
        if value is GONE:
            del table[last]
        else:
            table[last] = value
    return data


def test_defaults() -> None:
    """What need not be written has the documented value."""
    found = config.parse(pyproject())
    assert "my-project" == found.project
    assert "My.Project" == found.command
    assert ("main", "v", "origin", "CHANGELOG.md") == (found.branch, found.tag_prefix, found.remote, found.changelog)
    assert ("requirements/build.txt", "requirements/runtime.txt") == (found.build_lock, found.runtime_lock)
    assert (1 << 30, 120.0, None) == (found.free_disk, found.lock_seconds, found.ledger_remote)
    assert 3600 == found.gate_seconds
    assert ImageConfig("3.11", (), 65532, "", "") == found.image
    assert FolderSpec("index", "static-index", "index") == found.targets[0]


@pytest.mark.parametrize(
    ("path", "value", "name", "expected"),
    [
        ("tool.release.remote", "", "remote", None),
        ("tool.release.tag-prefix", "", "tag_prefix", ""),
        ("tool.release.free-disk-mib", 2, "free_disk", 2 << 20),
        ("tool.release.gate-seconds", 60, "gate_seconds", 60.0),
        ("tool.release.lock.seconds", 1, "lock_seconds", 1.0),
        ("tool.release.ledger.remote", "origin", "ledger_remote", "origin"),
        ("tool.release.requirements.build", "b.txt", "build_lock", "b.txt"),
        ("tool.release.command", "mine", "command", "mine"),
        ("tool.release.smoke", ["{{}}", "{command}"], "smoke", ("{{}}", "{command}")),
    ],
)
def test_values_are_read(path: str, value: Json, name: str, expected: Json) -> None:
    """A value that is written counts."""
    assert expected == getattr(config.parse(pyproject(path, value)), name)


def test_image_takes_source_and_license_from_the_project() -> None:
    """Labels come from [project] unless the image has its own; a license in the old form of a table gives none."""
    data = pyproject("project.urls", {"Docs": "https://d", "Repository": "https://r"})
    data["project"]["license"] = "MIT"
    found = config.parse(data).image
    assert found is not None
    assert ("https://r", "MIT") == (found.source, found.licenses)
    data["project"]["license"] = {"text": "MIT"}
    data["tool"]["release"]["image"]["source"] = "https://s"
    found = config.parse(data).image
    assert found is not None
    assert ("https://s", "") == (found.source, found.licenses)


def test_image_of_another_builder_needs_no_python() -> None:
    """A base, or a Containerfile, has its own; what the engine is to be told is read."""
    table = {"builder": "buildah", "base": PINNED, "containerfile": "c/File", "build-options": ["--network=host"]}
    found = config.parse(pyproject("tool.release.image", table)).image
    assert found is not None
    assert ("buildah", PINNED, "c/File", ("--network=host",), "") == (
        found.builder, found.base, found.containerfile, found.build_options, found.python,
    )  # fmt: skip
    alone = config.parse(pyproject("tool.release.image", {"base": PINNED})).image
    assert alone is not None
    assert ("builtin", "") == (alone.builder, alone.python)


def test_image_may_be_left_out() -> None:
    """Without the table no image is built, as long as no target takes one."""
    data = pyproject("tool.release.image")
    del data["tool"]["release"]["targets"]["images"]
    assert config.parse(data).image is None


@pytest.mark.parametrize(
    ("path", "value", "where", "what"),
    [
        ("tool.release", GONE, "tool.release", "no [tool.release]"),
        ("tool", GONE, "tool.release", "no [tool.release]"),
        ("tool", 1, "tool", "must be a table"),
        ("tool.release", 1, "tool.release", "must be a table"),
        ("project", GONE, "project.name", "key is missing"),
        ("project", [], "project", "must be a table"),
        ("project.name", 5, "project.name", "must be a string, not 5"),
        ("project.urls", [], "project.urls", "must be a table"),
        ("tool.release.command", ["x"], "tool.release.command", "must be a string"),
        ("tool.release.free-disk-mib", "1", "tool.release.free-disk-mib", "must be a whole number"),
        ("tool.release.free-disk-mib", True, "tool.release.free-disk-mib", "must be a whole number, not True"),
        ("tool.release.gates", "lint", "tool.release.gates", "must be a list"),
        ("tool.release.gates", ["lint", 1], "tool.release.gates", "list of strings"),
        ("tool.release.gates", [""], "tool.release.gates", "list of strings"),
        ("tool.release.gates", [], "tool.release.gates", "no gate"),
        ("tool.release.gates", GONE, "tool.release.gates", "no gate"),
        ("tool.release.gate-seconds", 0, "tool.release.gate-seconds", "a second at least"),
        ("tool.release.smoke", GONE, "tool.release.smoke", "no smoke command"),
        ("tool.release.smoke", ["x {command}"], "tool.release.smoke", "can't be filled in"),
        ("tool.release.smoke", ["${HOME}"], "tool.release.smoke", "can't be filled in"),
        ("tool.release.smoke", ["{}"], "tool.release.smoke", "can't be filled in"),
        ("tool.release.smoke", ["{"], "tool.release.smoke", "can't be filled in"),
        ("tool.release.smoke", ["{python.x}"], "tool.release.smoke", "can't be filled in"),
        ("tool.release.free-disk-mib", -1, "tool.release.free-disk-mib", "-1 MiB can't be"),
        ("tool.release.lock", "x", "tool.release.lock", "must be a table"),
        ("tool.release.lock.seconds", 0, "tool.release.lock.seconds", "a second at least"),
        ("tool.release.lock.seconds", 1.5, "tool.release.lock.seconds", "must be a whole number"),
        ("tool.release.targets", GONE, "tool.release.targets", "no target"),
        ("tool.release.targets", {}, "tool.release.targets", "no target"),
        ("tool.release.targets.path", "x", "tool.release.targets.path", "must be a table"),
        ("tool.release.targets.Big", {}, "tool.release.targets.Big", "no name for a target"),
        ("tool.release.targets.index.kind", GONE, "tool.release.targets.index.kind", "key is missing"),
        ("tool.release.targets.index.kind", "pypi", "tool.release.targets.index.kind", "no kind of target 'pypi'"),
        ("tool.release.targets.index.path", GONE, "tool.release.targets.index.path", "key is missing"),
        ("tool.release.image", GONE, "tool.release.image", "no image is configured"),
        ("tool.release.image.python", GONE, "tool.release.image.python", "key is missing"),
        ("tool.release.image.python", "", "tool.release.image.python", "key is missing"),
        ("tool.release.image.user", "me", "tool.release.image.user", "must be a whole number"),
        ("tool.release.image.user", 0, "tool.release.image.user", "run as root"),
        ("tool.release.image.builder", "kaniko", "tool.release.image.builder", "no builder 'kaniko'"),
        ("tool.release.image.builder", "podman", "tool.release.image.python", "from the Containerfile of podman"),
        ("tool.release.image.base", "python:3.11", "tool.release.image.base", "not pinned by digest"),
        ("tool.release.image.base", f"python@sha256:{'0' * 63}", "tool.release.image.base", "not pinned by digest"),
        ("tool.release.image.build-options", ["--pull"], "tool.release.image.build-options", "has no options"),
        ("tool.release.image", {"base": PINNED, "packages": ["git"]}, "tool.release.image.packages", "only an image"),
        (
            "tool.release.image",
            {"builder": "docker", "test-packages": ["git"]},
            "tool.release.image.test-packages",
            "only an image",
        ),
    ],
)
def test_wrong_value_is_refused_with_its_key_path(path: str, value: object, where: str, what: str) -> None:
    """Each wrong or missing value is named by its key path, with what to do."""
    with pytest.raises(ConfigError) as caught:
        config.parse(pyproject(path, value))
    assert where == caught.value.where
    assert what in caught.value.what
    assert caught.value.do


@pytest.mark.parametrize(
    ("table", "key", "near"),
    [
        ("tool.release", "gate", "gates"),
        ("tool.release", "tag_prefix", "tag-prefix"),
        ("tool.release.image", "pyton", "python"),
        ("tool.release.requirements", "runtimes", "runtime"),
        ("tool.release.ledger", "remotes", "remote"),
        ("tool.release.lock", "second", "seconds"),
        ("tool.release.targets.index", "paths", "path"),
    ],
)
def test_unknown_key_is_refused_with_the_nearest_one(table: str, key: str, near: str) -> None:
    """In every table a key that nobody reads is refused, and the nearest known one is offered."""
    with pytest.raises(ConfigError) as caught:
        config.parse(pyproject(f"{table}.{key}", "x"))
    assert (f"{table}.{key}", f"did you mean {near!r}?") == (caught.value.where, caught.value.do)


def test_unknown_key_that_is_near_to_nothing_gets_the_known_ones() -> None:
    """Where no key is near, all known ones are shown."""
    with pytest.raises(ConfigError) as caught:
        config.parse(pyproject("tool.release.lock.zzz", 1))
    assert "known keys: seconds" == caught.value.do


@pytest.mark.parametrize(("content", "what"), [(b"[tool", "can't be read"), (b'x = "\xff"', "can't be read")])
def test_file_that_is_no_toml_is_refused(tmp_path: Path, content: bytes, what: str) -> None:
    """A file that is not TOML, or not UTF-8, is an error with its path."""
    (tmp_path / "pyproject.toml").write_bytes(content)
    with pytest.raises(ConfigError, match=what) as caught:
        config.load(tmp_path)
    assert str(tmp_path / "pyproject.toml") == caught.value.where


def test_missing_file_is_refused(tmp_path: Path) -> None:
    """A folder without pyproject.toml is no project."""
    with pytest.raises(ConfigError, match=r"no pyproject\.toml") as caught:
        config.load(tmp_path)
    assert str(tmp_path) == caught.value.where


def test_this_project_is_configured() -> None:
    """The project's own configuration is read without a complaint."""
    found = config.load(Path(__file__).parents[3])
    assert ("model-evaluations", "evaluations") == (found.project, found.command)


def test_a_profile_takes_the_place_of_keys() -> None:
    """Key by key, tables included; without one it is as the table says."""
    data = pyproject()
    release = data["tool"]["release"]
    release["profiles"] = {
        "production": {"branch": "stable", "targets": {"pool": {"kind": "static-index", "path": "elsewhere"}}}
    }
    plain, production = config.parse(data), config.parse(data, "production")
    assert ("embedded", "main", ("embedded", "production")) == (plain.profile, plain.branch, plain.profiles)
    assert ("production", "stable") == (production.profile, production.branch)
    assert (FolderSpec("pool", "static-index", "elsewhere"),) == production.targets
    assert (plain.gates, plain.smoke) == (production.gates, production.smoke)


@pytest.mark.parametrize(
    ("profiles", "profile", "where", "said"),
    [
        ({}, "production", "tool.release.profiles", "there is no profile 'production'"),
        ({"embedded": {}}, "embedded", "tool.release.profiles", "embedded is what [tool.release] itself is"),
        ({"p": {"branhc": "x"}}, "p", "tool.release.profiles.p.branhc", "there is no such key"),
        ({"p": {"branch": 1}}, "p", "tool.release.profiles.p.branch", "this must be a string, not 1"),
        ({"p": {"targets": {"t": {}}}}, "p", "tool.release.profiles.p.targets.t.kind", "this key is missing"),
        ({"p": 1}, "p", "tool.release.profiles.p", "this must be a table"),
    ],
)
def test_a_wrong_profile_is_named(profiles: Json, profile: str, where: str, said: str) -> None:
    """With the path at which the key stands."""
    data = pyproject()
    data["tool"]["release"]["profiles"] = profiles
    with pytest.raises(ConfigError) as caught:
        config.parse(data, profile)
    assert (where, said) == (caught.value.where, caught.value.what)


def test_one_name_is_one_target() -> None:
    """Profiles may share a target, and treat it otherwise; two places under one name are refused, whoever asks."""
    data = pyproject()
    release = data["tool"]["release"]
    release["targets"] = {"t": {"kind": "oci-registry", "repository": "example.org/a"}}
    release["profiles"] = {
        "p": {"targets": {"t": {"kind": "oci-registry", "repository": "example.org/a", "stall-seconds": 5}}}
    }
    assert "p" == config.parse(data, "p").profile
    release["profiles"]["p"]["targets"]["t"]["repository"] = "example.org/b"
    for profile in ("embedded", "p"):
        with pytest.raises(ConfigError, match="two targets of different profiles are called 't'") as caught:
            config.parse(data, profile)
        assert "tool.release.profiles.p.targets.t, tool.release.targets.t" == caught.value.where


@pytest.mark.parametrize(
    ("table", "where"),
    [
        ({"kind": "oci-registry", "repository": "Not/Good"}, "repository"),
        ({"kind": "oci-registry", "repository": "example.org/a", "stall-seconds": 0}, "stall-seconds"),
        ({"kind": "devpi", "url": "u", "staging": "a/b", "canary": "a/b", "stable": "a/c"}, "staging"),
        ({"kind": "devpi", "url": "u", "staging": "a/b", "canary": "c", "stable": "a/d"}, "canary"),
        ({"kind": "package-index"}, "stable"),
        ({"kind": "package-index", "stable": {"upload": "u"}}, "stable.simple"),
        ({"kind": "package-index", "stable": {"upload": "u", "simple": "s"}, "removable": 1}, "removable"),
        ({"kind": "package-index", "stable": {"upload": "u", "simple": "s"}, "lag-seconds": -3}, "lag-seconds"),
        ({"kind": "package-index", "stable": {"upload": "u", "simple": "s"}, "late-days": -1}, "late-days"),
        ({"kind": "package-index", "stable": {"upload": "u", "simple": "s", "more": 1}}, "stable.more"),
    ],
)
def test_a_wrong_target_is_named(table: Json, where: str) -> None:
    """Each kind says which key is wrong."""
    data = pyproject()
    data["tool"]["release"]["targets"] = {"t": table}
    with pytest.raises(ConfigError) as caught:
        config.parse(data)
    assert f"tool.release.targets.t.{where}" == caught.value.where


FOLDER, REGISTRY = {"kind": "static-index", "path": "x"}, {"kind": "oci-registry", "repository": "example.org/a"}
INDEX = {"kind": "package-index", "stable": {"upload": "u", "simple": "s"}}


@pytest.mark.parametrize(
    ("targets", "where", "what"),
    [
        ({"a": FOLDER, "b": {**FOLDER, "path": "./x/"}}, "b.path", "every target needs a folder of its own"),
        ({"a": REGISTRY, "b": REGISTRY}, "b.repository", "a has this repository already"),
        (
            {"a-b": FOLDER, "a_b": {**FOLDER, "path": "y"}}, "a_b",
            "a_b and a-b would take their passwords from one variable, RELEASE_A_B_PASSWORD",
        ),
        (
            {"a": INDEX, "a-stable": REGISTRY}, "a-stable",
            "a-stable and a would take their passwords from one variable, RELEASE_A_STABLE_PASSWORD",
        ),
    ],
)  # fmt: skip
def test_targets_share_nothing(targets: Json, where: str, what: str) -> None:
    """Neither a place, however it is spelt, nor the variable of a password."""
    with pytest.raises(ConfigError) as caught:
        config.parse(pyproject("tool.release.targets", targets))
    assert (f"tool.release.targets.{where}", what) == (caught.value.where, caught.value.what)
