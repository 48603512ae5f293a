"""Random documents over the SDL: aliases, fragments, directives, variables, filters, orders, pages; by seed."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from graphql import GraphQLEnumType, GraphQLObjectType, GraphQLSchema, get_named_type, is_leaf_type

STATUSES = ("DRAFT", "SENT")
MOMENTS = ("CREATED_AT", "SENT_AT", "DUE_ON")
CONNECTIONS = {"quotes": "Quote", "clients": "Client", "parts": "QuotePart", "contacts": "Contact"}
MAX_DEPTH = 3
SEARCHES = ("brack", "acme co", "ACKET 10", "PO 12", "q 3", "ünï", "no such thing", "50")
COST = {"Quote": "cost", "Client": "creditLimit"}
ZONES = ("UTC", "Europe/Berlin", "America/Los_Angeles", "Asia/Kolkata")
MEASURED = {
    "Quote": (
        ("TOTAL", "SUBTOTAL", "REVISION", "COST"),
        ("STATUS", "CURRENCY", "CLIENT_ID", "TITLE", "DUE_ON", "CLIENT_NAME", "CLIENT_STATUS", "CONTACT_EMAIL"),
        MOMENTS,
    ),
    "Client": (("PAYMENT_DAYS", "VERSION", "CREDIT_LIMIT"), ("STATUS", "CURRENCY", "NAME", "TAX_EXEMPT"), MOMENTS[:1]),
}
"""What is measured, grouped by and put into buckets."""
SCOPED = {"COST_ASC", "COST_DESC", "CREDIT_LIMIT_ASC", "CREDIT_LIMIT_DESC"}
SCOPED |= {"STATUS_ASC", "STATUS_DESC", "CLIENT_ID_ASC", "CLIENT_ID_DESC"}
"""What a key without costs, or nobody, may order by alone: asked for at the root only, where the whole field fails."""
TOGETHER = (
    ("STATUS_ASC", "DUE_ON_ASC"),
    ("STATUS_DESC", "DUE_ON_DESC"),
    ("CLIENT_ID_ASC", "DUE_ON_ASC"),
    ("CLIENT_ID_DESC", "DUE_ON_DESC"),
    ("STATUS_ASC", "DUE_ON_DESC"),
    ("DUE_ON_ASC", "STATUS_ASC"),
)
"""Orders by several fields; the last two are not offered."""


@dataclass
class Documents:
    """Makes documents; `ids` are ids of rows by type, existing ones and others."""

    schema: GraphQLSchema
    ids: dict[str, list[str]]
    holes: bool = False
    cursors: list[tuple[str, str, str]] = field(default_factory=list)
    """Lists to page on in: the root field, its filter and order as text, and a cursor of that list."""
    random: random.Random = field(default_factory=random.Random)
    variables: dict[str, tuple[str, Any]] = field(default_factory=dict)
    fragments: dict[str, str] = field(default_factory=dict)

    def make(self, seed: int) -> tuple[str, dict[str, Any]]:
        """A document and its variables."""
        self.random = random.Random(seed)
        self.variables, self.fragments = {"yes": ("Boolean!", True), "no": ("Boolean!", False)}, {}
        roots = " ".join(self._root(number) for number in range(self.random.choice((1, 1, 1, 2, 3))))
        declared = ", ".join(f"${name}: {kind}" for name, (kind, _) in self.variables.items())
        text = f"query Made({declared}) {{ __typename @include(if: $yes) no: __typename @skip(if: $no) {roots} }} "
        return text + " ".join(self.fragments.values()), {name: value for name, (_, value) in self.variables.items()}

    def _root(self, number: int) -> str:
        choice = self.random.random()
        if choice < 0.1:
            return f"r{number}: {self._metrics()}"
        if choice < 0.2 and self.cursors:
            return f"r{number}: {self._paged_on()}"
        if choice < 0.6:
            name = self.random.choice(("quotes", "clients"))
            return f"r{number}: {self._connection(name, CONNECTIONS[name], 0)}"
        kind = self.random.choice(("Quote", "Client"))
        row = self.random.choice(self.ids[kind]) if self.random.random() < 0.9 else "no-id"
        if choice < 0.8:
            return f"r{number}: {kind.lower()}(id: {self._value('ID!', row)}) {{ {self._object(kind, 0)} }}"
        if choice < 0.9:
            ids = self.random.choices([*self.ids["Quote"], *self.ids["Client"]], k=self.random.randint(0, 5))
            literal = "[" + ", ".join(f'"{each}"' for each in ids) + "]"
            inner = " ".join(f"... on {each} {{ {self._object(each, 1)} }}" for each in ("Quote", "Client"))
            return f"r{number}: nodes(ids: {self._value('[ID!]!', ids, literal)}) {{ id {inner} }}"
        return f'r{number}: node(id: "{row}") {{ id __typename ... on {kind} {{ {self._object(kind, 1)} }} }}'

    def _value(self, kind: str, value: Any, literal: str | None = None) -> str:
        """A value, as a variable or as a literal."""
        if self.random.random() < 0.5:
            return literal if literal is not None else f'"{value}"' if isinstance(value, str) else str(value).lower()
        name = f"v{len(self.variables)}"
        self.variables[name] = (kind, value)
        return f"${name}"

    def _connection(self, name: str, kind: str, depth: int) -> str:
        given = []
        if self.random.random() < 0.7:
            word = self.random.choice(("first", "first", "last"))
            given.append(f"{word}: {self._value('Int', self.random.choice((0, 1, 2, 3, 7, 250)))}")
        if kind in {"Quote", "Client"}:
            if self.random.random() < 0.4:
                given.append(f"orderBy: {self._order(kind, depth)}")
            if self.random.random() < 0.5:
                given.append(f"filter: {self._whole_filter(kind, min(depth, 1))}")
        arguments = f"({', '.join(given)})" if given else ""
        return f"{name}{arguments}{self._directive()} {{ {self._page(kind, depth)} }}"

    def _order(self, kind: str, depth: int) -> str:
        """An order by one field or several; at the root now and then one that is not offered."""
        if kind == "Quote" and self.random.random() < 0.4:
            words = list(self.random.choice(TOGETHER if depth == 0 else TOGETHER[:4]))
        else:
            kept = [name for name in self._enum(f"{kind}Order").values if depth == 0 or name not in SCOPED]
            words = [self.random.choice(kept)]
        literal = words[0] if len(words) == 1 else f"[{', '.join(words)}]"
        return self._value(f"[{kind}Order!]", words, literal)

    def _paged_on(self) -> str:
        """The next or the previous page of a list; now and then with a cursor of another list, or with none at all."""
        name, listed, cursor = self.random.choice(self.cursors)
        chance = self.random.random()
        if chance < 0.1:
            cursor = "MXxub25zZW5zZQ"
        elif chance < 0.25:
            _, listed, _ = self.random.choice([each for each in self.cursors if each[0] == name])
        size, place = self.random.choice((("first", "after"), ("last", "before")))
        asked = [f"{place}: {self._value('String', cursor)}", listed]
        if self.random.random() < 0.8:
            asked.append(f"{size}: {self._value('Int', self.random.choice((0, 1, 2, 5, 100)))}")
        return f"{name}({', '.join(each for each in asked if each)}) {{ {self._page(CONNECTIONS[name], 1)} }}"

    def _metrics(self) -> str:
        name = self.random.choice(("quotes", "quotes", "clients"))
        kind = CONNECTIONS[name]
        numbers, groups, moments = MEASURED[kind]
        given = [f"resource: {name.upper()}"]
        if self.random.random() < 0.7:
            functions = ("COUNT", "SUM", "AVG", "MIN", "MAX", "P50", "P95")
            pairs = {(self.random.choice(functions), self.random.choice(numbers)) for _ in range(3)}
            found = [f"{{function: {function}, field: {field}}}" for function, field in sorted(pairs)]
            given.append(f"measure: [{', '.join(found)}]")
        if self.random.random() < 0.6:
            given.append(f"groupBy: [{', '.join(self.random.sample(groups, self.random.choice((1, 1, 2))))}]")
        if self.random.random() < 0.6:
            unit, zone = self.random.choice(("DAY", "WEEK", "MONTH")), self.random.choice(ZONES)
            ends = f'from: "2025-12-{self.random.randint(1, 31):02}", to: "2026-0{self.random.randint(1, 3)}-11"'
            given.append(f'bucket: {{field: {self.random.choice(moments)}, unit: {unit}, timeZone: "{zone}", {ends}}}')
        if self.random.random() < 0.5:
            given.append(f"filter: {{{name}: {self._whole_filter(kind, 0)}}}")
        inner = ("columns { name kind field function }", "points { bucket group values __typename }", "truncated")
        shown = self.random.sample(inner, self.random.randint(1, 3))
        return f"metrics({', '.join(given)}){self._directive()} {{ {' '.join(shown)} __typename }}"

    def _enum(self, name: str) -> GraphQLEnumType:
        found = self.schema.type_map[name]
        assert isinstance(found, GraphQLEnumType)
        return found

    def _filter(self, kind: str, depth: int) -> str:
        choices: list[Callable[[], str]] = [
            lambda: self._is_status(kind),
            lambda: f"status: {{notIn: [{self._status(kind)}]}}",
            lambda: f'currency: {{in: ["USD", {self._value("String!", "EUR")}]}}',
            lambda: 'createdAt: {gte: "2026-01-01T00:00:03Z"}',
            lambda: f'id: {{ne: "{self.random.choice(self.ids[kind])}"}}',
            lambda: f"search: {self._value('String', self.random.choice(SEARCHES))}",
            lambda: 'createdAt: {ne: "2026-01-01T00:00:01Z", lt: "2026-01-01T00:00:09Z"}',
            lambda: f'{COST[kind]}: {{gt: "0.5"}}' if depth == 0 else "id: {isNull: false}",
        ]
        if kind == "Quote":
            choices += [
                lambda: 'total: {gt: "10", lte: "99.5"}',
                lambda: "title: {isNull: true}",
                lambda: 'title: {in: ["Bracket 100%", "Acme Co"]}',
                lambda: 'dueOn: {gte: "1999-01-01"}',
                lambda: f"dueOn: {{isNull: {self._value('Boolean', True)}}}",
                lambda: 'dueOn: {ne: "1999-12-30"}',
                lambda: 'sentAt: {notIn: ["2026-01-01T00:00:00Z"]}',
                lambda: 'sentAt: {in: ["2026-01-01T00:00:00Z"], lte: "2026-01-02T00:00:00Z"}',
                lambda: 'total: {ne: "12.5", lt: "80"}',
                lambda: 'number: {ne: "Q-1"}',
                lambda: 'title: {eq: "%"}',
                lambda: "estimator: {isNull: false}",
                lambda: f"title: {{startsWith: {self._value('String', 'Bra')}}}",
                lambda: f"clientId: {{eq: {self._value('ID', self.random.choice(self.ids['Client']))}}}",
                *[lambda: self._through(depth)] * (3 if depth == 0 else 0),
            ]
        else:
            choices += [
                lambda: 'name: {contains: "A"}',
                lambda: "code: {isNull: false}",
                lambda: "taxExempt: {eq: true}",
                lambda: "taxExempt: {ne: true}",
                lambda: 'name: {ne: "Acme Co"}',
                lambda: 'code: {startsWith: "C"}',
            ]
        if depth < 2:
            choices += [
                lambda: f"or: [{self._filter(kind, depth + 1)}, {self._filter(kind, depth + 1)}]",
                lambda: f"and: [{self._filter(kind, depth + 1)}]",
                lambda: f"not: {self._filter(kind, depth + 1)}",
            ]
        return "{" + self.random.choice(choices)() + "}"

    def _through(self, depth: int) -> str:
        """A filter through an edge."""
        if self.random.random() < 0.3:
            email = self.random.choice(('eq: "p1@example.com"', 'ne: "p1@example.com"', "isNull: true"))
            return f"contact: {{email: {{{email}}}}}"
        inner = self._filter("Client", 2 if self.random.random() < 0.5 else depth + 1)
        while "search" in inner:
            inner = self._filter("Client", 2)
        if self.random.random() < 0.5:
            return f"client: {inner}"
        return f"client: {self._value('ClientEdgeFilter', {'name': {'startsWith': 'A'}}, inner)}"

    def _whole_filter(self, kind: str, depth: int) -> str:
        """The filter of a list: beside its conditions, now and then, whether deleted rows are listed."""
        found = self._filter(kind, depth)
        if self.random.random() < 0.8:
            return found
        return f"{{deleted: {self.random.choice(('INCLUDE', 'ONLY', 'EXCLUDE'))} {found[1:]}"

    def _is_status(self, kind: str) -> str:
        status = self._status(kind)
        return f"status: {{eq: {self._value(f'{kind}Status', status, status)}}}"

    def _status(self, kind: str) -> str:
        return self.random.choice(STATUSES if kind == "Quote" else ("ACTIVE", "INACTIVE"))

    def _page(self, kind: str, depth: int) -> str:
        found = []
        if self.random.random() < 0.8:
            found.append(f"nodes{self._directive()} {{ {self._object(kind, depth)} }}")
        if self.random.random() < 0.3:
            inner = self._object(kind, depth + 1)
            found.append(f"edges {{ {self._alias('cursor')} __typename node {{ {inner} }} }}")
        if self.random.random() < 0.3:
            facts = self.random.sample(("hasNextPage", "hasPreviousPage", "startCursor", "endCursor", "__typename"), 2)
            found.append(f"pageInfo {{ {' '.join(facts)} }}")
        if self.random.random() < 0.2:
            found.append(self._alias("totalCount") + self.random.choice(("", "(exact: true)")))
        self.random.shuffle(found)
        return " ".join(found or ["__typename"])

    def _object(self, kind: str, depth: int) -> str:
        gtype = self.schema.type_map[kind]
        assert isinstance(gtype, GraphQLObjectType)
        leaves = [name for name, each in gtype.fields.items() if is_leaf_type(get_named_type(each.type))]
        found = [self._alias(self.random.choice(leaves)) + self._directive() for _ in range(self.random.randint(1, 6))]
        found += ["__typename"] * (self.random.random() < 0.2)
        if depth < MAX_DEPTH:
            found += self._edges(kind, depth)
        if self.random.random() < 0.25:
            found.append(f"... on {kind}{self._directive()} {{ {self._object(kind, depth + 1)} }}")
        if self.random.random() < 0.2:
            found.append(self._fragment(kind, leaves))
        if kind in {"Quote", "Client"} and self.holes:
            found.append("externalIds { externalId __typename system }")
        if kind == "QuotePart" and self.holes:
            found.append("unitOfMeasure { name code }")
        self.random.shuffle(found)
        return " ".join(found)

    def _edges(self, kind: str, depth: int) -> list[str]:
        found = []
        if kind == "Quote":
            if self.random.random() < 0.5:
                found.append(f"client{self._directive()} {{ {self._object('Client', depth + 1)} }}")
            if self.random.random() < 0.3:
                found.append(f"contact {{ {self._object('Contact', depth + 2)} }}")
            if self.random.random() < 0.5:
                found.append(f"p{depth}: {self._connection('parts', 'QuotePart', depth + 1)}")
        if kind == "Client":
            if self.random.random() < 0.5:
                found.append(f"c{depth}: {self._connection('contacts', 'Contact', depth + 1)}")
            if self.random.random() < 0.3:
                found.append(f"q{depth}: {self._connection('quotes', 'Quote', depth + 2)}")
        return found

    def _fragment(self, kind: str, leaves: list[str]) -> str:
        name = f"F{len(self.fragments)}"
        self.fragments[name] = f"fragment {name} on {kind} {{ {' '.join(self.random.sample(leaves, 3))} }}"
        return f"...{name}{self._directive()}"

    def _alias(self, name: str) -> str:
        return f"x_{name}: {name}" if self.random.random() < 0.05 else name

    def _directive(self) -> str:
        return self.random.choice(
            ("",) * 8 + (" @include(if: $yes)", " @skip(if: $yes)", " @include(if: false)", " @skip(if: $no)")
        )
