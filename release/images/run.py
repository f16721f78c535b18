"""Running an unpacked image's entry point with `unshare`: no daemon, as root and as an ordinary user alike."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from pathlib import Path

from release.errors import CommandFailed, VerifyFailed
from release.model import Json
from release.process import run

# The first namespace may mount and belongs to its root; the second one has only the image's user, without rights.
_MOUNT = """\
set -e
root=$1
shift
for name in dev proc etc/resolv.conf etc/hosts; do
  if [ -e "/$name" ] && [ -e "$root/$name" ] && [ ! -L "$root/$name" ]; then
    mount --rbind "/$name" "$root/$name"
  fi
done
exec "$@"
"""
_FORBIDDEN = """\
allow user namespaces: `sysctl kernel.unprivileged_userns_clone=1` and `user.max_user_namespaces` above 0; \
on Ubuntu also `sysctl kernel.apparmor_restrict_unprivileged_userns=0`; in a container, start that with \
`--security-opt seccomp=unconfined --security-opt apparmor=unconfined`; or run the image with podman or docker"""


def command(rootfs: Path, config: Json, entry: Sequence[str] = ()) -> list[str]:
    """The command that runs the image's entry point, or `entry` in its place; further arguments are appended to it.

    `config` is the image's config blob. The program sees the image's files, its environment and its user only, and
    the host's network, devices and processes; standard input and output pass through. CommandFailed where this
    machine forbids user namespaces, with what to do about it.
    """
    settings = config.get("config", {})
    entry = entry or settings.get("Entrypoint") or settings.get("Cmd")
    user, _, group = (settings.get("User") or "0").partition(":")
    if not entry or not user.isdecimal() or not (group or user).isdecimal():
        do = "give the image an Entrypoint, and a User by number"
        raise VerifyFailed("the image does not say what to run, or not as whom by number", where=str(rootfs), do=do)
    unshare = _tool("unshare")
    run([unshare, "-Urm", _tool("true")], do=_FORBIDDEN)
    root = str(rootfs.resolve())
    inner = [unshare, "-U", f"--map-user={user}", f"--map-group={group or user}"]
    return [
        *(unshare, "-Urm", _tool("sh"), "-c", _MOUNT, "sh", root),
        *(_tool("env"), "-i", *settings.get("Env", [])),
        *(*inner, "-R", root, "-w", settings.get("WorkingDir") or "/", *entry),
    ]


def _tool(name: str) -> str:
    path = shutil.which(name)
    if path is None:
        raise CommandFailed(f"{name} is not installed", do="install util-linux and coreutils")
    return path
