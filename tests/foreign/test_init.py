"""`init` in projects that know nothing of the engine: what it finds out, writes, says, and leaves alone."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from release import config
from tests.docs.pages import blocks, table
from tests.foreign import FILES, adopt, make
from tests.sample import ROOT, Sample

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib


@pytest.fixture(scope="module")
def untouched(tmp_path_factory: pytest.TempPathFactory, cache: Path) -> Sample:
    """The project of another shape, before anything of the engine is in it."""
    return make(tmp_path_factory.mktemp("foreign") / "clone", cache)


@pytest.fixture
def project(untouched: Sample, tmp_path: Path) -> Sample:
    """A copy of it."""
    return untouched.copy(tmp_path / "clone")


def _written(project: Sample) -> config.Config:
    return config.load(project.root)


def test_what_was_found_is_written(project: Sample) -> None:
    """Name, branch, changelog, gates, locks and a smoke command are those of the project; nothing else changes."""
    project.git("remote", "add", "upstream", str(project.root / "nowhere"))
    before = (project.root / "pyproject.toml").read_bytes()
    project.run("init")
    after = (project.root / "pyproject.toml").read_bytes()
    assert after.startswith(before)
    assert "pyproject.toml" == project.git("status", "--porcelain").split()[-1]
    found = _written(project)
    assert ("fast-sums-c", "trunk", "v", "upstream", "CHANGES.rst") == (
        found.project, found.branch, found.tag_prefix, found.remote, found.changelog,
    )  # fmt: skip
    assert (("unit_tests",), None) == (found.gates, found.image)
    assert "import fast_sums; " in found.smoke[2]
    assert "{installed_python}" == found.smoke[0]


def test_every_key_is_explained(project: Sample) -> None:
    """Each documented key is there, set or as a comment, but for those of servers; comments can be taken into use."""
    text = project.run("init", "--dry-run")
    keys = [row[0] for row in table("docs/configuration.md", "keys")]
    for key in (key for key in keys if not key.startswith("tool.release.targets.") or key.endswith((".kind", ".path"))):
        assert f"{key.rpartition('.')[2]} = " in text
    lines = [line.removeprefix("# ") for line in text.splitlines() if " = " in line or line.startswith(("[", "# ["))]
    assert tomllib.loads("\n".join(lines))["tool"]["release"]["image"]["user"] == 65532


def test_a_dry_run_prints_and_writes_nothing(project: Sample) -> None:
    """The tables and what is missing are shown; git sees no change, and there is no .release folder."""
    said = project.run("init", "--dry-run")
    assert "[tool.release.targets.index]" in said
    assert "✗ requirements/build.txt: missing" in said
    assert project.git("status", "--porcelain", "--ignored") in ("", "!! __pycache__/")  # Python's own, of the noxfile


def test_a_second_init_is_refused(project: Sample) -> None:
    """With [tool.release] there the exit code is 3, and not a byte changes."""
    project.run("init")
    before = (project.root / "pyproject.toml").read_bytes()
    assert "pyproject.toml has [tool.release] already" in project.run("init", code=3)
    assert before == (project.root / "pyproject.toml").read_bytes()


def test_every_reason_to_refuse_comes_at_once(project: Sample) -> None:
    """Without a noxfile and a name there is nothing to begin with."""
    (project.root / "noxfile.py").unlink()
    (project.root / "pyproject.toml").write_text('[tool.poetry]\nname = "old"\n')
    said = project.run("init", code=3)
    assert "the project has no name" in said
    assert "there is no noxfile.py" in said
    assert "2 problems, nothing was changed" in said


def test_a_noxfile_that_fails_is_said(project: Sample) -> None:
    """What Nox says of it is shown, and nothing is written."""
    (project.root / "noxfile.py").write_text("import nox\nimport not_there_at_all\n")
    said = project.run("init", code=1)
    assert "No module named 'not_there_at_all'" in said
    assert "[tool.release]" not in (project.root / "pyproject.toml").read_text()


@pytest.mark.torture
def test_a_noxfile_without_sessions_is_refused(project: Sample) -> None:
    """A release that nothing can stop is not meant."""
    (project.root / "noxfile.py").write_text("import nox\n")
    assert "bare nox runs no session" in project.run("init", code=3)


@pytest.mark.torture
def test_windows_line_ends_stay(project: Sample) -> None:
    """What is appended has the line ends of the file, and a last line without one gets it."""
    path = project.root / "pyproject.toml"
    before = path.read_bytes().rstrip(b"\n").replace(b"\n", b"\r\n")
    path.write_bytes(before)
    path.chmod(0o640)
    project.run("init")
    after = path.read_bytes()
    assert after.startswith(before + b"\r\n\r\n[tool.release]\r\n")
    assert after.count(b"\n") == after.count(b"\r\n")
    assert 0o640 == path.stat().st_mode & 0o777


@pytest.mark.torture
def test_tools_that_can_not_be_appended_to_are_refused(project: Sample) -> None:
    """`tool = {...}` can't be added to; the file stays."""
    path = project.root / "pyproject.toml"
    text = 'tool = { setuptools_scm = {} }\n[project]\nname = "p"\n'
    path.write_text(text)
    assert "[tool.release] can't be appended" in project.run("init", code=3)
    assert text == path.read_text()


