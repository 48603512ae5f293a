"""What is kept of a try: its headers and bodies without what is secret in them."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Final

from core.signing import text_of
from jobs.sending import Reply

MASK: Final = "********"
_SECRET: Final = re.compile(
    r"authori[sz]ation|cookie|token|secret|passw|credential|api-?_?key|session|^x-auth", re.IGNORECASE
)
"""Names of headers whose values let somebody in. Signatures are none: each is good for one body."""


def masked_headers(headers: Mapping[str, str]) -> dict[str, str]:
    """The headers as they may be kept: the values of those that carry something secret are masked."""
    return {name: MASK if _SECRET.search(name) else value for name, value in headers.items()}


def without_secrets(reply: Reply, secrets: Sequence[str]) -> Reply:
    """The answer as it may be kept: masked headers, and no secret of the endpoint, should its receiver repeat one."""
    headers = {name: _without(value, secrets) for name, value in masked_headers(reply.headers).items()}
    body = None if reply.body is None else _without(reply.body, secrets)
    return replace(reply, headers=headers, body=body)


def _without(text: str, secrets: Sequence[str]) -> str:
    for secret in map(text_of, secrets):
        for shown in (secret, secret.removeprefix("whsec_")):
            text = text.replace(shown, MASK)
    return text
