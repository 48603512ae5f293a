"""Invitations: links by which people set a password, whose tokens and passwords the API's role cannot read.

Revision ID: 0031
Revises: 0030
"""

from __future__ import annotations

from collections.abc import Iterator

from alembic import op

revision = "0031"
down_revision = "0030"
branch_labels = None
depends_on = None

HERE = "nullif(current_setting('app.workspace_id', true), '')::uuid"
DEFINER = "security definer set search_path = public, pg_temp"


def tables() -> Iterator[str]:
    yield "alter table users add column invitation_hint text, add column invitation_expires_at timestamp with time zone"
    yield """create table invitations (
  workspace_id uuid not null,
  user_id uuid not null,
  digest bytea not null,
  email text not null,
  expires_at timestamp with time zone not null,
  constraint invitations_pkey primary key (workspace_id, user_id),
  constraint invitations_sha256 check (octet_length(digest) = 32)
)"""
    yield "create unique index invitations_digest on invitations (digest)"
    yield """create table user_passwords (
  workspace_id uuid not null,
  user_id uuid not null,
  hash text not null,
  set_at timestamp with time zone not null,
  constraint user_passwords_pkey primary key (workspace_id, user_id)
)"""
    yield "grant select, insert, update, delete on invitations, user_passwords to forge_access"


def functions() -> Iterator[str]:
    """What the API's role may do with them: in its workspace, and of a link only with the digest of its token."""
    # One row a person: a new link takes the place of the one before. Returns what the company is called.
    yield f"""create function keep_invitation(person uuid, token_digest bytea, address text, until timestamptz)
returns text language sql {DEFINER} as $$
  insert into invitations (workspace_id, user_id, digest, email, expires_at)
  values ({HERE}, person, token_digest, address, least(until, now() + interval '8 days'))
  on conflict (workspace_id, user_id)
  do update set digest = excluded.digest, email = excluded.email, expires_at = excluded.expires_at;
  select c.name from workspaces w join companies c on c.id = w.company_id where w.id = {HERE}
$$"""
    yield f"""create function end_invitation(person uuid) returns void language sql {DEFINER} as $$
  delete from invitations where workspace_id = {HERE} and user_id = person
$$"""
    yield f"""create function find_invitation(token_digest bytea, out workspace_id uuid, out user_id uuid)
returns setof record language sql stable {DEFINER} as $$
  select i.workspace_id, i.user_id from invitations i where i.digest = token_digest and i.expires_at > now()
$$"""
    # A password is set by a link that is good, or not at all; whoever takes the row first has the link.
    yield f"""create function take_invitation(person uuid, token_digest bytea, address text, password_hash text)
returns boolean language plpgsql {DEFINER} as $$
begin
  delete from invitations
  where workspace_id = {HERE} and user_id = person and digest = token_digest and expires_at > now()
    and lower(email) = lower(address);
  if not found then
    return false;
  end if;
  insert into user_passwords (workspace_id, user_id, hash, set_at) values ({HERE}, person, password_hash, now())
  on conflict (workspace_id, user_id) do update set hash = excluded.hash, set_at = excluded.set_at;
  return true;
end
$$"""
    for each in (
        "keep_invitation(uuid, bytea, text, timestamptz)",
        "end_invitation(uuid)",
        "find_invitation(bytea)",
        "take_invitation(uuid, bytea, text, text)",
    ):
        yield f"revoke all on function {each} from public"
        yield f"grant execute on function {each} to forge_api"
    yield "grant execute on function find_invitation(bytea) to forge_access"


def upgrade() -> None:
    for statement in (*tables(), *functions()):
        op.execute(statement)


def downgrade() -> None:
    raise NotImplementedError("links that were sent would open nothing; restore the database of before")
