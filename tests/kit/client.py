"""A client that speaks ASGI to the application in this process: it gets the very bytes that a socket would get."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

import orjson

from app.front import Front

LONG = 30.0


@dataclass
class Answer:
    """A response: `headers` by lower-case name, the last value of each."""

    status: int
    headers: dict[str, str]
    body: bytes
    sent: list[tuple[str, str]] = field(repr=False, default_factory=list)
    """Every header, as it was sent."""

    @property
    def json(self) -> Any:
        return orjson.loads(self.body)

    @property
    def data(self) -> Any:
        """`data` of the body; fails showing the body when there are errors."""
        found = self.json
        assert "errors" not in found, found
        assert "error" not in found, found
        return found["data"]

    @property
    def errors(self) -> list[dict[str, Any]]:
        """GraphQL errors."""
        return list(self.json.get("errors", []))

    @property
    def code(self) -> str:
        """The code of the only error, of either door."""
        found = self.json
        if "error" in found:
            return str((found["error"] if isinstance(found["error"], dict) else found)["code"])
        [error] = found["errors"]
        return str(error["extensions"]["code"])


class Client:
    """Sends requests from one address, with one key unless a request names another (`key=None` sends none)."""

    def __init__(self, app: Front, address: str, key: str | None = None) -> None:
        self.app = app
        self.address = address
        self.key = key

    async def graphql(
        self,
        query: str,
        variables: Mapping[str, Any] | None = None,
        *,
        key: str | None = "",
        headers: Mapping[str, str] | None = None,
    ) -> Answer:
        """POST a GraphQL document."""
        body = {"query": query} | ({"variables": variables} if variables is not None else {})
        return await self.request("POST", "/graphql", json=body, key=key, headers=headers)

    async def get(self, path: str, **how: Any) -> Answer:
        return await self.request("GET", path, **how)

    async def post(self, path: str, json: Any = None, **how: Any) -> Answer:
        return await self.request("POST", path, json=json, **how)

    async def patch(self, path: str, json: Any = None, **how: Any) -> Answer:
        return await self.request("PATCH", path, json=json, **how)

    async def delete(self, path: str, **how: Any) -> Answer:
        return await self.request("DELETE", path, **how)

    async def request(
        self,
        method: str,
        path: str,
        *,
        json: Any = None,
        content: bytes | None = None,
        params: Mapping[str, str] | None = None,
        key: str | None = "",
        headers: Mapping[str, str] | None = None,
    ) -> Answer:
        """Send one request; `json` or `content` is its body."""
        body = content if content is not None else b"" if json is None else orjson.dumps(json, default=str)
        given = {"host": "forge"}
        if json is not None:
            given["content-type"] = "application/json"
        if body:
            given["content-length"] = str(len(body))
        shown = self.key if key == "" else key
        if shown is not None:
            given["authorization"] = f"Bearer {shown}"
        given |= {name.lower(): value for name, value in (headers or {}).items()}
        path, _, query = path.partition("?")
        scope = {
            "type": "http",
            "asgi": {"version": "3.0", "spec_version": "2.3"},
            "http_version": "1.1",
            "method": method,
            "scheme": "http",
            "path": path,
            "raw_path": path.encode(),
            "root_path": "",
            "query_string": (urlencode(params) if params else query).encode(),
            "headers": [(name.encode("latin-1"), value.encode("latin-1")) for name, value in given.items()],
            "client": (self.address, 50_000),
            "server": ("forge", 80),
        }
        return await asyncio.wait_for(self._run(scope, body), LONG)

    async def _run(self, scope: dict[str, Any], body: bytes) -> Answer:
        messages = [{"type": "http.request", "body": body, "more_body": False}]
        sent: list[Any] = []

        async def receive() -> Any:
            if messages:
                return messages.pop()
            await asyncio.Event().wait()
            return None

        async def send(message: Any) -> None:
            sent.append(message)

        await self.app(scope, receive, send)
        start = sent[0]
        assert start["type"] == "http.response.start", sent
        headers = [(name.decode("latin-1"), value.decode("latin-1")) for name, value in start["headers"]]
        whole = b"".join(message.get("body", b"") for message in sent[1:])
        answer = Answer(start["status"], dict(headers), whole, headers)
        if answer.status >= 400 and whole and "json" in answer.headers["content-type"]:
            _names_its_request(answer)
        return answer


def _names_its_request(answer: Answer) -> None:
    """Every error names its request, in the body as in the header."""
    found = answer.json
    if "success" in found:  # Forge Json has no place for it
        return
    told = found.get("error", {})
    named = [(found if isinstance(told, str) else told)["request_id"]] if "error" in found else []
    named += [error["extensions"]["requestId"] for error in found.get("errors", [])]
    assert {*named} == {answer.headers["x-request-id"]}, answer
