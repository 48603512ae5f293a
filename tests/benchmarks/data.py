"""What the benchmark reads: four companies, one of them asked, each with 2,500 quotes of 8 parts for 200 clients."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from uuid import UUID

import asyncpg

from access.scopes import Scope
from app.wiring import open_access
from core.settings import Settings
from core.values.ids import new_id
from models import Client, Environment, Quote, QuotePart
from tests.benchmarks.tasks import Subject

COMPANIES, CLIENTS, QUOTES, PARTS, KEYS = 4, 200, 2_500, 8, 20
_START = datetime(2026, 1, 1, tzinfo=UTC)
_CLIENT = "workspace_id id created_at updated_at version name status currency tax_exempt"
_QUOTE = (
    "workspace_id id created_at updated_at version number revision status client_id title currency due_on"
    " subtotal tax total"
)
_PART = "workspace_id id quote_id position description quantity unit unit_price total"


async def prepare(settings: Settings) -> tuple[Subject, UUID]:
    """Fill the database; returns whom to ask as, and the workspace asked."""
    assert settings.database_url is not None
    chance = random.Random(7)
    async with open_access(settings) as access:
        made = [
            await access.companies.create(
                f"Bench {number}", owner=f"b{number}@example.com", limits={"requests": 0, "points": 0}
            )
            for number in range(COMPANIES)
        ]
        keys = [
            await access.keys.create(
                creator_id=made[0].owner_id, name=f"bench {number}", scopes=list(Scope), environment=Environment.LIVE
            )
            for number in range(KEYS)
        ]
    connection = await asyncpg.connect(settings.database_url)
    try:
        written = [await _fill(connection, company.live_id, chance) for company in made]
        made_by = "($1::uuid[])[1 + (extract(minute from created_at)::int % cardinality($1))]"
        await connection.execute(f"update quotes set created_by_id = {made_by}", [key.id for key in keys])
        await connection.execute("vacuum analyze")
    finally:
        await connection.close()
    return Subject(keys[0].text, str(made[0].live_id), *written[0]), made[0].live_id


async def _fill(
    connection: asyncpg.Connection[asyncpg.Record], workspace: UUID, chance: random.Random
) -> tuple[str, str, str, tuple[str, ...]]:
    clients = [new_id(Client) for _ in range(CLIENTS)]
    people = [
        (workspace, client, _at(number), _at(number), 1, f'Client "{number}" & Söhne', "active", "USD", False)
        for number, client in enumerate(clients)
    ]
    quotes = [_quote(workspace, number, chance) for number in range(QUOTES)]
    rows = [(*quote[:8], chance.choice(clients), *quote[8:]) for quote in quotes]
    parts = [_part(workspace, quote[1], place, chance) for quote in quotes for place in range(1, PARTS + 1)]
    for table, columns, records in (
        ("clients", _CLIENT, people),
        ("quotes", _QUOTE, rows),
        ("quote_parts", _PART, parts),
    ):
        await connection.copy_records_to_table(table, records=records, columns=columns.split())
    await connection.execute(
        "update clocks set numbers = jsonb_build_object('quote', $2::int) where workspace_id = $1", workspace, QUOTES
    )
    draft = next(quote for quote in quotes[100:] if quote[7] == "draft")
    lines = [str(part[1]) for part in parts if part[2] == draft[1]]
    return str(quotes[50][1]), str(clients[0]), str(draft[1]), tuple(lines)


def _at(number: int) -> datetime:
    return _START + timedelta(minutes=number, microseconds=number)


def _quote(workspace: UUID, number: int, chance: random.Random) -> tuple[object, ...]:
    total = Decimal(chance.randint(1_000, 9_999_999)) / 100
    status = chance.choice(("draft", "sent", "approved", "lost"))
    due = _at(number).date() if number % 3 else None
    head = (workspace, new_id(Quote), _at(number), _at(number), 1, f"Q-{number + 1}", 1, status)
    return (*head, f"Machined housing – batch {number}", "USD", due, total, Decimal("0.00"), total)


def _part(workspace: UUID, quote: object, place: int, chance: random.Random) -> tuple[object, ...]:
    price = Decimal(chance.randint(100, 99_999)) / 100
    quantity = Decimal(chance.randint(1, 500))
    text = f"Bracket M{place} – anodised"
    return (workspace, new_id(QuotePart), quote, place, text, quantity, "C62", price, price * quantity)
