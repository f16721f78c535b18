"""Everything that can refuse a release before the first cost. All problems come together, not one a run."""

from __future__ import annotations

import re

from packaging.version import Version

from release.building import scm
from release.checks import CHECKS, Look
from release.commands import command
from release.errors import LockHeld, Refused, ReleaseError
from release.git import Tag
from release.ledger.history import History
from release.ledger.holder import Holder
from release.run import Candidate, Project


def candidate(project: Project, history: History, holder: Holder | None) -> Candidate:
    """The commit at HEAD as a candidate. Refused, with every problem in its way; LockHeld where that is the only one.

    `holder` is who has the lock, as far as is known before it is taken.
    """
    repository = project.repository
    commit = repository.commit()
    problems: list[ReleaseError] = []
    tag, version = _tagged(project, commit, problems)
    if version is None and not problems:
        version = _development_version(project, commit, problems)
    look = Look(project, history, commit, tag, version)
    problems += [problem for check in CHECKS for problem in check(look)]
    if holder is not None and not holder.is_free():
        do = f"wait for it, or see what it does: {command('status')}"
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
        version = scm.version_of(tag.name, prefix)
        if version is not None:
            found.append((tag, version))
        elif re.match(rf"{re.escape(prefix)}v?\d", tag.name):  # it is meant to be one; others are no business of ours
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
                do=f"remove it (git tag --delete {others[0]}) and make the right one: {command('version', 'next')}",
            )
        )  # fmt: skip
    return None, None


def _development_version(project: Project, commit: str, problems: list[ReleaseError]) -> Version | None:
    """What the build will call an untagged commit."""
    try:
        # What differs from the commit is refused anyway, so the date that a dirty tree adds is not of interest.
        version = Version(scm.version(project.repository.root))
    except ReleaseError as error:
        problems.append(error)
        return None
    prefix = project.config.tag_prefix
    tags = [tag.name for tag in project.repository.tags(f"--points-at={commit}") if re.search(r"\d", tag.name)]
    if tags and not (version.is_devrelease or version.is_postrelease or version.local):
        problems.append(
            ReleaseError(
                f"the build takes the tag {tags[0]} at HEAD for the version {version}, whose tag is {prefix}{version}",
                where=f"refs/tags/{tags[0]}",
                do=f"name it {prefix}{version}, or set tool.release.tag-prefix; if it means something else, let "
                "setuptools-scm look for other tags only ([tool.setuptools_scm] git_describe_command, with --match)",
            )
        )  # fmt: skip
    return version
