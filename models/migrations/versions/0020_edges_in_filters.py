"""Filters through edges, and orders by several fields.

Revision ID: 0020
Revises: 0005
"""

from __future__ import annotations

from alembic import op

revision = "0020"
down_revision = "0005"
branch_labels = None
depends_on = None

_TOO_MANY = """create function too_many(told text) returns uuid[] language plpgsql as $$
begin
  raise exception '%', told using errcode = 'FG003';
end
$$"""


def upgrade() -> None:
    op.execute(_TOO_MANY)


def downgrade() -> None:
    op.execute("drop function too_many")
