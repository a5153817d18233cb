"""The team's sheet in Google Sheets.  The only file that knows gspread, google-auth and requests.

gspread carries the requests; its own retries (endless), its value helpers (which turn ``007`` into 7) and its
``open_by_key`` (one more request) are not used.
"""

from __future__ import annotations

import logging
import random as chance
import re
import time
from collections.abc import Callable, Mapping, MutableMapping, Sequence
from dataclasses import replace
from functools import partial
from json import dumps
from pathlib import Path
from types import MappingProxyType
from typing import Any
from urllib.parse import quote

import gspread
import requests
from google.auth import exceptions as auth
from google.auth.transport.requests import AuthorizedSession, Request
from google.oauth2 import service_account
from gspread import urls

from ..core.columns import TAB
from ..core.errors import ConfigError
from ..core.log_rows import number_of
from ..core.ports import CellEdit, LogLine, Repair, Snapshot, Written
from . import google_errors as errors
from . import google_wire as wire
from .google_layout import Json, search_body
from .google_log import loads
from .google_patience import BrokenError, Patience
from .google_reading import Reading, decoded
from .google_repair import Mending
from .google_writing import Writing, add

SCOPE = "https://www.googleapis.com/auth/spreadsheets"
"""The one scope: read and write sheets that were shared with us.  No Drive API, so one set-up step less."""

_GOOGLE = "https://sheets.googleapis.com"
_ADDRESS = re.compile(r"/spreadsheets/(?:u/\d+/)?d/([A-Za-z0-9_-]+)")
_NEVER_SENT = (requests.exceptions.ConnectTimeout, requests.exceptions.ProxyError)
_NO_ADDRESS = (requests.exceptions.InvalidURL, requests.exceptions.MissingSchema, requests.exceptions.InvalidSchema)

_log = logging.getLogger(__name__)
_CHANCE = chance.SystemRandom()


class _Credentials(service_account.Credentials):
    """A service account that speaks to the token endpoint and to nobody else.

    google-auth 2.55 to 2.62 looks up a "regional access boundary" in a thread of its own, with our token.
    """

    def _is_regional_access_boundary_lookup_required(self) -> bool:
        return False


class SheetsHTTP(gspread.HTTPClient):
    """gspread's transport with our base address, compact answers and time-outs; one attempt a call.

    Answers other than 2xx come back as they are: what they mean is said in ``google_errors``.
    """

    base = ""

    def request(
        self, method: str, endpoint: str, params: MutableMapping[str, Any] | None = None, data: bytes | None = None,
        json: Mapping[str, Any] | None = None, files: Any = None, headers: MutableMapping[str, str] | None = None,
    ) -> requests.Response:  # fmt: skip
        """Send one request; ``prettyPrint=false`` halves the answer, and a body without blanks is a sixth shorter."""
        if json is not None:
            data = dumps(json, separators=(",", ":")).encode()
            headers = {**(headers or {}), "Content-Type": "application/json"}
        if self.base and endpoint.startswith(_GOOGLE):
            endpoint = self.base + endpoint.removeprefix(_GOOGLE)
        return self.session.request(
            method=method, url=endpoint, params={"prettyPrint": "false", **(params or {})}, data=data,
            files=files, headers=headers, timeout=self.timeout)  # fmt: skip


