"""Child processes that never outlive their parent, not even one killed with -9.

On Linux the kernel itself sends the child a signal when its parent dies (`PR_SET_PDEATHSIG`). Elsewhere a shell waits
at a pipe whose other end only the parent holds, and passes the signal on when that end closes.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import IO

ON_LINUX = sys.platform == "linux"
_PR_SET_PDEATHSIG = 1
_LIBC = ctypes.CDLL(None, use_errno=True) if ON_LINUX else None
_WATCH = 'read _; kill -"$1" "$2" 2>/dev/null'


class Child:
    """One child process: asked to stop with `stop_signal`, and sent that signal when this process dies."""

    def __init__(self, name: str, process: subprocess.Popen[bytes], stop_signal: signal.Signals) -> None:
        self.name = name
        self.process = process
        self.stop_signal = stop_signal
        self.watch: subprocess.Popen[bytes] | None = None
        self._asked = False

    @property
    def pid(self) -> int:
        """The process id; children of the child are not covered by it."""
        return self.process.pid

    @property
    def running(self) -> bool:
        """Whether it has not ended yet."""
        return self.process.poll() is None

    def tell(self, number: signal.Signals) -> None:
        """Send a signal; a child that has ended is left alone."""
        if self.running:
            with contextlib.suppress(ProcessLookupError):
                self.process.send_signal(number)

    def ask_to_stop(self) -> None:
        """Send the stop signal and return at once; only the first time, for twice means to some programs to hurry."""
        if not self._asked:
            self._asked = True
            self.tell(self.stop_signal)

    def stop(self, timeout: float, last_resort: signal.Signals = signal.SIGKILL) -> int:
        """Ask it to stop, wait `timeout` seconds, then end it for good; returns its exit code."""
        self.ask_to_stop()
        try:
            code = self.process.wait(timeout)
        except subprocess.TimeoutExpired:
            self.process.send_signal(last_resort)
            code = _wait_or_kill(self.process)
        self._dismiss_watch()
        return code

    def _dismiss_watch(self) -> None:
        if self.watch is not None:
            self.watch.kill()  # before its pipe closes: that would be its cue
            self.watch.communicate()
            self.watch = None


def _wait_or_kill(process: subprocess.Popen[bytes]) -> int:
    try:
        return process.wait(2)
    except subprocess.TimeoutExpired:
        process.kill()
        return process.wait()


def spawn(
    name: str,
    command: Sequence[str],
    *,
    stop_signal: signal.Signals = signal.SIGTERM,
    env: Mapping[str, str] | None = None,
    output: IO[bytes] | None = None,
    user: int | None = None,
    keep: Sequence[int] = (),
    kernel_watches: bool = ON_LINUX,
) -> Child:
    """Start a child in its own session (so that Ctrl-C reaches only us) which gets `stop_signal` when we die.

    `output` takes stdout and stderr, `keep` lists file descriptors it inherits, `user` is the uid and gid to become
    (root only). Call it from the main thread: the kernel's watch ends with the *thread* that started the child.
    Raises RuntimeError on another thread, OSError when the program cannot be started.
    """
    if kernel_watches and threading.current_thread() is not threading.main_thread():
        raise RuntimeError(f"{name} must be started from the main thread")
    process = subprocess.Popen(  # noqa: S603  # the program is one of ours; no shell, no word of a client
        list(command),
        stdin=subprocess.DEVNULL,
        stdout=output,
        stderr=None if output is None else subprocess.STDOUT,
        env=None if env is None else dict(env),
        start_new_session=True,
        pass_fds=tuple(keep),
        preexec_fn=die_with_parent(stop_signal) if kernel_watches else None,  # noqa: PLW1509  # one prctl call, no lock
        user=user,
        group=user,
        extra_groups=None if user is None else [],
    )
    child = Child(name, process, stop_signal)
    if not kernel_watches:
        child.watch = _watch(child)
    return child


def die_with_parent(with_signal: signal.Signals) -> Callable[[], None]:
    """Return what a new process must call before anything else, so that it gets the signal when its parent dies."""
    parent = os.getpid()

    def ask_kernel() -> None:
        assert _LIBC is not None
        _LIBC.prctl(_PR_SET_PDEATHSIG, with_signal, 0, 0, 0)
        if os.getppid() != parent:  # it died before we asked
            os._exit(1)

    return ask_kernel


def _watch(child: Child) -> subprocess.Popen[bytes]:
    command = ["/bin/sh", "-c", _WATCH, "watch", str(int(child.stop_signal)), str(child.pid)]
    return subprocess.Popen(command, stdin=subprocess.PIPE, start_new_session=True)  # noqa: S603  # constant script


def end_with_parent(with_signal: signal.Signals = signal.SIGTERM) -> Callable[[], bool]:
    """Have this process sent the signal when the one that started it dies, and return a test for its being interrupted.

    make, interrupted alone (Ctrl-C reaches us too, `kill -INT` of make does not), stops catching SIGINT and waits for
    us, for ever if need be: that is what the test sees. Linux only; elsewhere nothing is sent and the test says no.
    """
    parent = os.getppid()
    if _LIBC is not None:
        _LIBC.prctl(_PR_SET_PDEATHSIG, with_signal, 0, 0, 0)
    caught_at_first = catches_interrupts(parent)
    return lambda: caught_at_first and not catches_interrupts(parent)


def runs(pid: int) -> bool:
    """Whether there is a process of this id."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:  # somebody else's
        return True
    return True


def catches_interrupts(pid: int) -> bool:
    """Whether a process has a handler for SIGINT; one that cannot be looked at has none."""
    try:
        status = Path(f"/proc/{pid}/status").read_text()
    except OSError:
        return False
    caught = next(line.split()[1] for line in status.splitlines() if line.startswith("SigCgt:"))
    return bool(int(caught, 16) >> (signal.SIGINT - 1) & 1)
