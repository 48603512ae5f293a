"""Parts: revisions, their bills of materials and routings; released, made obsolete, revised."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Final
from uuid import UUID

from core.errors import Conflict
from core.problems import Problems
from core.record import Row
from core.values.checked import REFERENCE
from engine.declare.inputs import input_type
from engine.declare.rows import Rows
from engine.run.context import Command
from models import (
    BomLine,
    InventoryItem,
    JobPart,
    Part,
    PartKind,
    PartStatus,
    PurchaseOrderLine,
    QuotePart,
    Requirement,
    RfqLine,
    RoutingOperation,
    SupplierPart,
)
from resolvers.aggregate import Aggregate, now
from resolvers.line_commands import add_line, delete_line, update_line
from resolvers.lines import Lines
from resolvers.revisions import copy_lines, copy_record, free_revision
from resolvers.states import Move
from resolvers.versions import ExpectedVersion

_REVISED = (PartStatus.ACTIVE, PartStatus.OBSOLETE)
_COUNTED: Final[list[tuple[str, type[Row], str]]] = [
    ("it stands in a bill of materials", BomLine, "component_id"),
    ("a quote counts in it", QuotePart, "part_id"),
    ("a job counts in it", JobPart, "part_id"),
    ("a requirement counts in it", Requirement, "part_id"),
    ("a request for quotation counts in it", RfqLine, "part_id"),
    ("a purchase order counts in it", PurchaseOrderLine, "part_id"),
    ("a supplier's price counts in it", SupplierPart, "part_id"),
]
"""What else has figures in the unit of a part."""


async def _examine(_ctx: Command, part: Part, given: Mapping[str, Any], wrong: Problems) -> None:
    """A unit that the part is bought in needs its factor, and a factor its unit."""
    unit = given.get("purchase_unit", part.purchase_unit)
    factor = given.get("purchase_factor", part.purchase_factor)
    if unit is not None and factor is None:
        wrong.note("purchase_factor", "is needed with purchase_unit: how many of the part's unit one of it is")
    if unit is None and factor is not None:
        wrong.note("purchase_unit", "is needed with purchase_factor")


async def _prepare(ctx: Command, part: Part, given: dict[str, Any]) -> None:
    """Keep what figures that are there are counted in: whoever makes the first stock of a part locks it as well."""
    for name in ("unit", "tracking", "kind"):
        now_is, will_be = getattr(part, name), given.get(name)
        matters = name != "kind" or PartKind.SERVICE in {now_is, will_be}
        if part.part_number is not None and will_be not in {None, now_is} and matters:
            await _check_uncounted(ctx, part, name)


async def _check_uncounted(ctx: Command, part: Part, name: str) -> None:
    uses: list[tuple[str, type[Row], str]] = [("stock of it has moved", InventoryItem, "part_id")]
    if name == "unit":
        uses += _COUNTED
    for what, model, column in uses:
        if await ctx.unit.first(model, **{column: part.id}):
            message = f"{name}: part {part.part_number} keeps {getattr(part, name)!s}, for {what}"
            raise Conflict(message, field=name)


def _released(part: Part) -> None:
    part.released_at = now()


PARTS = Aggregate(
    Part,
    lines=(Lines("bom", BomLine), Lines("operations", RoutingOperation)),
    prepare=_prepare,
    examine=_examine,
    editable=(PartStatus.DRAFT,),
    free=("lead_time_days", "reorder_point", "safety_stock", "unit_cost"),
)

parts = PARTS.page("List parts.")
part = PARTS.get("One revision of a part by its id; null when there is none.")
create_part = PARTS.create(
    "Write a draft revision of a part, with its bill of materials and its routing.",
    "What a new part is made of; number and revision together are unique.",
)
update_part = PARTS.update(
    "Change a draft part; what the input does not name stays as it is.\n\n"
    "Its unit and tracking do not change once stock of it has moved, nor does it become a service then; its unit"
    " neither once a line counts in it. Of a"
    " released revision only lead time, reorder point, safety stock, unit cost, tags, notes, custom fields and external"
    " ids change.",
    "What to change of a draft part: null clears, what is left out stays; `bom` and `operations` are the whole lists.",
)
delete_part = PARTS.delete("Delete a draft part that nothing live needs.")
release_part = PARTS.move(
    "release",
    (PartStatus.DRAFT,),
    PartStatus.ACTIVE,
    "Release a draft revision: from then on its drawing, its bill of materials and its routing do not change.",
    effect=_released,
    past="released",
)
obsolete_part = PARTS.move(
    "obsolete",
    (PartStatus.ACTIVE,),
    PartStatus.OBSOLETE,
    "Make a released revision obsolete: orders that come in are not matched with it any more. A line that names it is"
    " made by its recipe all the same.",
    past="made_obsolete",
)
add_bom_line = add_line(PARTS, "bom", "Add a component to the bill of materials of a draft part.")
update_bom_line = update_line(PARTS, "bom", "Change a line of the bill of materials of a draft part.")
delete_bom_line = delete_line(PARTS, "bom", "Take a component out of the bill of materials of a draft part.")
add_routing_operation = add_line(PARTS, "operations", "Add a step to the end of the routing of a draft part.")
update_routing_operation = update_line(PARTS, "operations", "Change a step of the routing of a draft part.")
delete_routing_operation = delete_line(PARTS, "operations", "Take a step out of the routing of a draft part.")
PARTS.told("revised")
PARTS.moves.append(
    Move("revise", _REVISED, PartStatus.DRAFT, "Write a new draft revision; the old one stays as it is.")
)


@input_type
class RevisePart:
    """What the new revision is called."""

    revision: Annotated[str | None, REFERENCE, "The new revision; left out, the next one that is free."] = None


async def revise_part(
    ctx: Command, id: UUID, input: RevisePart | None = None, expected_version: ExpectedVersion = None
) -> Rows[Part]:
    """Write a new draft revision of a released part, with a copy of its bill of materials and its routing.

    Without a `revision` it gets the next one that is free: B after A, AA after Z, 2 after 1.
    """
    found = await PARTS.lock(ctx, id, expected_version)
    PARTS.check_state(found, _REVISED, "a draft can be changed as it is")
    others = {each.revision for each in await ctx.unit.find(Part, part_number=found.part_number)}
    revision = (input and input.revision) or free_revision(found.revision, others)
    if revision in others:
        raise Conflict(f"revision: {found.part_number} has a revision {revision}", field="revision")
    made = copy_record(found, without=("released_at",), revision=revision, status=PartStatus.DRAFT)
    inside = await PARTS.load(ctx, found, PARTS.lines)
    copies = {name: copy_lines(rows, made.id) for name, rows in inside.items()}
    put = {row.id for rows in copies.values() for row in rows}
    return await PARTS.stage(ctx, made, dict(copies), put, event=PARTS.told("revised"))
