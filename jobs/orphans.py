"""Files that nothing names: of attachments that were deleted, of uploads that broke off, and of records purged.

An attachment whose bytes were not sent within a day is taken away, too.
"""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Final
from uuid import UUID

from access.transaction import transaction
from core.database.database import Database
from core.store import Store
from jobs.patience import surviving

EVERY: Final = 3_600.0
"""Seconds between two rounds."""
YOUNG: Final = timedelta(hours=1)
"""Files younger than that may be named soon: an upload has ten minutes."""
_AT_ONCE: Final = 1_000
_KEY_PARTS: Final = 3
_UNSENT: Final = "delete from attachments where status = 'pending' and created_at < now() - interval '1 day'"
_UNNAMED: Final = """select f.blob from unnest($1::text[], $2::uuid[], $3::uuid[]) f(blob, workspace_id, id)
where not exists (select from attachments a where a.workspace_id = f.workspace_id and a.id = f.id and a.blob = f.blob
  and a.deleted_at is null)"""


class Orphans:
    """Takes files away that nothing names; `database` acts as `forge_worker`."""

    def __init__(self, database: Database, store: Store) -> None:
        self._database, self._store = database, store

    async def run(self) -> None:
        """Do it every hour, until cancelled."""
        while True:
            with surviving("files that nothing names"):
                await self.turn(datetime.now(UTC) - YOUNG)
            await asyncio.sleep(EVERY)

    async def turn(self, before: datetime) -> int:
        """Take away what nothing names and was written before then; returns how many files. Raises Unavailable."""
        async with transaction(self._database) as connection:
            await connection.execute(_UNSENT)
        gone, batch = 0, list[tuple[str, UUID, UUID]]()
        async for key, written in self._store.list():
            named = _read(key)
            if named is not None and written < before:
                batch.append((key, *named))
            if len(batch) >= _AT_ONCE:
                gone, batch = gone + await self._remove(batch), []
        return gone + (await self._remove(batch) if batch else 0)

    async def _remove(self, batch: list[tuple[str, UUID, UUID]]) -> int:
        keys, workspaces, ids = (list(each) for each in zip(*batch, strict=True))
        async with transaction(self._database) as connection:
            rows = await connection.fetch(_UNNAMED, keys, workspaces, ids)
        await self._store.remove([row["blob"] for row in rows])
        return len(rows)


def _read(key: str) -> tuple[UUID, UUID] | None:
    """The workspace and the attachment that a key names; None for a file that is not ours."""
    parts = key.split("/")
    try:
        return (UUID(parts[0]), UUID(parts[1])) if len(parts) == _KEY_PARTS else None
    except ValueError:
        return None