@pytest.mark.torture
def test_doctor_has_the_commands_that_are_left(project: Sample) -> None:
    """After `init` doctor names what is missing; its commands, run as they are, leave nothing to mend."""
    project.run("init")
    said = project.run("doctor", code=3)
    commands = [line.partition("do: ")[2] for line in said.splitlines() if "uv pip compile" in line]
    assert 2 == len(commands)
    path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
    for command in commands:
        subprocess.run(["sh", "-c", command], cwd=project.root, env=project.environment(PATH=path), check=True)
    assert project.run("doctor").endswith("ready to release\n")
    assert "--hash=" in (project.root / "requirements" / "build.txt").read_text()


@pytest.mark.torture
def test_a_session_that_locks_is_named(project: Sample) -> None:
    """Where the noxfile has a session called lock, that is what writes the locks."""
    lock = "\n\n@nox.session(default=False)\ndef lock(session):\n    pass\n"
    project.commit("Lock", noxfile__py=FILES["noxfile.py"] + lock)
    assert "✗ requirements/build.txt: missing\n      do: nox -s lock\n" in project.run("init")


def test_doctor_sees_what_does_not_fit(project: Sample) -> None:
    """A static version, a gate that is not there, a lock without the backend, a smoke test of nothing: each is said."""
    project.run("init")
    (project.root / "requirements").mkdir()
    (project.root / "requirements" / "build.txt").write_text("build==1.0\n")
    text = (project.root / "pyproject.toml").read_text().replace('dynamic = ["version"]', 'version = "1.0"')
    text = text.replace('gates = ["unit_tests"]', 'gates = ["unit_tests", "lint"]')
    lines = ['smoke = ["true"]' if line.startswith("smoke = ") else line for line in text.splitlines()]
    (project.root / "pyproject.toml").write_text("\n".join(lines).replace(">=3.10", ">=3.99"))
    said = project.run("doctor", code=3)
    assert "✗ version: it is not taken from the tags" in said
    assert "✗ noxfile.py: it has no session lint" in said
    assert "✗ requirements/build.txt: it lacks setuptools>=80, setuptools-scm>=9" in said
    assert "✗ smoke: it runs nothing of what was installed" in said
    assert "and the project requires >=3.99" in said


@pytest.mark.torture
def test_a_script_is_the_command(project: Sample) -> None:
    """The console script that is called like the project is taken, and the image can be taken into use."""
    text = FILES["pyproject.toml"] + '\n[project.scripts]\nother = "fast_sums:total"\nfast_sums-c = "fast_sums:total"\n'
    (project.root / "pyproject.toml").write_text(text)
    said = project.run("init")
    assert "nothing else was changed" in said
    assert ("fast_sums-c", ("{command}", "--help")) == (_written(project).command, _written(project).smoke)
    assert "there are also other." in (project.root / "pyproject.toml").read_text()


@pytest.mark.endtoend
@pytest.mark.torture
def test_the_documented_sessions_call_the_engine(project: Sample) -> None:
    """What docs/adopting.md adds to a noxfile runs a verb with real Nox, and passes its words on."""
    adopt(project)
    (sessions,) = (block.text for block in blocks() if (block.page, block.kind) == ("docs/adopting.md", "python"))
    project.commit("Sessions", noxfile__py=f"{FILES['noxfile.py']}\n\n{sessions}")
    (project.root / ".git" / "info" / "exclude").write_text("/engine\n")
    (project.root / "engine").symlink_to(ROOT)
    environment = {name: value for name, value in project.environment().items() if name != "PYTHONPATH"}
    nox = (sys.executable, "-m", "nox", "-s")
    shown = subprocess.run(
        [*nox[:3], "--list"], cwd=project.root, env=environment, capture_output=True, text=True, check=True
    ).stdout
    verbs = {row[0] for row in table("docs/commands.md", "verbs")}
    lines = {line.split()[1]: line.partition(" -> ")[2] for line in shown.splitlines() if line.startswith("- ")}
    assert len(verbs) == len({line for verb, line in lines.items() if verb in verbs})
    for words, said in ((("doctor",), "ready to release"), (("version", "--", "--next"), "0.1.0")):
        done = subprocess.run(
            [*nox, *words], cwd=project.root, env=environment, capture_output=True, text=True, check=False
        )
        assert (0, True) == (done.returncode, said in done.stdout), done.stdout + done.stderr
