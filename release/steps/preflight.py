"""Everything that can refuse a release before the first cost. All problems come together, not one a run."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from packaging.version import InvalidVersion, Version

from release import changelog
from release.config import CHANNELS
from release.errors import LockHeld, Refused, ReleaseError
from release.git import GitError, Tag
from release.history import History
from release.lock import Holder
from release.run import Candidate, Project


@dataclass
class _Look:
    """What the checks look at."""

    project: Project
    history: History
    commit: str
    tag: Tag | None
    version: Version | None
    """None where it can't be told, which is a problem of its own."""


def candidate(project: Project, history: History, holder: Holder | None) -> Candidate:
    """The commit at HEAD as a candidate. Refused, with every problem in its way; LockHeld where that is the only one.

    `holder` is who has the lock, as far as is known before it is taken.
    """
    repository = project.repository
    commit = repository.commit()
    problems: list[ReleaseError] = []
    tag, version = _tagged(project, commit, problems)
    look = _Look(project, history, commit, tag, version or _development_version(project, problems))
    problems += [problem for check in _CHECKS for problem in check(look)]
    if holder is not None and not holder.is_free():
        do = "wait for it, or see what it does: nox -s status"
        held = LockHeld("somebody else is releasing", where=str(holder), do=do)
        if not problems:
            raise held
        problems.append(held)
    if problems or look.version is None:
        raise Refused(problems)
    name, tag_object = (tag.name, tag.object) if tag else (None, None)
    return Candidate(str(look.version), commit, repository.epoch(commit), name, tag_object)


def _tagged(project: Project, commit: str, problems: list[ReleaseError]) -> tuple[Tag | None, Version | None]:
    prefix = project.config.tag_prefix
    found: list[tuple[Tag, Version]] = []
    others: list[str] = []
    for tag in project.repository.tags(f"--points-at={commit}"):
        try:
            found.append((tag, Version(tag.name.removeprefix(prefix))))
        except InvalidVersion:
            others.append(tag.name)
    if len(found) > 1:
        names = ", ".join(tag.name for tag, _ in found)
        problems.append(
            ReleaseError(
                f"HEAD has {len(found)} version tags: {names}", where=commit[:12], do="keep one: git tag --delete NAME"
            )
        )
        return None, None
    if found:
        return found[0]
    if others:
        problems.append(
            ReleaseError(
                f"the tag {others[0]} at HEAD is not a version (PEP 440)", where=f"refs/tags/{others[0]}",
                do=f"remove it (git tag --delete {others[0]}) and make the right one: nox -s version -- next",
            )
        )  # fmt: skip
    return None, None


def _clean_tree(look: _Look) -> Iterator[ReleaseError]:
    changes = look.project.repository.changes()
    if changes:
        shown = ", ".join(line[3:] for line in changes[:5]) + (" ..." if len(changes) > 5 else "")
        yield ReleaseError(
            f"{len(changes)} uncommitted or untracked path{'s' if len(changes) > 1 else ''}: {shown}",
            where=str(look.project.repository.root),
            do="commit them, ignore them, or put them aside: git stash --include-untracked",
        )  # fmt: skip


def _full_history(look: _Look) -> Iterator[ReleaseError]:
    if look.project.repository.is_shallow():
        yield ReleaseError(
            "the clone is shallow, so no version can be told from its history", where=str(look.project.repository.root),
            do="git fetch --unshallow --tags (in CI: check out with fetch-depth 0)",
        )  # fmt: skip


def _tag(look: _Look) -> Iterator[ReleaseError]:
    tag, version = look.tag, look.version
    if tag is None or version is None:
        places = [target.name for target in look.project.targets if not target.embedded]
        if places:
            yield ReleaseError(
                f"HEAD has no version tag, and only tagged commits go to {', '.join(places)}", where=look.commit[:12],
                do="nox -s version -- next",
            )  # fmt: skip
        return
    if not tag.annotated:
        yield ReleaseError(
            f"the tag {tag.name} is not annotated, so it says neither who nor when", where=f"refs/tags/{tag.name}",
            do=f"git tag --delete {tag.name}, then git tag --annotate {tag.name} --message {tag.name}",
        )  # fmt: skip
    known = look.history.releases.get(str(version))
    if known is not None and known.tag_object is not None and known.tag_object != tag.object:
        yield ReleaseError(
            f"the tag {tag.name} has moved: the ledger has it at {known.tag_object[:12]}, now it is {tag.object[:12]}",
            where=f"refs/tags/{tag.name}",
            do=f"put it back (git tag --force {tag.name} {known.tag_object[:12]}) or release under the next version",
        )


def _version(look: _Look) -> Iterator[ReleaseError]:
    if look.version is None:
        return
    stable = {
        Version(listed.version)
        for target in look.project.targets
        for listed in look.history.listing(target.name, "stable").releases
    }
    # 1.0 and 1.0.0 are one version to every resolver, and may not be two releases.
    others = (version for version in stable if str(version) != str(look.version))
    highest = max(others, default=None)
    if highest is not None and look.version <= highest:
        yield ReleaseError(
            f"{look.version} is not greater than {highest}, which was released before", where="refs/releases/ledger",
            do="nox -s version -- next" if look.tag else "release a commit that comes after it, or tag this one",
        )  # fmt: skip


