"""Where a webhook endpoint may lead: https, to a public name or address that is written as one."""

from __future__ import annotations

import pytest

from tests.kit.client import Client
from tests.kit.tenant import Tenant

PATH = "/api/v1/webhook-endpoints"
NO_NAME = "must name a host: labels of 1 to 63 letters, digits and hyphens, at most 253 characters"


@pytest.mark.parametrize(
    ("url", "reason"),
    [
        ("http://shop.example/hooks", None),  # a name: where it leads is checked at each try
        ("http://127.0.0.1:8080/hooks", None),
        ("https://shop.example:8443/hooks?x=1", None),
        ("http://8.8.8.8/", "must begin with https://"),
        ("https://10.0.0.1/", "10.0.0.1 is not a public address"),
        ("https://169.254.169.254/latest/meta-data", "169.254.169.254 is not a public address"),
        ("https://0x0a000001/", "10.0.0.1 is not a public address"),
        ("https://167772161/", "10.0.0.1 is not a public address"),
        ("https://012.0.0.1/", "is not a URL: Invalid IPv4 address: '012.0.0.1'"),
        ("https://[::ffff:10.0.0.1]/", "is not a public address"),
        ("https://[fd00::1]/", "fd00::1 is not a public address"),
        ("ftp://shop.example/", "must begin with https://"),
        ("https://", "must begin with https://"),
        ("shop.example", "must begin with https://"),
        ("https://user:word@shop.example/", "must not contain a user name or password"),
        ("https://shop.example/a b", "must not contain white space or control characters"),
        ("https://shop.example:port/", "is not a URL: Invalid port: 'port'"),
        ("https://shop.example:65535/", None),
        ("https://shop.example:0/", "must have a port from 1 to 65535"),
        ("https://shop.example:65536/", "must have a port from 1 to 65535"),
        ("https://shop.example:99999/", "must have a port from 1 to 65535"),
        ("https://shop.example:-1/", "must have a port from 1 to 65535"),
        ("https://shop.example:4_4/", "must have a port from 1 to 65535"),
        ("https://8.8.8.8:99999/", "must have a port from 1 to 65535"),
        ("https://[2606:4700:4700::1111]:99999/", "must have a port from 1 to 65535"),
        ("https://[2606:4700:4700::1111]:8443/", None),
        ("https://@shop.example/", "must not contain a user name or password"),
        ("https://.", NO_NAME),
        ("https://./", NO_NAME),
        ("https://../", NO_NAME),
        ("https://shop..example/", NO_NAME),
        ("https://.shop.example/", NO_NAME),
        ("https://shop.example../", NO_NAME),
        (f"https://{'a' * 64}.example/", NO_NAME),
        (f"https://{'a' * 63}.example/", None),
        (f"https://{'a.' * 123}example/", None),
        (f"https://{'a.' * 124}example/", NO_NAME),
        ("https://-shop.example/", NO_NAME),
        ("https://*.example/", NO_NAME),
        ("https://%31%30.0.0.1/", "must not have a percent-encoded host, nor a zone"),
        ("https://10.0.0.1%2e/", "must not have a percent-encoded host, nor a zone"),
        ("https://%6cocalhost/", "must not have a percent-encoded host, nor a zone"),
        ("https://[::1%25lo]/", "must not have a percent-encoded host, nor a zone"),
        ("https://shop.example./hooks", None),
        ("https://10.0.0.1./", "10.0.0.1. looks like an address and is none"),
        ("https://8.8.8.8./", "8.8.8.8. looks like an address and is none"),
        ("https://shop.example.0x7f/", "shop.example.0x7f looks like an address and is none"),
        ("https://1.2.3.4.5/", "1.2.3.4.5 looks like an address and is none"),
        ("http://localhost:8080/hooks", None),
        ("http://erp:8080/hooks", None),
        ("https://localhost./", "localhost. is not a public name"),
        ("https://erp./", "erp. is not a public name"),
        ("https://bücher.example/", None),
        ("https://xn--a/", "is not a URL: Codepoint U+0080 at position 1 of '\\x80' not allowed"),
        ("https://shop.example/" + "x" * 2000, "must have at most 2,000 characters, not 2,021"),
        ("", "must not be blank"),
    ],
)
async def test_a_url_is_https_and_leads_nowhere_inside(api: Client, company: Tenant, url: str, reason: str | None):
    answer = await api.post(PATH, {"url": url, "events": ["quote.*"]})
    if reason is None:
        assert answer.status == 201
        return
    assert (answer.status, answer.code) == (422, "validation_error")
    message = answer.json["error"]["message"]
    assert message.startswith("url: ")
    assert message.endswith(reason)
    assert await company.value("select count(*) from endpoints") == 0
