"""Fewer indexes: filters by tokens in the search columns, nullable orders by plain indexes, parts of words where declared.

Revision ID: 0025
Revises: 0024
"""

from __future__ import annotations

from collections.abc import Iterator

from alembic import op

from models.migrations.ddl import search_columns, statements

revision = "0025"
down_revision = "0024"
branch_labels = None
depends_on = None

_DROPPED = (
    "clients_status",
    "clients_currency",
    "clients_tax_exempt",
    "clients_credit_limit",
    "custom_field_definitions_record_type",
    "custom_field_definitions_status",
    "quotes_title",
    "quotes_customer_rfq_number",
    "quotes_customer_po_number",
    "quotes_currency",
    "quotes_estimator",
    "quotes_due_on",
    "quotes_expires_on",
    "quotes_sent_at",
    "quotes_cost",
    "quotes_status_due_on",
    "quotes_client_id_due_on",
    "tasks_kind",
    "tasks_status",
)
_MADE = {
    "clients_credit_limit": "clients (workspace_id, credit_limit, id)",
    "quotes_due_on": "quotes (workspace_id, due_on, id)",
    "quotes_expires_on": "quotes (workspace_id, expires_on, id)",
    "quotes_sent_at": "quotes (workspace_id, sent_at, id)",
    "quotes_cost": "quotes (workspace_id, cost, id)",
    "quotes_status_due_on": "quotes (workspace_id, status, due_on, id)",
    "quotes_client_id_due_on": "quotes (workspace_id, client_id, due_on, id)",
}


def changes() -> Iterator[str]:
    yield from statements("foundation/words.sql")
    for table in ("clients", "quotes"):
        yield f"alter table {table} drop column search_words, drop column search_text"
    yield from search_columns(
        "clients",
        """words_in(case when tags = '{}' then '' else list_text(tags) end
  || ' ' || coalesce(notes, '')
  || ' ' || coalesce(code, '')
  || ' ' || name)
  || array_to_tsvector(array_remove(array[
    case when code is null then '=code:' || 'null' end,
    '=status:' || status::text,
    '=currency:' || left(currency, 400),
    case when credit_limit is null then '=credit_limit:' || 'null' end,
    '=tax_exempt:' || tax_exempt::text
  ]
  || case when tags <> '{}' then list_tokens('tags', tags) end
  || case when custom_fields <> '{}' then document_tokens('custom_fields', custom_fields) end, null))""",
        text="name",
    )
    yield from search_columns(
        "quotes",
        """words_in(case when tags = '{}' then '' else list_text(tags) end
  || ' ' || coalesce(notes, '')
  || ' ' || number
  || ' ' || coalesce(title, '')
  || ' ' || coalesce(customer_rfq_number, '')
  || ' ' || coalesce(customer_po_number, ''))
  || array_to_tsvector(array_remove(array[
    '=status:' || status::text,
    case when contact_id is null then '=contact_id:' || 'null' end,
    '=title:' || case when title is null then 'null' else 'given' end,
    '=customer_rfq_number:' || case when customer_rfq_number is null then 'null' else 'given' end,
    '=customer_po_number:' || case when customer_po_number is null then 'null' else 'given' end,
    '=currency:' || left(currency, 400),
    case when due_on is null then '=due_on:' || 'null' end,
    case when expires_on is null then '=expires_on:' || 'null' end,
    case when sent_at is null then '=sent_at:' || 'null' end,
    '=estimator:' || coalesce('=' || left(estimator, 400), 'null'),
    case when cost is null then '=cost:' || 'null' end
  ]
  || case when tags <> '{}' then list_tokens('tags', tags) end
  || case when custom_fields <> '{}' then document_tokens('custom_fields', custom_fields) end, null))""",
    )
    yield from search_columns(
        "endpoints",
        """words_in(case when tags = '{}' then '' else list_text(tags) end
  || ' ' || coalesce(notes, ''))
  || array_to_tsvector(array_remove(array[]::text[]
  || case when tags <> '{}' then list_tokens('tags', tags) end
  || case when custom_fields <> '{}' then document_tokens('custom_fields', custom_fields) end, null))""",
    )
    yield from search_columns(
        "registered_documents",
        """words_in(case when tags = '{}' then '' else list_text(tags) end
  || ' ' || coalesce(notes, ''))
  || array_to_tsvector(array_remove(array[]::text[]
  || case when tags <> '{}' then list_tokens('tags', tags) end
  || case when custom_fields <> '{}' then document_tokens('custom_fields', custom_fields) end, null))""",
    )
    yield from search_columns(
        "custom_field_definitions",
        """words_in(case when tags = '{}' then '' else list_text(tags) end
  || ' ' || coalesce(notes, ''))
  || array_to_tsvector(array_remove(array[
    '=record_type:' || left(record_type, 400),
    '=status:' || status::text
  ]
  || case when tags <> '{}' then list_tokens('tags', tags) end
  || case when custom_fields <> '{}' then document_tokens('custom_fields', custom_fields) end, null))""",
    )
    yield from search_columns(
        "tasks",
        """words_in(case when tags = '{}' then '' else list_text(tags) end
  || ' ' || coalesce(notes, ''))
  || array_to_tsvector(array_remove(array[
    '=kind:' || left(kind, 400),
    '=status:' || status::text,
    case when once is null then '=once:' || 'null' end
  ]
  || case when tags <> '{}' then list_tokens('tags', tags) end
  || case when custom_fields <> '{}' then document_tokens('custom_fields', custom_fields) end, null))""",
    )
    yield "drop function may_find"
    for name in _DROPPED:
        yield f"drop index {name}"
    for name, columns in _MADE.items():
        yield f"create index {name} on {columns}"


def upgrade() -> None:
    for statement in changes():
        op.execute(statement)


def downgrade() -> None:
    raise NotImplementedError("the search columns and indexes of before are in the migrations 0001 and 0020")
