"""Where the page may listen, and what is said when it may not."""

from __future__ import annotations

import socket

import pytest

from bots.local_bot.browser.listening import CannotListen, Listening
from tests.programs import started

EVERYWHERE = "0.0.0.0"  # noqa: S104 - it is refused

pytestmark = pytest.mark.usefixtures("alone")


@pytest.mark.parametrize("host", [EVERYWHERE, "::", "192.0.2.1"])
def test_an_address_that_others_reach_has_to_be_wanted(host: str) -> None:
    """D2: binds loopback only, unless told otherwise in so many words."""
    with pytest.raises(CannotListen, match="--exposed"):
        Listening(host)
    assert Listening(host, exposed=True).host == host


def test_an_address_is_written_in_numbers() -> None:
    with pytest.raises(CannotListen, match="in numbers"):
        Listening("localhost.evil.example")


def test_wherever_it_listens_a_name_is_no_way_in() -> None:
    everywhere = Listening(EVERYWHERE, exposed=True)
    assert everywhere.is_host("192.0.2.7:80", 80)
    assert not everywhere.is_host("pool.example:80", 80)
    assert Listening("::1").is_host("[::1]:80", 80)
    assert Listening("::1").url(80) == "http://[::1]:80"


def test_the_program_refuses_to_be_exposed_by_accident() -> None:
    with started("run", "--host", EVERYWHERE) as process:
        out, err = process.communicate(timeout=30)
    assert process.returncode == 1
    assert "--exposed" in err
    assert "http://" not in out


def test_a_port_that_is_taken_is_said_plainly() -> None:
    with (
        socket.create_server(("127.0.0.1", 0)) as taken,
        started("run", "--port", str(taken.getsockname()[1])) as process,
    ):
        _, err = process.communicate(timeout=30)
    assert process.returncode == 1
    assert "in use" in err
    assert "Traceback" not in err
