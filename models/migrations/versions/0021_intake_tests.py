"""Tests have control numbers of their own, and what an order said of its quote is kept.

Revision ID: 0021
Revises: 0020
"""

from __future__ import annotations

from alembic import op

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None

ENVELOPE = """
  workspace_id, sender_qualifier, sender_id, receiver_qualifier, receiver_id,
  interchange_control, group_control, set_control"""


def upgrade() -> None:
    op.execute(
        "alter table intakes add column test boolean not null default false,"
        " add column said jsonb not null default '{}'"
    )
    op.execute("alter table intakes alter column test drop default")
    op.execute("alter table intakes no force row level security")  # the owner would see no row
    op.execute("""update intakes set test = true
where exists (select from unnest(warnings) each where each like 'ISA %: its sender marks it as a test (ISA15)')""")
    op.execute("alter table intakes force row level security")
    op.execute("alter table intakes drop constraint intakes_envelope")
    op.execute(f"alter table intakes add constraint intakes_envelope unique ({ENVELOPE}, test, occurrence)")


def downgrade() -> None:
    op.execute("alter table intakes drop constraint intakes_envelope")
    op.execute("alter table intakes drop column test, drop column said")
    op.execute(f"alter table intakes add constraint intakes_envelope unique ({ENVELOPE}, occurrence)")
