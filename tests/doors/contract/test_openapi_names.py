"""What the OpenAPI document calls things: operations, tags, schemas; and what of a row it promises."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import httpx
import pytest

from app.server import create_app
from core.settings import Settings
from models import QuotePart
from rest import openapi
from rest.openapi.components import inside
from schema.assembly import graph
from tests.doors.contract.test_openapi import DOCUMENT, OPEN, OPERATIONS, errors_of, resolved
from tests.kit.client import Client as Api
from tests.kit.fixtures import Key
from tests.kit.tenant import Tenant

SCHEMAS = DOCUMENT["components"]["schemas"]


def test_operations_are_called_as_client_libraries_call_functions():
    names = {(method, path): each["operationId"] for (method, path), each in OPERATIONS.items()}
    assert {name for (_, path), name in names.items() if path.startswith("/quotes")} == {
        "addQuotePart",
        "approveQuote",
        "bulkUpsertQuotes",
        "cancelQuote",
        "convertQuote",
        "createQuote",
        "deleteQuote",
        "getQuote",
        "listQuotes",
        "loseQuote",
        "restoreQuote",
        "revertQuote",
        "reviseQuote",
        "sendQuote",
        "updateQuote",
    }
    assert names["get", "/webhook-endpoints/{id}"] == "getWebhookEndpoint"
    assert names["get", "/changes"] == "listChanges"
    assert names["get", "/metrics"] == "getMetrics"
    assert len(set(names.values())) == len(names)
    assert all(name[0].islower() and name.isalnum() for name in names.values())


def test_tags_are_what_people_say():
    tags = [each["name"] for each in DOCUMENT["tags"]]
    assert tags == [
        "API keys",
        "Activity",
        "Attachments",
        "Audit",
        "Audit log",
        "BOM lines",
        "Changes",
        "Client addresses",
        "Clients",
        "Custom fields",
        "Documents",
        "Files",
        "Folders",
        "Intake",
        "Intake mappings",
        "Inventory",
        "Invitations",
        "Job parts",
        "Jobs",
        "Locations",
        "Me",
        "Metrics",
        "Parts",
        "Price breaks",
        "Purchase order lines",
        "Purchase orders",
        "Quote parts",
        "Quotes",
        "RFQ invitations",
        "RFQ lines",
        "RFQ quantities",
        "RFQs",
        "Receipts",
        "Registered documents",
        "Requirements",
        "Reservations",
        "Roles",
        "Routing operations",
        "Sandbox requests",
        "Stock count lines",
        "Stock counts",
        "Stock movements",
        "Supplier addresses",
        "Supplier contacts",
        "Supplier parts",
        "Suppliers",
        "Tasks",
        "Teams",
        "Users",
        "Webhook attempts",
        "Webhook deliveries",
        "Webhook endpoints",
        "Webhooks",
        "Work centers",
        "Work orders",
    ]
    assert {tag for each in OPERATIONS.values() for tag in each["tags"]} == set(tags)


def test_every_list_has_a_page_schema_of_its_own():
    for operation in OPEN.values():
        if operation["operationId"].startswith("list"):
            schema = resolved(operation["responses"]["200"])["content"]["application/json"]["schema"]
            page = SCHEMAS[schema["$ref"].rpartition("/")[2]]
            assert schema["$ref"].endswith("Page")
            assert {"data", "next_cursor"} <= set(page["required"])


def test_rest_never_speaks_of_the_argument_that_if_match_is():
    text = str(DOCUMENT)
    assert "expected_version" not in text
    assert "expectedVersion" not in text


def required(name: str) -> set[str]:
    schema = SCHEMAS[name]
    return set(schema.get("required", ())).union(
        *(required(each["$ref"].split("/")[-1]) for each in schema.get("allOf", ()))
    )


async def test_what_a_whole_row_requires_is_there_for_every_key_that_may_read_it(api: Api, company: Tenant, key: Key):
    part = await company.make(QuotePart)
    shown = {"GET": await api.get(f"/api/v1/quotes/{part.quote_id}", key=await key("quotes.view"))}
    shown["PATCH"] = await api.patch(f"/api/v1/quotes/{part.quote_id}", {}, key=await key("quotes.edit"))
    for answer in shown.values():
        assert required("Quote") <= set(answer.data)
        assert errors_of({"$ref": "#/components/schemas/Quote"}, answer.data) == []
    assert {"id", "number", "status", "client_id", "total", "tags", "custom_fields"} <= required("Quote")
    assert "cost" not in required("Quote")
    assert required("PartialQuote") == set()


@pytest.mark.parametrize("fields", ["id", "number,total", "parts.quantity", "client.name,tags"])
async def test_a_part_of_a_row_is_no_whole_row_and_still_as_documented(api: Api, company: Tenant, fields: str):
    part = await company.make(QuotePart)
    answer = await api.get(f"/api/v1/quotes/{part.quote_id}", params={"fields": fields})
    assert answer.status == 200
    assert errors_of({"$ref": "#/components/schemas/Quote"}, answer.data) != []
    assert errors_of({"$ref": "#/components/schemas/ShownQuote"}, answer.data) == []


def test_the_server_is_told_as_it_is_found():
    assert [each["url"] for each in DOCUMENT["servers"]] == ["/api/v1"]
    found = openapi.document(graph(), public_url="https://forge.example/shop")
    assert [each["url"] for each in found["servers"]] == ["https://forge.example/shop/api/v1"]


async def test_the_setting_is_what_is_served(settings: Settings):
    front = create_app(replace(settings, public_url="https://forge.example"))
    transport = httpx.ASGITransport(front)
    async with httpx.AsyncClient(transport=transport, base_url="http://forge") as client:
        found = (await client.get("/api/openapi")).json()
    assert found == openapi.document(graph(), public_url="https://forge.example")


def test_bodies_of_many_tell_how_large_they_may_be():
    bulk = [each for (_, path), each in OPERATIONS.items() if path.endswith("/bulk")]
    assert len(bulk) == 18
    assert all("The body may have up to 16 MiB." in each["description"] for each in bulk)


def test_intake_takes_x12_as_its_own_media_type():
    content = OPERATIONS["post", "/intake"]["requestBody"]["content"]
    assert set(content) == {"application/json", "application/edi-x12", "text/plain", "application/octet-stream"}


def test_what_a_key_may_not_see_is_not_required():
    for name, schema in SCHEMAS.items():
        hidden = {key for key, each in properties(name).items() if "x-required-scope" in each}
        assert not hidden & set(schema.get("required", ())), name


def properties(name: str) -> dict[str, Any]:
    schema = SCHEMAS[name]
    found = dict(schema.get("properties", {}))
    for each in schema.get("allOf", ()):
        found |= properties(each["$ref"].split("/")[-1])
    return found


def test_every_object_that_is_sent_is_closed():
    for operation in OPERATIONS.values():
        for media, each in operation.get("requestBody", {}).get("content", {}).items():
            if "json" in media:
                schema = resolved(each["schema"])
                assert False in (schema.get("additionalProperties"), schema.get("unevaluatedProperties"))
    assert any("unevaluatedProperties" in each for each in inside(DOCUMENT))
