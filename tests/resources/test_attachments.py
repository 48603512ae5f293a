"""Attachments: announced through both doors, sent and read as bytes, seen by whoever may see their record."""

from __future__ import annotations

import asyncio
import hashlib
import random
import socket
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import pytest

from access.file_links import LASTS, make_link, read_link
from app.server import create_app
from core.database.database import Database
from core.secrets import Secrets
from core.settings import Settings
from core.store import Store
from jobs.orphans import Orphans
from models import Job, Quote
from tests.kit.bucket import Bucket
from tests.kit.client import Answer, Client
from tests.kit.process import ServerProcess
from tests.kit.tenant import Tenant

PATH, FILES = "/api/v1/attachments", "/api/v1/files"
Key = Callable[..., Awaitable[str]]
LISTED = "query($id: ID!) { attachments(recordId: $id) { nodes { id } } }"
PDF = b"%PDF-1.7\n1 0 obj\n<<>>\nendobj\n%%EOF\n"


@pytest.fixture
async def quote(company: Tenant) -> str:
    return str((await company.make(Quote)).id)


async def announced(api: Client, record_id: str, filename: str = "bracket.pdf", **more: Any) -> dict[str, Any]:
    answer = await api.post(PATH, {"record_id": record_id, "filename": filename} | more)
    assert answer.status == 201, answer.body
    return dict(answer.data)


async def send(api: Client, attachment_id: str, content: bytes, **how: Any) -> Answer:
    return await api.request("PUT", f"{FILES}/{attachment_id}", content=content, **how)


async def test_a_drawing_is_announced_sent_read_and_deleted(api: Client, quote: str):
    before = (await api.get(f"/api/v1/quotes/{quote}")).data["version"]
    made = await announced(api, quote, category="drawing", description="Rev. B")
    assert (made["status"], made["size"], made["media_type"]) == ("pending", None, None)
    assert (await api.get(f"{FILES}/{made['id']}")).status == 404
    sent = await send(api, made["id"], PDF)
    assert sent.status == 200, sent.body
    digest = hashlib.sha256(PDF).hexdigest()
    assert (sent.data["status"], sent.data["size"], sent.data["sha256"]) == ("stored", len(PDF), digest)
    assert sent.data["media_type"] == "application/pdf"
    read = await api.get(f"{FILES}/{made['id']}")
    assert (read.status, read.body) == (200, PDF)
    assert read.headers["content-disposition"] == "inline; filename=\"bracket.pdf\"; filename*=UTF-8''bracket.pdf"
    assert read.headers["x-content-type-options"] == "nosniff"
    assert (await api.get(f"/api/v1/quotes/{quote}")).data["version"] == before + 2
    shown = await api.graphql(
        "query($id: ID!) { quote(id: $id) { attachments { nodes { filename status createdBy { __typename } } } } }",
        {"id": quote},
    )
    [node] = shown.data["quote"]["attachments"]["nodes"]
    assert (node["filename"], node["status"]) == ("bracket.pdf", "STORED")
    gone = await api.request("DELETE", f"{PATH}/{made['id']}")
    assert gone.status == 200, gone.body
    assert (await api.get(f"{FILES}/{made['id']}")).status == 404
    assert (await api.get(f"{PATH}?record_id={quote}")).data == []
    assert (await api.get(f"{PATH}/{made['id']}")).status == 404


@pytest.mark.parametrize(
    ("said", "field"),
    [
        ({"size": len(PDF) + 1}, "size"),
        ({"size": len(PDF) - 1}, "size"),
        ({"sha256": "0" * 64}, "sha256"),
    ],
)
async def test_other_bytes_than_were_announced_are_refused_and_may_be_sent_again(
    api: Client, company: Tenant, quote: str, settings: Settings, said: dict[str, Any], field: str
):
    made = await announced(api, quote, **said)
    refused = await send(api, made["id"], PDF)
    assert (refused.status, refused.json["error"]["details"][0]["field"]) == (422, field)
    assert (await api.get(f"{PATH}/{made['id']}")).data["status"] == "pending"
    assert stored(settings, company) == []
    fitting = PDF + b" " if said.get("size", 0) > len(PDF) else PDF[:-1]
    if field == "size":
        assert (await send(api, made["id"], fitting)).status == 200


