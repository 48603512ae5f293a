"""`GET /api/v1/me`: what the caller's key is and may do, as `myAccess` says it, in the words of REST."""

from __future__ import annotations

from typing import Any, Final

import orjson

from access.principal import Principal
from core.http import JSON, Request, Response, read_query
from core.problems import Problems
from engine.declare.names import snake
from engine.document.documents import Document
from engine.run.lanes import query
from engine.runtime import Runtime
from rest.contract import MRP, Contract
from rest.parameters import gather, unknown
from rest.routes import ME, PREFIX
from rest.single_path import PRIVATE, SinglePath
from rest.values import selection

PATH: Final = f"{PREFIX}{ME}"
FIELD: Final = "myAccess"


class MeDoor(SinglePath[None]):
    """Answers the one path, by the resolver of the root field."""

    def __init__(self, runtime: Runtime, contract: Contract = MRP) -> None:
        super().__init__(runtime, contract)
        root = runtime.graph.schema.query_type
        assert root is not None
        self._document = Document(runtime.graph, f"{{ {FIELD} {selection(root.fields[FIELD].type)} }}", None)
        self._points = self._document.priced(self._document.variables({}))

    def read(self, request: Request) -> None:
        """Refuse every parameter: there are none."""
        wrong = Problems()
        for name in gather(read_query(request.query)):
            wrong.add(unknown(name))
        wrong.check()

    def points(self, request: Request, asked: None) -> int:  # noqa: ARG002  # of every such door
        """What the root field costs in GraphQL."""
        return self._points

    async def answer(self, request: Request, principal: Principal, asked: None) -> Response:  # noqa: ARG002
        """Run the root field."""
        ctx = self.runtime.reading(principal, request.id, request.hung_up)
        answer = await query(self._document, ctx, {}, self.runtime.database)
        assert answer.data is not None
        found = _spelled(orjson.loads(answer.data)[FIELD])
        for each in found["types"]:
            for field in each["hidden_fields"]:
                field["name"] = snake(field["name"])
        return Response(200, orjson.dumps({"data": found}), [JSON, *PRIVATE])


def _spelled(value: Any) -> Any:
    if isinstance(value, dict):
        return {snake(name): _spelled(each) for name, each in value.items()}
    return [_spelled(each) for each in value] if isinstance(value, list) else value
