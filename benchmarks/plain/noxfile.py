"""A release without an engine: the same tools, one after the other, as a team would write them down.

Nothing is recorded, locked or taken up again: it works as long as nobody interrupts it. It builds the image with the
engine's builder, so that what is compared is the rest.
"""

from __future__ import annotations

import hashlib
import shutil
from pathlib import Path

import nox

nox.options.default_venv_backend = "uv|virtualenv"
OUT = Path.cwd() / "out"
PROJECT, COMMAND = "sample-project", "sample"


@nox.session(reuse_venv=True)
def release(session: nox.Session) -> None:
    """Build, check and publish the tag at HEAD, to canary and then to stable."""
    session.install("--require-hashes", "-r", "requirements/release.txt")
    tag = output(session, "git", "describe", "--exact-match")
    version, work = tag.removeprefix("v"), OUT / "work"
    shutil.rmtree(work, ignore_errors=True)
    epoch = output(session, "git", "log", "-1", "--format=%ct", tag)
    sdist, wheel = build(session, tag, epoch, work / "first")
    again = build(session, tag, epoch, work / "second")[1]
    if digest(wheel) != digest(again):
        session.error("two builds of the same tag differ")
    session.run("twine", "check", "--strict", sdist, wheel)
    source = work / "first" / "source"
    gates = ("nox", "--noxfile", source / "noxfile.py", "--parallel", "2", "--session", "quick", "slow")
    session.run(*gates, env={"RELEASE_WHEEL": str(wheel)})
    image = ("python", "container.py")
    session.run(*image, "build", version, output(session, "git", "rev-parse", tag), epoch, wheel, work / "image")
    session.run(*image, "smoke", version, work / "image", work / "rootfs", source)
    for channel in ("canary", "stable"):
        publish(channel, version, [sdist, wheel], work / "image")
        verify(session, channel, version, source, wheel)


def output(session: nox.Session, *command: str) -> str:
    """What a command prints."""
    return str(session.run(*command, silent=True, external=True)).strip()


def build(session: nox.Session, tag: str, epoch: str, folder: Path) -> list[Path]:
    """The sdist and the wheel of a clean clone."""
    source, dist = folder / "source", folder / "dist"
    clone = ("git", "clone", "--quiet", "-c", "advice.detachedHead=false", "--branch", tag, ".", source)
    session.run(*clone, external=True)
    session.run(
        "python",
        "-m",
        "build",
        "--no-isolation",
        "--outdir",
        dist,
        source,
        env={"SOURCE_DATE_EPOCH": epoch},
        silent=True,
    )
    return sorted(dist.iterdir(), key=lambda path: path.suffix == ".whl")


def publish(channel: str, version: str, files: list[Path], image: Path) -> None:
    """Copy the files into a hand-made index (PEP 503), and the image beside it."""
    page = OUT / "index" / channel / PROJECT
    page.mkdir(parents=True, exist_ok=True)
    for path in files:
        shutil.copy(path, page)
    links = (f'<a href="{path.name}#sha256={digest(path)}">{path.name}</a><br>\n' for path in sorted(page.glob("*-*")))
    (page / "index.html").write_text(f"<!DOCTYPE html><title>{PROJECT}</title>\n{''.join(links)}")
    shutil.copytree(image, OUT / "images" / channel / version, dirs_exist_ok=True)


def verify(session: nox.Session, channel: str, version: str, source: Path, wheel: Path) -> None:
    """Get both from the channel as a user does, install them and run them."""
    folder = OUT / "work" / f"verify-{channel}"
    index = f"{(OUT / 'index' / channel).as_uri()}/"
    options = ("--no-deps", "--no-cache-dir", "--disable-pip-version-check", "--quiet", "--only-binary=:all:")
    session.run("python", "-m", "pip", "download", *options, "--index-url", index, "--dest", folder, PROJECT)
    got = next(folder.glob("*.whl"))
    if digest(got) != digest(wheel):
        session.error(f"{channel} gives {got.name} with other bytes")
    session.run("uv", "venv", "--quiet", folder / "env", external=True)
    python = folder / "env" / "bin" / "python"
    session.run("uv", "pip", "install", "--quiet", "--no-cache", "--no-deps", "--python", python, got, external=True)
    session.run("python", source / "smoke.py", version, python.with_name(COMMAND))
    layout = OUT / "images" / channel / version
    session.run("python", "container.py", "smoke", version, layout, folder / "rootfs", source)


def digest(path: Path) -> str:
    """Its sha256."""
    return hashlib.sha256(path.read_bytes()).hexdigest()
