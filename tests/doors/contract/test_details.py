"""Errors of REST tell everything that is wrong with a request at once, each with its field as the caller names it."""

from __future__ import annotations

from typing import Any

import pytest

from core.problems import MOST
from models import Client, QuotePart
from tests.doors.contract.test_envelope import refused
from tests.kit.client import Answer
from tests.kit.client import Client as Api
from tests.kit.fixtures import Key
from tests.kit.tenant import Tenant

LINE = {"description": "Bracket", "quantity": "2", "unit_price": "10"}


def details(answer: Answer, status: int = 422) -> dict[str, str]:
    """What is wrong, by field; the envelope is right, and tells the first of them."""
    refused(answer, status)
    error = answer.json["error"]
    found = {each["field"]: each["message"] for each in error["details"]}
    assert len(found) == len(error["details"])
    return found


async def define(api: Api, *fields: dict[str, Any], record_type: str = "quote") -> None:
    for field in fields:
        made = await api.post(
            "/api/v1/custom-field-definitions", {"record_type": record_type, "label": field["key"], **field}
        )
        assert made.status == 201, made.body


async def test_a_single_problem_is_told_in_three_places(api: Api):
    answer = await api.post("/api/v1/clients", {"name": 5})
    assert answer.json["error"] | {"request_id": ""} == {
        "code": "validation_error",
        "message": "name: must be text, not a number",
        "field": "name",
        "details": [{"field": "name", "message": "must be text, not a number"}],
        "request_id": "",
    }


async def test_every_problem_of_a_body_is_told_at_once(api: Api, company: Tenant):
    body = {
        "title": "",
        "currency": "usd",
        "colour": 1,
        "dueOn": "tomorrow",
        "tags": ["a", 5],
        "external_ids": [{"system": "ERP"}],
        "parts": [LINE, {**LINE, "quantity": 0, "unitPrice": "1"}, {"description": " ", "leadTimeDays": -1, "x": 1}, 5],
    }
    assert details(await api.post("/api/v1/quotes", body)) == {
        "colour": "unknown field",
        "parts[1].unit_price": "given in both casings",
        "parts[2].x": "unknown field",
        "client_id": "required",
        "title": "must not be blank",
        "currency": "unknown currency 'usd'; send an ISO 4217 code such as USD",
        "due_on": "must be a date such as 2026-01-31",
        "tags[1]": "must be text, not a number",
        "external_ids[0].external_id": "required",
        "external_ids[0].system": "must be 1 to 50 of a to z, 0 to 9, _, - and ., and begin with a letter or a digit",
        "parts[1].quantity": "must be more than 0",
        "parts[2].description": "must not be blank",
        "parts[2].quantity": "required",
        "parts[2].unit_price": "required",
        "parts[2].lead_time_days": "must be from 0 to 2,147,483,647",
        "parts[3]": "must be an object",
    }
    assert await company.value("select count(*) from quotes") == 0


async def test_custom_fields_are_told_beside_the_rest(api: Api, company: Tenant):
    options = {"type": "select", "options": ["red", "blue"]}
    await define(
        api, {"key": "heat_no", "type": "number"}, {"key": "colour", **options}, {"key": "old", "type": "text"}
    )
    custom = {"heat_no": "x", "colour": "green", "nothing": 1, "old": ["a"], "Bad Key": 1}
    wrong = {
        "custom_fields.old": "must be text, a number, true, false or null",
        "custom_fields.Bad Key": "is no key of a custom field",
        "custom_fields.heat_no": "is not a decimal number: 'x'",
        "custom_fields.colour": "must be one of red, blue",
        "custom_fields.nothing": "unknown custom field",
    }
    client = str((await company.make(Client)).id)
    found = details(await api.post("/api/v1/quotes", {"title": "", "customFields": custom}))
    assert found == {"client_id": "required", "title": "must not be blank"} | wrong
    good = {"client_id": client, "custom_fields": {key: custom[key] for key in ("heat_no", "colour", "nothing")}}
    kept = {f"custom_fields.{key}": wrong[f"custom_fields.{key}"] for key in good["custom_fields"]}
    assert details(await api.post("/api/v1/quotes", good)) == kept
    part = await company.make(QuotePart)
    one = f"/api/v1/quotes/{part.quote_id}"
    assert details(await api.patch(one, {"title": "", **good, "client_id": 5})) == {
        "client_id": "not an id",
        "title": "must not be blank",
        **kept,
    }
    sent = {"clientId": client, "customFields": good["custom_fields"]}
    [shown] = (await api.graphql(MUTATION, {"input": sent})).errors
    assert shown["extensions"]["field"] == "customFields.heat_no"


