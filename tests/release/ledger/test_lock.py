"""The right to change things, held by real processes, alone and on a shared remote."""

from __future__ import annotations

import errno
import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, replace
from pathlib import Path
from typing import NoReturn

import pytest

from release import ledger
from release.errors import LockHeld, LockLost, ReleaseError, Tampered
from release.git import Repository
from release.ledger import holder as holders
from release.ledger import lock
from release.ledger.holder import Holder
from release.ledger.lock import REF, Claim
from release.ledger.refs import Moved, SharedRefs, Swap
from tests.release.clones import add_remote, append, make_clone, store
from tests.waiting import until

ROOT = Path(__file__).parents[3]
HOLDER = """
import sys
from pathlib import Path
from release.git import Repository
from release.ledger.lock import Claim
from release.ledger.refs import SharedRefs
with Claim(SharedRefs(Repository(Path(sys.argv[1])), sys.argv[2] or None), "release 1.0", 60) as claim:
    print("in", flush=True)
    for line in sys.stdin:
        claim.append("test", line.strip(), {})
        print("done", flush=True)
"""


@pytest.fixture
def refs(tmp_path: Path) -> SharedRefs:
    """A clone that stands alone."""
    return SharedRefs(make_clone(tmp_path / "clone"), None)


@pytest.fixture
def pair(tmp_path: Path) -> tuple[SharedRefs, SharedRefs]:
    """Two clones that share a remote."""
    first, second = make_clone(tmp_path / "first"), make_clone(tmp_path / "second")
    bare = add_remote(first, tmp_path / "bare")
    second.git("remote", "add", "origin", str(bare.root))
    return SharedRefs(first, "origin"), SharedRefs(second, "origin")


@contextmanager
def holding(refs: SharedRefs) -> Iterator[subprocess.Popen[str]]:
    """Another process of this machine that holds the lock, and appends an event for each line that it is sent."""
    argv = [sys.executable, "-c", HOLDER, str(refs.repository.root), refs.remote or ""]
    with subprocess.Popen(argv, cwd=ROOT, text=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert "in\n" == process.stdout.readline()
        try:
            yield process
        finally:
            process.kill()


def holder(refs: SharedRefs) -> Holder:
    """Who has the lock."""
    found = lock.read(refs)[1]
    assert found is not None
    return found


def put(refs: SharedRefs, one: Holder) -> str:
    """Write a state of the lock by hand, also between two renewals of a holder that is awake."""
    new = store(refs.repository, ledger.canonical(asdict(one)))
    while True:
        try:
            refs.swap(Swap(REF, refs.read(REF), new))
        except Moved:
            continue
        return new


def elsewhere(token: int = 7, *, seconds: float = 60, held: bool = True) -> Holder:
    """A process of another machine that holds the lock for some seconds more."""
    return Holder(token, "Grace", "far", "another boot", 1, "1", "release 9.9", time.time() + seconds, held)


def state(refs: SharedRefs) -> tuple[str | None, str | None]:
    """Both refs."""
    return refs.read(REF), refs.read(ledger.REF)


def test_nobody_ever_held_it(refs: SharedRefs) -> None:
    """In a new clone the lock is nobody's."""
    assert (None, None) == lock.read(refs)


def test_claim_says_who_holds_it(refs: SharedRefs, monkeypatch: pytest.MonkeyPatch) -> None:
    """While it is held, name, machine, process and purpose can be read; afterwards it is free."""
    monkeypatch.setenv("GIT_COMMITTER_NAME", "Ada L.")
    with Claim(refs, "release 1.0", 60) as claim:
        found = holder(refs)
        assert ("Ada L.", os.getpid(), "release 1.0", 1) == (found.who, found.pid, found.doing, found.token)
        assert (True, False, None, 1) == (found.held, found.is_free(), claim.former, claim.fence.token)
        assert f"Ada L. on {found.host} (process {os.getpid()}): release 1.0; the lock ends in" in str(found)
        claim.check()
    assert (False, True) == (holder(refs).held, holder(refs).is_free())


def test_token_grows_with_each_holder(refs: SharedRefs) -> None:
    """Every holder has a greater token than the one before; a lock that was given back has no former holder."""
    tokens = []
    for _ in range(3):
        with Claim(refs, "x", 60) as claim:
            tokens.append(claim.fence.token)
            assert claim.former is None
    assert [1, 2, 3] == tokens


def test_live_process_of_this_machine_keeps_it(refs: SharedRefs) -> None:
    """While its process lives, nobody else gets the lock, and is told who has it."""
    with holding(refs) as process:
        before = state(refs)
        with pytest.raises(LockHeld, match="somebody else is releasing") as caught:
            Claim(refs, "x", 60)
        assert f"(process {process.pid}): release 1.0" in caught.value.where
        assert LockHeld is type(caught.value)
        assert before == state(refs)


def test_killed_process_is_taken_over_at_once(refs: SharedRefs) -> None:
    """A holder that was killed does not have to expire on its own machine; its events stay."""
    with holding(refs) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write("One event\n")
        process.stdin.flush()
        assert "done\n" == process.stdout.readline()
        process.kill()
        process.wait()
        with Claim(refs, "x", 60) as claim:
            assert claim.former is not None
            assert (process.pid, 2, 1) == (claim.former.pid, claim.fence.token, claim.sequence)
            assert 2 == claim.append("test", "Another", {}).sequence
    events = list(ledger.read(refs.repository, str(refs.read(ledger.REF))))
    assert ["One event", "Another"] == [event.sentence for event in events]


def test_zombie_is_dead(refs: SharedRefs) -> None:
    """A killed process that nobody has waited for yet holds nothing."""
    with holding(refs) as process:
        os.kill(process.pid, signal.SIGKILL)
        os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOWAIT)
        assert holder(refs).is_dead()


