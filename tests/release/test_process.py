"""Other programs, run for real."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from release.errors import CommandFailed
from release.ledger.holder import born
from release.process import clean_environment, end, run
from tests.waiting import until

PYTHON = sys.executable


def test_clean_environment_drops_the_callers_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    """What would steer pip, uv, Python or git goes; places, certificates and proxies stay; given ones are added."""
    for name in ("PIP_INDEX_URL", "UV_INDEX", "PYTHONPATH", "GIT_DIR", "VIRTUAL_ENV", "NOX_X", "SECRET"):
        monkeypatch.setenv(name, "x")
    for name in ("HOME", "PATH", "https_proxy", "HTTPS_PROXY", "PIP_CERT", "XDG_CACHE_HOME"):
        monkeypatch.setenv(name, f"of {name}")
    monkeypatch.delenv("TMPDIR", raising=False)
    found = clean_environment(TZ="UTC", HOME="/other")
    assert {"PATH", "https_proxy", "HTTPS_PROXY", "PIP_CERT", "XDG_CACHE_HOME", "HOME", "TZ"} <= set(found)
    assert ("/other", "UTC", "of PATH") == (found["HOME"], found["TZ"], found["PATH"])
    assert not {"PIP_INDEX_URL", "UV_INDEX", "PYTHONPATH", "GIT_DIR", "VIRTUAL_ENV", "NOX_X", "SECRET", "TMPDIR"} & set(
        found
    )


def test_output_is_returned() -> None:
    """Standard output comes back as it is, bytes that are no UTF-8 replaced; standard error does not."""
    script = "import sys; sys.stdout.buffer.write(b'na\\xefve\\n'); sys.stderr.write('aside')"
    assert "na\ufffdve\n" == run((PYTHON, "-c", script))


def test_environment_and_folder_are_chosen(tmp_path: Path) -> None:
    """A program gets the environment and the folder that it is given."""
    script = "import os; print(os.getcwd(), os.environ.get('ONLY'), os.environ.get('HOME'))"
    assert f"{tmp_path} this None\n" == run((PYTHON, "-c", script), cwd=tmp_path, env={"ONLY": "this"})


def test_standard_input_is_given_or_empty() -> None:
    """A program never waits for a person: it reads what it is given, or nothing."""
    script = "import sys; print(repr(sys.stdin.read()))"
    assert "'given'\n" == run((PYTHON, "-c", script), stdin=b"given")
    assert "''\n" == run((PYTHON, "-c", script))


def test_failure_shows_the_end_of_the_output(tmp_path: Path) -> None:
    """The last lines of both outputs, the exit code, the command line and the log are in the error."""
    script = (
        "import sys; print('\\n'.join(f'line {n}' for n in range(40))); sys.stderr.write('the cause\\n'); sys.exit(3)"
    )
    log = tmp_path / "logs" / "log.txt"
    with pytest.raises(CommandFailed) as caught:
        run((PYTHON, "-c", script), log=log, do="mend it")
    lines = caught.value.what.splitlines()
    assert (f"{PYTHON} exited with 3:", "the cause", 16) == (lines[0], lines[-1], len(lines))
    assert "line 26" == lines[1]
    assert caught.value.where.startswith(f"{PYTHON} -c 'import sys;")
    assert f"(log: {log})" in caught.value.where
    assert "mend it" == caught.value.do
    assert "line 0\n" in log.read_text()


def test_log_keeps_both_outputs_of_every_run(tmp_path: Path) -> None:
    """Each run adds its command line, its output and its errors, odd names included."""
    log = tmp_path / "log.txt"
    for word in ("one", "l\udce4tin"):
        run((PYTHON, "-c", "import sys; print('out'); sys.stderr.write('err\\n')", word), log=log)
    text = log.read_text()
    assert 2 == text.count("out\nerr\n")
    assert "l\\udce4tin" in text
    assert text.startswith(f"$ {PYTHON} -c ")


def test_signal_is_named() -> None:
    """A program that was killed did not exit with a code."""
    with pytest.raises(CommandFailed, match=r"was ended by signal 9:"):
        run((PYTHON, "-c", "import os; os.kill(os.getpid(), 9)"))


def test_program_that_hangs_is_ended(tmp_path: Path) -> None:
    """After the time is over the program is ended; what it had said is in the error and the log."""
    with pytest.raises(CommandFailed, match=r"did not end within 0\.8 s:\nwaiting for Godot"):
        run(("sh", "-c", "echo waiting for Godot; exec sleep 60"), timeout=0.8, log=tmp_path / "log.txt")
    assert "waiting for Godot\n" in (tmp_path / "log.txt").read_text()


def test_process_is_ended_with_what_it_started() -> None:
    """Children and their children are killed too, in whatever process group; a process that is gone is no error."""
    script = "setsid sh -c 'sleep 60 & echo $!; wait' & wait"
    with subprocess.Popen(["sh", "-c", script], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        grandchild = int(process.stdout.readline())
        end(process.pid)
        assert -signal.SIGKILL == process.wait()
        assert "" == process.stdout.read()  # it is closed, so nobody is left who could write to it
    until(lambda: not born(grandchild))  # the kernel closes the files of a process a little before it is gone
    end(process.pid)


def test_missing_program_is_said() -> None:
    """A program that is not there is not a traceback."""
    with pytest.raises(CommandFailed, match="no-such-program is not installed") as caught:
        run(("no-such-program", "a b"), do="install it")
    assert ("no-such-program 'a b'", "install it") == (caught.value.where, caught.value.do)


def test_missing_folder_is_not_a_missing_program(tmp_path: Path) -> None:
    """Where the folder to run in is gone, the program is not blamed."""
    with pytest.raises(CommandFailed, match=r"can't be started: No such file or directory: .*/gone"):
        run((PYTHON, "-c", ""), cwd=tmp_path / "gone")


@pytest.mark.parametrize(("name", "permissions", "what"), [
    ("plain", 0o644, "Permission denied"), ("folder", 0o755, "Permission denied"),
    ("empty", 0o755, "Exec format error"),
])  # fmt: skip
def test_file_that_is_no_program_is_said(tmp_path: Path, name: str, permissions: int, what: str) -> None:
    """A file that can't be run, a folder, or one of no known format, is an error with the system's reason."""
    path = tmp_path / name
    path.mkdir() if name == "folder" else path.write_bytes(b"\0\0\0\0")
    path.chmod(permissions)
    with pytest.raises(CommandFailed, match=f"can't be started: {what}"):
        run((path,))


def test_no_shell_is_between() -> None:
    """Words are passed on as they are."""
    words = ["$HOME", "a b", "*", ";", "'", "\n"]
    assert repr(words) + "\n" == run((PYTHON, "-c", "import sys; print(sys.argv[1:])", *words))
    assert os.environ.get("HOME") != "$HOME"