MUTATION = "mutation($input: CreateQuoteInput!) { createQuote(input: $input) { id } }"


async def test_what_only_the_data_can_tell_comes_together(api: Api, company: Tenant):
    part = await company.make(QuotePart)
    await define(api, {"key": "heat_no", "type": "number"})
    twice = {"system": "erp", "external_id": "1"}
    body = {
        "custom_fields": {"heat_no": "x"},
        "external_ids": [twice, twice],
        "parts": [{**LINE, "id": str(part.quote_id)}, {**LINE, "id": str(part.id)}, {**LINE, "id": str(part.id)}],
    }
    assert details(await api.patch(f"/api/v1/quotes/{part.quote_id}", body)) == {
        "custom_fields.heat_no": "is not a decimal number: 'x'",
        "external_ids[1]": "erp 1 stands twice",
        "parts[0].id": "not in this document",
        "parts[2].id": "named twice",
    }
    hook = {"url": "http://10.0.0.1/", "events": ["quote.sent", "quote.nope", "quote.sent"], "status": "paused"}
    assert set(details(await api.post("/api/v1/webhook-endpoints", hook))) == {
        "url",
        "events[1]",
        "events[2]",
        "status",
    }
    field = {"record_type": "nothing", "key": "a", "label": "A", "type": "text", "options": ["x", "x"]}
    answer = await api.post("/api/v1/custom-field-definitions", field)
    refused(answer, 422)
    assert [each["field"] for each in answer.json["error"]["details"]] == ["record_type", "options", "options"]


async def test_every_row_of_a_bulk_command_is_told(api: Api, company: Tenant):
    await define(api, {"key": "rank", "type": "number"}, record_type="client")
    rows = [
        {"name": "Good"},
        {"name": "", "website": "x", "custom_fields": {"rank": "high"}},
        {"name": "Good", "customFields": {"rank": "low", "nope": 1}},
        {"contacts": [{"first_name": "Ann"}, {"firstName": ""}], "colour": 1},
    ]
    wrong = {
        "[1].name": "must not be blank",
        "[1].website": "must begin with http:// or https://",
        "[1].custom_fields.rank": "is not a decimal number: 'high'",
        "[2].custom_fields.rank": "is not a decimal number: 'low'",
        "[2].custom_fields.nope": "unknown custom field",
        "[3].contacts[1].first_name": "must not be blank",
        "[3].colour": "unknown field",
    }
    found = details(await api.post("/api/v1/clients/bulk", {"inputs": rows}))
    assert found == {f"inputs{field}": message for field, message in wrong.items()}
    answer = (await api.post("/api/v1/clients/bulk", {"inputs": rows, "atomic": False})).data
    assert [row["result"] for row in answer["rows"]] == ["created", "error", "error", "error"]
    told = {
        f"[{row['index']}].{each['field']}": each["message"]
        for row in answer["rows"]
        for each in (row["error"] or {"details": []})["details"]
    }
    assert told == wrong
    assert await company.value("select count(*) from clients") == 1
    assert set(details(await api.post("/api/v1/clients/bulk", {"inputs": 5, "atomic": "x", "y": 1}))) == {
        "inputs", "atomic", "y",
    }  # fmt: skip


async def test_a_hundred_problems_are_told(api: Api):
    answer = await api.post("/api/v1/clients", {"name": "A", "contacts": [{"first_name": ""}] * 300})
    assert list(details(answer)) == [f"contacts[{place}].first_name" for place in range(MOST)]
    answer = await api.post("/api/v1/clients/bulk", {"inputs": [{"name": ""}] * 300})
    assert list(details(answer)) == [f"inputs[{place}].name" for place in range(MOST)]


