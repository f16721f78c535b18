"""The whole job, as lists to be read from top to bottom, and the loop that runs them: the only writer of the ledger.

Order around every outside act: ask what is there, append the intent, act, ask again, append the outcome. So a run that
is killed anywhere can be run again, and does nothing twice.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import asdict

from release.acts import Act, Point
from release.errors import LockHeld, ReleaseError, TargetFailed, VerifyFailed, of_system
from release.ledger.fold import fold
from release.ledger.lock import Claim
from release.ledger.operation import Verb
from release.model import Json, WayBack
from release.rollback.recall import intended, undoing
from release.run import Run, Step
from release.steps import attest, build, channel, gates, image, same, stage, tag, verify

PUBLISH: tuple[Step, ...] = (
    build.STEP,  # once, from a clean export, and again to prove that it can be repeated
    image.STEP,  # holds that wheel
    gates.STEP,  # test that wheel
    attest.STEP,  # say whose build it is, where an index takes that
    stage.STEP,  # from here on the outside changes: bytes that no channel shows
    verify.STAGED,  # where there is no canary: after this comes stable, which may be for good
    channel.step("canary"),
    verify.step("canary"),
)

RELEASE: tuple[Step, ...] = (
    *PUBLISH,
    channel.step("stable"),
    verify.step("stable"),
    tag.STEP,  # last, for it can't be taken back
)


FORWARD: tuple[Step, ...] = (
    build.STEP,
    same.STEP,  # as the release whose tree it is
    *RELEASE[1:],
)


class Pipeline:
    """Runs steps under the lock and records them."""

    def __init__(self, claim: Claim, run: Run) -> None:
        """The lock, and the operation's context, whose history is kept up to date."""
        self._claim = claim
        self._run = run

    def begin(self, verb: Verb, *, reason: str = "", **data: Json) -> None:
        """Record that an operation on the candidate begins."""
        candidate, by = self._run.candidate, f"{self._claim.who} on {self._claim.host}"
        sentence = f"{_subject(verb, candidate.version)} begins, by {by}{reason and f': {reason}'}"
        profile = self._run.project.config.profile
        body = {**asdict(candidate), "verb": verb, "by": by, "reason": reason, "profile": profile, **data}
        self._append("operation.started", sentence, body)

    def finish(self, sentence: str) -> None:
        """Record that the operation under way has reached its end; the sentence says what is true now."""
        run = self._run
        targets = [target.name for target in run.project.targets]
        data = {"operation": run.operation.number, "version": run.candidate.version, "targets": targets}
        self._append("operation.finished", sentence, data)

    def give_up(self, reason: str) -> None:
        """Record that the operation under way is to be taken back; until that is done nothing else may begin."""
        operation = self._run.operation
        data = {"operation": operation.number, "reason": reason}
        self._append("operation.abandoning", f"{self._subject()} is given up: {reason}", data)

    def close(self, why: str) -> None:
        """Record that the operation under way will not be finished."""
        operation = self._run.operation
        self._append("operation.closed", f"{self._subject()} is closed: {why}", {"operation": operation.number})

    def settle(self, recall: Callable[[Run, str], Act | None] | None = None) -> None:
        """Find out of each act that was intended, and has no outcome, whether it happened, and record it if so.

        `recall` makes the act of a key, or None where it needs no settling; without it those on channels are settled.
        """
        for key in self._run.operation.pending():
            act = (recall or intended)(self._run, key)
            if act is not None and act.is_done():
                self._record(act)

    def _append(self, kind: str, sentence: str, data: Mapping[str, Json]) -> None:
        """Add an event to the ledger and to the history; for the methods of this class."""
        event = self._claim.append(kind, sentence, data)
        fold([event], self._run.history)

    def run(self, steps: Sequence[Step]) -> None:
        """Run the steps in order; those that are recorded as done, and still true, are left out."""
        if self._claim.former is not None:
            former = str(self._claim.former)
            sentence = f"{self._claim.who} on {self._claim.host} took over the lock of {former}"
            self._append("lock.taken", sentence, {"from": former})
        for key in [key for key in self._run.operation.pending() if key.startswith("undo ")]:
            self._take_back(key.removeprefix("undo "))
        for step in steps:
            with self._stopping_at(step):
                self._run_step(step)

    def _run_step(self, step: Step) -> None:
        run, console = self._run, self._run.project.console
        if step.name in run.operation.steps and step.holds(run):
            console.say(f"  ✓ {step.title}: done before")
            return
        reason = step.skip(run)
        if reason is not None:
            console.say(f"  - {step.title}: skipped, {reason}")
            return
        with console.step(step.title):
            outcome = step.work(run)
            acts = step.acts(run)
            with self._together(acts) if step.together else nullcontext():
                for act in acts:
                    self.perform(act)
            data = {"operation": run.operation.number, "step": step.name, "outcome": outcome}
            self._append("step.done", f"{self._subject()}: {step.past}", data)

    def perform(self, act: Act) -> None:
        """Do one act, unless it is done: ask, intend, act, ask again, record."""
        operation = self._run.operation
        if act.key in operation.done:
            return
        done = act.is_done()
        if act.key not in operation.acts:
            data = {"operation": operation.number, "key": act.key, "act": act.to_json()}
            self._append("act.intended", f"{self._subject()}: will {act.sentence}", data)
        if not done:
            self._do(act)
        self._record(act)
        self._run.project.console.say(f"    {act.sentence}")

    def _do(self, act: Act) -> None:
        """What a target says of an act is one thing; whether it has happened is found out by asking."""
        try:
            act.do(self._claim.fence)
        except TargetFailed:
            if not _happened(act):
                raise
            return
        if not act.is_done():
            raise VerifyFailed(
                f"the target answers as if this had not happened: {act.sentence}", where=act.key,
                do="run the command again; if it stays so, look at the target by hand",
            )  # fmt: skip

    @contextmanager
    def _together(self, acts: Sequence[Act]) -> Iterator[None]:
        """Where an act of the step fails, every channel that it had moved goes back, and users see nothing of it."""
        before = len(self._run.operation.done)
        try:
            yield
        except LockHeld:
            raise  # who has lost the lock changes nothing more
        except ReleaseError as error:
            for key in reversed(self._run.operation.done[before:]):
                if self._run.operation.acts[key]["verb"] == "point":
                    self._back_again(key, error)
            error.add(_whereabouts([act for act in acts if isinstance(act, Point)]))
            raise

    def _back_again(self, key: str, error: ReleaseError) -> None:
        point = intended(self._run, key)
        if point is not None and point.target.way_back is WayBack.ROLL_FORWARD:
            error.add(f"{point.past} already, which can't be taken back")
            return
        try:
            self._take_back(key)
        except ReleaseError as other:
            error.add(
                f"{self._run.operation.acts[key]['channel']} could not be taken back either ({key}): {other.what}"
            )

    def _take_back(self, key: str) -> None:
        """Undo a finished act on a channel; then it counts as never done."""
        self.perform(undoing(self._run, key))

    def _record(self, act: Act) -> None:
        data = {"operation": self._run.operation.number, "key": act.key}
        self._append("act.done", f"{self._subject()}: {act.past}", data)

    @contextmanager
    def _stopping_at(self, step: Step) -> Iterator[None]:
        try:
            try:
                yield
            except OSError as error:
                raise of_system(error, step.name) from error
        except ReleaseError as error:
            operation = self._run.operation
            what = error.what.splitlines()[0]
            data = {"operation": operation.number, "step": step.name, "what": error.what, "evidence": error.evidence}
            self._append("step.failed", f"{self._subject()}: stopped at {step.name}: {what}", data)
            raise

    def _subject(self) -> str:
        return _subject(self._run.operation.verb, self._run.operation.version)


def _subject(verb: Verb, version: str) -> str:
    words = {"rollback": "Rollback to", "promote": "Promote of", "forward": "Roll-forward to"}
    return f"{words.get(verb, verb.capitalize())} {version}"


def _whereabouts(points: Sequence[Point]) -> str:
    """What users of each of these channels have, after a move that failed: asked, not assumed."""
    known: dict[str, list[str]] = {}
    for point in points:
        try:
            serving = point.target.serving(point.channel)
            how = "as it was before" if serving == point.before else "not as it was before"
        except ReleaseError:
            how = "not to be asked now"
        known.setdefault(how, []).append(f"{point.channel} of {point.target.name}")
    return "; ".join(f"{' and '.join(places)}: {how}" for how, places in known.items())


def _happened(act: Act) -> bool:
    try:
        return act.is_done()
    except TargetFailed:
        return False  # the first error says more
