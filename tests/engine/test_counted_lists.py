"""Lists that several conditions narrow: every page and total is right, whichever way finds it, from both ends."""

from __future__ import annotations

import random
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest

from engine.sql import listing, narrowing
from models import Client, Quote
from tests.kit.client import Client as Api
from tests.kit.sweep import FULL
from tests.kit.tenant import Tenant

ROWS = 120
WAYS = {
    "walked": {},
    "sorted": {"FIRST": 3, "FEW": 500},
    "walked on": {"FIRST": 3, "FEW": 2, "FAR": 90},
    "counted further": {"FIRST": 3, "FEW": 2, "FAR": 6, "MANY": 500},
    "walked to the end": {"FIRST": 3, "FEW": 2, "FAR": 6, "MANY": 3},
}
"""What bounds each way, so that this one answers; the bounds of a real list are too large for a test."""
FILTERS: list[dict[str, Any]] = [
    {"currency": {"eq": "EUR"}},
    {"currency": {"in": ["EUR", "USD"]}, "dueOn": {"isNull": False}},
    {"estimator": {"eq": "O'Neil \\ =x"}, "currency": {"eq": "USD"}},
    {"estimator": {"isNull": True}, "total": {"gte": "20"}},
    {"estimator": {"startsWith": "O'N"}, "search": "shaft"},
    {"title": {"startsWith": "Shaft 1"}, "tags": {"has": "rush"}},
    {"title": {"in": ["Shaft 1", "%"]}},
    {"dueOn": {"isNull": True}, "status": {"ne": "SENT"}},
    {"customFields": [{"key": "grade", "eq": "a:b"}]},
    {"tags": {"hasAny": ["rush", "late"]}, "customFields": [{"key": "grade", "eq": "a:b"}]},
    {"client": {"name": {"startsWith": "Ac"}}, "currency": {"eq": "EUR"}},
    {"or": [{"currency": {"eq": "EUR"}}, {"dueOn": {"isNull": True}}]},
]
ORDERS = [["CREATED_AT_DESC"], ["DUE_ON_ASC"], ["DUE_ON_DESC"], ["COST_ASC"], ["CLIENT_ID_DESC", "DUE_ON_DESC"]]
PAGE = """query($f: QuoteFilter, $o: [QuoteOrder!], $a: String, $n: Int, $b: String, $l: Int) {
  quotes(filter: $f, orderBy: $o, first: $n, after: $a, last: $l, before: $b) {
    totalCount nodes { id } pageInfo { hasNextPage hasPreviousPage startCursor endCursor } } }"""


@pytest.fixture
async def quotes(company: Tenant, api: Api) -> None:
    """Quotes of two clients, with nulls, with text that queries must quote, and with custom fields."""
    dice = random.Random(3)
    clients = await company.make_many(Client, [{"name": "Acme"}, {"name": "Bolt"}])
    made = await api.post(
        "/api/v1/custom-field-definitions", {"record_type": "quote", "key": "grade", "label": "Grade", "type": "text"}
    )
    assert made.status == 201, made.body
    rows = [
        {
            "client_id": dice.choice(clients).id,
            "currency": dice.choice(["EUR", "USD"]),
            "estimator": dice.choice([None, "O'Neil \\ =x", "null"]),
            "title": dice.choice([None, "Shaft 1", "Shaft 12", "Rod", "%"]),
            "due_on": dice.choice([None, date(2026, 1, 1) + timedelta(days=dice.randrange(5))]),
            "total": Decimal(dice.randrange(50)),
            "cost": dice.choice([None, Decimal(dice.randrange(9))]),
            "tags": dice.choice([[], ["rush"], ["rush", "late"]]),
            "custom_fields": dice.choice([{}, {"grade": "a:b"}]),
        }
        for _ in range(ROWS)
    ]
    await company.make_many(Quote, rows)


