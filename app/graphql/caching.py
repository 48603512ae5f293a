"""Caching of GraphQL answers: only what GET asks by a registered hash may be kept, and only by the caller itself.

The answer of a registered document is asked for by the same URL each time, so a client can keep it and ask whether it
is the same still (`ETag`, `If-None-Match`). Of everything else that GET asks nothing may be kept.
"""

from __future__ import annotations

from http import HTTPStatus
from typing import Final

from app.graphql.request import GraphQLRequest
from core.http import Request, Response
from engine.run.answers import Answer
from rest.conditions import etag, is_known

NOT_KEPT: Final = (b"cache-control", b"no-store")
_PRIVATE: Final = ((b"cache-control", b"private"), (b"vary", b"Authorization, Accept"))


def keepable(request: Request, asked: GraphQLRequest, answer: Answer, response: Response) -> Response:
    """Say whether a response may be kept; it becomes a 304 when the caller has the same data already."""
    if request.method == "POST":
        return response
    if not asked.registered or answer.data is None or answer.errors:
        response.headers.append(NOT_KEPT)
        return response
    tag = etag(answer.data, versioned=False, whole=True)
    headers = [*_PRIVATE, (b"etag", tag)]
    if is_known(request, tag):
        return Response(HTTPStatus.NOT_MODIFIED, b"", headers)
    response.headers += headers
    return response
