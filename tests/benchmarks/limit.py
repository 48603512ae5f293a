"""The limit: bare ASGI and hand-written SQL, doing the same work as Forge and nothing else.

The same key check and limiter call, the same role behind row-level security with the same guard, the same JSON and
headers; the create claims, ticks, writes its event and its idempotency record in one statement, as Forge's does.
"""

from __future__ import annotations

import os
from contextlib import AsyncExitStack
from decimal import Decimal
from hashlib import blake2b
from typing import Any
from uuid import UUID

import orjson

from access.headers import window_headers
from app.opened import open_edge
from core.database import guarded
from core.http import Receive, Scope, Send, read_request
from core.ids import new_id
from core.settings import Settings
from engine.edge import Edge
from models import Quote

_MOMENT = 'to_char({},\'YYYY-MM-DD"T"HH24:MI:SS.US"Z"\')'
_SCALARS = (
    '\'{"id":"\'||q.id||\'","number":\'||to_json(q.number)::text||\',"revision":\'||q.revision::text||\',"title":\''
    "||coalesce(to_json(q.title)::text,'null')||',\"status\":\"'||upper(q.status)||'\",\"currency\":'"
    "||to_json(q.currency)::text||',\"dueOn\":'||coalesce('\"'||q.due_on||'\"','null')||',\"total\":\"'||q.total"
    f'||\'","createdAt":"\'||{_MOMENT.format("q.created_at")}||\'","updatedAt":"\'||{_MOMENT.format("q.updated_at")}'
)
_CLIENT = (
    '\'","client":\'||coalesce((select \'{"id":"\'||c.id||\'","name":\'||to_json(c.name)::text||\'}\' from clients c'
    " where c.workspace_id=$1 and c.id=q.client_id),'null')"
)
_PARTS = (
    '\',"parts":{"nodes":[\'||coalesce((select string_agg(p.j,\',\') from (select \'{"id":"\'||p.id||\'","description":\''
    '||to_json(p.description)::text||\',"quantity":"\'||p.quantity||\'","unitPrice":"\'||p.unit_price||\'","total":"\''
    "||p.total||'\"}' j from (select * from quote_parts p where p.workspace_id=$1 and p.quote_id=q.id"
    " order by p.position, p.id limit 20) p) p),'')||']}}'"
)
_END = (
    "translate(rtrim(encode(convert_to('1|'||$3||'|'||max(x.z) filter (where x.n<=$2),'UTF8'),'base64'),'='),"
    "E'+/\\n','-_')"
)


def _list(row: str) -> str:
    page = "select * from quotes q where q.workspace_id=$1 and q.deleted_at is null order by q.created_at desc, q.id desc limit $2+1"
    last = f"case when row_number() over ()=$2 or lead(q.id) over () is null then q.id||'|'||{_MOMENT.format('q.created_at')} end z"
    return (
        guarded(
            "select '{\"data\":{\"quotes\":{\"nodes\":['||coalesce(string_agg(x.j,',') filter (where x.n<=$2),'')"
            "||'],\"pageInfo\":{\"hasNextPage\":'||case when count(*)>$2 then 'true' else 'false' end||',\"endCursor\":'"
            f"||coalesce('\"'||{_END}||'\"','null')||'}}}}}}' from (select {row} j,row_number() over () n,{last} from ({page}) q) x"
        )
        .replace("$2", "$2::int")
        .replace("$3", "$3::text")
    )