async def test_bytes_are_sent_once(api: Client, company: Tenant, quote: str, settings: Settings):
    made = await announced(api, quote)
    answers = await asyncio.gather(*(send(api, made["id"], PDF + bytes([place])) for place in range(6)))
    assert sorted(each.status for each in answers) == [200, 409, 409, 409, 409, 409]
    assert len(stored(settings, company)) == 1
    [kept] = [place for place, each in enumerate(answers) if each.status == 200]
    assert (await api.get(f"{FILES}/{made['id']}")).body == PDF + bytes([kept])


@pytest.mark.parametrize(
    "name",
    ["../a.pdf", "a/b.pdf", "a\\b.pdf", "C:a", "a\0.pdf", "a\r\nSet-Cookie: x", "", " ", "..", "a.", " a",
     "a\u202egnp.exe", "a\u2028b", "x" * 201, "a\x7f", "\ufeffa", 'a".pdf'],
)  # fmt: skip
async def test_a_name_is_no_path_and_hides_nothing(api: Client, quote: str, name: str):
    for answer in (
        await api.post(PATH, {"record_id": quote, "filename": name}),
        await api.graphql(
            "mutation($i: CreateAttachmentInput!) { createAttachment(input: $i) { id } }",
            {"i": {"recordId": quote, "filename": name}},
        ),
    ):
        assert answer.code == "validation_error", answer.body
        assert b"filename" in answer.body


async def test_any_other_name_comes_back_as_it_was(api: Client, quote: str):
    for name in ("Welle Ø25 – Zeichnung №7.step", "图纸.dxf", "a'b;c=%2F..%5C.pdf", ".hidden", "e\u0301.txt"):
        made = await announced(api, quote, name)
        assert made["filename"] == name
        assert (await send(api, made["id"], b"hello")).status == 200
        head = (await api.request("HEAD", f"{FILES}/{made['id']}")).headers["content-disposition"]
        assert head.isascii()
        assert '"' not in head.split('filename="')[1].split('";')[0]


async def test_who_may_view_the_record_may_view_its_attachments_and_nobody_else(
    api: Client, company: Tenant, quote: str, key: Key
):
    made = await announced(api, quote)
    await send(api, made["id"], PDF)
    viewer, stranger = await key("quotes.view"), await key("clients.edit")
    assert (await api.get(f"{PATH}/{made['id']}", key=viewer)).data["filename"] == "bracket.pdf"
    assert (await api.get(f"{FILES}/{made['id']}", key=viewer)).body == PDF
    assert [each["id"] for each in (await api.get(PATH, key=viewer)).data] == [made["id"]]
    assert (await api.get(f"/api/v1/quotes/{quote}?include=attachments", key=viewer)).data["attachments"]
    for refused in (
        await api.post(PATH, {"record_id": quote, "filename": "a"}, key=viewer),
        await send(api, made["id"], PDF, key=viewer),
        await api.delete(f"{PATH}/{made['id']}", key=viewer),
        await api.post(PATH, {"record_id": quote, "filename": "a"}, key=stranger),
        await api.graphql(LISTED, {"id": quote}, key=stranger),
    ):
        assert refused.code == "insufficient_scope", refused.body
    assert (await api.get(f"{PATH}?record_id={quote}", key=stranger)).data == []
    assert (await api.get(f"{PATH}/{made['id']}", key=stranger)).status == 404
    assert (await api.get(f"{FILES}/{made['id']}", key=stranger)).status == 404
    assert (await api.get(PATH, key=stranger)).data == []
    assert (await api.get(f"{FILES}/{made['id']}", key=None)).status == 401
    sandbox = await company.sandbox.key()
    assert (await api.get(f"{FILES}/{made['id']}", key=sandbox)).status == 404
    assert (await api.post(PATH, {"record_id": quote, "filename": "a"}, key=sandbox)).status == 404
    assert (await api.get(PATH, key=await key("settings.team"))).code == "insufficient_scope"


async def test_what_has_no_attachments_says_so(api: Client, company: Tenant):
    me = (await api.get("/api/v1/users")).data[0]["id"]
    for record_id in (me, str(company.made.id), "01975c00-7b2a-7007-8d5a-3f0c9b1e2a44"):
        assert (await api.post(PATH, {"record_id": record_id, "filename": "a"})).code == "validation_error"


