"""The emulator: spreadsheets, accounts, quotas, faults, the log, and the way of a request."""

from __future__ import annotations

import json
import random
import threading
import time
import traceback
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any
from urllib.parse import unquote

from . import discovery, drive, errors, masks, routes
from .auth import PROJECT, SHEETS_SCOPES, Tokens, key_info, write_key_file
from .book import Book, Switches
from .errors import ApiError, bad_fields
from .faults import Faults, Request
from .hand import Hand
from .server import Server

Json = dict[str, Any]
Hook = Callable[[int, str, str], None]
_ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"


class Spreadsheet(Book):
    """A book with the hand of a person on it."""

    def __init__(self, book_id: str, title: str, **options: Any):
        super().__init__(book_id, title, **options)
        self.hand = Hand(self)

    @property
    def url(self) -> str:
        """What a person copies from the address bar."""
        return f"https://docs.google.com/spreadsheets/d/{self.id}/edit#gid=0"


@dataclass
class Quota:
    """Requests per minute of each kind; the minute begins with its first request."""

    reads: int = 60
    writes: int = 60
    clock: Callable[[], float] = time.monotonic
    _window: dict[str, tuple[float, int]] = field(default_factory=dict)

    def spend(self, kind: str) -> None:
        """Count one request; 429 when the minute's share is used up."""
        limit = self.reads if kind == "read" else self.writes
        start, used = self._window.get(kind, (self.clock(), 0))
        if self.clock() - start >= 60:
            start, used = self.clock(), 0
        if used >= limit:
            raise errors.quota_exceeded(kind.capitalize(), limit, PROJECT)
        self._window[kind] = (start, used + 1)


@dataclass
class Answer:
    """What goes back over the wire."""

    status: int
    text: str = ""
    content_type: str = "application/json; charset=UTF-8"
    headers: dict[str, str] = field(default_factory=dict)


