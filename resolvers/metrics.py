"""Metrics: figures over the rows of any list; the engine does all of it, for every resource alike."""

from __future__ import annotations

from engine.run.context import Reading
from engine.sql.metrics import Metrics


async def metrics(_ctx: Reading, question: Metrics) -> Metrics:
    """Work out figures over a list for a dashboard: counts, sums, averages, extremes and percentiles.

    Grouped by up to three fields and by day, week or month in a time zone, with empty buckets filled; at most 2,000
    points. Every field named needs its scope, and the resource its own.
    """
    return question
