"""Links of invitations, looked up by the digest of their token: whose they are, as long as they are good."""

from __future__ import annotations

import hashlib
from typing import Final
from uuid import UUID

import orjson

from core.database.database import Database

NO_GOOD: Final = "The link is no good: it was used already, it is too old, or a newer one was made"
"""What is said of every link that is no good, whichever of these it is."""
_FIND: Final = "select json_build_array(workspace_id, user_id)::text from find_invitation($1)"


def digest_of(token: str) -> bytes:
    """What is kept of a token, which has more than 256 random bits: a plain SHA-256 is enough."""
    return hashlib.sha256(token.encode()).digest()


async def find_invitation(database: Database, token: str) -> tuple[UUID, UUID] | None:
    """The workspace and the person of a link that is good; `database` acts as `forge_api` or `forge_access`.

    One step in an index, whatever the token is: used, too old, void or never made. Raises Unavailable.
    """
    text = await database.text(_FIND, (digest_of(token),))
    if text is None:
        return None
    workspace_id, user_id = orjson.loads(text)
    return UUID(workspace_id), UUID(user_id)
