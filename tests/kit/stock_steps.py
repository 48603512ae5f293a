"""Stock step by step against a model: adjusted, bought, transferred, scrapped, reserved, counted, in any order."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal
from itertools import count
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, consumes, initialize, rule

from tests.kit.killing import Persistent

PLACES = 3
SERIALS = ("S-1", "S-2")
_NUMBERS = count(1)
QUANTITIES = st.decimals("0.000001", "9", places=6).map(Decimal.normalize) | st.integers(1, 9).map(Decimal)
COSTS = st.none() | st.decimals("0", "9", places=2)
PLACE = st.integers(0, PLACES - 1)
STEP = Decimal("0.000001")


class Steps(RuleBasedStateMachine):
    """The model: what is on hand, what is reserved, what it costs, and where each serial number lies."""

    api: Persistent
    kept = Bundle("kept")
    receipts = Bundle("receipts")

    @initialize()
    def begin(self) -> None:
        number = next(_NUMBERS)
        self.places = [self.made("/locations", {"code": f"L-{number}-{each}"}) for each in range(PLACES)]
        self.part = self.made("/parts", {"part_number": f"P-{number}", "name": "Bolt"})
        self.pump = self.made("/parts", {"part_number": f"S-{number}", "name": "Pump", "tracking": "serial"})
        self.items: dict[int, str] = {}
        self.on_hand = [Decimal(0)] * PLACES
        self.reserved = [Decimal(0)] * PLACES
        self.moves: list[list[tuple[Decimal, Decimal | None, str]]] = [[] for _ in range(PLACES)]
        self.voided: set[str] = set()
        self.supplier = self.made("/suppliers", {"name": f"S-{number}", "currency": "USD"})
        self.lies: dict[str, int | None] = dict.fromkeys(SERIALS)

    def made(self, path: str, body: dict[str, Any]) -> str:
        answer = self.api.send("POST", path, body)
        assert answer.status_code == 201, answer.text
        return str(answer.json()["data"]["id"])

    def move(self, verb: str, body: dict[str, Any], *, refused: bool) -> dict[str, Any]:
        """Send a movement; returns it, empty where it is refused as it has to be."""
        answer = self.api.send("POST", f"/stock-movements/{verb}", body)
        assert answer.status_code == (409 if refused else 201), answer.text
        found: dict[str, Any] = {} if refused else answer.json()["data"]
        return found

    def moved(self, place: int, quantity: Decimal, cost: Decimal | None = None, receipt: str = "") -> None:
        """What comes in at a cost moves the average."""
        self.moves[place].append((quantity, cost, receipt))
        self.on_hand[place] += quantity

    def cost(self, place: int) -> Decimal | None:
        """The average as it is without the receipts that were voided."""
        there, average = Decimal(0), None
        for quantity, cost, receipt in self.moves[place]:
            if receipt in self.voided:
                continue
            if quantity > 0 and cost is not None:
                is_first = average is None or there <= 0
                worth = Decimal(0) if average is None or is_first else there * average
                average = (
                    cost if is_first else ((worth + quantity * cost) / (there + quantity)).quantize(STEP, ROUND_HALF_UP)
                )
            there += quantity
        return average

    @rule(place=PLACE, quantity=QUANTITIES, cost=COSTS)
    def take_in(self, place: int, quantity: Decimal, cost: Decimal | None) -> None:
        body = {"part_id": self.part, "location_id": self.places[place], "quantity": f"{quantity:f}"}
        done = self.move("adjust", body | {"unit_cost": None if cost is None else f"{cost:f}"}, refused=False)
        self.items[place] = done["inventory_item_id"]
        self.moved(place, quantity, cost)
        assert Decimal(done["balance_after"]) == self.on_hand[place]

    @rule(target=receipts, place=PLACE, quantity=QUANTITIES, cost=COSTS)
    def buy(self, place: int, quantity: Decimal, cost: Decimal | None) -> tuple[int, Decimal, str]:
        price = None if cost is None else f"{cost:f}"
        line = {"description": "Bolt", "part_id": self.part, "quantity": f"{quantity:f}", "unit_price": price}
        order = self.made("/purchase-orders", {"supplier_id": self.supplier, "lines": [line]})
        assert self.api.send("POST", f"/purchase-orders/{order}/send").status_code == 200
        found = self.made(f"/purchase-orders/{order}/receive", {"location_id": self.places[place]})
        [item] = self.api.send("GET", f"/inventory?part_id={self.part}&location_id={self.places[place]}").json()["data"]
        self.items[place] = item["id"]
        self.moved(place, quantity, cost, found)
        return place, quantity, found

    @rule(receipt=consumes(receipts))
    def void(self, receipt: tuple[int, Decimal, str]) -> None:
        place, quantity, found = receipt
        answer = self.api.send("POST", f"/receipts/{found}/void")
        refused = self.on_hand[place] - quantity < self.reserved[place]
        assert answer.status_code == (409 if refused else 200), answer.text
        if not refused:
            self.voided.add(found)
            self.on_hand[place] -= quantity

    @rule(place=PLACE, quantity=QUANTITIES)
    def take_out(self, place: int, quantity: Decimal) -> None:
        body = {"part_id": self.part, "location_id": self.places[place], "quantity": f"{-quantity:f}"}
        refused = self.on_hand[place] - quantity < self.reserved[place]
        if self.move("adjust", body, refused=refused):
            self.moved(place, -quantity)

    @rule(place=PLACE, quantity=QUANTITIES)
    def scrap(self, place: int, quantity: Decimal) -> None:
        if place in self.items:
            refused = self.on_hand[place] - quantity < self.reserved[place]
            body = {"inventory_item_id": self.items[place], "quantity": f"{quantity:f}"}
            if self.move("scrap", body, refused=refused):
                self.moved(place, -quantity)

    @rule(place=PLACE, further=st.integers(1, PLACES - 1), quantity=QUANTITIES)
    def transfer(self, place: int, further: int, quantity: Decimal) -> None:
        there = (place + further) % PLACES
        if place not in self.items:
            return
        refused = self.on_hand[place] - quantity < self.reserved[place]
        body = {"inventory_item_id": self.items[place], "location_id": self.places[there], "quantity": f"{quantity:f}"}
        if done := self.move("transfer", body, refused=refused):
            self.items[there] = done["inventory_item_id"]
            cost = self.cost(place)
            self.moved(place, -quantity)
            self.moved(there, quantity, cost)
            assert Decimal(done["balance_after"]) == self.on_hand[there]

    @rule(target=kept, place=PLACE, quantity=QUANTITIES)
    def reserve(self, place: int, quantity: Decimal) -> tuple[int, Decimal, str] | None:
        if place not in self.items:
            return None
        body = {"inventory_item_id": self.items[place], "quantity": f"{quantity:f}"}
        answer = self.api.send("POST", "/reservations", body)
        fits = self.reserved[place] + quantity <= self.on_hand[place]
        assert answer.status_code == (201 if fits else 409), answer.text
        if not fits:
            return None
        self.reserved[place] += quantity
        return place, quantity, answer.json()["data"]["id"]

    @rule(reservation=consumes(kept))
    def release(self, reservation: tuple[int, Decimal, str] | None) -> None:
        if reservation is not None:
            place, quantity, found = reservation
            assert self.api.send("POST", f"/reservations/{found}/release").status_code == 200
            self.reserved[place] -= quantity

    @rule(serial=st.sampled_from(SERIALS), place=PLACE, quantity=st.sampled_from(("1", "-1")))
    def move_serial(self, serial: str, place: int, quantity: str) -> None:
        lies, comes = self.lies[serial], quantity == "1"
        body = {"part_id": self.pump, "location_id": self.places[place], "serial": serial, "quantity": quantity}
        if self.move("adjust", body, refused=lies is not None if comes else lies != place):
            self.lies[serial] = place if comes else None

    @rule(place=PLACE, counted=QUANTITIES, between=QUANTITIES)
    def count(self, place: int, counted: Decimal, between: Decimal) -> None:
        """Count, have something come in after it, and post: both count."""
        if place not in self.items:
            return
        line = {"inventory_item_id": self.items[place], "counted": f"{counted:f}"}
        found = self.made("/stock-counts", {"lines": [line]})
        assert self.api.send("POST", f"/stock-counts/{found}/finish").status_code == 200
        difference = counted - self.on_hand[place]
        self.take_in(place, between, None)
        posted = self.api.send("POST", f"/stock-counts/{found}/post")
        refused = difference < 0 and self.on_hand[place] + difference < self.reserved[place]
        assert posted.status_code == (409 if refused else 200), posted.text
        if refused:
            assert self.api.send("POST", f"/stock-counts/{found}/cancel").status_code == 200
        else:
            self.moved(place, difference)

    def teardown(self) -> None:
        """All that is shown is as the model says."""
        for place, found in getattr(self, "items", {}).items():
            shown = self.api.send("GET", f"/inventory/{found}").json()["data"]
            told = [Decimal(shown[each]) for each in ("on_hand", "reserved", "available")]
            on_hand, reserved = self.on_hand[place], self.reserved[place]
            assert told == [on_hand, reserved, on_hand - reserved]
            assert (shown["unit_cost"] and Decimal(shown["unit_cost"])) == self.cost(place)
