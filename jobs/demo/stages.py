"""The stages in which the demo is written, one after the other."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Final

from core.writing.unit_of_work import UnitOfWork
from jobs.demo import supply
from jobs.demo.buying import write_orders, write_rfqs
from jobs.demo.data import CLIENTS
from jobs.demo.making import is_converted, write_jobs
from jobs.demo.masters import (
    opening_note,
    write_bought,
    write_centers,
    write_clients,
    write_counts,
    write_locations,
    write_made,
    write_stock,
    write_suppliers,
)
from jobs.demo.selling import SMALL, write_quotes
from jobs.demo.shop import SYSTEM, Shop
from models import ExternalId, StockMovement

BOUGHT: Final = 700
_PLACES: Final = 1 + len(supply.AREAS) * (supply.BINS + 1)


async def _has_record(unit: UnitOfWork, stage: str, number: int) -> bool:
    """Whether a record has the external id of this row."""
    return bool(await unit.find(ExternalId, system=SYSTEM, external_id=f"{stage}-{number}"))


async def _has_movement(unit: UnitOfWork, _stage: str, number: int) -> bool:
    """Whether there is stock of this row: movements have no external ids."""
    return bool(await unit.find(StockMovement, note=opening_note(number)))


@dataclass(frozen=True, slots=True)
class Stage:
    """What is written, how many rows of it, and how many in one transaction."""

    name: str
    about: str
    write: Callable[[Shop, range], Awaitable[None]]
    few: int
    """How many rows a small demo has of it: the first ones of any."""
    rows: int
    batch: int = 25
    grows: bool = False
    """Whether a large demo has ten times as many."""
    is_there: Callable[[UnitOfWork, str, int], Awaitable[bool]] = _has_record
    """Whether a row was written before."""


STAGES: Final = (
    Stage("work_centers", "work centers", write_centers, len(supply.CENTERS), len(supply.CENTERS)),
    Stage("locations", "locations", write_locations, _PLACES, _PLACES, 50),
    Stage("suppliers", "suppliers", write_suppliers, 12, 60, 30),
    Stage("clients", "clients", write_clients, len(CLIENTS), 300, 50),
    Stage("bought", "parts that are bought", write_bought, 30, BOUGHT),
    Stage("made", "parts that are made", write_made, 25, 2_000 - BOUGHT, grows=True),
    Stage("stock", "lots of stock", write_stock, 24, 600, grows=True, is_there=_has_movement),
    Stage("quotes", "quotes", write_quotes, SMALL, 5_000, 50, grows=True),
    Stage("jobs", "jobs", write_jobs, SMALL // 4, 500, grows=True, is_there=is_converted),
    Stage("rfqs", "requests for quotation", write_rfqs, 14, 70, 14, grows=True),
    Stage("orders", "purchase orders", write_orders, 20, 200, 20, grows=True),
    Stage("counts", "stock counts", write_counts, 5, 12, 5),
)
