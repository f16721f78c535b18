"""The image by the built-in builder, beside buildah with an equivalent Containerfile.

Same Debian packages, same wheel, no shell, an ordinary user, an OCI layout at the end. buildah gets the packages
unpacked into its context, whole, where the built-in builder leaves out manuals and the like. Neither pulls a base.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from benchmarks.measure import Figure, Taken, ratio, rounds, take
from benchmarks.whole import Bench
from release.images import debian
from tests.sample import Sample

_CONTAINERFILE = """\
FROM scratch
COPY base/ /
COPY app/ /
LABEL org.opencontainers.image.title=sample-project
USER 65532:65532
ENTRYPOINT ["/usr/bin/python3.11", "-c", "import sys, sample; sys.exit(sample.main())"]
"""
_BASE = """\
set -e
context=$1 state=$2
shift 2
mkdir -p "$state/lists/partial" "$state/archives/partial" "$state/debs" "$context/base/usr/lib64"
touch "$state/status"
set -- -o Dir::State="$state" -o Dir::State::status="$state/status" -o Dir::Cache="$state" \
  -o Acquire::Languages=none -o APT::Sandbox::User=root -- "$@"
options=
while [ "$1" != -- ]; do options="$options $1"; shift; done
shift
apt-get -qq $options update
cd "$state/debs"
apt-get -qq $options download "$@"
for name in bin sbin lib lib64; do
  mkdir -p "$context/base/usr/$name"
  ln -s "usr/$name" "$context/base/$name"
done
for deb in *.deb; do dpkg-deb -x "$deb" "$context/base"; done
"""


def measure(bench: Bench, runs: int) -> Iterator[Figure]:
    """Cold and warm, in turns; warm is with another wheel, as in the next release."""
    made = bench.project("1.0.0")
    wheels = [_wheel(bench, made, number) for number in range(runs + 1)]
    cold, warm = Figure("image, cold: built in", 6.0), Figure("image, warm: built in", 1.0)
    other_cold, other_warm = Figure("image, cold: buildah"), Figure("image, warm: buildah")
    note = "" if shutil.which("buildah") else "buildah is not installed: apt-get install buildah"
    for number in rounds(runs, 50):
        bench.forget_images()
        cold.add(_built_in(bench, made, wheels[0]))
        if not note:
            note = _buildah(bench, made, wheels[0], other_cold, anew=True)
        warm.add(_built_in(bench, made, wheels[number + 1]))
        if not note:
            note = _buildah(bench, made, wheels[number + 1], other_warm, anew=False)
    other_cold.note = other_warm.note = note
    for layout in (bench.folder / "built-in", *([] if note else [bench.folder / "buildah" / "layout"])):
        _prove(bench, made, wheels[len(warm.values)], layout)
    yield from (cold, other_cold, warm, other_warm)
    if not note:
        yield ratio("built in / buildah, cold", cold, other_cold)
        yield ratio("built in / buildah, warm", warm, other_warm)


def _prove(bench: Bench, made: Sample, wheel: Path, layout: Path) -> None:
    """Run the image's program: what does not work was not built."""
    words = (wheel.name.split("-")[1], layout, layout.with_name(f"{layout.name}-rootfs"), made.root)
    take([sys.executable, "container.py", "smoke", *words], made.root, bench.environment(made))


def _wheel(bench: Bench, made: Sample, number: int) -> Path:
    out = bench.folder / "wheels" / str(number)
    if number:
        made.tag(f"1.{number}.0")
    bench.engine(made, "build", "--out", str(out))
    return next(out.glob("*.whl"))


def _built_in(bench: Bench, made: Sample, wheel: Path) -> Taken:
    layout = bench.folder / "built-in"
    shutil.rmtree(layout, ignore_errors=True)
    words = (wheel.name.split("-")[1], "0" * 40, "1700000000", wheel, layout)
    return take([sys.executable, "container.py", "build", *words], made.root, bench.environment(made))


def _buildah(bench: Bench, made: Sample, wheel: Path, figure: Figure, *, anew: bool) -> str:
    """Build it, from nothing or with the base and its layer there. Why it can't be done, or nothing."""
    folder, context = bench.folder / "buildah", bench.folder / "buildah" / "context"
    driver = os.environ.get("STORAGE_DRIVER", "overlay" if os.geteuid() == 0 else "vfs")
    storage = ["--root", str(folder / "storage"), "--runroot", str(folder / "run"), "--storage-driver", driver]
    if anew:
        subprocess.run(["buildah", *storage, "rmi", "--all", "--force"], capture_output=True, check=False)
        shutil.rmtree(folder, ignore_errors=True)
    context.mkdir(parents=True, exist_ok=True)
    (context / "Containerfile").write_text(_CONTAINERFILE)
    library = context / "app" / "usr" / "local" / "lib" / "python3.11" / "dist-packages"
    shutil.rmtree(context / "app", ignore_errors=True)
    shutil.rmtree(folder / "layout", ignore_errors=True)
    packages = debian.default_packages("3.11")
    install: list[str | Path] = ["-m", "pip", "install", "--quiet", "--no-deps", "--no-compile", "--target", library]
    image = ["--format", "oci", "--layers", "--isolation", "chroot", "--timestamp", "1700000000", "--tag", "sample"]
    commands: list[list[str | Path]] = [
        [sys.executable, *install, wheel],
        ["buildah", *storage, "build", *image, context],
        ["buildah", *storage, "push", "--quiet", "sample", f"oci:{folder / 'layout'}:sample"],
    ]
    if anew:
        commands.insert(0, ["sh", "-c", _BASE, "sh", context, folder / "apt", *packages])
    try:
        taken = [take(command, made.root, bench.environment(made)) for command in commands]
    except RuntimeError as error:
        return f"can't be measured here: {str(error).strip().splitlines()[-1][:100]}"
    figure.add(Taken(sum(one.seconds for one in taken), sum(one.cpu for one in taken)))
    return ""
