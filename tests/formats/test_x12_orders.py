from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.errors import Invalid
from core.values.units import from_x12
from formats.x12 import Dated, Key, read_orders
from tests.kit.x12 import BODY, changed, document, order, refusal, written

PLAIN = order()


def test_an_order_is_read_into_plain_values() -> None:
    assert PLAIN.key == Key("01", "071234567", "ZZ", "EXAMPLESHOP", "000000416", "93", "0001")
    assert PLAIN.key.sender == "01:071234567"
    assert str(PLAIN.key) == "01:071234567/ZZ:EXAMPLESHOP/000000416/93/0001"
    assert (PLAIN.number, PLAIN.ordered_on, PLAIN.currency) == ("PO-1", date(2025, 3, 7), "USD")
    assert (PLAIN.buyer_name, PLAIN.test, PLAIN.warnings) == ("Harbor Pump Repair", False, ())
    first, second = PLAIN.lines
    assert (first.position, first.segment, first.buyer_line) == (1, "PO1 (segment 7)", "1")
    assert (str(first.quantity), first.unit, str(first.unit_price)) == ("4", "EA", "27.50")
    assert (first.description, first.shop_part_number, first.buyer_part_number) == ("Bracket", "BRK-2210", None)
    assert (str(second.quantity), second.unit, second.title) == ("2.5", "LBR", "AL")


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (changed("ST*850", "ST*810"), "ST (segment 3): '810' is an invoice; a purchase order (850) is expected"),
        (changed("ST*850", "ST*832"), "ST (segment 3): '832' is a price catalogue; a purchase order (850) is expected"),
        (changed("ST*850", "ST*xyz"), "ST (segment 3): 'xyz' is another document; a purchase order (850) is expected"),
        (changed("BEG*00*SA", "BEG*01*SA"), "BEG (segment 4): purpose 01 is a cancellation, not an order"),
        (changed("BEG*00*SA", "BEG**SA"), "BEG (segment 4): purpose (BEG01) missing"),
        (changed("*PO-1*", "* *"), "BEG (segment 4): purchase order number (BEG03) missing"),
        (changed("*PO-1*", f"*{'9' * 101}*"), "BEG (segment 4): BEG03 must have at most 100 characters, not 101"),
        (changed("**20250307", "**20250230"), "BEG (segment 4): not a date (CCYYMMDD): '20250230'"),
        (changed("**20250307", "**7 March"), "BEG (segment 4): not a date (CCYYMMDD): '7 March'"),
        (changed("BY*USD", "BY*DEM"), "CUR (segment 5): DEM (German Mark) is not a current ISO 4217 currency"),
        (changed("BY*USD", "BY"), "CUR (segment 5): currency (CUR02) missing"),
        (
            written(document(*BODY[:5], "CUR*SE*EUR", *BODY[5:])),
            "CUR (segment 9): currency EUR, but USD before; an order has one currency",
        ),
        (changed("2.5*LB", "2.5*ZZ"), "PO1 (segment 9): unknown unit of measure 'ZZ'"),
        (changed("2.5*LB", "2.5*"), "PO1 (segment 9): unit of measure (PO103) missing"),
        (changed("2.5*LB", "*LB"), "PO1 (segment 9): quantity (PO102) missing"),
        (changed("2.5*LB", "0*LB"), "PO1 (segment 9): quantity (PO102) must be more than 0"),
        (changed("2.5*LB", "-1*LB"), "PO1 (segment 9): quantity (PO102) must be more than 0"),
        (changed("2.5*LB", "NaN*LB"), "PO1 (segment 9): quantity (PO102) is not a decimal number: 'NaN'"),
        (changed("2.5*LB", "2.5000001*LB"), "PO1 (segment 9): quantity (PO102) must have at most 6 decimals, not 7"),
        (changed("27.50", "27,50"), "PO1 (segment 7): unit price (PO104) is not a decimal number: '27,50'"),
        (changed("27.50", "-1"), "PO1 (segment 7): unit price (PO104) must be at least 0"),
        (
            changed("27.50*", "27.50*PP"),
            "PO1 (segment 7): the price basis 'PP' (PO105) does not fit the unit 'EA' (each)",
        ),
        (
            changed("27.50*", "0.0001*TP"),
            "PO1 (segment 7): the price per each, 0.0001 / 1000, must have at most 6 decimals, not 7",
        ),
        (changed("*VN*BRK-2210", "*VN"), "PO1 (segment 7): PO106 and PO107 belong together, but one is empty"),
        (changed("Harbor Pump Repair", "x" * 201), "N1 (segment 6): N102 must have at most 200 characters, not 201"),
        (
            changed("****Bracket", f"****{'x' * 10_001}"),
            "PID (segment 8): PID05 must have at most 10,000 characters, not 10,001",
        ),
        (
            changed("*VN*BRK-2210", f"*VN*{'x' * 201}"),
            "PO1 (segment 7): PO107 must have at most 200 characters, not 201",
        ),
        (changed("PO1*1*", f"PO1*{'1' * 101}*"), "PO1 (segment 7): PO101 must have at most 100 characters, not 101"),
        (
            changed("*000000416*0*P", f"*{'4' * 36}*0*P"),
            "ISA (segment 1): ISA13 must have at most 35 characters, not 36",
        ),
        (
            written(document(*BODY[:4], *["PID*F****" + "x" * 5000] * 2, *BODY[5:])),
            "PO1 (segment 7): its descriptions (PID) together must have at most 10,000 characters, not 10,001",
        ),
        (written(document(BODY[0])), "ST (segment 3): the order has no line (PO1)"),
        (
            written(document(BODY[0], "ITD*01*3*x**10", *BODY[3:])),
            "ITD (segment 5): discount percent (ITD03) is not a decimal number: 'x'",
        ),
        (
            written(document(BODY[0], "ITD*01*3*****soon", *BODY[3:])),
            "ITD (segment 5): net days (ITD07) is not a number of days: 'soon'",
        ),
    ],
)
def test_a_wrong_content_is_invalid_and_names_the_segment(content: bytes, reason: str) -> None:
    error = refusal(content)
    assert isinstance(error, Invalid)
    assert error.message == reason
    assert error.field == reason.partition(":")[0]


