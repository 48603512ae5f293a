"""Kinds of tasks: what one does, step by step, and how it is tried again.

    async def step(unit: UnitOfWork, work: Work) -> Next:
        number = work.cursor or 0
        ...                                             # stage some rows with `unit`
        return Next(number + 100 if more else None, done=work.done + 100, total=1_200)

    IMPORT = Kind("import_clients", "Imports clients from a file.", step)

A step is short. What it does is committed together with the cursor it returns, in one transaction, or not at all; so it
may be begun several times, and takes effect once.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, Final
from uuid import UUID

from core.database.database import Database
from core.database.pool import Connection
from core.installation import Installation
from core.mail import Mailer
from core.writing.unit_of_work import UnitOfWork
from engine.graph.graph import Graph
from jobs.units import Units

LONGEST_LEASE: Final = 60.0
"""Seconds a step may take at most; PostgreSQL ends transactions after half of that."""
_RETRIES: Final = (1.0, 5.0, 30.0, 120.0)


@dataclass(frozen=True, slots=True)
class Work:
    """What a step is told: whose task it is, what it was started with, and where the step before ended.

    `cursor` is None for the first step. `created_by_id` is the key that started the task, None for Forge itself.
    """

    workspace_id: UUID
    task_id: UUID
    parameters: Mapping[str, Any]
    cursor: Any
    done: int
    created_by_id: UUID | None


@dataclass(frozen=True, slots=True)
class Next:
    """Where a step ended. `cursor` is any JSON for the step after it; None says that there is none.

    `done` and `total` count in units of the kind's own, since the task began. `result` is a JSON object for the caller,
    `result_url` where what came of it can be fetched; both count when they come with the last step.
    """

    cursor: Any
    done: int = 0
    total: int | None = None
    result: Mapping[str, Any] = field(default_factory=dict)
    result_url: str | None = None


Step = Callable[[UnitOfWork, Work], Awaitable[Next]]
"""A step in the task's workspace, as `forge_api`: it stages, and the unit is finished for it."""
SystemStep = Callable[[Connection, Work], Awaitable[Next]]
"""A step across all workspaces, as `forge_worker`, in an open transaction."""


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of tasks in a company's workspace.

    A step that fails is tried again after each of the `retries` (seconds), then the task fails; a step that goes
    through begins them anew. `lease` is how long a step may take, in seconds.
    """

    name: str
    about: str
    step: Step
    retries: tuple[float, ...] = _RETRIES
    lease: float = LONGEST_LEASE


@dataclass(frozen=True, slots=True)
class SystemKind:
    """A kind of tasks that belong to no company; with `every` one is started in each such period of UTC."""

    name: str
    about: str
    step: SystemStep
    every: timedelta | None = None
    retries: tuple[float, ...] = _RETRIES
    lease: float = LONGEST_LEASE


@dataclass(frozen=True, slots=True)
class Tools:
    """What a repeatable step works with; commands run on the `graph`.

    `access` acts as `forge_access`, `worker` as `forge_worker`.
    """

    units: Units
    access: Database
    worker: Database
    graph: Graph
    installation: Installation
    mailer: Mailer


RepeatableStep = Callable[[Tools, Work], Awaitable[Next]]
"""A step that makes transactions of its own."""


@dataclass(frozen=True, slots=True)
class RepeatableKind:
    """A kind whose steps make several transactions, or write in several workspaces.

    What a step does is committed before the cursor it returns, so a step may be done again: done twice it must come to
    the same as done once. With `every` its tasks belong to no company, without they lie in a company's workspace.
    """

    name: str
    about: str
    step: RepeatableStep
    every: timedelta | None = None
    retries: tuple[float, ...] = _RETRIES
    lease: float = LONGEST_LEASE


AnyKind = Kind | SystemKind | RepeatableKind
Scheduled = SystemKind | RepeatableKind


class Kinds:
    """The kinds a worker knows, by name; ValueError for two of one name, or a lease that is too long."""

    def __init__(self, *kinds: AnyKind) -> None:
        self._kinds: dict[str, AnyKind] = {}
        for kind in kinds:
            if kind.name in self._kinds:
                raise ValueError(f"the kind of tasks {kind.name} is registered twice")
            if not 0 < kind.lease <= LONGEST_LEASE:
                raise ValueError(f"the kind of tasks {kind.name}: a lease is up to {LONGEST_LEASE:g} s")
            self._kinds[kind.name] = kind

    def __iter__(self) -> Iterator[AnyKind]:
        return iter(self._kinds.values())

    def get(self, name: str) -> AnyKind | None:
        """The kind of this name, if it is known."""
        return self._kinds.get(name)

    def systems(self) -> list[Scheduled]:
        """The kinds whose tasks belong to no company."""
        return [
            each
            for each in self
            if isinstance(each, SystemKind) or (isinstance(each, RepeatableKind) and each.every is not None)
        ]
