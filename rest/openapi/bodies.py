"""Bodies as JSON Schema: the inputs of the resolvers, as pydantic describes them, in the names of the answers.

What the inputs of one type have in common stands once, in `WritableQuote`; `CreateQuote`, `UpdateQuote` and
`UpsertQuote` add what is required, and what they alone take. What every record takes stands in `WritableRecord`.
"""

from __future__ import annotations

import warnings
from collections.abc import Mapping, Sequence
from typing import Any, Final, get_type_hints

import orjson
from pydantic.json_schema import PydanticJsonSchemaWarning

from core.facts import facts_of
from core.record import WRITTEN_BY_CALLERS
from core.values import checked
from core.values.checked import Check, Documented
from core.values.scalars import exact
from engine.declare.catalogue import Catalogue, Many, One, TypeSpec
from engine.declare.inputs import MAX_AT_ONCE, adapter, description_of, unread_in
from engine.declare.names import pascal
from engine.graph.operations import Operation
from rest.bodies import values_of
from rest.openapi.components import LONG, SCHEMAS, Components, Named, Schema, ref
from rest.openapi.examples import example

_ID: Final = r"^(?:[a-z_]+_[0-9a-f]{32}|[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12})$"
_AN_ID: Final = "01975c00-7b2a-7003-8d5a-3f0c9b1e2a44"
_REF: Final = "#/components/schemas/{model}"
_RULES: Final = (
    "NAME", "REFERENCE", "NOTE", "WEBSITE", "PRICE", "QUANTITY", "FRACTION", "COUNT", "CURRENCY", "UNIT",
)  # fmt: skip


