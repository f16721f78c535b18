"""Runs other programs: no shell, a chosen environment, output kept in a log, and an error that shows its end."""

from __future__ import annotations

import os
import shlex
import signal
import subprocess
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path

from release.errors import CommandFailed
from release.redaction import scrub

_PASSED = ("HOME", "PATH", "LANG", "LC_ALL", "TERM", "TMPDIR", "XDG_CACHE_HOME", "SSL_CERT_FILE", "SSL_CERT_DIR")
_PROXIES = ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY")


def clean_environment(**extra: str) -> dict[str, str]:
    """The environment that a program gets which must not see the caller's settings: PIP_*, UV_*, PYTHON*, GIT_* go.

    Certificates, proxies and the places of caches stay, since without them nothing can be downloaded in some networks.
    """
    names = (*_PASSED, *_PROXIES, *(name.lower() for name in _PROXIES))
    kept = {name: os.environ[name] for name in names if name in os.environ}
    if "PIP_CERT" in os.environ:
        kept["PIP_CERT"] = os.environ["PIP_CERT"]
    return {**kept, **extra}


def run(
    argv: Sequence[str | Path],
    *,
    cwd: Path | None = None,
    env: Mapping[str, str] | None = None,
    log: Path | None = None,
    stdin: bytes | None = None,
    timeout: float | None = None,
    do: str = "",
) -> str:
    """Run a program to its end and return its standard output; with `log`, both outputs are also kept there.

    Raises CommandFailed with the last lines of output where it exits with anything but 0 or is not there;
    `do` is what the error tells the reader to do.
    """
    words = [str(word) for word in argv]
    try:
        done = subprocess.run(
            words,
            cwd=cwd,
            env=env,
            input=stdin,
            capture_output=True,
            timeout=timeout,
            check=False,
            stdin=subprocess.DEVNULL if stdin is None else None,
        )
    except OSError as error:
        how = f"can't be started: {error.strerror}: {error.filename}"  # the folder to run in may be what is missing
        if isinstance(error, FileNotFoundError) and error.filename == words[0]:
            how = "is not installed"
        raise CommandFailed(f"{words[0]} {how}", where=shlex.join(words), do=do) from None
    except subprocess.TimeoutExpired as late:
        how, output, errors = f"did not end within {timeout:g} s", _text(late.stdout), _text(late.stderr)
    else:
        code, output, errors = done.returncode, _text(done.stdout), _text(done.stderr)
        how = f"was ended by signal {-code}" if code < 0 else f"exited with {code}" if code else ""
    if log is not None:
        log.parent.mkdir(parents=True, exist_ok=True)
        with log.open("a", encoding="utf-8", errors="backslashreplace") as file:
            file.write(scrub(f"$ {shlex.join(words)}\n{output}{errors}"))
    if how:
        tail = "\n".join((output + errors).strip().splitlines()[-15:])
        where = f"{shlex.join(words)}{f' (log: {log})' if log else ''}"
        raise CommandFailed(f"{words[0]} {how}:\n{tail}", where=where, do=do)
    return output


def end(pid: int) -> None:
    """Kill a process and all that it has started, as far as the kernel tells who started whom."""
    parents = {}
    for path in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):  # it has ended meanwhile
            parents[int(path.parent.name)] = int(path.read_text().rpartition(")")[2].split()[1])
    doomed = [pid]
    for one in doomed:  # it grows
        doomed += [child for child, parent in parents.items() if parent == one]
    for one in doomed:
        with suppress(ProcessLookupError, PermissionError):
            os.kill(one, signal.SIGKILL)


def _text(output: bytes | None) -> str:
    return (output or b"").decode(errors="replace")
