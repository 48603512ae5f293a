"""What else is wrong with an input that could not be read: a caller is told everything at once."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from typing import Any, get_type_hints
from uuid import UUID

from core.errors import InsufficientScope, Invalid
from core.problems import Problems
from core.record import Record
from core.values.ids import new_id
from engine.declare.inputs import read_value
from engine.declare.names import camel, snake
from engine.run.context import Command
from resolvers.custom_values import judge_fields

Examine = Callable[[Command, Any, Mapping[str, Any], Problems], Awaitable[None]]
"""Notes what a record does not take of the columns given, whichever of them these are; it changes nothing."""
Prepare = Callable[[Command, Any, dict[str, Any]], Awaitable[None]]
"""Told a record before it is changed (new: empty) and what is to be set: fills what was left out, or refuses it."""


async def takes_all(_ctx: Command, _record: Any, _given: Mapping[str, Any], _wrong: Problems) -> None:
    """Nothing is wrong with a column that could be read."""


class Judge:
    """Tells what is wrong with an input of a record beside what its form says: custom fields, and what is examined."""

    def __init__(self, model: type[Record], input: type | None, examine: Examine) -> None:
        self._model, self._input, self._examine = model, input, examine

    def has_more(self, sent: Mapping[str, Any]) -> bool:
        """Whether there is more to look at, for which a transaction is opened."""
        examined = self._examine is not takes_all and self._input is not None
        return examined or bool(sent.get("custom_fields") or sent.get("customFields"))

    async def __call__(
        self, ctx: Command, sent: Mapping[str, Any], error: Invalid, row_id: UUID | None = None
    ) -> Invalid:
        """The error with what else is wrong with what was sent, as far as that could be read."""
        found = [] if row_id is None else await ctx.unit.find(self._model, id=row_id)
        record = found[0] if found else self._model(id=new_id(self._model))
        wrong = Problems()
        wrong.add(error)
        if self._input is not None:
            told = {snake((each.field or "").partition(".")[0].partition("[")[0]) for each in error.details}
            with suppress(InsufficientScope), wrong.apart():  # what the key may not see is told when all else is right
                await self._examine(ctx, record, _readable(self._input, sent, told), wrong)
        with wrong.apart():
            await judge_fields(ctx, record, sent, error)
        return wrong.error()


def _readable(cls: type, sent: Mapping[str, Any], told: set[str]) -> dict[str, Any]:
    """The columns of an input of which nothing is told, each read by itself."""
    found = {}
    for name, hint in get_type_hints(cls, include_extras=True).items():
        key = name if name in sent else camel(name)
        if key in sent and name not in told:
            found[name] = read_value(hint, sent[key], name)
    return found
