"""A release, a rollback and an abandonment of a tiny image against a registry that something stands in front of.

What runs is the engine's own pipeline with its own steps that talk to targets, in this process, on a real ledger; only
build, image and gates are replaced, by a step that has the image ready. Both channels serve 0.1.0 before.
"""

from __future__ import annotations

import io
import shutil
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

from release import opening
from release.console import Console
from release.errors import ReleaseError
from release.pipeline import Pipeline
from release.registry.client import Registry
from release.registry.names import ImageRepository
from release.run import Candidate, Project, Run, Step
from release.steps import channel, stage
from release.targets.oci_registry import OciRegistry
from release.verbs import abandon, withdrawal
from release.web import Patience
from tests.sample import Sample, make
from tests.servers import docker_registry, proxy
from tests.servers.docker_registry import DockerRegistry
from tests.servers.proxy import KINDS, Break, Proxy, Seen
from tests.targets.registries import CHUNK, image, plausible

STALL = 0.5
"""Seconds after which a connection that says nothing is given up."""
ALWAYS = ("refuse", "500", "stall")
"""What happens not once only, but from some request on to every one."""
State = dict[str, str | None]
"""What each tag gives."""


@dataclass(frozen=True)
class Fault:
    """What happens to which request."""

    kind: str
    number: int
    for_good: bool = False

    def breaks(self) -> Break:
        """For the proxy."""
        return Break(self.kind, self.number, None if self.for_good else 1)


@dataclass
class Bench:
    """A registry, what stands in front of it, and a clone whose ledger has the releases so far."""

    registry: DockerRegistry
    proxy: Proxy
    folder: Path
    sample: Sample
    """Never changed; each run works on a copy."""
    outcomes: Counter[str] = field(default_factory=Counter)
    _runs: int = 0
    _ready: dict[str, Scene] = field(default_factory=dict)
    """By verb, where it begins; the storage of registries can be copied, since all in it is named by digest."""

    def scene(self, verb: str) -> Scene:
        """A copy of the clone, and a repository of its own in the registry, ready for that verb."""
        self.proxy.plausible = plausible
        self.proxy.rewind()
        ready = self._ready.get(verb)
        if ready is None:
            ready = self._ready[verb] = Scene(
                self, self.sample.copy(self.folder / verb).root, verb.replace(" ", "-"), verb
            )
            ready.prepare()
        self._runs += 1
        name = f"run-{self._runs}"
        shutil.copytree(ready.root, self.folder / name, symlinks=True)
        shutil.copytree(self.registry.repository(ready.name), self.registry.repository(name))
        return replace(ready, root=self.folder / name, name=name)


@dataclass
class Scene:
    """One run of a verb, with what came of it."""

    bench: Bench
    root: Path
    name: str
    verb: str
    before: State = field(default_factory=dict)

    def project(self, host: str) -> Project:
        """The clone, with the registry at `host` as its only target."""
        opened = opening.project(self.root, Console(io.StringIO()))
        patience = Patience(stall=STALL, pause=0.01)
        registry = Registry(ImageRepository(host, self.name), "images", patience=patience, chunk=CHUNK)
        return replace(opened, targets=(OciRegistry("images", registry),))

    def prepare(self) -> None:
        """Bring the registry to where the verb begins."""
        direct = self.project(self.bench.registry.host)
        _release(direct, "0.1.0", upto="canary" if self.verb == "abandon the first" else "stable")
        if self.verb == "rollback":
            _release(direct, "0.2.0")
        if self.verb == "abandon":
            _release(direct, "0.2.0", upto="canary")
        self.before = self.state()

    def run(self, host: str) -> None:
        """Do it."""
        project = self.project(host)
        VERBS[self.verb](project)

    def state(self) -> State:
        """What each tag gives, asked without anything in between."""
        (target,) = self.project(self.bench.registry.host).targets
        return {tag: target.serving(tag) for tag in ("0.1.0", "0.2.0", "canary", "stable")}

    def try_with(self, fault: Fault, after: State) -> str:
        """Run with a fault, then without. Returns what came of the first run; fails where that is not allowed."""
        self.bench.proxy.rewind(fault.breaks())
        error = self._error()
        happened = self.bench.proxy.happened()
        self.bench.proxy.rewind()
        if error is not None:
            assert error.exit_code in {6, 7, 10}, f"{fault}: {error}"
            assert error.do, f"{fault}: nothing to do is said: {error}"
            for tag, digest in self.state().items():
                # What goes wrong for good may begin after a channel was moved, and recorded as moved.
                allowed = {self.before[tag], after[tag]} if fault.for_good else {self.before[tag]}
                assert digest in allowed, f"{fault}: {tag} gives {digest}\n{error}"
            self.run(self.bench.proxy.address)
        assert after == self.state(), str(fault)
        assert self.finished(), str(fault)
        outcome = f"stopped with {error.exit_code}" if error else "complete" if happened else "nothing to break"
        self.bench.outcomes[f"{'for good' if fault.for_good else 'once'}: {outcome}"] += 1
        shutil.rmtree(self.root)
        shutil.rmtree(self.bench.registry.repository(self.name))
        return outcome

    def _error(self) -> ReleaseError | None:
        try:
            self.run(self.bench.proxy.address)
        except ReleaseError as error:
            return error
        return None

    def finished(self) -> bool:
        """Whether the ledger says that nothing is under way."""
        return opening.history(self.project(self.bench.registry.host)).operation is None


