"""How often one address may ask, counted by a clock that stands still."""

import pytest

from sameboat.config import limits
from sameboat.config.limits import MIB, Limits, most_bytes


class Clock:
    """A clock that is set by hand."""

    at = 0.0

    def __call__(self):
        return self.at


@pytest.fixture
def clock():
    return Clock()


def asked(path="/witness/hint", method="POST", client="10.0.0.1", forwarded=None):
    headers = [(b"x-forwarded-for", forwarded)] if forwarded else []
    return {"type": "http", "method": method, "path": path, "client": (client, 1),
            "headers": headers}  # fmt: skip


def test_whoever_asks_too_often_waits_and_everybody_else_does_not(clock):
    counted = Limits(clock=clock)

    assert [counted.wait(asked()) for _each in range(100)] == [0.0] * 100
    assert counted.wait(asked()) == pytest.approx(0.2)
    assert counted.wait(asked(client="10.0.0.2")) == 0.0
    assert counted.wait(asked("/witness/add-checkpoint")) == 0.0
    clock.at = 0.2
    assert counted.wait(asked()) == 0.0
    assert counted.wait(asked()) > 0
    clock.at = 1000.0
    assert [counted.wait(asked()) for _each in range(101)][-1] > 0  # no more is saved up


@pytest.mark.parametrize(
    ("path", "method", "burst"),
    [
        ("/log/checkpoint", "GET", 2000), ("/log/tile/0/000", "HEAD", 2000),
        ("/log/of/cn:230100/checkpoint", "GET", 2000), ("/witness/add-checkpoint", "POST", 200),
        ("/witness/hint", "POST", 100), ("/accounts/login/", "POST", 30),
    ],
)  # fmt: skip
def test_each_door_has_its_own_pace(clock, path, method, burst):
    counted = Limits(clock=clock)
    waits = [counted.wait(asked(path, method)) for _each in range(burst + 1)]

    assert waits[:burst] == [0.0] * burst
    assert waits[burst] > 0


def test_pages_are_not_counted_here(clock):
    counted = Limits(clock=clock)

    assert not any(counted.wait(asked("/alerts/", "GET")) for _each in range(5000))


def test_all_of_a_network_that_one_host_owns_is_one_address(clock):
    counted = Limits(clock=clock)

    assert counted.client_of(asked(client="2001:db8::1")) == counted.client_of(
        asked(client="2001:db8::ffff:1")
    )
    assert counted.client_of(asked(client="::ffff:10.0.0.1")) == "10.0.0.1"


@pytest.mark.parametrize(
    ("trusted", "forwarded", "counts_for"),
    [
        (0, b"1.1.1.1", "10.0.0.1"),  # nobody is believed
        (1, b"1.1.1.1", "1.1.1.1"),
        (1, b"6.6.6.6, 1.1.1.1", "1.1.1.1"),  # what came before the proxy is hearsay
        (2, b"6.6.6.6, 1.1.1.1, 2.2.2.2", "1.1.1.1"),
        (2, b"1.1.1.1", "10.0.0.1"),  # it came another way
        (1, None, "10.0.0.1"),
    ],
)
def test_behind_proxies_the_visitor_is_counted_and_cannot_choose_a_name(
    trusted, forwarded, counts_for
):
    assert Limits(trusted).client_of(asked(forwarded=forwarded)) == counts_for


def test_what_is_remembered_has_an_end(clock, monkeypatch):
    monkeypatch.setattr(limits, "MOST_ADDRESSES", 10)
    counted = Limits(clock=clock)

    for number in range(100):
        counted.wait(asked(client=f"10.0.1.{number}"))

    assert len(counted._left) == 10


def test_one_address_sends_so_many_bodies_at_once(monkeypatch):
    monkeypatch.setattr(limits, "MOST_SENDING", 2)
    counted = Limits()

    assert [counted.begin_sending("a") for _each in range(3)] == [True, True, False]
    assert counted.begin_sending("b")
    counted.end_sending("a")
    assert counted.begin_sending("a")
    for client in ("a", "a", "b"):
        counted.end_sending(client)
    assert counted._sending == {}


@pytest.mark.parametrize(
    ("path", "most"),
    [("/witness/hint", 256), ("/witness/add-checkpoint", 512 * 1024), ("/accounts/login/", 65536),
     ("/api/observations", 8 * MIB), ("/alerts/received", 32 * MIB), ("/alerts/new", 8 * MIB),
     ("/", 8 * MIB)],
)  # fmt: skip
def test_every_body_has_a_most(path, most):
    assert most_bytes(path) == most
