"""Rows that callers ask for until they are final: when to ask again, and where to go afterwards, as headers."""

from __future__ import annotations

from urllib.parse import quote

import orjson

from access.headers import Headers
from engine.graph.operations import Polled

_URL_CHARACTERS = "/:?#[]@!$&'()*+,;=%~"


def poll_headers(polled: Polled, body: bytes) -> Headers:
    """`Retry-After` for as long as a row is not final, then `Link` with `rel="related"` to what came of it.

    `body` is the answer. Without the fields that tell (`fields=` leaves them out) there is neither.
    """
    row = orjson.loads(body)["data"]
    if row.get(polled.field) in polled.values:
        return [(b"retry-after", b"%d" % polled.seconds)]
    link = row.get(polled.link)
    return [(b"link", f'<{quote(link, _URL_CHARACTERS)}>; rel="related"'.encode())] if link else []