def _changelog(look: _Look) -> Iterator[ReleaseError]:
    if look.tag is None or look.version is None:
        return
    name = look.project.config.changelog
    try:
        section = changelog.find(look.project.repository.file(look.commit, name), look.version)
    except GitError:
        yield ReleaseError(f"the commit has no {name}", where=name, do="write it, see https://keepachangelog.com")
        return
    if section is None or not section.entries():
        yield ReleaseError(
            f"{name} has {'no section' if section is None else 'nothing'} for {look.version}", where=name,
            do=f"write what changes for users under '## [{look.version}]', commit, and make the tag anew",
        )  # fmt: skip


def _branch(look: _Look) -> Iterator[ReleaseError]:
    repository, config = look.project.repository, look.project.config
    names = [config.branch, *(f"{remote}/{config.branch}" for remote in repository.remotes())]
    known = [name for name in names if repository.maybe("rev-parse", "--verify", "--quiet", f"{name}^{{commit}}")]
    if not any(repository.contains(name, look.commit) for name in known):
        yield ReleaseError(
            f"the branch {config.branch} does not contain the commit", where=look.commit[:12],
            do=f"merge it into {config.branch} first, or set tool.release.branch",
        )  # fmt: skip


def _remote(look: _Look) -> Iterator[ReleaseError]:
    repository, config = look.project.repository, look.project.config
    if config.remote is None or config.remote not in repository.remotes():
        return
    branch, wanted = (
        f"refs/heads/{config.branch}",
        [f"refs/heads/{config.branch}", f"refs/tags/{look.tag.name if look.tag else ''}"],
    )
    try:
        theirs = repository.remote_refs(config.remote, *wanted)
    except GitError as error:
        yield ReleaseError(
            f"{config.remote} does not answer: {error.what}", where=config.remote, do=f"git ls-remote {config.remote}"
        )
        return
    tip, ours = theirs.get(branch), repository.reference(branch) or look.commit
    if tip != ours:
        know = tip is not None and repository.maybe("cat-file", "-e", tip) is not None
        ahead = tip is None or (know and repository.contains(ours, str(tip)))
        yield ReleaseError(
            f"{config.branch} and {config.remote}/{config.branch} are not in step",
            where=f"here {ours[:12]}, there {str(tip)[:12]}",
            do=f"git {'push' if ahead else 'pull --ff-only'} {config.remote} {config.branch}",
        )  # fmt: skip
    if look.tag is not None:
        name = f"refs/tags/{look.tag.name}"
        if theirs.get(name, look.tag.object) != look.tag.object:
            yield ReleaseError(
                f"{config.remote} has another tag {look.tag.name}",
                where=f"{name}: here {look.tag.object[:12]}, there {theirs[name][:12]}",
                do="find out who pushed it; a version's tag never moves, so release under the next version",
            )  # fmt: skip


def _disk(look: _Look) -> Iterator[ReleaseError]:
    root = look.project.repository.root
    free, needed = shutil.disk_usage(root).free, look.project.config.free_disk
    if free < needed:
        yield ReleaseError(
            f"the disk has {free >> 20} MiB left, a release needs {needed >> 20} MiB", where=str(root),
            do="make room, or set tool.release.free-disk-mib",
        )  # fmt: skip


def _ledger(look: _Look) -> Iterator[ReleaseError]:
    if look.history.head is not None:
        return
    for target in look.project.targets:
        if any(target.serving(channel) is not None for channel in CHANNELS):
            yield ReleaseError(
                f"{target.name} serves something, and the ledger knows of nothing: is this another clone?",
                where="refs/releases/ledger",
                do="bring it here, as docs/runbook.md says under 'The ledger is lost or damaged'",
            )


_CHECKS: tuple[Callable[[_Look], Iterator[ReleaseError]], ...] = (
    _clean_tree,
    _full_history,
    _tag,
    _version,
    _ledger,
    _changelog,
    _branch,
    _remote,
    _disk,
)


def _development_version(project: Project, problems: list[ReleaseError]) -> Version | None:
    """What setuptools-scm calls an untagged commit."""
    done = subprocess.run(
        [sys.executable, "-m", "setuptools_scm", "--root", str(project.repository.root)],
        cwd=project.repository.root, capture_output=True, text=True, check=False,
    )  # fmt: skip
    if done.returncode == 0:
        # What differs from the commit is refused anyway, so the date that a dirty tree adds is not of interest.
        return Version(done.stdout.strip().splitlines()[-1])
    problems.append(
        ReleaseError(
            f"setuptools-scm can't tell the version: {done.stderr.strip()}", where="[tool.setuptools_scm]",
            do="python -m setuptools_scm shows more",
        )
    )  # fmt: skip
    return None