async def test_other_errors_name_their_field_and_have_no_details(api: Api, company: Tenant, key: Key):
    part = await company.make(QuotePart)
    one = f"/api/v1/quotes/{part.quote_id}"
    assert (await api.post(f"{one}/send")).status == 200
    locked = (await api.patch(one, {"title": "x"})).json["error"]
    assert (locked["code"], locked["field"], "details" in locked) == ("conflict", "status", False)
    hidden = (await api.get(f"{one}?fields=cost", key=await key("quotes.view"))).json["error"]
    assert (hidden["code"], hidden["field"], "details" in hidden) == ("insufficient_scope", "cost", False)
    missing = (await api.patch("/api/v1/quotes/x", {})).json["error"]
    assert list(missing) == ["code", "message", "request_id"]


@pytest.mark.parametrize("archived", [False, True])
async def test_a_value_that_is_there_already_is_no_problem_beside_others(api: Api, company: Tenant, *, archived: bool):
    part = await company.make(QuotePart)
    one = f"/api/v1/quotes/{part.quote_id}"
    await define(api, {"key": "heat_no", "type": "text"})
    assert (await api.patch(one, {"custom_fields": {"heat_no": "7"}})).status == 200
    [field] = (await api.get("/api/v1/custom-field-definitions")).data
    place = f"/api/v1/custom-field-definitions/{field['id']}"
    assert (await api.post(f"{place}/archive") if archived else await api.delete(place)).status == 200
    body = {"title": "", "custom_fields": {"heat_no": "7"}}
    assert details(await api.patch(one, body)) == {"title": "must not be blank"}
    body["custom_fields"] = {"heat_no": "8"}
    assert set(details(await api.patch(one, body))) == {"title", "custom_fields.heat_no"}


async def test_a_row_that_is_no_object_is_told_at_its_place(api: Api, company: Tenant):
    rows = [{"name": ""}, 5, {"name": "Good"}, None, [], "x"]
    nothing = {f"[{place}]": "must be an object" for place in (1, 3, 4, 5)}
    wrong = {"[0].name": "must not be blank"} | nothing
    found = details(await api.post("/api/v1/clients/bulk", {"inputs": rows}))
    assert found == {f"inputs{field}": message for field, message in wrong.items()}
    one = {"inputs": [{"name": ""}, 5], "atomic": "x", "y": 1}
    assert details(await api.post("/api/v1/clients/bulk?z=1&dry_run=true", one)) == {
        "dry_run": "unknown parameter; beside a JSON body it is a field of the body",
        "y": "unknown field",
        "atomic": "must be true or false",
        "inputs[0].name": "must not be blank",
        "inputs[1]": "must be an object",
        "z": "unknown parameter",
    }
    answer = (await api.post("/api/v1/clients/bulk", {"inputs": rows, "atomic": False})).data
    assert [row["result"] for row in answer["rows"]] == ["error", "error", "created", "error", "error", "error"]
    assert answer["rows"][1]["error"]["details"] == [{"field": None, "message": "must be an object"}]
    assert await company.value("select count(*) from clients") == 1


async def test_what_a_record_does_not_take_is_told_beside_what_cannot_be_read(api: Api):
    document = {"document": "{ nope { a } b }", "name": ""}
    answer = await api.post("/api/v1/registered-documents", document)
    refused(answer, 422)
    no = "Cannot query field '{}' on type 'Query'."
    assert answer.json["error"]["details"] == [
        {"field": "name", "message": "must not be blank"},
        {
            "field": "document",
            "message": f"line 1, column 3: {no.format('nope')} Did you mean 'node', 'nodes', or 'role'?",
        },
        {"field": "document", "message": f"line 1, column 14: {no.format('b')}"},
    ]
    hook = {"url": "http://10.0.0.1/", "events": ["quote.nope", "quote.sent", "quote.sent"], "description": 5}
    found = set(details(await api.post("/api/v1/webhook-endpoints", hook)))
    assert found == {"description", "url", "events[0]", "events[2]"}
    assert set(details(await api.post("/api/v1/webhook-endpoints", {**hook, "url": 5}))) == found
    one = {"record_type": "nothing", "key": "A!", "label": "", "type": "text", "options": ["x"]}
    assert set(details(await api.post("/api/v1/custom-field-definitions", one))) == {
        "record_type", "key", "label", "options",
    }  # fmt: skip
    unread = {**one, "options": 5, "type": "select"}
    assert set(details(await api.post("/api/v1/custom-field-definitions", unread))) == {
        "record_type", "key", "label", "options",
    }  # fmt: skip
