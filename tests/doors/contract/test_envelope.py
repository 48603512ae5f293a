"""Forge MRP's envelope, codes and headers, word for word as its developer page has them."""

from __future__ import annotations

import re

import pytest

from core.values.ids import new_id
from engine.runtime import Runtime
from models import Client, Quote
from tests.kit.client import Answer
from tests.kit.client import Client as Api
from tests.kit.fixtures import Key, new_tenant
from tests.kit.rights import KitAccess
from tests.kit.tenant import Tenant

MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z")
CODES = {
    400: "bad_request",
    401: "unauthorized",
    403: "insufficient_scope",
    404: "not_found",
    405: "method_not_allowed",
    406: "not_acceptable",
    409: "conflict",
    413: "payload_too_large",
    415: "unsupported_media_type",
    422: "validation_error",
    429: "rate_limited",
}


def refused(answer: Answer, status: int, message: str | None = None) -> None:
    """The answer is the envelope of this status, and nothing but the envelope."""
    assert answer.status == status, answer.body
    assert list(answer.json) == ["error"]
    error = answer.json["error"]
    assert [each for each in error if each != "field"] == [
        "code",
        "message",
        *(["details"] if status == 422 else []),
        "request_id",
    ]
    assert error["code"] == CODES[status]
    assert isinstance(error["message"], str)
    if status == 422:
        assert error.get("field", "") in error["message"]
        assert error["details"][0].get("field") == error.get("field")
        assert error["message"].endswith(error["details"][0]["message"])
    if message is not None:
        assert answer.json["error"]["message"] == message


async def test_a_list_wraps_its_rows_in_data_and_ends_with_next_cursor_null(api: Api, company: Tenant):
    made = await company.make(Client, name="Acme Co")
    answer = await api.get("/api/v1/clients")
    assert answer.status == 200
    assert list(answer.json) == ["data", "next_cursor"]
    assert answer.json["next_cursor"] is None
    [row] = answer.json["data"]
    assert row["id"] == str(made.id)
    assert row["name"] == "Acme Co"
    assert MOMENT.fullmatch(row["created_at"])
    assert MOMENT.fullmatch(row["updated_at"])
    assert answer.headers["content-type"] == "application/json"


async def test_one_row_is_wrapped_in_data(api: Api, company: Tenant):
    made = await company.make(Client, name="Acme Co")
    answer = await api.get(f"/api/v1/clients/{made.id}")
    assert list(answer.json) == ["data"]
    assert answer.data["name"] == "Acme Co"


async def test_an_unknown_quote_is_told_in_the_words_of_the_page(api: Api):
    answer = await api.get(f"/api/v1/quotes/{new_id(Quote)}", headers={"x-request-id": "mine-1"})
    assert answer.status == 404
    assert answer.body == b'{"error":{"code":"not_found","message":"Quote not found","request_id":"mine-1"}}'


@pytest.mark.parametrize("row_id", ["x", "0", "{id}", "null", "..", "a" * 300, "01975c00-7000-7001-8000-000000000001"])
async def test_an_id_of_no_quote_is_not_found(api: Api, row_id: str):
    for method in ("GET", "DELETE"):
        refused(await api.request(method, f"/api/v1/quotes/{row_id}"), 404, "Quote not found")
    refused(await api.patch(f"/api/v1/quotes/{row_id}", {}), 404, "Quote not found")


async def test_a_row_of_another_type_is_not_found(api: Api, company: Tenant):
    client = await company.make(Client)
    refused(await api.get(f"/api/v1/quotes/{client.id}"), 404, "Quote not found")


@pytest.mark.parametrize(
    "path", ["", "/", "/nothing", "/quotes/", "/clients//", "/quotes/x/send/y", "/QUOTES", "/quote"]
)
async def test_a_path_that_no_route_matches_is_not_found(api: Api, path: str):
    for method in ("GET", "POST", "OPTIONS"):
        refused(await api.request(method, f"/api/v1{path}"), 404)


@pytest.mark.parametrize("path", ["/", "/quotes", "/clients", "/api/quotes", "/api/v2/quotes", "/api/v1quotes"])
async def test_nothing_of_the_api_is_outside_its_prefix(api: Api, path: str):
    refused(await api.get(path), 404)


