"""People, roles, teams and keys as records: in the company's live workspace, under row security, with versions.

What stood in the tables of before is carried over; digests of keys go into a table that only `forge_access` can read.

Revision ID: 0028
Revises: 0027
"""

from __future__ import annotations

from collections.abc import Iterator
from types import SimpleNamespace

from alembic import op
from sqlalchemy import text

from core.values.ids import new_id
from models.migrations.ddl import HOME, company_tenant, reference, search_columns

revision = "0028"
down_revision = "0027"
branch_labels = None
depends_on = None

TABLES = ("roles", "users", "api_keys", "teams", "team_members")
HERE = "nullif(current_setting('app.workspace_id', true), '')::uuid"
DEFINER = "security definer set search_path = public, pg_temp"
ROLE = SimpleNamespace(tag=0x103)
DEFAULT_ROLES = {
    "Admin": "Everything.",
    "Estimator": "Quotes and all that goes into them.",
    "Supervisor": "Runs the shop floor.",
    "Operator": "Works on jobs.",
    "QC Inspector": "Inspects what was made.",
}
"""The roles of a company, and what each is for."""
ESTIMATOR = (
    "clients.view", "clients.create", "clients.edit", "clients.delete", "costs.view", "custom_fields.view",
    "quotes.view", "quotes.create", "quotes.edit", "quotes.delete", "quotes.send", "tasks.view",
)  # fmt: skip


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
    yield """create table key_digests (
  key_id uuid not null,
  digest bytea not null,
  constraint key_digests_pkey primary key (key_id),
  constraint key_digests_sha256 check (octet_length(digest) = 32)
)"""
    yield "create unique index key_digests_digest on key_digests (digest)"
    yield "grant select, insert, update on key_digests to forge_access"
    # Who serves data can add a digest and never read one, nor write over one that is there.
    yield f"""create function keep_digest(key uuid, digest bytea) returns void language sql {DEFINER} as $$
  insert into key_digests (key_id, digest) values (key, digest)
$$"""
    yield "revoke all on function keep_digest(uuid, bytea) from public"
    yield "grant execute on function keep_digest(uuid, bytea) to forge_api"


def epochs() -> Iterator[str]:
    """What moves the access epoch of all workspaces of a company whenever a right may have been lost."""
    yield f"""create function workspaces_beside(home uuid) returns uuid[] language sql stable {DEFINER} as $$
  select array_agg(o.id order by o.environment = 'test', o.id) from workspaces w join workspaces o using (company_id)
  where w.id = home
$$"""
    yield "revoke all on function workspaces_beside(uuid) from public"
    yield "grant execute on function workspaces_beside(uuid) to forge_api, forge_access"
    # Always the clock of the live workspace first, which a command that writes here holds already.
    yield """create function move_epochs(home uuid) returns void language plpgsql as $$
declare
  ours text := coalesce(current_setting('app.workspace_id', true), '');
  each uuid;
begin
  foreach each in array workspaces_beside(home) loop
    perform set_config('app.workspace_id', each::text, true);
    update clocks set access_epoch = access_epoch + 1 where workspace_id = each;
  end loop;
  perform set_config('app.workspace_id', ours, true);
end
$$"""
    yield """create function rights_changed() returns trigger language plpgsql as $$
begin
  perform move_epochs(new.workspace_id);
  return null;
end
$$"""
    for table, columns in {
        "roles": ("scopes", "holds_all", "deleted_at"),
        "users": ("role_id", "status", "is_owner", "deleted_at"),
        "api_keys": ("revoked_at", "expires_at", "allowed_cidrs", "registered_only", "user_id", "deleted_at"),
    }.items():
        changed = " or ".join(f"old.{column} is distinct from new.{column}" for column in columns)
        yield (
            f"create trigger {table}_rights after update on {table} for each row when ({changed})"
            " execute function rights_changed()"
        )


