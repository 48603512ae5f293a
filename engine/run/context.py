"""What a resolver is given: who asks, in which workspace, and the ways to read and to write there."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Coroutine, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, TypeVar
from uuid import UUID

from aiodataloader import DataLoader
from asyncpg import PostgresError

from access.gate import NamedKey
from access.principal import Principal
from core.database.database import Database
from core.errors import Invalid, LiveKeyRequired, NotFound
from core.feed import Read
from core.gone import Gone
from core.installation import Installation
from core.record import Line, Record, Row
from core.values.ids import tag_of
from core.writing.claim import Outcome, State
from core.writing.unit_of_work import UnitOfWork
from engine.declare.catalogue import Catalogue, TypeSpec
from engine.declare.rows import Rows, alive
from engine.sql.refused import refused

if TYPE_CHECKING:
    from engine.graph.graph import Graph
    from engine.sql.plans import Rendering

M = TypeVar("M", bound=Row)
R = TypeVar("R", bound=Record)
Names = Callable[[UUID, Sequence[UUID]], Awaitable[Mapping[UUID, NamedKey]]]
Fetch = Callable[[list[Any]], Coroutine[Any, Any, list[Any]]]


class Reading:
    """One request's view of one workspace."""

    def __init__(
        self, principal: Principal, catalogue: Catalogue, request_id: str = "", names: Names | None = None
    ) -> None:
        self.principal = principal
        self.catalogue = catalogue
        self.request_id = request_id
        self._names = names
        self.plain = False
        """Whether what is answered is spelled as REST spells it."""
        self.lane: Any = None
        self.reader: Read | None = None
        """Reads on the snapshot of the request, when there is one."""
        self.database: Database | None = None
        self.gone: Gone | None = None
        """Tells when the caller has gone away, if anybody can."""
        self._loaders: dict[object, DataLoader[Any, Any]] = {}

    async def read(self, sql: str, args: Sequence[Any]) -> bytes | None:
        """Run a guarded statement where the request reads: for a value that is no row of the graph."""
        if self.reader is not None:
            return await self.reader(sql, args)
        if self.database is None:
            raise RuntimeError("this context reads nothing but rows")
        return await self.database.text(sql, args, self.principal.share)

    async def render(self, rendering: Rendering, database: Database | None = None) -> bytes:
        """Run the statement of a read and return its JSON."""
        found, principal, plan = database or self.database, self.principal, rendering.plan
        assert found is not None
        try:
            return (
                await found.text(plan.sql, rendering.args(principal), principal.share, plan.weight, self.gone)
                or b"null"
            )
        except (PostgresError, Invalid) as error:
            raise refused(error) from error

    def rows(self, model: type[M]) -> Rows[M]:
        """Rows of this workspace, deleted ones left out; nothing is read until the engine renders them.

        A row inside a record is there as long as its record is.
        """
        rows = Rows(model)
        return rows.where(alive(model)) if issubclass(model, Line) else rows

    def node(self, row_id: UUID) -> Rows[Any] | None:
        """The row of this id, whichever type of the graph the id says it is of; None for an id of no such type."""
        spec = self.catalogue.by_tag.get(tag_of(row_id) or 0)
        return None if spec is None else self.rows(spec.model).by_id(row_id)

    def spec_of(self, model: type[Row]) -> TypeSpec:
        """The graph's type of a model."""
        return self.catalogue.by_model[model]

    async def named_keys(self, ids: list[UUID]) -> list[NamedKey | None]:
        """What API keys of the caller's company are called, and in whose name they act; for `load`."""
        known = await self._names(self.principal.company_id, ids) if self._names else {}
        return [known.get(each) for each in ids]

    def load(self, fetch: Fetch, key: Any) -> Awaitable[Any]:
        """Fetch what is outside the statement: all keys asked for in one tick go to `fetch` together."""
        loader = self._loaders.get(fetch)
        if loader is None:
            loader = self._loaders[fetch] = DataLoader(fetch)
        return loader.load(key)


