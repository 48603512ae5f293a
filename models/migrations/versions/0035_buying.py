"""Buying: what day it is in the workspace's time zone.

Revision ID: 0035
Revises: 0034
"""

from __future__ import annotations

from alembic import op

revision = "0035"
down_revision = "0034"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("""create function workspace_today() returns date
language sql stable security definer set search_path = public, pg_temp as $$
  select (now() at time zone w.time_zone)::date from workspaces w
  where w.id = nullif(current_setting('app.workspace_id', true), '')::uuid
$$""")
    op.execute("revoke all on function workspace_today() from public")
    op.execute("grant execute on function workspace_today() to forge_api")


def downgrade() -> None:
    op.execute("drop function workspace_today()")
