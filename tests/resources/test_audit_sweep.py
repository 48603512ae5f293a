"""The audit of every type of record: what an entry says is what the events before and after differ in."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import orjson
import pytest

from access.scopes import Scope, expand
from core.record import Line, Record, parent_of
from engine.declare.catalogue import Column, Computed, One
from schema.assembly import graph
from tests.kit.any_row import family, make, values_of
from tests.kit.client import Client as Api
from tests.kit.fixtures import Key
from tests.kit.tenant import Tenant, lock_record_of

TYPES = [spec for spec in graph().catalogue.types.values() if issubclass(spec.model, Record)]
MOVED = {"updated_at", "version", "id", "created_at"}


async def write(company: Tenant, record: Record, event: str, **changes: Any) -> None:
    async with company.unit(await company.epoch()) as unit:
        [found] = await unit.lock(type(record), [record.id])
        for name, value in changes.items():
            setattr(found, name, value)
        unit.save(found, event)
        await unit.finish_with(b"{}")


async def data_of(company: Tenant, record: Record) -> list[dict[str, Any]]:
    """The record as each of its events shows it."""
    rows = await company.all("select data from outbox where record_id = $1 order by sequence", record.id)
    return [orjson.loads(row["data"]) for row in rows]


async def audit(api: Api, record: Record, **how: Any) -> list[dict[str, Any]]:
    """The entries of a record as REST shows them, the first one first."""
    answer = await api.get(f"/api/v1/audit?record_id={record.id}&sort=at", **how)
    assert answer.status == 200, answer.body
    return list(answer.json["data"])


def values(changes: dict[str, Any]) -> dict[str, Any]:
    return {name: (each["old"], each["new"]) for name, each in changes.items() if "hidden" not in each}


@pytest.mark.parametrize("spec", TYPES, ids=lambda each: each.name)
async def test_an_entry_says_what_differs_between_the_events(api: Api, company: Tenant, spec: Any):
    name = family(company, spec.model)
    record: Any = await make(company, spec.model, 1)
    changes = await values_of(company, spec.model, 2)
    await write(company, record, f"{name}.updated", **changes)
    await write(company, record, f"{name}.updated")
    await write(company, record, f"{name}.deleted", deleted_at=datetime.now(UTC))
    await write(company, record, f"{name}.updated", deleted_at=None)
    shown = await data_of(company, record)
    entries = await audit(api, record)
    assert [each["action"] for each in entries] == ["created", "updated", "updated", "deleted", "restored"]
    assert {each["record_type"] for each in entries} == {name}
    assert [each["at"] for each in entries] == [each["updated_at"] for each in shown]
    for before, after, entry in zip(shown, shown[1:], entries[1:], strict=False):
        differ = {key: (before[key], after[key]) for key in after if before[key] != after[key] and key not in MOVED}
        assert values(entry["changes"]) == differ
    assert entries[2]["changes"] == {}
    fresh = {key: (None, value) for key, value in shown[0].items() if value is not None and key not in MOVED}
    told = values(entries[0]["changes"])
    assert told.items() <= fresh.items()
    defaults = {each.name: vars(spec.model())[each.column] for each in _columns(spec)}
    assert {name: shown[0][name] for name in fresh if name not in told} == {
        name: defaults[name] for name in fresh if name not in told
    }


@pytest.mark.parametrize("spec", TYPES, ids=lambda each: each.name)
async def test_nothing_that_no_door_shows_leaves_the_table_in_an_entry(
    api: Api, company: Tenant, owner: Any, spec: Any
):
    record: Any = await make(company, spec.model, 1)
    changes = await values_of(company, spec.model, 2)
    await write(company, record, f"{family(company, spec.model)}.updated", **changes)
    created, updated = await audit(api, record)
    shown = {each.name for each in _columns(spec)}
    for entry in (created, updated):
        for name, each in entry["changes"].items():
            assert (name in shown) is (each != {"hidden": True}), name
    secrets = [value for value in (*vars(record).values(), *changes.values()) if isinstance(value, bytes)]
    stored = await owner.fetch("select to_jsonb(audit)::text from audit where record_id = $1", record.id)
    for row in stored:
        for secret in secrets:
            assert secret.hex() not in row[0]
            assert secret.decode() not in row[0]


@pytest.mark.parametrize("spec", TYPES, ids=lambda each: each.name)
async def test_a_scoped_field_is_named_without_its_values_and_a_type_without_its_scope_is_not_there(
    api: Api, company: Tenant, key: Key, spec: Any
):
    record: Any = await make(company, spec.model, 1)
    scoped = {each.name: str(each.scope) for each in spec.columns() if each.scope}
    [entry] = await audit(api, record, key=await key("audit.view", str(spec.scope)))
    hidden = {name: each["scope"] for name, each in entry["changes"].items() if "scope" in each}
    assert hidden == scoped
    assert all(entry["changes"][name] == {"hidden": True, "scope": scope} for name, scope in scoped.items())
    others = [str(each) for each in Scope if each.area != spec.scope.area and spec.scope not in expand([each])]
    blind = await key(*others)
    assert await audit(api, record, key=blind) == []
    asked = f'{{ audit(recordId: "{record.id}") {{ nodes {{ id }} }} }}'
    assert (await api.graphql(asked, key=blind)).code == "insufficient_scope"


@pytest.mark.parametrize("spec", TYPES, ids=lambda each: each.name)
async def test_no_other_company_sees_an_entry(api: Api, company: Tenant, other_company: Tenant, spec: Any):
    record: Any = await make(company, spec.model, 1)
    theirs = await other_company.key()
    assert await audit(api, record, key=theirs) == []
    assert (await api.graphql("{ audit { totalCount } }", key=theirs)).data["audit"]["totalCount"] == 0


@pytest.mark.parametrize(
    "model", [each.model for each in graph().catalogue.types.values() if issubclass(each.model, Line)], ids=str
)
async def test_rows_inside_are_told_with_their_record(api: Api, company: Tenant, model: Any):
    row = await company.make(model)
    changes: Any = {**await values_of(company, model, 3), model.parent_column: getattr(row, model.parent_column)}
    async with company.unit(await company.epoch()) as unit:
        record: Any = await lock_record_of(unit, row)
        [found] = await unit.find(model, id=row.id)
        for name, value in changes.items():
            setattr(found, name, value)
        unit.inside(record, put=[found])
        unit.save(record, f"{family(company, type(record))}.updated")
        await unit.finish_with(b"{}")
    async with company.unit(await company.epoch()) as unit:
        record = await lock_record_of(unit, row)
        [found] = await unit.find(model, id=row.id)
        unit.inside(record, remove=[found])
        unit.save(record, f"{family(company, type(record))}.updated")
        await unit.finish_with(b"{}")
    deep = issubclass(parent_of(model), Line)
    *_, added, changed, removed = await audit(api, record)
    for entry, change in ((added, "added"), (changed, "changed"), (removed, "removed")):
        [lines] = [each for each in entry["changes"].values() if isinstance(each, list)]
        assert [(line["id"], line["change"], "in" in line) for line in lines] == [(str(row.id), change, deep)]


def _columns(spec: Any) -> list[Column]:
    fields = spec.fields.values()
    found = [each.reference if isinstance(each, One) else each for each in fields]
    found = [each.plain if isinstance(each, Computed) else each for each in found]
    return [each for each in found if isinstance(each, Column)]
