"""Keys that are good no more open nothing; absurd headers are answered."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta

import orjson
import pytest

from models import QuotePart
from tests.kit.client import Client as Api
from tests.kit.hostile import JSON, refused
from tests.kit.tenant import Tenant


async def test_a_key_that_is_good_no_more_opens_nothing(api: Api, company: Tenant, part: QuotePart):
    expired = await company.key(expires_at=datetime.now(UTC) + timedelta(seconds=0.2))
    revoked = await company.key()
    assert (await api.get("/api/v1/quotes", key=revoked)).status == 200
    public_id = revoked.split("_")[2]
    await company.access.keys.revoke(public_id)
    time.sleep(0.3)  # noqa: ASYNC251  # nothing else may run: the key expires meanwhile
    garbled = [
        revoked[:-1] + ("A" if revoked[-1] != "A" else "B"),
        revoked[::-1],
        revoked.upper(),
        "x" * 10_000,
        "\xff",
        "é",
    ]
    for key in (expired, revoked, *garbled):
        for answer in (
            await api.get(f"/api/v1/quotes/{part.quote_id}", key=key),
            await api.delete(f"/api/v1/quotes/{part.quote_id}", key=key),
            await api.graphql("mutation($i: ID!) { deleteQuote(id: $i) { id } }", {"i": str(part.quote_id)}, key=key),
        ):
            refused(answer, "unauthorized")
            assert answer.status == 401


NAMES = (
    *("accept", "authorization", "content-type", "content-length", "cookie", "expect", "host", "idempotency-key"),
    *("if-match", "if-none-match", "origin", "transfer-encoding", "x-forwarded-for", "x-request-id"),
)


@pytest.mark.parametrize("name", NAMES)
async def test_absurd_headers_are_answered(api: Api, part: QuotePart, name: str):
    one = f"/api/v1/quotes/{part.quote_id}"
    refusals = orjson.dumps({"query": 'mutation { updateQuote(id: "x", input: {}) { id } }'})
    for value in (
        "",
        " ",
        "\xff\xfe",
        "x" * 100_000,
        "\0",
        ",,;=",
        "9" * 5_000,
        "-1",
        "\xc2\xbd",
        "null",
        "\r\nx: y",
        '"' * 99,
    ):
        for method, path, body in (
            ("GET", "/api/v1/quotes", None),
            ("GET", one, None),
            ("POST", "/api/v1/clients", b'{"name": ""}'),
            ("PATCH", one, b'{"title": 5}'),
            ("DELETE", f"{one}x", None),
            ("POST", "/graphql", refusals),
            ("GET", "/graphql?query={__typename}", None),
        ):
            answer = await api.request(method, path, content=body, headers={**JSON, name: value})
            assert answer.status < 500, (name, value[:20], method, path, answer.body)
            assert answer.headers["x-request-id"]
            assert all("\r" not in each and "\n" not in each for _, each in answer.sent)
