"""Metrics: exact figures over any list, grouped and bucketed, in both doors."""

from __future__ import annotations

from models import Client, Quote
from tests.kit.client import Client as Api
from tests.kit.tenant import Tenant

ALL = "columns { name kind field function } points { bucket group values } truncated"


async def test_peek(api: Api, company: Tenant):
    client = await company.make(Client)
    from decimal import Decimal

    await company.make_many(
        Quote,
        [{"client_id": client.id, "total": Decimal(n), "status": "sent" if n % 2 else "draft"} for n in range(10)],
    )
    for text in (
        f"{{ metrics(resource: QUOTES) {{ {ALL} }} }}",
        f"{{ metrics(resource: QUOTES, groupBy: [STATUS]) {{ {ALL} }} }}",
        f'{{ metrics(resource: QUOTES, groupBy: [STATUS], measure: [{{function: SUM, field: TOTAL}}, {{function: AVG, field: TOTAL}},{{function: P50, field: TOTAL}},{{function: MAX, field: CREATED_AT}}], bucket: {{field: CREATED_AT, unit: MONTH, timeZone: "Europe/Berlin", from: "2026-10-01", to: "2026-12-01"}}) {{ {ALL} }} }}',
        f'{{ metrics(resource: QUOTES, bucket: {{field: DUE_ON, unit: WEEK, from: "2026-11-01", to: "2026-12-01"}}, filter: {{quotes: {{status: {{eq: SENT}}, search: "q"}}}}) {{ {ALL} }} }}',
    ):
        answer = await api.graphql(text)
        print(answer.json)