class Command(Reading):
    """What a command is given: a view of the workspace, and the way to write there. One that runs again gets a new one.

    `graph` is what the request is answered from, `installation` what may be sealed with, and what is allowed here.
    """

    def __init__(
        self,
        principal: Principal,
        unit: UnitOfWork,
        graph: Graph,
        installation: Installation,
        request_id: str = "",
        names: Names | None = None,
    ) -> None:
        super().__init__(principal, graph.catalogue, request_id, names)
        self.unit, self.graph, self.installation = unit, graph, installation
        self.withdrawn: set[str] = set()
        """Public ids of keys that lose a right by it."""
        self._shown_once: dict[str, str] = {}
        self._once: dict[object, Any] = {}
        self._counts: dict[object, int] = {}
        self._repeats = False

    def require_live(self, model: type[Row]) -> None:
        """Raise LiveKeyRequired when a key of the sandbox is about to change what is the company's."""
        if model.of_company and self.principal.workspace_id != self.principal.home_id:
            raise LiveKeyRequired("This is the company's, and takes a live key: one of the sandbox only reads it")

    def withdraw(self, public_ids: Iterable[str]) -> None:
        """Say which keys lose a right by this command, by their public ids: all processes are told after the commit."""
        self.withdrawn.update(public_ids)

    async def once(self, key: object, make: Callable[[], Awaitable[Any]]) -> Any:
        """Make something once for the whole command: what several of its records need, such as definitions."""
        if key not in self._once:
            self._once[key] = await make()
        return self._once[key]

    def counted(self, what: object) -> int:
        """How often this command asked the same before: what it has staged is in no table yet."""
        self._counts[what] = self._counts.get(what, -1) + 1
        return self._counts[what]

    def forget(self) -> None:
        """Forget what was made once: what it was made of was undone."""
        self._once.clear()

    def show_once(self, mask: str, secret: str) -> None:
        """Show a secret in this command's answer, in place of the mask that the row keeps of it.

        It is put in after the commit, so neither the row nor the idempotency record holds it: a replay shows the mask.
        Both must be text that JSON writes as it is.
        """
        self._shown_once[mask] = secret

    @property
    def shown_once(self) -> list[str]:
        """The secrets that this command's answer is to show."""
        return list(self._shown_once.values())

    def repeat(self) -> None:
        """Say that this command had been done before, and that its answer is what it led to then."""
        self._repeats = True

    def concluded(self, outcome: Outcome) -> Outcome:
        """The outcome of this command as it is answered: with the secrets that are shown once, if it was committed."""
        body = outcome.body
        if outcome.state is not State.DONE or body is None:
            return outcome
        for mask, secret in self._shown_once.items():
            body = body.replace(f'"{mask}"'.encode(), f'"{secret}"'.encode())
        return replace(outcome, body=body, repeats=self._repeats, shows_secret=bool(self._shown_once))

    async def lock(self, model: type[R], row_id: UUID) -> R:
        """Lock one live row until the commit and return it; NotFound when there is none here."""
        found = await self.unit.lock(model, [row_id])
        if not found or found[0].deleted_at is not None:
            raise NotFound(f"{model.__name__} not found", field="id")
        return found[0]

    async def get(self, model: type[M], row_id: UUID) -> M | None:
        """Return one live row as it is now, without a lock."""
        found = await self.unit.find(model, id=row_id)
        row = found[0] if found else None
        return None if isinstance(row, Record) and row.deleted_at is not None else row

    def save(self, row: R, *, event: str) -> Rows[R]:
        """Stage a new or changed row and its event; the edge writes everything at once, last."""
        self.unit.save(row, event)
        return Rows(type(row), deleted=True).by_id(row.id)

    def delete(self, row: R, *, event: str) -> Rows[R]:
        """Stage a soft delete and its event: lists hide the row, what refers to it still shows it."""
        row.deleted_at = datetime.now(UTC)
        return self.save(row, event=event)

    def inside(self, row: Record, *, put: Sequence[Row] = (), remove: Sequence[Row] = ()) -> None:
        """Stage rows inside a document, or written with it: it must be saved too, and gets one version for all."""
        self.unit.inside(row, put=put, remove=remove)
