"""JSON documents, their folders, and the short ids that Forge Json shows.

Revision ID: 0029
Revises: 0028
"""

from __future__ import annotations

from collections.abc import Iterator

from alembic import op

from models.migrations.ddl import reference, search_columns, tenant

revision = "0029"
down_revision = "0028"
branch_labels = None
depends_on = None


LETTERS = "0123456789abcdefghjkmnpqrstvwxyz"


def letters(count: int, last: int, first: int) -> Iterator[str]:
    """SQL of the base 32 letters of a number that ends with byte `last` of the id and begins in byte `first`."""
    for lowest in range(5 * (count - 1), -1, -5):
        byte, shift = last - lowest // 8, lowest % 8
        bits = f"(get_byte(uuid_send($1), {byte}) >> {shift})"
        if shift + 5 > 8 and byte > first:  # noqa: PLR2004  # the rest of the five bits stands in the byte before
            bits += f" | (get_byte(uuid_send($1), {byte - 1}) << {8 - shift})"
        kept = 3 if (byte, shift) == (8, 4) else 31  # the first two bits of byte 8 are the variant's
        yield f"substr('{LETTERS}', (({bits}) & {kept}) + 1, 1)"


def statements() -> Iterator[str]:
    # 10 letters of the time, 13 of the random bits; `core.values.id_codecs` reads them back. Short enough to be inlined.
    short = " || ".join((*letters(10, 5, 0), *letters(13, 15, 8)))
    yield f"create function short_id(uuid) returns text language sql immutable strict parallel safe return {short}"
    yield """create table json_folders (
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
  path text not null,
  parent text default '' not null,
  constraint json_folders_pkey primary key (workspace_id, id),
  constraint json_folders_id_tag check (((get_byte(uuid_send(id), 6) & 15) << 8 | get_byte(uuid_send(id), 7)) = 17)
)"""
    yield "create index json_folders_created on json_folders (workspace_id, created_at, id)"
    yield "create index json_folders_deleted on json_folders (workspace_id, updated_at, id) where deleted_at is not null"
    yield "create index json_folders_parent on json_folders (workspace_id, parent, updated_at, id)"
    yield "create unique index json_folders_path on json_folders (workspace_id, path)"
    yield "create index json_folders_sync on json_folders (workspace_id, updated_at, id)"
    yield from tenant("json_folders", api="select, insert, update")
    yield from search_columns(
        "json_folders",
        """words_in(case when tags = '{}' then '' else list_text(tags) end
  || ' ' || coalesce(notes, ''))
  || array_to_tsvector(array_remove(array[
    '=parent:' || left(parent, 400)
  ]
  || case when tags <> '{}' then list_tokens('tags', tags) end
  || case when custom_fields <> '{}' then document_tokens('custom_fields', custom_fields) end, null))""",
    )
    yield """create table json_documents (
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
  folder_id uuid,
  constraint json_documents_pkey primary key (workspace_id, id),
  constraint json_documents_id_tag check (((get_byte(uuid_send(id), 6) & 15) << 8 | get_byte(uuid_send(id), 7)) = 18),
  constraint json_documents_workspace_id_folder_id_fkey foreign key(workspace_id, folder_id) references json_folders (workspace_id, id)
)"""
    yield "create index json_documents_created on json_documents (workspace_id, created_at, id)"
    yield "create index json_documents_deleted on json_documents (workspace_id, updated_at, id) where deleted_at is not null"
    yield "create index json_documents_folder_id on json_documents (workspace_id, folder_id, updated_at, id)"
    yield "create index json_documents_name on json_documents (workspace_id, name, id)"
    yield "create index json_documents_sync on json_documents (workspace_id, updated_at, id)"
    yield from tenant("json_documents", api="select, insert, update")
    yield from search_columns(
        "json_documents",
        """words_in(case when tags = '{}' then '' else list_text(tags) end
  || ' ' || coalesce(notes, '')
  || ' ' || name
  || ' ' || coalesce(description, ''))
  || array_to_tsvector(array_remove(array[
    case when folder_id is null then '=folder_id:' || 'null' end
  ]
  || case when tags <> '{}' then list_tokens('tags', tags) end
  || case when custom_fields <> '{}' then document_tokens('custom_fields', custom_fields) end, null))""",
    )
    yield from reference("json_documents", "folder_id", "json_folders")


def upgrade() -> None:
    for statement in statements():
        op.execute(statement)


def downgrade() -> None:
    op.execute("drop function json_documents_matching")
    op.execute("drop function json_folders_matching")
    op.execute("drop table json_documents")
    op.execute("drop table json_folders")
    op.execute("drop function json_documents_folder_id_alive")
    op.execute("drop function json_folders_required_by_json_documents_folder_id cascade")
    op.execute("drop function short_id")
