create table clocks (
  workspace_id uuid not null,
  clock timestamptz not null default clock_timestamp(),
  tick bigint not null default 0,
  access_epoch bigint not null default 0,
  next_quote bigint not null default 1,
  constraint clocks_pkey primary key (workspace_id)
) with (fillfactor = 50);

-- A workspace without a clock could not be written to, so it is born with one.
create function start_clock() returns trigger language plpgsql as $$
begin
  insert into clocks (workspace_id) values (new.id);
  return null;
end
$$;

create trigger workspaces_clock after insert on workspaces for each row execute function start_clock();

create table idempotency (
  workspace_id uuid not null,
  key text not null,
  fingerprint bytea not null,
  status smallint not null,
  location text,
  body text,
  record_id uuid,
  scopes text[] not null default '{}',
  created_at timestamptz not null,
  constraint idempotency_pkey primary key (workspace_id, key)
);

create index idempotency_created on idempotency (created_at);

create table outbox (
  workspace_id uuid not null,
  sequence bigint not null,
  type text not null,
  record_type text not null,
  record_id uuid not null,
  at timestamptz not null,
  data text not null,
  request_id text,
  constraint outbox_pkey primary key (workspace_id, sequence)
);

create index outbox_at on outbox using brin (at);

create index outbox_record on outbox (workspace_id, record_id, sequence);

create table relay_positions (
  workspace_id uuid not null,
  sequence bigint not null default 0,
  constraint relay_positions_pkey primary key (workspace_id)
);
