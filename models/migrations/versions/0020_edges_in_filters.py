"""Filters through edges, and orders by several fields.

Revision ID: 0020
Revises: 0010
"""

from __future__ import annotations

from alembic import op

revision = "0020"
down_revision = "0010"
branch_labels = None
depends_on = None

_TOO_MANY = """create function too_many(told text) returns uuid[] language plpgsql as $$
begin
  raise exception '%', told using errcode = 'FG003';
end
$$"""

_DUE = "(case when due_on is null then 'infinity'::date else due_on end)"
_INDEXES = {
    "contacts_email": "contacts (workspace_id, email, id)",
    "quotes_contact_id": "quotes (workspace_id, contact_id, updated_at, id)",
    "quotes_status_due_on": f"quotes (workspace_id, status, {_DUE}, id)",
    "quotes_client_id_due_on": f"quotes (workspace_id, client_id, {_DUE}, id)",
}


def upgrade() -> None:
    op.execute(_TOO_MANY)
    for name, columns in _INDEXES.items():
        op.execute(f"create index {name} on {columns}")


def downgrade() -> None:
    for name in _INDEXES:
        op.execute(f"drop index {name}")
    op.execute("drop function too_many")
