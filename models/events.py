"""The one registry of events: every name that webhooks can subscribe to, with when it is told.

A name is `<family>.<what happened>`; a subscription names events, a family (`quote.*`), or everything (`*`).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final

EVERYTHING: Final = "*"

EVENTS: Final[Mapping[str, str]] = {
    "client.created": "A client was added.",
    "client.updated": "A client, or a person there, was changed.",
    "client.deleted": "A client was deleted.",
    "quote.created": "A quote was written, as a draft.",
    "quote.updated": "A quote, or a line of it, was changed.",
    "quote.deleted": "A draft quote was deleted.",
    "quote.sent": "A quote was sent to its client; from then on its content is locked.",
    "registered_document.created": "A GraphQL document was registered.",
    "registered_document.deleted": "A registered GraphQL document was deleted.",
    "webhook_endpoint.created": "A webhook endpoint was added.",
    "webhook_endpoint.updated": "A webhook endpoint was changed, enabled or disabled.",
    "webhook_endpoint.deleted": "A webhook endpoint was deleted.",
    "webhook_endpoint.disabled": "A webhook endpoint answered 410 and gets nothing any more.",
}


def family(event: str) -> str:
    """Return what an event is about: `quote` of `quote.sent`."""
    return event.partition(".")[0]


def is_subscription(text: str) -> bool:
    """Whether this names an event, a family of events, or everything."""
    if text.endswith(".*"):
        return text[:-2] in {family(event) for event in EVENTS}
    return text == EVERYTHING or text in EVENTS


def subscribes(subscriptions: Iterable[str], event: str) -> bool:
    """Whether one of these subscriptions is for this event."""
    wanted = {EVERYTHING, f"{family(event)}.*", event}
    return any(each in wanted for each in subscriptions)