TREE = _list(f"{_SCALARS}||{_CLIENT}||{_PARTS}")
FLAT = _list(f"{_SCALARS}||'\"}}'")
ONE = guarded(
    f'select coalesce((select \'{{"data":{{"quote":\'||{_SCALARS}||\'"}}}}}}\' from quotes q where q.workspace_id=$1'
    ' and q.id=$2::uuid and q.deleted_at is null),\'{"data":{"quote":null}}\')'
)
_EVENT = (
    '\'{"id":"\'||q.id||\'","created_at":"\'||'
    + _MOMENT.format("q.created_at")
    + '||\'","updated_at":"\'||'
    + _MOMENT.format("q.updated_at")
    + '||\'","version":1,"deleted_at":null,"number":\'||to_json(q.number)::text'
    '||\',"revision":1,"status":"\'||q.status||\'","title":\'||coalesce(to_json(q.title)::text,\'null\')'
    '||\',"customer_rfq_number":null,"customer_po_number":null,"currency":\'||to_json(q.currency)::text'
    '||\',"received_on":null,"due_on":null,"expires_on":null,"sent_at":null,"estimator":null,"tax_rate":null,'
    '"notes_public":null,"notes_private":null,"lost_reason":null,"subtotal":"\'||q.subtotal||\'","tax":"\'||q.tax'
    '||\'","total":"\'||q.total||\'","cost":null,"client_id":"\'||q.client_id||\'","contact_id":null}\''
)
CREATE = (
    "with t as materialized (select * from enter($1::uuid,$2::bigint,$3::text,$4::bytea,1,take_quote=>1)),"
    " q as (insert into quotes (workspace_id,id,created_at,updated_at,version,created_by_id,number,revision,status,"
    "client_id,title,currency,subtotal,tax,total) select $1,$5::uuid,t.clock,t.clock,1,$6::uuid,'Q-'||t.first_quote,1,"
    "'draft',$7::uuid,$8::text,$9::text,$10::numeric,$10,$10 from t where t.state='go' returning *),"
    f" o as (insert into outbox (workspace_id,sequence,type,record_type,record_id,at,data,request_id) select $1,t.tick,"
    f"'quote.created','quotes',q.id,t.clock,{_EVENT},$11::text from t,q),"
    f" d as materialized (select '{{\"data\":{{\"createQuote\":'||{_SCALARS}||{_CLIENT}||'}}}}}}' body,t.clock from q,t),"
    " i as (insert into idempotency (workspace_id,key,fingerprint,status,scopes,record_id,body,created_at)"
    " select $1,$3,$4,200,$12::text[],$5,d.body,d.clock from d)"
    " select t.state, convert_to(coalesce((select body from d),t.body),'UTF8') from t"
)
_JSON = (b"content-type", b"application/json; charset=utf-8")
_SCOPES = ["quotes.create"]


class Limit:
    """The ASGI application."""

    def __init__(self) -> None:
        self._stack = AsyncExitStack()
        self._edge: Edge | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self._live(receive, send)
            return
        assert self._edge is not None
        edge, request = self._edge, read_request(scope, receive)
        admission = await edge.admit(request)
        principal = admission.admitted()
        text, path = edge.database.reads.text, request.path
        if path in {"/tree", "/flat"}:
            digest = blake2b(repr(principal.workspace_id).encode(), digest_size=6).hexdigest()
            body = await text(
                TREE if path == "/tree" else FLAT, (principal.workspace_id, int(request.query[2:]), digest)
            )
        elif path == "/create":
            body = await self._create(
                edge, request.id, principal, orjson.loads(await request.body()), request.header(b"idempotency-key")
            )
        else:
            body = await text(ONE, (principal.workspace_id, UUID(path[5:])))
        edge.check_revoked(principal)
        headers = [_JSON, *window_headers(admission.window), (b"x-request-id", request.id.encode())]
        headers.append((b"content-length", b"%d" % len(body or b"")))
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": body})

    async def _create(self, edge: Edge, request_id: str, principal: Any, given: Any, key: str | None) -> bytes:
        printed = blake2b(orjson.dumps(given), digest_size=32).digest()
        connection = await edge.database.writes.acquire()
        rows = await connection.fetch(
            CREATE,
            principal.workspace_id,
            principal.epoch,
            key,
            printed,
            new_id(Quote),
            principal.key_id,
            UUID(given["clientId"]),
            given["title"],
            given["currency"],
            Decimal("0.00"),
            request_id,
            _SCOPES,
        )
        edge.database.writes.release(connection)
        body: bytes = rows[0][1]
        return body

    async def _live(self, receive: Receive, send: Send) -> None:
        await receive()
        self._edge = await self._stack.enter_async_context(open_edge(Settings.load(os.environ)))
        await send({"type": "lifespan.startup.complete"})
        await receive()
        await self._stack.aclose()
        await send({"type": "lifespan.shutdown.complete"})


app = Limit()
