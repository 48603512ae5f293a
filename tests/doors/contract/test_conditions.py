"""Entity tags of the Forge MRP contract: `ETag`, `If-None-Match`, `If-Match`."""

from __future__ import annotations

from collections.abc import Callable

import httpx
import pytest

from models import Quote
from tests.doors.contract.test_envelope import refused
from tests.doors.contract.test_writes import LINE
from tests.kit.client import Client as Api
from tests.kit.fixtures import Key
from tests.kit.process import ServerProcess
from tests.kit.tenant import Tenant


async def test_the_etag_is_the_version_and_changes_with_it(api: Api, company: Tenant):
    quote = await company.make(Quote)
    one = f"/api/v1/quotes/{quote.id}"
    first = await api.get(one)
    assert first.headers["etag"] == '"1"'
    assert (first.headers["vary"], first.headers["cache-control"]) == ("Authorization", "private")
    for known in ('"1"', 'W/"1"', '"0", "1"', "*"):
        answer = await api.get(one, headers={"if-none-match": known})
        assert (answer.status, answer.body, answer.headers["etag"]) == (304, b"", '"1"')
    changed = await api.patch(one, {"parts": [LINE]})
    assert changed.headers["etag"] == '"2"'
    assert (await api.get(one, headers={"if-none-match": '"1"'})).status == 200


async def test_what_shows_more_or_less_has_a_tag_of_its_own(api: Api, company: Tenant, key: Key):
    quote = await company.make(Quote)
    one = f"/api/v1/quotes/{quote.id}"
    viewer = await key("quotes.view", "quotes.edit")
    tags = [
        (await api.get(one)).headers["etag"],
        (await api.get(one, key=viewer)).headers["etag"],
        (await api.get(f"{one}?include=client")).headers["etag"],
        (await api.get(f"{one}?fields=title")).headers["etag"],
    ]
    assert len(set(tags)) == 4
    assert tags[1].startswith('"1-')
    assert (await api.get(one, key=viewer, headers={"if-none-match": tags[0]})).status == 200
    renamed = await api.patch(f"/api/v1/clients/{quote.client_id}", {"name": "New"})
    assert renamed.status == 200
    assert (await api.get(f"{one}?include=client", headers={"if-none-match": tags[2]})).status == 200
    assert (await api.patch(one, {"title": "x"}, key=viewer, headers={"if-match": tags[1]})).status == 200


VIEWS = ("", "include=client", "include=client,parts", "fields=version", "fields=client.name,version,number")


@pytest.mark.parametrize("view", VIEWS)
async def test_the_tag_of_any_answer_that_shows_the_version_is_good_for_a_change(api: Api, company: Tenant, view: str):
    quote = await company.make(Quote)
    for title in ("A", "B"):
        await api.patch(f"/api/v1/clients/{quote.client_id}", {"notes": title})
    one = f"/api/v1/quotes/{quote.id}?{view}"
    tag = (await api.get(one)).headers["etag"]
    for number in (2, 3):
        changed = await api.patch(one, {"title": f"T{number}"}, headers={"if-match": tag})
        assert (changed.status, changed.data["version"]) == (200, number)
        stale = await api.patch(one, {"title": "late"}, headers={"if-match": tag})
        refused(stale, 409, f"Quote is at version {number}, not {number - 1}: read it again")
        tag = changed.headers["etag"]


async def test_the_tag_of_an_answer_without_the_version_says_why_it_is_no_good(api: Api, company: Tenant):
    one = f"/api/v1/quotes/{(await company.make(Quote)).id}"
    tag = (await api.get(f"{one}?fields=title,client.version")).headers["etag"]
    answer = await api.patch(one, {"title": "B"}, headers={"if-match": tag})
    refused(answer, 409, f"Quote is at version 1, {NAMELESS}")


async def test_a_stale_if_match_is_a_conflict_and_changes_nothing(api: Api, company: Tenant):
    quote = await company.make(Quote)
    one = f"/api/v1/quotes/{quote.id}"
    assert (await api.patch(one, {"title": "A"}, headers={"if-match": '"1"'})).data["version"] == 2
    for method, path, body in (("PATCH", one, {"title": "B"}), ("DELETE", one, None), ("POST", f"{one}/send", None)):
        answer = await api.request(method, path, json=body, headers={"if-match": '"1"'})
        refused(answer, 409, "Quote is at version 2, not 1: read it again")
    assert (await api.patch(one, {"title": "B"}, headers={"if-match": "*"})).data["version"] == 3
    assert (await api.post(f"{one}/send", headers={"if-match": '"3"'})).data["status"] == "sent"


