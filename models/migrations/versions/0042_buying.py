"""Buying: what day it is where the shop is; what rows of requests and orders refer to is kept alive.

Revision ID: 0042
Revises: 0041
"""

from __future__ import annotations

from collections.abc import Iterator

from alembic import op

from models.migrations.ddl import reference_of_line

revision = "0042"
down_revision = "0041"
branch_labels = None
depends_on = None


def statements() -> Iterator[str]:
    # Read as the owner, for the API has no right to company tables.
    yield """create function workspace_today() returns date
language sql stable security definer set search_path = public, pg_temp as $$
  select (now() at time zone w.time_zone)::date from workspaces w
  where w.id = nullif(current_setting('app.workspace_id', true), '')::uuid
$$"""
    yield "revoke all on function workspace_today() from public"
    yield "grant execute on function workspace_today() to forge_api"
    # Requirements are looked after by resolvers/requirements.py: a cancelled order keeps none of them from deletion.
    yield from reference_of_line("rfq_invitations", "supplier_id", "suppliers", "rfqs", "rfq_id", "invitations")
    yield from reference_of_line("rfq_lines", "part_id", "parts", "rfqs", "rfq_id", "lines")
    yield from reference_of_line(
        "purchase_order_lines", "part_id", "parts", "purchase_orders", "purchase_order_id", "lines"
    )


def upgrade() -> None:
    for statement in statements():
        op.execute(statement)


def downgrade() -> None:
    raise NotImplementedError("what the tables refuse from then on would come in; restore the database of before")
