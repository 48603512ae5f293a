"""The tables of roles, users, teams and keys, as migration 0028 makes them; what comes later is in later migrations."""

from __future__ import annotations

from collections.abc import Iterator

from models.migrations.ddl import company_tenant, reference, search_columns


def people() -> Iterator[str]:
    """The tables of roles, users and teams."""
    yield """create table roles (
  workspace_id uuid not null,
  id uuid not null,
  created_at timestamp with time zone not null,
  updated_at timestamp with time zone not null,
  version integer not null,
  deleted_at timestamp with time zone,
  created_by_id uuid,
  tags text[] default '{}' not null,
  notes text,
  custom_fields jsonb default '{}' not null,
  external_ids jsonb default '[]' not null,
  name text not null,
  description text,
  scopes text[] default '{}' not null,
  is_default boolean not null,
  holds_all boolean not null,
  constraint roles_pkey primary key (workspace_id, id),
  constraint roles_id_tag check (((get_byte(uuid_send(id), 6) & 15) << 8 | get_byte(uuid_send(id), 7)) = 259)
)"""
    yield "create index roles_created on roles (workspace_id, created_at, id)"
    yield "create index roles_deleted on roles (workspace_id, updated_at, id) where deleted_at is not null"
    yield "create unique index roles_name on roles (workspace_id, name) where deleted_at is null"
    yield "create index roles_sync on roles (workspace_id, updated_at, id)"
    yield from company_tenant("roles", api="select, insert, update")
    yield from search_columns(
        "roles",
        """words_in(case when tags = '{}' then '' else list_text(tags) end
  || ' ' || coalesce(notes, '')
  || ' ' || name)
  || array_to_tsvector(array_remove(array[]::text[]
  || case when tags <> '{}' then list_tokens('tags', tags) end
  || case when custom_fields <> '{}' then document_tokens('custom_fields', custom_fields) end, null))""",
    )
    yield """create table users (
  workspace_id uuid not null,
  id uuid not null,
  created_at timestamp with time zone not null,
  updated_at timestamp with time zone not null,
  version integer not null,
  deleted_at timestamp with time zone,
  created_by_id uuid,
  tags text[] default '{}' not null,
  notes text,
  custom_fields jsonb default '{}' not null,
  external_ids jsonb default '[]' not null,
  email text not null,
  name text not null,
  role_id uuid not null,
  status text not null,
  is_owner boolean not null,
  settings jsonb default '{}' not null,
  limits jsonb default '{}' not null,
  joined_at timestamp with time zone,
  constraint users_pkey primary key (workspace_id, id),
  constraint users_id_tag check (((get_byte(uuid_send(id), 6) & 15) << 8 | get_byte(uuid_send(id), 7)) = 260),
  constraint users_workspace_id_role_id_fkey foreign key(workspace_id, role_id) references roles (workspace_id, id),
  constraint users_status_known check (status in ('invited', 'active', 'deactivated'))
)"""
    yield "create index users_created on users (workspace_id, created_at, id)"
    yield "create index users_deleted on users (workspace_id, updated_at, id) where deleted_at is not null"
    yield "create unique index users_email on users (workspace_id, lower(email))"
    yield "create index users_name on users (workspace_id, name, id)"
    yield "create index users_role_id on users (workspace_id, role_id, updated_at, id)"
    yield "create index users_sync on users (workspace_id, updated_at, id)"
    yield from company_tenant("users", api="select, insert, update")
    yield from search_columns(
        "users",
        """words_in(case when tags = '{}' then '' else list_text(tags) end
  || ' ' || coalesce(notes, '')
  || ' ' || email
  || ' ' || name)
  || array_to_tsvector(array_remove(array[
    '=email:' || case when email is null then 'null' else 'given' end,
    '=status:' || status::text
  ]
  || case when tags <> '{}' then list_tokens('tags', tags) end
  || case when custom_fields <> '{}' then document_tokens('custom_fields', custom_fields) end, null))""",
    )
    yield from reference("users", "role_id", "roles")
    yield """create table teams (
  workspace_id uuid not null,
  id uuid not null,
  created_at timestamp with time zone not null,
  updated_at timestamp with time zone not null,
  version integer not null,
  deleted_at timestamp with time zone,
  created_by_id uuid,
  tags text[] default '{}' not null,
  notes text,
  custom_fields jsonb default '{}' not null,
  external_ids jsonb default '[]' not null,
  name text not null,
  description text,
  member_ids text[] default '{}' not null,
  constraint teams_pkey primary key (workspace_id, id),
  constraint teams_id_tag check (((get_byte(uuid_send(id), 6) & 15) << 8 | get_byte(uuid_send(id), 7)) = 262)
)"""
    yield "create index teams_created on teams (workspace_id, created_at, id)"
    yield "create index teams_deleted on teams (workspace_id, updated_at, id) where deleted_at is not null"
    yield "create unique index teams_name on teams (workspace_id, name) where deleted_at is null"
    yield "create index teams_sync on teams (workspace_id, updated_at, id)"
    yield from company_tenant("teams", api="select, insert, update")
    yield from search_columns(
        "teams",
        """words_in(case when tags = '{}' then '' else list_text(tags) end
  || ' ' || coalesce(notes, '')
  || ' ' || name)
  || array_to_tsvector(array_remove(array[]::text[]
  || case when tags <> '{}' then list_tokens('tags', tags) end
  || case when custom_fields <> '{}' then document_tokens('custom_fields', custom_fields) end, null))""",
    )
    yield """create table team_members (
  workspace_id uuid not null,
  id uuid not null,
  position integer not null,
  team_id uuid not null,
  user_id uuid not null,
  constraint team_members_pkey primary key (workspace_id, id),
  constraint team_members_id_tag check (((get_byte(uuid_send(id), 6) & 15) << 8 | get_byte(uuid_send(id), 7)) = 263),
  constraint team_members_workspace_id_team_id_fkey foreign key(workspace_id, team_id) references teams (workspace_id, id),
  constraint team_members_workspace_id_user_id_fkey foreign key(workspace_id, user_id) references users (workspace_id, id)
)"""
    yield "create index team_members_team_id on team_members (workspace_id, team_id, position, id)"
    yield "create index team_members_user on team_members (workspace_id, user_id, id)"
    yield from company_tenant("team_members", api="select, insert, update, delete")


