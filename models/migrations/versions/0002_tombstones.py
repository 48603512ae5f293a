"""Tombstones in the order that lists are synced in: `deleted=only` reads an index of deleted rows alone.

Revision ID: 0002
Revises: 0001
"""

from __future__ import annotations

from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

TABLES = ("clients", "quotes", "endpoints", "registered_documents")


def upgrade() -> None:
    for table in TABLES:
        op.execute(
            f"create index {table}_deleted on {table} (workspace_id, updated_at, id) where deleted_at is not null"
        )


def downgrade() -> None:
    for table in TABLES:
        op.execute(f"drop index {table}_deleted")
