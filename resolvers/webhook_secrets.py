"""Secrets of webhook endpoints: a new one takes the place of the old one, and for a while both sign."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated, Final
from uuid import UUID

from core.errors import Conflict
from core.values.checked import Whole
from engine.declare.rows import Rows
from engine.run.context import Command
from models import Endpoint
from models.webhook import OWN_SECRET
from resolvers.aggregate import now
from resolvers.versions import ExpectedVersion
from resolvers.webhooks import WEBHOOKS, give_secret

LONGEST_OVERLAP: Final = 2_592_000
"""Seconds, 30 days, for which an old secret may go on signing."""
_OVERLAP: Final = 86_400
_Overlap = Annotated[
    int,
    Whole(0, LONGEST_OVERLAP),
    f"Seconds for which the old secret signs as well: up to {LONGEST_OVERLAP:,}, which are 30 days; 0 ends it at once.",
]

_Own = (
    Annotated[
        str, OWN_SECRET, "Only of the style forg: a secret of your own, of 32 to 256 characters; it is never shown."
    ]
    | None
)


async def rotate_webhook_endpoint(
    ctx: Command,
    id: UUID,
    overlap_seconds: _Overlap = _OVERLAP,
    secret: _Own = None,
    expected_version: ExpectedVersion = None,
) -> Rows[Endpoint]:
    """Give a webhook endpoint a new secret; this answer alone shows it whole.

    Until the overlap ends, or the new secret is promoted, `webhook-signature` has a signature by each of the two
    secrets, and `X-Forge-Signature`, which has room for one, is made by the old one. During an overlap only a
    rotation without one is taken: it ends both secrets at once.
    """
    endpoint = await WEBHOOKS.lock(ctx, id, expected_version)
    if overlap_seconds and _overlaps(endpoint):
        raise Conflict(
            "A rotation is under way: promote its new secret first, or rotate without an overlap", field="id"
        )
    endpoint.old_secret = endpoint.secret if overlap_seconds else None
    endpoint.old_secret_until = now() + timedelta(seconds=overlap_seconds) if overlap_seconds else None
    give_secret(ctx, endpoint, secret, endpoint.style)
    return ctx.save(endpoint, event="webhook_endpoint.rotated")


async def promote_webhook_endpoint(ctx: Command, id: UUID, expected_version: ExpectedVersion = None) -> Rows[Endpoint]:
    """End the overlap of a rotation: from now on the new secret alone signs. Without an overlap it is a conflict."""
    endpoint = await WEBHOOKS.lock(ctx, id, expected_version)
    if not _overlaps(endpoint):
        raise Conflict("No old secret of this endpoint signs any more", field="id")
    endpoint.old_secret = endpoint.old_secret_until = None
    return ctx.save(endpoint, event="webhook_endpoint.promoted")


def _overlaps(endpoint: Endpoint) -> bool:
    """Whether the secret of before still signs."""
    return endpoint.old_secret_until is not None and endpoint.old_secret_until > now()
