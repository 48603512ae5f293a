"""The processes of `serve` and of `worker`, as their supervisor starts them."""

from __future__ import annotations

import os
import signal
from typing import Final

from app import binding, counts, handover
from app.counts import Counts
from app.membership import Membership
from app.reach import reachable
from app.supervisor import Supervisor, Team
from core.settings import Settings

MOST: Final = 4
"""Processes of the api that `run` starts at most when no setting says how many."""
_MAX: Final = "/sys/fs/cgroup/cpu.max"


def serve(settings: Settings, count: int, inherited: tuple[int, ...] = ()) -> int:
    """Serve one port from `count` processes until told to stop; returns the exit code.

    All of them accept from one socket, which this process holds: what waits there is lost with none of them.
    Raises SettingError when the port cannot be had, ServerError when embedded servers cannot be started.
    """
    sockets = binding.adopt(inherited) or binding.bind(settings)
    listening = tuple(each.fileno() for each in sockets)
    giving, taking = handover.make()
    ends = (giving.fileno(), taking.fileno())
    numbers = counts.make(count)
    seen = Counts(numbers, 0)
    with reachable(settings) as found:
        team = Team(
            command="serve",
            leave=signal.SIGHUP,
            membership=lambda place: Membership(listening, ends, numbers, place),
            gone=seen.leave,
            environment=_environment(found),
        )
        return Supervisor(team, count).run(lambda: binding.close(sockets))


def work(settings: Settings, count: int) -> int:
    """Run `count` workers until told to stop; returns the exit code."""
    with reachable(settings) as found:
        team = Team(command="worker", leave=signal.SIGTERM, environment=_environment(found))
        return Supervisor(team, count).run()


def _environment(settings: Settings) -> dict[str, str]:
    """The environment of the processes: that of this one, with the servers that were found."""
    return {**os.environ, **settings.environ()}


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
