"""Passwords in URLs are refused and hidden, however they are spelled, and so are those in headers."""

from __future__ import annotations

import pytest

from planner.clouds.protocol import CloudError
from planner.clouds.secrets import refuse_password, without_secrets
from planner.clouds.web import address


@pytest.mark.parametrize(
    "password",
    ["pw-leak", "pw/leak", "pw@leak", "pw:leak", "pw?leak", "pw#leak", "pw leak", 'pw"leak', "pw://leak"],
)
def test_a_url_with_a_password_is_refused_and_not_printed(password):
    for refuse in (refuse_password, lambda url: address(url, "https://cluster")):
        with pytest.raises(CloudError, match="a password does not belong in a URL") as refused:
            refuse(f"https://user:{password}@cluster:5080")
        assert "https://***@cluster:5080" in str(refused.value)
        assert "leak" not in str(refused.value)


@pytest.mark.parametrize(
    "spec",
    [
        "openstack:production",
        "ganeti:https://cluster:5080",
        "ganeti:https://user@cluster:5080",
        "ganeti:https://user@[2001:db8::1]:5080",
        "libvirt:qemu+ssh://root@h1/system,qemu+ssh://root@h2/system",
        "libvirt:qemu+ssh://root@h1:22/system,qemu+ssh://root@h2:22/system",
        "libvirt:qemu+ssh://h1:22/system?keyfile=/home/me@there/key",
        "qemu+ssh://root@h1:22/system?no_verify=1&keyfile=/a:b@c,qemu+ssh://h2:22/system?keyfile=/d@e",
    ],
)
def test_a_user_a_port_and_a_list_are_no_password(spec):
    refuse_password(spec)


def test_a_password_of_the_second_of_a_list_is_refused():
    with pytest.raises(CloudError) as refused:
        refuse_password("libvirt:qemu+ssh://h1/system,qemu+ssh://root:pw-leak@h2/system")
    assert "leak" not in str(refused.value)
    assert "h1/system" in str(refused.value)


@pytest.mark.parametrize(
    "url",
    [
        "qemu+ssh://root:pw-leak@h1:22/system?keyfile=/a@b",
        "qemu+ssh://root:pw/leak?x@h1/system?keyfile=/a@b",
        "qemu+ssh://root:7/leak@h1/system?keyfile=/a@b",
        "qemu+ssh://root:7?leak@h1/system",
        "qemu+ssh://h2:22/system?keyfile=/a@b,qemu+ssh://root:pw-leak@h1/system?keyfile=/a@b",
    ],
)
def test_a_password_before_a_query_is_refused(url):
    with pytest.raises(CloudError, match="a password does not belong in a URL") as refused:
        refuse_password(url)
    assert "leak" not in str(refused.value)


@pytest.mark.parametrize("url", ["https://cluster:port", "https://cluster:99999", "https://[::1", "cluster"])
def test_what_is_no_url_says_so(url):
    with pytest.raises(CloudError, match="is no URL, such as https://cluster:5080"):
        address(url, "https://cluster:5080")


@pytest.mark.parametrize(
    "text",
    [
        "GET https://user:leak@cluster/2/info failed",
        "GET https://user:le@leak@cluster/2/info failed",
        "GET https://user:le/leak@cluster/2/info failed",
        "Authorization: Basic leak",
        "Authorization: Bearer leak",
        "authorization: leak",
        "{'Authorization': 'Basic leak'}",
        "{'Authorization': b'Basic leak'}",
        "refused: Bearer leak",
        "refused: Basic leak0=",
        "token: Bearer leak",
        "https://cluster/?apiKey=leak&x=1",
        '{"apiKey": "leak"}',
        "api_key: leak",
        "X-Api-Key: leak",
        "password=leak",
    ],
)
def test_a_secret_in_a_text_is_hidden(text):
    assert "leak" not in without_secrets(text)
    assert "***" in without_secrets(text)


@pytest.mark.parametrize(
    "text",
    [
        "The request you have made requires authentication.",
        'WWW-Authenticate: Basic realm="Ganeti Remote API"',
        "basic settings of https://cluster:5080/2/info",
        "the bearer token has expired",
    ],
)
def test_a_text_without_secrets_stays_as_it_is(text):
    assert without_secrets(text) == text
