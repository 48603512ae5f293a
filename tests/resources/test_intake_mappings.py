"""Files of several orders: X12 interchanges, CSV and JSON by a saved mapping, each order with what became of it."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from tests.kit.client import Answer
from tests.kit.client import Client as Api
from tests.kit.fixtures import Key
from tests.kit.tenant import Tenant
from tests.kit.x12 import HEAD, document, transaction, written
from tests.resources.test_intake_again import of, order, quotes

PATH, MAPPINGS = "/api/v1/intake/orders", "/api/v1/intake-mappings"
COLUMNS = [
    {"holds": "order_number", "source": "PO"},
    {"holds": "client", "source": "Customer"},
    {"holds": "part_number", "source": "Item"},
    {"holds": "customer_part_number", "source": "Their item"},
    {"holds": "description", "source": "Text"},
    {"holds": "quantity", "source": "Qty"},
    {"holds": "unit_price", "source": "Price"},
    {"holds": "line_due_on", "source": "Due"},
]
HEADING = "PO;Customer;Item;Their item;Text;Qty;Price;Due\n"


async def send(api: Api, content: bytes | str, query: str = "", media: str = "text/plain") -> Answer:
    body = content if isinstance(content, bytes) else content.encode()
    return await api.request("POST", f"{PATH}{query}", content=body, headers={"content-type": media})


def results(answer: Answer) -> list[str]:
    assert answer.status == 200, answer.body
    return [each["result"] for each in answer.data["orders"]]


def two(second: tuple[str, ...] = of("PO-2")) -> bytes:
    """One interchange with two orders."""
    whole = [*HEAD, *transaction(*of("PO-1")), *transaction(*second, control="0002"), "GE*2*93", "IEA*1*000000416"]
    return written(whole, layout="")


@pytest.fixture
async def mapping(api: Api) -> dict[str, Any]:
    sent = {"name": "Harbor", "format": "csv", "delimiter": ";", "decimal_comma": True, "date_order": "dmy"}
    made = await api.post(MAPPINGS, sent | {"columns": COLUMNS})
    assert made.status == 201, made.body
    return dict(made.data)


@pytest.fixture
async def harbor(api: Api) -> str:
    named = {"system": "erp", "external_id": "4711"}
    made = await api.post("/api/v1/clients", {"name": "Harbor", "code": "HARBOR", "external_ids": [named]})
    return str(made.data["id"])


async def test_orders_and_interchanges_of_one_file_are_taken_each_by_itself(api: Api, company: Tenant):
    other = written([each.replace("*000000416", "*000000417") for each in document(*of("PO-3"))], "'", "\r\n")
    answer = await send(api, two(of("PO-2", "PO1*1*4*XX*27.50")) + other)
    assert results(answer) == ["created", "error", "created"]
    first, second, third = answer.data["orders"]
    assert (answer.data["taken"], answer.data["replayed"], answer.data["failed"]) == (2, 0, 1)
    assert [each["order_number"] for each in answer.data["orders"]] == ["PO-1", "PO-2", "PO-3"]
    assert second["error"]["code"] == "validation_error"
    assert second["error"]["message"] == "PO1 (segment 13): unknown unit of measure 'XX'"
    assert (second["quote_id"], second["intake_id"]) == (None, None)
    quote = (await api.get(f"/api/v1/quotes/{third['quote_id']}")).data
    assert (quote["customer_po_number"], quote["status"]) == ("PO-3", "draft")
    again = await send(api, two(of("PO-2")) + other)
    assert results(again) == ["replayed", "created", "replayed"]
    assert [again.data["orders"][place]["quote_id"] for place in (0, 2)] == [first["quote_id"], third["quote_id"]]
    assert await quotes(company) == 3


async def test_all_are_taken_in_or_none(api: Api, company: Tenant):
    answer = await send(api, two(of("PO-2", "PO1*1*4*XX*27.50")), "?atomic=true")
    assert (answer.status, answer.code) == (422, "validation_error")
    assert answer.json["error"]["message"] == "orders[1]: PO1 (segment 13): unknown unit of measure 'XX'"
    assert await quotes(company) == 0
    assert await company.value("select count(*) from clients") == 0
    assert results(await send(api, two(), "?atomic=true")) == ["created", "created"]


@pytest.mark.usefixtures("harbor")
async def test_of_all_or_none_every_order_that_is_refused_is_told(api: Api, company: Tenant):
    columns = [each for each in COLUMNS if each["holds"] in {"order_number", "client", "description", "quantity"}]
    assert (await api.post(MAPPINGS, {"name": "Plain", "format": "csv", "columns": columns})).status == 201
    rows = "PO,Customer,Text,Qty\nA,HARBOR,Bolt,x\nB,HARBOR,Nut,2\nC,NOBODY,Nut,3\n"
    answer = await send(api, rows, "?mapping=Plain&atomic=true")
    assert (answer.status, answer.code) == (422, "validation_error")
    assert [(each["field"], each["message"]) for each in answer.json["error"]["details"]] == [
        ("orders[0]", "line 2: Qty: is not a decimal number: 'x'"),
        ("orders[2]", "client: no client has the code or the external id 'NOBODY'"),
    ]
    assert await quotes(company) == 0
    dry = await send(api, rows, "?mapping=Plain&atomic=true&dry_run=true")
    assert results(dry) == ["error", "created", "error"]
    assert results(await send(api, rows, "?mapping=Plain")) == ["error", "created", "error"]
    changed = await send(api, rows.replace("Nut,2", "Nut,4"), "?mapping=Plain")
    assert changed.data["orders"][1]["error"]["message"] == (
        "document: quote Q-1 was made of another order of this sender under the same number ('B');"
        " say accept_reused_control_numbers (GraphQL: acceptReusedControlNumbers) to take this one in"
    )
    more = await send(api, rows.replace("Nut,2", "Nut,4"), "?mapping=Plain&accept_reused_control_numbers=true")
    assert more.data["orders"][1]["warnings"][0].startswith("order_number: purchase order number 'B' is also that of")


@pytest.mark.usefixtures("harbor")
async def test_text_that_cannot_be_kept_refuses_its_order_alone(api: Api):
    columns = [{"holds": name, "source": name} for name in ("order_number", "client", "description", "quantity")]
    made = await api.post(MAPPINGS, {"name": "Json", "format": "json", "columns": columns, "lines_at": "lines"})
    assert made.status == 201, made.body
    order_of = '{"order_number": "%s", "client": "%s", "lines": [{"description": "Bolt", "quantity": 1}]}'
    wrong = [("\\ud800", "HARBOR"), ("1", "\\udc00"), ("2", "\\u0000"), ("\\u0000", "HARBOR")]
    document = f"[{', '.join(order_of % each for each in [*wrong, ('3', 'HARBOR')])}]"
    answer = await send(api, document, "?mapping=Json")
    assert results(answer) == [*4 * ["error"], "created"]
    text = 'mutation($d: String!) { intakeOrders(document: $d, mapping: "Json") { orders { result } } }'
    through = await api.graphql(text, {"d": document})
    assert [each["result"] for each in through.data["intakeOrders"]["orders"]] == [*4 * ["ERROR"], "REPLAYED"]


async def test_a_dry_run_says_what_would_become_of_each_and_keeps_nothing(api: Api, company: Tenant):
    assert results(await send(api, order(*of("PO-1")))) == ["created"]
    before = await company.value("select count(*) from outbox")
    answer = await send(api, two(of("PO-2", "PO1*1*4*XX*27.50")) + order(*of("PO-1"), control="0009"), "?dry_run=true")
    assert results(answer) == ["replayed", "error", "created"]
    assert answer.data["dry_run"] is True
    assert answer.data["orders"][2]["quote_id"] is None
    assert answer.data["orders"][2]["warnings"] == [
        "BEG: purchase order number 'PO-1' is also that of quote Q-1 (draft), left unchanged"
    ]
    assert await quotes(company) == 1
    assert await company.value("select count(*) from outbox") == before


@pytest.mark.parametrize(
    ("content", "status", "message"),
    [
        (two()[:-20], 400, "truncated"),
        (two() + b"rubbish", 400, "rub (segment 17)"),
        (two().replace(b"GE*2", b"GE*3"), 400, "GE (segment 15): says 3 transactions, but there are 2"),
        (b"PO;Item\n", 400, "not an X12 interchange"),
        (b"", 400, "empty"),
        (b"".join(written(document(), layout="") for _ in range(201)), 422, "more than 200 transactions"),
    ],
)
async def test_what_breaks_the_file_refuses_it(api: Api, company: Tenant, content: bytes, status: int, message: str):
    answer = await send(api, content)
    assert answer.status == status, answer.body
    assert message in answer.json["error"]["message"]
    assert await quotes(company) == 0


async def test_rows_become_orders_of_the_client_that_they_name(api: Api, mapping: dict[str, Any], harbor: str):
    rows = 'A-1;HARBOR;BRK-1;;"Bracket; bent";4;27,50;31.01.2026\nA-1;HARBOR;;77;Plate;2,5;1.234,5;\n'
    answer = await send(api, HEADING + rows + "A-2;4711;SHF-2;;;1;;\nA-3;NOBODY;X;;;1;;\n", "?mapping=Harbor")
    assert results(answer) == ["created", "created", "error"]
    first, second, third = answer.data["orders"]
    assert third["error"]["message"] == "client: no client has the code or the external id 'NOBODY'"
    assert second["warnings"] == ["line 4: no price; 0 is quoted"]
    quote = (await api.get(f"/api/v1/quotes/{first['quote_id']}")).data
    assert (quote["client_id"], quote["total"], quote["customer_po_number"]) == (harbor, "3196.25", "A-1")
    shown = await api.graphql(
        "query($id: ID!) { quote(id: $id) { parts { nodes { description quantity unitPrice dueOn partNumber"
        " customerPartNumber } } } }",
        {"id": first["quote_id"]},
    )
    one, other = shown.data["quote"]["parts"]["nodes"]
    assert one == {
        "description": "Bracket; bent",
        "quantity": "4",
        "unitPrice": "27.50",
        "dueOn": "2026-01-31",
        "partNumber": "BRK-1",
        "customerPartNumber": None,
    }
    assert (other["quantity"], other["unitPrice"], other["customerPartNumber"]) == ("2.5", "1234.5", "77")
    again = await send(api, HEADING + rows, f"?mapping={mapping['id']}", "text/csv")
    assert results(again) == ["replayed"]
    changed = await send(api, HEADING + rows.replace(";4;", ";5;"), "?mapping=Harbor")
    assert results(changed) == ["error"]
    assert changed.data["orders"][0]["error"]["code"] == "conflict"


async def test_json_orders_come_through_graphql_as_well(api: Api, harbor: str):
    columns = [
        {"holds": "order_number", "source": "no"},
        {"holds": "quantity", "source": "qty"},
        {"holds": "description", "source": "item.text"},
        {"holds": "unit_price", "source": "net"},
    ]
    made = await api.graphql(
        "mutation($input: CreateIntakeMappingInput!) { createIntakeMapping(input: $input) { id columns { nodes { holds"
        " source } } } }",
        {
            "input": {
                "name": "Erp",
                "format": "JSON",
                "clientId": harbor,
                "ordersAt": "orders",
                "linesAt": "rows",
                "columns": [each | {"holds": each["holds"].upper()} for each in columns],
            }
        },
    )
    assert made.errors == [], made.body
    text = '{"orders": [{"no": 17, "rows": [{"qty": 0.1000, "item": {"text": "Plate"}, "net": 10.10}]}]}'
    answer = await api.graphql(
        'mutation($text: String!) { intakeOrders(document: $text, mapping: "Erp") { taken orders { result orderNumber'
        " quoteId } } }",
        {"text": text},
    )
    [row] = answer.data["intakeOrders"]["orders"]
    assert (row["result"], row["orderNumber"]) == ("CREATED", "17")
    quote = (await api.get(f"/api/v1/quotes/{row['quoteId']}")).data
    assert (quote["client_id"], quote["total"]) == (harbor, "1.01")


async def test_parts_are_found_by_their_number_the_clients_number_or_an_external_id(
    api: Api, company: Tenant, mapping: dict[str, Any], harbor: str
):
    assert mapping
    other = (await api.post("/api/v1/clients", {"name": "Other"})).data["id"]

    async def part(number: str, release: bool = True, **more: Any) -> str:  # noqa: FBT001, FBT002
        made = await api.post("/api/v1/parts", {"part_number": number, "name": number} | more)
        assert made.status == 201, made.body
        if release:
            assert (await api.post(f"/api/v1/parts/{made.data['id']}/release")).status == 200
        return str(made.data["id"])

    await part("BRK-1")
    newest = await part("BRK-1", revision="B")
    await part("BRK-1", release=False, revision="C")
    theirs = await part("SHF-1", client_id=harbor, customer_part_number="77")
    await part("SHF-2", client_id=other, customer_part_number="77")
    anyone = await part("SHF-3", customer_part_number="78")
    external = await part("SHF-4", external_ids=[{"system": "erp", "external_id": "M-9"}])
    rows = "".join(
        f"A-1;HARBOR;{own};{other};x;1;1;\n"
        for own, other in (
            ("BRK-1", ""),
            ("", "77"),
            ("", "78"),
            ("M-9", ""),
            ("", "M-9"),
            ("NONE", "nine"),
            ("78", ""),
        )
    )
    answer = await send(api, HEADING + rows, "?mapping=Harbor")
    assert results(answer) == ["created"]
    found = await company.all("select part_id from quote_parts order by position")
    assert [str(each[0]) if each[0] else None for each in found] == [
        newest,
        theirs,
        anyone,
        external,
        external,
        None,
        anyone,
    ]


@pytest.mark.parametrize(
    ("columns", "more", "field"),
    [
        (COLUMNS[1:], {}, "columns"),
        ([COLUMNS[0], COLUMNS[2], COLUMNS[5]], {}, "columns"),
        ([COLUMNS[0], COLUMNS[1], COLUMNS[5]], {}, "columns"),
        ([*COLUMNS, COLUMNS[0]], {}, "columns"),
        (COLUMNS, {"delimiter": '"'}, "delimiter"),
        *((COLUMNS, {"delimiter": each}, "delimiter") for each in (";;", "", "\n", "a", "7", " ", "\u0000")),
        (COLUMNS, {"format": "xml"}, "format"),
    ],
)
async def test_a_mapping_that_cannot_be_used_is_refused(
    api: Api, columns: list[dict[str, str]], more: dict[str, str], field: str
):
    answer = await api.post(MAPPINGS, {"name": "Bad", "format": "csv", "columns": columns} | more)
    assert answer.status == 422, answer.body
    assert answer.json["error"]["field"] == field


async def test_a_mapping_is_changed_and_deleted(api: Api, mapping: dict[str, Any]):
    path = f"{MAPPINGS}/{mapping['id']}"
    changed = await api.request("PATCH", path, json={"delimiter": ","})
    assert (changed.status, changed.data["delimiter"], changed.data["version"]) == (200, ",", 2)
    assert (await api.post(MAPPINGS, {"name": "Harbor", "format": "csv", "columns": COLUMNS})).status == 409
    assert (await api.delete(path)).status == 200
    refused = await send(api, HEADING, "?mapping=Harbor")
    assert (refused.status, refused.json["error"]["message"]) == (404, "Intake mapping not found")


async def test_the_same_file_at_once_makes_each_quote_once(api: Api, company: Tenant):
    answers = await asyncio.gather(*(send(api, two()) for _ in range(6)))
    assert sorted(result for each in answers for result in results(each)) == ["created"] * 2 + ["replayed"] * 10
    assert await quotes(company) == 2


async def test_it_takes_the_scopes_of_an_intake(api: Api, key: Key):
    for scopes in (("quotes.create",), ("clients.create", "clients.view")):
        answer = await api.request(
            "POST", PATH, content=two(), headers={"content-type": "text/plain"}, key=await key(*scopes)
        )
        assert (answer.status, answer.code) == (403, "insufficient_scope")


async def test_drafts_and_deleted_clients_are_not_meant(
    api: Api, company: Tenant, mapping: dict[str, Any], harbor: str
):
    assert mapping
    assert (await api.post("/api/v1/parts", {"part_number": "BRK-9", "name": "Bracket"})).status == 201
    row = "A-1;HARBOR;BRK-9;;x;1;1;\n"
    assert results(await send(api, HEADING + row, "?mapping=Harbor")) == ["created"]
    assert await company.value("select part_id from quote_parts") is None
    assert (await api.delete(f"/api/v1/quotes/{await company.value('select id from quotes')}")).status == 200
    assert (await api.delete(f"/api/v1/clients/{harbor}")).status == 200
    answer = await send(api, HEADING + row.replace("A-1", "A-2"), "?mapping=Harbor")
    assert answer.data["orders"][0]["error"]["message"] == "client: no client has the code or the external id 'HARBOR'"


async def released(api: Api, number: str, **more: Any) -> str:
    """A part that is released; its id."""
    made = await api.post("/api/v1/parts", {"part_number": number, "name": number} | more)
    assert made.status == 201, made.body
    assert (await api.post(f"/api/v1/parts/{made.data['id']}/release")).status == 200
    return str(made.data["id"])


async def lines_of(company: Tenant) -> list[tuple[Any, ...]]:
    """The part, unit and quantity of each line there is."""
    found = await company.all(
        "select part_id::text, unit, trim_scale(quantity)::text from quote_parts order by position"
    )
    return [tuple(each) for each in found]


async def test_an_order_counts_the_shops_parts_in_the_shops_own_unit(api: Api, company: Tenant):
    pieces, metal = await released(api, "GEA-2000"), await released(api, "RAW-1", unit="KGM")
    lines = ("PO1*1*15*EA*12.40**VP*GEA-2000", "PO1*2*2*PC*9**VP*GEA-2000", "PO1*3*1*UN*9**VP*GEA-2000")
    others = ("PO1*4*5*LB*7**VP*RAW-1", "PO1*5*5*KG*7**VP*RAW-1", "PO1*6*1*DZ*100**VP*GEA-2000")
    answer = await send(api, order(*of("PO-1", *lines, *others)))
    assert results(answer) == ["created"]
    taken_without = "the line is taken without the part"
    assert answer.data["orders"][0]["warnings"] == [
        f"PO1 (segment 10): part 'RAW-1' is counted in KGM, the order says LBR; {taken_without}",
        f"PO1 (segment 12): part 'GEA-2000' is counted in C62, the order says DZN; {taken_without}",
    ]
    assert await lines_of(company) == [
        (pieces, "C62", "15"),
        (pieces, "C62", "2"),
        (pieces, "C62", "1"),
        (None, "LBR", "5"),
        (metal, "KGM", "5"),
        (None, "DZN", "1"),
    ]
    alone = await api.request(
        "POST",
        "/api/v1/intake",
        content=order(*of("PO-2", lines[0], others[0]), control="0002"),
        headers={"content-type": "text/plain"},
    )
    assert (alone.status, len(alone.data["warnings"])) == (200, 1)


@pytest.mark.usefixtures("harbor")
async def test_a_row_without_a_unit_counts_in_the_unit_of_its_part(api: Api, company: Tenant):
    metal = await released(api, "RAW-1", unit="KGM")
    names = ("order_number", "client", "part_number", "quantity", "unit")
    columns = [{"holds": each, "source": each} for each in names]
    for form in ("csv", "json"):
        sent = {"name": form, "format": form, "columns": columns, "lines_at": "lines" if form == "json" else None}
        assert (await api.post(MAPPINGS, sent)).status == 201
    rows = "A,HARBOR,RAW-1,5,\nA,HARBOR,RAW-1,5,LB\nA,HARBOR,NEW-1,3,\n"
    answer = await send(api, f"{','.join(names)}\n{rows}", "?mapping=csv")
    assert results(answer) == ["created"]
    assert [each for each in answer.data["orders"][0]["warnings"] if "price" not in each] == [
        "line 3: part 'RAW-1' is counted in KGM, the order says LBR; the line is taken without the part"
    ]
    assert await lines_of(company) == [(metal, "KGM", "5"), (None, "LBR", "5"), (None, "C62", "3")]
    lines = '[{"part_number": "RAW-1", "quantity": 2}, {"part_number": "RAW-1", "quantity": 1, "unit": "EA"}]'
    other = await send(api, f'[{{"order_number": "B", "client": "HARBOR", "lines": {lines}}}]', "?mapping=json")
    assert [each for each in other.data["orders"][0]["warnings"] if "price" not in each] == [
        "orders[0].lines[1]: part 'RAW-1' is counted in KGM, the order says EA; the line is taken without the part"
    ]


async def test_an_order_that_comes_to_too_much_is_told_of_its_document(api: Api, company: Tenant):
    lines = ("PO1*1*99999999*EA*99999999", "PO1*2*99999999*EA*99999999")
    answer = await send(api, order(*of("PO-1", *lines)))
    [refused] = answer.data["orders"]
    assert refused["error"]["field"] == "document", refused
    assert refused["error"]["message"].startswith("document: the quote comes to ")
    assert await quotes(company) == 0
