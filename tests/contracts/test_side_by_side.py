"""The three contracts row by row, each column with the values that its product documents."""

from __future__ import annotations

import re
import time
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from access.credentials import public_id_of
from access.scopes import Product, grouped
from app.front import Front
from core.errors import Invalid
from engine.runtime import Runtime
from models import Environment, KeyFormat, Plan
from tests.contracts.columns import COLUMNS, FORG, JSON, MRP, Column
from tests.kit.client import Answer, Client
from tests.kit.fixtures import Key, address, new_tenant
from tests.kit.rights import KitAccess
from tests.kit.tenant import Tenant

EACH = pytest.mark.parametrize("column", COLUMNS, ids=lambda each: each.name)
MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z")
REFUSED = "The key is missing, wrong, expired or revoked"
ENDPOINTS = {"requests": 0, "points": 0, "endpoints": 200}


@pytest.fixture
async def roomy(access: KitAccess, runtime: Runtime, app: Front) -> Client:
    """A client of a company that may have many webhooks."""
    company = await new_tenant(access, runtime, limits=ENDPOINTS)
    return Client(app, address(), await company.key())


@EACH
async def test_base_url_and_credential(api: Client, column: Column):
    """All three are below `/api/v1`, and take `Authorization: Bearer`, by whatever format of key."""
    assert column.path.startswith("/api/v1/")
    assert (await api.get(column.path)).status == 200
    for scheme in ("Basic", "Token", ""):
        answer = await api.get(column.path, key=None, headers={"authorization": f"{scheme} {api.key}"})
        assert answer.status == 401
    assert (await api.get(column.path, key=None, headers={"authorization": f"bearer {api.key}"})).status == 200


@EACH
async def test_key_format(access: KitAccess, runtime: Runtime, app: Front, column: Column):
    """A key of each format opens the routes of every contract: the route decides, and its scopes do."""
    company = await new_tenant(access, runtime, plan=Plan.TEAM)
    key = await company.key("clients.view", "documents", "manage:webhooks", form=KeyFormat(column.key))
    shapes = {
        "mrp": r"fmrp_live_[0-9A-Za-z]{12}_[0-9A-Za-z]{32}_[0-9A-Za-z]{6}",
        "json": r"fje_[0-9A-Za-z]{38}",
        "forg": r"forg_live_[0-9a-f]{32}",
    }
    assert re.fullmatch(shapes[column.name], key)
    api = Client(app, address(), key)
    assert [(await api.get(each.path)).status for each in COLUMNS] == [200, 200, 200]


@EACH
async def test_key_owner(api: Client, other_company: Tenant, column: Column):
    """A key is its company's: it sees all of the company's rows and nobody else's."""
    [mine] = await column.make(api)
    theirs = await other_company.key()
    assert [each.get("id") for each in (await api.get(column.path)).json[column.rows]] == [mine]
    assert (await api.get(column.path, key=theirs)).json[column.rows] == []
    assert (await api.get(f"{column.path}/{mine}", key=theirs)).status == 404
    assert (await api.delete(f"{column.path}/{mine}", key=theirs)).status == 404


async def test_admin_is_granted_by_those_alone_who_hold_it(company: Tenant):
    companies = company.access.companies
    role = await companies.add_role(company.made.id, "Reader", ["documents"])
    poor = await companies.add_user(company.made.id, role, "poor@example.com", "Poor")
    with pytest.raises(Invalid, match="the creator does not hold admin"):
        await company.key("admin", creator_id=poor)
    with pytest.raises(Invalid, match="the creator does not hold utilities"):
        await company.key("utilities", creator_id=poor)
    assert await company.key("documents", creator_id=poor)


@EACH
async def test_shown_once(access: KitAccess, runtime: Runtime, column: Column):
    company = await new_tenant(access, runtime, plan=Plan.TEAM)
    key = await company.key("documents", form=KeyFormat(column.key))
    listed = repr(await company.access.keys.list(company.made.id))
    assert str(public_id_of(key)) in listed
    assert key[-20:] not in listed


