"""Errors by the first segment of the path: whichever part of a process answers, the contract of the path spells it."""

from __future__ import annotations

from typing import Any

import orjson
import pytest

from app.front import Front
from app.generated import ROOT
from app.server import create_app
from core.errors import Conflict, Invalid, Unavailable
from core.settings import Settings
from rest.contract import CONTRACTS, FIRST_SEGMENTS, contract_of, contract_of_target
from tests.kit.client import Answer, Client
from tests.kit.fixtures import Key

JSON = ("documents", "folders", "utilities", "pipelines")
FORG = (
    *("sessions", "events", "signals", "rules", "budgets", "reports"),
    *("users", "teams", "webhooks", "audit-log"),
)
MRP = ("quotes", "webhook-endpoints", "audit", "nothing", "document", "Documents", "users2", "events.json", "")
SEGMENTS = {**dict.fromkeys(JSON, "json"), **dict.fromkeys(FORG, "forg"), **dict.fromkeys(MRP, "mrp")}
EACH = pytest.mark.parametrize(("segment", "name"), SEGMENTS.items())


def spelled(answer: Answer, name: str, status: int) -> None:
    """The answer is an error of this contract, whole, with the headers of its rate limit."""
    found, request_id = answer.json, answer.headers["x-request-id"]
    assert answer.status == status, answer.body
    assert answer.headers["content-type"] == "application/json"
    about_the_key = status in {401, 403, 429}
    if name == "json":
        assert set(found) == {"success", "error"} | (set() if about_the_key else {"code"})
        assert found["success"] is False
    elif name == "forg":
        assert set(found) == {"error", "code", "status", "request_id"}
        assert (found["status"], found["request_id"]) == (status, request_id)
    else:
        assert set(found) == {"error"}
        assert found["error"]["request_id"] == request_id
    unix = "x-ratelimit-reset" in answer.headers
    assert (unix, "ratelimit-reset" in answer.headers) == (name != "mrp", name == "mrp")


@EACH
async def test_below_each_segment(api: Client, key: Key, segment: str, name: str):
    blind = await key("tasks.cancel")
    for path in (f"/api/v1/{segment}/no/such/path", f"/api/v1/{segment}/{'x' * 300}/y"):
        spelled(await api.get(path), name, 404)
        spelled(await api.get(path, key=None), name, 401)
        spelled(await api.get(path, key=blind), name, 404)
        spelled(await api.post(path, {}), name, 404)
        spelled(await api.get(path, headers={"accept": "text/html"}), name, 404)
    slash = await api.get(f"/api/v1/{segment}/")
    spelled(slash, name, 404)


@pytest.mark.parametrize(
    ("path", "name"), [("/documents", "json"), ("/folders", "json"), ("/webhooks", "forg"), ("/quotes", "mrp")]
)
async def test_below_a_list(api: Client, key: Key, path: str, name: str):
    path = f"/api/v1{path}"
    invalid = 422 if name == "mrp" else 400
    for method in ("TRACE", "DELETE", "get", "PROPFIND"):
        answer = await api.request(method, path)
        spelled(answer, name, 405)
        assert "GET" in answer.headers["allow"]
    spelled(await api.get(path, headers={"accept": "text/html"}), name, 406)
    spelled(await api.get(path, key=await key("tasks.view")), name, 403)
    spelled(await api.get(f"{path}?colour=red&colour=blue"), name, invalid)
    spelled(await api.get(f"{path}?x=%00"), name, 400)
    spelled(await api.get(f"{path}?x=%ff"), name, 400)
    spelled(await api.get(f"{path}?{'a=1&' * 2_000}"), name, 400)
    if path.endswith("/folders"):
        return
    media = {"content-type": "application/json"}
    spelled(await api.request("POST", path, content=b"x" * 1_048_577, headers=media), name, 413)
    spelled(await api.request("POST", path, content=b"{}", headers={"content-type": "text/plain"}), name, 415)
    coded = {"content-type": "application/json", "content-encoding": "lzma"}
    spelled(await api.request("POST", path, content=b"{}", headers=coded), name, 415)
    spelled(await api.post(path, {}, headers={"idempotency-key": "é"}), name, invalid)
    nested = b'{"name":' + b"[" * 100 + b"]" * 100 + b"}"
    spelled(await api.request("POST", path, content=nested, headers={"content-type": "application/json"}), name, 400)


