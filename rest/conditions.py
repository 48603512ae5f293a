"""Conditions of a request: entity tags, `If-None-Match` and `If-Match`.

A row's tag is its version, `"7"`, for the plain projection with every scope. A key that sees less of it has a tag of
its own, `"7-<digest>"`, which still names the version; what shows other things has a digest alone.
"""

from __future__ import annotations

import re
from hashlib import blake2b
from typing import Final

from core.errors import BadRequest
from core.http import Request

_VERSION: Final = re.compile(rb'"version":(\d+)')
_MATCH: Final = re.compile(r'\s*("?)(\d{1,9})(?:-[0-9a-f]+)?\1\s*', re.ASCII)


def etag(body: bytes, *, versioned: bool, whole: bool) -> bytes:
    """The entity tag of a body: `versioned` when it is the plain projection of a record, `whole` when all is seen."""
    version = _VERSION.search(body) if versioned else None
    if version is not None and whole:
        return b'"%b"' % version[1]
    digest = blake2b(body, digest_size=12).hexdigest().encode()
    return b'"%b-%b"' % (version[1], digest) if version is not None else b'"%b"' % digest


def is_known(request: Request, tag: bytes) -> bool:
    """Whether `If-None-Match` says that the caller has this already; weak tags count as strong ones."""
    wanted = request.header(b"if-none-match")
    if wanted is None:
        return False
    known = [each.strip().removeprefix("W/") for each in wanted.split(",")]
    return "*" in known or tag.decode() in known


def expected_version(request: Request, *, understood: bool) -> int | None:
    """The version that `If-Match` asks for; None without one, or for `*`.

    Raises BadRequest for anything else, and for any where a command has no version to compare with.
    """
    given = request.header(b"if-match")
    if given is None:
        return None
    if not understood:
        message = "If-Match: there is no version to compare with here"
        raise BadRequest(message, field="If-Match")
    if given.strip() == "*":
        return None
    found = _MATCH.fullmatch(given)
    if found is None:
        message = 'If-Match: one ETag that names the version you saw, such as "3"'
        raise BadRequest(message, field="If-Match")
    return int(found[2])