async def test_a_missing_or_wrong_key_is_unauthorized(api: Api):
    wrong = [" ", "x", "fmrp_live_0123456789AB_0123456789ABCDEFGHIJKLMNOPQRSTUV_0bWabH", str(api.key) + "x", "\xff\xfe"]
    for key in [None, *wrong]:
        answer = await api.get("/api/v1/clients", key=key)
        refused(answer, 401, "The key is missing, wrong, expired or revoked")
        assert answer.headers["www-authenticate"].startswith("Bearer")
    for scheme in ("Basic", "", "Bearer:"):
        answer = await api.get("/api/v1/clients", key=None, headers={"authorization": f"{scheme} {api.key}"})
        refused(answer, 401)


async def test_a_missing_scope_is_named(api: Api, key: Key):
    viewer = await key("clients.view")
    refused(await api.get("/api/v1/quotes", key=viewer), 403, "Insufficient scope: quotes.view required")
    refused(
        await api.post("/api/v1/clients", {"name": "x"}, key=viewer), 403, "Insufficient scope: clients.create required"
    )


async def test_a_write_scope_implies_reading_the_area_and_nothing_else(api: Api, key: Key):
    writer = await key("quotes.create")
    assert (await api.get("/api/v1/quotes", key=writer)).status == 200
    refused(await api.get("/api/v1/clients", key=writer), 403)


async def test_a_locked_quote_is_a_conflict(api: Api, company: Tenant):
    quote = await company.make(Quote)
    sent = await api.post(f"/api/v1/quotes/{quote.id}/send")
    assert (sent.status, sent.data["status"]) == (200, "sent")
    refused(await api.patch(f"/api/v1/quotes/{quote.id}", {"title": "New"}), 409)
    refused(await api.delete(f"/api/v1/quotes/{quote.id}"), 409)
    refused(await api.post(f"/api/v1/quotes/{quote.id}/send"), 409)


async def test_a_wrong_field_is_a_validation_error_that_names_it(api: Api):
    refused(await api.post("/api/v1/clients", {"name": 5}), 422, "name: must be text, not a number")
    refused(await api.post("/api/v1/clients", {}), 422, "name: required")
    refused(await api.post("/api/v1/clients", {"name": "x", "colour": 1}), 422, "colour: unknown field")


@pytest.mark.parametrize("body", [b"{", b"", b"[]", b"null", b'"x"', b"{'a': 1}", b"\xff\xfe", b'{"name": NaN}'])
async def test_a_malformed_body_is_a_bad_request(api: Api, body: bytes):
    headers = {"content-type": "application/json"}
    refused(await api.request("POST", "/api/v1/clients", content=body, headers=headers), 400)


async def test_media_types_that_cannot_be_read_or_made_are_refused(api: Api):
    for media in ("text/plain", "application/x-www-form-urlencoded", "application/graphql", ""):
        answer = await api.request("POST", "/api/v1/clients", content=b"{}", headers={"content-type": media})
        refused(answer, 415)
    refused(await api.get("/api/v1/clients", headers={"accept": "text/html"}), 406)
    for accept in ("*/*", "application/json", "text/html, application/*;q=0.1", "application/json; charset=utf-8"):
        assert (await api.get("/api/v1/clients", headers={"accept": accept})).status == 200


async def test_a_body_of_one_byte_too_many_is_refused(api: Api):
    largest = b'{"name": "' + b"x" * (1_048_576 - 12) + b'"}'
    for body, status in ((largest, 422), (largest[:-2] + b'x"}', 413)):
        headers = {"content-type": "application/json"}
        refused(await api.request("POST", "/api/v1/clients", content=body, headers=headers), status)


async def test_a_method_that_a_path_has_not_is_refused_with_those_it_has(api: Api, company: Tenant):
    quote = await company.make(Quote)
    allowed = {
        "/api/v1/quotes": "GET, HEAD, OPTIONS, POST",
        f"/api/v1/quotes/{quote.id}": "DELETE, GET, HEAD, OPTIONS, PATCH",
        f"/api/v1/quotes/{quote.id}/send": "OPTIONS, POST",
    }
    for path, methods in allowed.items():
        for method in ("PUT", "TRACE", "QUERY", "get"):
            answer = await api.request(method, path)
            refused(answer, 405)
            assert answer.headers["allow"] == methods
        options = await api.request("OPTIONS", path, key=None)
        assert (options.status, options.body, options.headers["allow"]) == (204, b"", methods)
    head = await api.request("HEAD", f"/api/v1/quotes/{quote.id}/send")
    assert (head.status, head.body, head.headers["allow"]) == (405, b"", "OPTIONS, POST")


