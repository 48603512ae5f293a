"""Document numbers are counted by series in one JSON object of the clock: a new series needs no column, no function.

Processes of the version before cannot write after this migration: it changes what they call.

Revision ID: 0004
Revises: 0003
"""

from __future__ import annotations

from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

_ANSWER = "out state text, out status smallint, out location text, out body text, out record_id uuid, out scopes text[]"
_TAKES = "series text default null, taken integer default 0, takes jsonb default null"
_CLOCK = "out clock timestamptz, out tick bigint, out numbers jsonb"
_MOVE = """
  perform pg_advisory_xact_lock(hashtextextended(w::text, 1));  -- a fair queue: the row's own lock has none
  update clocks c
  set clock = greatest(c.clock, clock_timestamp() - interval '1 microsecond') + n * interval '1 microsecond',
      tick = c.tick + n,
      numbers = case
        when series is not null then
          c.numbers || jsonb_build_object(series, coalesce((c.numbers ->> series)::bigint, 0) + taken)
        when takes is not null then
          c.numbers || (
            select jsonb_object_agg(t.key, coalesce((c.numbers ->> t.key)::bigint, 0) + t.value::bigint)
            from jsonb_each_text(takes) t
          )
        else c.numbers
      end
  where c.workspace_id = w and c.access_epoch = epoch
  returning c.clock, c.tick, c.numbers into clock, tick, numbers;
  state := case when found then 'go' else 'stale' end;"""
_TICK = f"""create function tick(w uuid, epoch bigint, n integer, {_TAKES}, out state text, {_CLOCK})
language plpgsql as $$
begin{_MOVE}
end
$$"""
_ENTER = f"""create function enter(
  w uuid, epoch bigint, claimed text, print bytea, n integer, {_TAKES}, {_ANSWER}, {_CLOCK}
) language plpgsql as $$
begin
  perform set_config('app.workspace_id', w::text, true);
  if claimed is not null then
    if not pg_try_advisory_xact_lock(hashtextextended(w::text || claimed, 7)) then
      state := 'running';
      return;
    end if;
    select case when i.fingerprint = print then 'replay' else 'mismatch' end,
      i.status, i.location, i.body, i.record_id, i.scopes
    into state, status, location, body, record_id, scopes
    from idempotency i where i.workspace_id = w and i.key = claimed;
    if found then
      return;
    end if;
  end if;{_MOVE}
end
$$"""


def upgrade() -> None:
    op.execute("alter table clocks add column numbers jsonb not null default '{}'")
    op.execute("update clocks set numbers = jsonb_build_object('quote', next_quote - 1) where next_quote > 1")
    op.execute("drop function tick")
    op.execute("drop function enter")
    op.execute("alter table clocks drop column next_quote")
    op.execute(_TICK)
    op.execute(_ENTER)


def downgrade() -> None:
    raise NotImplementedError("numbers of other series would be lost")
