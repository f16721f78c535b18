"""What a project itself must have before it can be released: `doctor` and `init` ask for it, and so does preflight."""

from __future__ import annotations

from collections.abc import Iterator

from release import config
from release.adopting import pins
from release.building import scm
from release.errors import ReleaseError
from release.gates import sessions
from release.model import Finding
from release.run import Project

_VERBS = ("release", "rollback", "status", "version")


def version(project: Project) -> Iterator[Finding]:
    """Whether the version comes from the tags."""
    table = config.at(config.read(project.repository.root), "project")
    if "version" in table or "version" not in table.get("dynamic", []):
        yield Finding(
            "version", ok=False, said="it is not taken from the tags",
            do='write dynamic = ["version"] in [project], and let setuptools-scm ([tool.setuptools_scm]) or '
            'hatch-vcs ([tool.hatch.version] source = "vcs") give it',
        )  # fmt: skip
        return
    try:
        yield Finding("version", ok=True, said=scm.version(project.repository.root))
    except ReleaseError as error:
        yield Finding("version", ok=False, said=error.what, do=error.do)


def noxfile(project: Project) -> Iterator[Finding]:
    """Whether the gates are there, and sessions that call the engine."""
    root, settings = project.repository.root, project.config
    wanted = (*settings.gates, *([settings.attest] if settings.attest else []))
    if not (root / "noxfile.py").is_file():
        yield Finding("noxfile.py", ok=False, said="missing", do="write it: the gates are its sessions")
        return
    try:
        missing = sessions.missing(root, [*wanted, *_VERBS])
    except ReleaseError as error:
        yield Finding("noxfile.py", ok=False, said=error.what, do=error.do)
        return
    lacking, verbs = ([name for name in names if name in missing] for names in (wanted, _VERBS))
    said = f"it has no session {', '.join(lacking)}" if lacking else "there, with every gate"
    key = "attest" if lacking == [settings.attest] else "gates"
    yield Finding("noxfile.py", not lacking, said, f"nox --list shows what there is; mend tool.release.{key}")
    if verbs:
        yield Finding(
            "sessions",
            ok=True,
            said=f"none for {', '.join(verbs)}; docs/adopting.md has them, or python -m release VERB",
        )


def files(project: Project) -> Iterator[Finding]:
    """Whether changelog and locks are there."""
    root, settings = project.repository.root, project.config
    there = (root / settings.changelog).is_file()
    yield Finding(
        settings.changelog, there, "there" if there else "missing", "write it, see https://keepachangelog.com"
    )
    yield from locks(project)
    if settings.image is not None and not (root / settings.test_lock).is_file():
        said = "missing; only container -- --dev, inside and tests in the image need it"
        yield Finding(settings.test_lock, ok=True, said=said)


def locks(project: Project) -> Iterator[Finding]:
    """Whether what a release installs is pinned."""
    root, settings = project.repository.root, project.config
    pyproject = config.read(root)
    for path, command in (
        (settings.build_lock, pins.build_command(pyproject, settings.build_lock)),
        (settings.runtime_lock, pins.runtime_command(pyproject, settings.runtime_lock)),
    ):
        file = root / path
        lacking = []
        if file.is_file() and path == settings.build_lock:
            lacking = pins.lacking(pyproject, file.read_text(encoding="utf-8"))
        said = f"it lacks {', '.join(lacking)}" if lacking else "there" if file.is_file() else "missing"
        ok = said == "there"
        yield Finding(path, ok, said, "" if ok else _lock_command(project, path, command))


def _lock_command(project: Project, path: str, command: str) -> str:
    """The project's own way where it has one."""
    try:
        if not sessions.missing(project.repository.root, ["lock"]):
            return "nox -s lock"
    except ReleaseError:
        pass  # said by `noxfile`
    folder = path.rpartition("/")[0]
    return f"mkdir -p {folder} && {command}" if folder else command


def smoke(project: Project) -> Iterator[Finding]:
    """Whether the smoke command touches what was installed."""
    words = project.config.smoke
    touched = [word for word in ("{command}", "{installed_python}") if word in words]
    said = f"it runs {' and '.join(touched)}" if touched else "it runs nothing of what was installed"
    yield Finding(
        "smoke", bool(touched), said,
        "let it run {command} or {installed_python}, each a word of its own",
    )  # fmt: skip
    scripts = config.at(config.read(project.repository.root), "project", "scripts")
    needs = "{command}" in words or project.config.image is not None
    if needs and scripts and project.config.command not in scripts:
        yield Finding(
            "command", ok=False, said=f"[project.scripts] has no {project.config.command}, it has {', '.join(scripts)}",
            do="mend tool.release.command",
        )  # fmt: skip


def submodules(project: Project) -> Iterator[Finding]:
    """Whether the commit has git submodules: builds and gates see them as empty folders."""
    tree = project.repository.maybe("ls-tree", "-r", "HEAD") or ""
    paths = [line.partition("\t")[2] for line in tree.split("\n") if line.startswith("160000 ")]
    if paths:
        said = f"{', '.join(paths)}: empty folders for builds and gates, which must do without"
        yield Finding("submodules", ok=True, said=said)
