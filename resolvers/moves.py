"""Moves as resolvers: a record goes from one state to another, with what a caller says of it and what follows."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from enum import StrEnum
from types import NoneType
from typing import Any, Protocol, TypedDict, cast, get_args, get_type_hints
from uuid import UUID

from core.absent import given_fields
from core.record import Record
from engine.declare.model_inputs import move_input
from engine.declare.names import spaced
from engine.declare.rows import Rows
from engine.run.context import Command
from resolvers.states import any_of
from resolvers.versions import ExpectedVersion

Resolver = Callable[..., Awaitable[Rows[Any]]]


class Moved(Protocol):
    """What a move has to know of an aggregate."""

    @property
    def model(self) -> type[Record]:
        """The record."""

    @property
    def name(self) -> str:
        """What events call it."""

    async def lock(self, ctx: Command, row_id: UUID, expected: ExpectedVersion) -> Any:
        """Lock a record."""

    def check_state(self, record: Any, allowed: tuple[StrEnum, ...], rule: str) -> None:
        """Raise Conflict when a record is in none of the states allowed."""

    async def follow(self, ctx: Command, record: Any) -> None:
        """Change what other records derive from a record that was just staged."""

    def documented(self, resolve: Any, about: str, *, name: str = "", **hints: Any) -> Resolver:
        """Give a resolver its documentation and its hints."""


class How(TypedDict, total=False):
    """What a move does beside setting the state.

    Its input sets the columns that it `asks` for (they must be given) and those that it `takes`. `arrange` refuses the
    move, or changes other records, where that takes the database; `effect` changes what else it changes of the record.
    The event's name ends with `past`, and a refusal says it: the state's name, unless given. `tells` ends the event's
    name instead, and `said` is what the refusal says instead.
    """

    asks: tuple[str, ...]
    takes: tuple[str, ...]
    arrange: Callable[[Command, Any], Awaitable[None]]
    effect: Callable[[Any], None]
    past: str
    tells: str
    said: str


def move(of: Moved, verb: str, by: tuple[StrEnum, ...], to: StrEnum, about: str, event: str, how: How) -> Resolver:
    """Make the resolver of a move, which tells `event`."""
    asks, takes = how.get("asks", ()), how.get("takes", ())
    rule = f"it can be {spaced(how.get('said') or how.get('past') or to.value)} only while it is {any_of(by)}"

    async def carry_out(ctx: Command, id: UUID, input: Any, expected: ExpectedVersion) -> Rows[Any]:
        found = await of.lock(ctx, id, expected)
        of.check_state(found, by, rule)
        cast("Any", found).status = to
        for name, value in given_fields(input).items() if input is not None else ():
            setattr(found, name, value)
        if arrange := how.get("arrange"):
            await arrange(ctx, found)
        if effect := how.get("effect"):
            effect(found)
        moved = ctx.save(found, event=event)
        await of.follow(ctx, found)
        return moved

    async def plain(ctx: Command, id: UUID, expected_version: Any = None) -> Rows[Any]:
        return await carry_out(ctx, id, None, expected_version)

    async def with_input(ctx: Command, id: UUID, input: Any, expected_version: Any = None) -> Rows[Any]:
        return await carry_out(ctx, id, input, expected_version)

    if not asks and not takes:
        return of.documented(plain, about, name=verb, expected_version=ExpectedVersion)
    hint: Any = move_input(of.model, f"What is said when it moves. {about}", f"{verb}_{of.name}", asks, takes)
    if not asks:
        hint = hint | None
        with_input.__defaults__ = (None, None)
    return of.documented(with_input, about, name=verb, input=hint, expected_version=ExpectedVersion)


def input_of(resolver: Resolver) -> type:
    """The input that a resolver takes, for callers that are not at a door."""
    found = resolver.__annotations__["input"]
    if isinstance(found, str):  # of a function that a module writes out
        found = get_type_hints(resolver)["input"]
    return cast("type", next((each for each in get_args(found) if each is not NoneType), found))
