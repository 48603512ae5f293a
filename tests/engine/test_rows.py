"""`Rows`: what is asked of them stays asked, in whatever order it was said."""

from __future__ import annotations

import pytest

from core.values.ids import new_id
from engine.declare.rows import Rows
from engine.run.context import Reading
from models import Client, Quote, QuotePart
from resolvers import nodes
from tests.kit.client import Client as Api
from tests.kit.tenant import Tenant

NODES = "query($ids: [ID!]!) { nodes(ids: $ids) { id __typename } }"


def test_the_id_of_a_row_is_not_the_value_of_a_condition():
    one, other = new_id(Client), new_id(Client)
    for rows in (
        Rows(Client).by_id(one).where("@.created_by_id=?::uuid", other),
        Rows(Client).where("@.created_by_id=?::uuid", other).by_id(one),
    ):
        assert rows.row_id == one
        assert rows.shape.conditions[1:] == ("@.created_by_id=?::uuid", "@.id=?::uuid")
        assert rows.values == (other, one)
    assert Rows(Client).row_id is None


async def test_what_else_was_asked_of_rows_by_their_ids_holds_for_each(
    api: Api, company: Tenant, monkeypatch: pytest.MonkeyPatch
):
    acme, other = await company.make(Client, name="Acme"), await company.make(Client, name="Other")
    quote = await company.make(Quote, client_id=acme.id)

    def named(ctx: Reading, row_id: object) -> object:
        rows = ctx.rows(Client).by_id(acme.id if row_id == acme.id else other.id)
        return ctx.rows(Quote).by_id(quote.id) if row_id == quote.id else rows.where("@.name=?::text", "Acme")

    monkeypatch.setattr(Reading, "node", named)
    assert nodes.node.__doc__
    found = (await api.graphql(NODES, {"ids": [str(acme.id), str(other.id), str(quote.id)]})).data["nodes"]
    assert found == [{"id": str(acme.id), "__typename": "Client"}, None, {"id": str(quote.id), "__typename": "Quote"}]


async def test_a_row_inside_a_record_is_there_as_long_as_its_record_is(api: Api, company: Tenant):
    part = await company.make(QuotePart)
    document = "query($id: ID!) { node(id: $id) { id } nodes(ids: [$id]) { id } }"
    one = {"id": str(part.id)}
    assert (await api.graphql(document, one)).data == {"node": one, "nodes": [one]}
    assert (await api.delete(f"/api/v1/quotes/{part.quote_id}")).status == 200
    assert (await api.graphql(document, one)).data == {"node": None, "nodes": [None]}
