"""Commands on clients and quotes, through GraphQL: exact values, one transaction, nothing left of what is refused."""

from __future__ import annotations

from typing import Any

import pytest

from tests.kit.client import Client as Api
from tests.kit.tenant import Tenant

CREATE = "mutation($input: CreateQuoteInput!) { createQuote(input: $input) { %s } }"
PARTS = "parts { totalCount nodes { position description quantity unit unitPrice total unitCost } }"
LINES = [
    {"description": "Bracket", "quantity": "2.50", "unitPrice": "1.115", "unitCost": "1"},
    {"description": "Pin", "quantity": 3, "unit": "KGM", "unitPrice": "0.333333", "unitCost": "0.1"},
]


@pytest.fixture
async def client_id(api: Api) -> str:
    made = await api.graphql(
        'mutation { createClient(input: {name: "Acme Co", code: "ACME", currency: "EUR"}) { id currency version } }'
    )
    assert made.data["createClient"] | {"id": ""} == {"id": "", "currency": "EUR", "version": 1}
    return str(made.data["createClient"]["id"])


async def create(api: Api, client_id: str, fields: str = "id", **given: Any) -> Any:
    answer = await api.graphql(CREATE % fields, {"input": {"clientId": client_id} | given})
    return answer.data["createQuote"]


async def test_a_quote_is_numbered_priced_and_takes_its_clients_currency(api: Api, client_id: str) -> None:
    fields = f"number revision status currency subtotal tax total cost version client {{ name }} {PARTS}"
    assert await create(api, client_id, fields, parts=LINES, taxRate="0.19") == {
        "number": "Q-1",
        "revision": 1,
        "status": "DRAFT",
        "currency": "EUR",
        "subtotal": "3.79",
        "tax": "0.72",
        "total": "4.51",
        "cost": "2.80",
        "version": 1,
        "client": {"name": "Acme Co"},
        "parts": {
            "totalCount": 2,
            "nodes": [
                {"position": 1, "description": "Bracket", "quantity": "2.50", "unit": "C62", "unitPrice": "1.115",
                 "total": "2.79", "unitCost": "1"},
                {"position": 2, "description": "Pin", "quantity": "3", "unit": "KGM", "unitPrice": "0.333333",
                 "total": "1.00", "unitCost": "0.1"},
            ],
        },
    }  # fmt: skip


async def test_fields_that_python_fills_are_answered_by_commands_too(api: Api, client_id: str) -> None:
    fields = "number createdBy { name } parts { nodes { unitOfMeasure { name } } }"
    assert await create(api, client_id, fields, parts=LINES) == {
        "number": "Q-1",
        "createdBy": {"name": "test"},
        "parts": {"nodes": [{"unitOfMeasure": {"name": "one"}}, {"unitOfMeasure": {"name": "kilogram"}}]},
    }


async def test_a_patch_leaves_what_it_does_not_name(api: Api, client_id: str) -> None:
    made = await create(api, client_id, "id parts { nodes { id } }", parts=LINES, title="Brackets", notesPublic="Hi")
    kept = made["parts"]["nodes"][1]["id"]
    answer = await api.graphql(
        "mutation($id: ID!, $input: UpdateQuoteInput!) { updateQuote(id: $id, input: $input, expectedVersion: 1) {"
        " version title notesPublic total parts { nodes { id position description } } } }",
        {
            "id": made["id"],
            "input": {"title": None, "parts": [{"id": kept, "description": "Pin", "quantity": 2, "unitPrice": 5}]},
        },
    )
    assert answer.data["updateQuote"] == {
        "version": 2,
        "title": None,
        "notesPublic": "Hi",
        "total": "10.00",
        "parts": {"nodes": [{"id": kept, "position": 1, "description": "Pin"}]},
    }


async def test_a_sent_quote_is_locked(api: Api, client_id: str, company: Tenant) -> None:
    made = await create(api, client_id, parts=LINES)
    send = "mutation($id: ID!) { sendQuote(id: $id) { status version sentAt } }"
    sent = (await api.graphql(send, {"id": made["id"]})).data["sendQuote"]
    assert (sent["status"], sent["version"]) == ("SENT", 2)
    for text in (
        send,
        'mutation($id: ID!) { updateQuote(id: $id, input: {title: "No"}) { id } }',
        "mutation($id: ID!) { deleteQuote(id: $id) { id } }",
    ):
        assert (await api.graphql(text, {"id": made["id"]})).code == "conflict"
    told = await company.all("select type from outbox order by sequence")
    assert [row["type"] for row in told] == ["client.created", "quote.created", "quote.sent"]


