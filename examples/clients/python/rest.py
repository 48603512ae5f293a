"""REST by httpx: makes a client once, however often it is run, and prints what changed since a moment.

FORGE_URL=https://forge.example.com FORGE_KEY=… python rest.py 2026-01-01T00:00:00Z
"""

import os
import sys
import time
from collections.abc import Iterator
from typing import Any

import httpx

forge = httpx.Client(
    base_url=f"{os.environ['FORGE_URL']}/api/v1",
    headers={"Authorization": f"Bearer {os.environ['FORGE_KEY']}"},
    timeout=30,
)
AGAIN = {429, 503}


def ask(method: str, path: str, **request: Any) -> Any:
    """Ask once more when Forge says how long to wait; raise httpx.HTTPStatusError for what it refuses."""
    for _ in range(5):
        answer = forge.request(method, path, **request)
        wait = answer.headers.get("Retry-After")
        if answer.status_code not in AGAIN or wait is None:
            break
        time.sleep(int(wait))
    if answer.is_error:
        print(answer.json()["error"], file=sys.stderr)
    return answer.raise_for_status().json()


def changed(path: str, since: str) -> Iterator[dict[str, Any]]:
    """Yield each row of a list that changed since a moment, deleted ones too, the longest unchanged first."""
    query = {"updated_since": since, "deleted": "include", "limit": 250}
    while query.get("cursor", "") is not None:
        page = ask("GET", path, params=query)
        yield from page["data"]
        query["cursor"] = page["next_cursor"]


row = {"name": "Acme", "external_ids": [{"system": "erp", "external_id": "4711"}]}
[made] = ask("POST", "/clients/bulk", json={"inputs": [row]})["data"]["rows"]
print(made["result"], made["id"])
for quote in changed("/quotes", since=sys.argv[1]):
    print(quote["number"], quote["status"], quote["total"], quote["currency"], quote["updated_at"])