def keys() -> Iterator[str]:
    """The table of keys, and that of their digests."""
    yield """create table api_keys (
  workspace_id uuid not null,
  id uuid not null,
  created_at timestamp with time zone not null,
  updated_at timestamp with time zone not null,
  version integer not null,
  deleted_at timestamp with time zone,
  created_by_id uuid,
  tags text[] default '{}' not null,
  notes text,
  custom_fields jsonb default '{}' not null,
  external_ids jsonb default '[]' not null,
  name text not null,
  format text not null,
  environment text not null,
  scopes text[] default '{}' not null,
  status text not null,
  user_id uuid,
  public_id text not null,
  key_hint text not null,
  expires_at timestamp with time zone,
  allowed_cidrs text[] default '{}' not null,
  registered_only boolean not null,
  revoked_at timestamp with time zone,
  replaced_by_id uuid,
  replaced_at timestamp with time zone,
  last_used_at timestamp with time zone,
  last_used_address text,
  last_used_route text,
  constraint api_keys_pkey primary key (workspace_id, id),
  constraint api_keys_id_tag check (((get_byte(uuid_send(id), 6) & 15) << 8 | get_byte(uuid_send(id), 7)) = 261),
  constraint api_keys_format_known check (format in ('fmrp', 'fje', 'forg')),
  constraint api_keys_environment_known check (environment in ('live', 'test')),
  constraint api_keys_status_known check (status in ('active', 'revoked')),
  constraint api_keys_workspace_id_user_id_fkey foreign key(workspace_id, user_id) references users (workspace_id, id),
  constraint api_keys_workspace_id_replaced_by_id_fkey foreign key(workspace_id, replaced_by_id) references api_keys (workspace_id, id)
)"""
    yield "create index api_keys_created on api_keys (workspace_id, created_at, id)"
    yield "create index api_keys_deleted on api_keys (workspace_id, updated_at, id) where deleted_at is not null"
    yield "create index api_keys_expires_at on api_keys (workspace_id, expires_at, id)"
    yield "create unique index api_keys_public_id on api_keys (public_id)"
    yield "create index api_keys_replaced on api_keys (workspace_id, replaced_by_id, id)"
    yield "create index api_keys_sync on api_keys (workspace_id, updated_at, id)"
    yield "create index api_keys_user_id on api_keys (workspace_id, user_id, updated_at, id)"
    yield from company_tenant("api_keys", api="select, insert, update")
    yield from search_columns(
        "api_keys",
        """words_in(case when tags = '{}' then '' else list_text(tags) end
  || ' ' || coalesce(notes, '')
  || ' ' || name)
  || array_to_tsvector(array_remove(array[
    '=name:' || case when name is null then 'null' else 'given' end,
    '=format:' || format::text,
    '=environment:' || environment::text,
    '=status:' || status::text,
    case when user_id is null then '=user_id:' || 'null' end,
    case when expires_at is null then '=expires_at:' || 'null' end
  ]
  || case when tags <> '{}' then list_tokens('tags', tags) end
  || case when custom_fields <> '{}' then document_tokens('custom_fields', custom_fields) end, null))""",
    )
    yield from reference("api_keys", "user_id", "users")
    yield from reference("api_keys", "replaced_by_id", "api_keys")