def test_process_id_that_was_used_again_is_another_process(refs: SharedRefs) -> None:
    """A live process with the holder's number, and another time of birth, is not the holder."""
    with Claim(refs, "x", 60):
        mine = holder(refs)
    assert not replace(mine, held=True).is_dead()
    assert replace(mine, held=True, born="1").is_dead()
    assert not replace(mine, held=True, born="1", machine="another").is_dead()


@pytest.mark.parametrize(("seconds", "held", "free"), [(60, True, False), (-1, True, True), (60, False, True)])
def test_other_machine_is_believed_until_it_expires(refs: SharedRefs, seconds: float, held: bool, free: bool) -> None:
    """A holder on another machine keeps the lock until its time is over, or it gave it back."""
    put(refs, elsewhere(seconds=seconds, held=held))
    assert free == holder(refs).is_free()
    if not free:
        with pytest.raises(LockHeld, match="somebody else is releasing"):
            Claim(refs, "x", 60)
        return
    with Claim(refs, "x", 60) as claim:
        assert (8, held) == (claim.fence.token, claim.former is not None)
    assert ("the lock has expired" in str(elsewhere(seconds=-1))) is True


def test_append_renews_the_lock(refs: SharedRefs) -> None:
    """An event and the renewal come together; the ledger's head and number are kept up to date."""
    append(refs.repository, "a", "b")
    with Claim(refs, "x", 60) as claim:
        before = holder(refs)
        event = claim.append("test", "Sentence", {"key": "value"})
        assert (3, event.commit, event.commit) == (event.sequence, claim.head, refs.read(ledger.REF))
        assert before.renewed + 1 == holder(refs).renewed
        assert before.expires <= holder(refs).expires
    assert event == ledger.last(refs.repository, event.commit)


def test_lock_is_renewed_in_the_background(refs: SharedRefs) -> None:
    """A holder that says nothing for longer than the lock lives keeps it."""
    with Claim(refs, "x", 1.5) as claim:
        until(lambda: holder(refs).renewed >= 2)
        claim.check()
        claim.append("test", "still here", {})


def test_exit_stops_the_renewal(refs: SharedRefs) -> None:
    """After it was given back the lock stays as it is."""
    with Claim(refs, "x", 0.4):
        pass
    given_back = state(refs)
    time.sleep(0.3)
    assert given_back == state(refs)


def test_exception_gives_the_lock_back(refs: SharedRefs) -> None:
    """A command that fails leaves the lock free, and its own error comes out."""
    with pytest.raises(KeyError), Claim(refs, "x", 60):
        raise KeyError
    assert not holder(refs).held


