"""Records that an example of a body is sent about: each in a state in which the door takes it."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from sqlmodel import SQLModel

from core.facts import facts_of
from core.record import Line, Record, Row, model_of, parent_of
from core.writing.columns import table_of
from models import (
    InventoryItem,
    Job,
    JobStatus,
    PurchaseOrder,
    PurchaseOrderStatus,
    Receipt,
    Rfq,
    RfqInvitation,
    RfqResponse,
    RfqStatus,
)
from resolvers.aggregate import AGGREGATES
from resolvers.lines import Lines
from rest.openapi.examples import example
from tests.kit.client import Client as Api
from tests.kit.every import kind_of, made
from tests.kit.tenant import Tenant

SOMEBODY = "01975c00-7b2a-7003-8d5a-3f0c9b1e2a44"
"""The id in examples of a record that must be there."""
V1 = "/api/v1"
STATES = {
    "complete": JobStatus.IN_PROGRESS,
    "issue": JobStatus.IN_PROGRESS,
    "return": JobStatus.IN_PROGRESS,
    "receive": PurchaseOrderStatus.SENT,
}
"""In which state what is no move is taken."""
PLAIN: dict[str, str] = {"line_id": "rfq_lines", "record_id": "quotes", "response_ids": "rfq_responses"}
"""What is referred to by names that are no column's."""
THERE = {"roles", "users"}
"""Tables that every company begins with rows of."""
TABLES: dict[str, str] = {}
for _table in SQLModel.metadata.tables.values():
    for _column in _table.columns:
        if (_to := facts_of(_column).refers_to) is not None and model_of(_table) is not None:
            TABLES.setdefault(_column.name, _to)


class Ready:
    """What one company has for examples; a record is made when it is first asked for."""

    def __init__(self, api: Api, company: Tenant, schemas: dict[str, Any]) -> None:
        self._api = api
        self._schemas = schemas
        self._company = company
        self._ids: dict[str, str] = {}

    async def filled(self, found: Any, key: str = "") -> Any:
        """An example in which each id is of a record that is there."""
        if isinstance(found, dict):
            return {name: await self.filled(each, name) for name, each in found.items()}
        if isinstance(found, list):
            return [await self.filled(each, key) for each in found]
        return await self.id_for(key) if found == SOMEBODY else found

    def forget(self, table: str) -> None:
        """Let the next example refer to another record of a table."""
        self._ids.pop(table, None)

    async def id_for(self, key: str) -> str:
        """The id of a record that a field of this name may hold."""
        table = PLAIN.get(key) or TABLES[key.replace("_ids", "_id")]
        if table not in self._ids:
            model = model_of(SQLModel.metadata.tables[table])
            assert model is not None
            self._ids[table] = await self.of(model, bare=True)
        return self._ids[table]

    async def of(self, model: type[Row], verb: str = "", *, bare: bool = False) -> str:
        """The id of a new record (`bare`: with no rows in it), or of a row inside one, that is to take a command."""
        if model is RfqResponse:
            await self._answered()
            return self._ids["rfq_responses"]
        if issubclass(model, Line):
            return await self._row(model, verb)
        assert issubclass(model, Record)
        if table_of(model).name in THERE:
            return str((await self._api.get(f"{V1}/{table_of(model).name}")).data[0]["id"])
        if model is InventoryItem:
            found = (await made(self._api, kind_of("reservations")))["inventory_item_id"]
        elif model is Receipt:
            order = await self.of(PurchaseOrder, "receive")
            found = (await self._api.post(f"{V1}/purchase-orders/{order}/receive", {})).data["id"]
        elif model is Rfq and verb == "award":
            found = await self._answered()
        else:
            kind = kind_of(table_of(model).name)
            found = (await made(self._api, kind, **({} if bare else await self._inside(model, verb))))["id"]
            for each in AGGREGATES[model].lines if model in AGGREGATES else ():
                shown = await self._api.get(f"{kind.path}/{found}?include={each.name}")
                self._ids |= {table_of(each.model).name: row["id"] for row in shown.data.get(each.name, ())}
        await self._let_be(model, found, verb)
        return str(found)

    async def _inside(self, model: type[Record], verb: str) -> dict[str, Any]:
        """A row for each list inside a record, which most commands ask for; none where the command adds the first."""
        if model not in AGGREGATES:
            return {}
        found: dict[str, Any] = {}
        for each in AGGREGATES[model].lines:
            if each.name != verb.replace("-", "_"):
                found[each.name] = [await self._line(each, verb)]
        return found

    async def _line(self, lines: Lines, verb: str) -> dict[str, Any]:
        """A row of a list, with a row in each list inside it."""
        found: dict[str, Any] = await self.filled(example(f"{lines.model.__name__}Input", self._schemas))
        for each in lines.inside:
            if each.name != verb:
                found[each.name] = [await self._line(each, verb)]
        return found

    async def _row(self, model: type[Line], verb: str) -> str:
        outer = parent_of(model)
        assert issubclass(outer, Record)
        record = self._ids[table_of(outer).name] = await self.of(outer, verb)
        [lines] = [each for each in AGGREGATES[outer].lines if each.model is model]
        shown = await self._api.get(f"{kind_of(table_of(outer).name).path}/{record}?include={lines.name}")
        if verb == "respond":
            await self._is(outer, record, RfqStatus.SENT)
        return str(shown.data[lines.name][0]["id"])

    async def _answered(self) -> str:
        """A request for quotation that has an answer; examples are filled with its line and the answer."""
        invitation = await self._row(RfqInvitation, "respond")
        prices = await self.filled([{"line_id": SOMEBODY, "quantity": "12.50", "unit_price": "2"}])
        answer = await self._api.post(f"{V1}/rfq-invitations/{invitation}/respond", {"prices": prices})
        assert answer.status == 200, answer.body
        found = self._ids["rfqs"]
        shown = await self._api.get(f"{V1}/rfqs/{found}?include=responses")
        self._ids["rfq_responses"] = shown.data["responses"][0]["id"]
        return found

    async def _let_be(self, model: type[Record], found: str, verb: str) -> None:
        """Let a new record be in the state in which a command is taken."""
        moves = AGGREGATES[model].moves if model in AGGREGATES else []
        states = [by for each in moves if each.verb == verb for by in each.by]
        if states or verb in STATES:
            await self._is(model, found, STATES[verb] if verb in STATES else states[0])
        if model is Job and verb in {"issue", "return"}:
            item = await self._api.get(f"{V1}/inventory/{await self.id_for('inventory_item_id')}")
            self._ids["stock_locations"] = item.data["location_id"]
            need = {"job_id": found, "part_id": item.data["part_id"]}
            self._ids["requirements"] = (await made(self._api, kind_of("requirements"), **need))["id"]
        if verb == "return":
            lines = [{"requirement_id": SOMEBODY, "location_id": SOMEBODY, "quantity": "12.50"}]
            answer = await self._api.post(f"{V1}/jobs/{found}/issue", {"lines": await self.filled(lines)})
            assert answer.status == 200, answer.body

    async def _is(self, model: type[Record], found: str, status: str) -> None:
        await self._company.all(
            f"update {table_of(model).name} set status = $1 where id = $2 returning id",
            status, UUID(found),
        )  # fmt: skip
