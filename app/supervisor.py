"""Several processes of one command that share its work: one that dies is started again, all end together.

SIGHUP replaces them one by one: a new process is started, and the old one is told to leave when the new one is ready.
However often SIGHUP comes meanwhile, one further round follows.
SIGTERM and SIGINT end all of them. The supervisor imports little of the application, so it is small, and the processes
that it starts are of the version that lies on the disk then.
"""

from __future__ import annotations

import logging
import os
import select
import signal
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Final

from app.membership import Membership
from app.processes import Child, spawn

STEADY: Final = 10.0
"""A process that ends sooner than this (seconds) is started again after a pause, which grows each time."""
LONGEST_PAUSE: Final = 30.0
NEWCOMER: Final = 30.0
"""Seconds that a new process may take until it is ready to replace another one."""
LEAVING: Final = 35.0
"""Seconds that a process may take to leave when it was replaced."""
STAGGER: Final = 2.0
"""Seconds after which the next process is started although the one before it is not ready: a server is away."""
STAGGER_AT_A_GATE: Final = 10.0
"""The same where the first process waits until the database is ready."""
GRACE: Final = 3.7
"""Seconds that processes may take to end before they are killed."""
KILLED: Final = 0.4
"""Seconds that are waited for processes that were killed: all has ended within five, whatever hangs."""
_POLL: Final = 0.05
log = logging.getLogger("forge")


@dataclass
class Process:
    """One process, its place among the others, and the pipe through which it says that it is ready."""

    child: Child
    place: int
    status: int | None
    since: float = field(default_factory=time.monotonic)
    ready: bool = False

    def listen(self) -> None:
        """See whether it has said that it is ready."""
        if self.status is not None and select.select([self.status], [], [], 0)[0]:
            self.ready = bool(os.read(self.status, 1))
            self.close()

    def close(self) -> None:
        """Hear nothing more of it."""
        if self.status is not None:
            os.close(self.status)
            self.status = None

    @property
    def age(self) -> float:
        """Seconds since it was started, or told to leave."""
        return time.monotonic() - self.since


@dataclass
class Place:
    """One of the processes that are to run, whichever it is at the moment."""

    number: int
    process: Process | None = None
    failures: int = 0
    again: float = 0.0
    """When it may be started again."""


@dataclass(frozen=True)
class Team:
    """What the processes are: their command and their environment, and what the process of a place is told."""

    command: str
    environment: Mapping[str, str]
    membership: Callable[[int], Membership] = lambda _: Membership()
    ended: Callable[[int], None] = lambda _: None
    """Called with a place when its process has ended."""
    stagger: float = STAGGER