def searching() -> Iterator[str]:
    """Search in what is the company's: where it takes a role of its own, that looks in the live workspace, too."""
    yield """create or replace procedure make_matching(of_table regclass) language plpgsql as $$
declare
  name constant text := of_table || '_matching';
  home text := '';
begin
  if exists (select from pg_policies where tablename = of_table::text and policyname = of_table || '_home') then
    home := 'or t.workspace_id = nullif(current_setting(''''app.home_id'''', true), '''''''')::uuid';
  end if;
  if exists (select from pg_proc where proname = name and prosecdef) then
    set local role forge_search;
    execute format('drop function %I', name);
    reset role;
  end if;
  execute format('drop function if exists %I', name);
  if search_is_leakproof() then
    execute format(
      'create function %I(query tsquery) returns setof %s language sql stable parallel safe
      as ''select * from %s where search_words @@ query''', name, of_table, of_table
    );
    return;
  end if;
  call make_searcher();
  execute format('grant select on %s to forge_search', of_table);
  execute format('drop policy if exists %I on %s', of_table || '_search', of_table);
  execute format('create policy %I on %s for select to forge_search using (true)', of_table || '_search', of_table);
  execute format(
    'create function %I(query tsquery) returns setof %s language plpgsql stable security definer
    set search_path = public, pg_temp as
    ''begin
      return query select * from %s t
      where (t.workspace_id = nullif(current_setting(''''app.workspace_id'''', true), '''''''')::uuid %s)
        and t.search_words @@ query;
    end''', name, of_table, of_table, home
  );
  execute format('revoke execute on function %I from public', name);
  execute format('grant execute on function %I to forge_api', name);
  grant create on schema public to forge_search;
  execute format('alter function %I owner to forge_search', name);
  revoke create on schema public from forge_search;
end
$$"""
    # A filter by external id looks them up here.
    yield f"create policy external_ids_home on external_ids for select to forge_api using ({HOME})"


def carried_over() -> Iterator[str]:
    """What was in the tables of before."""
    record = "workspace_id, id, created_at, updated_at, version"
    yield f"""insert into roles ({record}, name, scopes, is_default, holds_all)
select w.id, r.id, r.created_at, r.created_at, 1, case r.name when 'Owner' then 'Admin' when 'Admin' then 'Admin (own)' else r.name end,
  case when r.name = 'Owner' then '{{}}' else r.scopes end, r.name = 'Owner', r.name = 'Owner'
from old_roles r join workspaces w on w.company_id = r.company_id and w.environment = 'live'"""
    yield f"""insert into users ({record}, email, name, role_id, status, is_owner, joined_at)
select w.id, u.id, u.created_at, u.created_at, 1, u.email, u.name, u.role_id,
  case u.status when 'disabled' then 'deactivated' else u.status end, r.name = 'Owner', u.created_at
from old_users u join old_roles r on r.id = u.role_id
join workspaces w on w.company_id = u.company_id and w.environment = 'live'"""
    yield f"""insert into api_keys ({record}, name, format, environment, scopes, status, user_id, public_id, key_hint,
  expires_at, allowed_cidrs, registered_only, revoked_at, last_used_at, last_used_address, last_used_route)
select w.id, k.id, k.created_at, k.created_at, 1, k.name, k.format, o.environment, k.scopes,
  case when k.revoked_at is null then 'active' else 'revoked' end, k.created_by_id, k.public_id,
  case k.format when 'fje' then 'fje_' else k.format || '_' || o.environment || '_' end || k.public_id || '_…',
  k.expires_at, k.allowed_cidrs::text[], k.registered_only, k.revoked_at, k.last_used_at, host(k.last_used_address),
  k.last_used_route
from old_api_keys k join workspaces o on o.id = k.workspace_id
join workspaces w on w.company_id = k.company_id and w.environment = 'live'"""
    yield "insert into key_digests (key_id, digest) select id, digest from old_api_keys"


def upgrade() -> None:
    for table in ("api_keys", "users", "roles"):
        op.execute(f"create temporary table old_{table} on commit drop as select * from {table}")
    op.execute("drop table api_keys, users, roles")
    for statement in (*searching(), *people(), *keys()):
        op.execute(statement)
    for table in TABLES:
        op.execute(f"alter table {table} no force row level security")  # the owner could not insert
    for statement in carried_over():
        op.execute(statement)
    _default_roles()
    for table in TABLES:
        op.execute(f"alter table {table} force row level security")
    for statement in epochs():
        op.execute(statement)


def _default_roles() -> None:
    """Give every company the default roles that it has not."""
    bind = op.get_bind()
    missing = text(
        "insert into roles (workspace_id, id, created_at, updated_at, version, name, description, scopes, is_default,"
        " holds_all) select w.id, :id, now(), now(), 1, :name, :about, :scopes, true, :all from workspaces w"
        " where w.id = :workspace and not exists (select from roles r where r.workspace_id = w.id and r.name = :name)"
    )
    for (workspace,) in bind.execute(text("select id from workspaces where environment = 'live' order by id")).all():
        for name, about in DEFAULT_ROLES.items():
            given = {"workspace": workspace, "id": new_id(ROLE), "name": name, "about": about, "all": name == "Admin"}
            bind.execute(missing, given | {"scopes": list(ESTIMATOR) if name == "Estimator" else []})


def downgrade() -> None:
    raise NotImplementedError("what people and keys got since would be lost; restore the database of before")
