from __future__ import annotations

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.errors import BadRequest, Invalid, PayloadTooLarge
from formats.x12 import Key, read_orders
from formats.x12.tokens import LARGEST
from tests.kit.x12 import BODY, HEAD, changed, document, order, refusal, transaction, written

PLAIN = order()


# No point and no hyphen: the data of this order hold both.
SEPARATORS = st.permutations("*|^~:;<>!#$%&+,?@[]{}_`\\'\"\x07\x1c\x1d\x1e\x1f¤").map(lambda drawn: drawn[:3])
LAYOUTS = st.sampled_from(["", "\n", "\r\n", "\r", "\n\t", "\r\n    ", "  ", "\n\n", "\u00a0\n"])


@given(
    drawn=SEPARATORS,
    layout=LAYOUTS,
    mark=st.sampled_from(["", "\ufeff"]),
    padding=st.sampled_from([None, "", "\u00a0", " \u00a0 "]),
    end=st.sampled_from(["", "\n", "\x1a", "\r\n\x1a", " "]),
)
def test_any_separators_layout_padding_and_byte_order_mark_make_the_same_order(
    drawn: list[str], layout: str, mark: str, padding: str | None, end: str
) -> None:
    element, component, terminator = drawn
    segments = [segment.replace("*", element) for segment in document()]
    segments[0] = segments[0][:-1] + component
    if padding is not None:
        segments[0] = element.join(part.rstrip(" ") + padding for part in segments[0].split(element)[:-1])
        segments[0] = segments[0].replace(f"ISA{padding}", "ISA") + element + component
    content = layout.join(segment + terminator for segment in segments) + end
    read = read_orders((mark + content).encode())
    assert read == (PLAIN,)


@given(st.sampled_from(["\n", "\r\n", "\r", "\n\n", "\n  "]), st.sampled_from(["", "\n", "\r\n", "\n\x1a"]))
def test_a_line_break_may_end_segments(terminator: str, end: str) -> None:
    content = terminator.join(document()) + end
    assert read_orders(content.encode()) == (PLAIN,)


@given(st.integers(1, 400), st.sampled_from(["\n", "\r\n"]))
def test_lines_may_be_cut_at_any_width_even_inside_elements(width: int, layout: str) -> None:
    content = written(document(), layout="").decode()
    wrapped = layout.join(content[at : at + width] for at in range(0, len(content), width))
    if width > 3:  # ISA itself stands at the very beginning, in one piece
        assert read_orders(wrapped.encode()) == (PLAIN,)


@given(st.data())
def test_every_truncated_document_is_refused(data: st.DataObject) -> None:
    content = written(document()).rstrip()
    at = data.draw(st.integers(0, len(content) - 1))
    assert isinstance(refusal(content[:at]), BadRequest)


@given(st.binary(max_size=400) | st.binary(max_size=400).map(lambda tail: written(document())[:300] + tail))
def test_whatever_is_sent_is_read_or_refused_never_a_crash(content: bytes) -> None:
    with suppress(BadRequest, Invalid):
        assert read_orders(content)


@given(st.integers(0, 17), st.integers(0, 8), st.text(max_size=12).filter(lambda text: not set("~*") & set(text)))
def test_any_element_may_be_wrong_and_the_order_is_read_or_refused(at: int, place: int, wrong: str) -> None:
    segments = document()
    elements = segments[at % len(segments)].split("*")
    elements[place % len(elements)] = wrong
    segments[at % len(segments)] = "*".join(elements)
    with suppress(BadRequest, Invalid):
        assert len(read_orders(written(segments))) == 1


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "the document is empty"),
        (b" \r\n\t", "the document is empty"),
        (b"\xef\xbb\xbf", "not an X12 interchange: it does not begin with an ISA segment"),
        (b"PK\x03\x04\x14\x00\x00", "not an X12 interchange: it does not begin with an ISA segment"),
        (b"\x89PNG\r\n\x1a\n\x81", "not an X12 interchange: it does not begin with an ISA segment"),
        (b"ISA", "ISA (segment 1): 16 elements expected"),
        (b"ISA*00*~", "ISA (segment 1): 16 elements expected"),
        (b"ISA" + b"*" * 40, "ISA (segment 1): its separators are not all different"),
        (b"ISAA" * 40, "ISA (segment 1): its separators cannot be told"),
        (HEAD[0].encode(), "ISA (segment 1): 16 elements expected"),
        (HEAD[0].encode() + b"~", "ISA (segment 1): the document ends here, before GS; it is truncated"),
        (written(document("\0")), "segment 4 has no segment id: '\\x00'"),
        (written(document("BEG*00*S\0A")), "BEG (segment 4): holds a control character"),
        (written(document("BEG*00*S\x85A")), "BEG (segment 4): holds a control character"),
        (written(document("beg*00")), "segment 4 has no segment id: 'beg*00'"),
        (
            written(document()).decode().encode("utf-16"),
            "not an X12 interchange: it does not begin with an ISA segment",
        ),
        (written(HEAD + document()), "ISA (segment 3): ST expected here"),
        (
            written([*document(), *document()]),
            "ISA (segment 14): nothing may follow the IEA; send one interchange at a time",
        ),
        (written([HEAD[0], "IEA*0*000000416"]), "IEA (segment 2): GS expected here"),
        (changed("ST*850", "ZZ*850"), "ZZ (segment 3): ST expected here"),
        (changed("SE*9*0001", "SE*8*0001"), "SE (segment 11): says 8 segments from ST to SE, but there are 9"),
        (changed("SE*9*0001", "SE**0001"), "SE (segment 11): says nothing segments from ST to SE, but there are 9"),
        (changed("SE*9*0001", "SE*nine*0001"), "SE (segment 11): says nine segments from ST to SE, but there are 9"),
        (
            changed("SE*9*0001", "SE*9*0002"),
            "SE (segment 11): control number '0002' is not '0001', that of ST (segment 3)",
        ),
        (changed("GE*1*93", "GE*2*93"), "GE (segment 12): says 2 transactions, but there are 1"),
        (changed("GE*1*93", "GE*1*94"), "GE (segment 12): control number '94' is not '93', that of GS (segment 2)"),
        (changed("IEA*1", "IEA*2"), "IEA (segment 13): says 2 groups, but there are 1"),
        (changed("CTT*2", "CTT*3"), "CTT (segment 10): says 3 lines (PO1), but there are 2"),
        (changed("CTT*2", "CTT*"), "CTT (segment 10): says nothing lines (PO1), but there are 2"),
        (written(document("CTT*0")), "ST (segment 3): BEG expected right after it"),
        (written(document("N3*a", *BODY)), "N3 (segment 4): BEG expected right after ST"),
        (written(document(BODY[0], "N3*a", *BODY[3:])), "N3 (segment 5): N1 expected before it"),
        (written(document(*BODY, "PO1*3*1*EA*1")), "PO1 (segment 11): a line after CTT (segment 10)"),
    ],
)
def test_a_broken_structure_is_a_bad_request_that_names_the_segment(content: bytes, reason: str) -> None:
    error = refusal(content)
    assert isinstance(error, BadRequest)
    assert error.message == reason


