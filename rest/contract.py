"""Contracts as data: how each of the three documented APIs shapes pages, envelopes, errors, headers, names and values.

The path decides, never the key: `contract_of` is the one function that says which contract a path follows. What the
routes of another contract than Forge MRP's show and take, their resources declare (`engine.declare.faces`).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any, Final
from urllib.parse import unquote_to_bytes

import orjson

from access.headers import Headers, LimitStyle, error_headers
from core.errors import Conflict, ForgeError, Invalid
from core.http import JSON as JSON_TYPE
from core.http import Response
from core.values.id_codecs import PREFIXED, SHORT, UUIDS, IdCodec
from engine.declare.kinds import MOMENT, MOMENT_IN_MILLISECONDS, Kind
from engine.declare.names import camel
from engine.sql.pages import PageSize
from rest.error_bodies import forg_error, json_error, mrp_error

PREFIX: Final = "/api/v1"
_BELOW: Final = f"{PREFIX}/"


@dataclass(frozen=True, slots=True)
class Envelope:
    """What stands around rows.

    `first` are members that begin every answer, with their JSON. The rows of a list stand under `rows`, one row under
    `row`; None is the name of the resource (`documents`, `document`), and a `row` that is empty stands alone.
    """

    first: tuple[tuple[str, str], ...]
    rows: str | None
    row: str | None
    cursor: str
    """What a list calls the cursor of its next page; it is null at the end."""
    more: str | None = None
    """What a list calls whether there is a next page."""


@dataclass(frozen=True, slots=True)
class Contract:
    """What differs between the documented APIs that Forge keeps."""

    name: str
    title: str
    size: PageSize
    limits: LimitStyle
    envelope: Envelope
    deleted: tuple[tuple[str, str], ...]
    """What the answer to a deletion says after the id, with its JSON; of Forge MRP it follows from the row."""
    ids: IdCodec
    moment: Kind
    spell: Callable[[str], str]
    """Spells the name of a field in answers and bodies."""
    is_open: bool
    """Whether it shows, takes and filters everything, in either casing, and answers tables; else what a face names."""
    ordered: bool
    """Whether its lists take `order`, which is `asc` or `desc`."""
    invalid: int
    """The status of a `validation_error`."""
    stale: int
    """The status for an `If-Match` that names another version than the row has."""
    body: Callable[[ForgeError, int, str], dict[str, Any]]
    """What an error says: from the error, its status and the request's id."""

    def status(self, error: ForgeError) -> int:
        """The HTTP status of an error."""
        if isinstance(error, Invalid):
            return self.invalid
        return self.stale if isinstance(error, Conflict) and error.is_stale else int(error.status)

    def error(self, error: ForgeError, request_id: str) -> bytes:
        """The body of an error."""
        return orjson.dumps(self.body(error, self.status(error), request_id))

    def failure(self, error: ForgeError, request_id: str, more: Headers | None = None) -> Response:
        """The whole answer that tells an error; `more` are further headers."""
        headers = [JSON_TYPE, *error_headers(error), *(more or ())]
        return Response(self.status(error), self.error(error, request_id), headers)


def _same(name: str) -> str:
    return name


MRP: Final = Contract(
    name="mrp",
    title="Forge MRP",
    size=PageSize(50, 250),
    limits=LimitStyle.SECONDS,
    envelope=Envelope(first=(), rows="data", row="data", cursor="next_cursor"),
    deleted=(),
    ids=UUIDS,
    moment=MOMENT,
    spell=_same,
    is_open=True,
    ordered=False,
    invalid=HTTPStatus.UNPROCESSABLE_ENTITY,
    stale=HTTPStatus.CONFLICT,
    body=mrp_error,
)
"""Forge MRP: everything manufacturing, and every path that neither of the others has."""
FORGE_JSON: Final = Contract(
    name="json",
    title="Forge Json",
    size=PageSize(50, 100),
    limits=LimitStyle.UNIX,
    envelope=Envelope(first=(("success", "true"),), rows=None, row=None, cursor="nextCursor"),
    deleted=(),
    ids=SHORT,
    moment=MOMENT_IN_MILLISECONDS,
    spell=camel,
    is_open=False,
    ordered=False,
    invalid=HTTPStatus.BAD_REQUEST,
    stale=HTTPStatus.PRECONDITION_FAILED,
    body=json_error,
)
"""Forge Json: documents and folders, utilities, pipelines."""
FORG: Final = Contract(
    name="forg",
    title="FORG",
    size=PageSize(20, 100),
    limits=LimitStyle.UNIX,
    envelope=Envelope(first=(), rows="data", row="", cursor="cursor", more="has_more"),
    deleted=(("deleted", "true"),),
    ids=PREFIXED,
    moment=MOMENT,
    spell=_same,
    is_open=False,
    ordered=True,
    invalid=HTTPStatus.BAD_REQUEST,
    stale=HTTPStatus.PRECONDITION_FAILED,
    body=forg_error,
)
"""FORG: sessions, rules, reports, people, webhooks."""
CONTRACTS: Final = (MRP, FORGE_JSON, FORG)
FIRST_SEGMENTS: Final = {
    **dict.fromkeys(("documents", "folders", "utilities", "pipelines"), FORGE_JSON),
    **dict.fromkeys(
        (
            *("sessions", "events", "signals", "rules", "budgets", "reports"),
            *("users", "teams", "webhooks", "audit-log"),
        ),
        FORG,
    ),
}
"""Below `/api/v1`: which first segment of a path is whose; every other is Forge MRP's."""


def contract_of(path: str) -> Contract:
    """The contract of a path, whether or not there is a route: its first segment below `/api/v1` decides."""
    if not path.startswith(_BELOW):
        return MRP
    return FIRST_SEGMENTS.get(path[len(_BELOW) :].partition("/")[0], MRP)


def contract_of_target(target: bytes) -> Contract:
    """The contract of a request target as it came: a path with its query string, or a whole URL (RFC 9112 §3.2)."""
    path = target.partition(b"?")[0]
    if not path.startswith(b"/"):
        path = b"/" + path.partition(b"://")[2].partition(b"/")[2]
    return contract_of(unquote_to_bytes(path).decode("latin-1"))
