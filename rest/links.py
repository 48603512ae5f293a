"""Links in the headers of an answer."""

from __future__ import annotations

from urllib.parse import urlencode

from access.headers import Headers
from core.http import Request, read_query


def next_link(request: Request, name: str, cursor: str) -> Headers:
    """`Link: rel="next"`: the request again, with this cursor as the parameter of that name."""
    kept = [(each, value) for each, value in read_query(request.query) if each != name]
    query = urlencode([*kept, (name, cursor)], safe="[],:*")
    return [(b"link", f'<{request.path}?{query}>; rel="next"'.encode())]
