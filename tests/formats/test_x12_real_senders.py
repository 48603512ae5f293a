"""What real senders write that the standard does not know: read where it can mean one thing only, with a warning."""

from __future__ import annotations

import codecs
from datetime import date
from itertools import product

import pytest

from core.errors import BadRequest, Invalid
from formats.x12 import CodePage, read_orders
from tests.kit.x12 import BODY, HEAD, changed, document, order, refusal, transaction, written

PLAIN = order()


@pytest.mark.parametrize(
    "segment",
    [
        "N9*",
        "MSG*",
        "AMT*",
        "REF*",
        "DTM*",
        "N1*",
        "N3*",
        "N4*",
        "ITD*",
        "TD5**",
        "PID*****",
        "NTE* *  ",
        "CUR*",
        "ZZZ*",
    ],
)
@pytest.mark.parametrize("place", [1, 4, 6])
def test_a_segment_that_says_nothing_is_skipped_with_a_warning(segment: str, place: int) -> None:
    read = order(*BODY[:place], segment, *BODY[place:])
    told = [(each.quantity, each.unit_price, each.description, each.unread) for each in read.lines]
    assert told == [(each.quantity, each.unit_price, each.description, each.unread) for each in PLAIN.lines]
    assert (read.references, read.notes, read.unread) == ((), (), ())
    assert read.warnings == (f"{segment.partition('*')[0]} (segment {3 + place + 1}): says nothing and is skipped",)


@pytest.mark.parametrize(
    ("old", "new", "reason"),
    [
        ("BEG*00*SA*PO-1**20250307", "BEG*", "BEG (segment 4): purpose (BEG01) missing"),
        ("PO1*1*4*EA*27.50**VN*BRK-2210", "PO1*", "PO1 (segment 7): quantity (PO102) missing"),
    ],
)
def test_a_segment_that_must_say_something_is_refused(old: str, new: str, reason: str) -> None:
    error = refusal(changed(old, new))
    assert isinstance(error, Invalid)
    assert error.message == reason


def test_totals_without_data_are_not_compared() -> None:
    read = order(*BODY[:-1], "CTT*")
    assert read.lines == PLAIN.lines
    assert read.warnings == ("CTT (segment 10): says nothing; the lines (PO1) are not counted",)


@pytest.mark.parametrize("written_date", ["00010101", "00010131", "00000000", "000000"])
def test_a_date_that_stands_for_none_is_none_with_a_warning(written_date: str) -> None:
    read = order(
        f"BEG*00*SA*PO-1**{written_date}",
        f"DTM*002*{written_date}",
        *BODY[1:4],
        f"DTM*002*{written_date}",
        f"SCH*4*EA***002*{written_date}",
        f"DTM*063****RD8*20250501-{written_date}",
        *BODY[4:],
    )
    assert (read.ordered_on, read.due, read.lines[0].due) == (None, None, date(2025, 5, 1))
    told = [f"{segment}: '{written_date}' is taken for no date" for segment in ("BEG (segment 4)", "DTM (segment 5)")]
    assert list(read.warnings[:2]) == told
    assert len(read.warnings) == 5


@pytest.mark.parametrize("written_date", ["20250230", "99990101x", "0002", "20250307T", "0"])
def test_another_date_that_is_none_is_refused(written_date: str) -> None:
    if set(written_date) == {"0"}:
        return
    error = refusal(written(document(f"BEG*00*SA*PO-1**{written_date}", *BODY[1:])))
    assert error.message == f"BEG (segment 4): not a date (CCYYMMDD): '{written_date}'"


@pytest.mark.parametrize("total", ["130", "130.00", "130.0000", ""])
def test_a_total_that_is_the_sum_says_nothing(total: str) -> None:
    assert order(*BODY, f"AMT*TT*{total}").warnings == ()