def test_a_document_of_1_mib_is_read_and_one_byte_more_is_not() -> None:
    note = "MSG*" + "x" * 264
    filler = written([note])
    bare = written(document())
    many = (LARGEST - len(bare)) // len(filler)
    body = [*BODY[:3], *[note] * many, *BODY[3:]]
    content = written(document(*body))
    content += b" " * (LARGEST - len(content))
    (read,) = read_orders(content)
    assert len(read.notes) == many
    with pytest.raises(PayloadTooLarge, match="the document has 1,048,577 bytes; at most 1,048,576 are taken"):
        read_orders(content + b" ")


def test_a_control_mismatch_of_isa_and_iea_is_only_a_warning() -> None:
    (read,) = read_orders(changed("IEA*1*000000416", "IEA*1*000000001"))
    assert read.warnings == ("IEA (segment 13): control number '000000001' is not '000000416', that of the ISA",)


def test_leading_zeros_of_control_numbers_and_counts_do_not_matter() -> None:
    (read,) = read_orders(changed("SE*9*0001", "SE*0009*1"))
    assert read == PLAIN


def test_several_groups_and_transactions_are_several_orders_with_keys_of_their_own() -> None:
    first = [HEAD[1], *transaction(*BODY), *transaction(*BODY, control="0002"), "GE*2*93"]
    second = [HEAD[1].replace("*93*", "*94*"), *transaction(*BODY), "GE*1*94"]
    read = read_orders(written([HEAD[0], "TA1*000000415*250306*0700*A*000", *first, *second, "IEA*2*000000416"]))
    assert [(each.key.group, each.key.transaction) for each in read] == [("93", "0001"), ("93", "0002"), ("94", "0001")]
    assert len({str(each.key) for each in read}) == 3


def test_a_control_number_used_twice_is_refused_as_the_second_order_would_be_lost() -> None:
    twice = [HEAD[1], *transaction(*BODY), *transaction(*BODY), "GE*2*93"]
    error = refusal(written([HEAD[0], *twice, "IEA*1*000000416"]))
    assert error.message == "ST (segment 12): control number '0001' is used twice in group '93'"


def test_one_wrong_order_refuses_all_of_the_document() -> None:
    wrong = [segment.replace("*LB*", "*ZZ*") for segment in BODY]
    both = [HEAD[1], *transaction(*BODY), *transaction(*wrong, control="0002"), "GE*2*93"]
    error = refusal(written([HEAD[0], *both, "IEA*1*000000416"]))
    assert error.message == "PO1 (segment 18): unknown unit of measure 'ZZ'"


def test_keys_that_differ_never_read_alike() -> None:
    one = Key("01", "a/b", "ZZ", "c", "1", "1", "1")
    other = Key("01", "a", "b/ZZ", "c", "1", "1", "1")
    assert str(one) == "01:a%2Fb/ZZ:c/1/1/1"
    assert str(one) != str(other)


def test_a_document_that_is_not_utf_8_is_read_as_windows_1252_with_a_warning() -> None:
    (read,) = read_orders(changed("Harbor Pump Repair", "Gerätebau Söhne €").decode().encode("cp1252"))
    assert read.buyer_name == "Gerätebau Söhne €"
    assert read.warnings == (
        "the document is not UTF-8; it was read as Windows-1252 (Latin-1): code_page names another code page",
    )