async def test_a_link_opens_one_file_without_a_key_for_a_while(
    api: Client, quote: str, caplog: pytest.LogCaptureFixture
):
    made, other = await announced(api, quote), await announced(api, quote)
    for each in (made, other):
        await send(api, each["id"], PDF)
    url = (await api.get(f"{PATH}/{made['id']}")).data["download_url"]
    where = url[url.index("/api/") :]
    assert (await api.get(where, key=None)).body == PDF
    assert (await api.get(where, key="nonsense")).body == PDF
    token = where.partition("link=")[2]
    flipped = token[:-1] + ("A" if token[-1] != "A" else "B")
    for wrong in (flipped, token[:-1], token + "=", "", "é", "A" * 50):
        assert (await api.get(f"{FILES}/{made['id']}?link={wrong}", key=None)).status == 401, wrong
    assert (await api.get(f"{FILES}/{other['id']}?link={token}", key=None)).status == 401
    assert (await api.request("PUT", where, content=PDF, key=None)).status == 401
    assert token not in caplog.text
    await api.delete(f"{PATH}/{made['id']}")
    assert (await api.get(where, key=None)).status == 404


def test_a_link_ends():
    secrets, workspace, file_id = Secrets(["a-secret-for-tests-0123456789abcdef"]), uuid4(), uuid4()
    token = make_link(secrets, workspace, file_id, now=1_000_000)
    assert token == make_link(secrets, workspace, file_id, now=1_000_000 + 100)  # the same for a while
    assert read_link(secrets, token, file_id, now=1_000_000 + LASTS) == workspace
    assert read_link(secrets, token, file_id, now=1_000_000 + LASTS + 301) is None
    newer = Secrets(["another-secret-for-tests-0123456789", "a-secret-for-tests-0123456789abcdef"])
    assert read_link(newer, token, file_id, now=1_000_000) == workspace
    assert read_link(Secrets(["another-secret-for-tests-0123456789"]), token, file_id, now=1_000_000) is None


@pytest.mark.parametrize(
    ("asked", "status", "body", "span"),
    [
        ("bytes=0-3", 206, PDF[:4], f"bytes 0-3/{len(PDF)}"),
        ("bytes=5-", 206, PDF[5:], f"bytes 5-{len(PDF) - 1}/{len(PDF)}"),
        ("bytes=-4", 206, PDF[-4:], f"bytes {len(PDF) - 4}-{len(PDF) - 1}/{len(PDF)}"),
        ("bytes=-999", 206, PDF, f"bytes 0-{len(PDF) - 1}/{len(PDF)}"),
        ("bytes=0-999", 206, PDF, f"bytes 0-{len(PDF) - 1}/{len(PDF)}"),
        ("bytes=999-", 416, b"", f"bytes */{len(PDF)}"),
        ("bytes=-0", 416, b"", f"bytes */{len(PDF)}"),
        ("bytes=4-2", 200, PDF, None),
        ("bytes=0-1,3-4", 200, PDF, None),
        ("lines=0-1", 200, PDF, None),
    ],
)
async def test_a_range_of_a_file_is_read(
    api: Client, quote: str, asked: str, status: int, body: bytes, span: str | None
):
    made = await announced(api, quote)
    await send(api, made["id"], PDF)
    where = f"{FILES}/{made['id']}"
    found = await api.get(where, headers={"range": asked})
    assert (found.status, found.body, found.headers.get("content-range")) == (status, body, span)
    if status != 416:
        assert int(found.headers["content-length"]) == len(body)
    tag = (await api.request("HEAD", where)).headers["etag"]
    assert (await api.get(where, headers={"if-none-match": tag})).status == 304
    assert (await api.get(where, headers={"range": asked, "if-range": '"other"'})).body == PDF


async def test_what_the_bytes_are_is_never_what_a_browser_runs(api: Client, quote: str):
    for content in (b"<html><script>alert(1)</script>", b"<svg xmlns='http://www.w3.org/2000/svg'/>", b"\x00\x01\x02"):
        made = await announced(api, quote, "drawing.html")
        sent = await send(api, made["id"], content, headers={"content-type": "text/html"})
        assert sent.data["media_type"] in {"text/plain", "application/octet-stream"}
        read = await api.get(f"{FILES}/{made['id']}")
        assert read.headers["content-disposition"].startswith("attachment;")
        assert read.headers["content-security-policy"] == "sandbox; default-src 'none'"
        assert read.body == content