@EACH
async def test_scope_style(api: Client, key: Key, column: Column):
    product = {"mrp": Product.MRP, "json": Product.JSON, "forg": Product.FORG}[column.name]
    names = [str(scope) for scopes in grouped()[product].values() for scope in scopes]
    assert names
    assert all(re.fullmatch(column.style, name) for name in names)
    answer = await api.get(column.path, key=await key("tasks.view"))
    assert column.message(answer) == f"Insufficient scope: {column.scope} required"


@pytest.mark.parametrize(
    ("held", "path", "status"),
    [
        ("clients.create", MRP.path, 200),  # a write scope of an area reads it
        ("documents", JSON.path, 200),  # an area is all or nothing
        ("*", JSON.path, 200),
        ("utilities", JSON.path, 403),
        ("write:users", FORG.path, 403),  # nothing is implied
        ("manage:webhooks", FORG.path, 200),
        ("settings.integrations", FORG.path, 200),
        ("admin", MRP.path, 200),
        ("admin", JSON.path, 200),
        ("admin", FORG.path, 200),
    ],
)
async def test_scope_implication(api: Client, key: Key, held: str, path: str, status: int):
    assert (await api.get(path, key=await key(held))).status == status


@pytest.mark.parametrize(
    ("column", "environments"),
    [(MRP, ("live", "test")), (JSON, ("live",)), (FORG, ("live", "test"))],
    ids=lambda each: getattr(each, "name", ""),
)
async def test_environments(access: KitAccess, runtime: Runtime, column: Column, environments: tuple[str, ...]):
    company = await new_tenant(access, runtime, plan=Plan.TEAM)
    for environment in Environment:
        wanted: dict[str, Any] = {
            "form": KeyFormat(column.key),
            "environment": environment,
            "scopes": ["documents"],
            "name": "k",
        }
        if environment in environments:
            made = await access.keys.create(creator_id=company.made.owner_id, **wanted)
            assert column.name == "json" or f"_{environment}_" in made.text
        else:
            with pytest.raises(Invalid, match="live"):
                await access.keys.create(creator_id=company.made.owner_id, **wanted)


@EACH
async def test_success_shape(api: Client, column: Column):
    empty = await api.get(column.path)
    assert set(empty.json) == column.members
    assert (empty.json[column.rows], empty.json[column.result]) == ([], None)
    [made] = await column.make(api)
    one = await api.get(f"{column.path}/{made}")
    shapes = {
        "mrp": {"data"},
        "json": {"success", "document"},
        "forg": {"id", "url", "events", "enabled", "created_at"},
    }
    assert set(one.json) == shapes[column.name]
    if column is JSON:
        assert (empty.json["success"], one.json["success"]) == (True, True)
    if column is FORG:
        assert empty.json["has_more"] is False


@EACH
async def test_error_shape(api: Client, column: Column):
    answer = await api.get(f"{column.path}/nothing")
    request_id = answer.headers["x-request-id"]
    name = {"mrp": "Client", "json": "Document", "forg": "Webhook"}[column.name]
    assert (
        answer.json
        == {
            "mrp": {"error": {"code": "not_found", "message": f"{name} not found", "request_id": request_id}},
            "json": {"success": False, "error": f"{name} not found", "code": "NOT_FOUND"},
            "forg": {"error": f"{name} not found", "code": "not_found", "status": 404, "request_id": request_id},
        }[column.name]
    )


@EACH
async def test_unauthorized(api: Client, column: Column):
    """A missing header, a wrong format and a revoked key are told alike."""
    for key in (None, "x", "fje_your_api_key_here", "forg_live_" + "0" * 32):
        answer = await api.get(column.path, key=key)
        request_id = answer.headers["x-request-id"]
        assert answer.status == 401
        assert (
            answer.json
            == {
                "mrp": {"error": {"code": "unauthorized", "message": REFUSED, "request_id": request_id}},
                "json": {"success": False, "error": "Invalid API key"},
                "forg": {
                    "error": "Invalid API key",
                    "code": "invalid_api_key",
                    "status": 401,
                    "request_id": request_id,
                },
            }[column.name]
        )


