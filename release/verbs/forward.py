"""Rolling forward: an earlier release's tree goes out again under a higher version, where nothing can be taken back."""

from __future__ import annotations

from packaging.version import Version

from release import opening
from release.commands import command
from release.errors import NotEligible
from release.ledger.history import History, Release
from release.ledger.lock import Claim
from release.ledger.operation import Owed
from release.pipeline import FORWARD, Pipeline
from release.run import Candidate, Project, Run, remaining
from release.verbs import version


def is_due(history: History) -> bool:
    """Whether one is under way, or called for by a rollback that is finished."""
    operation = history.operation
    if operation is None:
        return history.owed is not None
    return operation.verb == "forward" and not operation.abandoning


def like(history: History) -> str:
    """The release that is to go out again."""
    if history.operation is not None:
        return str(history.operation.data["like"])
    return history.owed.version if history.owed is not None else ""


def roll_forward(project: Project, *, dry_run: bool = False) -> None:
    """Do what is due, from wherever an earlier run stopped; or show it."""
    if dry_run:
        _plan(project, opening.history(project))
        return
    with opening.locked(project, "roll forward") as (claim, history):
        candidate = _begin_or_resume(claim, project, history)
        pipeline, again = Pipeline(claim, Run(project, candidate, history)), like(history)
        project.console.say(f"roll forward to {candidate.version}, the tree of {again}")
        pipeline.run(FORWARD)
        pipeline.finish(f"Rolled forward: stable serves {candidate.version}, which is {again} again")
    project.console.say(f"\nstable serves {candidate.version}, which is {again} again")
    for target in project.targets:
        project.console.say(f"  {target.name}: {target.address('stable')}")
    project.console.say(
        f"before the next release: git merge --strategy=ours {candidate.tag} (so that its version comes after this one)"
    )


def _begin_or_resume(claim: Claim, project: Project, history: History) -> Candidate:
    operation, owed = history.operation, history.owed
    if operation is not None and is_due(history):
        return Candidate.resumed(operation)
    if operation is not None or owed is None:
        raise NotEligible("nothing is to be rolled forward", where="refs/releases/ledger", do=command("status"))
    candidate = _candidate(project, history, owed)
    project.console.say(f"{', '.join(owed.targets)} can't go back: {owed.version} goes out again")
    tree = _tree(project, candidate.commit)
    Pipeline(claim, Run(project, candidate, history)).begin("forward", reason=owed.reason, like=owed.version, tree=tree)
    return candidate


def _plan(project: Project, history: History) -> None:
    """The steps that are left, in words."""
    say, operation, owed = project.console.say, history.operation, history.owed
    if operation is not None:
        candidate = Candidate.resumed(operation)
        say(f"roll forward to {candidate.version}, the tree of {like(history)}, would go on:")
        _say_steps(Run(project, candidate, history))
    elif owed is not None:
        known = history.releases[owed.version]
        number = _next(project, history, known)[0]
        say(f"{', '.join(owed.targets)} can't go back: would release {owed.version} again as {number}:")
        _say_steps(Run(project, Candidate.of(known, project.repository), history))


def _say_steps(run: Run) -> None:
    for step in remaining(run, FORWARD):
        run.project.console.say(f"  would {step.title}")


def following(project: Project, history: History) -> Version:
    """The next patch version after every one that was tagged or released."""
    highest = max(version.last(project) or Version("0"), *(Version(known) for known in history.releases))
    return Version(f"{highest.epoch}!{highest.major}.{highest.minor}.{highest.micro + 1}")


def _next(project: Project, history: History, known: Release) -> tuple[Version, str | None]:
    """The version that it goes out again as; and its tag, where a killed run has made that, which is found again."""
    highest = version.last(project)
    if highest is not None and str(highest) not in history.releases:
        found = project.repository.reference(f"refs/tags/{project.config.tag_prefix}{highest}")
        if found is not None and project.repository.commit(found) == _again(project, known, highest):
            return highest, found
    return following(project, history), None


def _candidate(project: Project, history: History, owed: Owed) -> Candidate:
    """A commit with the earlier release's tree, and its tag."""
    repository, known = project.repository, history.releases[owed.version]
    number, found = _next(project, history, known)
    if found is None:
        name = f"{project.config.tag_prefix}{number}"
        message = f"{project.config.project} {number}: {known.version} again\n\n{owed.reason}"
        repository.git("tag", "--annotate", "--message", message, name, _again(project, known, number))
        found = repository.reference(f"refs/tags/{name}")
    return _tagged(project, known, number, found)


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
