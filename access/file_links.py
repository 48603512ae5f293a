"""Links to files: whoever has one may read that file until the link ends, without a key.

A link names the workspace and the end, signed with a key of the installation; the file's id stands in the path. The end
is on the full five minutes, so that what shows a link stays the same for a while.
"""

from __future__ import annotations

import hmac
import time
from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import Error
from hashlib import sha256
from typing import Final
from uuid import UUID

from core.secrets import Secrets

LASTS: Final = 900
"""Seconds that a link is good for at least."""
_STEP: Final = 300
_PURPOSE: Final = "file-links"
_END, _MAC, _ID = 5, 16, 16
_LENGTH: Final = _ID + _END + _MAC


def make_link(secrets: Secrets, workspace_id: UUID, file_id: UUID, now: float | None = None) -> str:
    """The token of a link to a file, as it stands in a query string."""
    moment = time.time() if now is None else now
    end = (int(moment + LASTS) // _STEP + 1) * _STEP
    head = workspace_id.bytes + end.to_bytes(_END, "big")
    return urlsafe_b64encode(head + _mac(secrets.subkey(_PURPOSE), head, file_id)).rstrip(b"=").decode()


def read_link(secrets: Secrets, token: str, file_id: UUID, now: float | None = None) -> UUID | None:
    """The workspace of the file that a token opens; None when it opens nothing, or has ended."""
    try:
        raw = urlsafe_b64decode(token.encode("ascii") + b"=" * (-len(token) % 4))
    except (Error, ValueError):
        return None
    if len(raw) != _LENGTH or urlsafe_b64encode(raw).rstrip(b"=").decode() != token:
        return None
    head, mac = raw[: _ID + _END], raw[_ID + _END :]
    good = any(hmac.compare_digest(mac, _mac(key, head, file_id)) for key in secrets.subkeys(_PURPOSE))
    if not good or int.from_bytes(head[_ID:], "big") < (time.time() if now is None else now):
        return None
    return UUID(bytes=head[:_ID])


def _mac(key: bytes, head: bytes, file_id: UUID) -> bytes:
    return hmac.digest(key, head + file_id.bytes, sha256)[:_MAC]
