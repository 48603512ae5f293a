"""The migrations make exactly the tables that the models declare."""

from __future__ import annotations

import asyncpg
from sqlmodel import SQLModel

import models
from app.migrations import check


async def test_models_and_migrations_agree(database_url: str):
    await check(database_url)


async def test_every_id_carries_the_tag_listed_for_its_table(database_url: str):
    connection = await asyncpg.connect(database_url)
    try:
        found = await connection.fetch(
            "select conrelid::regclass::text as name, pg_get_constraintdef(oid) as rule"
            " from pg_constraint where conname like '%id_tag'"
        )
    finally:
        await connection.close()
    assert {row["name"]: int(row["rule"].rsplit(" = ", 1)[1].rstrip(")")) for row in found} == {
        SQLModel.metadata.tables[str(model.__tablename__)].name: tag for model, tag in models.TAGS.items()
    }
