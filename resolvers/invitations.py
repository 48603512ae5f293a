"""Invitations: a link of which only the digest is kept, good once, for 7 days, for one person and one address."""

from __future__ import annotations

import secrets
from base64 import b64encode
from datetime import timedelta
from typing import Final
from uuid import UUID

import orjson

from access.invitations import NO_GOOD, digest_of
from core.errors import NotFound
from core.writing.unit_of_work import UnitOfWork
from engine.run.context import Command
from models import User, UserStatus
from resolvers.aggregate import now
from resolvers.tasks import start_task

KIND: Final = "send_invitation"
SEALED_FOR: Final = "invitation"
GOOD_FOR: Final = timedelta(days=7)
_SHOWN: Final = 8
"""Characters of a token that are shown for good; the others are 256 bits that nobody can guess."""


async def invite(ctx: Command, user: User, name: str, email: str, *, mails: bool = True) -> None:
    """Make a new link for a person, who is to be saved; the one before is void.

    With `mails` a task sends it, and where there is a mail server nobody but the person gets it. Else the answer of the
    command shows it once.
    """
    token = secrets.token_hex(_SHOWN // 2) + secrets.token_urlsafe(32)
    start = f"{ctx.installation.url}/join#"
    user.invitation_expires_at = now() + GOOD_FOR
    company = await ctx.unit.call("keep_invitation", user.id, digest_of(token), email, user.invitation_expires_at)
    if mails and ctx.installation.sends_mail:
        user.invitation_hint = None
    else:
        user.invitation_hint = f"{start}{token[:_SHOWN]}…"
        ctx.show_once(user.invitation_hint, start + token)
    if mails:
        told = {"name": name, "email": email, "company": company, "link": start + token}
        told["inviter"] = await ctx.unit.look(User, ctx.principal.user_id, "name")
        sealed = ctx.installation.secrets.seal(SEALED_FOR, orjson.dumps(told), user.id.bytes)
        start_task(ctx, KIND, {"user_id": str(user.id), "sealed": b64encode(sealed).decode()})


async def end_invitation(ctx: Command, user: User) -> None:
    """Void the link of a person, if there is one."""
    await ctx.unit.call("end_invitation", user.id)
    user.invitation_hint = user.invitation_expires_at = None


async def take_invitation(unit: UnitOfWork, user_id: UUID, token: str, name: str | None, password_hash: str) -> User:
    """Set a person's password by a link, and let them act if they were invited; raises NotFound when it is no good.

    Of several at once one has it: the row of the link is taken away.
    """
    found = await unit.lock(User, [user_id])
    args = (user_id, digest_of(token), found[0].email if found else "", password_hash)
    if not found or found[0].status == UserStatus.DEACTIVATED or not await unit.call("take_invitation", *args):
        raise NotFound(NO_GOOD)
    [user] = found
    user.invitation_hint = user.invitation_expires_at = None
    user.name = user.name if name is None else name
    if user.status == UserStatus.ACTIVE:
        return unit.save(user, "user.password_set")
    user.status, user.joined_at = UserStatus.ACTIVE, now()
    return unit.save(user, "user.joined")
