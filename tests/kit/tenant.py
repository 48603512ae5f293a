"""A company of a test's own: its keys, its rows, and its client."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from decimal import Decimal
from itertools import count
from typing import Any, TypeVar
from uuid import UUID

from sqlalchemy import Column, Date, Integer, Numeric
from sqlmodel import SQLModel

from access.new_company import NewCompany
from access.principal import Principal
from access.scopes import Scope
from core.database.database import Database
from core.facts import facts_of
from core.record import Line, Record, Row, defaults_of, model_of, parent_of
from core.writing.claim import Outcome
from core.writing.columns import table_of
from core.writing.unit_of_work import UnitOfWork
from engine.declare.names import snake
from engine.runtime import Runtime
from engine.sql.projection import event_projections
from models import Client, Contact, Environment, Job, Quote, QuotePart, Team, TeamMember
from schema.assembly import graph
from tests.kit.rights import KitAccess

M = TypeVar("M", bound=Row)
_NUMBERS = count(1)


@dataclass
class Tenant:
    """A company with two workspaces and an owner who holds every scope."""

    made: NewCompany
    access: KitAccess
    runtime: Runtime
    environment: Environment = Environment.LIVE
    currency: str = "USD"

    @property
    def workspace_id(self) -> UUID:
        return self.made.live_id if self.environment is Environment.LIVE else self.made.test_id

    @property
    def database(self) -> Database:
        return self.runtime.database

    @property
    def sandbox(self) -> Tenant:
        """The company's test workspace."""
        return replace(self, environment=Environment.TEST)

    async def key(self, *scopes: str, name: str = "test", creator_id: UUID | None = None, **how: Any) -> str:
        """Make a key with exactly these scopes (none: all) and return it."""
        made = await self.access.keys.create(
            creator_id=creator_id or self.made.owner_id,
            name=name,
            scopes=scopes or list(Scope),
            environment=self.environment,
            **how,
        )
        return made.text

    def unit(self, epoch: int = 0, **how: Any) -> UnitOfWork:
        """A unit of work in the live workspace, as nobody in particular."""
        return UnitOfWork(
            self.database,
            workspace_id=self.workspace_id,
            epoch=epoch,
            claim=how.pop("claim", None),
            projections=event_projections(graph().catalogue),
            **how,
        )

    def principal(self, *scopes: str, epoch: int = 0) -> Principal:
        """A principal that no key stands behind, to call resolvers with."""
        return Principal(
            key_id=UUID(int=0),
            public_id="0" * 12,
            company_id=self.made.id,
            workspace_id=self.workspace_id,
            scopes=frozenset(scopes or list(Scope)),
            epoch=epoch,
            currency=self.currency,
        )

    async def epoch(self) -> int:
        """Where the workspace's access epoch stands."""
        return int(await self.value("select access_epoch from clocks where workspace_id = $1", self.workspace_id))

    async def value(self, sql: str, *args: Any) -> Any:
        """Ask for one value as the API's role, in this workspace."""
        rows = await self.all(sql, *args)
        return rows[0][0] if rows else None

    async def all(self, sql: str, *args: Any) -> list[Any]:
        """Ask as the API's role, in this workspace."""
        connection = await self.database.writes.acquire()
        try:
            async with connection.transaction():
                await connection.execute("select set_config('app.workspace_id', $1, true)", str(self.workspace_id))
                return list(await connection.fetch(sql, *args))
        finally:
            self.database.writes.release(connection)

    async def make(self, model: type[M], /, **values: Any) -> M:
        """Write one row through the unit of work, what is not given by default, and return it as it was written.

        A quote or contact without a client gets one of its own, a quote part a quote; an event `<type>.created` tells
        of a new record, `<type>.updated` of one that got a part.
        """
        [row] = await self.make_many(model, [values])
        return row

    async def make_many(self, model: type[M], each: Sequence[dict[str, Any]]) -> list[M]:
        """Write several rows in one transaction."""
        given = [await self._complete(model, values) for values in each]
        rows = [model(**values) for values in given]
        async with self.unit(await self.epoch()) as unit:
            for row in rows:
                await _stage(unit, row)
            await finish(unit)
        async with self.unit() as unit:
            found = {row.id: row for row in await unit.fetch(model, "id = any($2)", [row.id for row in rows])}
        return [found[row.id] for row in rows]

    async def _complete(self, model: type[Row], values: dict[str, Any]) -> dict[str, Any]:
        number = next(_NUMBERS)
        if model in {Client, Job}:
            named = {"name": f"Client {number}"} if model is Client else {}
            return named | {"currency": self.currency} | values
        if model is Quote:
            values = {"client_id": values.get("client_id") or (await self.make(Client)).id} | values
            zero = Decimal(0)
            return {"currency": self.currency, "subtotal": zero, "tax": zero, "total": zero} | values
        if model in {Team, TeamMember}:
            team = values.get("team_id") or (await self.make(Team)).id if model is TeamMember else None
            member = {"team_id": team, "user_id": self.made.owner_id, "position": 1}
            return ({"name": f"Team {number}"} if team is None else member) | values
        if model is Contact:
            values = {"client_id": values.get("client_id") or (await self.make(Client)).id} | values
            return {"first_name": f"Person {number}", "position": 1} | values
        if model is QuotePart:
            values = {"quote_id": values.get("quote_id") or (await self.make(Quote)).id} | values
            quantity, price = values.get("quantity", Decimal(1)), values.get("unit_price", Decimal(1))
            defaults = {"description": f"Part {number}", "position": 1, "unit": "C62", "total": quantity * price}
            return defaults | {"quantity": quantity, "unit_price": price} | values
        return await self._needed(model, number) | values

    async def _needed(self, model: type[Row], number: int) -> dict[str, Any]:
        """Values of the columns that any other row must have."""
        found: dict[str, Any] = {"position": 1} if issubclass(model, Line) else {}
        for column in table_of(model).columns:
            if column.nullable or column.name in {*Record.model_fields, *found, "workspace_id"}:
                continue
            if to := facts_of(column).refers_to:
                needed = model_of(SQLModel.metadata.tables[to])
                assert needed is not None
                found[column.name] = (await self.make(needed)).id
            elif defaults_of(model)[column.name] is None:
                found[column.name] = self._plain(column, f"{model.__name__} {number}")
        return found

    def _plain(self, column: Column[Any], text: str) -> Any:
        """A value of a column without a default."""
        facts = facts_of(column)
        if facts.choices is not None:
            return next(iter(facts.choices))
        if isinstance(column.type, Numeric):
            return Decimal(0) if facts.derived else Decimal(1)
        if isinstance(column.type, Date):
            return today()
        if isinstance(column.type, Integer):
            return 1
        return self.currency if column.name == "currency" else text


async def finish(unit: UnitOfWork) -> Outcome:
    """End a unit of work whose answer nobody reads."""
    return await unit.finish_with(b"{}")


async def _stage(unit: UnitOfWork, row: Row) -> None:
    if isinstance(row, Record):
        unit.save(row, f"{_kind(row)}.created")
        return
    assert isinstance(row, Line)
    record = await lock_record_of(unit, row)
    unit.inside(record, put=[row])
    unit.save(record, f"{_kind(record)}.updated")


async def lock_record_of(unit: UnitOfWork, row: Line) -> Record:
    """Lock the record that a line lies in, at whatever depth."""
    outer: Any = parent_of(type(row))
    record_id = getattr(row, row.parent_column)
    while issubclass(outer, Line):
        outer, record_id = parent_of(outer), await unit.look(outer, record_id, outer.parent_column)
    assert issubclass(outer, Record)
    [record] = await unit.lock(outer, [record_id])
    assert isinstance(record, Record)
    return record


def _kind(row: Row) -> str:
    return snake(type(row).__name__)


def today() -> date:
    """The date in UTC."""
    return datetime.now(UTC).date()
