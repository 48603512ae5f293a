create table companies (
  id uuid not null,
  created_at timestamptz not null default now(),
  name text not null,
  plan text not null,
  limits jsonb not null default '{}',
  constraint companies_pkey primary key (id),
  constraint companies_plan_known check (plan in ('starter', 'pro', 'team', 'business', 'enterprise'))
);

create table workspaces (
  id uuid not null,
  created_at timestamptz not null default now(),
  company_id uuid not null references companies (id),
  environment text not null,
  name text not null,
  currency text not null,
  time_zone text not null,
  constraint workspaces_pkey primary key (id),
  constraint workspaces_environment_known check (environment in ('live', 'test')),
  unique (company_id, environment),
  unique (company_id, id)
);

create table roles (
  id uuid not null,
  created_at timestamptz not null default now(),
  company_id uuid not null references companies (id),
  name text not null,
  scopes text[] not null default '{}',
  constraint roles_pkey primary key (id),
  unique (company_id, name),
  unique (company_id, id)
);

create table users (
  id uuid not null,
  created_at timestamptz not null default now(),
  company_id uuid not null references companies (id),
  role_id uuid not null,
  email text not null,
  name text not null,
  status text not null,
  constraint users_pkey primary key (id),
  constraint users_status_known check (status in ('active', 'disabled')),
  unique (company_id, id),
  foreign key (company_id, role_id) references roles (company_id, id)
);

create unique index users_email on users (company_id, lower(email));

create index users_role on users (company_id, role_id);

create table api_keys (
  id uuid not null,
  created_at timestamptz not null default now(),
  company_id uuid not null,
  workspace_id uuid not null,
  created_by_id uuid,
  public_id text not null,
  digest bytea not null,
  format text not null,
  name text not null,
  scopes text[] not null default '{}',
  expires_at timestamptz,
  revoked_at timestamptz,
  allowed_cidrs cidr[] not null default '{}',
  last_used_at timestamptz,
  last_used_address inet,
  last_used_route text,
  registered_only boolean not null default false,
  constraint api_keys_pkey primary key (id),
  constraint api_keys_format_known check (format in ('fmrp', 'fje', 'forg')),
  constraint api_keys_digest_sha256 check (octet_length(digest) = 32),
  foreign key (company_id, workspace_id) references workspaces (company_id, id),
  foreign key (company_id, created_by_id) references users (company_id, id)
);

create unique index api_keys_public_id on api_keys (public_id);

create unique index api_keys_digest on api_keys (digest);

create index api_keys_workspace on api_keys (company_id, workspace_id, id);

create index api_keys_creator on api_keys (company_id, created_by_id);

grant select, insert, update on companies, workspaces, roles, users, api_keys to forge_access;
