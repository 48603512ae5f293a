"""Writes of the Forge MRP contract: casings, merge patches, deletes, idempotency, conditions."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import pytest

from models import Client, Quote, QuotePart
from tests.doors.contract.test_envelope import MOMENT, refused
from tests.kit.client import Client as Api
from tests.kit.tenant import Tenant

LINE = {"description": "Bracket", "quantity": "2", "unit_price": "1.50"}


async def test_the_request_of_the_developer_page_makes_a_quote(api: Api, company: Tenant):
    client = await company.make(Client)
    answer = await api.post("/api/v1/quotes", {"clientId": str(client.id)}, headers={"idempotency-key": "7c9e6679-1"})
    assert answer.status == 201
    assert answer.headers["location"] == f"/api/v1/quotes/{answer.data['id']}"
    assert answer.headers["etag"] == '"1"'
    again = await api.get(answer.headers["location"])
    assert (again.body, again.headers["etag"]) == (answer.body, answer.headers["etag"])
    assert answer.data["client_id"] == str(client.id)
    assert answer.data["number"] == "Q-1"
    assert all(key == key.lower() for key in answer.data)


async def test_bodies_are_read_in_camel_case_and_in_snake_case_and_mixed(api: Api, company: Tenant):
    client = str((await company.make(Client)).id)
    camel = {"partNumber": "P", "description": "x", "quantity": "1", "unitPrice": "2"}
    snake = {"part_number": "P", "description": "x", "quantity": "1", "unit_price": "2"}
    bodies: list[dict[str, Any]] = [
        {"clientId": client, "customerPoNumber": "7", "parts": [camel, snake]},
        {"client_id": client, "customer_po_number": "7", "parts": [snake, camel]},
        {"clientId": client, "customer_po_number": "7", "parts": [{**camel, "unit_cost": None}, snake]},
    ]
    for body in bodies:
        answer = await api.post("/api/v1/quotes", body)
        assert answer.status == 201, answer.body
        assert answer.data["customer_po_number"] == "7"
        assert [part["part_number"] for part in answer.data["parts"]] == ["P", "P"]


async def test_one_field_in_both_casings_is_a_validation_error(api: Api, company: Tenant):
    client = str((await company.make(Client)).id)
    bodies: dict[str, dict[str, Any]] = {
        "client_id": {"clientId": client, "client_id": client},
        "parts[1].unit_price": {"clientId": client, "parts": [LINE, {**LINE, "unitPrice": "1.50"}]},
    }
    for field, body in bodies.items():
        refused(await api.post("/api/v1/quotes", body), 422, f"{field}: given in both casings")
    assert await company.value("select count(*) from quotes") == 0


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ({"colour": 1}, "colour: unknown field"),
        ({"Title": "x"}, "Title: unknown field"),
        ({"id": "x"}, "id: unknown field"),
        ({"status": "sent"}, "status: unknown field"),
        ({"updated_at": None}, "updated_at: unknown field"),
        ({"x" * 500: 1}, "x" * 100 + ": unknown field"),
        ({"title": 5}, "title: must be text, not a number"),
        ({"title": ""}, "title: must not be blank"),
        ({"title": "x" * 201}, "title: must have at most 200 characters, not 201"),
        ({"title": "a\0b"}, "title: must not contain the character \\u0000"),
        ({"currency": None}, "currency: must be a code, not null"),
        ({"currency": "XXX"}, "currency: "),
        ({"dueOn": 5}, "due_on: must be a date such as 2026-01-31"),
        ({"dueOn": "2026-02-30"}, "due_on: must be a date such as 2026-01-31"),
        ({"taxRate": "11"}, "tax_rate: must be at most 10"),
        ({"contactId": "x"}, "contact_id: not an id"),
        ({"parts": {}}, "parts: must be a list"),
        ({"parts": [5]}, "parts[0]: "),
        ({"parts": [{**LINE, "colour": 1}]}, "parts[0].colour: unknown field"),
        ({"parts": [LINE, {"description": "x", "quantity": "1"}]}, "parts[1].unit_price: required"),
        ({"parts": [{**LINE, "quantity": 0}]}, "parts[0].quantity: must be more than 0"),
        ({"parts": [{**LINE, "quantity": "1.1234567"}]}, "parts[0].quantity: must have at most 6 decimals, not 7"),
        ({"parts": [{**LINE, "unit_price": -1}]}, "parts[0].unit_price: must be at least 0"),
        ({"parts": [{**LINE, "leadTimeDays": 2**31}]}, "parts[0].lead_time_days: must be from 0 to 2,147,483,647"),
        ({"parts": [{**LINE, "leadTimeDays": True}]}, "parts[0].lead_time_days: "),
        ({"parts": [{**LINE, "unit": "XYZ"}]}, "parts[0].unit: "),
        ({"parts": [LINE] * 1_001}, "parts: "),
    ],
    ids=lambda value: str(value)[:60],
)
async def test_a_wrong_field_is_named_and_nothing_is_written(
    api: Api, company: Tenant, body: dict[str, Any], message: str
):
    quote = await company.make(Quote)
    answer = await api.patch(f"/api/v1/quotes/{quote.id}", body)
    refused(answer, 422)
    assert answer.json["error"]["message"].startswith(message)
    assert (await api.get(f"/api/v1/quotes/{quote.id}")).data["version"] == 1


async def test_a_patch_changes_what_it_names_null_clears_and_the_rest_stays(api: Api, company: Tenant):
    made = await company.make(Client, code="ACME", notes="old", website="https://example.com", tags=["a"])
    one = f"/api/v1/clients/{made.id}"
    before = (await api.get(one)).data
    after = (await api.patch(one, {"notes": None, "paymentTerms": "Net 30"})).data
    changed = {key for key in before if before[key] != after[key]}
    assert changed == {"notes", "payment_terms", "version", "updated_at"}
    assert (after["notes"], after["payment_terms"], after["version"]) == (None, "Net 30", 2)
    assert after["updated_at"] > before["updated_at"]
    assert (await api.get(one)).data == after


async def test_a_patch_with_a_list_replaces_the_list_and_keeps_rows_named_by_id(api: Api, company: Tenant):
    part = await company.make(QuotePart, description="kept")
    one = f"/api/v1/quotes/{part.quote_id}"
    body = {"parts": [LINE, {**LINE, "id": str(part.id), "description": "kept, moved"}]}
    shown = (await api.patch(one, body)).data
    assert [(row["position"], row["description"]) for row in shown["parts"]] == [(1, "Bracket"), (2, "kept, moved")]
    assert shown["parts"][1]["id"] == str(part.id)
    assert (await api.patch(one, {"parts": []})).data["parts"] == []


async def test_merge_patch_has_its_media_type_too(api: Api, company: Tenant):
    client = await company.make(Client)
    headers = {"content-type": "application/merge-patch+json"}
    answer = await api.request("PATCH", f"/api/v1/clients/{client.id}", content=b'{"name": "New"}', headers=headers)
    assert answer.data["name"] == "New"


async def test_a_delete_answers_id_time_and_version_and_the_row_is_gone(api: Api, company: Tenant):
    quote = await company.make(Quote)
    answer = await api.delete(f"/api/v1/quotes/{quote.id}")
    assert answer.status == 200
    assert sorted(answer.data) == ["deleted_at", "id", "version"]
    assert (answer.data["id"], answer.data["version"]) == (str(quote.id), 2)
    assert MOMENT.fullmatch(answer.data["deleted_at"])
    refused(await api.get(f"/api/v1/quotes/{quote.id}"), 404, "Quote not found")
    refused(await api.delete(f"/api/v1/quotes/{quote.id}"), 404, "Quote not found")
    assert (await api.get("/api/v1/quotes")).data == []


async def test_a_client_that_a_live_quote_needs_cannot_be_deleted(api: Api, company: Tenant):
    quote = await company.make(Quote)
    refused(await api.delete(f"/api/v1/clients/{quote.client_id}"), 409)


async def test_a_reference_to_nothing_is_a_validation_error_that_names_it(
    api: Api, company: Tenant, other_company: Tenant
):
    theirs, quote = await other_company.make(Client), await company.make(Quote)
    for wrong in (str(theirs.id), str(quote.id), "01975c00-7000-7001-8000-000000000001"):
        for more in ({}, {"currency": "USD"}):
            answer = await api.post("/api/v1/quotes", {"clientId": wrong, **more})
            refused(answer, 422)
            assert answer.json["error"]["message"].startswith("client_id")
        answer = await api.patch(f"/api/v1/quotes/{quote.id}", {"contactId": wrong})
        refused(answer, 422, "contact_id refers to no record")


async def test_another_companys_rows_can_neither_be_read_nor_changed(api: Api, other_company: Tenant):
    quote = await other_company.make(Quote)
    one = f"/api/v1/quotes/{quote.id}"
    for answer in (await api.get(one), await api.patch(one, {"title": "x"}), await api.delete(one)):
        refused(answer, 404, "Quote not found")
    refused(await api.post(f"{one}/send"), 404, "Quote not found")
    for query in (f"id={quote.id}", f"client_id={quote.client_id}", f"number={quote.number}"):
        assert (await api.get(f"/api/v1/quotes?{query}")).data == []
    assert await other_company.all("select version, status from quotes") == [(1, "draft")]


async def test_an_id_in_a_list_must_be_of_this_document(api: Api, company: Tenant, other_company: Tenant):
    quote, elsewhere = await company.make(Quote), await company.make(QuotePart)
    theirs = await other_company.make(QuotePart)
    for row_id in (elsewhere.id, theirs.id, quote.id, UUID(int=0)):
        body = {"parts": [{**LINE, "id": str(row_id)}]}
        answer = await api.patch(f"/api/v1/quotes/{quote.id}", body)
        refused(answer, 422, "parts[0].id: not in this document")
    assert await company.value("select quote_id from quote_parts") == elsewhere.quote_id
