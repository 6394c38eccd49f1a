"""Where a webhook may lead."""

from __future__ import annotations

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.kernel.errors import Invalid
from shared.webhooks.addresses import MAX_URL, check_url, is_public

GOOD = [
    "https://shop.example.com",
    "https://shop.example.com/hooks?x=1",
    "https://shop.example.com:443/",
    "https://xn--bcher-kva.example/",
    "https://9.9.9.9/",
    "https://[2620:fe::fe]/",
    "https://3com.com/",
]
WRONG = [
    "",
    "shop.example.com",
    "http://shop.example.com/",
    "ftp://shop.example.com/",
    "https:///path",
    "https://user:pass@shop.example.com/",
    "https://user@shop.example.com/",
    "https://shop.example.com@10.0.0.1/",
    "https://shop.example.com:8443/",
    "https://shop.example.com:22/",
    "https://shop.example.com:0/",
    "https://shop.example.com:x/",
    "https://shop.example.com/#part",
    "https://shop.example.com\\@10.0.0.1/",
    "https://shop.example.com/a b",
    "https://shop.example.com/\r\nx: y",
    "https://bücher.example/",
    "https://localhost/",
    "https://a.localhost/",
    "https://printer.local/",
    "https://metadata.google.internal/",
    "https://shop/",
    "https://shop.example.com./",
    "https://-shop.example.com/",
    "https://127.0.0.1/",
    "https://127.1/",
    "https://2130706433/",
    "https://0x7f000001/",
    "https://0x7f.0.0.1/",
    "https://0177.0.0.1/",
    "https://0/",
    "https://10.0.0.8/",
    "https://172.16.0.1/",
    "https://192.168.1.1/",
    "https://100.64.0.1/",
    "https://169.254.169.254/latest/meta-data/",
    "https://0.0.0.0/",
    "https://224.0.0.1/",
    "https://255.255.255.255/",
    "https://[::1]/",
    "https://[::]/",
    "https://[::ffff:127.0.0.1]/",
    "https://[::ffff:9.9.9.9]/",
    "https://[::127.0.0.1]/",
    "https://[64:ff9b::a9fe:a9fe]/",
    "https://[2002:7f00:1::]/",
    "https://[2001:0:7f00:1::]/",
    "https://[fe80::1]/",
    "https://[fe80::1%25eth0]/",
    "https://[fd00:ec2::254]/",
    "https://[ff02::1]/",
    "https://[2001:db8::1]/",
    "https://[1.2.3.4]/",
    "https://[::1/",
    "https://shop.example.com/" + "x" * MAX_URL,
]


@pytest.mark.parametrize("url", GOOD)
def test_a_public_https_address_may_be_used(url: str) -> None:
    check_url(url)


@pytest.mark.parametrize("url", WRONG)
def test_any_other_address_is_refused_by_naming_the_field(url: str) -> None:
    with pytest.raises(Invalid) as raised:
        check_url(url)
    (error,) = raised.value.errors
    assert error.pointer == "/url"
    assert error.detail.startswith("must ")


@given(st.text() | st.text().map("https://{}".format) | st.ip_addresses().map("https://{}/".format))
def test_no_text_breaks_the_check(text: str) -> None:
    with suppress(Invalid):
        check_url(text)


@given(
    st.ip_addresses(network="10.0.0.0/8") | st.ip_addresses(network="127.0.0.0/8") | st.ip_addresses(network="fc00::/7")
)
def test_no_private_address_is_public_nor_is_it_when_mapped(address: object) -> None:
    assert not is_public(str(address))
    assert not is_public(f"::ffff:{address}")


@pytest.mark.parametrize("text", ["", "shop.example.com", "9.9.9", "0x9.9.9.9", "9.9.9.9/32", " 9.9.9.9"])
def test_only_the_usual_form_of_an_address_is_public(text: str) -> None:
    assert not is_public(text)
