"""A small workspace full of awkward values, written straight into the tables, and the same rows in memory."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

import asyncpg

import models
from access.principal import Principal
from core.database.moments import exact_times
from core.record import Row
from core.values.ids import new_id

START = datetime(2026, 1, 1, tzinfo=UTC)
NAMES = ("Acme Co", 'Say "hi" \\ back', "Ünïcödé ☃ 𝄞", "tab\tnew\nline\r\x01\x1f\x7f", "</script>'; --", "50% off_all")


@dataclass(frozen=True)
class Sample:
    """A workspace, its rows by table, and ids by type (one of each type is nobody's)."""

    workspace_id: UUID
    company_id: UUID
    tables: dict[str, list[dict[str, Any]]]
    ids: dict[str, list[str]]

    def principal(self, scopes: frozenset[str]) -> Principal:
        """Somebody with exactly these scopes."""
        return Principal(uuid4(), "sample", self.company_id, self.workspace_id, scopes, 0, "USD")


async def write(connection: asyncpg.Connection[Any], name: str, *, unit: str | None = None) -> Sample:
    """Write a company with the sample in its workspace, as the owner of the tables; `unit` as for `fill`."""
    company, workspace = new_id(models.Company), new_id(models.Workspace)
    await connection.execute(
        "insert into companies (id, name, plan, limits) values ($1, $2, 'pro', '{}')", company, name
    )
    await connection.execute(
        "insert into workspaces (id, company_id, environment, name, currency, time_zone)"
        " values ($1, $2, 'live', $3, 'USD', 'UTC')",
        workspace,
        company,
        name,
    )
    return await fill(connection, company, workspace, unit=unit)


async def fill(
    connection: asyncpg.Connection[Any], company: UUID, workspace: UUID, *, unit: str | None = None
) -> Sample:
    """Write the sample into an empty workspace; triggers sleep, for some rows refer to deleted ones.

    `unit` is that of every third part, which no door would let in.
    """
    await connection.execute("set session_replication_role = replica")
    await exact_times(connection)
    clients = [_client(workspace, number) for number in range(len(NAMES))]
    contacts = [_contact(workspace, client["id"], place) for client in clients[:4] for place in (1, 2)]
    quotes = [_quote(workspace, number, clients, contacts) for number in range(23)]
    parts = [
        _part(workspace, quote["id"], place) for number, quote in enumerate(quotes) for place in range(1, number % 6)
    ]
    for part in parts[::3] if unit else ():
        part["unit"] = unit
    tables = {"clients": clients, "contacts": contacts, "quotes": quotes, "quote_parts": parts}
    for table, rows in tables.items():
        await _insert(connection, table, rows)
    ids = {
        kind: [str(row["id"]) for row in tables[table]] + [str(new_id(model))]
        for kind, table, model in (("Client", "clients", models.Client), ("Quote", "quotes", models.Quote))
    }
    return Sample(workspace, company, tables, ids)


async def _insert(connection: asyncpg.Connection[Any], table: str, rows: list[dict[str, Any]]) -> None:
    columns = list(rows[0])
    marks = ", ".join(f"${number}" for number in range(1, len(columns) + 1))
    sql = f"insert into {table} ({', '.join(columns)}) values ({marks})"
    await connection.executemany(sql, [[row[column] for column in columns] for row in rows])


def _row(workspace: UUID, model: type[Row]) -> dict[str, Any]:
    return {"workspace_id": workspace, "id": new_id(model)}


def _record(workspace: UUID, model: type[Row], number: int) -> dict[str, Any]:
    made = START + timedelta(seconds=number // 2)
    return _row(workspace, model) | {
        "created_at": made,
        "updated_at": made + timedelta(microseconds=number * 1_000 + number),
        "version": number + 1,
        "deleted_at": made if number % 7 == 5 else None,
        "notes": "\u2028 line" if number % 2 else None,
        "tags": ["a", 'b"c', "ü"][: number % 4],
        "custom_fields": "{}",
        "external_ids": f'[{{"system": "erp", "external_id": "E \\"{number}"}}]' if number % 2 else "[]",
    }


def _client(workspace: UUID, number: int) -> dict[str, Any]:
    return _record(workspace, models.Client, number) | {
        "code": f"C{number}" if number % 2 else None,
        "name": NAMES[number],
        "status": "inactive" if number == 2 else "active",
        "currency": ("USD", "EUR", "JPY")[number % 3],
        "payment_terms": "Net 30" if number % 2 else None,
        "payment_days": 30 if number % 2 else None,
        "credit_limit": Decimal("1000.500000") if number % 2 else None,
        "tax_exempt": number % 2 == 0,
        "tax_rate": Decimal("0.2") if number % 3 else None,
        "discount_rate": Decimal("0.000001") if number % 3 else None,
        "website": None,
    }


def _contact(workspace: UUID, client: UUID, place: int) -> dict[str, Any]:
    return _row(workspace, models.Contact) | {
        "client_id": client,
        "position": place,
        "first_name": NAMES[place],
        "last_name": None,
        "email": f"p{place}@example.com",
        "phone": None,
        "role": "buyer" if place == 1 else None,
    }


def _quote(
    workspace: UUID, number: int, clients: list[dict[str, Any]], contacts: list[dict[str, Any]]
) -> dict[str, Any]:
    client = clients[number % len(clients)]
    people = [contact for contact in contacts if contact["client_id"] == client["id"]]
    return _record(workspace, models.Quote, number) | {
        "number": f"Q-{number + 1}",
        "revision": 1,
        "status": "sent" if number % 3 == 0 else "draft",
        "client_id": client["id"],
        "contact_id": people[0]["id"] if people and number % 2 else None,
        "title": (None, "Bracket 100%", NAMES[number % len(NAMES)])[number % 3],
        "customer_rfq_number": None,
        "customer_po_number": f"PO {number}" if number % 4 == 0 else None,
        "currency": ("USD", "EUR")[number % 2],
        "received_on": date(2026, 1, 1 + number),
        "due_on": None if number % 2 else date(1999, 12, 31),
        "expires_on": date(9999, 12, 31),  # the last day there is; see core/database/moments.py
        "sent_at": START if number % 3 == 0 else None,
        "estimator": None,
        "tax_rate": None,
        "notes_public": "",
        "notes_private": None,
        "lost_reason": None,
        "subtotal": Decimal("12.50") * number,
        "tax": Decimal(0),
        "total": Decimal("12.50") * (number % 9),
        "cost": Decimal("0.10") * number if number % 2 else None,
    }


def _part(workspace: UUID, quote: UUID, place: int) -> dict[str, Any]:
    return _row(workspace, models.QuotePart) | {
        "quote_id": quote,
        "position": place,
        "part_number": f"P-{place}",
        "customer_part_number": None,
        "description": NAMES[place % len(NAMES)],
        "quantity": Decimal("2.500"),
        "unit": ("C62", "KGM", "MTR")[place % 3],
        "unit_price": Decimal("1.123456"),
        "total": Decimal("2.81"),
        "unit_cost": Decimal("1.1") if place % 2 else None,
        "markup": None,
        "lead_time_days": place * 5 if place % 2 else None,
        "due_on": None,
        "notes": None,
    }
