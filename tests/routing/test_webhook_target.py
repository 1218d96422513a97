"""Where webhooks may be sent: never into the region's network, unless its network is allowed."""

from __future__ import annotations

import ipaddress

import pytest

from routing.errors import TargetError
from routing.webhook_target import TargetPolicy, resolve

PUBLIC = "93.184.216.34"


def names(**table: str | list[str]) -> object:
    async def look_up(host: str, port: int) -> list[str]:
        found = table.get(host.replace(".", "_").replace("-", "_"))
        if found is None:
            raise OSError("no such name")
        return [found] if isinstance(found, str) else found

    return look_up


def policy(*allowed: str, **table: str | list[str]) -> TargetPolicy:
    return TargetPolicy([ipaddress.ip_network(each) for each in allowed], names(**table))  # type: ignore[arg-type]


async def test_a_public_target_is_pinned_to_the_address_that_was_looked_at() -> None:
    pinned = await policy(hooks_example=PUBLIC).pin("https://hooks.example/a?b=c")
    assert (str(pinned.address), pinned.host, pinned.port) == (PUBLIC, "hooks.example", 443)


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1", "10.1.2.3", "172.16.0.1", "192.168.0.1", "169.254.169.254", "0.0.0.0",
        "100.64.0.1", "224.0.0.1", "255.255.255.255", "240.0.0.1", "198.18.0.1", "::1", "::",
        "fe80::1", "fe80::1%eth0", "fc00::1", "ff02::1", "::ffff:10.0.0.1", "::ffff:127.0.0.1",
        "64:ff9b::a00:1", "2002:a00:1::",
    ],
)  # fmt: skip
async def test_a_private_target_is_refused(address: str) -> None:
    with pytest.raises(TargetError, match="private address"):
        await policy(hooks_example=address).pin("https://hooks.example/")


async def test_one_private_address_among_public_ones_is_enough_to_refuse() -> None:
    with pytest.raises(TargetError, match="private address"):
        await policy(hooks_example=[PUBLIC, "10.0.0.1"]).pin("https://hooks.example/")


@pytest.mark.parametrize(
    "url",
    [
        "https://127.0.0.1/",
        "https://2130706433/",
        "https://0x7f.1/",
        "https://[::1]/",
        "https://0/",
    ],
)
async def test_other_spellings_of_this_machine_are_refused(url: str) -> None:
    with pytest.raises(TargetError):
        await TargetPolicy(resolver=resolve).pin(url)


async def test_an_allowed_network_may_be_reached_over_plain_http() -> None:
    allowing = policy("10.20.0.0/16", desk_region="10.20.0.7", other_region="10.30.0.7")
    assert str((await allowing.pin("http://desk.region:8080/hook")).address) == "10.20.0.7"
    with pytest.raises(TargetError):
        await allowing.pin("http://other.region/")


async def test_a_public_target_needs_https() -> None:
    with pytest.raises(TargetError, match="https"):
        await policy(hooks_example=PUBLIC).pin("http://hooks.example/")


@pytest.mark.parametrize(
    "url",
    [
        "ftp://hooks.example/", "https://", "https:///path", "hooks.example", "", "https://a b/",
        "https://user:word@hooks.example/", "https://hooks.example:99999/", "https://хост.рф/",
        "https://hooks.example/#part", "https://hooks.example:0/", "https://[::1/", "file:///etc/passwd",
        "https://hooks.example/" + "x" * 500, "https://hooks.example/\r\nHost: other",
    ],
)  # fmt: skip
async def test_what_is_no_address_of_a_service_is_refused(url: str) -> None:
    with pytest.raises(TargetError):
        await policy(hooks_example=PUBLIC).pin(url)


async def test_a_name_that_nobody_knows_is_refused() -> None:
    with pytest.raises(TargetError, match="cannot be resolved"):
        await policy().pin("https://nowhere.example/")
