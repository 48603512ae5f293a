"""What a run says: ratios to the limit, and the machine they were measured on."""

from __future__ import annotations

import os
import platform
import statistics
from collections.abc import Mapping, Sequence

from tests.benchmarks.measure import Cost
from tests.benchmarks.tasks import TASKS, TITLES

LIMIT = "limit"
REACH = {"tree": 1.3, "flat": 1.3, "one": 1.5, "create": 1.5, "update": 1.5}


def ratios(costs: Mapping[str, Mapping[str, Cost]]) -> dict[str, dict[str, tuple[float, float, float]]]:
    """For each task and way: total CPU, the server's own CPU, and median latency, each as a ratio to the limit."""
    found: dict[str, dict[str, tuple[float, float, float]]] = {}
    for task in TASKS:
        least = costs[task][LIMIT]
        found[task] = {
            way: (
                (cost.app + cost.servers) / (least.app + least.servers),
                cost.app / least.app,
                statistics.median(cost.latencies) / statistics.median(least.latencies),
            )
            for way, cost in costs[task].items()
        }
    return found


def report(
    costs: Mapping[str, Mapping[str, Cost]], rates: Mapping[str, Sequence[float]], rounds: int, times: int
) -> str:
    """The tables of docs/benchmarks.md; `rates` are answers a second of several clients at once."""
    lines = []
    for task, ways in ratios(costs).items():
        lines += [f"### {TITLES[task]}", "", f"Reach: total CPU ≤ {REACH[task]} × the limit.", ""]
        lines += ["| way | total CPU | server's own CPU | latency |", "| --- | ---: | ---: | ---: |"]
        lines += [f"| {way} | {total:.2f} | {app:.2f} | {late:.2f} |" for way, (total, app, late) in ways.items()]
        lines.append("")
    lines += ["### The nested list, 8 clients at once", "", "| way | answers a second |", "| --- | ---: |"]
    best = {way: statistics.median(found) for way, found in rates.items()}
    lines += [f"| {way} | {rate / best[LIMIT]:.2f} |" for way, rate in best.items()]
    lines.append("")
    cores = os.cpu_count()
    lines.append(
        f"{rounds} rounds of {times} requests for each way, one after the other; Python {platform.python_version()},"
        f" {platform.machine()}, {cores} cores."
    )
    return "\n".join(lines) + "\n"
