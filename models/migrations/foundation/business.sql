create table clients (
  workspace_id uuid not null,
  id uuid not null,
  created_at timestamptz not null,
  updated_at timestamptz not null,
  version integer not null,
  deleted_at timestamptz,
  created_by_id uuid,
  code text,
  name text not null,
  status text not null,
  currency text not null,
  payment_terms text,
  payment_days integer,
  credit_limit numeric,
  tax_exempt boolean not null,
  tax_rate numeric,
  discount_rate numeric,
  website text,
  notes text,
  tags text[] not null default '{}',
  constraint clients_pkey primary key (workspace_id, id),
  constraint clients_status_known check (status in ('active', 'inactive')),
  constraint clients_credit_limit_exact check (scale(credit_limit) <= 6 and abs(credit_limit) < 1e15),
  constraint clients_tax_rate_exact check (scale(tax_rate) <= 6 and abs(tax_rate) < 1e15),
  constraint clients_discount_rate_exact check (scale(discount_rate) <= 6 and abs(discount_rate) < 1e15)
);

create index clients_sync on clients (workspace_id, updated_at, id);

create index clients_created on clients (workspace_id, created_at, id);

create unique index clients_code on clients (workspace_id, code) where deleted_at is null;

create index clients_name on clients (workspace_id, name, id);

create index clients_status on clients (workspace_id, status, updated_at, id);

create index clients_currency on clients (workspace_id, currency);

create index clients_tax_exempt on clients (workspace_id, tax_exempt);

create index clients_credit_limit on clients (workspace_id, (case when credit_limit is null then 'Infinity'::numeric else credit_limit end), id);

create table contacts (
  workspace_id uuid not null,
  id uuid not null,
  position integer not null,
  client_id uuid not null,
  first_name text not null,
  last_name text,
  email text,
  phone text,
  role text,
  constraint contacts_pkey primary key (workspace_id, id),
  unique (workspace_id, client_id, id),
  foreign key (workspace_id, client_id) references clients (workspace_id, id)
);

create index contacts_client on contacts (workspace_id, client_id, position, id);

create table quotes (
  workspace_id uuid not null,
  id uuid not null,
  created_at timestamptz not null,
  updated_at timestamptz not null,
  version integer not null,
  deleted_at timestamptz,
  created_by_id uuid,
  number text not null,
  revision integer not null,
  status text not null,
  client_id uuid not null,
  contact_id uuid,
  title text,
  customer_rfq_number text,
  customer_po_number text,
  currency text not null,
  received_on date,
  due_on date,
  expires_on date,
  sent_at timestamptz,
  estimator text,
  tax_rate numeric,
  notes_public text,
  notes_private text,
  lost_reason text,
  subtotal numeric not null,
  tax numeric not null,
  total numeric not null,
  cost numeric,
  constraint quotes_pkey primary key (workspace_id, id),
  constraint quotes_status_known check (
    status in ('draft', 'sent', 'approved', 'lost', 'expired', 'cancelled', 'converted')
  ),
  constraint quotes_tax_rate_exact check (scale(tax_rate) <= 6 and abs(tax_rate) < 1e15),
  constraint quotes_subtotal_exact check (scale(subtotal) <= 6 and abs(subtotal) < 1e15),
  constraint quotes_tax_exact check (scale(tax) <= 6 and abs(tax) < 1e15),
  constraint quotes_total_exact check (scale(total) <= 6 and abs(total) < 1e15),
  constraint quotes_cost_exact check (scale(cost) <= 6 and abs(cost) < 1e15),
  foreign key (workspace_id, client_id) references clients (workspace_id, id),
  foreign key (workspace_id, client_id, contact_id) references contacts (workspace_id, client_id, id)
);

create index quotes_sync on quotes (workspace_id, updated_at, id);

create unique index quotes_number on quotes (workspace_id, number, revision);

create index quotes_client on quotes (workspace_id, client_id, updated_at, id);

create index quotes_status on quotes (workspace_id, status, updated_at, id);

create index quotes_created on quotes (workspace_id, created_at, id);

create index quotes_total on quotes (workspace_id, total, id);

create index quotes_po_number on quotes (workspace_id, customer_po_number, id);

create index quotes_rfq_number on quotes (workspace_id, customer_rfq_number, id);

create index quotes_title on quotes (workspace_id, title, id);

create index quotes_estimator on quotes (workspace_id, estimator, id);

create index quotes_currency on quotes (workspace_id, currency);

create index quotes_due on quotes (workspace_id, (case when due_on is null then 'infinity'::date else due_on end), id);

create index quotes_expires on quotes (workspace_id, (case when expires_on is null then 'infinity'::date else expires_on end), id);

create index quotes_sent on quotes (workspace_id, (case when sent_at is null then 'infinity'::timestamptz else sent_at end), id);

create index quotes_cost on quotes (workspace_id, (case when cost is null then 'Infinity'::numeric else cost end), id);

create table quote_parts (
  workspace_id uuid not null,
  id uuid not null,
  position integer not null,
  quote_id uuid not null,
  part_number text,
  customer_part_number text,
  description text not null,
  quantity numeric not null,
  unit text not null,
  unit_price numeric not null,
  total numeric not null,
  unit_cost numeric,
  markup numeric,
  lead_time_days integer,
  due_on date,
  notes text,
  constraint quote_parts_pkey primary key (workspace_id, id),
  constraint quote_parts_quantity_exact check (scale(quantity) <= 6 and abs(quantity) < 1e15),
  constraint quote_parts_unit_price_exact check (scale(unit_price) <= 6 and abs(unit_price) < 1e15),
  constraint quote_parts_total_exact check (scale(total) <= 6 and abs(total) < 1e15),
  constraint quote_parts_unit_cost_exact check (scale(unit_cost) <= 6 and abs(unit_cost) < 1e15),
  constraint quote_parts_markup_exact check (scale(markup) <= 6 and abs(markup) < 1e15),
  foreign key (workspace_id, quote_id) references quotes (workspace_id, id)
);

create index quote_parts_quote on quote_parts (workspace_id, quote_id, position, id);

create table external_ids (
  workspace_id uuid not null,
  id uuid not null,
  system text not null,
  record_type text not null,
  external_id text not null,
  record_id uuid not null,
  constraint external_ids_pkey primary key (workspace_id, id),
  constraint external_ids_name unique (workspace_id, system, record_type, external_id)
);

create index external_ids_record on external_ids (workspace_id, record_id);

create table intakes (
  workspace_id uuid not null,
  id uuid not null,
  sender_qualifier text not null,
  sender_id text not null,
  receiver_qualifier text not null,
  receiver_id text not null,
  interchange_control text not null,
  group_control text not null,
  set_control text not null,
  quote_id uuid not null,
  received_at timestamptz not null,
  warnings text[] not null default '{}',
  constraint intakes_pkey primary key (workspace_id, id),
  constraint intakes_envelope unique (
    workspace_id, sender_qualifier, sender_id, receiver_qualifier, receiver_id,
    interchange_control, group_control, set_control
  ),
  foreign key (workspace_id, quote_id) references quotes (workspace_id, id)
);

create index intakes_quote on intakes (workspace_id, quote_id);
