"""What is asked of every server: five tasks, the same rows, each in the way the server is meant to be asked."""

from __future__ import annotations

import itertools
import json
from collections.abc import Callable
from dataclasses import dataclass

SCALARS = ("id", "number", "revision", "title", "status", "currency", "dueOn", "total", "createdAt", "updatedAt")
PART = ("id", "description", "quantity", "unitPrice", "total")
SNAKE = ("id", "number", "revision", "title", "status", "currency", "due_on", "total", "created_at", "updated_at")
PAGE = "pageInfo { hasNextPage endCursor }"
_OWN, _PARTS = " ".join(SCALARS), f"parts {{ nodes {{ {' '.join(PART)} }} }}"
TREE = f"query($n: Int!) {{ quotes(first: $n) {{ nodes {{ {_OWN} client {{ id name }} {_PARTS} }} {PAGE} }} }}"
FLAT = f"query($n: Int!) {{ quotes(first: $n) {{ nodes {{ {_OWN} }} {PAGE} }} }}"
ONE = f"query($id: ID!) {{ quote(id: $id) {{ {_OWN} }} }}"
CREATE = f"mutation($input: CreateQuoteInput!) {{ createQuote(input: $input) {{ {_OWN} client {{ id name }} }} }}"
UPDATE = (
    f"mutation($id: ID!, $input: UpdateQuoteInput!) {{ updateQuote(id: $id, input: $input) {{ {_OWN} {_PARTS} }} }}"
)
WITH_COMPUTED = TREE.replace("client { id name }", "client { id name } createdBy { name }")
_THEIRS = " ".join(SCALARS).replace("id ", "rowId ", 1)
_CLIENT = "clientByWorkspaceIdAndClientId { rowId name }"
_THEIR_PARTS = (
    "quotePartsByWorkspaceIdAndQuoteId(orderBy: POSITION_ASC) { nodes { rowId description quantity unitPrice total } }"
)
_LISTED = "allQuotes(first: $n, condition: {workspaceId: $w}, orderBy: CREATED_AT_DESC)"
THEIR_TREE = f"query($n: Int!, $w: UUID!) {{ {_LISTED} {{ nodes {{ {_THEIRS} {_CLIENT} {_THEIR_PARTS} }} {PAGE} }} }}"
THEIR_FLAT = f"query($n: Int!, $w: UUID!) {{ {_LISTED} {{ nodes {{ {_THEIRS} }} {PAGE} }} }}"
THEIR_ONE = (
    f"query($id: UUID!, $w: UUID!) {{ quoteByWorkspaceIdAndRowId(workspaceId: $w, rowId: $id) {{ {_THEIRS} }} }}"
)
SCOPED, COMPUTED = "Forge GraphQL, a scope on every field", "Forge GraphQL, one computed field more"
TASKS = ("tree", "flat", "one", "create", "update")
TITLES = {
    "tree": "100 quotes with client and 8 parts each",
    "flat": "100 quotes, flat",
    "one": "one quote",
    "create": "create a quote",
    "update": "change a quote and its 8 parts",
}
_NUMBERS = itertools.count(1)


@dataclass(frozen=True)
class Subject:
    """Whom to ask as, and about what."""

    key: str
    workspace: str
    quote_id: str
    client_id: str
    draft_id: str
    part_ids: tuple[str, ...]

    @property
    def body(self) -> dict[str, str]:
        """What a new quote is made of."""
        return {"clientId": self.client_id, "currency": "USD", "title": "Benchmark bracket"}

    @property
    def changes(self) -> dict[str, object]:
        """What changes the draft and each of its parts, every time."""
        now = next(_NUMBERS)
        parts = [
            {"id": part, "description": f"Bracket {now}", "quantity": str(now), "unitPrice": "12.35"}
            for part in self.part_ids
        ]
        return {"title": f"Batch {now}", "parts": parts}


Request = Callable[[], bytes]


