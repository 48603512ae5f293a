"""Ids in the bodies of a contract that spells them its own way: each becomes the UUID that an input takes."""

from __future__ import annotations

from typing import Any

from sqlmodel import SQLModel

from core.facts import facts_of
from core.record import Row, model_of
from core.values.id_codecs import IdCodec
from engine.declare.model_inputs import MODEL
from engine.declare.names import snake
from rest.bodies import inputs_inside
from rest.faces import prefix_of


def with_uuids(cls: type, sent: dict[str, Any], ids: IdCodec) -> dict[str, Any]:
    """A body with the UUIDs of the rows it refers to, at any depth; what is no id stays, and is refused as ever."""
    inside = inputs_inside(cls)
    found: dict[str, Any] = {}
    for key, value in sent.items():
        name = snake(key)
        if name in inside and isinstance(value, list):
            found[key] = [with_uuids(inside[name], each, ids) if isinstance(each, dict) else each for each in value]
        elif isinstance(value, str) and (target := _target(cls, name)) is not None:
            found[key] = _uuid(value, target, ids)
        else:
            found[key] = value
    return found


def _target(cls: type, name: str) -> type[Row] | None:
    """The model of the rows that a field of an input refers to."""
    model = getattr(cls, MODEL, None)
    column = None if model is None else model.__table__.columns.get(name)
    to = None if column is None else facts_of(column).refers_to
    return None if to is None else model_of(SQLModel.metadata.tables[to])


def _uuid(text: str, target: type[Row], ids: IdCodec) -> str:
    try:
        return str(ids.read(text, prefix_of(target), target.tag))
    except ValueError:
        return text
