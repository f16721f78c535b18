"""One real image for all tests of images, since Debian's packages take some seconds to come."""

from __future__ import annotations

import shutil
import tarfile
import threading
from collections.abc import Iterator
from functools import partial
from hashlib import sha256
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pip
import pytest

from release.images.builders.builtin import build
from release.images.manifest import BuiltImage, ImageSpec, assemble
from release.oci.layer import Entry, Layer, layer
from release.oci.layout import Image, Layout
from release.oci.unpack import unpack
from tests.images.wheels import make_wheel

SCRIPT = """
import json, os, sys
def main():
    json.dump({"args": sys.argv[1:], "user": os.getuid(), "group": os.getgid(), "environment": dict(os.environ),
               "folder": os.getcwd(), "input": sys.stdin.read()}, sys.stdout)
"""


def spec(**changes: object) -> ImageSpec:
    """A specification like the project's own."""
    known: dict[str, object] = {"name": "sample", "version": "1.2.0", "revision": "a" * 40, "epoch": 1_700_000_000}
    known |= {"source": "https://example.org/sample", "licenses": "Apache-2.0", "command": "sample"}
    return ImageSpec(**{**known, **changes})  # type: ignore[arg-type]


@pytest.fixture(scope="session")
def cache(cache: Path) -> Path:
    """Where all builds of this run keep their layers, those of whole releases among them."""
    if shutil.which("apt-get") is None:
        pytest.skip("images are built of Debian packages, and there is no apt-get here")
    return cache / "release-engine"


@pytest.fixture(scope="session")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A wheel with a command that says how it was run."""
    return make_wheel(tmp_path_factory.mktemp("wheel"), "sample", SCRIPT)


@pytest.fixture(scope="session")
def layout(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The layout that has the image `built`."""
    return tmp_path_factory.mktemp("built") / "layout"


@pytest.fixture(scope="session")
def built(wheel: Path, layout: Path, cache: Path) -> BuiltImage:
    """A real image of that wheel."""
    return build(spec(), wheel, layout, cache)


@pytest.fixture(scope="session")
def rootfs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder that `image` is unpacked into."""
    return tmp_path_factory.mktemp("unpacked") / "root"


@pytest.fixture(scope="session")
def image(built: BuiltImage, layout: Path, rootfs: Path) -> Image:
    """The built image, unpacked."""
    return unpack(layout, built.digest, rootfs)


@pytest.fixture(scope="session")
def base(built: BuiltImage, layout: Path, tmp_path_factory: pytest.TempPathFactory) -> str:
    """A reference to a base: Debian's Python without a shell, and pip."""
    source = Layout(layout)
    debian = source.image(built.digest)
    folder = Path(pip.__file__).parent
    names = (path for path in folder.rglob("*") if path.is_file() and "__pycache__" not in path.parts)
    tree = {
        f"usr/lib/python3/dist-packages/pip/{path.relative_to(folder)}": Entry(data=path.read_bytes()) for path in names
    }
    tree["usr/bin/python3"] = Entry(tarfile.SYMTYPE, 0o777, link="python3.11")
    layers = [
        ("Debian", Layer(source.read(debian.layers[0].digest), debian.config["rootfs"]["diff_ids"][0])),
        ("pip", layer(tree)),
    ]
    config = {
        "Env": ["PATH=/usr/local/bin:/usr/bin", "FROM_BASE=1"],
        "Cmd": ["/usr/bin/python3"],
        "Labels": {"base": "yes"},
    }
    destination = tmp_path_factory.mktemp("base") / "layout"
    made = assemble(spec(name="base", version="12"), "amd64", layers, Layout(destination), config)
    return f"oci:{destination}@sha256:{made.sha256}"


@pytest.fixture(scope="session")
def index(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, Path]]:
    """A package index on loopback with the project's one dependency, and the lock that pins it."""
    root = tmp_path_factory.mktemp("index")
    (root / "simple" / "dependency").mkdir(parents=True)
    made = make_wheel(root / "simple" / "dependency", "dependency", "def main(): pass\n")
    (root / "simple" / "dependency" / "index.html").write_text(f'<a href="{made.name}">{made.name}</a>')
    lock = root / "lock.txt"
    lock.write_text(f"dependency==1.2.0 --hash=sha256:{sha256(made.read_bytes()).hexdigest()}\n")
    handler = partial(SimpleHTTPRequestHandler, directory=str(root))
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}/simple", lock
        server.shutdown()
        thread.join()