class Bodies:
    """Collects the schemas of the inputs that routes take."""

    def __init__(self, catalogue: Catalogue, components: Components) -> None:
        self._catalogue, self._components = catalogue, components
        self._named = Named(components, _named(catalogue))
        self._inputs: dict[str, dict[str, Schema]] = {}
        """Inputs of records, which have much in common, by type."""
        self._whole: set[str] = set()
        self.shared: dict[str, Schema] = {}
        """What inputs have in common, and so what a row shows as it was written, by the name of its schema."""

    def of_body(self, cls: type, target: TypeSpec) -> Schema:
        """A reference to the schema of an input that is a whole body."""
        self._whole.add(cls.__name__)
        return self.of_input(cls, target)

    def of_input(self, cls: type, target: TypeSpec | None) -> Schema:
        """A reference to the schema of an input; `target` is what it makes or changes."""
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", PydanticJsonSchemaWarning)  # what may be left out has no default
            made = adapter(cls).json_schema(by_alias=False, ref_template=_REF)
        for name, inner in {**made.pop("$defs", {}), cls.__name__: made}.items():
            spec = target if name == cls.__name__ else self._catalogue.types.get(name.removesuffix("Input"))
            schema = self._named.put(_tidy(inner, spec), _enums(spec))
            if spec is not None and name == cls.__name__ and spec.has_life:
                self._inputs.setdefault(spec.name, {})[name] = schema
            else:
                self._components.schema(name, schema | {"additionalProperties": False})
        return ref(SCHEMAS, cls.__name__)

    def of_closed(self, name: str, base: str, cls: type, target: TypeSpec, keys: Mapping[str, str]) -> Schema:
        """A reference to the schema of a body that has these keys alone, each for a field of an input.

        `base` is called what the bodies of one face have in common.
        """
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", PydanticJsonSchemaWarning)
            made = adapter(cls).json_schema(by_alias=False, ref_template=_REF)
        for inner, schema in made.pop("$defs", {}).items():
            held = _tidy(schema, None)
            held["properties"] = {key: self._as_sent(each) for key, each in held.get("properties", {}).items()}
            self._components.schema(inner, self._named.put(held) | {"additionalProperties": False})
        told_of = {each.name: each.description for each in target.fields.values()}
        tidied, hints = _tidy(made, target)["properties"], get_type_hints(cls, include_extras=True)
        properties = {}
        for key, field in keys.items():
            about = description_of(hints[field]) or told_of.get(field)
            properties[key] = self._named.put(self._as_sent(tidied[field])) | ({"description": about} if about else {})
        required = [key for key, field in keys.items() if field in made.get("required", ())]
        self._whole.add(name)
        schema = self._with_base(base, properties) | ({"required": required} if required else {})
        return self._components.schema(name, schema)

    def _as_sent(self, schema: Schema) -> Schema:
        """A schema in a body of a closed contract: an id is spelled as its answers do, or is a UUID."""
        if "anyOf" in schema:
            return schema | {"anyOf": [self._as_sent(each) for each in schema["anyOf"]]}
        if schema.get("format") != "uuid":
            return schema
        kept = {key: each for key, each in schema.items() if key not in {"format", "type"}}
        return self._components.schema("AnyId", {"type": "string", "pattern": _ID, "examples": [_AN_ID]}) | kept

    def _with_base(self, base: str, properties: Schema) -> Schema:
        """A closed object of these properties, which the bodies of one face mostly have in common."""
        common = {"type": "object", "properties": properties}
        if self._components.found.get(SCHEMAS, {}).setdefault(base, common) == common:
            return {"type": "object", "allOf": [ref(SCHEMAS, base)], "unevaluatedProperties": False}
        there = self._components.found[SCHEMAS][base]["properties"]
        same = {key: {"$ref": f"#/components/schemas/{base}/properties/{key}"} for key in properties}
        own = {key: same[key] if there.get(key) == each else each for key, each in properties.items()}
        return {"type": "object", "properties": own, "additionalProperties": False}

    def of_values(self, name: str, declared: Operation, target: TypeSpec) -> Schema | None:
        """A reference to the schema of an operation's plain parameters; None when it has none."""
        properties, required = {}, []
        for each in values_of(declared).values():
            is_raw = each.name == declared.raw
            properties[each.name] = self.of_raw(name, declared) if is_raw else self._of_value(each.annotation, target)
            if each.default is each.empty:
                required.append(each.name)
        if not properties:
            return None
        self._whole.add(name)
        schema: Schema = {"type": "object", "properties": properties, "additionalProperties": False}
        return self._components.schema(name, schema | ({"required": required} if required else {}))

    def of_raw(self, name: str, declared: Operation) -> Schema:
        """A reference to the schema of the body that the operation of this name takes as it is."""
        assert declared.raw is not None
        made = {"type": "string", "minLength": 1} | ({"examples": [declared.example]} if declared.example else {})
        return self._components.schema(f"{name}{pascal(declared.raw)}", made)

    def _of_value(self, hint: Any, target: TypeSpec) -> Schema:
        unread = unread_in(hint)
        if unread is None:
            found: Schema = self._named.put(adapter(exact(hint)).json_schema())
            return found
        return {"type": "array", "items": self.of_input(unread, target), "minItems": 1, "maxItems": MAX_AT_ONCE}

    def members(self, given: Schema) -> Schema:
        """The schema behind a reference; nothing of an input of records, which is written in the end."""
        return self._components.found[SCHEMAS].get(given["$ref"].rpartition("/")[2], {})

    def of_answer(self, cls: type) -> Schema:
        """A reference to the schema of a value that a command answers."""
        made = adapter(cls).json_schema(ref_template=_REF)
        for name, inner in {**made.pop("$defs", {}), cls.__name__: made}.items():
            given = inner.get("properties", {}).items()
            properties = {key: {k: v for k, v in each.items() if k != "title"} for key, each in given}
            kept = {k: v for k, v in inner.items() if k not in {"title", "properties"}}
            self._components.schema(name, kept | ({"properties": properties} if properties else {}))
        return ref(SCHEMAS, cls.__name__)

    def finish(self) -> None:
        """Write the inputs of records, and what they have in common."""
        for name, inputs in self._inputs.items():
            self._share(name, inputs)

    def exemplify(self) -> None:
        """Give each body its example."""
        schemas = self._components.found[SCHEMAS]
        for name in self._whole:
            schemas[name]["examples"] = [example(name, schemas)]

    def _share(self, name: str, inputs: dict[str, Schema]) -> None:
        whole = {key: each for key, each in inputs.items() if set(WRITTEN_BY_CALLERS) <= each["properties"].keys()}
        for key in inputs.keys() - whole.keys() if whole else ():  # a command's own, which has little in common
            self._components.schema(key, inputs[key] | {"additionalProperties": False})
        inputs = whole or inputs
        first, *others = inputs.values()
        lists = {each.name for each in self._catalogue.types[name].fields.values() if isinstance(each, Many)}
        shared = {
            key: each
            for key, each in first["properties"].items()
            if (others or key in WRITTEN_BY_CALLERS)
            and key not in lists
            and all(other["properties"].get(key) == each for other in others)
        }
        bases = [self._base(name, shared)] if shared else []
        for key, schema in inputs.items():
            own = {
                each: self._once(name, each, found, inputs)
                for each, found in schema["properties"].items()
                if each not in shared
            }
            made = {each: found for each, found in schema.items() if each != "properties"}
            if bases:
                made |= {"allOf": bases, "unevaluatedProperties": False} | ({"properties": own} if own else {})
            else:
                made |= {"properties": own, "additionalProperties": False}
            self._components.schema(key, made)

    def _once(self, name: str, key: str, schema: Schema, inputs: dict[str, Schema]) -> Schema:
        """A property that some of the inputs have: a reference where it is long, and another one has the same."""
        same = [each for each in inputs.values() if each["properties"].get(key) == schema]
        if len(orjson.dumps(schema)) < LONG or len(same) == 1:
            return schema
        title = f"{name}{pascal(key)}"
        taken = self._components.found[SCHEMAS].get(title, schema) != schema  # by the enum of the column
        return self._components.schema(f"Writable{title}" if taken else title, schema)

    def _base(self, name: str, shared: Schema) -> Schema:
        common: Schema = {each: shared[each] for each in WRITTEN_BY_CALLERS if each in shared}
        if len(common) < len(WRITTEN_BY_CALLERS):
            return self._written(name, shared)
        own = {key: each for key, each in shared.items() if key not in common}
        record = self._written("Record", common)
        return self._written(name, own, [record]) if own else record

    def _written(self, name: str, properties: Schema, bases: Sequence[Schema] = ()) -> Schema:
        self.shared[name] = properties
        made = {"type": "object", "properties": properties} | ({"allOf": [*bases]} if bases else {})
        return self._components.schema(f"Writable{name}", made)


