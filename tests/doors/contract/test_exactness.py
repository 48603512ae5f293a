"""Values come back as they were sent, to the last digit, through both doors."""

from __future__ import annotations

from typing import Any

import pytest

from models import Client
from tests.doors.contract.test_envelope import MOMENT, refused
from tests.kit.client import Client as Api
from tests.kit.tenant import Tenant

CREATE = "mutation($i: CreateClientInput!) { createClient(input: $i) { id creditLimit taxRate name notes tags } }"
READ = "query($id: ID!) { client(id: $id) { creditLimit taxRate name notes tags } }"
DECIMALS = {
    "12.50": "12.50",
    "12.5": "12.5",
    "0": "0",
    "0.000000": "0.000000",
    "999999999999999.999999": "999999999999999.999999",
    "0.000001": "0.000001",
    "1E+3": "1000",
    "1.10e1": "11.0",
    "-0.00": "0.00",
}
TEXTS = [
    "a",
    "\x01\x1f\x7f",
    "\u2028\u2029",
    "\U0001f529 ☃ 𝄞",
    '"\\/\b\f\n\r\t',
    "</script>",
    "{{7*7}}",
    "'; drop table x; --",
    " x ",
    "\ufeffx",
    "\ud7ff\ue000\uffff",
    "e\u0301",
]


@pytest.mark.parametrize("sent", DECIMALS)
async def test_a_decimal_is_the_same_through_both_doors(api: Api, sent: str):
    shown = DECIMALS[sent]
    rest = (await api.post("/api/v1/clients", {"name": "x", "creditLimit": sent})).data
    graphql = (await api.graphql(CREATE, {"i": {"name": "x", "creditLimit": sent}})).data["createClient"]
    literal = f'mutation {{ createClient(input: {{name: "x", creditLimit: {sent}}}) {{ creditLimit }} }}'
    assert (await api.graphql(literal)).data["createClient"]["creditLimit"] == shown
    assert (rest["credit_limit"], graphql["creditLimit"]) == (shown, shown)
    for row_id in (rest["id"], graphql["id"]):
        assert (await api.get(f"/api/v1/clients/{row_id}")).data["credit_limit"] == shown
        assert (await api.graphql(READ, {"id": row_id})).data["client"]["creditLimit"] == shown


@pytest.mark.parametrize("sent", [12.5, 19.95, 3, 0.1, 1e3])
async def test_a_json_number_is_taken_while_it_is_exact(api: Api, sent: float):
    answer = await api.post("/api/v1/clients", {"name": "x", "creditLimit": sent})
    assert answer.data["credit_limit"] == (str(sent) if sent != 1e3 else "1000.0")


@pytest.mark.parametrize(
    "sent",
    [
        "0.12345678901234567",
        "100000000000000000000",
        "1000000000000000",
        "1e15",
        "999999999999999.9999999",
        "-1",
        "12.1234567",
        "true",
        '"1,5"',
        '"NaN"',
        '"Infinity"',
        '""',
        "[]",
        '"0x10"',
        '"1_000"',
        '"\\u0661"',
    ],
)
async def test_a_number_out_of_range_or_without_its_digits_is_refused(api: Api, company: Tenant, sent: str):
    body = f'{{"name": "x", "creditLimit": {sent}}}'.encode()
    answer = await api.request("POST", "/api/v1/clients", content=body, headers={"content-type": "application/json"})
    refused(answer, 422)
    assert answer.json["error"]["message"].startswith("credit_limit")
    assert await company.value("select count(*) from clients") == 0


@pytest.mark.parametrize("text", TEXTS)
async def test_a_text_is_the_same_through_both_doors(api: Api, text: str):
    given: dict[str, Any] = {"name": text if text.strip() else f"{text}x", "notes": text, "tags": [f"{text}."]}
    rest = (await api.post("/api/v1/clients", given)).data
    graphql = (await api.graphql(CREATE, {"i": given})).data["createClient"]
    for row_id in (rest["id"], graphql["id"]):
        shown = (await api.get(f"/api/v1/clients/{row_id}")).data
        assert {name: shown[name] for name in given} == given
        shown = (await api.graphql(READ, {"id": row_id})).data["client"]
        assert {name: shown[name] for name in given} == given


@pytest.mark.parametrize("day", ["9999-12-31", "0001-01-01", "2026-02-28", "2024-02-29", "1999-12-31"])
async def test_a_day_is_the_same_through_both_doors(api: Api, company: Tenant, day: str):
    client = str((await company.make(Client)).id)
    made = (await api.post("/api/v1/quotes", {"clientId": client, "expiresOn": day})).data
    assert made["expires_on"] == day
    found = await api.graphql("query($id: ID!) { quote(id: $id) { expiresOn } }", {"id": made["id"]})
    assert found.data["quote"]["expiresOn"] == day
    for query in (f"expires_on={day}", f"expires_on[gte]={day}", f"expires_on[in]={day}"):
        assert [row["id"] for row in (await api.get(f"/api/v1/quotes?{query}")).data] == [made["id"]]


async def test_a_moment_has_six_digits_through_both_doors(api: Api, company: Tenant):
    client = await company.make(Client)
    quote = (await api.post("/api/v1/quotes", {"clientId": str(client.id)})).data
    sent = (await api.post(f"/api/v1/quotes/{quote['id']}/send")).data
    query = "query($id: ID!) { quote(id: $id) { createdAt updatedAt sentAt deletedAt } }"
    shown = (await api.graphql(query, {"id": quote["id"]})).data["quote"]
    for rest, graphql in (("created_at", "createdAt"), ("updated_at", "updatedAt"), ("sent_at", "sentAt")):
        assert MOMENT.fullmatch(sent[rest])
        assert shown[graphql] == sent[rest]
    assert (shown["deletedAt"], sent["deleted_at"]) == (None, None)
    later = {"after": sent["updated_at"]}
    listed = "query($after: DateTime!) { quotes(filter: {updatedAt: {gte: $after}}) { nodes { id } } }"
    assert len((await api.graphql(listed, later)).data["quotes"]["nodes"]) == 1
