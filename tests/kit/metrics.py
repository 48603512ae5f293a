"""What `/metrics` tells, as Prometheus' own parser reads it."""

from __future__ import annotations

import time

import httpx
from prometheus_client.parser import text_string_to_metric_families

from app.observer import DELAY

Found = dict[tuple[str, frozenset[tuple[str, str]]], float]


def metrics(port: int, host: str = "127.0.0.1") -> Found:
    """Every sample, by its name and labels, once what was asked before is counted."""
    time.sleep(DELAY + 0.1)
    text = httpx.get(f"http://{host}:{port}/metrics").raise_for_status().text
    return {
        (sample.name, frozenset(sample.labels.items())): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


def value(found: Found, name: str, **labels: str) -> float:
    """One sample; 0 when there is none with just these labels."""
    return found.get((name, frozenset(labels.items())), 0.0)


def counted(found: Found, name: str, **labels: str) -> float:
    """The sum of the samples that have these labels, and maybe others."""
    return sum(each for (sample, has), each in found.items() if sample == name and labels.items() <= set(has))
