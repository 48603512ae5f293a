"""Metrics as the graph shows them: one root field for every resource."""

from __future__ import annotations

import strawberry

from engine.metrics import COST
from engine.metrics_types import MetricsAnswer
from engine.operations import operation
from resolvers import metrics

_WHY = "REST answers it at a route of its own: GET /api/v1/metrics"


@strawberry.type
class Query:
    """Figures over any list; each resource and field needs its own scope."""

    metrics: MetricsAnswer | None = operation(metrics.metrics, None, cost=COST, rest=False, why=_WHY)
