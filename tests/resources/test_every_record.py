"""What every record has, tried on every type: restore, deleted rows, external ids, custom fields, tags and notes."""

from __future__ import annotations

import asyncio
from typing import Any

import orjson
import pytest

from tests.kit.client import Client as Api
from tests.kit.every import Kind, kinds, kinds_deleted, made
from tests.kit.tenant import Tenant

KINDS = pytest.mark.parametrize("kind", list(kinds()), ids=lambda kind: kind.spec.name)
FIELDS: dict[str, tuple[dict[str, Any], Any, list[Any]]] = {
    "text": ({}, "Steel", [1, True, "\0", "x" * 2_001]),
    "number": ({}, "12.50", ["twelve", True, "1e400", "1.1234567"]),
    "boolean": ({}, True, ["true", 1]),
    "date": ({}, "2026-01-31", ["2026-02-30", "31.1.2026", 5]),
    "select": ({"options": ["low", "high"]}, "low", ["LOW", "", 1]),
    "url": ({}, "https://example.com/a", ["example.com", "ftp://example.com", "javascript:alert(1)"]),
}
"""Of each type of custom field: what its definition has beside, a value, and values that it does not take."""


async def define(api: Api, kind: Kind, key: str, kind_of_field: str, **given: Any) -> dict[str, Any]:
    body = {"record_type": family(kind), "key": key, "label": key, "type": kind_of_field} | given
    answer = await api.post("/api/v1/custom-field-definitions", body)
    assert answer.status == 201, answer.body
    found: dict[str, Any] = answer.data
    return found


def family(kind: Kind) -> str:
    return "".join(f"_{each.lower()}" if each.isupper() else each for each in kind.spec.name).lstrip("_")


async def event_of(company: Tenant, row_id: str) -> str:
    return str(
        await company.value("select type from outbox where record_id = $1 order by sequence desc limit 1", row_id)
    )


@pytest.mark.parametrize("kind", kinds_deleted(), ids=lambda kind: kind.spec.name)
async def test_a_deleted_record_is_listed_when_asked_for_and_can_be_restored(api: Api, company: Tenant, kind: Kind):
    row = await made(api, kind)
    one = f"{kind.path}/{row['id']}"
    early = await api.post(f"{one}/restore")
    assert (early.status, early.code) == (409, "conflict")
    assert (await api.delete(one)).status == 200
    assert (await api.get(one)).status == 404
    listed = (await api.get(f"{kind.path}?deleted=only")).data
    assert [(each["id"], each["deleted_at"] is not None) for each in listed] == [(row["id"], True)]
    answer = await api.post(f"{one}/restore", headers={"If-Match": '"2"'})
    assert (answer.status, answer.data["version"], answer.data["deleted_at"]) == (200, 3, None), answer.body
    assert (await api.get(one)).status == 200
    assert (await api.get(f"{kind.path}?deleted=only")).data == []
    assert await event_of(company, row["id"]) == f"{family(kind)}.restored"


@KINDS
async def test_tags_and_notes_are_kept_as_they_were_sent(api: Api, kind: Kind):
    row = await made(api, kind, tags=["rush", "ünï 1"], notes="First\nsecond")
    assert (row["tags"], row["notes"]) == (["rush", "ünï 1"], "First\nsecond")
    one = f"{kind.path}/{row['id']}"
    changed = (await api.patch(one, {"tags": ["late"], "notes": None})).data
    assert (changed["tags"], changed["notes"], changed["version"]) == (["late"], None, 2)
    for wrong in ({"tags": [""]}, {"tags": "late"}, {"notes": "x" * 10_001}):
        assert (await api.patch(one, wrong)).status == 422


