create table registered_documents (
  workspace_id uuid not null,
  id uuid not null,
  created_at timestamptz not null,
  updated_at timestamptz not null,
  version integer not null,
  deleted_at timestamptz,
  created_by_id uuid,
  name text,
  sha256 text not null,
  document text not null,
  constraint registered_documents_pkey primary key (workspace_id, id),
  constraint registered_documents_sha256_hexadecimal check (sha256 ~ '^[0-9a-f]{64}$')
);

create unique index registered_documents_sha256 on registered_documents (workspace_id, sha256)
  where deleted_at is null;

create index registered_documents_sync on registered_documents (workspace_id, updated_at, id);
