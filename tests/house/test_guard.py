"""The guard of tests/conftest.py: nothing reaches another machine, this machine may be reached."""

from __future__ import annotations

import socket

import pytest


@pytest.mark.parametrize("host", ["192.0.2.1", "example.org", "2001:db8::1"])
def test_other_machines_cannot_be_reached(host: str, stays_on_this_machine: list[str]) -> None:
    with pytest.raises(Exception, match="only this machine may be reached"):
        socket.create_connection((host, 80), timeout=1)
    assert stays_on_this_machine == [host]
    stays_on_this_machine.clear()


def test_no_packet_leaves(stays_on_this_machine: list[str]) -> None:
    refused = pytest.raises(Exception, match="only this machine may be reached")
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as packets, refused:
        packets.sendto(b"x", ("192.0.2.1", 9))
    stays_on_this_machine.clear()


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
def test_this_machine_can_be_reached(host: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        socket.create_connection((host, server.getsockname()[1]), timeout=5).close()
