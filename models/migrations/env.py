"""What Alembic runs: it gets an open connection from `models.migrations` and compares with the models' metadata."""

from __future__ import annotations

from alembic import context
from sqlmodel import SQLModel

import models

assert models.TAGS  # importing the models fills the metadata


def is_declared(_object: object, name: str | None, kind: str, _reflected: object, _other: object) -> bool:
    """Whether the models say it: search columns and their index are the migrations' alone (`ddl.searchable`)."""
    found = name or ""
    return not ((kind == "column" and found.startswith("search_")) or (kind == "index" and found.endswith("_search")))


context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=SQLModel.metadata,
    include_object=is_declared,
    compare_type=True,
    compare_server_default=True,
    transaction_per_migration=True,
)
with context.begin_transaction():
    context.run_migrations()
