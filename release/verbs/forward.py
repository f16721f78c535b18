"""Rolling forward: an earlier release's tree goes out again under a higher version, where nothing can be taken back."""

from __future__ import annotations

from collections.abc import Mapping

from packaging.version import Version

from release import opening
from release.errors import NotEligible
from release.history import History, Release
from release.model import Json
from release.pipeline import FORWARD, Pipeline
from release.run import Candidate, Project, Run
from release.verbs import version


def is_due(history: History) -> bool:
    """Whether one is under way, or called for by a rollback that is finished."""
    operation = history.operation
    return operation.verb == "forward" if operation is not None else history.owed is not None


def roll_forward(project: Project) -> None:
    """Do what is due, from wherever an earlier run stopped."""
    with opening.locked(project, "roll forward") as (claim, history):
        if not is_due(history):
            raise NotEligible("nothing is to be rolled forward", where="refs/releases/ledger", do="nox -s status")
        operation, owed = history.operation, history.owed or {}
        if operation is not None:
            data = operation.data
            candidate = Candidate(operation.version, operation.commit, data["epoch"], data["tag"], data["tag_object"])
        else:
            candidate = _candidate(project, history, owed)
        run = Run(project, candidate, history)
        pipeline = Pipeline(claim, run)
        if operation is None:
            project.console.say(f"{', '.join(owed['targets'])} can't go back: {owed['version']} goes out again")
            pipeline.begin(
                "forward", reason=owed["reason"], like=owed["version"], tree=_tree(project, candidate.commit)
            )
        project.console.say(f"roll forward to {candidate.version}, the tree of {run.operation.data['like']}")
        pipeline.run(FORWARD)
        like = run.operation.data["like"]
        pipeline.finish(f"Rolled forward: stable serves {candidate.version}, which is {like} again")
    project.console.say(f"\nstable serves {candidate.version}, which is {like} again")
    for target in project.targets:
        project.console.say(f"  {target.name}: {target.address('stable')}")
    project.console.say(
        f"before the next release: git merge --strategy=ours {candidate.tag} (so that its version comes after this one)"
    )


def following(project: Project, history: History) -> Version:
    """The next patch version after every one that was tagged or released."""
    highest = max(version.last(project) or Version("0"), *(Version(known) for known in history.releases))
    return Version(f"{highest.major}.{highest.minor}.{highest.micro + 1}")


def _candidate(project: Project, history: History, owed: Mapping[str, Json]) -> Candidate:
    """A commit with the earlier release's tree, and its tag; those that a killed run has made are found again."""
    repository, known = project.repository, history.releases[str(owed["version"])]
    highest = version.last(project)
    if highest is not None and str(highest) not in history.releases:
        found = repository.reference(f"refs/tags/{project.config.tag_prefix}{highest}")
        if found is not None and repository.commit(found) == _again(project, known, highest):
            return _tagged(project, known, highest, found)
    number = following(project, history)
    name = f"{project.config.tag_prefix}{number}"
    message = f"{project.config.project} {number}: {known.version} again\n\n{owed['reason']}"
    repository.git("tag", "--annotate", "--message", message, name, _again(project, known, number))
    return _tagged(project, known, number, repository.reference(f"refs/tags/{name}"))


def _tagged(project: Project, known: Release, number: Version, tag_object: str | None) -> Candidate:
    epoch = project.repository.epoch(known.commit)
    tag = f"{project.config.tag_prefix}{number}"
    return Candidate(str(number), _again(project, known, number), epoch, tag, tag_object)


def _again(project: Project, known: Release, number: Version) -> str:
    """A commit after the earlier release's, with its tree and its time; always with the same id, so it is made once."""
    repository = project.repository
    who = f"release <release@localhost> {repository.epoch(known.commit)} +0000"
    head = f"tree {_tree(project, known.commit)}\nparent {known.commit}\nauthor {who}\ncommitter {who}\n"
    return repository.store("commit", f"{head}\n{known.version} again, as {number}\n".encode())


def _tree(project: Project, commit: str) -> str:
    return project.repository.git("rev-parse", f"{commit}^{{tree}}")
