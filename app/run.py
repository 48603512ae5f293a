"""The supervisor behind `make run`: servers, migrations, the demo, the api and a worker, all of which end with it."""

from __future__ import annotations

import asyncio
import contextlib
import http.client
import os
import signal
import socket
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from types import FrameType
from typing import NoReturn

from app import migrations
from app.demo import demo
from app.embedded import Servers
from app.embedded.errors import ServerError
from app.embedded.files import make_home, open_log, tail, trim_logs
from app.processes import Child, spawn
from app.progress import step
from app.reach import announced
from core.settings import SettingError, Settings

PROCESSES = {"api": "serve", "worker": "worker"}
READY_TIMEOUT = 60.0
CHILD_GRACE = 2.5
STEADY = 3.0  # a process that ends sooner than this (seconds) is broken, not unlucky
POLL = 0.1
TRIM = 10.0  # seconds between two looks at how long the logs are


class Stop(BaseException):
    """Somebody asked us to stop; what is open is closed on the way out."""


class Supervised:
    """One of our own processes, started again when it dies."""

    def __init__(self, name: str, settings: Settings) -> None:
        self.name = name
        self.log = settings.home / "log" / f"{name}.log"
        self._env = {**os.environ, **settings.environ()}
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
            command = [sys.executable, "-m", "app", PROCESSES[self.name]]
            return spawn(self.name, command, env=self._env, output=output)


def run(settings: Settings, interrupted: Callable[[], bool]) -> int:
    """Start everything, say how to use it, and stay until Ctrl-C, SIGTERM, SIGHUP or `interrupted`; returns 0.

    Raises SettingError when the port is taken, ServerError when something does not start or a server dies.
    """
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, _stop)
    with contextlib.ExitStack() as stack, contextlib.suppress(Stop):
        settings = replace(settings, port=_free_port(settings))
        make_home(settings.home)
        servers, found = _servers(settings, stack)
        with step("bringing the database up to date"):
            asyncio.run(migrations.upgrade(str(found.database_url)))
        keys = _seed(found) if settings.embedded else None
        with step("starting the api and the worker"):
            processes = stack.enter_context(_processes(found))
            _await(found, processes, interrupted)
        print("\n".join(demo.welcome(found, keys)), flush=True)  # noqa: T201
        _watch(servers, processes, interrupted, settings.home / "log")
    return 0


def _servers(settings: Settings, stack: contextlib.ExitStack) -> tuple[Servers | None, Settings]:
    if not settings.embedded:
        return None, settings
    with step("starting PostgreSQL and Valkey"):
        servers = stack.enter_context(Servers(settings.home))
    return servers, stack.enter_context(announced(settings, servers))


def _seed(settings: Settings) -> demo.DemoKeys | None:
    with step("filling the demo"):
        return asyncio.run(demo.seed(settings)) or demo.remember(settings, None)


@contextlib.contextmanager
def _processes(settings: Settings) -> Iterator[list[Supervised]]:
    started: list[Supervised] = []
    try:
        started.extend(Supervised(name, settings) for name, command in PROCESSES.items())
        yield started
    finally:
        for process in started:
            process.child.ask_to_stop()
        for process in started:
            process.child.stop(CHILD_GRACE)


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


def _free_port(settings: Settings) -> int:
    """Return the port to listen on, having tried it: better an error now than after everything has started."""
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    with socket.socket(family) as trial:
        trial.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            trial.bind((settings.host, settings.port))
        except OSError as error:
            raise SettingError("FORGE_PORT", f"{settings.port} on {settings.host}: {error.strerror}") from error
        return int(trial.getsockname()[1])


def _stop(number: int, _: FrameType | None) -> NoReturn:
    for other in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(other, signal.SIG_IGN)  # once is enough: what follows is the clearing up
    raise Stop(number)
