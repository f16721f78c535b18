"""Real engines with storage of their own, for tests: nothing of the machine's own images is seen or changed."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

_STORAGE = '[storage]\ndriver = "{driver}"\ngraphroot = "{folder}/graph"\nrunroot = "{folder}/run"\n'
# In a container, runc works where crun does not, and limits can't be raised above those of the container.
_CONTAINERS = """\
[containers]
default_ulimits = ["nofile=1024:1024", "nproc=1024:1024"]
[engine]
runtime = "runc"
cgroup_manager = "cgroupfs"
events_logger = "file"
"""


@contextmanager
def daemon() -> Iterator[dict[str, str]]:
    """A dockerd on a socket of its own; what a client needs in its environment. Skips where it can't run."""
    if not shutil.which("dockerd") or not shutil.which("docker"):
        pytest.skip("docker is not installed: apt-get install docker.io")
    if os.geteuid() != 0:
        pytest.skip("dockerd needs root")
    with tempfile.TemporaryDirectory(prefix="dockerd-") as name:  # a socket's path has to be short
        folder = Path(name)
        socket = f"unix://{folder}/socket"
        words = ["dockerd", "--iptables=false", "--bridge=none", "--host", socket]
        words += [f"--data-root={folder}/data", f"--exec-root={folder}/exec", f"--pidfile={folder}/pid"]
        with (folder / "log").open("w") as log, subprocess.Popen(words, stdout=log, stderr=log) as process:
            try:
                environment = {"DOCKER_HOST": socket, "DOCKER_CONFIG": str(folder / "config")}
                _wait(process, environment, folder / "log")
                yield environment
            finally:
                process.terminate()
                process.wait()
                for mounted in (folder / "exec" / "netns").glob("*"):
                    subprocess.run(["umount", mounted], check=True)


def _wait(process: subprocess.Popen[bytes], environment: dict[str, str], log: Path) -> None:
    for _ in range(300):
        asked = subprocess.run(["docker", "info"], env={**os.environ, **environment}, capture_output=True, check=False)
        if asked.returncode == 0:
            return
        if process.poll() is not None:
            pytest.skip(f"dockerd does not run here: {log.read_text()[-500:]}")
        time.sleep(0.1)
    raise AssertionError(log.read_text()[-2000:])


def storage(name: str, folder: Path) -> dict[str, str]:
    """What podman or buildah needs in its environment to keep to `folder`. Skips where it can't run."""
    if not shutil.which(name):
        pytest.skip(f"{name} is not installed: apt-get install {name}")
    folder.mkdir()
    (folder / "containers.conf").write_text(_CONTAINERS)
    environment = {"CONTAINERS_STORAGE_CONF": str(folder / "storage.conf")}
    environment |= {"CONTAINERS_CONF": str(folder / "containers.conf"), "BUILDAH_ISOLATION": "chroot"}
    said = ""
    for driver in ("overlay", "vfs"):  # the second works everywhere, and copies every layer
        (folder / "storage.conf").write_text(_STORAGE.format(folder=folder / driver, driver=driver))
        asked = subprocess.run([name, "info"], env={**os.environ, **environment}, capture_output=True, check=False)
        if asked.returncode == 0:
            return environment
        said = asked.stderr.decode()[-500:]
    pytest.skip(f"{name} does not work here: {said}")
