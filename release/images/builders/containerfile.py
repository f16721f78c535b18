"""Builds a Containerfile by an engine, in a clean folder, and takes what the engine made into our layout."""

from __future__ import annotations

import re
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import nullcontext
from pathlib import Path

from release.errors import ConfigError
from release.images import adoption
from release.images.bases import Base, fetch_base, read_base
from release.images.engines import Engine, removing
from release.images.manifest import BuiltImage, ImageSpec
from release.images.platforms import here
from release.oci import archive
from release.oci.layout import Image, Layout

LOCK = "requirements.txt"
"""The name of the runtime lock in the build's context; the file is always there, and may be empty."""
_INSTRUCTION = re.compile(r"\s*(?P<name>[A-Za-z]+)\s+(?P<rest>.*)")
_DIRECTIVE = re.compile(r"#\s*syntax\s*=\s*(?P<image>\S+)")
_PINNED = re.compile(r"@sha256:[0-9a-f]{64}$")


class ContainerfileBuilder:
    """A builder (`release.images.builders.Builder`) on top of an engine."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def __call__(self, spec: ImageSpec, wheel: Path, layout: Path, cache: Path) -> BuiltImage:
        if spec.containerfile is None or not spec.containerfile.is_file():
            do = 'write it, see docs/images.md, or use builder = "builtin"'
            raise ConfigError("there is no Containerfile", where=str(spec.containerfile), do=do)
        check_pins(spec.containerfile, has_base=bool(spec.base))
        cache.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=".build-", dir=cache) as folder:
            work = Path(folder)
            base, name = self._base(spec, work) if spec.base else (None, "")
            context = self._context(spec, wheel, work / "context")
            arguments = {
                "WHEEL": wheel.name, "VERSION": spec.version, "REVISION": spec.revision,
                "SOURCE_DATE_EPOCH": str(spec.epoch), **({"BASE": name} if name else {}),
            }  # fmt: skip
            with removing(self._engine, name) if name else nullcontext():
                made = self._engine.build(context, context / "Containerfile", arguments, spec.options)
                self._engine.save(made, work / "saved.tar")
            saved = archive.read(work / "saved.tar")
        return BuiltImage(adoption.adopt(spec, saved, base, Layout(layout)))

    def _base(self, spec: ImageSpec, work: Path) -> tuple[Base, str]:
        """Fetched by us, so that each engine gets the same bytes, whatever it can reach and however it logs in."""
        layout = Layout(work / "base")
        image: Image = fetch_base(spec.base, layout, here().oci)
        name = f"localhost/release-base:{image.manifest.digest.removeprefix('sha256:')}"
        archive.write(layout, image, name, work / "base.tar")
        self._engine.load(work / "base.tar")
        return read_base(layout, image), name

    @staticmethod
    def _context(spec: ImageSpec, wheel: Path, folder: Path) -> Path:
        folder.mkdir()
        shutil.copyfile(wheel, folder / wheel.name)
        (folder / LOCK).write_bytes(spec.lock.read_bytes() if spec.lock else b"")
        if spec.containerfile is None:
            raise RuntimeError("it was looked at before")
        shutil.copyfile(spec.containerfile, folder / "Containerfile")
        for path in folder.iterdir():
            path.chmod(0o644)  # modes go into the image, and the umask has no say
        return folder


def check_pins(containerfile: Path, *, has_base: bool) -> None:
    """ConfigError, with its line, for an image that the Containerfile names without its digest."""
    stages = {"scratch"}
    for number, name, words in _instructions(containerfile):
        options = [word for word in words if word.startswith("--")]
        plain = [word for word in words if not word.startswith("--")]
        where = f"{containerfile}:{number}"
        named = [option.partition("=")[2] for option in options if option.startswith("--from=")]
        if name in ("FROM", "SYNTAX") and plain:
            named.append(plain[0])
        for image in named:
            is_base = image in ("$BASE", "${BASE}")
            if is_base and not has_base:
                raise ConfigError("BASE is not configured", where=where, do="set tool.release.image.base")
            if not (is_base or image.lower() in stages or image.isdecimal() or _PINNED.search(image)):
                do = "write ${BASE} and set tool.release.image.base, or write NAME@sha256:DIGEST"
                raise ConfigError(f"{image} is not pinned by digest", where=where, do=do)
        if name == "FROM" and len(plain) == 3 and plain[1].upper() == "AS":
            stages.add(plain[2].lower())


def _instructions(containerfile: Path) -> Iterator[tuple[int, str, list[str]]]:
    text, begun = "", 0
    for number, line in enumerate(containerfile.read_text(encoding="utf-8").splitlines(), 1):
        if line.lstrip().startswith("#"):
            directive = _DIRECTIVE.fullmatch(line.strip())
            if directive:
                yield number, "SYNTAX", [directive["image"]]
            continue
        begun = begun or number
        text += line.removesuffix("\\") + " "
        if line.endswith("\\"):
            continue
        if match := _INSTRUCTION.fullmatch(text.strip()):
            yield begun, match["name"].upper(), match["rest"].split()
        text, begun = "", 0