@pytest.mark.parametrize(
    ("total", "shown"),
    [
        ("129", "total 129 (AMT02) is not 130.00, the sum of the lines"),
        ("130.01", "total 130.01 (AMT02) is not 130.00, the sum of the lines"),
        ("1.3E5", "total 1.3E5 (AMT02) is not 130.00, the sum of the lines"),
        ("-130", "total -130 (AMT02) is not 130.00, the sum of the lines"),
        ("NaN", "total NaN (AMT02) is not 130.00, the sum of the lines"),
        ("many", "total many (AMT02) is not 130.00, the sum of the lines"),
    ],
)
@pytest.mark.parametrize("place", [2, 7])
def test_a_total_that_is_not_the_sum_is_a_warning_with_both_figures(total: str, shown: str, place: int) -> None:
    read = order(*BODY[:place], f"AMT*TT*{total}", *BODY[place:])
    assert read.warnings == (f"AMT (segment {place + 4}): {shown}",)
    assert read.unread == (f"AMT*TT*{total}",)


def test_a_total_may_be_rounded_once_or_line_by_line() -> None:
    lines = ("PO1*1*3*EA*0.335", "PO1*2*3*EA*0.335")  # 1.005 each: 2.01 in all, 2.02 of rounded lines
    for total in ("2.01", "2.010", "2.02"):
        assert order(*BODY[:3], *lines, f"AMT*TT*{total}").warnings == ()
    assert len(order(*BODY[:3], *lines, "AMT*TT*2.00").warnings) == 1
    assert order(*BODY[:3], *lines, "AMT*1*5").warnings == ()


def test_a_hash_total_that_is_not_the_sum_is_a_warning_with_both_figures() -> None:
    read = order(*BODY[:-1], "CTT*2*7")
    assert read.warnings == ("CTT (segment 10): hash total 7 (CTT02) is not 6.5, the sum of the quantities",)


DOS = changed("Harbor Pump Repair", "Gerätebau Söhne Zürich")


@pytest.mark.parametrize("code_page", ["cp437", "cp850"])
def test_a_dos_code_page_is_read_when_it_is_said(code_page: str) -> None:
    content = DOS.decode().encode(code_page)
    (read,) = read_orders(content, CodePage(code_page))
    assert (read.buyer_name, read.warnings) == ("Gerätebau Söhne Zürich", ())
    error = refusal(content)
    place = content.index(b"\x81") + 1
    assert isinstance(error, BadRequest)
    assert error.message == (
        f"code_page: byte 0x81 at place {place:,} is neither UTF-8 nor Windows-1252 text; say how to read it:"
        " code_page is one of cp437, cp850, cp1252"
    )
    assert error.field == "code_page"


@pytest.mark.parametrize("code_page", list(CodePage))
def test_what_is_utf_8_is_read_as_utf_8_whatever_code_page_is_said(code_page: CodePage) -> None:
    for content in (DOS, codecs.BOM_UTF8 + DOS):
        (read,) = read_orders(content, code_page)
        assert read.buyer_name == "Gerätebau Söhne Zürich"
        assert read.warnings == (f"the document is UTF-8 and was read as that, not as {code_page} (code_page)",)
    (plain,) = read_orders(written(document()), code_page)
    assert plain.warnings == ()


def test_what_is_not_utf_8_is_read_by_its_code_page() -> None:
    assert read_orders(DOS.decode().encode("cp1252"), CodePage.CP1252)[0].warnings == ()
    for byte in (b"\x81", b"\x8d", b"\x8f", b"\x90", b"\x9d"):
        content = changed("Harbor Pump Repair", "X").replace(b"*X~", b"*" + byte + b"~")
        place = content.index(byte) + 1
        with pytest.raises(BadRequest) as caught:
            read_orders(content, CodePage.CP1252)
        said = f"code_page: byte 0x{byte.hex().upper()} at place {place:,} is no character of cp1252"
        assert (caught.value.message, caught.value.field) == (said, "code_page")
        with pytest.raises(BadRequest) as caught:
            read_orders(codecs.BOM_UTF8 + content, CodePage.CP1252)
        assert f"at place {place + 3:,} " in caught.value.message
        assert read_orders(content, CodePage.CP437)[0].buyer_name == byte.decode("cp437")


