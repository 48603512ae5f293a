"""A row of any model, made of the facts of its columns: for sweeps that a new type is covered by without a line."""

from __future__ import annotations

import hashlib
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any, get_args, get_type_hints
from uuid import UUID, uuid4

from sqlalchemy import ARRAY, Boolean, Column, Date, DateTime, Integer, LargeBinary, Numeric, SmallInteger, Text
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import SQLModel

from core.facts import facts_of
from core.record import Line, Record, Row, model_of
from core.values.checked import CURRENCY, UNIT, WEBSITE, Documented
from core.values.checked import Text as Checked
from core.values.countries import COUNTRY
from core.writing.columns import table_of
from engine.declare.annotations import definition
from engine.declare.catalogue import Computed
from engine.declare.names import snake
from tests.kit.tenant import Tenant

FORGE = {"workspace_id", "id", "created_at", "updated_at", "version", "created_by_id", "deleted_at", "number"}
"""Columns that no command sets."""

KNOWN = (
    (UNIT, ("C62", "KGM", "MTR", "HUR")),
    (CURRENCY, ("USD", "EUR", "GBP", "JPY")),
    (COUNTRY, ("US", "DE", "GB", "JP")),
    (WEBSITE, ("https://a.example.com", "https://b.example.com", "https://c.example.com", "https://d.example.com")),
)
"""Rules that let in no other texts than those of a list, and some of them."""


async def values_of(company: Tenant, model: type[Row], turn: int) -> dict[str, Any]:
    """A value for every column of a model that a command may set, another one each turn; references are to new rows."""
    found = {}
    for column in table_of(model).columns:
        if column.name not in FORGE:
            found[column.name] = await _value(company, column, f"{model.__name__} {column.name} {turn}", turn)
    return found


async def _value(company: Tenant, column: Column[Any], seed: str, turn: int) -> Any:
    facts, kind = facts_of(column), column.type
    if any(index.unique and column.name in index.columns for index in column.table.indexes):
        seed += str(uuid4())
    if facts.refers_to is not None:
        return await _reference(company, column, facts.refers_to, turn)
    if (column.table.name, column.name) == ("inventory_items", "on_hand"):
        return Decimal(turn % 2)  # it has a serial number, too, so it is one unit
    if facts.choices is not None:
        return list(facts.choices)[turn % len(facts.choices)]
    text = hashlib.sha256(seed.encode()).hexdigest()  # every check of a text lets it in
    rule = facts.rule.rule if isinstance(facts.rule, Documented) else facts.rule
    text = text[: rule.longest] if isinstance(rule, Checked) else text
    known = next((words for each, words in KNOWN if each is rule), None)
    text = text if known is None else known[turn % len(known)]
    made: dict[type[Any], Any] = {
        Text: text,
        Numeric: Decimal(f"{turn}.50"),
        SmallInteger: turn,
        Integer: turn,
        Boolean: bool(turn % 2),
        DateTime: datetime(2026, 1, 1, tzinfo=UTC) + timedelta(days=turn, microseconds=turn),
        Date: date(2026, 1, 1) + timedelta(days=turn),
        ARRAY: [text[:8], f"{turn}"],
        JSONB: [dict.fromkeys(facts.members, text[:50])] if facts.members else _object(company, column, text),
        LargeBinary: text.encode(),
    }
    return next(value for each, value in made.items() if isinstance(kind, each))


def _object(company: Tenant, column: Column[Any], text: str) -> dict[str, Any]:
    """What a column of JSON holds: each field of the small object that the graph shows of it, else just some."""
    model = model_of(column.table)
    spec = None if model is None else company.runtime.graph.catalogue.by_model.get(model)
    for each in () if spec is None else spec.fields.values():
        if isinstance(each, Computed) and each.plain is not None and each.plain.column == column.name:
            [shown, *_] = get_args(get_type_hints(each.method)["return"])
            return dict.fromkeys((one.python_name for one in definition(shown).fields), text)
    return {"text": text}


async def _reference(company: Tenant, column: Column[Any], to: str, turn: int) -> UUID | None:
    if column.nullable and (facts_of(column).through is not None or to == column.table.name):
        return None
    model = model_of(SQLModel.metadata.tables[to])
    assert model is not None
    if issubclass(model, Line):
        return None if column.nullable else (await company.make(model)).id
    row = await make(company, model, turn)
    return row.id


async def make(company: Tenant, model: type[Row], turn: int = 1) -> Row:
    """Write a row of a model by a command of its own, every column of it set."""
    row = model(**await values_of(company, model, turn))
    assert not issubclass(model, Line)
    assert isinstance(row, Record)
    async with company.unit(await company.epoch()) as unit:
        unit.save(row, f"{family(company, model)}.created")
        await unit.finish_with(b"{}")
    return row


def family(company: Tenant, model: type[Row]) -> str:
    """What the events of a record begin with."""
    return snake(company.runtime.graph.catalogue.by_model[model].name)