def test_one_function_knows_every_segment():
    assert {segment: contract.name for segment, contract in FIRST_SEGMENTS.items()} == {
        segment: name for segment, name in SEGMENTS.items() if name != "mrp"
    }
    for segment, name in SEGMENTS.items():
        assert contract_of(f"/api/v1/{segment}").name == name
        assert contract_of(f"/api/v1/{segment}/x/y").name == name
        assert contract_of(f"/api/v2/{segment}").name == "mrp"
        assert contract_of(f"/{segment}").name == "mrp"
        assert contract_of(f"/api/v1//{segment}").name == "mrp"


@pytest.mark.parametrize(
    ("target", "name"),
    [
        (b"/api/v1/documents?limit=1", "json"),
        (b"/api/v1/%64ocuments/x", "json"),
        (b"/api/v1/audit%2Dlog", "forg"),
        (b"http://forge/api/v1/webhooks", "forg"),
        (b"https://forge:443/api/v1/rules?x=/documents", "forg"),
        (b"/api/v1/quotes?x=/api/v1/documents", "mrp"),
        (b"documents", "mrp"),
        (b"*", "mrp"),
        (b"", "mrp"),
        (b"\xff\xfe", "mrp"),
        (b"/api/v1/%ff/documents", "mrp"),
    ],
)
def test_a_target_as_it_came(target: bytes, name: str):
    assert contract_of_target(target).name == name


@pytest.mark.parametrize(("path", "name"), [("/documents", "json"), ("/rules", "forg"), ("/quotes", "mrp")])
async def test_what_no_door_foresaw_or_can_serve(settings: Settings, path: str, name: str):
    """A process that is starting, and an error that nobody foresaw."""
    front = create_app(settings)
    starting = await called(front, f"/api/v1{path}")
    assert starting[0] == 503

    async def broken(*_: Any) -> None:
        raise ZeroDivisionError

    front.doors = (("/api/v1/", broken),)
    unforeseen = await called(front, f"/api/v1{path}")
    assert unforeseen[0] == 500
    codes = {"json": ("UNAVAILABLE", "INTERNAL"), "forg": ("unavailable", "internal"), "mrp": (None, None)}[name]
    assert (starting[1].get("code"), unforeseen[1].get("code")) == codes
    assert (
        set(unforeseen[1])
        == {
            "json": {"success", "error", "code"},
            "forg": {"error", "code", "status", "request_id"},
            "mrp": {"error"},
        }[name]
    )


async def called(front: Front, path: str) -> tuple[int, dict[str, Any]]:
    """The status and body that an application sends for a path."""
    sent: list[Any] = []

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": b""}

    async def send(message: Any) -> None:
        sent.append(message)

    scope = {"type": "http", "method": "GET", "path": path, "raw_path": path.encode(), "query_string": b""}
    await front(scope | {"headers": [], "client": ("127.0.0.1", 1)}, receive, send)
    return sent[0]["status"], orjson.loads(sent[1]["body"])


def test_several_problems_are_one_text():
    error = Invalid("a: wrong", field="a", problems=())
    stale = Conflict("old")
    stale.is_stale = True
    for path, statuses in (("/quotes", (422, 409, 409)), ("/documents", (400, 412, 409)), ("/rules", (400, 412, 409))):
        contract = contract_of(f"/api/v1{path}")
        assert (contract.status(error), contract.status(stale), contract.status(Conflict("x"))) == statuses
        assert contract.status(Unavailable("x")) == 503


def test_the_page_for_integrators_names_every_segment_and_every_size_of_a_page():
    page = (ROOT / "docs/contracts.md").read_text()
    assert [segment for segment in FIRST_SEGMENTS if f"`{segment}`" not in page] == []
    sizes = " | ".join(f"{each.size.default}, {each.size.largest}" for each in CONTRACTS)
    assert f"| Rows on a page, at most | {sizes} |" in page
