"""Hostile documents by what is hostile in them: those that are refused, and the heaviest that the limits let pass."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from engine.document.scan import TOKENS, scan

NODES = "{ quotes { nodes { %s } } }"


def nested(opening: str, inner: str, closing: str, depth: int) -> str:
    return opening * depth + inner + closing * depth


def many(part: str, count: int) -> str:
    """A part as often as that, its `%` the number of each."""
    return " ".join(part.replace("%", str(number)) for number in range(count))


def fragments(body: str, count: int, of: str = "Quote") -> str:
    """Fragments F0, F1, …; in the body `%` is the number of each, `+` that of the next."""
    made = (body.replace("%", str(number)).replace("+", str(number + 1)) for number in range(count))
    return " ".join(f"fragment F{number} on {of} {{ {each} }}" for number, each in enumerate(made))


REFUSED: Final[dict[str, str]] = {
    "a field a thousand times": NODES % ("id " * 990),
    "a field ten thousand times": NODES % ("id " * 10_000),
    "a connection a thousand times": "{ " + "quotes { nodes { id } } " * 1_000 + "}",
    "a connection 142 times with other arguments": "{ " + many("quotes(first: %) { __typename }", 110) + " }",
    "equal fields with other arguments": NODES % many("parts(first: %) { totalCount }", 100),
    "equal fields with other arguments deep down": NODES
    % many("client { quotes(first: 1) { nodes { parts(first: %) { totalCount } } } }", 40),
    "equal fields that are different fields": NODES % (many("x: id", 28) + " x: number"),
    "fields conflicting across fragments": NODES % many("...F%", 60) + fragments("parts(first: %) { totalCount }", 60),
    "a thousand aliases": NODES % many("a%: id", 330),
    "aliases of roots": "{ " + many("a%: quotes { nodes { id } }", 100) + " }",
    "aliases by fragments": "{ ...F0 } "
    + fragments("a%: __typename ...F+", 40, "Query")
    + " fragment F40 on Query { id }",
    "a thousand operations": many("query Q% { __typename }", 1_000),
    "eleven operations": many("query Q% { __typename }", 11),
    "a thousand fragments": "{ __typename } " + fragments("id", 1_000),
    "a hundred fragments that nobody spreads": "{ __typename } " + fragments("id", 100),
    "fragments that double": NODES % "...F0" + fragments("...F+ ...F+", 22) + " fragment F22 on Quote { id }",
    "fragments that double ninety times": NODES % "...F0"
    + fragments("...F+ ...F+", 88)
    + " fragment F88 on Quote { id }",
    "fragments that grow by eight": NODES % "...F0" + fragments("...F+ " * 8, 30) + " fragment F30 on Quote { id }",
    "a fragment that spreads itself": "{ quotes { nodes { ...F0 } } } fragment F0 on Quote { ...F0 }",
    "a long circle of fragments": NODES % "...F0" + fragments("...F+", 100) + " fragment F100 on Quote { ...F0 }",
    "circles through fields": NODES % "...F0" + fragments("client { quotes { nodes { ...F+ } } }", 40),
    "fragments of nothing": NODES % many("...G%", 150),
    "inline fragments nested": NODES % nested("... on Quote { ", "id", " }", 62),
    "inline fragments side by side": NODES % ("... { id } " * 240),
    "selections nested": NODES % nested("client { quotes { nodes { ", "id", " } } }", 30),
    "braces": "{" * 60_000,
    "a list nested": "{ nodes(ids: " + nested("[", "", "]", 32_000) + ") { id } }",
    "a list nested within the brackets": "{ nodes(ids: " + nested("[", "", "]", 60) + ") { id } }",
    "an object nested": "{ quotes(filter: " + nested("{not: ", "{}", "}", 8_000) + ") { nodes { id } } }",
    "an object nested within the brackets": "{ quotes(filter: "
    + nested("{nott: ", "{}", "}", 60)
    + ") { totalCount } }",
    "a type nested": "query($a: " + nested("[", "ID", "]", 20_000) + ") { __typename }",
    "a huge integer": "{ quotes(first: " + "9" * 60_000 + ") { nodes { id } } }",
    "three hundred huge integers": "{ nodes(ids: [" + ("9" * 200 + " ") * 300 + "]) { id } }",
    "integers where numbers are none": "{ quotes(" + "first: 99999999999 " * 300 + ") { nodes { id } } }",
    "a huge float": "{ quotes(first: 1e" + "9" * 60_000 + ") { nodes { id } } }",
    "directives a thousand times": "{ __typename " + "@include(if: true) " * 1_000 + "}",
    "unknown directives": "{ __typename " + "@a " * 400 + "}",
    "a hundred equal directives": "{ __typename " + "@skip(if: false) " * 100 + "}",
    "arguments a hundred times": "{ quotes(" + "first: 1 " * 300 + ") { nodes { id } } }",
    "unknown arguments": "{ quotes(" + many("a%: 1", 300) + ") { nodes { id } } }",
    "unknown fields": NODES % many("f%", 190),
    "unknown fields with long names": NODES % many("f" * 300 + "%", 190),
    "one long name": NODES % ("x" * 65_000),
    "variables that nobody uses": "query(" + many("$v%: Int", 240) + ") { __typename }",
    "variables a hundred times": "query(" + "$v: Int " * 240 + ") { __typename }",
    "variables that nobody declared": NODES % many("id @include(if: $v%)", 90),
    "introspection nested": "{ __schema { types { fields { type "
    + nested("{ ofType ", "{ name }", "}", 40)
    + "} } } }",
    "introspection in circles": "{ __schema { types { " + nested("fields { type { ", "name", " } }", 12) + " } } }",
    "introspection side by side": "{ " + many("a%: __schema { types { fields { type { name } } } }", 31) + " }",
    "a block string without an end": '{ quotes(filter: {title: {eq: """' + 'x\\"""' * 12_000 + " }}) { totalCount } }",
    "a string without an end": '{ quotes(filter: {title: {eq: "' + "\\\\" * 30_000,
    "quotes": '"' * 60_000,
    "backslashes": "\\" * 60_000,
    "a long comment": "#" + "x" * 70_000,
    "a thousand comments": "# x\n" * 1_100 + "{ __typename }",
    "commas": "," * 65_000 + "}",
    "byte order marks": "\ufeff" * 65_000,
    "characters beyond ASCII": "{ " + "é" * 60_000 + " }",
    "mathematical letters": "{ \U0001d434\U0001d435 }",
    "half a character by escape": '{ quotes(filter: {title: {eq: "' + "\\ud800" * 5_000 + '"}}) { totalCount } }',
    "dots": "." * 65_000,
    "definitions of types": many("type T% { a: Int }", 140),
    "a subscription of many fields": "subscription { " + many("a%: changes { cursor }", 28) + " }",
    "enum values that are none": "{ quotes(filter: {status: {in: [" + many("NO%", 400) + "]}}) { nodes { id } } }",
    "aliases of heavy lists": "{ "
    + many("a%: quotes(first: 250) { nodes { id client { id name } parts(first: 250) { nodes { id } } } }", 28)
    + " }",
    "aliases of heavy lists with variables": "query($n: Int) { "
    + many("a%: quotes(first: 250) { nodes { id client { id } parts(first: 250) { nodes { id } } } }", 28)
    + " b: clients(first: $n) { nodes { id } } }",
    "aliases of exact counts": "{ "
    + many("a%: quotes(first: 250) { totalCount(exact: true) nodes { parts(first: 250) { nodes { id } } } }", 26)
    + " }",
    "input fields a hundred times": "{ quotes(filter: {" + 'title: {eq: "x"} ' * 130 + "}) { nodes { id } } }",
}
"""Each is refused, by its name in a test."""


def largest(make: Callable[[int], str], most: int = TOKENS) -> str:
    """The longest document of its kind within the tokens."""
    count = 1
    while count < most and _fits(make(count + 1), most):
        count += 1
    return make(count)


def _fits(text: str, most: int) -> bool:
    try:
        return len(scan(text, most)) <= most
    except Exception:  # noqa: BLE001  # any limit: the one before was the largest
        return False


_TREE = "a%: quotes(first: 2) { nodes { id client { id name contacts(first: 2) { nodes { id firstName } } } } }"

HEAVY: Final[dict[str, str]] = {
    "equal connections": largest(lambda n: "{ " + "quotes { nodes { id number title } } " * n + "}"),
    "equal trees": largest(
        lambda n: (
            "{ " + "quotes(first: 5) { nodes { id client { id name } parts(first: 3) { nodes { id } } } } " * n + "}"
        )
    ),
    "equal deep trees": largest(
        lambda n: "{ " + "quotes{nodes{client{quotes{nodes{client{quotes{nodes{client{id}}}}}}}}} " * n + "}"
    ),
    "thirty aliased trees": largest(lambda n: "{ " + many(_TREE, min(n, 30)) + " }"),
    "aliased lists with filters": largest(
        lambda n: "{ " + many("a%: quotes(filter: {status: {eq: DRAFT}}) { nodes { id number } totalCount }", n) + " }"
    ),
    "a fragment each": largest(lambda n: NODES % many("...F%", n) + fragments("id number title status", n)),
    "a fragment each with a connection": largest(
        lambda n: NODES % many("...F%", n) + fragments("client { name } parts(first: 3) { nodes { id } }", n)
    ),
    "a chain of fragments": largest(
        lambda n: NODES % "...F0" + fragments("id ...F+", n) + f" fragment F{n} on Quote {{ id }}"
    ),
    "inline fragments": largest(lambda n: NODES % ("... on Quote { id } " * n)),
    "two hundred fields": NODES % ("id number title status " * 50),
    "several types": largest(
        lambda n: (
            "{ " + 'node(id: "x") { id ... on Quote { number } ... on Client { name } ... on Node { id } } ' * n + "}"
        )
    ),
    "a variable for each field": largest(
        lambda n: "query Q(" + many("$v%: Boolean = true", n) + ") " + NODES % many("id @include(if: $v%)", n)
    ),
    "ten operations": largest(
        lambda n: many("query Q% { " + "quotes { nodes { id number client { id name } } } " * n + "}", 10)
    ),
    "a filter of fifty": "{ quotes(filter: {or: [" + '{title: {eq: "x"}} ' * 50 + "]}) { nodes { id } } }",
    "introspection": "{ __schema { types { name fields { name args { name type { name ofType { name } } } } } } }",
}
"""Each is accepted."""
