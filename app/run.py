"""The supervisor behind `make run`: servers, migrations, the demo, the api and a worker, all of which end with it."""

from __future__ import annotations

import contextlib
import http.client
import os
import signal
import socket
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from types import FrameType
from typing import NoReturn

from app import binding, importing
from app.embedded import Servers
from app.embedded.errors import ServerError
from app.embedded.files import make_home, open_log, tail, trim_logs
from app.exposition import gathered
from app.membership import Membership
from app.processes import Child, spawn
from app.progress import step
from app.reach import announced
from app.team import MOST, usable_processors
from core.settings import Settings

READY_TIMEOUT = 60.0
CHILD_GRACE = 4.2  # longer than a supervisor needs, which ends by force what hangs
STEADY = 3.0  # a process that ends sooner than this (seconds) is broken, not unlucky
POLL = 0.1
TRIM = 10.0  # seconds between two looks at how long the logs are


class Stop(BaseException):
    """Somebody asked us to stop; what is open is closed on the way out."""


class Supervised:
    """One of our own commands, started again when it dies, with more variables and descriptors that it inherits."""

    def __init__(
        self,
        name: str,
        command: Sequence[str],
        settings: Settings,
        variables: Mapping[str, str],
        inherited: Sequence[int] = (),
    ) -> None:
        self.name = name
        self.command = command
        self.inherited = inherited
        self.log = settings.home / "log" / f"{name}.log"
        self._env = {**os.environ, **settings.environ(), **variables}
        self.child = self._spawn()

    def keep_alive(self) -> None:
        """Start it again if it has died; raises ServerError when it dies at once."""
        if self.child.running:
            return
        code = self.child.stop(0)
        if time.monotonic() - self._since < STEADY:
            raise ServerError(f"{self.name} ended with {code}; {self.log} ends:\n{tail(self.log)}")
        print(f"forge: {self.name} ended with {code} and is started again", file=sys.stderr)  # noqa: T201
        self.child = self._spawn()

    def _spawn(self) -> Child:
        self._since = time.monotonic()
        with open_log(self.log) as output:
            command = [sys.executable, "-m", "app", *self.command]
            return spawn(self.name, command, env=self._env, output=output, keep=self.inherited)


def run(settings: Settings, interrupted: Callable[[], bool]) -> int:
    """Start everything, say how to use it, and stay until Ctrl-C, SIGTERM, SIGHUP or `interrupted`; returns 0.

    Raises SettingError when the port is taken, ServerError when something does not start or a server dies.
    """
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, _stop)
    with contextlib.ExitStack() as stack, contextlib.suppress(Stop):
        sockets = binding.bind(settings)  # better an error now than after everything has started
        stack.callback(binding.close, sockets)
        settings = replace(settings, port=sockets[0].getsockname()[1])
        make_home(settings.home)
        servers, found = _servers(settings, stack)
        variables = stack.enter_context(gathered(found))
        processes = _Processes(found, sockets, variables)
        stack.callback(processes.stop)
        preparing = importing.load("app.preparing")
        preparing.upgrade(found)
        processes.open_gate()
        welcome = preparing.fill(found, ours=settings.embedded)
        with step("starting the api"):
            _await(found, processes.started, interrupted)
        processes.start_worker()
        print("\n".join(welcome), flush=True)  # noqa: T201
        _watch(servers, processes.started, interrupted, settings.home / "log")
    return 0


def _servers(settings: Settings, stack: contextlib.ExitStack) -> tuple[Servers | None, Settings]:
    if not settings.embedded:
        return None, settings
    with step("starting PostgreSQL and Valkey"):
        servers = stack.enter_context(Servers(settings.home))
    return servers, stack.enter_context(announced(settings, servers))


class _Processes:
    """The api, which waits at a gate until the database is ready for it, and the worker, which is started after it.

    Imports take most of a start, and there is a processor free for them while the database is being prepared.
    """

    def __init__(self, settings: Settings, sockets: list[socket.socket], variables: Mapping[str, str]) -> None:
        self._settings, self._sockets, self._variables = settings, sockets, variables
        self._gate, self._opening = os.pipe()
        member = Membership(tuple(each.fileno() for each in sockets), gate=self._gate)
        count = str(settings.processes or min(MOST, usable_processors()))
        serve = ["serve", "--processes", count, *member.words()]
        self.started = [Supervised("api", serve, settings, variables, member.descriptors())]

    def open_gate(self) -> None:
        """Let the api serve."""
        os.close(self._opening)
        self._opening = -1

    def start_worker(self) -> None:
        """Start the worker."""
        self.started.append(Supervised("worker", ["worker"], self._settings, self._variables))

    def stop(self) -> None:
        """End all of them."""
        binding.close(self._sockets)
        for process in self.started:
            process.child.ask_to_stop()
        until = time.monotonic() + CHILD_GRACE
        for process in self.started:
            process.child.stop(max(0.0, until - time.monotonic()))
        for each in {self._gate, self._opening} - {-1}:
            os.close(each)


def _await(settings: Settings, processes: list[Supervised], interrupted: Callable[[], bool]) -> None:
    deadline = time.monotonic() + READY_TIMEOUT
    while not _lives(settings):
        if interrupted():
            raise Stop
        for process in processes:
            process.keep_alive()
        if time.monotonic() > deadline:
            raise ServerError(f"the api did not answer at {settings.url} within {READY_TIMEOUT:.0f} s")
        time.sleep(0.05)


def _lives(settings: Settings) -> bool:
    host, port = settings.url.removeprefix("http://").rsplit(":", 1)
    link = http.client.HTTPConnection(host.strip("[]"), int(port), timeout=2)
    try:
        link.request("GET", "/livez")
        return link.getresponse().status == http.client.OK
    except (OSError, http.client.HTTPException):
        return False
    finally:
        link.close()


def _watch(servers: Servers | None, processes: list[Supervised], interrupted: Callable[[], bool], logs: Path) -> None:
    trimmed = time.monotonic()
    while not interrupted():
        time.sleep(POLL)
        if time.monotonic() - trimmed > TRIM:
            trim_logs(logs)
            trimmed = time.monotonic()
        if servers is not None and (ended := servers.ended()) is not None:
            raise ServerError(f"{ended} ended by itself; its log is in {servers.home / 'log'}")
        for process in processes:
            process.keep_alive()


def _stop(number: int, _: FrameType | None) -> NoReturn:
    for other in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(other, signal.SIG_IGN)  # once is enough: what follows is the clearing up
    raise Stop(number)
