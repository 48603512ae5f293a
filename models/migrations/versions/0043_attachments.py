"""Attachments: who may reach their rows; those without bytes, and those of purged records, go by the worker."""

from __future__ import annotations

from collections.abc import Iterator

from alembic import op

from models.migrations.ddl import purgeable, tenant

revision = "0043"
down_revision = "0042"
branch_labels = None
depends_on = None


def statements() -> Iterator[str]:
    """What this migration runs, in order."""
    yield from tenant("attachments", api="select, insert, update", worker="select, delete")
    yield from purgeable("attachments")


def upgrade() -> None:
    for statement in statements():
        op.execute(statement)


def downgrade() -> None:
    raise NotImplementedError("who may reach attachments would be open; restore the database of before")
