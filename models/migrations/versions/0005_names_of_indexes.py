"""Indexes are called by their table and column, as the models' facts make them; every record has its default order.

Revision ID: 0005
Revises: 0004
"""

from __future__ import annotations

from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

RENAMED = {
    "contacts_client": "contacts_client_id",
    "quotes_client": "quotes_client_id",
    "quotes_due": "quotes_due_on",
    "quotes_expires": "quotes_expires_on",
    "quotes_sent": "quotes_sent_at",
    "quotes_po_number": "quotes_customer_po_number",
    "quotes_rfq_number": "quotes_customer_rfq_number",
    "quote_parts_quote": "quote_parts_quote_id",
}
ORDERED = ("endpoints", "registered_documents")


def upgrade() -> None:
    for old, new in RENAMED.items():
        op.execute(f"alter index {old} rename to {new}")
    for table in ORDERED:
        op.execute(f"create index {table}_created on {table} (workspace_id, created_at, id)")
    op.execute(
        "alter table endpoints add constraint endpoints_rate_per_second_exact"
        " check (scale(rate_per_second) <= 6 and abs(rate_per_second) < 1e15)"
    )


def downgrade() -> None:
    op.execute("alter table endpoints drop constraint endpoints_rate_per_second_exact")
    for table in ORDERED:
        op.execute(f"drop index {table}_created")
    for old, new in RENAMED.items():
        op.execute(f"alter index {new} rename to {old}")
