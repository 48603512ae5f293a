"""Metrics as the graph shows them: one root field for every resource."""

from __future__ import annotations

import strawberry

from engine.graph.metrics_types import MetricsAnswer
from engine.graph.operations import operation
from engine.sql.metrics import COST
from resolvers import metrics

_WHY = "REST answers it at a route of its own: GET /api/v1/metrics"


@strawberry.type
class Query:
    """Figures over any list; each resource and field needs its own scope."""

    metrics: MetricsAnswer | None = operation(metrics.metrics, None, cost=COST, rest=False, why=_WHY)
