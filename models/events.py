"""The one registry of events: every name that webhooks can subscribe to, with when it is told.

A name is `<family>.<what happened>`; a subscription names events, a family (`quote.*`), or everything (`*`).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final

EVERYTHING: Final = "*"

RECORDS: Final[Mapping[str, tuple[str, str]]] = {
    "api_key": ("An API key", "An API key"),
    "client": ("A client", "A client, or a person or an address there,"),
    "custom_field_definition": ("A custom field", "A custom field"),
    "document": ("A JSON document", "What a JSON document is called, or where it lies,"),
    "intake_mapping": ("An intake mapping", "An intake mapping, or a column of it,"),
    "inventory_item": ("Stock of a part", "Stock of a part"),
    "job": ("A draft job", "A job, or what it makes,"),
    "part": ("A draft revision of a part", "A part, its bill of materials or its routing,"),
    "purchase_order": ("A draft purchase order", "A purchase order, or a line of it,"),
    "quote": ("A draft quote", "A quote, or a line of it,"),
    "receipt": ("A receipt", "A receipt"),
    "registered_document": ("A registered GraphQL document", "A registered GraphQL document"),
    "requirement": ("A requirement", "A requirement"),
    "reservation": ("A reservation of stock", "A reservation of stock"),
    "rfq": ("A draft request for quotation", "A request for quotation, or what suppliers answer,"),
    "role": ("A role", "A role, or what it may do,"),
    "stock_count": ("A stock count", "A stock count, or a line of it,"),
    "stock_location": ("A location", "A location"),
    "supplier": ("A supplier", "A supplier, or a person or an address there,"),
    "supplier_part": ("A supplier's part", "A supplier's part, or a price of it,"),
    "team": ("A team", "A team, or who is in it,"),
    "user": ("A person", "A person, or their role,"),
    "webhook_endpoint": ("A webhook endpoint", "A webhook endpoint"),
    "work_center": ("A work center", "A work center"),
    "work_order": ("A work order", "A work order"),
}
"""The families of events of what callers write: what each is about, and what of it changes."""
MOMENTS: Final[Mapping[str, str]] = {
    "api_key.revoked": "An API key was revoked: it opens nothing any more.",
    "api_key.rotated": "An API key was rotated: another was made in its place, and it ends soon.",
    "custom_field_definition.activated": "An archived custom field takes values again.",
    "custom_field_definition.archived": "A custom field was archived; its values stay readable.",
    "folder.created": "A folder was made for a JSON document.",
    "folder.deleted": "A folder of a sandbox was purged.",
    "inventory_item.low_stock": "The stock of a part, over all its places, came down to its reorder point.",
    "inventory_item.put_on_hold": "Stock was put on hold: it is not used until it is released.",
    "inventory_item.quarantined": "Stock was put into quarantine until it is released or rejected.",
    "inventory_item.rejected": "Stock was rejected: it can be scrapped or released.",
    "inventory_item.released": "Stock that was held back may be used again.",
    "job.cancelled": "A job was cancelled before it was completed.",
    "job.closed": "A completed job was closed; from then on nothing of it changes.",
    "job.completed": "A job was completed: what was made is in stock.",
    "job.on_hold": "A job in progress was put on hold.",
    "job.released": "A draft job was released to the shop; from then on what it makes is frozen.",
    "job.resumed": "A job that had been on hold goes on.",
    "job.started": "Work on a released job has begun.",
    "part.made_obsolete": "A released revision of a part was made obsolete.",
    "part.released": "A draft revision of a part was released; from then on its content is locked.",
    "part.revised": "A new draft revision of a part was made from a released one.",
    "purchase_order.acknowledged": "The supplier has confirmed a purchase order.",
    "purchase_order.cancelled": "A purchase order of which nothing had come was withdrawn.",
    "purchase_order.closed": "A purchase order that had been received was closed.",
    "purchase_order.partially_received": "Some of what a purchase order is for came; told once for each receipt.",
    "purchase_order.received": "Nothing more is to come for a purchase order.",
    "purchase_order.revised": "A purchase order was taken back to draft, with the next revision.",
    "purchase_order.sent": "A purchase order was sent to its supplier; from then on its content is locked.",
    "quote.approved": "The client has accepted a quote.",
    "quote.cancelled": "A sent quote was withdrawn.",
    "quote.converted": "An approved quote became a job; from then on nothing of it changes.",
    "quote.expired": "The last day that a sent quote held is over in the workspace's time zone.",
    "quote.lost": "The client has declined a quote.",
    "quote.reverted": "A sent quote was taken back to draft.",
    "quote.revised": "A new draft revision was written of a quote that was lost or had expired.",
    "quote.sent": "A quote was sent to its client; from then on its content is locked.",
    "receipt.deleted": "A receipt of a sandbox was purged.",
    "receipt.voided": "A receipt was voided: its stock was taken out again.",
    "reservation.consumed": "All that was reserved has been issued.",
    "reservation.expired": "A reservation ended by itself, because its time was over.",
    "reservation.released": "What was reserved and not issued is free again.",
    "rfq.awarded": "Answers to a request for quotation were chosen, and purchase orders were made of them.",
    "rfq.cancelled": "A request for quotation was withdrawn.",
    "rfq.closed": "An awarded request for quotation was closed.",
    "rfq.responded": "A supplier answered a request for quotation.",
    "rfq.sent": "A request for quotation was sent to its suppliers; from then on its lines are locked.",
    "stock_count.cancelled": "A stock count was given up; no stock was changed.",
    "stock_count.counted": "Counting ended: what was counted stands beside what the books said.",
    "stock_count.posted": "A stock count was posted: stock was adjusted by the differences.",
    "stock_count.reopened": "A stock count that was counted is open again.",
    "task.created": "A task was started, and waits for a worker.",
    "task.started": "A worker began a task.",
    "task.progressed": "A task has done more; told at most once a second.",
    "task.deleted": "A task of a sandbox that has ended was purged.",
    "task.finished": "A task ended, told once: `status` says whether it succeeded, failed or was cancelled.",
    "user.activated": "A person who had been deactivated may act again.",
    "user.deactivated": "A person may act no more, and their keys open nothing.",
    "user.demoted": "A person is an owner no more.",
    "user.invited": "A person was given another link, by which they can set a password.",
    "user.joined": "A person took the invitation, and may act.",
    "user.password_set": "A person who could act already set a password by a link.",
    "user.promoted": "A person was made an owner.",
    "webhook_endpoint.disabled": "A webhook endpoint answered 410 and gets nothing any more.",
    "webhook_endpoint.paused": "A webhook endpoint was paused, or failed for 5 days; its events are kept for it.",
    "webhook_endpoint.promoted": "The overlap of a rotation was ended: the new secret alone signs.",
    "webhook_endpoint.resumed": "A paused webhook endpoint is sent again what was kept for it, and what comes.",
    "webhook_endpoint.rotated": "A webhook endpoint got a new secret; the old one may sign for a while as well.",
    "work_order.cancelled": "A work order was left out, or its job was cancelled.",
    "work_order.completed": "A work order was finished, or its job was completed.",
    "work_order.paused": "A work order was stopped for a while.",
    "work_order.resumed": "A paused work order goes on.",
    "work_order.started": "A work order was begun.",
}
"""What is told of some records beyond what is told of each; of tasks, which no caller writes, there is nothing else."""


NEVER_DELETED: Final = frozenset({"api_key", "receipt", "user"})
"""Families of what is revoked or deactivated, and stays."""


def family(event: str) -> str:
    """Return what an event is about: `quote` of `quote.sent`."""
    return event.partition(".")[0]


def _standard(name: str) -> dict[str, str]:
    """What is told of a record that callers write."""
    if name not in RECORDS:
        return {}
    one, changed = RECORDS[name]
    told = {f"{name}.created": f"{one} was added.", f"{name}.updated": f"{changed} was changed."}
    if name in NEVER_DELETED:
        return told
    return told | {
        f"{name}.deleted": f"{one} was deleted.",
        f"{name}.restored": f"{one} that had been deleted was brought back.",
    }


EVENTS: Final[Mapping[str, str]] = {
    event: about
    for name in sorted({*RECORDS, *map(family, MOMENTS)})
    for event, about in (
        *_standard(name).items(),
        *((event, about) for event, about in MOMENTS.items() if family(event) == name),
    )
}


FAMILIES: Final = tuple(sorted({family(event) for event in EVENTS}))
"""What events are about: every type of record, as events name it."""
SUBSCRIPTIONS: Final = (EVERYTHING, *(f"{each}.*" for each in FAMILIES), *EVENTS)
"""What a subscription may name: everything, a family, an event."""
_SUBSCRIPTIONS: Final = frozenset(SUBSCRIPTIONS)


def is_subscription(text: str) -> bool:
    """Whether this names an event, a family of events, or everything."""
    return text in _SUBSCRIPTIONS


def subscribes(subscriptions: Iterable[str], event: str) -> bool:
    """Whether one of these subscriptions is for this event."""
    wanted = {EVERYTHING, f"{family(event)}.*", event}
    return any(each in wanted for each in subscriptions)