@KINDS
async def test_external_ids_are_unique_and_found(api: Api, company: Tenant, kind: Kind):
    mine = {"system": "erp", "external_id": "47 11,x"}
    other = {"system": "shop-2", "external_id": "47 11,x"}
    row = await made(api, kind, external_ids=[mine, other])
    assert row["external_ids"] == [mine, other]
    stranger = await made(api, kind)
    refused = await api.patch(f"{kind.path}/{stranger['id']}", {"external_ids": [mine]})
    assert (refused.status, refused.code) == (409, "conflict")
    assert row["id"] in refused.json["error"]["message"]
    again = await api.post(kind.path, await kind.body(api) | {"external_ids": [mine]})
    assert (again.status, again.code) == (409, "conflict")
    found = await api.get(kind.path, params={"external_id": "erp:47 11,x"})
    assert [each["id"] for each in found.data] == [row["id"]]
    assert (await api.get(kind.path, params={"external_id": "erp:4711"})).data == []
    plural = kind.path.rpartition("/")[2].split("-")
    name = plural[0] + "".join(each.capitalize() for each in plural[1:])
    document = (
        f'{{ {name}(filter: {{externalId: {{system: "shop-2", in: ["47 11,x", "no"]}}}})'
        " { nodes { id externalIds { externalId } } } }"
    )
    node = {"id": row["id"], "externalIds": [{"externalId": "47 11,x"}, {"externalId": "47 11,x"}]}
    assert (await api.graphql(document)).data == {name: {"nodes": [node]}}
    moved = (await api.patch(f"{kind.path}/{row['id']}", {"external_ids": [other]})).data
    assert moved["external_ids"] == [other]
    assert (await api.patch(f"{kind.path}/{stranger['id']}", {"external_ids": [mine]})).status == 200
    rows = await company.all(
        "select system, record_id::text from external_ids where record_type = $1 order by 1", kind.spec.table
    )
    assert [tuple(each) for each in rows] == [("erp", stranger["id"]), ("shop-2", row["id"])]


@KINDS
async def test_one_of_many_that_race_for_an_external_id_gets_it(api: Api, company: Tenant, kind: Kind):
    name = {"system": "erp", "external_id": "1"}
    bodies = [await kind.body(api) | {"external_ids": [name]} for _ in range(16)]
    answers = await asyncio.gather(*(api.post(kind.path, each) for each in bodies))
    assert sorted(each.status for each in answers) == [201, *[409] * 15]
    [row] = await company.all("select record_id::text from external_ids where record_type = $1", kind.spec.table)
    [winner] = [each.data["id"] for each in answers if each.status == 201]
    assert row["record_id"] == winner


@pytest.mark.parametrize(
    "wrong",
    [
        [{"system": "ERP", "external_id": "1"}],
        [{"system": "", "external_id": "1"}],
        [{"system": "erp", "external_id": ""}],
        [{"system": "erp", "external_id": "1"}] * 2,
        [{"system": "erp", "external_id": "1", "more": 1}],
        [{"system": "erp", "external_id": str(n)} for n in range(21)],
        {"erp": "1"},
    ],
)
async def test_an_external_id_that_is_none_is_refused(api: Api, wrong: Any):
    answer = await api.post("/api/v1/clients", {"name": "X", "external_ids": wrong})
    assert (answer.status, answer.code) == (422, "validation_error")
    assert "external_ids" in answer.json["error"]["message"]


@KINDS
async def test_custom_fields_of_each_type_are_checked_and_shown(api: Api, company: Tenant, kind: Kind):
    row = await made(api, kind)
    one = f"{kind.path}/{row['id']}"
    assert row["custom_fields"] == {}
    for name, (more, value, wrong) in FIELDS.items():
        await define(api, kind, f"my_{name}", name, **more)
        for bad in wrong:
            refused = await api.patch(one, {"custom_fields": {f"my_{name}": bad}})
            assert (refused.status, refused.code) == (422, "validation_error"), (name, bad, refused.body)
            assert f"my_{name}" in refused.json["error"]["message"], refused.body
        assert (await api.patch(one, {"custom_fields": {f"my_{name}": value}})).status == 200
    kept = {f"my_{name}": "12.5" if name == "number" else value for name, (_, value, _) in FIELDS.items()}
    assert (await api.get(one)).data["custom_fields"] == kept
    document = f'{{ node(id: "{row["id"]}") {{ ... on {kind.spec.name} {{ customFields }} }} }}'
    assert (await api.graphql(document)).data == {"node": {"customFields": kept}}
    told = await company.value(
        "select data::json->>'custom_fields' from outbox where record_id = $1 order by sequence desc limit 1", row["id"]
    )
    assert orjson.loads(told) == kept
    unknown = await api.patch(one, {"custom_fields": {"nothing": "x"}})
    assert (unknown.status, unknown.json["error"]["message"]) == (422, "custom_fields.nothing: unknown custom field")
    left = (await api.patch(one, {"custom_fields": {"my_text": None, "my_date": None}})).data["custom_fields"]
    assert set(left) == {"my_number", "my_boolean", "my_select", "my_url"}