@pytest.mark.parametrize("name", ["┬à", "├ñ┬ü"])
def test_bytes_of_a_code_page_that_would_be_control_characters_in_utf_8_are_of_the_code_page(name: str) -> None:
    content = changed("Harbor Pump Repair", name).decode().encode("cp437")
    assert read_orders(content, CodePage.CP437)[0].buyer_name == name


NAMED = DOS.decode().encode("cp1252")
"""An order that is not UTF-8, so that a byte-order mark after it is read as Windows-1252."""


@pytest.mark.parametrize(
    ("element", "component", "terminator", "layout"),
    [("|", ">", "\\", ""), ("*", ":", "'", "\n"), ("~", ">", "|", ""), ("^", "*", "~", ""), ("*", ">", "", "\n")],
)
def test_a_second_interchange_is_refused_as_one_at_a_time(
    element: str, component: str, terminator: str, layout: str
) -> None:
    segments = [each.replace("*", element) for each in document()]
    segments[0] = segments[0][:-1] + component
    for first, mark in product(
        (written(document()), written(document(), layout=""), written(document(), terminator=""), NAMED),
        (b"", codecs.BOM_UTF8, b"\x1a" + codecs.BOM_UTF8, b"\r\n" + codecs.BOM_UTF8),
    ):
        error = refusal(first + mark + written(segments, terminator, layout))
        assert isinstance(error, BadRequest)
        assert error.message == "ISA (segment 14): nothing may follow the IEA; send one interchange at a time"


WITHOUT = [HEAD[0][:-2] + "*", *document()[1:]]
"""The segments of a document whose ISA ends without an ISA16."""


@pytest.mark.parametrize("layout", ["", "\n", "\r\n", "\n\t", "\n\n"])
@pytest.mark.parametrize("end", ["", "\n", "\x1a", "\r\n\x1a"])
def test_a_terminator_in_the_place_of_isa16_is_read_with_a_warning(layout: str, end: str) -> None:
    content = written(WITHOUT, layout=layout).rstrip(layout.encode()) + end.encode()
    (read,) = read_orders(content)
    assert (read.lines, read.content) == (PLAIN.lines, PLAIN.content)
    assert read.warnings == ("ISA (segment 1): no component separator (ISA16); '~' ends every segment",)


def test_a_line_break_still_ends_segments_when_isa16_is_there() -> None:
    content = "\n".join([HEAD[0][:-1] + "~", *document()[1:]]).encode()
    assert read_orders(content)[0].warnings == ()


@pytest.mark.parametrize("layout", ["\n", "\r\n", "\n\t", "\n\n"])
@pytest.mark.parametrize("cut", [1, 3, 9])
def test_such_a_document_that_is_cut_off_is_truncated(layout: str, cut: int) -> None:
    content = written(WITHOUT, layout=layout).rstrip()[:-cut]
    assert refusal(content).message == "IEA (segment 13): the document ends inside it; it is truncated"


def test_where_several_readings_are_possible_none_is_taken() -> None:
    cut = written(WITHOUT, layout="").rstrip(b"~")
    assert refusal(cut).message == "ISA (segment 1): its separators cannot be told"


