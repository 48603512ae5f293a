"""Hostile REST requests by what is hostile in them: each is refused, by its name in a test."""

from __future__ import annotations

from typing import Final

QUOTES, METRICS, CHANGES = "/api/v1/quotes?", "/api/v1/metrics?resource=quotes&", "/api/v1/changes?"
BUCKET: Final = "bucket=day:created_at&from=2026-01-01&to=2026-01-31"


def repeated(part: str, count: int, separator: str = ",") -> str:
    """A part as often as that, its `%` the number of each."""
    return separator.join(part.replace("%", str(number)) for number in range(count))


REFUSED: Final[dict[str, str]] = {
    "six thousand measures": METRICS + "measure=" + repeated("sum:total", 6_000),
    "three thousand measures": METRICS + "measure=" + repeated("sum:total", 3_000),
    "measures of nothing": METRICS + "measure=" + repeated("x%", 2_500),
    "eleven measures": METRICS + "measure=" + repeated("count:title", 11),
    "eight thousand groups": METRICS + "group_by=" + repeated("status", 8_000),
    "three thousand groups": METRICS + "group_by=" + repeated("status", 3_000),
    "groups of nothing": METRICS + "group_by=" + repeated("g%", 3_000),
    "four groups": METRICS + "group_by=status,title,currency,estimator",
    "a long time zone": METRICS + BUCKET + "&time_zone=" + "A/" * 10_000,
    "a long bucket": METRICS + "bucket=day:" + "x" * 20_000 + "&from=2026-01-01&to=2026-01-31",
    "a long resource": "/api/v1/metrics?resource=" + "x" * 20_000,
    "many parameters of metrics": METRICS + repeated("p%=1", 3_000, "&"),
    "many fields": QUOTES + "fields=" + repeated("f%", 4_000),
    "one field many times": QUOTES + "fields=" + repeated("number", 4_000),
    "fields of an edge": QUOTES + "fields=" + repeated("client.f%", 2_000),
    "fields of edges that are none": QUOTES + "fields=" + repeated("e%.name", 3_000),
    "many to include": QUOTES + "include=" + repeated("i%", 4_000),
    "one to include many times": QUOTES + "include=" + repeated("client", 4_000),
    "commas": QUOTES + "fields=" + "," * 30_000,
    "a long list of texts": QUOTES + "title[in]=" + repeated("x", 15_000),
    "a long list of numbers": QUOTES + "total[in]=" + repeated("1.5", 7_500),
    "a long list of moments": QUOTES + "created_at[in]=" + repeated("2026-01-01T00:00:00Z", 1_400),
    "a long list of ids": QUOTES + "id[in]=" + repeated("018bcfe5-6801-7003-8000-000000000001", 860),
    "a long list of words": QUOTES + "status[in]=" + repeated("draft", 5_000),
    "a list of nothing": QUOTES + "total[in]=" + "," * 30_000,
    "a long list of what is left out": QUOTES + "title[not_in]=" + repeated("x%", 4_000),
    "quotation marks": QUOTES + "title[in]=" + "%22" * 9_001,
    "quoted values": QUOTES + "title[in]=" + ",".join(["%22x%22"] * 3_000),
    "empty quotation marks": QUOTES + "title[in]=" + ",".join(["%22%22"] * 4_000),
    "quotation marks and spaces": QUOTES + "title[in]=" + ("%22" + "+" * 100) * 300,
    "a list of lists": QUOTES + "&".join(['title[in]="x",' + ",".join("x" * 40)] * 350),
    "one value many times": QUOTES + repeated("title=1", 900, "&"),
    "many parameters": QUOTES + repeated("p%=1", 3_000, "&"),
    "one parameter many times": QUOTES + repeated("title=1", 3_000, "&"),
    "one list many times": QUOTES + repeated("title[in]=1", 2_000, "&"),
    "ampersands": QUOTES + "&" * 30_000 + "x=1",
    "equals signs": QUOTES + "=" * 30_000,
    "percent signs": QUOTES + "title=" + "%" * 30_000 + "&x=1",
    "escapes": QUOTES + "title=" + "%41" * 10_000 + "&x=1",
    "plus signs": QUOTES + "x=" + "+" * 30_000,
    "brackets": QUOTES + "title" + "[" * 15_000 + "]" * 15_000 + "=1",
    "a long name": QUOTES + "x" * 30_000 + "=1",
    "fifty-one filters": QUOTES + repeated("title[ne]=%", 51, "&"),
    "a long cursor": QUOTES + "cursor=" + "A" * 30_000,
    "a long limit": QUOTES + "limit=" + "9" * 30_000,
    "a long sort": QUOTES + "sort=" + "-" * 30_000,
    "a long number": QUOTES + "total=" + "9" * 30_000,
    "a long exponent": QUOTES + "total=1e" + "9" * 30_000,
    "a long moment": QUOTES + "updated_since=" + "2" * 30_000,
    "a very long query string": QUOTES + "title=" + "x" * 1_000_000,
    "a very long query string of pairs": QUOTES + repeated("a=b", 250_000, "&"),
    "resources of changes": CHANGES + "resources=" + repeated("quote", 5_000),
    "resources of changes that are none": CHANGES + "resources=" + repeated("r%", 5_000),
    "a long cursor of changes": CHANGES + "cursor=" + "A" * 30_000,
    "a long wait": CHANGES + "wait=" + "9" * 30_000,
    "a long id": "/api/v1/quotes/" + "a" * 30_000,
    "a deep path": "/api/v1/" + "a/" * 15_000,
    "slashes": "/api/v1" + "/" * 30_000,
    "fields of one row": "/api/v1/quotes/018bcfe5-6801-7003-8000-000000000001?fields=" + repeated("f%", 4_000),
}