class _Line:
    """One spreadsheet's requests, one attempt each: :class:`google_reading.Line`."""

    def __init__(self, spreadsheet: str, credentials: _Credentials, base: str, timeout: tuple[float, float],
                 now: Callable[[], float]) -> None:  # fmt: skip
        self.count = 0
        self._now = now
        self.difference: float | None = None
        self._email = credentials.service_account_email
        self._id = quote(spreadsheet, safe="")
        tokens = requests.Session()
        tokens.hooks["response"].append(self._see_date)
        session = AuthorizedSession(credentials, auth_request=Request(tokens))  # type: ignore[no-untyped-call]
        session.hooks["response"].append(self._see_date)
        session.headers["User-Agent"] = "commonground (gzip)"  # Google compresses only for agents that name gzip
        self._client = gspread.Client(credentials, session, http_client=SheetsHTTP)
        self._client.set_timeout(timeout)
        transport = self._client.http_client
        if isinstance(transport, SheetsHTTP):
            transport.base = base.rstrip("/")

    def about(self, fields: str, ranges: Sequence[str] = ()) -> Json:
        """``spreadsheets.get``."""
        params: dict[str, Any] = {"fields": fields, **({"ranges": list(ranges)} if ranges else {})}
        return decoded(self._send("get", urls.SPREADSHEET_URL % self._id, params=params))

    def search(self) -> Json:
        """``developerMetadata:search``."""
        return decoded(self._post("developerMetadata:search", search_body()))

    def values(self, body: Json) -> bytes:
        """``values:batchGetByDataFilter``."""
        return self._post("values:batchGetByDataFilter", body)

    def put(self, body: Json) -> Json:
        """``values:batchUpdateByDataFilter``."""
        return decoded(self._post("values:batchUpdateByDataFilter", body, writing=True))

    def batch(self, requests: Sequence[Json]) -> Json:
        """``spreadsheets.batchUpdate``."""
        url = urls.SPREADSHEET_BATCH_UPDATE_URL % self._id
        return decoded(self._send("post", url, body={"requests": list(requests)}, writing=True))

    def close(self) -> None:
        """Close the connections."""
        self._client.http_client.session.close()

    def _post(self, method: str, body: Json, *, writing: bool = False) -> bytes:
        return self._send(
            "post", f"{urls.SPREADSHEETS_API_V4_BASE_URL}/{self._id}/{method}", body=body, writing=writing
        )

    def _send(self, method: str, url: str, *, params: MutableMapping[str, Any] | None = None, body: Json | None = None,
              writing: bool = False) -> bytes:  # fmt: skip
        self.count += 1
        try:
            answer = self._client.http_client.request(method, url, params=params, json=body)
            content = answer.content
        except _NO_ADDRESS as error:
            raise BrokenError(errors.bad_endpoint()) from error
        except requests.exceptions.SSLError as error:
            raise BrokenError(errors.untrusted()) from error
        except requests.RequestException as error:
            raise BrokenError(errors.silence(unsent=isinstance(error, _NEVER_SENT))) from error
        except auth.RefreshError as error:
            raise BrokenError(self._token_fault(error)) from error
        except auth.GoogleAuthError as error:
            raise BrokenError(errors.silence(unsent=True)) from error
        if not answer.ok:
            text = content.decode("utf-8", "replace")
            raise BrokenError(errors.from_answer(answer.status_code, text, share_with=self._email, writing=writing))
        return content

    def _see_date(self, answer: requests.Response, *_: Any, **__: Any) -> None:
        self.difference = errors.clock_difference(answer.headers.get("Date", ""), self._now())

    def _token_fault(self, error: auth.RefreshError) -> errors.Fault:
        body = error.args[1] if len(error.args) > 1 else None
        return errors.from_token(body, retryable=bool(error.retryable), share_with=self._email,
                                 difference=self.difference)  # fmt: skip


def _credentials(path: Path) -> _Credentials:
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(
            f"The key file {path} cannot be read.",
            "Put the file that Google gave you there, or correct sheet.credentials in the configuration.",
        ) from error
    info = errors.check_key(text, str(path))
    try:
        found: _Credentials = _Credentials.from_service_account_info(info, scopes=[SCOPE])  # type: ignore[no-untyped-call]
    except ValueError as error:
        raise errors.bad_key(str(path)) from error
    return found


