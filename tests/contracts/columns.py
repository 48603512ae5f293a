"""The three contracts side by side: a real list of each, what makes a row of it, and how each of their facts looks."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import count
from typing import Any

from models import KeyFormat
from tests.kit.client import Answer, Client

SECRET = "correct horse battery staple 123"
_NUMBERS = count(1)


@dataclass(frozen=True)
class Column:
    """A contract, and a list that follows it."""

    name: str
    path: str
    rows: str
    members: set[str]
    """The members of a list's answer."""
    key: str
    """The format of the keys that its product documents."""
    scope: str
    style: str
    """What the names of its scopes look like."""
    default: int
    largest: int
    result: str
    """What a list calls the cursor of its next page."""
    invalid: int
    stale: int
    prefix: str
    """What the names of the rate limit's headers begin with."""
    times: tuple[str, ...]

    def __str__(self) -> str:
        return self.name

    def body(self) -> dict[str, Any]:
        """A body that makes a row."""
        number = next(_NUMBERS)
        if self.name == "forg":
            return {"url": f"https://example.com/{number}", "events": ["*"], "secret": SECRET}
        return {"name": f"Row {number}"}

    def row(self, answer: Answer) -> dict[str, Any]:
        """The one row of an answer."""
        found: dict[str, Any] = answer.json
        return dict(found["data"] if self.name == "mrp" else found["document"] if self.name == "json" else found)

    async def make(self, api: Client, how_many: int = 1) -> list[str]:
        """Make rows; returns their ids, the oldest first."""
        made = []
        for _ in range(how_many):
            answer = await api.post(self.path, self.body())
            assert answer.status == 201, answer.body
            made.append(str(self.row(answer)["id"]))
        return made

    def code(self, answer: Answer) -> str | None:
        """The code of an error; None where it has none."""
        found = answer.json
        return found["error"]["code"] if self.name == "mrp" else found.get("code")  # type: ignore[no-any-return]

    def message(self, answer: Answer) -> str:
        """What an error tells people."""
        found = answer.json["error"]
        return str(found["message"] if self.name == "mrp" else found)


MRP = Column(
    "mrp",
    "/api/v1/clients",
    "data",
    {"data", "next_cursor"},
    KeyFormat.FMRP,
    "clients.view",
    r"[a-z_]+\.[a-z]+",
    50,
    250,
    "next_cursor",
    422,
    409,
    "ratelimit-",
    ("created_at", "updated_at"),
)
JSON = Column(
    "json",
    "/api/v1/documents",
    "documents",
    {"success", "documents", "nextCursor"},
    KeyFormat.FJE,
    "documents",
    r"[a-z]+|\*",
    50,
    100,
    "nextCursor",
    400,
    412,
    "x-ratelimit-",
    ("createdAt", "updatedAt"),
)
FORG = Column(
    "forg",
    "/api/v1/webhooks",
    "data",
    {"data", "cursor", "has_more"},
    KeyFormat.FORG,
    "manage:webhooks",
    r"[a-z]+:[a-z]+|admin",
    20,
    100,
    "cursor",
    400,
    412,
    "x-ratelimit-",
    ("created_at",),
)
COLUMNS = (MRP, JSON, FORG)
