"""The image for the noxfile beside it.

`build VERSION COMMIT EPOCH WHEEL LAYOUT` builds it, `smoke VERSION LAYOUT ROOTFS SOURCE` unpacks and runs it.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from release.images.builders.builtin import build
from release.images.manifest import ImageSpec
from release.images.run import command
from release.oci.layout import Layout
from release.oci.unpack import unpack
from release.workspace import user_cache

_SPEC = {"name": "sample-project", "source": "", "licenses": "Apache-2.0", "command": "sample", "python": "3.11"}


def main(verb: str, version: str, *words: str) -> None:
    """Build the image, or unpack and run it."""
    if verb == "build":
        commit, epoch, wheel, layout = words
        spec = ImageSpec(
            **_SPEC, version=version, revision=commit, epoch=int(epoch), packages=(), user=65532, lock=None
        )
        build(spec, Path(wheel), Path(layout), user_cache())
    else:
        layout, rootfs, source = words
        folder = Path(rootfs)
        (image,) = {entry.digest for entry in Layout(Path(layout)).names().values()}
        program = command(folder, unpack(Path(layout), image, folder).config)
        subprocess.run([sys.executable, Path(source, "smoke.py"), version, *program], check=True)


main(*sys.argv[1:])