@EACH
async def test_validation_failure(api: Client, column: Column):
    """422 in Forge MRP, 400 in the others; what is malformed is 400 in all three."""
    wrong = await api.post(column.path, {})
    field = "url" if column is FORG else "name"
    assert (wrong.status, column.code(wrong)) == (
        column.invalid,
        "VALIDATION_ERROR" if column is JSON else "validation_error",
    )
    assert column.message(wrong).startswith(f"{field}: required")
    unread = await api.request("POST", column.path, content=b"{", headers={"content-type": "application/json"})
    assert (unread.status, column.code(unread)) == (400, "INVALID_JSON" if column is JSON else "bad_request")
    unknown = await api.get(column.path, params={"colour": "red"})
    assert (unknown.status, column.message(unknown)) == (column.invalid, "colour: unknown parameter")


@EACH
async def test_missing_scope(api: Client, key: Key, column: Column):
    answer = await api.get(column.path, key=await key("tasks.view"))
    message, request_id = f"Insufficient scope: {column.scope} required", answer.headers["x-request-id"]
    code = "insufficient_scope"
    assert answer.status == 403
    assert (
        answer.json
        == {
            "mrp": {"error": {"code": code, "message": message, "request_id": request_id}},
            "json": {"success": False, "error": message},
            "forg": {"error": message, "code": code, "status": 403, "request_id": request_id},
        }[column.name]
    )


async def answers(api: Client, column: Column) -> list[Answer]:
    """An answer of every kind."""
    return [
        await api.get(column.path),
        await api.post(column.path, column.body()),
        await api.request("OPTIONS", column.path),
        await api.get(column.path, key=None),
        await api.get(f"{column.path}/nothing"),
        await api.request("TRACE", column.path),
        await api.get(column.path, headers={"accept": "image/png"}),
        await api.request("POST", column.path, content=b"x" * 1_048_577, headers={"content-type": "application/json"}),
        await api.request("POST", column.path, content=b"{}"),
        await api.post(column.path, {}),
        await api.get(column.path, params={"limit": "0"}),
    ]


@EACH
async def test_rate_headers(api: Client, column: Column):
    """Seconds left in Forge MRP, Unix time in the others, on every answer; the draft's two as they are."""
    others = {f"{'' if column.prefix.startswith('x-') else 'x-'}ratelimit-{name}" for name in ("limit", "reset")}
    found = await answers(api, column)
    assert [each.status for each in found[:9]] == [200, 201, 204, 401, 404, 405, 406, 413, 415]
    for answer in found:
        limit, left, reset = (int(answer.headers[f"{column.prefix}{each}"]) for each in ("limit", "remaining", "reset"))
        assert 0 <= left <= limit
        now = 0 if column is MRP else time.time()
        assert now - 1 <= reset <= now + 61
        assert {"ratelimit", "ratelimit-policy"} <= set(answer.headers)
        assert not others & set(answer.headers)


@EACH
async def test_beyond_the_rate(access: KitAccess, runtime: Runtime, app: Front, column: Column):
    company = await new_tenant(access, runtime, limits={"requests": 2})
    api = Client(app, address(), await company.key())
    found = [await api.get(column.path) for _ in range(3)]
    assert [each.status for each in found] == [200, 200, 429]
    assert [each.headers[f"{column.prefix}remaining"] for each in found] == ["1", "0", "0"]
    last, wait = found[2], int(found[2].headers["retry-after"])
    assert 0 < wait <= 60
    message, request_id = f"More than 2 requests in a minute: wait {wait} s", last.headers["x-request-id"]
    assert (
        last.json
        == {
            "mrp": {"error": {"code": "rate_limited", "message": message, "request_id": request_id}},
            "json": {"success": False, "error": message},
            "forg": {"error": message, "code": "rate_limited", "status": 429, "request_id": request_id},
        }[column.name]
    )
    ends = int(last.headers[f"{column.prefix}reset"]) - (0 if column is MRP else int(time.time()))
    assert abs(ends - wait) <= 1


