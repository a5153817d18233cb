"""Faults on demand: what the network and Google's servers do on a bad day."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, field

from .errors import html_page, json_error


@dataclass
class Request:
    """One HTTP request as it arrived. `kind` is read, write, token or drive."""

    n: int
    method: str
    path: str
    query: dict[str, list[str]]
    body: bytes
    headers: dict[str, str]
    kind: str = "read"
    status: int | None = None
    fault: str | None = None

    @property
    def line(self) -> str:
        """`METHOD /path` for matching and for messages."""
        return f"{self.method} {self.path}"


@dataclass
class Fault:
    """One thing that goes wrong; see the functions below."""

    name: str
    code: int = 0
    body: str = "json"
    headers: dict[str, str] = field(default_factory=dict)
    applied: bool = False
    reset: bool = False
    hang: float = 0.0
    cut: float = 0.0
    closes: bool = False
    slow: float = 0.0
    released: threading.Event = field(default_factory=threading.Event)

    def text(self) -> tuple[str, str]:
        """Body and content type of an error answer."""
        if self.body == "json":
            return json_error(self.code), "application/json; charset=UTF-8"
        if self.body == "html":
            return html_page(self.code), "text/html; charset=UTF-8"
        return "" if self.body == "empty" else self.body, "text/html; charset=UTF-8"


def status(code: int, body: str = "json", *, applied: bool = False, retry_after: int | None = None) -> Fault:
    """An error status; body "json", "html", "empty" or the text itself.

    With `applied` the request is carried out first (applied-then-503).
    """
    headers = {} if retry_after is None else {"Retry-After": str(retry_after)}
    return Fault(f"status {code}", code=code, body=body, headers=headers, applied=applied)


def reset(*, applied: bool = False) -> Fault:
    """The connection is reset before the request is carried out, or after."""
    return Fault("reset", reset=True, applied=applied)


def hang(timeout: float = 30.0, *, applied: bool = False) -> Fault:
    """Nothing is answered until `fault.released.set()` or the timeout; then the line is cut."""
    return Fault("hang", hang=timeout, applied=applied)


def cut(share: float = 0.5, *, closes: bool = False) -> Fault:
    """Only a share of the JSON arrives: as a short answer, or (`closes`) as a broken-off one."""
    return Fault("cut", cut=share, closes=closes, applied=True)


def slow(seconds: float) -> Fault:
    """The answer drips in over the given time."""
    return Fault("slow", slow=seconds, applied=True)


@dataclass
class _Planned:
    fault: Fault
    matches: Callable[[Request], bool]
    skip: int
    left: int


class Faults:
    """The plan of what goes wrong when."""

    def __init__(self) -> None:
        self._planned: list[_Planned] = []
        self._lock = threading.Lock()
        self.used: list[Fault] = []

    def add(
        self,
        fault: Fault,
        when: Callable[[Request], bool] | str | None = None,
        *,
        nth: int = 1,
        times: int = 1,
    ) -> Fault:
        """Plan a fault for the n-th matching request from now on, and `times - 1` after it.

        `when` is a predicate, a piece of `METHOD /path` or of the kind ("read", "write"), or
        None for any request.
        """
        if when is None:
            matches: Callable[[Request], bool] = lambda request: True  # noqa: E731
        elif callable(when):
            matches = when
        else:
            wanted = when
            matches = lambda request: wanted == request.kind or wanted in request.line  # noqa: E731
        with self._lock:
            self._planned.append(_Planned(fault, matches, nth - 1, times))
        return fault

    def clear(self) -> None:
        """Forget the plan and let go of whatever hangs."""
        with self._lock:
            self._planned.clear()
            hanging, self.used = self.used, []
        for fault in hanging:
            fault.released.set()

    def take(self, request: Request) -> Fault | None:
        """The fault for this request, if one is planned."""
        with self._lock:
            for planned in self._planned:
                if not planned.left or not planned.matches(request):
                    continue
                if planned.skip:
                    planned.skip -= 1
                    continue
                planned.left -= 1
                self.used.append(planned.fault)
                request.fault = planned.fault.name
                return planned.fault
        return None
