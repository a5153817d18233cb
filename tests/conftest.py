"""For the whole suite: no test reaches beyond this machine, whatever the code under test tries."""

from __future__ import annotations

import ipaddress
import socket
import sys
from collections.abc import Iterator

import pytest
from hypothesis import settings

# How many made-up examples: the usual number, and many more with
# make test ARGS="-m hypothesis --hypothesis-profile soak --timeout 7200".  No deadline: a slow machine is no mistake.
settings.register_profile("usual", max_examples=100, deadline=None)
settings.register_profile("soak", max_examples=2000, deadline=None)
settings.load_profile("usual")


class ReachedOutsideError(Exception):
    """A test tried to reach another machine.  No OSError: code that forgives a bad line must not forgive this."""


ATTEMPTS: list[str] = []
_OWN_NAMES = frozenset({"", "localhost", socket.gethostname().lower()})


def _is_here(host: object) -> bool:
    name = host.decode() if isinstance(host, bytes) else host
    if name is None:
        return True
    if not isinstance(name, str):
        return False
    try:
        address = ipaddress.ip_address(name.partition("%")[0])
    except ValueError:
        return name.lower().rstrip(".") in _OWN_NAMES
    return address.is_loopback or address.is_unspecified


def _watch(event: str, args: tuple[object, ...]) -> None:
    """Refuse to look up or to call another machine (audit events of https://docs.python.org/3/library/socket.html)."""
    if event == "socket.getaddrinfo" or event == "socket.gethostbyname":
        host = args[0]
    elif event == "socket.connect" or event == "socket.sendto":
        address = args[1]
        if not isinstance(address, tuple):  # a socket in the file system
            return
        host = address[0]
    else:
        return
    if not _is_here(host):
        ATTEMPTS.append(str(host))
        raise ReachedOutsideError(f"a test tried to reach {host!s}; only this machine may be reached")


sys.addaudithook(_watch)


@pytest.fixture(autouse=True)
def stays_on_this_machine() -> Iterator[list[str]]:
    """Fail a test whose code tried to reach another machine and swallowed the refusal; yields the attempts."""
    ATTEMPTS.clear()
    yield ATTEMPTS
    assert not ATTEMPTS, f"tried to reach {', '.join(ATTEMPTS)}"
