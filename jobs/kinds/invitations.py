"""Sending invitations: the mail that a command asked for, as long as its link is the newest one of its person.

A worker that is killed after the mail server took the message, and before that was noted, sends it once more: the same
message, under the same `Message-ID`, with the same link.
"""

from __future__ import annotations

from base64 import b64decode
from html import escape
from typing import Any, Final
from uuid import UUID

import orjson

from access.invitations import find_invitation
from core.errors import Invalid
from core.mail import Letter, one_line
from core.secrets import SealBrokenError, Secrets
from jobs.tasks.kinds import Next, RepeatableKind, Tools, Work
from resolvers.invitations import GOOD_FOR, KIND, SEALED_FOR

RETRIES: Final = (5.0, 60.0, 300.0, 1800.0, 7200.0, 21600.0)


async def send(tools: Tools, work: Work) -> Next:
    """Send it, if the link is good still: not one that is void, used or too old."""
    told = _opened(tools.installation.secrets, work.parameters)
    is_good = await find_invitation(tools.access, told["link"].partition("#")[2]) is not None
    if is_good:
        await tools.mailer.send(letter(told), str(work.task_id))
    return Next(None, done=int(is_good), total=1, result={"sent": is_good})


def _opened(secrets: Secrets, parameters: Any) -> dict[str, Any]:
    context = UUID(parameters["user_id"]).bytes
    try:
        found: dict[str, Any] = orjson.loads(secrets.open(SEALED_FOR, b64decode(parameters["sealed"]), context))
    except SealBrokenError:
        raise Invalid("It was sealed under a secret that FORGE_SECRET lists no more: invite the person again") from None
    return found


def letter(told: dict[str, Any]) -> Letter:
    """What an invited person reads."""
    name, company, link = one_line(told["name"]), one_line(told["company"]), told["link"]
    inviter = one_line(told["inviter"] or company)
    who = company if inviter == company else f"{inviter} of {company}"
    asks = f"{who} invites you to Forge. Open this link, and choose a password:"
    ends = f"It is good once, for {GOOD_FOR.days} days. If you do not expect this, do nothing."
    page = f"<p>Hello {escape(name)},</p>\n<p>{escape(asks)}</p>\n"
    page += f'<p><a href="{escape(link)}">{escape(link)}</a></p>\n<p>{ends}</p>'
    return Letter(
        name, told["email"], f"{company} invites you to Forge", f"Hello {name},\n\n{asks}\n\n{link}\n\n{ends}\n", page
    )


SEND_INVITATION: Final = RepeatableKind(KIND, "Sends an invitation by mail.", send, retries=RETRIES)