@contextmanager
def ready(folder: Path, cache: Path) -> Iterator[Bench]:
    """Debian's docker-registry, the proxy before it, and a clone with two tags and no release yet."""
    sample = make(folder / "sample", cache)
    sample.git("config", "user.name", "Ada")
    sample.git("config", "user.email", "ada@example.org")
    for version in ("0.1.0", "0.2.0"):
        sample.tag(version)
    with docker_registry.serve(folder / "registry") as registry, proxy.serve("127.0.0.1", registry.port) as between:
        yield Bench(registry, between, folder, sample)


def undisturbed(bench: Bench, verb: str) -> tuple[list[Seen], State]:
    """The requests that the verb takes, and where it leads."""
    scene = bench.scene(verb)
    scene.run(bench.proxy.address)
    seen, after = sorted(bench.proxy.seen, key=lambda one: one.number), scene.state()
    assert scene.finished()
    return seen, after


def faults(seen: Sequence[Seen]) -> list[Fault]:
    """Every kind at every request that it can happen to, once; and some, from every request on, for good."""
    once = [Fault(kind, one.number) for kind in KINDS for one in seen if _can(kind, one)]
    return once + [Fault(kind, one.number, for_good=True) for kind in ALWAYS for one in seen]


def _can(kind: str, one: Seen) -> bool:
    return bool({"reset": one.sent, "truncate": one.got, "garble": one.got}.get(kind, True))


def _release(project: Project, version: str, upto: str = "stable") -> None:
    with opening.locked(project, f"release {version}") as (claim, history):
        commit = project.repository.reference(f"refs/tags/v{version}^{{commit}}")
        tag_object = project.repository.reference(f"refs/tags/v{version}")
        run = Run(project, Candidate(version, str(commit), 1, f"v{version}", tag_object), history)
        pipeline = Pipeline(claim, run)
        if history.operation is None:
            pipeline.begin("release")
        channels = ("canary", "stable") if upto == "stable" else ("canary",)
        shown = [step for one in channels for step in (channel.step(one), _proof(one))]
        pipeline.run((Step("image", "take the image", "the image is there", work=_image), stage.STEP, *shown))
        if upto == "stable":
            pipeline.finish(f"{version} is released")


def _image(run: Run) -> dict[str, list[object]]:
    made = image(run.project.workspace.image(run.candidate.version), run.candidate.version)
    return {"artifacts": [made.to_json()]}


def _proof(name: str) -> Step:
    return Step(f"verify {name}", f"pull it from {name}", f"{name} gives it", work=lambda run: _pulled(run, name))


def _pulled(run: Run, name: str) -> dict[str, object]:
    """Pull it from the channel as the engine's proof does, without starting it: it holds no program."""
    for target in run.project.targets:
        with run.project.workspace.temporary("verify") as folder:
            target.obtain(name, run.listed(), folder, pinned=False)
    return {}


VERBS: dict[str, Callable[[Project], object]] = {
    "release": lambda project: _release(project, "0.2.0"),
    "rollback": lambda project: withdrawal.rollback(project, to=None, reason="it is bad", dry_run=False),
    "abandon": lambda project: abandon.abandon(project, reason="it is bad"),
    "abandon the first": lambda project: abandon.abandon(project, reason="it is bad"),  # then canary serves nothing
}
