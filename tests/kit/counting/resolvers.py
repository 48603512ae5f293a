"""The command that starts counting. In a product this is in `resolvers/`."""

from __future__ import annotations

from core.absent import given_fields
from core.values.checked import Count, Name
from engine.declare.inputs import input_type
from engine.declare.rows import Rows
from engine.run.context import Command
from models import Task
from resolvers.tasks import start_task

KIND = "count"


@input_type
class StartCounting:
    """How many clients to write, and where to go wrong."""

    name: Name
    steps: Count
    pause_ms: Count = 0
    fail_at: Count = 0
    refuse_at: Count = 0


async def start_counting(ctx: Command, input: StartCounting) -> Rows[Task]:
    """Write clients one by one, in the background."""
    given = given_fields(input)
    given["pause"] = given.pop("pause_ms") / 1_000
    return start_task(ctx, KIND, given)