async def pages(api: Api, wanted: dict[str, Any], order: list[str], *, backward: bool) -> tuple[list[str], set[int]]:
    """All rows of a list, page by page from one end, in its order; and what its totals say."""
    found: list[str] = []
    totals, cursor = set(), None
    while True:
        given = {"l": 7, "b": cursor} if backward else {"n": 7, "a": cursor}
        answer = await api.graphql(PAGE, {"f": wanted, "o": order, **given})
        page = answer.data["quotes"]
        ids = [each["id"] for each in page["nodes"]]
        found = [*ids, *found] if backward else [*found, *ids]
        totals.add(page["totalCount"])
        info = page["pageInfo"]
        if not info["hasPreviousPage" if backward else "hasNextPage"]:
            return found, totals
        cursor = info["startCursor" if backward else "endCursor"]


@pytest.mark.usefixtures("quotes")
@pytest.mark.parametrize("way", WAYS)
async def test_every_way_leads_through_the_same_list(api: Api, monkeypatch: pytest.MonkeyPatch, way: str) -> None:
    for name, bound in WAYS[way].items():
        monkeypatch.setattr(listing, name, bound)
        monkeypatch.setattr(narrowing, name, bound)
    for turn, order in enumerate(ORDERS):
        every = (await api.graphql(PAGE, {"o": order, "n": 250})).data["quotes"]["nodes"]
        for wanted in FILTERS if FULL else FILTERS[turn % 2 :: 2]:
            matching = await api.graphql(PAGE, {"f": {"or": [wanted]}, "o": order, "n": 250})
            ids = {each["id"] for each in matching.data["quotes"]["nodes"]}
            expected = [each["id"] for each in every if each["id"] in ids]
            assert 0 < len(expected) < ROWS, wanted
            for backward in (False, True):
                found, totals = await pages(api, wanted, order, backward=backward)
                assert found == expected, (wanted, order, backward)
                assert totals == {len(expected)}


@pytest.mark.usefixtures("quotes")
async def test_both_doors_find_tags_and_custom_fields_alike(api: Api) -> None:
    for query, wanted in (
        ("tags=rush", {"tags": {"has": "rush"}}),
        ("tags[has_any]=rush,late", {"tags": {"hasAny": ["rush", "late"]}}),
        ("tags[has_all]=rush,late", {"tags": {"hasAll": ["rush", "late"]}}),
        ("custom_fields[grade]=a:b", {"customFields": [{"key": "grade", "eq": "a:b"}]}),
        ("estimator=null", {"estimator": {"eq": "null"}}),
        ("estimator[is_null]=true", {"estimator": {"isNull": True}}),
    ):
        rest = (await api.get(f"/api/v1/quotes?{query}&limit=250&fields=id,tags,estimator,custom_fields")).data
        graphql = await api.graphql(PAGE, {"f": wanted, "o": ["UPDATED_AT_ASC"], "n": 250})
        assert [row["id"] for row in rest] == [each["id"] for each in graphql.data["quotes"]["nodes"]]
        assert rest
        for row in rest:
            assert query != "tags=rush" or "rush" in row["tags"]
            assert query != "tags[has_all]=rush,late" or row["tags"] == ["rush", "late"]
            assert query != "estimator=null" or row["estimator"] == "null"
            assert query != "estimator[is_null]=true" or row["estimator"] is None
            assert not query.startswith("custom") or row["custom_fields"] == {"grade": "a:b"}
    refused = await api.get("/api/v1/quotes?custom_fields[Gr ade]=x")
    assert (refused.status, refused.code) == (422, "validation_error")


async def test_long_words_and_values_are_kept_and_found(company: Tenant, api: Api) -> None:
    """A lexeme has 2,046 bytes at most; words and values of four bytes a character go beyond it."""
    long = "𝔸" * 2_000
    await api.post(
        "/api/v1/custom-field-definitions", {"record_type": "quote", "key": "grade", "label": "Grade", "type": "text"}
    )
    made = await company.make_many(
        Quote,
        [{"notes": f"see {'x' * 5_000}", "custom_fields": {"grade": long}}, {"custom_fields": {"grade": long[:-1]}}],
    )
    body = await api.graphql(PAGE, {"f": {"customFields": [{"key": "grade", "eq": long}]}, "n": 9})
    assert [each["id"] for each in body.data["quotes"]["nodes"]] == [str(made[0].id)]
    found = await api.get(f"/api/v1/quotes?search={'x' * 190}")
    assert [row["id"] for row in found.data] == [str(made[0].id)]
