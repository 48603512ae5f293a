"""Lists as CSV: the rows that JSON has, as a table that a spreadsheet can take in without running anything of it."""

from __future__ import annotations

import csv
import io

import pytest

from access.scopes import Scope
from models import Client, Quote
from tests.kit.client import Answer
from tests.kit.client import Client as Api
from tests.kit.fixtures import Key
from tests.kit.tenant import Tenant

TAKES = {"accept": "text/csv"}


def table(answer: Answer) -> list[list[str]]:
    assert answer.status == 200, answer.body
    assert answer.headers["content-type"] == "text/csv; charset=utf-8; header=present"
    assert (answer.headers["cache-control"], answer.headers["vary"]) == ("private", "Authorization, Accept")
    return list(csv.reader(io.StringIO(answer.body.decode(), newline="")))


async def test_a_list_is_a_table(api: Api, company: Tenant):
    client = await company.make(Client, name='Möbius "&" Söhne, Inc.')
    quote = await company.make(Quote, client_id=client.id, title="A\nB")
    found = table(await api.get("/api/v1/quotes?fields=id,title,total,tags,client.name,client.id", headers=TAKES))
    expected = (await api.get("/api/v1/quotes?fields=id,title,total,tags,client.name,client.id")).data
    [header, row] = found
    assert dict(zip(header, row, strict=True)) == {
        "id": str(quote.id),
        "title": "A\nB",
        "total": expected[0]["total"],
        "tags": "[]",
        "client.id": str(client.id),
        "client.name": 'Möbius "&" Söhne, Inc.',
    }


async def test_every_column_of_a_row_is_there_and_none_is_told_without_its_scope(api: Api, company: Tenant, key: Key):
    client = await company.make(Client, name="Acme")
    await company.make(Quote, client_id=client.id)
    header, row = table(await api.get("/api/v1/quotes", headers=TAKES))
    [shown] = (await api.get("/api/v1/quotes")).data
    assert header == list(shown)
    assert dict(zip(header, row, strict=True))["version"] == "1"
    assert dict(zip(header, row, strict=True))["sent_at"] == ""
    narrow = await key(Scope.QUOTES_VIEW)
    refused = await api.get("/api/v1/quotes?include=client", headers=TAKES, key=narrow)
    assert (refused.status, refused.headers["content-type"]) == (403, "application/json")


async def test_an_empty_list_has_its_header_and_a_page_leads_to_the_next(api: Api, company: Tenant):
    assert table(await api.get("/api/v1/clients?fields=name", headers=TAKES)) == [["name"]]
    for name in "ABC":
        await company.make(Client, name=name)
    found, path = [], "/api/v1/clients?fields=name&limit=2&sort=name"
    while path:
        answer = await api.get(path, headers=TAKES)
        found.append(table(answer)[1:])
        link = answer.headers.get("link", "")
        path = link.partition(">")[0].removeprefix("<")
    assert found == [[["A"], ["B"]], [["C"]]]


@pytest.mark.parametrize(
    ("name", "cell"),
    [
        ("=1+1", "'=1+1"),
        ("+49 30 1234", "'+49 30 1234"),
        ("-5", "-5"),
        ("+5.25", "+5.25"),
        ("-5 bolts", "'-5 bolts"),
        ("@SUM(A1)", "'@SUM(A1)"),
        ("a=1", "a=1"),
        ("=cmd|' /C calc'!A0", "'=cmd|' /C calc'!A0"),
    ],
)
async def test_text_is_no_formula(api: Api, company: Tenant, name: str, cell: str):
    await company.make(Client, name=name)
    assert table(await api.get("/api/v1/clients?fields=name", headers=TAKES))[1:] == [[cell]]


@pytest.mark.parametrize(
    ("accept", "kind"),
    [
        ("text/csv", "text/csv"),
        ("TEXT/CSV", "text/csv"),
        ("text/csv, application/json", "text/csv"),
        ("application/json, text/csv;q=0.5", "application/json"),
        ("text/csv;q=0, */*", "application/json"),
        ("text/*", None),
        ("*/*", "application/json"),
        ("text/csv;q=0", None),
    ],
)
async def test_who_prefers_csv_gets_it(api: Api, accept: str, kind: str | None):
    answer = await api.get("/api/v1/clients", headers={"accept": accept})
    found = answer.headers["content-type"].partition(";")[0] if answer.status == 200 else None
    assert found == kind
    assert answer.status == (406 if kind is None else 200)


async def test_one_record_is_no_table(api: Api, company: Tenant):
    client = await company.make(Client)
    assert (await api.get(f"/api/v1/clients/{client.id}", headers=TAKES)).status == 406
    assert (await api.post("/api/v1/clients", {"name": "A"}, headers=TAKES)).status == 406