@pytest.mark.parametrize(
    ("parties", "name"),
    [
        (["N1*ST*Dock", "N1*BT*Payer", "N1*BY*Buyer"], "Buyer"),
        (["N1*ST*Dock", "N1*BT*Payer", "N1*BY**92*1500"], "Payer"),
        (["N1*BY*  ", "N1*BY*Second", "N1*BT*Payer"], "Second"),
        (["N1*ST*Dock", "N1*SU*Shop"], "Dock"),
    ],
)
def test_the_buyer_is_named_by_by_else_bt_else_st(parties: list[str], name: str) -> None:
    assert order(BODY[0], *parties, *BODY[3:]).buyer_name == name


def test_an_order_without_a_named_buyer_is_read_with_a_warning() -> None:
    read = order(BODY[0], "N1*SU*Shop", *BODY[3:])
    assert read.buyer_name is None
    assert read.warnings == ("ST (segment 3): no buyer is named (N1 of BY, BT or ST)",)


def test_the_ship_to_is_an_address() -> None:
    read = order(
        BODY[0],
        "N1*ST*Harbor Pump Repair, yard 3*92*0003",
        "N2*Receiving*attn. M. Ortiz",
        "N3*20 Dock Street",
        "N4*Gloucester*MA*01930*US",
        *BODY[3:],
    )
    assert read.ship_to is not None
    assert (read.ship_to.id_qualifier, read.ship_to.id) == ("92", "0003")
    assert read.ship_to.address == (
        "Harbor Pump Repair, yard 3\nReceiving\nattn. M. Ortiz\n20 Dock Street\nGloucester, MA 01930\nUS"
    )


@pytest.mark.parametrize(
    ("town", "line"),
    [("N4*Penjamo**36900*MX", "Penjamo, 36900\nMX"), ("N4*Oslo", "Oslo"), ("N4**MA", "MA"), ("N4*", "")],
)
def test_a_town_is_written_with_what_was_sent_of_it(town: str, line: str) -> None:
    read = order(BODY[0], "N1*ST", town, *BODY[3:])
    assert read.ship_to is not None
    assert read.ship_to.address == line


def test_terms_dates_references_and_notes_of_the_header() -> None:
    read = order(
        BODY[0],
        "REF*IA*0000200417*vendor",
        "ITD*01*3*2**10**30*****2% 10, NET 30",
        "ITD*05*3",
        "FOB*DF****FCA*KL*Springfield, OH",
        "TD5****M*ROADWAY",
        "DTM*010*20250401",
        "DTM*002*250415",
        "DTM*063****RD8*20250501-20250503",
        "N9*ZZ**see drawing",
        "MSG*Certificates, please",
        "NTE*GEN*Call first",
        "PID*F****Spring order",
        "PER*BD*A. Buyer*TE*555",
        *BODY[2:],
    )
    assert read.terms is not None
    assert (read.terms.text, read.terms.net_days) == ("2% 10, NET 30", 30)
    assert (read.terms.discount_percent, read.terms.discount_days) == (Decimal(2), 10)
    assert (read.delivery_terms, read.routing) == ("FCA Springfield, OH", "ROADWAY")
    assert read.dates[:2] == (Dated("010", date(2025, 4, 1)), Dated("002", date(2025, 4, 15)))
    assert read.dates[2:] == (Dated("063", date(2025, 5, 1)), Dated("063", date(2025, 5, 3)))
    assert read.due == date(2025, 4, 15)
    assert [(each.qualifier, each.value, each.description) for each in read.references] == [
        ("IA", "0000200417", "vendor")
    ]
    assert read.notes == ("see drawing", "Certificates, please", "Call first", "Spring order")
    assert read.unread == (
        "ITD*05*3",
        "FOB*DF****FCA*KL*Springfield, OH",
        "TD5****M*ROADWAY",
        "PER*BD*A. Buyer*TE*555",
    )