@pytest.mark.parametrize("entered", [True, False])
def test_lost_lock_changes_nothing(refs: SharedRefs, capsys: pytest.CaptureFixture[str], entered: bool) -> None:
    """After a takeover neither check nor append goes on, the refs stay as the new holder has them, also on exit."""
    claim = Claim(refs, "x", 60)
    if entered:
        claim.__enter__()
    claim.append("test", "mine", {})
    put(refs, elsewhere(token=2))
    after = state(refs)
    for _ in range(2):
        with pytest.raises(LockLost, match="lost the lock") as caught:
            claim.append("test", "too late", {})
        assert "Grace on far" in caught.value.where
        with pytest.raises(LockLost):
            claim.check()
    if entered:
        claim.__exit__(None, None, None)
    assert after == state(refs)
    assert "" == capsys.readouterr().err


def test_check_alone_notices(refs: SharedRefs) -> None:
    """A check that comes first after a takeover notices it too."""
    claim = Claim(refs, "x", 60)
    put(refs, elsewhere(token=2))
    after = state(refs)
    with pytest.raises(LockLost):
        claim.check()
    assert after == state(refs)


def test_paused_holder_wakes_up_and_changes_nothing(refs: SharedRefs) -> None:
    """A holder that slept past its expiry, while somebody else released, finds the lock gone."""
    sleeper = Claim(refs, "x", 0.05)
    time.sleep(0.1)
    with Claim(refs, "y", 60) as claim:
        assert 2 == claim.fence.token
        claim.append("test", "meanwhile", {})
        after = state(refs)
        for act in (sleeper.check, lambda: sleeper.append("test", "late", {})):
            with pytest.raises(LockLost):
                act()
        assert after == state(refs)


class Paused(SharedRefs):
    """Refs of a process that is paused right after git has answered, or has made a swap, once it is told so."""

    def __init__(self, repository: Repository) -> None:
        super().__init__(repository, None)
        self.meanwhile: Callable[[], object] | None = None

    def read(self, ref: str) -> str | None:
        found = super().read(ref)
        self._pause()
        return found

    def swap(self, *swaps: Swap) -> None:
        super().swap(*swaps)
        self._pause()

    def _pause(self) -> None:
        meanwhile, self.meanwhile = self.meanwhile, None
        if meanwhile is not None:
            meanwhile()


@pytest.mark.parametrize("expired", [False, True], ids=["read", "swap"])
def test_answer_from_before_a_pause_is_none(refs: SharedRefs, *, expired: bool) -> None:
    """Git answers, or renews, while the holder sleeps; when it wakes up, somebody else has the lock."""
    paused = Paused(refs.repository)
    claim, others = Claim(paused, "x", 0.5), []

    def meanwhile() -> None:
        time.sleep(0.6)
        others.append(Claim(refs, "y", 60))

    if expired:
        time.sleep(0.6)
    paused.meanwhile = meanwhile
    with pytest.raises(LockLost):
        claim.check()
    assert [2] == [other.fence.token for other in others]


def test_expired_lock_that_nobody_took_is_renewed(refs: SharedRefs) -> None:
    """A holder that slept past its expiry, and was not missed, goes on."""
    claim = Claim(refs, "x", 0.5)
    time.sleep(0.6)
    assert holder(refs).expires < time.time()
    before = holder(refs).renewed
    claim.check()
    assert before + 1 == holder(refs).renewed


def test_renewal_ends_when_the_lock_is_lost(refs: SharedRefs, capsys: pytest.CaptureFixture[str]) -> None:
    """The background renewal does not take a lost lock back."""
    with Claim(refs, "x", 0.2) as claim:
        put(refs, elsewhere(token=2))
        after = state(refs)
        time.sleep(0.3)
        with pytest.raises(LockLost):
            claim.check()
    assert after == state(refs)
    assert "" == capsys.readouterr().err


def test_takeover_right_before_the_exit_is_said(refs: SharedRefs, capsys: pytest.CaptureFixture[str]) -> None:
    """Who learns only at the end that the lock is gone says so, and leaves it."""
    with Claim(refs, "x", 60):
        put(refs, elsewhere(token=2))
        after = state(refs)
    assert after == state(refs)
    assert "lost the lock" in capsys.readouterr().err


