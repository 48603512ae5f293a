"""Tasks: what takes longer than a request, as rows that workers take and carry out step by step."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Index, literal_column

from core.facts import choice, document, moment, text, whole
from core.record import Record
from core.values.checked import COUNT, NAME

INSTALLATION: Final = UUID(int=0)
"""The workspace of tasks that belong to no company. It has a clock, and no key leads into it."""


class TaskStatus(StrEnum):
    """Where a task is in its life; a task that waits to be tried again is `running`."""

    QUEUED = "queued"
    RUNNING = "running"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    CANCELLED = "cancelled"


UNFINISHED: Final = (TaskStatus.QUEUED, TaskStatus.RUNNING)
UNFINISHED_SQL: Final = "status in ('queued', 'running')"
"""The condition of the index that finds what is due."""


class Task(Record, table=True):
    """Work of a kind that `jobs` knows. What stands from `position` on is the worker's own: no version tells of it."""

    __tablename__ = "tasks"

    unaudited = frozenset({"progressed"})
    busy = f"r.{UNFINISHED_SQL}"

    kind: str = text(NAME, filterable=True, derived=True)
    status: str = choice(TaskStatus, TaskStatus.QUEUED, filterable=True, derived=True)
    done: int = whole(COUNT, default=0, derived=True)
    """How much is done, in units of the kind's own (rows, files); brought up to date at most once a second."""
    total: int | None = whole(COUNT, derived=True)
    """How much there is to do; None while nobody knows."""
    result: dict[str, Any] = document()
    """What came of it."""
    result_url: str | None = text(derived=True)
    """Where what came of it can be fetched."""
    error: str | None = text(derived=True)
    """Why it failed, in words for the caller."""
    started_at: datetime | None = moment(derived=True)
    finished_at: datetime | None = moment(derived=True)
    parameters: dict[str, Any] = document()
    position: dict[str, Any] = document()
    """Where its steps stand, as `jobs.tasks.holding.Position` says; committed together with what a step did."""
    attempts: int = whole(COUNT, default=0, derived=True)
    """Tries of the present step that failed or were broken off."""
    due_at: datetime = moment(derived=True)
    """When a worker may take it: at once, after a pause, or when the lease of the worker that has it runs out."""
    leased_by: str | None = text(derived=True)
    """The lease of the worker that has it."""
    once: str | None = text(derived=True, unique_with=())
    """What of it there can be only one in the workspace: the kind and period of a scheduled task."""

    __table_args__ = (
        Index("tasks_due", "workspace_id", "due_at", "id", postgresql_where=literal_column(UNFINISHED_SQL)),
        {"info": {"run_again_on_duplicate": True}},
    )
