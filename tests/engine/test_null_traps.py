"""A declaration that could drop rows silently is refused: when the schema is built, and when the application starts."""

from __future__ import annotations

import asyncpg
import pytest

import models
from access.scopes import Scope
from app.migrations import upgrade
from core.database.database import Database
from engine.declare.catalogue import Catalogue
from engine.declare.checks import BadDeclaration
from engine.declare.nulls import refuse_null_traps
from engine.declare.types import Node, field, one, type_for
from schema.assembly import graph


@type_for(models.Client, Scope.CLIENTS_VIEW, "A client whose code is promised.")
class Promised(Node):
    """Promises what the table does not."""

    code: str = field("May be null in the table.")


@type_for(models.Client, Scope.CLIENTS_VIEW, "A client with a cost that cannot be denied.")
class Undeniable(Node):
    """Has a scoped field that may not be null."""

    name: str = field("Scoped, and may not be null.", scope=Scope.COSTS_VIEW)


@type_for(models.Client, Scope.CLIENTS_VIEW, "A client.")
class Client(Node):
    """A client as it should be."""

    name: str = field("Its name.")


@type_for(models.Quote, Scope.QUOTES_VIEW, "A quote that cannot be shown without its client.")
class Bound(Node):
    """Has an edge into another area that may not be null."""

    client: Client = one("client_id", "Who asked.")


@pytest.mark.parametrize("types", [[Promised], [Undeniable], [Client, Bound]], ids=["column", "scope", "edge"])
def test_a_field_that_promises_too_much_does_not_build(types: list[type]) -> None:
    with pytest.raises(BadDeclaration, match="null"):
        Catalogue(types)


async def test_a_column_that_may_be_null_after_all_stops_the_start(empty_database_url: str) -> None:
    await upgrade(empty_database_url)
    database = await Database.open(empty_database_url, size=1)
    try:
        await refuse_null_traps(graph().catalogue, database)
        owner = await asyncpg.connect(empty_database_url)
        await owner.execute("alter table clients alter column name drop not null")
        await owner.close()
        with pytest.raises(BadDeclaration, match=r"clients\.name"):
            await refuse_null_traps(graph().catalogue, database)
    finally:
        await database.close()