async def test_graphql_calls_it_expected_version(api: Api, company: Tenant):
    quote = await company.make(Quote)
    [error] = (await api.graphql(f'mutation {{ sendQuote(id: "{quote.id}", expectedVersion: 9) {{ id }} }}')).errors
    assert (error["extensions"]["code"], error["extensions"]["field"]) == ("conflict", "expectedVersion")


NAMING = (
    *('"3"', "3", 'W/"3"', '"1", "3"', '"3","4"', 'W/"1", W/"3"', ' , "3" ,, ', '"x", "3"', '"3", "3"', "1, 3"),
    *(
        '"3-gzip"',
        'W/"3-br"',
        '"3--gzip"',
        '"3;gzip"',
        '"3+zstd"',
        '"3-0123456789abcdef01234567"',
        '"3-0123456789abcdef01234567-gzip"',
    ),
)


@pytest.mark.parametrize("given", NAMING)
async def test_an_if_match_is_a_list_of_tags_and_a_weak_one_counts(api: Api, company: Tenant, given: str):
    quote = await company.make(Quote)
    one = f"/api/v1/quotes/{quote.id}"
    for title in ("A", "B"):
        await api.patch(one, {"title": title})
    answer = await api.patch(one, {"title": "C"}, headers={"if-match": given})
    assert (answer.status, answer.data["title"], answer.data["version"]) == (200, "C", 4)


NAMELESS = "and the tag names none: the ETag of an answer that shows `version` does"


@pytest.mark.parametrize(
    ("given", "named"),
    [
        ('"1"', "1"),
        ('"1", "2"', "1 or 2"),
        ('W/"1", "x", "2-gzip"', "1 or 2"),
        ('"33"', "33"),
        *[(each, "") for each in ('"x"', '""', '"3x"', '"9999999999"', '"0123456789abcdef01234567"')],
    ],
)
async def test_an_if_match_without_the_version_of_now_is_a_conflict(api: Api, company: Tenant, given: str, named: str):
    quote = await company.make(Quote)
    one = f"/api/v1/quotes/{quote.id}"
    for title in ("A", "B"):
        await api.patch(one, {"title": title})
    for method, path, body in (("PATCH", one, {"title": "C"}), ("DELETE", one, None), ("POST", f"{one}/send", None)):
        answer = await api.request(method, path, json=body, headers={"if-match": given})
        told = f"not {named}: read it again" if named else NAMELESS
        refused(answer, 409, f"Quote is at version 3, {told}")
    assert (await api.get(one)).data["title"] == "B"


async def test_the_tag_of_a_proxy_that_compresses_is_known(api: Api, company: Tenant):
    quote = await company.make(Quote)
    one = f"/api/v1/quotes/{quote.id}"
    for known in ('"1-gzip"', 'W/"1-gzip"', '"0-gzip", "1;br"'):
        assert (await api.get(one, headers={"if-none-match": known})).status == 304
    tag = (await api.get(f"{one}?fields=title")).headers["etag"]
    weakened = f'W/{tag[:-1]}-gzip"'
    assert (await api.get(f"{one}?fields=title", headers={"if-none-match": weakened})).status == 304
    assert (await api.get(one, headers={"if-none-match": '"1-x"'})).status == 200


async def test_a_list_of_tags_may_come_in_several_lines(server: Callable[..., ServerProcess], company: Tenant):
    quote, shown = await company.make(Quote), await company.key("quotes.view", "quotes.edit")
    url = f"{server().url}/api/v1/quotes/{quote.id}"

    def lines(name: str) -> list[tuple[str, str]]:
        return [("Authorization", f"Bearer {shown}"), (name, '"1-0123456789ab"'), (name, 'W/"7"')]

    async with httpx.AsyncClient() as http:
        assert (await http.get(url, headers=lines("If-None-Match"))).status_code == 200
        first = await http.patch(url, json={"title": "A"}, headers=lines("If-Match"))
        assert first.json()["data"]["version"] == 2
        assert (await http.patch(url, json={"title": "A"}, headers=lines("If-Match"))).status_code == 409


@pytest.mark.parametrize("given", ["", " ", ",", "x", "-1", '"1', '1"', 'w/"1"', '"1" "2"', "W/1", '"1", x', "\xe9"])
async def test_an_if_match_that_is_no_list_of_tags_is_a_bad_request(api: Api, company: Tenant, given: str):
    quote = await company.make(Quote)
    answer = await api.patch(f"/api/v1/quotes/{quote.id}", {"title": "A"}, headers={"if-match": given})
    refused(answer, 400)
    assert answer.json["error"]["message"].startswith("If-Match: ")


async def test_a_create_has_no_version_to_compare_with(api: Api, company: Tenant):
    for given in ('"1"', "*"):
        refused(await api.post("/api/v1/clients", {"name": "A"}, headers={"if-match": given}), 400)
    assert await company.value("select count(*) from clients") == 0
