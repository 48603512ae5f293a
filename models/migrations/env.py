"""What Alembic runs: it gets an open connection from `models.migrations` and compares with the models' metadata."""

from __future__ import annotations

from alembic import context
from sqlmodel import SQLModel

import models

assert models.TAGS  # importing the models fills the metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=SQLModel.metadata,
    compare_type=True,
    compare_server_default=True,
    transaction_per_migration=True,
)
with context.begin_transaction():
    context.run_migrations()
