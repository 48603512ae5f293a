create table endpoints (
  workspace_id uuid not null,
  id uuid not null,
  created_at timestamptz not null,
  updated_at timestamptz not null,
  version integer not null,
  deleted_at timestamptz,
  created_by_id uuid,
  url text not null,
  style text not null,
  status text not null,
  description text,
  events text[] not null default '{}',
  secret bytea not null,
  secret_hint text not null,
  old_secret bytea,
  old_secret_until timestamptz,
  headers bytea,
  payload_document text,
  rate_per_second numeric,
  ordered boolean not null,
  failing_since timestamptz,
  constraint endpoints_pkey primary key (workspace_id, id),
  constraint endpoints_style_known check (style in ('mrp', 'forg')),
  constraint endpoints_status_known check (status in ('enabled', 'disabled', 'paused'))
);

create index endpoints_sync on endpoints (workspace_id, updated_at, id);

create table deliveries (
  workspace_id uuid not null,
  id uuid not null,
  endpoint_id uuid not null,
  sequence bigint not null,
  event_type text not null,
  record_id uuid not null,
  status text not null,
  data text,
  attempts integer not null,
  due_at timestamptz,
  leased_until timestamptz,
  leased_by text,
  created_at timestamptz not null,
  finished_at timestamptz,
  constraint deliveries_pkey primary key (workspace_id, id),
  constraint deliveries_status_known check (status in ('pending', 'delivered', 'exhausted', 'cancelled')),
  unique (workspace_id, endpoint_id, sequence),
  foreign key (workspace_id, endpoint_id) references endpoints (workspace_id, id)
);

create index deliveries_due on deliveries (due_at, id) where status = 'pending';

create index deliveries_order on deliveries (workspace_id, endpoint_id, record_id, sequence)
  where status = 'pending';

create table attempts (
  workspace_id uuid not null,
  id uuid not null,
  delivery_id uuid not null,
  number smallint not null,
  at timestamptz not null,
  duration_ms integer not null,
  address text,
  status_code smallint,
  error text,
  request_headers jsonb not null default '{}',
  request_body text not null,
  response_headers jsonb not null default '{}',
  response_body text,
  constraint attempts_pkey primary key (workspace_id, id),
  unique (workspace_id, delivery_id, number),
  foreign key (workspace_id, delivery_id) references deliveries (workspace_id, id)
);

create index attempts_at on attempts using brin (at);