def test_the_details_of_a_line_belong_to_that_line() -> None:
    read = order(
        *BODY[:3],
        "PO1*A*4*EA*27.50**BP*B-1*VP*S-1*UP*0001",
        "PID*F****Bracket,",
        "PID*F****left",
        "PID*S**VI*33",
        "DTM*067*20250420",
        "DTM*018*20250401",
        "SCH*4*EA***002*20250410",
        "MSG*Deburr",
        "MEA*PD*LN*410*MM",
        "PO1**1*CS*1",
        "CTT*2",
        "AMT*TT*111",
    )
    first, second = read.lines
    assert first.description == "Bracket, left"
    assert (first.due, first.notes) == (date(2025, 4, 10), ("Deburr",))
    assert (first.buyer_part_number, first.shop_part_number, first.part_number("UP")) == ("B-1", "S-1", "0001")
    assert first.unread == ("PID*S**VI*33", "SCH*4*EA***002*20250410", "MEA*PD*LN*410*MM")
    assert (second.buyer_line, second.unit, second.title, second.due) == (None, "XCS", "Line 2", None)
    assert read.unread == ("AMT*TT*111",)
    (warning,) = read.warnings
    assert warning.startswith("PO1 (segment 16): unit CS is a cassette in X12; it is read as a case")


@pytest.mark.parametrize(
    ("quantity", "price", "kept"),
    [
        ("1500*PC", "12.40*HP", "0.124"),
        ("1500*PC", "12.40*PE", "12.40"),
        ("1500*PC", "12.40*", "12.40"),
        ("3*DZ", "24*PD", "24"),
        ("36*EA", "24*PD", "2"),
        ("2*TH", "310*TP", "310"),
        ("2*HU", "310*TP", "31"),
        ("100*FT", "45*HF", "0.45"),
        ("9*OZ", "16*PP", "1"),
        ("1*EA", "*NC", "0"),
    ],
)
def test_a_price_per_hundred_dozen_or_pound_becomes_the_price_per_unit(quantity: str, price: str, kept: str) -> None:
    read = order(*BODY[:3], f"PO1*1*{quantity}*{price}")
    assert str(read.lines[0].unit_price) == kept
    assert read.warnings == ()


@pytest.mark.parametrize(
    ("price", "kept", "warning"),
    [
        ("", None, "PO1 (segment 7): no unit price (PO104)"),
        (
            "5*ZZ",
            Decimal(5),
            "PO1 (segment 7): basis of unit price 'ZZ' (PO105) is not read; the price is taken per unit",
        ),
    ],
)
def test_a_price_that_is_missing_or_of_an_unread_basis_is_a_warning(
    price: str, kept: Decimal | None, warning: str
) -> None:
    read = order(*BODY[:3], f"PO1*1*1*EA*{price}")
    assert (read.lines[0].unit_price, read.warnings) == (kept, (warning,))


@given(st.lists(st.decimals(min_value=Decimal("0.001"), max_value=10**9, places=3), min_size=1, max_size=5))
def test_a_hash_total_that_is_not_the_sum_of_the_quantities_is_a_warning(quantities: list[Decimal]) -> None:
    lines = [f"PO1*{n}*{quantity:f}*EA*1" for n, quantity in enumerate(quantities, 1)]
    added = sum(quantities, Decimal(0))
    right = order(*BODY[:3], *lines, f"CTT*{len(lines)}*{added:f}")
    wrong = order(*BODY[:3], *lines, f"CTT*{len(lines)}*0")
    assert (len(right.warnings), len(wrong.warnings)) == (0, 1)


def test_a_test_document_and_another_purpose_are_warnings() -> None:
    (read,) = read_orders(changed("*0*P*>", "*0*T*>"))
    assert read.test
    assert read.warnings == ("ISA (segment 1): its sender marks it as a test (ISA15)",)
    (read,) = read_orders(changed("BEG*00", "BEG*06"))
    assert read.warnings == ("BEG (segment 4): purpose '06' (BEG01) is not that of an original order",)


@pytest.mark.parametrize(("sent", "day"), [("691231", date(2069, 12, 31)), ("700101", date(1970, 1, 1))])
def test_two_digits_of_a_year_turn_the_century_at_70(sent: str, day: date) -> None:
    assert order(BODY[0].replace("20250307", sent), *BODY[1:]).ordered_on == day


def test_a_unit_of_x12_is_stored_by_its_rec_20_code() -> None:
    read = order(*BODY[:3], "PO1*1*1*BX*1", "PO1*2*1*CT*1", "PO1*3*1*TN*1")
    assert [line.unit for line in read.lines] == ["XBX", "XCT", "STN"]
    assert [from_x12(code).code for code in ("BX", "CT", "TN")] == ["XBX", "XCT", "STN"]