class Meanwhile(SharedRefs):
    """Shared refs in which something happens right after one refresh or swap: a switch for races and Ctrl-C."""

    taken: Holder | None = None
    interrupt = False
    _pending: Holder | None = None

    def refresh(self) -> None:
        super().refresh()
        if self.taken is not None and self.read(REF) is None:
            self._pending = self.taken
            self.taken = None

    def swap(self, *swaps: Swap) -> None:
        pending, self._pending = self._pending, None
        if pending is not None:
            put(SharedRefs(self.repository, self.remote), pending)
        super().swap(*swaps)
        if self.interrupt:
            self.interrupt = False
            raise KeyboardInterrupt


def test_race_for_the_lock_has_a_loser(tmp_path: Path) -> None:
    """Who reads a free lock, and finds it taken a moment later, is told by whom."""
    refs = Meanwhile(make_clone(tmp_path / "clone"), None)
    refs.taken = elsewhere()
    with pytest.raises(LockHeld, match="at the same moment") as caught:
        Claim(refs, "x", 60)
    assert "Grace on far" in caught.value.where
    assert 7 == holder(refs).token


def test_ctrl_c_in_the_middle_of_an_append_gives_the_lock_back(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """An append that happened, and whose end Ctrl-C cut off, does not make a lost lock of an own one."""
    refs = Meanwhile(make_clone(tmp_path / "clone"), None)
    with Claim(refs, "x", 60) as claim:
        refs.interrupt = True
        with pytest.raises(KeyboardInterrupt):
            claim.append("test", "cut off", {})
    assert ("", False) == (capsys.readouterr().err, holder(refs).held)


@pytest.mark.parametrize("content", ["", "{}", "[]", "null", "5", '{"token": 1}', "\x00"])
def test_lock_that_is_not_ours_is_refused(refs: SharedRefs, content: str) -> None:
    """What is no state of the lock is named, with what to do about it."""
    refs.swap(Swap(REF, None, store(refs.repository, content)))
    with pytest.raises(Tampered, match="not one of ours") as caught:
        Claim(refs, "x", 60)
    assert REF == caught.value.where
    assert caught.value.do.startswith("when surely nobody releases (docs/runbook.md")
    assert caught.value.do.endswith(f": git update-ref -d {REF}")


def test_lock_that_is_no_blob_is_refused(refs: SharedRefs) -> None:
    """A ref that points to a commit is no lock."""
    refs.swap(Swap(REF, None, refs.repository.commit()))
    with pytest.raises(Tampered, match="not one of ours"):
        lock.read(refs)


def test_damaged_ledger_stops_the_claim(refs: SharedRefs) -> None:
    """Nothing is appended to a ledger whose last event is none."""
    refs.swap(Swap(ledger.REF, None, refs.repository.commit()))
    with pytest.raises(Tampered):
        Claim(refs, "x", 60)


def test_user_without_a_name(refs: SharedRefs, monkeypatch: pytest.MonkeyPatch) -> None:
    """A container's user that is in no list of users can release, and is recorded by its number."""

    def nameless() -> NoReturn:
        raise KeyError("getpwuid(): uid not found")

    monkeypatch.delenv("GIT_COMMITTER_NAME", raising=False)
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", "/dev/null")
    refs.repository.git("config", "--unset", "user.name")
    monkeypatch.setattr("getpass.getuser", nameless)
    with Claim(refs, "x", 60) as claim:
        assert f"user {os.getuid()}" == claim.who


def test_name_that_is_no_utf8(refs: SharedRefs, monkeypatch: pytest.MonkeyPatch) -> None:
    """A name in an old encoding stops nobody."""
    monkeypatch.setenv("GIT_COMMITTER_NAME", "Jos\udce9")
    with Claim(refs, "x", 60):
        assert "Jos?" == holder(refs).who


def test_process_without_proc_counts_as_alive() -> None:
    """Where the kernel shows no births, a live process is taken for the same one, a gone one for gone."""
    assert "alive" == holders._alive(os.getpid())
    assert "alive" == holders._alive(1)
    with subprocess.Popen(["true"]) as process:
        process.wait()
    assert "" == holders._alive(process.pid)
    assert "" == holders.born(process.pid)


def test_two_clones_share_one_lock(pair: tuple[SharedRefs, SharedRefs]) -> None:
    """With a remote, the other clone is kept out, then goes on where the first one ended."""
    first, second = pair
    with holding(first) as process:
        with pytest.raises(LockHeld, match="somebody else is releasing"):
            Claim(second, "x", 60)
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write("From the first\n")
        process.stdin.flush()
        assert "done\n" == process.stdout.readline()
        process.stdin.close()
        assert 0 == process.wait()
    with Claim(second, "x", 60) as claim:
        assert (1, 2) == (claim.sequence, claim.fence.token)
        claim.append("test", "From the second", {})
    first.refresh()
    events = list(ledger.read(first.repository, str(first.read(ledger.REF))))
    assert ["From the first", "From the second"] == [event.sentence for event in events]


def test_overtaken_clone_can_append_nothing(pair: tuple[SharedRefs, SharedRefs], tmp_path: Path) -> None:
    """A clone whose lock was taken over on the remote, unseen from here, learns it with its next append."""
    first, second = pair
    claim = Claim(first, "x", 60)
    second.refresh()
    put(second, elsewhere(token=2))
    claim.check()  # it is not expired, so nobody may have taken it
    with pytest.raises(LockLost, match="lost the lock") as caught:
        claim.append("test", "late", {})
    assert "Grace on far" in caught.value.where
    bare = Repository.at(tmp_path / "bare")
    assert (second.read(REF), None) == (bare.reference(REF), bare.reference(ledger.REF))


def test_remote_that_is_away_for_a_while(pair: tuple[SharedRefs, SharedRefs], tmp_path: Path) -> None:
    """Renewals that fail for want of the remote are tried again; the lock is not given up."""
    first, _ = pair
    with Claim(first, "x", 1.5) as claim:
        (tmp_path / "bare").rename(tmp_path / "away")
        time.sleep(1.0)
        with pytest.raises(ReleaseError):
            claim.append("test", "not recorded", {})
        (tmp_path / "away").rename(tmp_path / "bare")
        assert 1 == claim.append("test", "recorded", {}).sequence


def test_system_that_refuses_for_a_while(refs: SharedRefs, monkeypatch: pytest.MonkeyPatch) -> None:
    """A full disk ends no renewal for good: what fails is tried again, and the lock is not left to expire."""
    full, stored = threading.Event(), refs.repository.store

    def store_or_not(kind: str, content: bytes) -> str:
        if not full.is_set() and threading.current_thread() is not threading.main_thread():
            full.set()
            raise OSError(errno.ENOSPC, "No space left on device")
        return stored(kind, content)

    with Claim(refs, "x", 1.0):
        monkeypatch.setattr(refs.repository, "store", store_or_not)
        assert full.wait(60)
        renewed = holder(refs).renewed
        until(lambda: holder(refs).renewed != renewed)


def test_system_that_refuses_at_the_end(
    refs: SharedRefs, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """It hides nothing of how the command ends either."""

    def full(*_: object) -> NoReturn:
        raise OSError(errno.ENOSPC, "No space left on device")

    with Claim(refs, "x", 60):
        monkeypatch.setattr(refs.repository, "store", full)
    assert "No space left on device" in capsys.readouterr().err


def test_remote_that_is_away_at_the_end(
    pair: tuple[SharedRefs, SharedRefs], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Where the lock can't be given back, that is said, and hides nothing of how the command ends."""
    first, _ = pair
    with Claim(first, "x", 60):
        (tmp_path / "bare").rename(tmp_path / "away")
    assert "does not appear to be a git repository" in capsys.readouterr().err


def test_state_of_the_lock_is_readable(refs: SharedRefs) -> None:
    """The lock is JSON that a person can read with git."""
    with Claim(refs, "release 1.0", 60):
        data = json.loads(refs.repository.git("cat-file", "blob", REF))
    assert ("release 1.0", True) == (data["doing"], data["held"])


def test_moved_is_no_release_error() -> None:
    """A lost swap is for the lock to explain, and never reaches a user as it is."""
    assert not issubclass(Moved, ReleaseError)
