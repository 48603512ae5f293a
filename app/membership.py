"""What a process of `serve` or `worker` is told by the supervisor that started it: words of its command line.

The descriptors are inherited. The words are a contract between a supervisor and processes of a newer version: a
supervisor that was started with one version starts the processes of the next one when they are replaced.
"""

from __future__ import annotations

import argparse
import os
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from core.setting_values import read_processes
from core.settings import Settings

READY: Final = b"1"
"""What a process writes to its supervisor when it does its work."""


@dataclass(frozen=True, slots=True)
class Membership:
    """Descriptors that a process inherits; without any it was started by hand."""

    listening: tuple[int, ...] = ()
    """Sockets that are bound to the addresses to serve."""
    handover: tuple[int, ...] = ()
    """The two ends through which connections go from a process that is replaced to the one in its place."""
    counts: int | None = None
    """The file in which the processes say how many connections each of them has, and its own place in it."""
    place: int = 0
    status: int | None = None
    """The pipe that takes READY."""
    gate: int | None = None
    """The pipe at which the process waits, with everything imported, until the database is ready for it."""
    replacing: bool = False
    """Whether another process serves until this one is ready: it accepts nothing before it can answer."""

    @classmethod
    def of(cls, args: argparse.Namespace) -> Membership:
        """Read the words of the command line, as `add_arguments` declares them."""
        counts, place = args.counts or (None, 0)
        return cls(args.listening, args.handover, counts, place, args.status, args.gate, args.replacing)

    def words(self) -> list[str]:
        """The words for the command line of the process."""
        found = []
        if self.listening:
            found += ["--listening", _text(self.listening)]
        if self.handover:
            found += ["--handover", _text(self.handover)]
        if self.counts is not None:
            found += ["--counts", _text((self.counts, self.place))]
        if self.status is not None:
            found += ["--status", str(self.status)]
        if self.gate is not None:
            found += ["--gate", str(self.gate)]
        return found + ["--replacing"] * self.replacing

    def descriptors(self) -> tuple[int, ...]:
        """What the process inherits."""
        single = (each for each in (self.counts, self.status, self.gate) if each is not None)
        return (*self.listening, *self.handover, *single)

    @property
    def supervised(self) -> bool:
        """Whether a supervisor started this process as one of several."""
        return self.status is not None

    def wait_at_the_gate(self) -> None:
        """Wait until whoever started this process, or the supervisor before it, closes the other end of the gate."""
        if self.gate is not None:
            while os.read(self.gate, 1):
                pass
            os.close(self.gate)

    def tell_ready(self) -> None:
        """Say that this process does its work; a process that was started by hand tells nobody."""
        if self.status is not None:
            os.write(self.status, READY)
            os.close(self.status)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare `--processes`, and the words of a supervisor, which the help does not show."""
    parser.add_argument(
        "--processes", type=_processes, metavar="N", help="how many processes share the work (default FORGE_PROCESSES)"
    )
    for name in ("--listening", "--handover", "--counts"):
        parser.add_argument(name, type=_numbers, default=(), help=argparse.SUPPRESS)
    for name in ("--status", "--gate"):
        parser.add_argument(name, type=int, help=argparse.SUPPRESS)
    parser.add_argument("--replacing", action="store_true", help=argparse.SUPPRESS)


def processes_of(settings: Settings, args: argparse.Namespace) -> int:
    """How many processes are asked for, by the command line or else by the setting."""
    return int(args.processes or settings.processes or 1)


def _processes(text: str) -> int:
    try:
        return read_processes(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from None


def _numbers(text: str) -> tuple[int, ...]:
    return tuple(map(int, text.split(",")))


def _text(numbers: Sequence[int]) -> str:
    return ",".join(map(str, numbers))
