"""Conditions of a request: entity tags, `If-None-Match` and `If-Match`.

A row's tag is its version, `"7"`, for the plain projection with every scope. What shows less of it, or more, has a tag
of its own, `"7-<digest>"`, which still names the version; what does not show the version has a digest alone.
"""

from __future__ import annotations

import re
from hashlib import blake2b
from typing import Final

from core import accept
from core.accept import weigh
from core.errors import BadRequest, NotAcceptable
from core.http import Request
from engine.declare.names import rest_path

_VERSION: Final = re.compile(rb'"version":(\d+)')
_TAG: Final = re.compile(r'(?:W/)?"[^"]*"|[^\s,"]+')
_ONE: Final = r'(?:(?:W/)?"[!#-~\x80-\xff]*"|[0-9]{1,9})'
_TAGS: Final = re.compile(rf"[\s,]*{_ONE}(?:\s*,[\s,]*{_ONE})*[\s,]*", re.ASCII)
"""A list of entity tags (RFC 9110 §8.8.3); a bare number is taken for a tag, too."""
IF_MATCH: Final = rf"^(?:\*|{_ONE}(?: *, *{_ONE})*)$"
"""What the documentation says of `If-Match`."""
_CODED: Final = re.compile(r"[-;+]+(?:gzip|deflate|br|zstd)\Z")
_NAMED: Final = re.compile(r"(\d{1,9})(?:-[0-9a-f]+)?\Z", re.ASCII)


MATCH: Final = "If-Match"
_ARGUMENTS: Final = {"expectedVersion": MATCH}
"""What arguments of commands are called here that neither the path nor the body carries."""


def sent_as(path: str) -> str:
    """What a field of a command is called in a request of REST: `parts[2].quantity`, `If-Match`."""
    return _ARGUMENTS.get(path) or rest_path(path)


def etag(body: bytes, *, versioned: bool, whole: bool) -> bytes:
    """The entity tag of a body: `versioned` when it shows a record's version, `whole` when it is all of the record."""
    version = _VERSION.search(body) if versioned else None
    if version is not None and whole:
        return b'"%b"' % version[1]
    digest = blake2b(body, digest_size=12).hexdigest().encode()
    return b'"%b-%b"' % (version[1], digest) if version is not None else b'"%b"' % digest


def is_known(request: Request, tag: bytes) -> bool:
    """Whether `If-None-Match` says that the caller has this already; weak tags count as strong ones."""
    wanted = request.listed(b"if-none-match")
    if wanted is None:
        return False
    if wanted.strip() == "*":
        return True
    known = {_opaque(each) for each in _TAG.findall(wanted)}
    return _opaque(tag.decode()) in known


def expected_version(request: Request, *, understood: bool) -> int | tuple[int, ...] | None:
    """The version that `If-Match` asks for, several when it is a list; None without one, or for `*`.

    A tag that names no version matches none. A weak tag counts: ours name a version, and proxies that compress weaken
    them or put a suffix behind them. BadRequest for what is no list of tags, and where a command has no version.
    """
    given = request.listed(b"if-match")
    if given is None:
        return None
    if not understood:
        raise BadRequest("If-Match: there is no version to compare with here", field=MATCH)
    if given.strip() == "*":
        return None
    if not _TAGS.fullmatch(given):
        raise BadRequest('If-Match: the ETags of the versions you saw, such as "3", parted by commas', field=MATCH)
    found = [_NAMED.match(_opaque(each)) for each in _TAG.findall(given)]
    versions = tuple(dict.fromkeys(int(each[1]) for each in found if each is not None))
    return versions[0] if len(versions) == 1 else versions


def _opaque(tag: str) -> str:
    """What identifies a version in a tag: without quotes, weakness, and the suffix of a proxy that compresses."""
    return _CODED.sub("", tag.removeprefix("W/").strip('"'))


def check_accept(request: Request) -> None:
    """Raise NotAcceptable when the caller takes no JSON."""
    if not weigh(request.header(b"accept"), accept.JSON).weight:
        raise NotAcceptable("Accept: application/json")
