"""The checks of preflight: each yields what stands in the way of a release, with what to do about it."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from packaging.version import Version

from release import changelog
from release.adopting import prerequisites
from release.commands import command
from release.errors import ReleaseError
from release.git import GitError, Tag
from release.ledger.history import History
from release.model import Listing, Match
from release.run import Project


@dataclass
class Look:
    """What the checks look at."""

    project: Project
    history: History
    commit: str
    tag: Tag | None
    version: Version | None
    """None where it can't be told, which is a problem of its own."""


def _clean_tree(look: Look) -> Iterator[ReleaseError]:
    changes = look.project.repository.changes()
    if changes:
        shown = ", ".join(line[3:] for line in changes[:5]) + (" ..." if len(changes) > 5 else "")
        yield ReleaseError(
            f"{len(changes)} uncommitted or untracked path{'s' if len(changes) > 1 else ''}: {shown}",
            where=str(look.project.repository.root),
            do="commit them, ignore them, or put them aside: git stash --include-untracked",
        )  # fmt: skip


def _full_history(look: Look) -> Iterator[ReleaseError]:
    if look.project.repository.is_shallow():
        yield ReleaseError(
            "the clone is shallow, so no version can be told from its history", where=str(look.project.repository.root),
            do="git fetch --unshallow --tags (in CI: check out with fetch-depth 0)",
        )  # fmt: skip


def _tag(look: Look) -> Iterator[ReleaseError]:
    tag, version = look.tag, look.version
    if tag is None or version is None:
        places = [target.name for target in look.project.targets if not target.embedded]
        if places:
            yield ReleaseError(
                f"HEAD has no version tag, and only tagged commits go to {', '.join(places)}", where=look.commit[:12],
                do=command("version", "next"),
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


def _version(look: Look) -> Iterator[ReleaseError]:
    if look.version is None:
        return
    names = {target.name for target in look.project.targets}
    stable = {
        version
        for name, channel in look.history.channels.items()
        for version in map(Version, channel.versions)
        # What other profiles released counts; their development versions are of untagged commits, and stay there.
        if name.endswith("/stable") and (name.rpartition("/")[0] in names or not version.is_devrelease)
    }
    # 1.0 and 1.0.0 are one version to every resolver, and may not be two releases.
    highest = max((version for version in stable if str(version) != str(look.version)), default=None)
    if highest is not None and look.version <= highest:
        yield ReleaseError(
            f"{look.version} is not greater than {highest}, which was released before", where="refs/releases/ledger",
            do=command("version", "next") if look.tag else "release a commit that comes after it, or tag this one",
        )  # fmt: skip


def _changelog(look: Look) -> Iterator[ReleaseError]:
    if look.tag is None or look.version is None:
        return
    name = look.project.config.changelog
    try:
        section = changelog.find(look.project.repository.file(look.commit, name), look.version)
    except GitError:
        yield ReleaseError(f"the commit has no {name}", where=name, do="write it, see https://keepachangelog.com")
        return
    if section is None or not section.entries():
        mark = "## " if name.endswith(".md") else ""
        yield ReleaseError(
            f"{name} has {'no section' if section is None else 'nothing'} for {look.version}", where=name,
            do=f"write what changes for users under '{mark}[{look.version}]', commit, and make the tag anew",
        )  # fmt: skip


def _branch(look: Look) -> Iterator[ReleaseError]:
    repository, config = look.project.repository, look.project.config
    names = [config.branch, *(f"{remote}/{config.branch}" for remote in repository.remotes)]
    known = [name for name in names if repository.maybe("rev-parse", "--verify", "--quiet", f"{name}^{{commit}}")]
    if not any(repository.contains(name, look.commit) for name in known):
        yield ReleaseError(
            f"the branch {config.branch} does not contain the commit", where=look.commit[:12],
            do=f"merge it into {config.branch} first, or set tool.release.branch",
        )  # fmt: skip


def _remote(look: Look) -> Iterator[ReleaseError]:
    repository, config = look.project.repository, look.project.config
    if config.remote is None or config.remote not in repository.remotes:
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


def _disk(look: Look) -> Iterator[ReleaseError]:
    root = look.project.repository.root
    free, needed = shutil.disk_usage(root).free, look.project.config.free_disk
    if free < needed:
        yield ReleaseError(
            f"the disk has {free >> 20} MiB left, a release needs {needed >> 20} MiB", where=str(root),
            do="make room, or set tool.release.free-disk-mib",
        )  # fmt: skip


def _ledger(look: Look) -> Iterator[ReleaseError]:
    """A project that was on a shared index before may go on there, with a ledger that surely is the only one."""
    shared, operation = look.project.config.ledger_remote is not None, look.history.operation
    # A first release that was killed in the middle of a move is known by its intent alone.
    begun = (
        [f"{act['target']}/{act.get('channel')}" for act in operation.acts.values()] if operation is not None else []
    )
    for target in look.project.targets:
        unknown = [name for name in target.channels if f"{target.name}/{name}" not in (*look.history.channels, *begun)]
        for channel in unknown:
            seen = target.look(channel, Listing())
            if seen.serving is None or (shared and seen.match is Match.SAME):
                continue
            yield ReleaseError(
                f"{channel} of {target.name} serves something that the ledger does not know: is this another clone?",
                where="refs/releases/ledger",
                do="bring it here, as docs/runbook.md says under 'The ledger is lost or damaged'"
                + ("" if target.embedded else "; or set tool.release.ledger.remote, if nothing was released before"),
            )
            break


def _targets(look: Look) -> Iterator[ReleaseError]:
    for finding in (finding for target in look.project.targets for finding in target.examine()):
        if not finding.ok:
            yield ReleaseError(finding.said, where=finding.what, do=finding.do)


def _project(look: Look) -> Iterator[ReleaseError]:
    """Gates and locks are asked for once: what has passed the gates has them."""
    operation = look.history.operation
    if operation is not None and operation.commit == look.commit and "gates" in operation.steps:
        return
    for finding in (*prerequisites.noxfile(look.project), *prerequisites.locks(look.project)):
        if not finding.ok:
            yield ReleaseError(f"{finding.what}: {finding.said}", where=finding.what, do=finding.do)


CHECKS: tuple[Callable[[Look], Iterator[ReleaseError]], ...] = (
    _clean_tree,
    _project,
    _full_history,
    _tag,
    _version,
    _targets,
    _ledger,
    _changelog,
    _branch,
    _remote,
    _disk,
)
