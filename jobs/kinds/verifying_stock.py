"""Verifying stock: every day all balances are compared with the ledger; what differs is logged, and fails the task."""

from __future__ import annotations

import logging
from datetime import timedelta
from typing import Final
from uuid import UUID

from core.database.pool import Connection
from core.errors import Invalid
from jobs.stock_check import check_stock
from jobs.tasks.kinds import Next, SystemKind, Work

EVERY: Final = timedelta(days=1)
log = logging.getLogger("forge")


async def verify(connection: Connection, work: Work) -> Next:
    """Compare the stock of one workspace; the cursor is the last one, and how much was compared and differs."""
    cursor = work.cursor or {"after": None, "movements": 0, "wrong": 0}
    found = await check_stock(connection, UUID(cursor["after"]) if cursor["after"] else None)
    if found is None:
        if cursor["wrong"]:
            raise Invalid(f"{cursor['wrong']} balances differ from the ledger: `forge stock verify` shows them")
        return Next(None, done=work.done, result={"items": work.done, "movements": cursor["movements"]})
    for line in found.wrong:
        log.error("stock of workspace %s: %s", found.workspace_id, line)
    after = {
        "after": str(found.workspace_id),
        "movements": cursor["movements"] + found.movements,
        "wrong": cursor["wrong"] + len(found.wrong),
    }
    return Next(after, done=work.done + found.items)


VERIFY_STOCK: Final = SystemKind("verify_stock", "Compares all stock with its movements.", verify, every=EVERY)
