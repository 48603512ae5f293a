"""Deleted rows in lists: left out, included or alone, in the order that a copy is kept by."""

from __future__ import annotations

from typing import Any

import pytest

from models import Client, Quote
from tests.doors.contract.test_envelope import refused
from tests.kit.client import Client as Api
from tests.kit.tenant import Tenant

LIST = (
    "query($f: ClientFilter) { clients(filter: $f, orderBy: UPDATED_AT_ASC) { nodes { name deletedAt } totalCount } }"
)


@pytest.fixture
async def lived(api: Api) -> None:
    """Three clients, the second deleted, and the first changed after that."""
    made = [(await api.post("/api/v1/clients", {"name": name})).data["id"] for name in "ABC"]
    assert (await api.delete(f"/api/v1/clients/{made[1]}")).status == 200
    assert (await api.patch(f"/api/v1/clients/{made[0]}", {"notes": "x"})).status == 200


async def names(api: Api, query: str) -> str:
    return "".join(row["name"] for row in (await api.get(f"/api/v1/clients{query}")).data)


@pytest.mark.usefixtures("lived")
async def test_a_list_shows_tombstones_when_it_is_asked_to(api: Api):
    assert await names(api, "") == await names(api, "?deleted=exclude") == "CA"
    assert await names(api, "?deleted=include") == "CBA"
    assert await names(api, "?deleted=only") == "B"
    assert await names(api, "?deleted=only&name=A") == ""
    assert await names(api, "?deleted=include&name[in]=A,B&sort=name") == "AB"
    for deleted, expected in ((None, "CA"), ("EXCLUDE", "CA"), ("INCLUDE", "CBA"), ("ONLY", "B")):
        wanted = {} if deleted is None else {"deleted": deleted}
        found = (await api.graphql(LIST, {"f": wanted})).data["clients"]
        assert "".join(each["name"] for each in found["nodes"]) == expected
        assert found["totalCount"] == len(expected)
        assert [each["name"] for each in found["nodes"] if each["deletedAt"]] == list("B" if "B" in expected else "")


async def test_the_documented_loop_with_tombstones_keeps_a_copy_without_the_deleted(api: Api):
    copy: dict[str, str] = {}
    newest = "1970-01-01T00:00:00.000000Z"

    async def catch_up() -> None:
        nonlocal newest
        path: str | None = f"/api/v1/clients?deleted=include&limit=2&updated_since={newest}"
        while path:
            page = await api.get(path)
            for row in page.data:
                if row["deleted_at"] is None:
                    copy[row["id"]] = row["name"]
                else:
                    copy.pop(row["id"], None)
                newest = row["updated_at"]
            path = page.headers.get("link", "").removeprefix("<").removesuffix('>; rel="next"')

    made = [(await api.post("/api/v1/clients", {"name": name})).data["id"] for name in "ABCDE"]
    await catch_up()
    assert list(copy.values()) == list("ABCDE")
    for one in made[1:4]:
        await api.delete(f"/api/v1/clients/{one}")
    await catch_up()
    assert list(copy.values()) == list("AE")


@pytest.mark.usefixtures("lived")
async def test_a_cursor_is_of_a_list_with_the_same_tombstones(api: Api):
    for first in ("", "&deleted=include"):
        cursor = (await api.get(f"/api/v1/clients?limit=1{first}")).json["next_cursor"]
        for other in ("", "&deleted=include", "&deleted=only"):
            answer = await api.get(f"/api/v1/clients?limit=1&cursor={cursor}{other}")
            assert answer.status == (200 if first == other else 400)


@pytest.mark.usefixtures("lived")
async def test_figures_leave_deleted_rows_out_unless_they_are_named(api: Api):
    path = "/api/v1/metrics?resource=clients&measure=count"
    for query, count in (("", 2), ("&deleted=include", 3), ("&deleted=only", 1), ("&deleted=exclude", 2)):
        [point] = (await api.get(f"{path}{query}")).data["points"]
        assert point["values"] == [str(count)]
    document = "query($f: ClientFilter) { metrics(resource: CLIENTS, filter: {clients: $f}) { points { values } } }"
    assert (await api.graphql(document, {"f": {"deleted": "ONLY"}})).data["metrics"]["points"] == [{"values": ["1"]}]


async def test_the_rows_inside_a_row_are_listed_alike(api: Api, company: Tenant):
    client = await company.make(Client)
    kept, gone = [await company.make(Quote, client_id=client.id) for _ in range(2)]
    assert (await api.delete(f"/api/v1/quotes/{gone.id}")).status == 200
    document = "query($id: ID!, $d: DeletedRows) { client(id: $id) { quotes(filter: {deleted: $d}) { nodes { id } } } }"
    found: dict[str, Any] = {}
    for deleted in ("EXCLUDE", "INCLUDE", "ONLY"):
        shown = (await api.graphql(document, {"id": str(client.id), "d": deleted})).data["client"]["quotes"]["nodes"]
        found[deleted] = {each["id"] for each in shown}
    assert found == {"EXCLUDE": {str(kept.id)}, "INCLUDE": {str(kept.id), str(gone.id)}, "ONLY": {str(gone.id)}}


@pytest.mark.parametrize("value", ["", "true", "INCLUDE", "all", "include,only"])
async def test_another_word_is_refused_and_those_that_are_known_are_named(api: Api, value: str):
    refused(await api.get(f"/api/v1/clients?deleted={value}"), 422, "deleted: one of exclude, include, only")
    assert (await api.get("/api/v1/clients?deleted=only&deleted=include")).status == 422


@pytest.mark.parametrize("branch", ["and", "or", "not"])
async def test_it_belongs_beside_the_conditions_of_the_whole_list(api: Api, branch: str):
    inner: Any = {"deleted": "ONLY"}
    answer = await api.graphql(LIST, {"f": {branch: inner if branch == "not" else [inner]}})
    assert (answer.code, answer.errors[0]["extensions"]["field"]) == ("validation_error", f"filter.{branch}.deleted")
    answer = await api.graphql(LIST, {"f": {"deleted": None}})
    assert answer.errors[0]["extensions"]["field"] == "filter.deleted"
