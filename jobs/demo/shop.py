"""A shop as the demo has it, written by the commands that every caller uses.

What a row is follows from its stage and its number, so the demo is always the same; its dates lie before the day on
which it is written.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from random import Random
from typing import Any, Final
from uuid import UUID

from engine.declare.inputs import read_input
from engine.run.context import Command
from resolvers.aggregate import input_of

SYSTEM: Final = "demo"
"""The system whose external ids the demo's records have: `quotes-17`."""
_IDS: Final = "select id from {} where workspace_id = $1 and deleted_at is null and ({}) order by id limit 3000"


def said(given: Any) -> Any:
    """An input without what is not said."""
    if isinstance(given, dict):
        return {name: said(value) for name, value in given.items() if value is not None}
    return [said(each) for each in given] if isinstance(given, list) else given


@dataclass
class Shop:
    """One transaction in the demo's workspace."""

    ctx: Command
    stage: str

    def draw(self, number: int) -> Random:
        """The dice of one row."""
        return Random(f"850/{self.stage}/{number}")  # noqa: S311  # a demo, no secret

    async def write(self, command: Callable[..., Awaitable[Any]], given: dict[str, Any], number: int) -> UUID:
        """Write a record with the external id of its number."""
        name = {"external_ids": [{"system": SYSTEM, "external_id": f"{self.stage}-{number}"}]}
        made = await command(self.ctx, read_input(input_of(command), said({**given, **name})))
        return UUID(str(made.row_id))

    async def act(
        self, command: Callable[..., Awaitable[Any]], row_id: UUID, given: dict[str, Any] | None = None
    ) -> Any:
        """Do something with a record."""
        if given is None:
            return await command(self.ctx, row_id)
        return await command(self.ctx, row_id, read_input(input_of(command), said(given)))

    async def ids(self, table: str, where: str = "true") -> list[UUID]:
        """The ids of the records of a table, in the order in which they were made."""
        return [row["id"] for row in await self.ctx.unit.ask(_IDS.format(table, where))]

    async def flush(self) -> None:
        """Write what is staged, for what follows reads it."""
        await self.ctx.unit.flush()