async def test_a_file_that_breaks_off_or_is_too_large_leaves_nothing(
    api: Client, company: Tenant, quote: str, settings: Settings, app: Any
):
    made = await announced(api, quote)
    door = dict(app.doors)[f"{FILES}/"]
    largest, door._largest = door._largest, 1_000
    try:
        refused = await send(api, made["id"], b"x" * 1_001)
    finally:
        door._largest = largest
    assert (refused.status, refused.code) == (413, "payload_too_large")
    assert (await send(api, made["id"], b"")).status == 422
    assert (await send(api, made["id"], PDF, headers={"content-encoding": "gzip"})).status == 400
    assert (await send(api, f"{made['id']}x", PDF)).status == 404
    assert (await api.get(f"{FILES}/{made['id']}?x=1")).status == 422
    assert (await api.post(f"{FILES}/{made['id']}", {})).status == 405
    with ServerProcess(settings) as server, socket.create_connection(("127.0.0.1", server.settings.port)) as caller:
        head = f"PUT {FILES}/{made['id']} HTTP/1.1\r\nhost: forge\r\nauthorization: Bearer {api.key}\r\n"
        caller.sendall(f"{head}content-length: 100000\r\n\r\n".encode() + b"x" * 50_000)
        await asyncio.sleep(0.3)
    await asyncio.sleep(0.3)
    assert stored(settings, company) == []
    assert (await api.get(f"{PATH}/{made['id']}")).data["status"] == "pending"
    assert (await send(api, made["id"], PDF)).status == 200


async def test_a_file_that_says_that_it_is_too_large_is_refused_before_a_byte_is_read(
    company: Tenant, quote: str, settings: Settings
):
    key, largest = await company.key(), 5_000
    with ServerProcess(replace(settings, largest_file=largest)) as server:
        async with httpx.AsyncClient(base_url=server.url, headers={"authorization": f"Bearer {key}"}) as http:
            body = {"record_id": quote, "filename": "a.pdf"}
            refused = await http.post(PATH, json=body | {"size": largest + 1})
            assert (refused.status_code, refused.json()["error"]["message"]) == (
                422,
                "size: a file has at most 5,000 bytes",
            )
            made = (await http.post(PATH, json=body)).json()["data"]
        reader, writer = await asyncio.open_connection("127.0.0.1", server.settings.port)
        head = f"PUT {FILES}/{made['id']} HTTP/1.1\r\nHost: x\r\n"
        head += f"Authorization: Bearer {key}\r\nContent-Length: {largest + 1}\r\n\r\n"
        writer.write(head.encode())
        assert (await asyncio.wait_for(reader.readline(), 10)).startswith(b"HTTP/1.1 413 ")
        writer.close()


async def test_an_attachment_of_a_deleted_record_can_be_deleted(api: Client, quote: str):
    made = await announced(api, quote)
    assert (await send(api, made["id"], PDF)).status == 200
    assert (await api.request("DELETE", f"/api/v1/quotes/{quote}")).status == 200
    assert (await api.post(PATH, {"record_id": quote, "filename": "more.pdf"})).status == 404
    version = (await api.get("/api/v1/quotes?deleted=only&fields=id,version")).data[0]["version"]
    assert (await api.request("DELETE", f"{PATH}/{made['id']}")).status == 200
    assert (await api.get(f"{FILES}/{made['id']}")).status == 404
    assert (await api.get(f"{PATH}?record_id={quote}")).data == []
    assert (await api.get("/api/v1/quotes?deleted=only&fields=id,version")).data == [
        {"id": quote, "version": version + 1}
    ]
    assert (await api.post(f"/api/v1/quotes/{quote}/restore")).status == 200


async def test_files_that_nothing_names_are_taken_away(api: Client, company: Tenant, quote: str, settings: Settings):
    kept, deleted = await announced(api, quote), await announced(api, quote)
    for each in (kept, deleted):
        await send(api, each["id"], PDF)
    await api.delete(f"{PATH}/{deleted['id']}")
    assert len(stored(settings, company)) == 2
    assert settings.database_url is not None
    database = await Database.open(settings.database_url, role="forge_worker", size=1)
    try:
        orphans = Orphans(database, Store.of(settings))
        await orphans.turn(datetime.now(UTC) - timedelta(hours=1))
        assert len(stored(settings, company)) == 2  # they are young
        await orphans.turn(datetime.now(UTC) + timedelta(minutes=1))
    finally:
        await database.close()
    assert [path.parent.name for path in stored(settings, company)] == [kept["id"]]
    assert (await api.get(f"{FILES}/{kept['id']}")).body == PDF