def test_the_content_is_the_same_whatever_it_was_written_with() -> None:
    same = [
        written(document(), layout=""),
        written(document(), "\n", ""),
        written([each.replace("*", "|").replace(">", ":") for each in document()], "'"),
        written([*document(head=[HEAD[0].replace("0700", "1415"), HEAD[1].replace("20250307", "20250308")])]),
        written(document(*BODY[:3], BODY[3] + "***", *BODY[4:])),
        changed("Harbor Pump Repair", "Harbor Pump Repair ~").replace(b" ~~", b"~"),
    ]
    for content in same:
        assert read_orders(content)[0].content == PLAIN.content
    others = [
        changed("27.50", "27.51"),
        changed("27.50", "27.5"),
        changed("BEG*00", "BEG*05"),
        written(document(*BODY[:3], BODY[3], BODY[5], BODY[4], BODY[6])),
        written([*HEAD, *transaction(*BODY, control="0002"), "GE*1*93", "IEA*1*000000416"]),
    ]
    told = {read_orders(content)[0].content for content in others}
    assert len(told) == len(others)
    assert PLAIN.content not in told


@pytest.mark.parametrize(
    ("body", "warning"),
    [
        ([BODY[0], BODY[0], *BODY[1:]], "BEG (segment 5): says again what BEG (segment 4) says"),
        ([BODY[0], BODY[0] + "**", *BODY[1:]], "BEG (segment 5): says again what BEG (segment 4) says"),
        ([BODY[0], "BEG*", *BODY[1:]], "BEG (segment 5): says nothing and is skipped"),
        ([*BODY[:4], "BEG**", *BODY[4:]], "BEG (segment 8): says nothing and is skipped"),
        ([*BODY[:4], BODY[0], *BODY[4:]], "BEG (segment 8): says again what BEG (segment 4) says"),
        ([*BODY, BODY[0]], "BEG (segment 11): says again what BEG (segment 4) says"),
        ([*BODY, BODY[-1]], "CTT (segment 11): says again what CTT (segment 10) says"),
        (["BEG*", *BODY], "BEG (segment 4): says nothing and is skipped"),
        ([*BODY[:-1], "CTT*", BODY[-1]], "CTT (segment 10): says nothing and is skipped"),
        ([*BODY, "CTT*"], "CTT (segment 11): says nothing and is skipped"),
        ([*BODY, "CTT*2"], "CTT (segment 11): a second CTT after CTT (segment 10); an order has one"),
    ],
)
def test_a_segment_of_which_there_is_one_and_that_stands_twice_is_a_warning(body: list[str], warning: str) -> None:
    read = order(*body)
    assert read.warnings == (warning,)
    assert (read.number, read.unread) == (PLAIN.number, ())
    assert [line.quantity for line in read.lines] == [line.quantity for line in PLAIN.lines]
    assert all(line.unread == () for line in read.lines)


@pytest.mark.parametrize("place", [1, 3, 4, 7])
@pytest.mark.parametrize("second", ["BEG*00*NE*F-6-OTHER**20260101", "BEG*00*SA*PO-1**20250308", "BEG*01*SA*PO-1"])
def test_a_second_beg_that_says_something_else_is_refused(place: int, second: str) -> None:
    error = refusal(written(document(*BODY[:place], second, *BODY[place:])))
    assert isinstance(error, BadRequest)
    assert error.message == (
        f"BEG (segment {place + 4}): a second BEG, which says something else than BEG (segment 4); an order has one"
    )


def test_a_second_ctt_is_held_to_the_lines_as_the_first_is() -> None:
    error = refusal(written(document(*BODY, "CTT*3")))
    assert error.message == "CTT (segment 11): says 3 lines (PO1), but there are 2"


def test_a_second_n4_of_a_party_is_kept_as_sent() -> None:
    read = order(*BODY[:3], "N4*Bath*ME*04530", "N4*Rome*NY*13440", *BODY[3:])
    assert (read.parties[0].city, read.unread) == ("Bath", ("N4*Rome*NY*13440",))


def test_totals_of_the_largest_numbers_are_compared_exactly() -> None:
    largest = "999999999.999999"
    read = order(*BODY[:3], f"PO1*1*{largest}*EA*{largest}", "AMT*TT*1.000000000001")
    [warning] = read.warnings
    assert "total 1.000000000001 (AMT02) is not 999999999999998000.000000000001, the sum of the lines" in warning