async def test_a_field_of_one_type_is_none_of_another(api: Api):
    kinds_by_name = {each.spec.name: each for each in kinds()}
    await define(api, kinds_by_name["Client"], "material", "text")
    quote = await made(api, kinds_by_name["Quote"])
    answer = await api.patch(f"/api/v1/quotes/{quote['id']}", {"custom_fields": {"material": "x"}})
    assert answer.status == 422


async def test_an_archived_field_stays_readable_and_takes_nothing_new(api: Api):
    client = next(each for each in kinds() if each.spec.name == "Client")
    field = await define(api, client, "material", "text")
    row = await made(api, client, custom_fields={"material": "steel"})
    one, fields = f"/api/v1/clients/{row['id']}", f"/api/v1/custom-field-definitions/{field['id']}"
    assert (await api.post(f"{fields}/archive")).data["status"] == "archived"
    assert (await api.get(one)).data["custom_fields"] == {"material": "steel"}
    assert (await api.patch(one, {"custom_fields": {"material": "brass"}})).status == 422
    assert (await api.patch(one, {"custom_fields": {"material": "steel"}, "name": "New"})).status == 200
    assert (await api.post(f"{fields}/archive")).status == 409
    assert (await api.post(f"{fields}/activate")).data["status"] == "active"
    assert (await api.patch(one, {"custom_fields": {"material": "brass"}})).status == 200
    for move, status in (("archive", "ARCHIVED"), ("activate", "ACTIVE")):
        name = {"archive": "archiveCustomFieldDefinition", "activate": "activateCustomFieldDefinition"}[move]
        answer = await api.graphql(f'mutation {{ {name}(id: "{field["id"]}") {{ status }} }}')
        assert answer.data == {name: {"status": status}}


async def test_the_type_and_the_key_of_a_field_never_change(api: Api):
    client = next(each for each in kinds() if each.spec.name == "Client")
    field = await define(api, client, "material", "text")
    path = f"/api/v1/custom-field-definitions/{field['id']}"
    for change in ({"type": "number"}, {"key": "other"}, {"record_type": "quote"}):
        assert (await api.patch(path, change)).status == 422
    assert (await api.delete(path)).status == 200
    body = {"record_type": "client", "key": "material", "label": "M", "type": "number"}
    again = await api.post("/api/v1/custom-field-definitions", body)
    assert (again.status, again.code) == (409, "conflict")


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"record_type": "nothing"}, "record_type"),
        ({"key": "Key"}, "key"),
        ({"key": "a" * 41}, "key"),
        ({"type": "json"}, "type"),
        ({"type": "select"}, "options"),
        ({"type": "select", "options": ["a", "a"]}, "options"),
        ({"options": ["a"]}, "options"),
        ({"label": ""}, "label"),
    ],
)
async def test_a_definition_that_means_nothing_is_refused(api: Api, change: dict[str, Any], field: str):
    body = {"record_type": "client", "key": "material", "label": "M", "type": "text"} | change
    answer = await api.post("/api/v1/custom-field-definitions", body)
    assert (answer.status, answer.code) == (422, "validation_error")
    assert answer.json["error"]["message"].startswith(field)


