"""Signing what is sent to customers, so that they know it is from us: the seed's own way, and Standard Webhooks.

An endpoint's secret is `whsec_` and the base64 of 32 bytes. `X-Forge-Signature` is the hex HMAC-SHA256 of the raw body
keyed by the whole text of it; `webhook-signature` is keyed by the bytes behind it (https://www.standardwebhooks.com).
"""

from __future__ import annotations

import hmac
import os
from base64 import b64decode, b64encode
from collections.abc import Sequence
from typing import Final

PREFIX: Final = "whsec_"
SECRET_BYTES: Final = 32
_SHOWN: Final = 5
"""Letters of a secret that stay visible: enough to tell two apart, far too few to guess the rest."""


def new_secret() -> str:
    """Make the secret of an endpoint."""
    return PREFIX + b64encode(os.urandom(SECRET_BYTES)).decode()


def masked(secret: str) -> str:
    """Show of a secret only what tells it from another."""
    return f"{PREFIX}********{secret[-_SHOWN:]}"


def sign(secret: str, body: bytes) -> str:
    """Sign a body as the seed's `verify(secret, raw_body, signature)` expects it: lower-case hex."""
    return hmac.digest(secret.encode(), body, "sha256").hex()


def sign_standard(secret: str, message_id: str, timestamp: int, body: bytes) -> str:
    """Sign a message as Standard Webhooks does: `v1,<base64>`; `timestamp` is in seconds since 1970."""
    signed = f"{message_id}.{timestamp}.".encode() + body
    return "v1," + b64encode(hmac.digest(b64decode(secret.removeprefix(PREFIX)), signed, "sha256")).decode()


def signature_headers(secrets: Sequence[str], message_id: str, timestamp: int, body: bytes) -> dict[str, str]:
    """Return the headers that prove where a message comes from.

    `secrets` are the live ones, oldest first: the seed's header has room for one signature, so the old secret makes it
    until its time is over; the standard one has a signature by each.
    """
    return {
        "X-Forge-Signature": sign(secrets[0], body),
        "webhook-id": message_id,
        "webhook-timestamp": str(timestamp),
        "webhook-signature": " ".join(sign_standard(each, message_id, timestamp, body) for each in reversed(secrets)),
    }
