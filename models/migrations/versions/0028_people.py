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
from models.migrations.company.tables import keys, people
from models.migrations.ddl import HOME, statements

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


def digests() -> Iterator[str]:
    """The table of digests of keys, which who serves data can only add to; how many keys are good."""
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
    # The lock comes before the count: of two creations the second counts the first.
    yield f"""create function good_keys() returns bigint language plpgsql as $$
begin
  perform pg_advisory_xact_lock(hashtextextended(current_setting('app.workspace_id'), 10));
  return (
    select count(*) from api_keys
    where workspace_id = {HERE} and revoked_at is null and (expires_at is null or expires_at > now())
  );
end
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
    yield from statements("company/matching.sql")
    # A filter by external id looks them up here.
    yield (
        "create policy external_ids_home on external_ids for select to forge_api"
        f" using (record_type in ('roles', 'users', 'teams', 'api_keys') and {HOME})"
    )


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
    for statement in (*searching(), *people(), *keys(), *digests()):
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
