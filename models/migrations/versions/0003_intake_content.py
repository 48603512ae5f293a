"""What an intake was made of, so that another order under the same control numbers is not taken for it.

Revision ID: 0003
Revises: 0002
"""

from __future__ import annotations

from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

ENVELOPE = """
  workspace_id, sender_qualifier, sender_id, receiver_qualifier, receiver_id,
  interchange_control, group_control, set_control"""


def upgrade() -> None:
    op.execute("alter table intakes add column content bytea, add column occurrence integer not null default 0")
    op.execute("alter table intakes alter column occurrence drop default")
    op.execute("alter table intakes drop constraint intakes_envelope")
    op.execute(f"alter table intakes add constraint intakes_envelope unique ({ENVELOPE}, occurrence)")


def downgrade() -> None:
    op.execute("alter table intakes drop constraint intakes_envelope")
    op.execute(f"alter table intakes add constraint intakes_envelope unique ({ENVELOPE})")
    op.execute("alter table intakes drop column content, drop column occurrence")