async def test_numbers_keep_their_digits_in_every_way_of_sending(api: Api):
    client = next(each for each in kinds() if each.spec.name == "Client")
    await define(api, client, "weight", "number")
    digits = "123456789012345.123456"
    document = (
        f'mutation {{ createClient(input: {{name: "X", customFields: {{weight: {digits}}}}}) {{ customFields }} }}'
    )
    assert (await api.graphql(document)).data["createClient"]["customFields"] == {"weight": digits}
    for document, variables in (
        (
            'mutation($f: CustomFields) { createClient(input: {name: "X", customFields: $f}) { customFields } }',
            {"f": {"weight": "1.10"}},
        ),
        (
            'mutation($w: String) { createClient(input: {name: "X", customFields: {weight: $w}}) { customFields } }',
            {"w": "1.1"},
        ),
    ):
        assert (await api.graphql(document, variables)).data["createClient"]["customFields"] == {"weight": "1.1"}


async def test_figures_are_grouped_by_custom_fields(api: Api):
    quote = next(each for each in kinds() if each.spec.name == "Quote")
    await define(api, quote, "material", "text")
    await define(api, quote, "rush", "boolean")
    for fields in ({"material": "steel", "rush": True}, {"material": "a \"quoted' one"}, {"material": "steel"}, {}):
        await made(api, quote, custom_fields=fields)
    document = (
        "{ metrics(resource: QUOTES, groupBy: [STATUS], groupByCustomFields: [%s]) { columns { name field }"
        " points { group values } } }"
    )
    found = (await api.graphql(document % '"material"')).data["metrics"]
    assert found["columns"][1] == {"name": "custom_fields.material", "field": "customFields.material"}
    points = [(each["group"][1], each["values"]) for each in found["points"]]
    assert sorted(points, key=str) == sorted([("steel", ["2"]), ("a \"quoted' one", ["1"]), (None, ["1"])], key=str)
    rest = await api.get("/api/v1/metrics?resource=quotes&group_by=custom_fields.material,custom_fields.rush")
    assert [each["group"] for each in rest.data["points"] if each["group"][1]] == [["steel", "true"]]
    for wrong in ("custom_fields.", "custom_fields.x'y", "custom_fields.A"):
        answer = await api.get("/api/v1/metrics", params={"resource": "quotes", "group_by": wrong})
        assert (answer.status, answer.code) == (422, "validation_error")
    refused = await api.graphql(document % '"a", "b", "c"')
    assert refused.errors[0]["extensions"]["code"] == "validation_error"


@KINDS
async def test_records_are_found_by_tags_custom_fields_and_notes(api: Api, kind: Kind):
    await define(api, kind, "weight", "number")
    await define(api, kind, "material", "text")
    fields = {"weight": "12.50", "material": "O'Neil \\ steel"}
    row = await made(api, kind, tags=["rush", "a=b"], notes="Call Zorro back", custom_fields=fields)
    await made(api, kind, tags=["late"], notes="Nothing", custom_fields={"weight": "12.6"})
    found = [
        {"tags": "rush"},
        {"tags": "a=b"},
        {"tags[has_any]": "rush,none"},
        {"tags[has_all]": "rush,a=b"},
        {"custom_fields[weight]": "12.5"},
        {"custom_fields[weight]": "12.500"},
        {"custom_fields[material]": "O'Neil \\ steel", "tags": "rush"},
        {"search": "zorro"},
        {"search": "rush call"},
    ]
    for asked in found:
        answer = await api.get(kind.path, params=asked)
        assert [each["id"] for each in answer.data] == [row["id"]], asked
    for asked in (
        {"tags": "rus"},
        {"tags[has_all]": "rush,late"},
        {"custom_fields[weight]": "12"},
        {"search": "zorro late"},
    ):
        assert (await api.get(kind.path, params=asked)).data == [], asked


async def test_a_whole_number_beyond_64_bits_is_refused_by_name(api: Api):
    body = b'{"name": "X", "custom_fields": {"a": 1%b}}' % (b"0" * 30)
    answer = await api.post("/api/v1/clients", content=body, headers={"content-type": "application/json"})
    assert (answer.status, answer.json["error"]["field"]) == (422, "custom_fields.a")
