"""Signing what is sent to customers, so that they know it is from us: the seed's own way, and Standard Webhooks.

An endpoint's secret is `whsec_` and the base64 of 32 bytes. `X-Forge-Signature` is the hex HMAC-SHA256 of the raw body
keyed by the whole text of it; `webhook-signature` is keyed by the bytes behind it (https://www.standardwebhooks.com).
A secret that a customer has chosen keys both by its own bytes in UTF-8.
"""

from __future__ import annotations

import hmac
import os
from base64 import b64decode, b64encode
from collections.abc import Sequence
from typing import Final

PREFIX: Final = "whsec_"
SECRET_BYTES: Final = 32
_OWN: Final = "own:"
"""What a secret that a customer has chosen begins with where it is kept: none of ours does."""
_HIDDEN: Final = "********"
_SHOWN: Final = 5
"""Letters of a secret that stay visible: enough to tell two apart, far too few to guess the rest."""


def new_secret() -> str:
    """Make the secret of an endpoint."""
    return PREFIX + b64encode(os.urandom(SECRET_BYTES)).decode()


def own_secret(text: str) -> str:
    """The secret that a customer has chosen, as it is kept."""
    return _OWN + text


def text_of(secret: str) -> str:
    """A secret as its endpoint knows it."""
    return secret.removeprefix(_OWN)


def masked(secret: str) -> str:
    """Show of a secret only what tells it from another; nothing of one that a customer has chosen."""
    if secret.startswith(_OWN):
        return _HIDDEN
    return f"{PREFIX}********{secret[-_SHOWN:]}"


def sign(secret: str, body: bytes) -> str:
    """Sign a body as the seed's `verify(secret, raw_body, signature)` expects it: lower-case hex."""
    return hmac.digest(text_of(secret).encode(), body, "sha256").hex()


def sign_standard(secret: str, message_id: str, timestamp: int, body: bytes) -> str:
    """Sign a message as Standard Webhooks does: `v1,<base64>`; `timestamp` is in seconds since 1970."""
    signed = f"{message_id}.{timestamp}.".encode() + body
    own = secret.startswith(_OWN)
    key = text_of(secret).encode() if own else b64decode(secret.removeprefix(PREFIX))
    return "v1," + b64encode(hmac.digest(key, signed, "sha256")).decode()


def signature_headers(
    secrets: Sequence[str], message_id: str, timestamp: int, body: bytes, *, forg: bool = False
) -> dict[str, str]:
    """Return the headers that prove where a message comes from.

    `secrets` are the live ones, oldest first: the seed's header has room for one signature, so the old secret makes it
    until its time is over; the standard one has a signature by each. `forg` says how that contract writes the first.
    """
    signature = sign(secrets[0], body)
    return {
        **({"X-Forg-Signature": f"sha256={signature}"} if forg else {"X-Forge-Signature": signature}),
        "webhook-id": message_id,
        "webhook-timestamp": str(timestamp),
        "webhook-signature": " ".join(sign_standard(each, message_id, timestamp, body) for each in reversed(secrets)),
    }
