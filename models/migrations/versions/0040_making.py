"""Making: bills of materials without circles, references of rows inside parts, quotes and jobs kept alive, late quotes.

Revision ID: 0040
Revises: 0039
"""

from __future__ import annotations

from collections.abc import Iterator

from alembic import op

from models.migrations.ddl import reference_of_line

revision = "0040"
down_revision = "0039"
branch_labels = None
depends_on = None


def acyclic() -> Iterator[str]:
    """Refuse a component that the part goes into: docs/decisions/0110-making.md.

    Writers of bills of materials in one workspace take turns, so each sees what those before it committed. What is
    walked is what the part goes into, by the index of `component_id`: a draft goes into little.
    """
    yield """create function bom_lines_acyclic() returns trigger language plpgsql as $$
declare
  changed record;
  at integer;
begin
  for changed in select distinct workspace_id, part_id from written order by 1, 2 loop
    perform pg_advisory_xact_lock(hashtextextended(changed.workspace_id::text, 11));
    with recursive above(id) as (
      select changed.part_id
      union
      select l.part_id from above a
      join bom_lines l on l.workspace_id = changed.workspace_id and l.component_id = a.id
    )
    select w.position into at from written w
    where w.workspace_id = changed.workspace_id and w.part_id = changed.part_id
      and w.component_id in (select id from above)
    order by w.position limit 1;
    if found then
      raise exception 'the part goes into this component, or is it' using
        errcode = 'FG004', table = 'bom_lines', column = format('bom.%s.component_id', at - 1);
    end if;
  end loop;
  return null;
end
$$"""
    for event in ("insert", "update"):
        yield f"""create trigger bom_lines_acyclic_{event} after {event} on bom_lines
referencing new table as written for each statement execute function bom_lines_acyclic()"""


def workers() -> Iterator[str]:
    """Let the worker find sent quotes whose last day is over, of all workspaces at once; it reads nothing else of them."""
    yield "create index quotes_sent on quotes (expires_on) where status = 'sent'"
    yield "create policy quotes_worker on quotes for select to forge_worker using (status = 'sent')"
    yield "grant select (workspace_id, status, expires_on, deleted_at) on quotes to forge_worker"


def statements() -> Iterator[str]:
    yield from acyclic()
    yield from workers()
    yield from reference_of_line("bom_lines", "component_id", "parts", "parts", "part_id", "bom")
    for column, to in (("work_center_id", "work_centers"), ("supplier_id", "suppliers")):
        yield from reference_of_line("routing_operations", column, to, "parts", "part_id", "operations")
    yield from reference_of_line("quote_parts", "part_id", "parts", "quotes", "quote_id", "parts")
    yield from reference_of_line("job_parts", "part_id", "parts", "jobs", "job_id", "parts")


def upgrade() -> None:
    for statement in statements():
        op.execute(statement)


def downgrade() -> None:
    raise NotImplementedError("what the tables refuse from then on would come in; restore the database of before")