class Emulator:
    """Google Sheets on a loopback port. Use it as a context manager."""

    def __init__(self, *, switches: Switches | None = None, quota: Quota | None = None,
                 clock: Callable[[], float] = time.monotonic, today: Callable[[], date] = date.today,
                 token_lifetime: float = 3599, port: int = 0, seed: int = 0):  # fmt: skip
        self.switches = switches or Switches()
        self.quota = quota
        self.today = today
        self.tokens = Tokens(clock, token_lifetime)
        self.faults = Faults()
        self.api_enabled = True
        self.spreadsheets: dict[str, Spreadsheet] = {}
        self.requests: list[Request] = []
        self.bugs: list[str] = []
        self.before_request: Hook | None = None
        self.after_request: Hook | None = None
        self._random = random.Random(seed)  # noqa: S311 - the same ids in every run
        self._lock = threading.RLock()
        self._count = 0
        self._server = Server(self, port)

    # life

    def start(self) -> Emulator:
        """Serve in a thread."""
        self._server.start()
        return self

    def stop(self) -> None:
        """Let go of everything that hangs, close every connection, end every thread."""
        self.faults.clear()
        self._server.stop()

    def __enter__(self) -> Emulator:
        return self.start()

    def __exit__(self, *_: object) -> None:
        self.stop()

    @property
    def url(self) -> str:
        """`http://127.0.0.1:port`, to put in place of Google's hosts."""
        return self._server.url

    @property
    def token_uri(self) -> str:
        """Where access tokens come from."""
        return f"{self.url}/token"

    def key_info(self) -> Json:
        """The contents of the robot's key file."""
        return key_info(self.token_uri)

    def key_file(self, folder: Path, name: str = "key.json") -> Path:
        """Write the robot's key file into a folder."""
        return write_key_file(folder / name, self.token_uri)

    # spreadsheets

    def new_spreadsheet(self, title: str = "Test", *, locale: str = "en_US", zone: str = "Etc/GMT",
                        book_id: str | None = None) -> Spreadsheet:  # fmt: skip
        """A new spreadsheet, made by a person and shared with the robot as editor."""
        with self._lock:
            number = book_id or "1" + "".join(self._random.choices(_ALPHABET, k=43))
            book = Spreadsheet(number, title, language=locale, zone=zone, switches=self.switches,
                               today=self.today)  # fmt: skip
            self.spreadsheets[number] = book
        return book

    def copy_spreadsheet(self, book: Spreadsheet, title: str | None = None) -> Spreadsheet:
        """File > Make a copy: everything but the sharing."""
        with book.lock:
            twin = self.new_spreadsheet(title or f"Copy of {book.title}")
            name = twin.title
            twin.state = book.state.copy()
            twin.state.props["title"] = name
            twin.formula_values = dict(book.formula_values)
            twin.formula_default, twin.header_row = book.formula_default, book.header_row
            twin.role = None
        return twin

    def remove(self, book: Spreadsheet) -> None:
        """The file is gone: 404 from now on."""
        self.spreadsheets.pop(book.id, None)

    # the log

    def _counted(self, kind: str) -> int:
        return sum(1 for r in self.requests if r.kind == kind)

    @property
    def reads(self) -> int:
        """Read requests so far, as Google's quota counts them."""
        return self._counted("read")

    @property
    def writes(self) -> int:
        """Write requests so far."""
        return self._counted("write")

    def reset_log(self) -> None:
        """Forget the requests and what they wrote."""
        with self._lock:
            self.requests.clear()
            for book in self.spreadsheets.values():
                book.written_cells.clear()

    def accept(self, method: str, path: str, query: dict[str, list[str]], body: bytes,
               headers: dict[str, str]) -> Request:  # fmt: skip
        """Write a request to the log and call the hook; `n` counts from 1, tokens are 0."""
        kind = routes.kind_of(method, path)
        with self._lock:
            self._count += kind != "token"
            number = self._count if kind != "token" else 0
            request = Request(number, method, path, query, body, headers, kind)
            self.requests.append(request)
        if self.before_request and kind != "token":
            self._hook(self.before_request, request)
        return request

    def finished(self, request: Request) -> None:
        """Called when a request has been carried out, before its answer is sent."""
        if self.after_request and request.kind != "token":
            self._hook(self.after_request, request)

    def _hook(self, hook: Hook, request: Request) -> None:
        try:
            hook(request.n, request.method, request.path)
        except Exception as error:  # noqa: BLE001 - kept for the test to see
            self.bugs.append(f"hook at {request.line}: {''.join(traceback.format_exception(error))}")

    # a request

    def handle(self, request: Request) -> Answer:
        """Carry out one request."""
        if request.kind == "token":
            token = self.tokens.answer(request.body)
            return Answer(token.code, token.body, token.content_type)
        try:
            body = self._carry_out(request)
        except errors.NoSuchPage:
            return Answer(404, errors.html_page(404), "text/html; charset=UTF-8")
        except ApiError as error:
            extra = {}
            if error.code == 429 and self.switches.retry_after is not None:
                extra["Retry-After"] = str(self.switches.retry_after)
            return Answer(error.code, _dump(error.body(), request), headers=extra)
        except Exception as error:  # noqa: BLE001 - kept for the test to see
            self.bugs.append(f"{request.line}: {''.join(traceback.format_exception(error))}")
            return Answer(500, f"defect of the emulator: {error!r}", "text/plain; charset=UTF-8")
        return Answer(204) if body is None else Answer(200, _dump(body, request))

    def _carry_out(self, request: Request) -> Json | None:
        scopes = self.tokens.scopes(request.headers.get("authorization"))
        if scopes is None:
            raise errors.bad_token()
        if not scopes & SHEETS_SCOPES:
            raise errors.few_scopes()
        if request.kind == "drive":
            return drive.handle(self, request, _parsed(request))
        route = routes.find(request.method, request.path)
        if route is None:
            raise errors.NoSuchPage
        if not self.api_enabled:
            raise errors.api_off(PROJECT)
        if self.quota:
            with self._lock:
                self.quota.spend(request.kind)
        return self._sheets(request, route)

    def _sheets(self, request: Request, route: routes.Route) -> Json:
        method = route.method
        body = _parsed(request) if "request" in method else {}
        root = "data" if "range" in method["parameters"] and request.method in {"PUT", "POST"} else ""
        violations = discovery.check_query(method, request.query)
        if "request" in method:
            root = "" if route.name == "values.clear" else root
            violations += discovery.check_body(method["request"]["$ref"], body, root)
        if violations:
            raise bad_fields(violations)
        mask = masks.parse(request.query["fields"][-1]) if "fields" in request.query else {}
        masks.check(mask, method["response"]["$ref"])
        answer = self._run(request, route, body, mask)
        if mask:
            answer = masks.keep(answer, mask)
        wrong = discovery.check_answer(method["response"]["$ref"], answer)
        if wrong:
            raise AssertionError(f"the emulator's own answer does not fit the schema: {wrong}")
        return answer

    def _run(self, request: Request, route: routes.Route, body: Json, mask: masks.Mask) -> Json:
        if route.name == "create":
            return self._create(body)
        book = self.spreadsheets.get(unquote(route.parts["spreadsheetId"]))
        if book is None:
            raise errors.not_found()
        if book.role is None or (request.kind == "write" and book.role == "reader"):
            raise errors.not_shared()
        if book.office:
            raise errors.office_file()
        holder: AbstractContextManager[None] = nullcontext()
        if request.kind == "write":
            holder = book.transaction(request.n)
        with book.lock, holder:
            return routes.run(self, book, route, request.query, body, mask)

    def _create(self, body: Json) -> Json:
        if not self.switches.robot_may_create_files:
            raise errors.not_shared()
        props = body.get("properties") or {}
        book = self.new_spreadsheet(props.get("title") or "Untitled spreadsheet",
                                    locale=props.get("locale") or "en_US",
                                    zone=props.get("timeZone") or "Etc/GMT")  # fmt: skip
        return routes.resource(book, {}, None, data=False)


def _no_number(name: str) -> None:
    raise ValueError(f"Unexpected token {name}")


def _parsed(request: Request) -> Json:
    if not request.body.strip():
        return {}
    try:
        body = json.loads(request.body, parse_constant=_no_number)
    except ValueError as error:
        text = f"Invalid JSON payload received. {error}"
        raise bad_fields([("", text)]) from None
    if not isinstance(body, dict):
        raise bad_fields([("", 'Invalid JSON payload received. Unknown name "": Root element must be a message.')])
    return body


def _dump(value: Json, request: Request) -> str:
    plain = request.query.get("prettyPrint", ["true"])[-1].lower() == "false"
    if plain:
        return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    return errors.pretty(value)
