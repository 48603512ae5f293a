"""Days: which day it is where the shop is."""

from __future__ import annotations

from datetime import date
from typing import cast

from engine.run.context import Command


async def today(ctx: Command) -> date:
    """The day that it is in the workspace's time zone."""
    return cast("date", await ctx.once("today", lambda: ctx.unit.call("workspace_today")))


async def begin_on(ctx: Command, day: date) -> None:
    """Let it be another day for the rest of a command: the demo does what was done long ago."""

    async def that() -> date:
        return day

    await ctx.once("today", that)