async def test_head_answers_the_headers_of_get_without_a_body(api: Api, company: Tenant):
    quote = await company.make(Quote)
    for path in ("/api/v1/quotes", f"/api/v1/quotes/{quote.id}"):
        get, head = await api.get(path), await api.request("HEAD", path)
        assert head.status == 200
        assert head.body == b""
        assert head.headers["content-length"] == str(len(get.body))
        for name in ("content-type", "etag", "vary", "cache-control"):
            assert head.headers.get(name) == get.headers.get(name)


async def every_kind_of_answer(api: Api, company: Tenant, key: Key) -> dict[int, Answer]:
    """One answer of each status that a caller can bring about."""
    quote = await company.make(Quote)
    one = f"/api/v1/quotes/{quote.id}"
    read = await api.get(one)
    await api.post(f"{one}/send")
    answers = [
        read,
        await api.post("/api/v1/clients", {"name": "New"}),
        await api.request("OPTIONS", one),
        await api.get(one, headers={"if-none-match": "*"}),
        await api.post("/api/v1/clients", {"name": "New"}, headers={"idempotency-key": ""}),
        await api.get(one, key=None),
        await api.get(one, key=await key("clients.view")),
        await api.get("/api/v1/nothing"),
        await api.request("PUT", one),
        await api.get(one, headers={"accept": "image/png"}),
        await api.patch(one, {"title": "x"}),
        await api.request(
            "POST", "/api/v1/clients", content=b"x" * 1_048_577, headers={"content-type": "application/json"}
        ),
        await api.request("POST", "/api/v1/clients", content=b"{}"),
        await api.get("/api/v1/quotes?colour=red"),
    ]
    return {answer.status: answer for answer in answers}


async def test_every_answer_carries_the_rate_limit_and_the_request_id(api: Api, company: Tenant, key: Key):
    answers = await every_kind_of_answer(api, company, key)
    assert sorted(answers) == [200, 201, 204, 304, 400, 401, 403, 404, 405, 406, 409, 413, 415, 422]
    for status, answer in answers.items():
        limited(answer)
        assert answer.headers["x-request-id"], status
        if status >= 400:
            refused(answer, status)
        if status not in {204, 304}:
            assert answer.headers["content-length"] == str(len(answer.body))


def limited(answer: Answer) -> None:
    """The answer says how much of the window is left, in seconds."""
    limit, remaining, reset = (int(answer.headers[f"ratelimit-{name}"]) for name in ("limit", "remaining", "reset"))
    assert 0 <= remaining <= limit
    assert 0 <= reset <= 60


async def test_beyond_the_limit_every_request_is_refused_until_retry_after(
    access: KitAccess, runtime: Runtime, api: Api
):
    company = await new_tenant(access, runtime, limits={"requests": 3})
    secret = await company.key()
    answers = [await api.get("/api/v1/quotes", key=secret) for _ in range(5)]
    assert [answer.status for answer in answers] == [200, 200, 200, 429, 429]
    assert [answer.headers["ratelimit-remaining"] for answer in answers] == ["2", "1", "0", "0", "0"]
    for answer in answers:
        limited(answer)
        assert answer.headers["ratelimit-limit"] == "3"
    for answer in answers[3:]:
        refused(answer, 429)
        assert 0 < int(answer.headers["retry-after"]) <= 60
        assert answer.headers["retry-after"] == answer.headers["ratelimit-reset"]
    answer = await api.graphql("{ __typename }", key=secret)
    assert (answer.status, answer.code) == (429, "rate_limited")
    assert answer.headers["retry-after"] == answer.headers["ratelimit-reset"]


@pytest.mark.parametrize("given", ["req-1", "7c9e6679-7425-40de-944b-e07fc1f90ae7", "x" * 128, "!~"])
async def test_a_request_id_comes_back(api: Api, given: str):
    for path in ("/api/v1/quotes", "/api/v1/nothing"):
        assert (await api.get(path, headers={"x-request-id": given})).headers["x-request-id"] == given
    answer = await api.graphql("{ __typename }", headers={"x-request-id": given})
    assert answer.headers["x-request-id"] == given


@pytest.mark.parametrize("given", ["", "x" * 129, "a b", "a\tb", "\xe9", "\x7f"])
async def test_a_request_id_that_cannot_be_used_is_replaced(api: Api, given: str):
    answer = await api.get("/api/v1/quotes", headers={"x-request-id": given})
    assert re.fullmatch(r"[0-9a-f]{24}", answer.headers["x-request-id"])