async def test_one_request_is_one_transaction(api: Api, client_id: str, company: Tenant) -> None:
    text = (
        'mutation($bad: ID!) { a: createClient(input: {name: "A"}) { id } b: createClient(input: {name: "B"}) { id }'
        " c: sendQuote(id: $bad) { id } }"
    )
    answer = await api.graphql(text, {"bad": client_id})
    assert answer.json["data"] is None
    assert [error["path"] for error in answer.errors] == [["c"]]
    assert await company.value("select count(*) from clients") == 1
    both = (await api.graphql(text.partition(" c:")[0].replace("($bad: ID!)", "") + " }")).data
    assert both["a"]["id"] != both["b"]["id"]
    told = await company.all("select sequence, updated_at from outbox o join clients c on c.id = o.record_id"
                             " order by sequence")  # fmt: skip
    assert [row["sequence"] for row in told] == [1, 2, 3]
    assert len({row["updated_at"] for row in told}) == 3


async def test_a_client_that_quotes_need_stays_and_a_deleted_one_is_hidden(api: Api, client_id: str) -> None:
    made = await create(api, client_id)
    delete = "mutation($id: ID!) { deleteClient(id: $id) { id deletedAt version } }"
    refused = await api.graphql(delete, {"id": client_id})
    assert refused.code == "conflict"
    assert made["id"] in refused.errors[0]["message"]
    assert (await api.graphql("mutation($id: ID!) { deleteQuote(id: $id) { id } }", {"id": made["id"]})).data
    gone = (await api.graphql(delete, {"id": client_id})).data["deleteClient"]
    assert (gone["id"], gone["version"]) == (client_id, 2)
    assert gone["deletedAt"] is not None
    found = await api.graphql("query($id: ID!) { client(id: $id) { id } clients { totalCount } }", {"id": client_id})
    assert found.data == {"client": None, "clients": {"totalCount": 0}}
    late = await api.graphql(CREATE % "id", {"input": {"clientId": client_id, "currency": "USD"}})
    assert late.code == "validation_error"


@pytest.mark.parametrize(
    ("given", "code", "field"),
    [
        ({"currency": "XYZ"}, "validation_error", "input.currency"),
        (
            {"parts": [{"description": "", "quantity": 1, "unitPrice": 1}]},
            "validation_error",
            "input.parts.0.description",
        ),
        (
            {"parts": [{"description": "x", "quantity": 0, "unitPrice": 1}]},
            "validation_error",
            "input.parts.0.quantity",
        ),
        (
            {"parts": [{"description": "x", "quantity": 1, "unitPrice": 1, "unit": "BX"}]},
            "validation_error",
            "input.parts.0.unit",
        ),
        ({"contactId": "01a1fbdd-89c1-7002-a420-4e991c5d4aab"}, "validation_error", "contactId"),
        ({"title": "a\x00b"}, "validation_error", "input.title"),
    ],
)
async def test_what_is_wrong_is_named_and_nothing_is_written(
    api: Api, client_id: str, company: Tenant, given: dict[str, Any], code: str, field: str
) -> None:
    answer = await api.graphql(CREATE % "id", {"input": {"clientId": client_id} | given})
    assert (answer.code, answer.errors[0]["extensions"].get("field")) == (code, field)
    assert await company.value("select count(*) from quotes") == 0
    assert (await create(api, client_id, "number"))["number"] == "Q-1"


@pytest.mark.parametrize(
    ("website", "reason"),
    [
        ("https://shop.example", None),
        ("http://shop.example:8080/about?x=1#top", None),
        ("HTTPS://SHOP.EXAMPLE", None),
        (None, None),
        ("javascript:alert(1)", "must begin with http:// or https://"),
        ("JaVaScRiPt://shop.example/%0aalert(1)", "must begin with http:// or https://"),
        (" https://shop.example", "must begin with http:// or https://"),
        ("data:text/html,x", "must begin with http:// or https://"),
        ("ftp://shop.example", "must begin with http:// or https://"),
        ("//shop.example", "must begin with http:// or https://"),
        ("shop.example", "must begin with http:// or https://"),
        ("https:shop.example", "must begin with http:// or https://"),
        ("https://", "must name a host"),
        ("https:///shop", "must name a host"),
        ("https://:80", "must name a host"),
        ("https://[", "Invalid IPv6 URL"),
        ("https://shop.example/a b", "must not contain white space or control characters"),
        ("https://shop.example/\n", "must not contain white space or control characters"),
        ("https://shop.example/" + "x" * 200, "must have at most 200 characters, not 221"),
        ("", "must not be blank"),
    ],
)
async def test_a_website_is_of_the_web(api: Api, website: str | None, reason: str | None):
    made = await api.post("/api/v1/clients", {"name": "Acme", "website": website})
    changed = await api.graphql(
        "mutation($id: ID!, $input: UpdateClientInput!) { updateClient(id: $id, input: $input) { website } }",
        {"id": (await api.post("/api/v1/clients", {"name": "Acme"})).data["id"], "input": {"website": website}},
    )
    if reason is None:
        assert made.data["website"] == changed.data["updateClient"]["website"] == website
        return
    assert (made.status, made.json["error"]["message"]) == (422, f"website: {reason}")
    assert changed.code == "validation_error"
