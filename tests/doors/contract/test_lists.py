"""Lists of the Forge MRP contract: the documented loops, filters, order, pages, sparse fields."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from typing import Any
from urllib.parse import quote
from uuid import UUID

import httpx
import pytest

from models import Client, Quote
from tests.doors.contract.test_envelope import refused
from tests.kit.client import Client as Api
from tests.kit.process import ServerProcess
from tests.kit.tenant import Tenant


async def test_the_loop_of_the_developer_page_copies_every_quote_once(
    server: Callable[..., ServerProcess], company: Tenant
):
    client = await company.make(Client)
    made = await company.make_many(Quote, [{"client_id": client.id} for _ in range(230)])
    headers = {"Authorization": f"Bearer {await company.key('quotes.view')}"}
    base = server().url
    copied: list[Any] = []
    handle = copied.extend

    # As printed there, but for the host, and httpx in place of requests.
    cursor = None
    while True:
        url = f"{base}/api/v1/quotes?limit=100"
        if cursor:
            url += f"&cursor={cursor}"
        res = httpx.get(url, headers=headers).json()  # noqa: ASYNC210  # as any script would
        handle(res["data"])
        cursor = res["next_cursor"]
        if not cursor:
            break

    assert [row["id"] for row in copied] == [str(row.id) for row in sorted(made, key=lambda row: row.updated_at)]
    assert [row["updated_at"] for row in copied] == sorted(row["updated_at"] for row in copied)


async def pages(api: Api, path: str) -> list[list[Any]]:
    """The pages of a list, by their Link headers."""
    found = []
    while True:
        answer = await api.get(path)
        assert answer.status == 200, answer.body
        found.append(answer.json["data"])
        assert ("link" in answer.headers) == (answer.json["next_cursor"] is not None)
        if "link" not in answer.headers:
            return found
        link = re.fullmatch(r'<(/api/v1/[!-~]+)>; rel="next"', answer.headers["link"])
        assert link, answer.headers["link"]
        path = link[1]


@pytest.fixture
async def five(company: Tenant) -> list[Quote]:
    """Five quotes of one client, one of them sent, one without a title."""
    client = await company.make(Client)
    titles = ["Bracket", "bracket 50%", 'Say "hi" & bye+more=1', "Ünïcödé ☃", None]
    given = [
        {
            "client_id": client.id,
            "title": title,
            "total": Decimal(number % 3),
            "status": "sent" if number == 1 else "draft",
        }
        for number, title in enumerate(titles)
    ]
    return await company.make_many(Quote, given)


@pytest.mark.parametrize(
    "sort", ["", "&sort=updated_at", "&sort=-updated_at", "&sort=total", "&sort=-total", "&sort=created_at"]
)
@pytest.mark.parametrize("size", [1, 2, 5, 250])
async def test_the_link_to_the_next_page_leads_through_the_whole_list(
    api: Api, five: list[Quote], sort: str, size: int
):
    found = await pages(api, f"/api/v1/quotes?limit={size}{sort}")
    assert [len(page) for page in found] == [size] * (5 // size) + ([5 % size] if 5 % size or size > 5 else [])
    shown = [row for page in found for row in page]
    column, backward = sort.removeprefix("&sort=").removeprefix("-") or "updated_at", "-" in sort
    key: Callable[[Quote], Any] = lambda row: (getattr(row, column), row.id)  # noqa: E731
    assert [row["id"] for row in shown] == [str(row.id) for row in sorted(five, key=key, reverse=backward)]


async def test_the_link_keeps_the_filters_whatever_characters_they_hold(api: Api, five: list[Quote]):
    assert len(five) == 5
    but_one = f"id[not_in]={five[0].id}"
    for query in (f"number[ne]=%26%3D%3E%22%E2%98%83&{but_one}", f"number%5Bne%5D=x+y&{but_one}", but_one):
        found = await pages(api, f"/api/v1/quotes?{query}&limit=2&fields=id,title")
        assert [len(page) for page in found] == [2, 2]


async def test_a_cursor_is_of_one_filter_and_order(api: Api, five: list[Quote]):
    assert five
    cursor = (await api.get("/api/v1/quotes?limit=2")).json["next_cursor"]
    for other in ("sort=-updated_at", "sort=total", "status=draft", "updated_since=2020-01-01T00:00:00Z"):
        refused(await api.get(f"/api/v1/quotes?limit=2&{other}&cursor={cursor}"), 400)
    refused(await api.get(f"/api/v1/clients?cursor={cursor}"), 400)
    assert len((await api.get(f"/api/v1/quotes?limit=3&cursor={cursor}")).data) == 3


async def test_a_page_has_fifty_rows_unless_asked_and_at_most_250(api: Api, company: Tenant):
    await company.make_many(Client, [{} for _ in range(51)])
    assert len((await api.get("/api/v1/clients")).data) == 50
    for limit in ("0", "251", "-1", "1e2", "x", "", " 5", "5 ", "\u0665", "9" * 30, "5.0", "0x5"):
        refused(await api.get("/api/v1/clients", params={"limit": limit}), 422, "limit: a whole number from 1 to 250")


async def test_updated_since_is_inclusive_to_the_microsecond(api: Api, five: list[Quote]):
    rows = sorted(five, key=lambda row: row.updated_at)
    at = rows[2].updated_at
    assert rows[3].updated_at - at == timedelta(microseconds=1)  # written together, told apart all the same
    for since, count in ((at, 3), (at + timedelta(microseconds=1), 2), (at - timedelta(microseconds=1), 4)):
        text = since.strftime("%Y-%m-%dT%H:%M:%S.%fZ")
        answer = await api.get(f"/api/v1/quotes?updated_since={text}")
        assert [row["id"] for row in answer.data] == [str(row.id) for row in rows[-count:]]
    later = f"{at.strftime('%Y-%m-%dT%H:%M:%S.%f')}+00:00"  # an unquoted + is a space
    assert len((await api.get(f"/api/v1/quotes?updated_since={later}")).data) == 3


FILTERS: dict[str, Callable[[Quote], bool]] = {
    "status=sent": lambda row: row.status == "sent",
    "status[ne]=sent": lambda row: row.status != "sent",
    "status[in]=sent,draft": lambda _: True,
    "status[not_in]=sent": lambda row: row.status != "sent",
    "total=1": lambda row: row.total == 1,
    "total[gt]=0.99": lambda row: row.total > Decimal("0.99"),
    "total[lte]=1.000": lambda row: row.total <= 1,
    "total[gte]=1&total[lt]=2": lambda row: row.total == 1,
    "title[starts_with]=bracket 50%25": lambda row: (row.title or "").startswith("bracket 50%"),
    "title[starts_with]=_": lambda row: (row.title or "").startswith("_"),
    "search=BRACK": lambda row: "brack" in (row.title or "").lower(),
    "title[starts_with]=Br": lambda row: (row.title or "").startswith("Br"),
    "title[is_null]=true": lambda row: row.title is None,
    "title[is_null]=false": lambda row: row.title is not None,
    "title=%C3%9Cn%C3%AFc%C3%B6d%C3%A9+%E2%98%83": lambda row: row.title == "Ünïcödé ☃",
    "number=Q-2": lambda row: row.number == "Q-2",
    "created_at[gte]=2020-01-01T00:00:00Z": lambda _: True,
    "created_at[lt]=2020-01-01T00:00:00Z": lambda _: False,
    "due_on[is_null]=true&currency=USD": lambda _: True,
}


@pytest.mark.parametrize("query", FILTERS)
async def test_a_filter_lets_through_what_it_says(api: Api, five: list[Quote], query: str):
    answer = await api.get(f"/api/v1/quotes?{query}")
    assert [row["number"] for row in answer.data] == [row.number for row in five if FILTERS[query](row)]


LISTS: dict[str, list[int]] = {
    "status[in]=sent&status[in]=draft": [0, 1, 2, 3, 4],
    "status=sent&status=draft": [0, 1, 2, 3, 4],
    "status=sent&status=sent": [1],
    "title[in]=Bracket&title[in]=bracket 50%25": [0, 1],
    "title=Bracket&title=Shaft, long": [0],
    'title[in]="Bracket","Say ""hi"" %26 bye%2Bmore=1"': [0, 2],
    'title[in]= "Bracket" , "bracket 50%25"': [0, 1],
    'title[in]=Say "hi" %26 bye%2Bmore=1': [2],
    'title[in]=Bracket,""': [0],
    "title[in]=Bracket,": [0],
    "number[in]=Q-1,Q-3&number[in]=Q-4": [3],
    'number[in]="Q-1",Q-3&number[in]=Q-4': [0, 2, 3],
    'number[not_in]="Q-1",Q-3&number[not_in]=Q-4': [1, 4],
    "total[in]=1,2&total[in]=3": [1, 2, 4],
    'total[in]="1",2': [1, 2, 4],
    'fields=id&fields="number",total&include=client': [0, 1, 2, 3, 4],
}


@pytest.mark.parametrize("query", LISTS)
async def test_a_list_is_parted_by_commas_or_repeated_and_quotes_hold_commas(api: Api, five: list[Quote], query: str):
    for path in (f"/api/v1/quotes?{query}", f"/api/v1/quotes?{quote(query, safe='=&%')}"):
        answer = await api.get(path)
        assert [row["id"] for row in answer.data] == [str(five[number].id) for number in LISTS[query]]


async def test_a_title_with_commas_is_found_by_quoting_it(api: Api, company: Tenant):
    titles = ["Shaft, long", "Shaft", "long", 'a "b", c', '"']
    made = [(await company.make(Quote, title=title)).id for title in titles]

    async def found(query: str) -> list[int]:
        return [made.index(UUID(row["id"])) for row in (await api.get(f"/api/v1/quotes?{query}")).data]

    assert await found("title[in]=%22Shaft%2C%20long%22") == [0]
    assert await found("title[in]=Shaft%2C%20long,Bracket") == [1]
    assert await found("title[in]=%22a%20%22%22b%22%22%2C%20c%22,%22%22%22%22") == [3, 4]
    assert await found("title=Shaft, long") == [0]
    assert await found("title=Shaft, long&title=long") == [0, 2]
    for number, title in enumerate(titles):
        whole = title if not title.startswith('"') else '"{}"'.format(title.replace('"', '""'))
        assert await found(f"title[in]={quote(whole)}&title[in]=Nothing") == [number]
        assert await found(f"title[in]=Nothing&title[in]={quote(whole)}") == [number]


async def test_the_link_to_the_next_page_keeps_a_list_that_was_repeated(api: Api, five: list[Quote]):
    assert five
    query = 'title[in]="Bracket","a, b"&title[in]=bracket 50%25&status=draft&status=sent'
    assert [len(page) for page in await pages(api, f"/api/v1/quotes?{query}&limit=1")] == [1, 1]


@pytest.mark.parametrize(
    ("query", "named"),
    [
        ("colour=red", "colour"),
        ("Status=sent", "Status"),
        ("createdAt[gte]=2026-01-01T00:00:00Z", "createdAt[gte]"),
        ("notes_private[contains]=x", "notes_private[contains]"),
        ("status[gt]=sent", "status[gt]"),
        ("status[]=sent", "status[]"),
        ("status[eq=sent", "status[eq"),
        ("status[eq]]=sent", "status[eq]]"),
        ("status=SENT", "status"),
        ("status=", "status"),
        ("status=sent&status=SENT", "status"),
        ("total[gt]=1&total[gt]=2", "total[gt]"),
        ("title[ne]=a&title[ne]=b", "title[ne]"),
        ("title[is_null]=true&title[is_null]=false", "title[is_null]"),
        ("search=a&search=b", "search"),
        ("updated_since=2026-01-01T00:00:00Z&updated_since=2026-01-01T00:00:00Z", "updated_since"),
        ("sort=total&sort=number", "sort"),
        ("cursor=a&cursor=b", "cursor"),
        ('title[in]="Shaft', "title[in]"),
        ('title[in]="Shaft" long', "title[in]"),
        ('title[in]=a,"b"c', "title[in]"),
        ('title[in]="a"",b', "title[in]"),
        ('fields="number', "fields"),
        ("status[in]=sent,", "status[in]"),
        ("status[in]=sent&status[in]=", "status[in]"),
        ("total=12,5", "total"),
        ("total=NaN", "total"),
        ("total=1e99999", "total"),
        ("total[in]=1,", "total[in]"),
        ("due_on=2026-02-30", "due_on"),
        ("created_at=2026-01-01", "created_at"),
        ("created_at=2026-01-01T00:00:00.1234567891Z", "created_at"),
        ("created_at=2026-01-01T00:00:00,123Z", "created_at"),
        ("created_at=2026-01-01T00:00:00", "created_at"),
        ("created_at=2026-01-01T00:00:00+1", "created_at"),
        ("created_at=2026-01-01T24:00:01Z", "created_at"),
        ("client_id=1", "client_id"),
        ("title[is_null]=yes", "title[is_null]"),
        ("sort=notes_private", "sort"),
        ("sort=", "sort"),
        ("sort=--total", "sort"),
        ("fields=colour", "fields"),
        ("fields=", "fields"),
        ("fields=id,,number", "fields"),
        ("include=colour", "include"),
        ("include=", "include"),
        ("updated_since=yesterday", "updated_since"),
        ("updated_since=0001-01-01T00:00:00%2B14:00", "updated_since"),
        ("limit=5&limit=5", "limit"),
        ("=1", ""),
    ],
)
async def test_a_parameter_that_is_unknown_or_wrong_is_refused_and_named(api: Api, query: str, named: str):
    answer = await api.get(f"/api/v1/quotes?{query}")
    refused(answer, 422)
    assert answer.json["error"]["message"].startswith(f"{named}: ")


async def test_a_single_row_and_a_command_take_no_filters(api: Api, company: Tenant):
    client = await company.make(Client)
    refused(await api.get(f"/api/v1/clients/{client.id}?limit=1"), 422, "limit: unknown parameter")
    refused(await api.patch(f"/api/v1/clients/{client.id}?name=x", {}), 422, "name: unknown parameter")
    refused(await api.post("/api/v1/clients?dry_run=true", {"name": "x"}), 422, "dry_run: unknown parameter")


@pytest.mark.parametrize(
    "cursor", ["", "x", "e30", "====", "MXw", "a" * 2_001, "%00", "é", "MXx8fA", "../../etc", "null"]
)
async def test_a_malformed_cursor_is_a_bad_request(api: Api, cursor: str):
    refused(await api.get(f"/api/v1/quotes?cursor={cursor}"), 400)


async def test_fields_and_include_show_what_is_asked_for(api: Api, five: list[Quote]):
    row = (await api.get(f"/api/v1/quotes/{five[0].id}?fields=id,number&include=client,parts")).data
    assert list(row) == ["id", "number", "client", "parts", "parts_has_more"]
    assert row["client"]["id"] == str(five[0].client_id)
    assert row["parts"] == []
    [first, *_] = (await api.get("/api/v1/quotes?fields=number,client.name&sort=updated_at")).data
    assert list(first) == ["number", "client"]
    assert list(first["client"]) == ["name"]
