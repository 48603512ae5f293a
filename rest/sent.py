"""What is sent to a route: its body and `If-Match`, and beside a body that is not JSON its query string."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from access.principal import Principal
from core.errors import Invalid
from core.http import LARGEST_BODY, Request
from core.problems import Problems
from core.writing.claim import Outcome
from engine.declare.names import rest_path
from engine.graph.graph import Graph
from engine.run.context import Command
from engine.runtime import Runtime
from engine.sql.plans import Plans
from rest.bodies import (
    Spelled,
    is_json,
    keys_of,
    note_unread,
    read_body,
    read_charset,
    read_object,
    read_texts,
    read_values,
    refuse_values,
    values_of,
)
from rest.closed_bodies import with_uuids
from rest.closed_lists import ClosedList
from rest.conditions import expected_version
from rest.contract import Contract
from rest.faces import around_row, prefix_of
from rest.parameters import Parameters
from rest.projections import Projector
from rest.routes import Action, Route


@dataclass(frozen=True, slots=True)
class Served:
    """A route with what answers it. `before` and `after` stand around the one row of an answer."""

    route: Route
    contract: Contract
    before: str
    after: str
    projector: Projector
    plans: Plans
    input_name: str | None
    input_type: type | None
    values: Mapping[str, Any]
    versioned: bool
    closed: ClosedList | None
    """Reads the query strings of a list whose contract names every parameter."""
    keys: Spelled | None
    """The keys of a body whose contract names every one."""
    needs_input: bool
    """Whether there must be a body."""
    prefix: str
    """What the ids of its record begin with, where the contract says so."""
    nothing: bytes
    """The answer where there is no row."""
    cursor: bytes
    after_cursor: bytes
    """What stands in the answer of a list before and after the cursor of its next page."""

    @property
    def narrows(self) -> bool:
        """Whether its answer can be narrowed by `fields` and `include`."""
        answers = self.route.action is not Action.DELETE and (not self.route.is_command or self.route.answers_rows)
        return answers and self.contract.is_open


def serve(graph: Graph, route: Route) -> Served:
    """Everything that is known of a route before it is asked for."""
    declared, contract = route.root.operation, route.contract
    name, cls = route.root.binding.input()
    closed = route.face is not None and route.action is Action.LIST
    before, after = around_row(contract, route)
    more = contract.envelope.more
    return Served(
        route,
        contract,
        before,
        after,
        Projector(graph.catalogue, contract, route),
        Plans(graph.catalogue, spliced=not route.is_command),
        name,
        cls,
        {} if cls else values_of(declared),
        "expected_version" in declared.parameters(),
        ClosedList(graph.catalogue, contract, route) if closed else None,
        keys_of(cls, contract.spell, route.face.takes) if cls is not None and route.face is not None else None,
        route.root.binding.needs_input,
        prefix_of((route.record or route.spec).model),
        f"{before}null{after}".encode(),
        f'"{contract.envelope.cursor}":"'.encode(),
        b'"}' if more is None else f'","{more}":true}}'.encode(),
    )


async def read_sent(
    runtime: Runtime,
    request: Request,
    principal: Principal,
    served: Served,
    parameters: Parameters,
    row_id: UUID | None,
) -> dict[str, Any]:
    """What the body and `If-Match` say, and beside a body that is not JSON the query string."""
    found: dict[str, Any] = {}
    raw = served.route.root.operation.raw
    if raw is not None and not is_json(request):
        found = read_texts({name: each for name, each in served.values.items() if name != raw}, parameters)
        charset = served.route.root.operation.charset
        if charset is not None and charset not in found:
            found[charset] = read_charset(request, served.values[charset])
        found[raw] = await request.body()
    elif served.input_type is not None:
        sent = await read_object(request, required=served.needs_input)
        if not served.contract.is_open:
            sent = with_uuids(served.input_type, sent, served.contract.ids)
        try:
            found[str(served.input_name)] = read_body(served.input_type, sent, served.keys)
        except Invalid as error:
            raise await _judged(runtime, request, principal, served, sent, error, row_id) from error
    else:
        wrong = Problems()
        with wrong.apart():
            refuse_values(served.values, parameters)
        largest = served.route.root.operation.largest or LARGEST_BODY
        found = wrong.of(read_values, served.values, await read_object(request, required=False, largest=largest))
        if wrong.any:
            note_unread(found or {}, wrong)
            wrong.check()
    expected = expected_version(request, understood=served.versioned)
    return found if expected is None else found | {"expected_version": expected}


async def _judged(
    runtime: Runtime,
    request: Request,
    principal: Principal,
    served: Served,
    sent: dict[str, Any],
    error: Invalid,
    row_id: UUID | None,
) -> Invalid:
    """What is wrong with a body that could not be read, and with its custom fields, which the workspace defines."""
    judge = served.route.root.operation.judge
    if judge is None or not judge.has_more(sent):
        return error

    async def refuse(ctx: Command) -> Outcome:
        raise await judge(ctx, sent, error, row_id)

    try:
        await runtime.command(principal, None, request.origin, refuse)
    except Invalid as whole:
        whole.respell(rest_path)
        return whole
    raise AssertionError("a command that refuses was done")