@EACH
async def test_cursor(roomy: Client, column: Column):
    made = await column.make(roomy, 5)
    seen, cursor, pages = [], None, 0
    while pages == 0 or cursor is not None:
        answer = await roomy.get(column.path, params={"limit": "2"} | ({"cursor": cursor} if cursor else {}))
        assert answer.status == 200, answer.body
        assert set(answer.json) == column.members
        seen += [each["id"] for each in answer.json[column.rows]]
        cursor, pages = answer.json[column.result], pages + 1
        assert ('rel="next"' in answer.headers.get("link", "")) == (cursor is not None)
        if column is FORG:
            assert answer.json["has_more"] == (cursor is not None)
    assert pages == 3
    assert seen == (made if column is MRP else made[::-1])
    wrong = await roomy.get(column.path, params={"cursor": "x"})
    assert (wrong.status, column.code(wrong)) == (400, "BAD_REQUEST" if column is JSON else "bad_request")


async def test_order_of_forg(roomy: Client):
    """The newest first unless `order=asc`; page by page in either direction."""
    made = await FORG.make(roomy, 3)
    for order, expected in (("asc", made), ("desc", made[::-1])):
        first = (await roomy.get(FORG.path, params={"limit": "2", "order": order})).json
        rest = (await roomy.get(FORG.path, params={"limit": "2", "order": order, "cursor": first["cursor"]})).json
        assert [each["id"] for each in first["data"] + rest["data"]] == expected
    for order in ("up", "ASC", ""):
        wrong = await roomy.get(FORG.path, params={"order": order})
        assert (wrong.status, wrong.json["error"]) == (400, "order: one of asc, desc")
    mixed = await roomy.get(FORG.path, params={"order": "asc", "cursor": first["cursor"]})
    assert (mixed.status, mixed.json["code"]) == (400, "bad_request")


@EACH
async def test_page_size(roomy: Client, company: Tenant, column: Column):
    assert company
    await column.make(roomy, column.default + 1)
    assert len((await roomy.get(column.path)).json[column.rows]) == column.default
    whole = await roomy.get(column.path, params={"limit": str(column.largest)})
    assert len(whole.json[column.rows]) == column.default + 1
    for limit in ("0", "-1", str(column.largest + 1), "1.5", "x", "", "9" * 30):
        answer = await roomy.get(column.path, params={"limit": limit})
        code = {"mrp": "validation_error", "json": "INVALID_LIMIT", "forg": "validation_error"}[column.name]
        assert (answer.status, column.code(answer)) == (column.invalid, code), limit
        assert column.message(answer) == f"limit: a whole number from 1 to {column.largest}"


@EACH
async def test_time_format(api: Client, column: Column):
    before = datetime.now(UTC)
    [made] = await column.make(api)
    row = column.row(await api.get(f"{column.path}/{made}"))
    for name in column.times:
        if column is JSON:
            assert isinstance(row[name], int)
            at = datetime.fromtimestamp(row[name] / 1000, UTC)
        else:
            assert MOMENT.fullmatch(row[name])
            at = datetime.fromisoformat(row[name])
        assert before - timedelta(seconds=1) <= at <= datetime.now(UTC) + timedelta(seconds=1)


@EACH
async def test_ids(api: Client, column: Column):
    [made] = await column.make(api)
    shapes = {
        "mrp": r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}",
        "json": r"[0-9a-z]{23}",
        "forg": r"wh_[0-9a-f]{32}",
    }
    assert re.fullmatch(shapes[column.name], made)
    for wrong in (made.upper(), made + "0", made[:-1], f"x{made}", made.removeprefix("wh_") if column is FORG else "-"):
        if wrong != made and column is not MRP:
            assert (await api.get(f"{column.path}/{wrong}")).status == 404, wrong


@EACH
async def test_idempotency(api: Client, column: Column):
    """Forge MRP documents it; the others take the same header."""
    body, headers = column.body(), {"idempotency-key": f"again-{column.name}"}
    first, again = [await api.post(column.path, body, headers=headers) for _ in range(2)]
    assert (first.status, again.status, again.body) == (201, 201, first.body)
    assert (first.headers["etag"], again.headers["etag"]) == ('"1"', '"1"')
    assert again.headers["location"] == first.headers["location"] == f"{column.path}/{column.row(first)['id']}"
    assert "idempotent-replayed" not in first.headers
    assert again.headers["idempotent-replayed"] == "true"
    assert len((await api.get(column.path)).json[column.rows]) == 1
    other = await api.post(column.path, column.body(), headers=headers)
    assert (other.status, column.code(other)) == (
        column.invalid,
        "VALIDATION_ERROR" if column is JSON else "validation_error",
    )