class GoogleBackend:
    """A Google spreadsheet as :class:`sync.core.ports.Backend`.

    ``spreadsheet`` is its id or its whole address, ``credentials`` the service account's key file; ``api_endpoint``
    stands in place of Google's address (a proxy, or a test).  ``budget``: seconds in which a failed request is tried
    again before the error goes up; ``timeout``: seconds for connecting and for silence on the line; ``interrupted`` is
    asked while waiting, so that a stop need not wait for Google.

    Raises :class:`ConfigError` for a key file that cannot be used.
    """

    def __init__(
        self, spreadsheet: str, credentials: Path, api_endpoint: str = "", *,
        sleep: Callable[[float], None] = time.sleep,
        monotonic: Callable[[], float] = time.monotonic,
        random: Callable[[], float] = _CHANCE.random,
        now: Callable[[], float] = time.time,
        interrupted: Callable[[], bool] = lambda: False,
        log: logging.Logger = _log,
        budget: float = 30.0,
        timeout: tuple[float, float] = (10.0, 60.0),
    ) -> None:  # fmt: skip
        found = _ADDRESS.search(spreadsheet)
        self.spreadsheet = found.group(1) if found else spreadsheet.strip()
        key = _credentials(credentials)
        self.share_with: str = key.service_account_email
        """The address that people share the sheet with, as Editor."""
        self._line = _Line(self.spreadsheet, key, api_endpoint, timeout, now)
        self._patience = Patience(sleep, monotonic, random, interrupted, log, budget)
        self._reading = Reading(self._line, self.spreadsheet, monotonic)
        self._writing = Writing(self._line, self._reading, log)

    @property
    def requests(self) -> int:
        """How many requests were sent so far, failed ones too, those for tokens not."""
        return self._line.count

    @property
    def clock_difference(self) -> float | None:
        """This machine's clock minus Google's in seconds, as the last answer told; ``None`` before there was one."""
        return self._line.difference

    def read(self) -> Snapshot:
        """Return all tables of ``READ_TABS`` from one request; three in the first read and every ten minutes.

        The very same object as before when nothing changed.
        """
        return self._patience.keep_trying(self._reading.read)

    def write(self, edits: Sequence[CellEdit], live: Mapping[str, str], log: Sequence[LogLine] = ()) -> Written:
        """Write service cells, live lines and log lines: one read of ids and of the log, then one write, for each 2 MB.

        Raises :class:`ValueError` for a column of the team.
        """
        wire.service_only(edits)
        total = Written()
        if not (edits or live or log):
            return total
        read = self._reading.log
        rows = read.first_row + len(read.rows) if read is not None else 0
        for number, (cells, lines) in enumerate(loads(edits, log, rows)):
            if not self._reading.bound:  # never read yet, or bindings changed under an earlier piece
                self.read()
            once = partial(self._writing.piece, cells, live if number == 0 else {}, lines)
            total = add(total, self._patience.keep_trying(once))
        return replace(total, logged=total.logged & {number_of(line.key) for line in log})

    def repair(self, values: Mapping[str, str] = MappingProxyType({})) -> tuple[Repair, ...]:
        """Make or mend everything in one request; four reads and no write when all is well."""
        mending = Mending(self._line, self.spreadsheet, values)
        try:
            return self._patience.keep_trying(mending.once)
        finally:
            self._reading.forget()

    def read_log(self) -> tuple[LogLine, ...]:
        """Return the whole ``Mail log``, from one request."""
        return self._patience.keep_trying(self._reading.read_log)

    def read_marks(self) -> Mapping[str, str]:
        """Return the texts beside the live lines of ``Start here``, from one request."""
        return self._patience.keep_trying(self._reading.read_marks)

    def where(self) -> str:
        """Return the address at which people open the sheet."""
        return urls.SPREADSHEET_DRIVE_URL % self.spreadsheet + "/edit"

    def link(self, tab: str, row_id: str) -> str:
        """Return the address of a tab, ``""`` for one that is not there.

        It names no row: rows move, and the link may lie in a mail for days.
        """
        about = self._reading.layout
        sheet = about.tabs.get(tab) if about is not None and tab in TAB else None
        return f"{self.where()}#gid={sheet.id}" if sheet is not None else ""

    def title(self) -> str:
        """Return the spreadsheet's title, from one request; for set-up, to say which sheet it has found."""
        about = self._patience.keep_trying(lambda: self._line.about("properties(title)"))
        return str((about.get("properties") or {}).get("title") or "")

    def check_write(self) -> None:
        """Raise :class:`ServiceRefused` when we may only look at the sheet; changes nothing.

        Google refuses an empty batch as such (400) only to those who may write.
        """

        def probe() -> None:
            try:
                self._line.batch([])
            except BrokenError as broken:
                if not broken.fault.rejected:
                    raise

        self._patience.keep_trying(probe)

    def close(self) -> None:
        """Close the connections."""
        self._line.close()
