"""The processes of `serve` and of `worker`, as their supervisor starts them."""

from __future__ import annotations

import contextlib
import logging
import os
from collections.abc import Iterator
from typing import Final

from app import binding, counts, handover
from app.counts import Counts
from app.exposition import gathered
from app.membership import Membership
from app.reach import reachable
from app.supervisor import STAGGER, STAGGER_AT_A_GATE, Supervisor, Team
from core.logs import log_to_stderr
from core.settings import Settings

MOST: Final = 4
"""Processes of the api that `run` starts at most when no setting says how many."""
ALONE: Final = Membership()
_MAX: Final = "/sys/fs/cgroup/cpu.max"


def serve(settings: Settings, count: int, inherited: Membership = ALONE) -> int:
    """Serve one port from `count` processes until told to stop; returns the exit code.

    `inherited` has the sockets, if somebody has bound them, and the gate at which the processes wait.
    All of them accept from one socket, which this process holds: what waits there is lost with none of them.
    Raises SettingError when the port cannot be had, ServerError when embedded servers cannot be started.
    """
    sockets = binding.adopt(inherited.listening) or binding.bind(settings)
    listening = tuple(each.fileno() for each in sockets)
    handovers = [handover.make() for _ in range(count)]
    ends = [(giving.fileno(), taking.fileno()) for giving, taking in handovers]
    numbers = counts.make(count)
    seen = Counts(numbers, 0)
    with _environment(settings) as environment:
        team = Team(
            command="serve",
            environment=environment,
            membership=lambda place: Membership(listening, ends[place], numbers, place, gate=inherited.gate),
            ended=seen.leave,
            stagger=STAGGER if inherited.gate is None else STAGGER_AT_A_GATE,
        )
        return Supervisor(team, count).run(lambda: binding.close(sockets))


def work(settings: Settings, count: int) -> int:
    """Run `count` workers until told to stop; returns the exit code."""
    with _environment(settings) as environment:
        return Supervisor(Team("worker", environment), count).run()


@contextlib.contextmanager
def _environment(settings: Settings) -> Iterator[dict[str, str]]:
    """The environment of the processes: that of this one, the servers that were found, and where metrics are kept."""
    log_to_stderr(json=settings.log_format == "json")
    logging.getLogger("forge").setLevel(logging.INFO)  # an operator wants to see that processes were replaced
    with reachable(settings) as found, gathered(found) as variables:
        yield {**os.environ, **found.environ(), **variables}


def usable_processors() -> int:
    """How many processors this process may use, by its affinity and by the quota of its control group."""
    affinity = getattr(os, "sched_getaffinity", None)
    there = len(affinity(0)) if affinity is not None else os.cpu_count() or 1
    return max(1, min(there, _quota() or there))


def _quota() -> int | None:
    try:
        with open(_MAX) as file:  # noqa: PTH123
            quota, period = file.read().split()[:2]
            return int(quota) // int(period)
    except (OSError, ValueError):  # no control group, or `max`: no quota
        return None