def _raw(method: str, path: str, key: str, body: object = None, *, once: bool = False) -> bytes:
    sent = b"" if body is None else json.dumps(body).encode()
    head = f"{method} {path} HTTP/1.1\r\nHost: bench\r\nAuthorization: Bearer {key}\r\n"
    head += f"Content-Length: {len(sent)}\r\n"
    head += "Content-Type: application/json\r\n" if sent else ""
    head += f"Idempotency-Key: bench-{next(_NUMBERS)}\r\n" if once else ""
    return head.encode() + b"\r\n" + sent


def graphql(path: str, subject: Subject) -> dict[str, Request]:
    """The tasks as GraphQL requests."""
    key, ask = subject.key, {"n": 100}
    return {
        "tree": lambda: _raw("POST", path, key, {"query": TREE, "variables": ask}),
        "flat": lambda: _raw("POST", path, key, {"query": FLAT, "variables": ask}),
        "one": lambda: _raw("POST", path, key, {"query": ONE, "variables": {"id": subject.quote_id}}),
        "create": lambda: _raw("POST", path, key, {"query": CREATE, "variables": {"input": subject.body}}, once=True),
    }


def forge(subject: Subject) -> dict[str, Request]:
    """The tasks of `graphql`, and the change."""

    def change() -> bytes:
        asked = {"id": subject.draft_id, "input": subject.changes}
        return _raw("POST", "/graphql", subject.key, {"query": UPDATE, "variables": asked}, once=True)

    return graphql("/graphql", subject) | {"update": change}


def scoped(subject: Subject) -> dict[str, Request]:
    """The reads as GraphQL requests."""
    return {task: ask for task, ask in graphql("/graphql", subject).items() if task != "create"}


def computed(subject: Subject) -> dict[str, Request]:
    """The nested list with one more field of each quote, which Python computes: who made it."""
    body = {"query": WITH_COMPUTED, "variables": {"n": 100}}
    return {"tree": lambda: _raw("POST", "/graphql", subject.key, body)}


def postgraphile(subject: Subject) -> dict[str, Request]:
    """The reads as PostGraphile names things; its create would make less: no number, no clock, no event."""
    ask, here = {"n": 100, "w": subject.workspace}, {"id": subject.quote_id, "w": subject.workspace}
    return {
        "tree": lambda: _raw("POST", "/graphql", "", {"query": THEIR_TREE, "variables": ask}),
        "flat": lambda: _raw("POST", "/graphql", "", {"query": THEIR_FLAT, "variables": ask}),
        "one": lambda: _raw("POST", "/graphql", "", {"query": THEIR_ONE, "variables": here}),
    }


def rest(subject: Subject) -> dict[str, Request]:
    """The tasks as requests of Forge's REST façade, with just the fields that GraphQL selects."""
    key, fields = subject.key, ",".join(SNAKE)
    parts = "parts.id,parts.description,parts.quantity,parts.unit_price,parts.total"
    tree = f"/api/v1/quotes?limit=100&sort=-created_at&fields={fields},client.id,client.name,{parts}"
    return {
        "tree": lambda: _raw("GET", tree, key),
        "flat": lambda: _raw("GET", f"/api/v1/quotes?limit=100&sort=-created_at&fields={fields}", key),
        "one": lambda: _raw("GET", f"/api/v1/quotes/{subject.quote_id}?fields={fields}", key),
        "create": lambda: _raw(
            "POST", f"/api/v1/quotes?fields={fields},client.id,client.name", key, subject.body, once=True
        ),
        "update": lambda: _raw(
            "PATCH", f"/api/v1/quotes/{subject.draft_id}?fields={fields},{parts}", key, subject.changes, once=True
        ),
    }


def plain(subject: Subject) -> dict[str, Request]:
    """The tasks at four paths of their own."""
    key = subject.key
    return {
        "tree": lambda: _raw("GET", "/tree?n=100", key),
        "flat": lambda: _raw("GET", "/flat?n=100", key),
        "one": lambda: _raw("GET", f"/one/{subject.quote_id}", key),
        "create": lambda: _raw("POST", "/create", key, subject.body, once=True),
    }


def limit(subject: Subject) -> dict[str, Request]:
    """The tasks of `plain`, and the change."""
    path = f"/update/{subject.draft_id}"
    return plain(subject) | {"update": lambda: _raw("POST", path, subject.key, subject.changes, once=True)}
