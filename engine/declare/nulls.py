"""Null traps: a column that may be null under a field that may not would silently drop its row from an answer.

The SQL wraps only nullable fields in `coalesce`; so at start-up what is declared is compared with the database.
"""

from __future__ import annotations

from typing import Final

from core.database.database import Database
from engine.declare.catalogue import Catalogue
from engine.declare.checks import BadDeclaration

_NULLABLE: Final = """
select c.relname as table_name, a.attname as column_name
from pg_attribute a join pg_class c on c.oid = a.attrelid
where c.relname = any($1::text[]) and c.relnamespace = 'public'::regnamespace
  and a.attnum > 0 and not a.attisdropped and not a.attnotnull
"""


async def refuse_null_traps(catalogue: Catalogue, database: Database) -> None:
    """Raise BadDeclaration for a field that may not be null while its column in the database may."""
    tables = [spec.table for spec in catalogue.types.values()]
    connection = await database.writes.acquire()
    try:
        nullable = {tuple(row) for row in await connection.fetch(_NULLABLE, tables)}
    finally:
        database.writes.release(connection)
    for spec in catalogue.types.values():
        for column in spec.columns():
            if not column.nullable and (spec.table, column.column) in nullable:
                raise BadDeclaration(f"{spec.name}.{column.name} may not be null, but {spec.table}.{column.column} may")
