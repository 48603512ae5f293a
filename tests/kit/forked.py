"""Our own commands in processes that are forked from one which has imported everything: they start at once.

A start by `python -m app` imports for two seconds, and the suite starts some hundreds. What such a process does is the
same; that the commands start by themselves is held by the tests of `run`, of several processes and of the image.
Where the system is not Linux, or several processes gather metrics, they are started as anybody does.
"""

from __future__ import annotations

import atexit
import contextlib
import gc
import json
import os
import select
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from types import TracebackType
from typing import IO, Any, Final, Self

ROOT: Final = Path(__file__).parents[2]
_LARGEST: Final = 200_000
_ALONE: Final = "PROMETHEUS_MULTIPROC_DIR"
_MODULES: Final = ("app.cli.intake", "app.cli.tasks", "app.cli.webhooks", "app.working", "app.serving")


def start(words: Sequence[str], env: Mapping[str, str], *, merged: bool = True) -> subprocess.Popen[bytes] | Forked:
    """Start `python -m app WORDS`; with `merged`, what it says on stderr comes with what it says on stdout."""
    if sys.platform != "linux" or _ALONE in env:
        return subprocess.Popen(
            [sys.executable, "-m", "app", *words],
            cwd=ROOT,
            env=dict(env),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT if merged else subprocess.PIPE,
        )
    return Forked(words, env, merged=merged)


def run(words: Sequence[str], env: Mapping[str, str], timeout: float = 60) -> subprocess.CompletedProcess[str]:
    """Run `python -m app WORDS` to its end, as `subprocess.run` does with its output captured as text."""
    with start(words, env, merged=False) as process:
        out, err = process.communicate(timeout=timeout)
        return subprocess.CompletedProcess([*words], process.wait(), out.decode(), err.decode())


class Forked:
    """A process of which as much can be asked as of a `subprocess.Popen` here."""

    def __init__(self, words: Sequence[str], env: Mapping[str, str], *, merged: bool) -> None:
        self.args = list(words)
        self.returncode: int | None = None
        ends, status = os.pipe()
        out, said = os.pipe()
        err, complained = (None, said) if merged else os.pipe()
        order = json.dumps({"words": self.args, "env": dict(env)}).encode()
        try:
            self.pid = _zygote().fork(order, [status, said, complained])
        finally:
            for each in {status, said, complained}:
                os.close(each)
        self._ends = ends
        self.stdout: IO[bytes] = os.fdopen(out, "rb")
        self.stderr: IO[bytes] | None = None if err is None else os.fdopen(err, "rb")

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for each in (self.stdout, self.stderr):
            if each is not None:
                each.close()
        self.wait()

    def poll(self) -> int | None:
        """Its exit code, once it has ended."""
        with contextlib.suppress(subprocess.TimeoutExpired):
            self.wait(0)
        return self.returncode

    def wait(self, timeout: float | None = None) -> int:
        """Wait until it ends; returns its exit code, or raises TimeoutExpired."""
        if self.returncode is None:
            if not select.select([self._ends], [], [], timeout)[0]:
                raise subprocess.TimeoutExpired(self.args, timeout or 0)
            self.returncode = int(os.read(self._ends, 20))
            os.close(self._ends)
        return self.returncode

    def send_signal(self, number: int) -> None:
        """Send it a signal, unless it has ended."""
        if self.poll() is None:
            with contextlib.suppress(ProcessLookupError):
                os.kill(self.pid, number)

    def terminate(self) -> None:
        """Ask it to end."""
        self.send_signal(signal.SIGTERM)

    def kill(self) -> None:
        """End it."""
        self.send_signal(signal.SIGKILL)

    def communicate(self, timeout: float | None = None) -> tuple[bytes, bytes]:
        """Read what it says until it ends, and return it."""
        found = {"out": b"", "err": b""}
        readers = []
        for name, stream in (("out", self.stdout), ("err", self.stderr)):
            if stream is not None:
                if stream.closed:
                    raise ValueError("it was read before")
                readers.append(threading.Thread(target=_read, args=(found, name, stream), daemon=True))
                readers[-1].start()
        self.wait(timeout)
        for each in readers:
            each.join()
        return found["out"], found["err"]


def _read(found: dict[str, bytes], name: str, stream: IO[bytes]) -> None:
    with stream:
        found[name] = stream.read()


class _Zygote:
    """The process that has imported everything; it ends with this one."""

    def __init__(self) -> None:
        self._link, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self._lock = threading.Lock()
        env = {name: os.environ[name] for name in ("PATH", "HOME", "LANG", "TMPDIR") if name in os.environ}
        words = [sys.executable, "-m", __name__]
        with theirs:
            self._process = subprocess.Popen(words, cwd=ROOT, env=env, stdin=theirs.fileno(), stdout=subprocess.DEVNULL)

    def fork(self, order: bytes, descriptors: Sequence[int]) -> int:
        """Fork a process that does what the order says; returns its id."""
        with self._lock:
            socket.send_fds(self._link, [order], descriptors)
            return int(self._link.recv(100))

    def end(self) -> None:
        self._link.close()
        self._process.wait(10)


@cache
def _zygote() -> _Zygote:
    made = _Zygote()
    atexit.register(made.end)
    return made


def _serve(link: socket.socket) -> dict[str, Any] | None:
    """Fork a process for each order; returns the order in each of those, and None when nobody gives any more."""
    running: dict[int, int] = {}
    woken, wakes = os.pipe()
    os.set_blocking(woken, False)
    os.set_blocking(wakes, False)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    signal.set_wakeup_fd(wakes)
    while True:
        ready = select.select([link.fileno(), woken], [], [])[0]
        if woken in ready:
            os.read(woken, 1_000)
            _reap(running)
        if link.fileno() not in ready:
            continue
        order, descriptors, _, _ = socket.recv_fds(link, _LARGEST, 3)
        if not order:
            return None
        status, said, complained = descriptors
        pid = os.fork()
        if not pid:
            signal.set_wakeup_fd(-1)
            os.dup2(said, 1)
            os.dup2(complained, 2)
            for each in {link.detach(), woken, wakes, *descriptors, *running.values()}:
                os.close(each)
            return dict(json.loads(order))
        link.send(str(pid).encode())
        running[pid] = status
        os.close(said)
        os.close(complained)


def _reap(running: dict[int, int]) -> None:
    while running:
        pid, status = os.waitpid(-1, os.WNOHANG)
        if not pid:
            return
        with contextlib.suppress(BrokenPipeError):
            os.write(running[pid], str(os.waitstatus_to_exitcode(status)).encode())
        os.close(running.pop(pid))


def _become(order: Mapping[str, Any]) -> int:
    """Be a process that was started with these words and this environment."""
    from app.__main__ import main  # noqa: PLC0415  # the zygote alone imports the application

    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    signal.signal(signal.SIGPIPE, signal.SIG_IGN)
    with open(os.devnull) as nothing:  # noqa: PTH123
        os.dup2(nothing.fileno(), 0)
    os.environ.clear()
    os.environ.update(order["env"])
    sys.argv = [sys.argv[0], *order["words"]]
    return main()


def _main() -> int:
    from app import importing  # noqa: PLC0415  # see above

    for name in _MODULES:
        importing.load(name)
    with importing.without_collector():
        importing.load("schema.assembly").graph()
    gc.collect()
    gc.freeze()
    order = _serve(socket.socket(fileno=os.dup(0)))
    return 0 if order is None else _become(order)


if __name__ == "__main__":
    sys.exit(_main())