def _tidy(schema: Schema, spec: TypeSpec | None) -> Schema:
    """Leave out what pydantic makes up, and describe each field as the answer's field is."""
    about = _descriptions(spec)
    properties = {}
    for name, given in schema.get("properties", {}).items():
        kept = {
            key: value for key, value in given.items() if key != "title" and not (key == "default" and value is None)
        }
        properties[name] = kept | about.get(name, {})
    closed = {key: value for key, value in schema.items() if key not in {"title", "additionalProperties"}}
    return closed | {"properties": properties}


def told(description: str, scope: str | None) -> Schema:
    """What is said of a field."""
    if scope is None:
        return {"description": description}
    return {"description": f"{description} Needs `{scope}`; left out without it.", "x-required-scope": str(scope)}


def _descriptions(spec: TypeSpec | None) -> dict[str, Schema]:
    if spec is None:
        return {}
    fields = list(spec.fields.values())
    found = {each.name: told(each.description, each.scope) for each in fields if not isinstance(each, One)}
    return found | {each.reference.name: told(each.description, None) for each in fields if isinstance(each, One)}


def _enums(spec: TypeSpec | None) -> set[str]:
    """The names of the enums of a type's own columns."""
    return set() if spec is None else {each.choices.__name__ for each in spec.columns() if each.choices is not None}


def _named(catalogue: Catalogue) -> dict[str, Schema]:
    """The schemas that inputs share: rules of values, and the words of enums."""
    rules: dict[str, Check] = {pascal(name.lower()): getattr(checked, name) for name in _RULES}
    found = {name: rule.json_schema() for name, rule in rules.items()}
    for spec in catalogue.types.values():
        for each in spec.model.__table__.columns:  # type: ignore[attr-defined]
            rule = facts_of(each).rule
            if isinstance(rule, Documented) and rule.name:
                found[rule.name] = rule.json_schema()
        for column in spec.columns():
            if column.choices is not None:
                found[column.choices.__name__] = {"type": "string", "enum": [str(each) for each in column.choices]}
    return found
