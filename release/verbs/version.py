"""`version`: what this commit is called, what comes next, and the cutting of the next version."""

from __future__ import annotations

from datetime import datetime, timezone

from packaging.version import InvalidVersion, Version

from release import changelog
from release.building import scm
from release.commands import command
from release.errors import Refused, ReleaseError, UsageError
from release.run import Project


def current(project: Project) -> str:
    """The version of the work tree as the build will have it: from the tag, or a development version."""
    root = project.repository.root
    if project.repository.is_shallow():
        raise ReleaseError(
            "the clone is shallow, so no version can be told", where=str(root), do="git fetch --unshallow --tags"
        )
    return scm.version(root)


def following(project: Project) -> Version:
    """What the CHANGELOG's Unreleased headings call for."""
    return changelog.next_version(_changelog(project), last(project), project.config.changelog)


def last(project: Project) -> Version | None:
    """The highest version that has a tag."""
    found = (scm.version_of(tag.name, project.config.tag_prefix) for tag in project.repository.tags())
    return max((version for version in found if version is not None), default=None)


def cut(project: Project, wanted: str) -> tuple[str, str]:
    """Move Unreleased under the version, commit that, and tag it. Nothing is pushed. The version and the tag's name.

    `wanted` is a version or `next`. Safe to run again after a kill: a cut that lacks its commit or its tag gets it.
    """
    repository, text = project.repository, _changelog(project)
    highest = last(project)
    version = _parse(wanted) if wanted != "next" else _begun(text, highest) or following(project)
    name = f"{project.config.tag_prefix}{version}"
    problems = []
    if highest is not None and version <= highest:
        problems.append(
            ReleaseError(f"{version} is not greater than {highest}, which is tagged", do=command("version", "--next"))
        )
    changes = [line[3:] for line in repository.changes()]
    if changes and not (changes == [project.config.changelog] and _is_cut(project, text, version)):
        problems.append(
            ReleaseError("the work tree has changes", where=str(repository.root), do="commit them or put them aside")
        )
    branch = repository.maybe("symbolic-ref", "--short", "HEAD")
    if branch != project.config.branch:
        problems.append(
            ReleaseError(
                f"versions are cut on {project.config.branch}",
                where=f"on {branch or 'no branch'}",
                do=f"git switch {project.config.branch}",
            )
        )
    if problems:
        raise Refused(problems)
    if changelog.find(text, version) is None:
        day = datetime.now(timezone.utc).date().isoformat()
        _write(project, changelog.cut(text, version, day, project.config.changelog))
    if repository.changes():
        repository.git("add", "--", project.config.changelog)
        repository.git("commit", "--quiet", "--message", f"Release {version}")
    repository.git("tag", "--annotate", "--message", f"{project.config.project} {version}", name)
    return str(version), name


def _begun(text: str, highest: Version | None) -> Version | None:
    """The version of a cut that has no tag yet: of the section below an empty Unreleased."""
    found = changelog.sections(text)
    if len(found) < 2 or found[0].name.lower() != "unreleased" or found[0].entries():
        return None
    try:
        version = Version(found[1].name)
    except InvalidVersion:
        return None
    return version if highest is None or version > highest else None


def _is_cut(project: Project, text: str, version: Version) -> bool:
    """Whether the CHANGELOG differs from HEAD's by the cut of that version and nothing else."""
    section = changelog.find(text, version)
    if section is None:
        return False
    name, day = project.config.changelog, changelog.day_of(text, section)
    try:
        before = changelog.cut(project.repository.file("HEAD", name), version, day, name)
        return text.splitlines() == before.splitlines()  # git may have changed the line ends
    except ReleaseError:
        return False


def _write(project: Project, text: str) -> None:
    """Replace the CHANGELOG at one moment; what a kill leaves behind is where git does not look."""
    with project.workspace.temporary("cut") as folder:
        (folder / "changelog").write_bytes(text.encode())
        (folder / "changelog").replace(project.repository.root / project.config.changelog)


def _parse(wanted: str) -> Version:
    try:
        return Version(wanted)
    except InvalidVersion:
        raise UsageError(
            f"{wanted!r} is no version (PEP 440)",
            where="version",
            do=f"{command('version', '1.4.0')}, or next in its place",
        ) from None


def _changelog(project: Project) -> str:
    path = project.repository.root / project.config.changelog
    if not path.is_file():
        raise ReleaseError(
            f"there is no {project.config.changelog}", where=str(path), do="write it, see https://keepachangelog.com"
        )
    try:
        return path.read_bytes().decode()  # with its own line ends
    except UnicodeDecodeError as error:
        raise ReleaseError(f"{path.name} is not UTF-8: {error}", where=str(path), do="save it as UTF-8") from error
