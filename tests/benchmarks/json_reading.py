"""What reading JSON exactly costs beside orjson: `python -m tests.benchmarks.json_reading`, in microseconds.

orjson keeps the last of two equal keys and rounds long numbers; `read_json` refuses the one and keeps the other. Both
read the same bodies in turn, and the fastest of several rounds counts.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable

import orjson

from core.values.json import read_json

ROUNDS = 9
LINE = {"description": "Shaft, long", "quantity": "10", "unitPrice": 12.5, "unit": "C62", "dueOn": "2026-01-02"}


def body(size: int) -> bytes:
    """A quote with as many lines as fit into so many bytes."""
    quote = {"clientId": "01890a5d-ac96-774b-bcce-b302099a8057", "title": "Bracket", "parts": [LINE]}
    while len(found := orjson.dumps(quote)) < size - 110:
        quote["parts"] = [LINE] * (len(quote["parts"]) + 1)
    return found


def fastest(readers: dict[str, Callable[[bytes], object]], given: bytes) -> dict[str, float]:
    """The microseconds that each reader takes at best, read in turn."""
    times = max(1, 2_000_000 // len(given))
    found = dict.fromkeys(readers, float("inf"))
    for _ in range(ROUNDS):
        for name, read in readers.items():
            began = time.perf_counter()
            for _ in range(times):
                read(given)
            found[name] = min(found[name], (time.perf_counter() - began) / times * 1e6)
    return found


def main() -> None:
    """Tell what each size takes."""
    for size in (300, 4_096, 65_536, 1_048_576):
        given = body(size)
        found = fastest({"orjson": orjson.loads, "exact": read_json}, given)
        shown = ", ".join(f"{name} {microseconds:.1f}" for name, microseconds in found.items())
        sys.stdout.write(f"{len(given):>9,} bytes: {shown}\n")


if __name__ == "__main__":
    main()
