"""An image pushed to Debian's docker-registry by the engine's client, beside skopeo with the same image.

Each as a whole process, without a login, into a repository of its own; `inside` is the engine's push alone, as in a
release, where Python has started long ago. `first` is an empty repository, `next` one that
has the release before, of which only the wheel, the config and the manifest are others.
"""

from __future__ import annotations

import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

from benchmarks.measure import Figure, Taken, ratio, rounds, take
from benchmarks.whole import Bench
from release.oci.layout import Layout
from tests.sample import Sample
from tests.servers import docker_registry
from tests.servers.docker_registry import DockerRegistry

_PUSH = """
import sys
import time
from pathlib import Path
from release.oci.layout import Layout
from release.registry.client import Registry
from release.registry.names import ImageRepository
from release.registry.transfer import push
folder, digest, place, tag = sys.argv[1:]
begun = time.monotonic()
registry = Registry(ImageRepository.parse(place), "bench")
registry.place(tag, push(registry, Layout(Path(folder)), digest, lambda: None), lambda: None, moves=False)
print(time.monotonic() - begun)
"""


def measure(bench: Bench, runs: int) -> Iterator[Figure]:
    """Up to `runs` times in turns."""
    first, other_first = Figure("push, first: engine"), Figure("push, first: skopeo")
    following, other_following = Figure("push, next: engine"), Figure("push, next: skopeo")
    inside, inside_next = Figure("push, first: engine, inside"), Figure("push, next: engine, inside")
    figures = (first, inside, other_first, following, inside_next, other_following)
    if not docker_registry.is_there() or shutil.which("skopeo") is None:
        first.note = "needs docker-registry, htpasswd and skopeo: apt-get install docker-registry apache2-utils skopeo"
        yield from figures
        return
    made = bench.project("1.0.0")
    images = [_image(bench, made, f"1.{number}.0") for number in range(2)]
    with docker_registry.serve(bench.folder / "registry") as registry:
        for number in rounds(runs, 60):
            for image, (engine, alone, skopeo) in zip(images, (figures[:3], figures[3:]), strict=True):
                taken = _engine(bench, made, image, f"{registry.host}/engine/{number}")
                engine.add(taken)
                alone.values.append(float(taken.output.splitlines()[-1]))
                skopeo.add(_skopeo(bench, made, image, f"{registry.host}/skopeo/{number}"))
        _compare(registry, images)
    yield from figures
    yield ratio("engine, inside / skopeo, first", inside, other_first)
    yield ratio("engine, inside / skopeo, next", inside_next, other_following)


def _image(bench: Bench, made: Sample, version: str) -> Path:
    """A layout with the image of that version."""
    if version != "1.0.0":
        made.tag(version)
    bench.engine(made, "container")
    return (made.root / "dist" / "image").rename(bench.folder / f"pushed-{version}")


def _only(image: Path) -> tuple[str, str]:
    """Tag and digest of the one image in a layout."""
    ((tag, descriptor),) = Layout(image).names().items()
    return tag, descriptor.digest


def _engine(bench: Bench, made: Sample, image: Path, place: str) -> Taken:
    tag, digest = _only(image)
    return take([sys.executable, "-c", _PUSH, image, digest, place, tag], made.root, bench.environment(made))


def _skopeo(bench: Bench, made: Sample, image: Path, place: str) -> Taken:
    tag, _ = _only(image)
    words = ["copy", "--quiet", "--preserve-digests", "--dest-tls-verify=false", f"oci:{image}:{tag}"]
    return take(["skopeo", *words, f"docker://{place}:{tag}"], made.root, bench.environment(made))


def _compare(registry: DockerRegistry, images: list[Path]) -> None:
    """Both have brought the same bytes: what was not pushed was not measured."""
    for tool in ("engine", "skopeo"):
        for image in images:
            tag, digest = _only(image)
            link = registry.repository(f"{tool}/0") / "_manifests" / "tags" / tag / "current" / "link"
            if link.read_text() != digest:
                raise RuntimeError(f"{tool} pushed {link.read_text()} as {tag}, and not {digest}")