class Supervisor:
    """Keeps `count` processes of a team running until it is told to end."""

    def __init__(self, team: Team, count: int) -> None:
        self._team = team
        self._places = [Place(number) for number in range(count)]
        self._to_replace: list[Place] = []
        self._newcomer: Process | None = None
        self._leaving: list[Process] = []
        self._ending: list[Process] = []
        self._worked = False
        self._told = 0
        self._asked = False

    def run(self, before_the_end: Callable[[], None] = lambda: None) -> int:
        """Supervise until SIGTERM or SIGINT, or until the first processes cannot be started; returns the exit code.

        `before_the_end` is called before the processes are told to end.
        """
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._end)
        signal.signal(signal.SIGHUP, self._replace)
        failed = None
        try:
            while not self._told and failed is None:
                failed = self._look()
                time.sleep(0 if failed is not None else _POLL)
        finally:
            before_the_end()
            self._end_all()
        return 128 + self._told if failed is None else failed

    def _end(self, number: int, _: object) -> None:
        self._told = number

    def _replace(self, number: int, _: object) -> None:  # noqa: ARG002  # a signal handler
        self._asked = True

    def _look(self) -> int | None:
        """Do what is to be done now; returns an exit code when there is no use in going on."""
        for place in self._places:
            if place.process is not None and (code := self._ended(place, place.process)) is not None:
                return code
        self._start()
        if self._asked and self._newcomer is None and not self._to_replace:  # a round ends before the next one begins
            self._asked = False
            self._to_replace = list(self._places)
        self._go_on_replacing()
        for process in tuple(self._leaving):
            if not process.child.running or process.age > LEAVING:
                self._leaving.remove(process)
                self._give_up(process)
        for process in tuple(self._ending):
            if not process.child.running:
                self._ending.remove(process)
                self._forget(process)
            elif process.age > GRACE:
                process.child.tell(signal.SIGKILL)
        return None

    def _ended(self, place: Place, process: Process) -> int | None:
        process.listen()
        if process.ready:
            self._worked = True
        if process.child.running:
            return None
        code = self._forget(process)
        place.process = None
        if not self._worked:
            return code if code >= 0 else 128 - code
        place.failures = 0 if process.age > STEADY else place.failures + 1
        pause = min(LONGEST_PAUSE, 2.0 ** (place.failures - 1)) if place.failures else 0.0
        place.again = time.monotonic() + pause
        when = f"in {pause:.0f} s" if pause else "now"
        log.warning("%s: process %d ended with %d and is started again %s", *self._name(process), code, when)
        return None

    def _start(self) -> None:
        """Start what is missing; at first one after the other, so that what is wrong with all is told once."""
        for place in self._places:
            if place.process is None and time.monotonic() >= place.again:
                place.process = self._spawn(place.number, replacing=False)
            waits = place.process is not None and not place.process.ready and place.process.age < self._team.stagger
            if waits and not self._worked:
                return

    def _go_on_replacing(self) -> None:
        newcomer = self._newcomer
        if newcomer is None:
            if self._to_replace:
                self._newcomer = self._spawn(self._to_replace.pop(0).number, replacing=True)
            return
        newcomer.listen()
        if newcomer.ready:
            self._take_over(newcomer, self._places[newcomer.place])
        elif not newcomer.child.running or newcomer.age > NEWCOMER:
            ended = not newcomer.child.running
            why = f"ended with {self._forget(newcomer)}" if ended else f"was not ready within {NEWCOMER:.0f} s"
            if not ended:
                self._give_up(newcomer)
            log.warning("%s: the new process %d %s: those that run stay as they are", *self._name(newcomer), why)
            self._newcomer, self._to_replace = None, []

    def _take_over(self, newcomer: Process, place: Place) -> None:
        old, self._newcomer = place.process, None
        place.process, place.failures, place.again = newcomer, 0, 0.0
        if old is not None:
            old.child.tell(signal.SIGHUP)
            old.since = time.monotonic()
            self._leaving.append(old)
        log.info("%s: process %d replaces %s", *self._name(newcomer), old.child.pid if old else "one that had ended")

    def _give_up(self, process: Process) -> None:
        """Have a process end, without waiting for it."""
        process.child.ask_to_stop()
        process.since = time.monotonic()
        self._ending.append(process)

    def _forget(self, process: Process) -> int:
        """Clear up after a process that has ended; returns its exit code."""
        code = process.child.stop(0)
        process.close()
        self._team.ended(process.place)
        return code

    def _spawn(self, place: int, *, replacing: bool) -> Process:
        ours, theirs = os.pipe()
        membership = replace(self._team.membership(place), status=theirs, replacing=replacing)
        command = [sys.executable, "-m", "app", self._team.command, *membership.words()]
        try:
            child = spawn(self._team.command, command, env=self._team.environment, keep=membership.descriptors())
        finally:
            os.close(theirs)
        return Process(child, place, ours)

    def _end_all(self) -> None:
        """Have all end at once; what can be killed by nothing is left to itself."""
        all_of_them = [place.process for place in self._places] + [self._newcomer, *self._leaving, *self._ending]
        left = [process for process in all_of_them if process is not None]
        for process in left:
            process.child.ask_to_stop()
        for process in _wait(left, GRACE):
            process.child.tell(signal.SIGKILL)
        _wait(left, KILLED)
        for process in left:
            if not process.child.running:
                self._forget(process)

    def _name(self, process: Process) -> tuple[str, int]:
        return self._team.command, process.child.pid


def _wait(processes: list[Process], seconds: float) -> list[Process]:
    """Wait until these have ended; returns those that have not by then."""
    until = time.monotonic() + seconds
    while (left := [process for process in processes if process.child.running]) and time.monotonic() < until:
        time.sleep(_POLL)
    return left
