"""The tables, one module per aggregate, and the list of type tags their ids carry.

A tag is given once and never used again, not even after its table is gone: ids live on in other systems.
"""

from __future__ import annotations

from core.record import Row, tagged
from models.client import Client, ClientStatus, Contact
from models.quote import Quote, QuotePart, QuoteStatus

TAGS: dict[type[Row], int] = {
    Client: 0x001,
    Contact: 0x002,
    Quote: 0x003,
    QuotePart: 0x004,
}

for _model, _tag in TAGS.items():
    _model.tag = _tag
    _model.__table__.append_constraint(tagged(_tag))  # type: ignore[attr-defined]

__all__ = ["TAGS", "Client", "ClientStatus", "Contact", "Quote", "QuotePart", "QuoteStatus"]
