"""Putting an image into a local engine, and proving that it is the same image there."""

from __future__ import annotations

import tempfile
from pathlib import Path

from release.errors import VerifyFailed
from release.images.engines import Engine
from release.oci import archive
from release.oci.layout import Layout


def load(folder: Path, digest: str, name: str, engine: Engine) -> None:
    """Load the image of that manifest digest under a name such as `localhost/sample:1.2.0`.

    VerifyFailed where the engine then has other layers under that name. It can't be asked for the manifest's digest,
    since engines store layers without their compression; `diff_ids` are the digests that stay.
    """
    layout = Layout(folder)
    image = layout.verify(digest)
    with tempfile.TemporaryDirectory() as temporary:
        path = Path(temporary) / "image.tar"
        archive.write(layout, image, name, path)
        engine.load(path)
    found = engine.diff_ids(name)
    if found != image.config["rootfs"]["diff_ids"]:
        do = f"remove {name} from {engine.name}, and load it again"
        raise VerifyFailed(f"{engine.name} has another image than {digest}", where=name, do=do)