@EACH
async def test_a_version_that_was_seen(api: Client, column: Column):
    """A stale `If-Match` is a conflict in Forge MRP, 412 in the others."""
    [made] = await column.make(api)
    one = f"{column.path}/{made}"
    seen = (await api.get(one)).headers["etag"]
    assert (await api.get(one, headers={"if-none-match": seen})).status == 304
    stale = await api.delete(one, headers={"if-match": '"99"'})
    assert (stale.status, column.code(stale)) == (column.stale, "CONFLICT" if column is JSON else "conflict")
    gone = await api.delete(one, headers={"if-match": seen})
    assert gone.status == 200
    if column is MRP:
        assert set(gone.json["data"]) == {"id", "deleted_at", "version"}
    else:
        assert gone.json == {"json": {"success": True, "id": made}, "forg": {"id": made, "deleted": True}}[column.name]


async def test_webhooks_of_two_styles(api: Client):
    """Those of FORG are endpoints of its style; Forge Json has none."""
    [made] = await FORG.make(api)
    mrp = await api.post("/api/v1/webhook-endpoints", {"url": "https://example.com", "events": ["*"]})
    endpoints = (await api.get("/api/v1/webhook-endpoints")).json["data"]
    assert {each["style"] for each in endpoints} == {"mrp", "forg"}
    assert [each["id"] for each in (await api.get(FORG.path)).json["data"]] == [made]
    as_forg = "wh_" + mrp.json["data"]["id"].replace("-", "")
    assert (await api.get(f"{FORG.path}/{as_forg}")).status == 404
    assert (await api.delete(f"{FORG.path}/{as_forg}")).status == 404


@pytest.mark.parametrize(
    ("column", "given", "status"),
    [
        (MRP, {"name": "x", "payment_terms": "a"}, 201),
        (MRP, {"name": "x", "paymentTerms": "a"}, 201),
        (MRP, {"name": "x", "paymentTerms": "a", "payment_terms": "a"}, 422),
        (MRP, {"name": "x", "colour": 1}, 422),
        (JSON, {"name": "x", "folder": "a"}, 201),
        (JSON, {"name": "x", "custom_fields": {}}, 400),
        (JSON, {"name": "x", "customFields": {}}, 400),
        (JSON, {"name": "x", "folderId": "a"}, 400),
        (JSON, {"Name": "x"}, 400),
        (FORG, FORG.body() | {"description": "x"}, 400),
        (FORG, FORG.body() | {"style": "mrp"}, 400),
    ],
    ids=str,
)
async def test_case_of_bodies(api: Client, column: Column, given: dict[str, object], status: int):
    assert (await api.post(column.path, given)).status == status


OF_THE_OTHERS = (
    "fields=id",
    "include=folder",
    "sort=-created_at",
    "search=x",
    "deleted=only",
    "updated_since=2026-01-01",
)


@pytest.mark.parametrize("column", [JSON, FORG], ids=str)
async def test_what_no_closed_contract_documents_is_refused(api: Client, column: Column):
    [made] = await column.make(api)
    one, code = f"{column.path}/{made}", "VALIDATION_ERROR" if column is JSON else "validation_error"
    tries = [await api.get(f"{column.path}?{each}") for each in (*OF_THE_OTHERS, "created_at[gte]=2026-01-01", "id=x")]
    tries += [await api.get(f"{one}?{each}") for each in (*OF_THE_OTHERS, "limit=1", "cursor=x")]
    tries += [await api.post(f"{column.path}?{each}", column.body()) for each in ("fields=id", "limit=1")]
    tries += [await api.delete(f"{one}?fields=id")]
    for answer in tries:
        assert (answer.status, column.code(answer)) == (400, code), answer
        assert column.message(answer).endswith(": unknown parameter")
    assert (await api.get(one)).status == 200
    assert (await api.post(f"{one}/restore")).status == 404
    assert (await api.post(f"{column.path}/bulk", {"inputs": []})).status == 405  # `bulk` stands where an id does
    table = await api.get(column.path, headers={"accept": "text/csv"})
    assert (table.status, "csv" in table.headers["content-type"]) == (406, False)
