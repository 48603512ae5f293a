"""Attachments: who may reach their rows; those without bytes, and those of purged records, go by the worker."""

from __future__ import annotations

from collections.abc import Iterator

from alembic import op

from models.migrations.ddl import tenant

revision = "0043"
down_revision = "0042"
branch_labels = None
depends_on = None


def statements() -> Iterator[str]:
    """What this migration runs, in order."""
    yield from tenant("attachments", api="select, insert, update, delete", worker="select, delete")


def upgrade() -> None:
    for statement in statements():
        op.execute(statement)


def downgrade() -> None:
    op.execute("drop policy attachments_workspace on attachments")
    op.execute("drop policy attachments_worker on attachments")