async def test_the_audit_names_them_and_no_event_has_a_link(api: Client, company: Tenant, quote: str, owner: Any):
    made = await announced(api, quote)
    await send(api, made["id"], PDF)
    await api.get(f"{PATH}/{made['id']}")
    entries = (await api.get(f"/api/v1/audit?record_id={quote}")).data
    [added] = entries[1]["changes"]["attachments"]
    assert (added["change"], added["fields"]["filename"]) == ("added", {"old": None, "new": "bracket.pdf"})
    assert entries[0]["changes"]["attachments"][0]["fields"]["blob"] == {"hidden": True}
    rows = await owner.fetch(
        "select type, row_to_json(o)::text as body from outbox o where workspace_id = $1 order by sequence",
        company.workspace_id,
    )
    assert [row["type"] for row in rows][-2:] == ["quote.updated", "quote.updated"]
    assert not any("link=" in row["body"] or "/files/" in row["body"] for row in rows)


async def test_a_deleted_attachment_is_gone_from_every_list(api: Client, quote: str):
    made = await announced(api, quote)
    query = (
        "query($id: ID!) { attachments(recordId: $id) { nodes { id } } quote(id: $id) { attachments { totalCount } } }"
    )
    found = (await api.graphql(query, {"id": quote})).data
    assert [each["id"] for each in found["attachments"]["nodes"]] == [made["id"]]
    assert found["quote"]["attachments"]["totalCount"] == 1
    deleted = await api.graphql("mutation($id: ID!) { deleteAttachment(id: $id) { id deletedAt } }", {"id": made["id"]})
    assert deleted.data["deleteAttachment"]["deletedAt"] is not None
    found = (await api.graphql(query, {"id": quote})).data
    assert (found["attachments"]["nodes"], found["quote"]["attachments"]["totalCount"]) == ([], 0)
    assert (await api.delete(f"{PATH}/{made['id']}")).status == 404


async def test_a_bucket_that_speaks_s3_holds_them_as_well(api: Client, quote: str, settings: Settings):
    with Bucket() as bucket:
        there = replace(settings, files_url=bucket.url)
        front = create_app(there)
        async with front.router.lifespan_context(front):
            remote = Client(front, api.address, api.key)
            made = await announced(remote, quote)
            content = PDF + random.Random(1).randbytes(9_000_000)
            assert (await send(remote, made["id"], content)).data["size"] == len(content)
            read = await remote.get(f"{FILES}/{made['id']}", headers={"range": "bytes=8388600-8388620"})
            assert read.body == content[8_388_600:8_388_621]
            assert (await remote.get(f"{FILES}/{made['id']}")).body == content
            bucket.stop()
            refused = await remote.get(f"{FILES}/{made['id']}")
            assert (refused.status, refused.code) == (503, "unavailable")


def stored(settings: Settings, company: Tenant) -> list[Path]:
    """The files of a company in the folder."""
    return [path for path in (settings.home / "files" / str(company.workspace_id)).rglob("*") if path.is_file()]


@pytest.mark.parametrize(("model", "status"), [(Quote, "converted"), (Job, "closed"), (Job, "cancelled")])
async def test_a_locked_record_keeps_the_attachments_that_it_has(
    api: Client, company: Tenant, model: type[Any], status: str
):
    given = {} if model is Quote else {"currency": "USD"}
    record = str((await company.make(model, **given)).id)
    stored, pending = await announced(api, record), await announced(api, record, "other.pdf")
    assert (await send(api, stored["id"], PDF)).status == 200
    table = model.__tablename__
    set_to = f"update {table} set status = $2 where id = $1"
    await company.all(set_to, record, "sent" if model is Quote else "completed")
    late = await announced(api, record, "late.pdf")
    assert (await api.delete(f"{PATH}/{late['id']}")).status == 200
    await company.all(set_to, record, status)
    before = (await api.get(f"/api/v1/{table}/{record}")).data["version"]
    for refused in (
        await api.post(PATH, {"record_id": record, "filename": "later.pdf"}),
        await api.delete(f"{PATH}/{stored['id']}"),
        await send(api, pending["id"], PDF),
        await api.graphql("mutation($id: ID!) { deleteAttachment(id: $id) { id } }", {"id": stored["id"]}),
    ):
        assert refused.code == "conflict"
    assert (await api.get(f"/api/v1/{table}/{record}")).data["version"] == before
    assert (await api.get(f"{FILES}/{stored['id']}")).body == PDF
