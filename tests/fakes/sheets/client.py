"""The real gspread on the emulator: for the emulator's own tests and as a model for others."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, contextmanager
from typing import Any

import gspread
import requests
from google.oauth2 import service_account

from .emulator import Emulator, Spreadsheet

Json = dict[str, Any]
SCOPES = ["https://www.googleapis.com/auth/spreadsheets"]


class Credentials(service_account.Credentials):
    """Without google-auth's look-up of regional boundaries, which would leave this machine."""

    def _is_regional_access_boundary_lookup_required(self) -> bool:
        return False


class ToEmulator(gspread.HTTPClient):
    """gspread's own transport with the emulator in place of Google's hosts."""

    base: str
    timeout: float | None

    def request(self, method: str, endpoint: str, *args: Any, **options: Any) -> requests.Response:
        """Send one request to the emulator."""
        for host in ("https://sheets.googleapis.com", "https://www.googleapis.com"):
            endpoint = endpoint.replace(host, self.base, 1)
        self.timeout = 10
        answer: requests.Response = super().request(method, endpoint, *args, **options)
        return answer


class Client:
    """gspread on the emulator, and bare calls for what gspread has no name for."""

    def __init__(self, emulator: Emulator, book: Spreadsheet):
        self.emulator, self.book = emulator, book
        make: Any = Credentials.from_service_account_info
        credentials = make(emulator.key_info(), scopes=SCOPES)
        transport = type("Transport", (ToEmulator,), {"base": emulator.url})
        self.gspread = gspread.Client(credentials, http_client=transport)

    def close(self) -> None:
        """Close the connections."""
        self.gspread.http_client.session.close()

    @property
    def file(self) -> gspread.Spreadsheet:
        """gspread's view of the spreadsheet."""
        return self.gspread.open_by_key(self.book.id)

    def call(self, method: str, path: str, body: Json | None = None, **query: Any) -> Json:
        """A request below the address of the spreadsheet; the decoded answer."""
        url = f"{self.emulator.url}/v4/spreadsheets/{self.book.id}{path}"
        answer: Json = self.gspread.http_client.request(method, url, params=query, json=body).json()
        return answer

    def batch(self, *items: Json) -> list[Json]:
        """The replies to a batchUpdate."""
        replies: list[Json] = self.call("post", ":batchUpdate", {"requests": list(items)})["replies"]
        return replies

    def get(self, cells: str, **query: Any) -> Json:
        """values.get."""
        return self.call("get", f"/values/{cells}", **query)

    def refused(self, method: str, path: str, body: Json | None = None, **query: Any) -> tuple[int, str]:
        """Code and message of the refusal that a request must meet."""
        try:
            answer = self.call(method, path, body, **query)
        except gspread.exceptions.APIError as error:
            found = error.response.json()["error"]
            return found["code"], found["message"]
        raise AssertionError(f"not refused: {answer}")

    def refused_batch(self, *items: Json) -> str:
        """The message of the 400 that a batchUpdate must meet."""
        code, message = self.refused("post", ":batchUpdate", {"requests": list(items)})
        assert code == 400, message
        return message


@contextmanager
def trial(**options: Any) -> Iterator[Client]:
    """An emulator with one empty spreadsheet and a client; fails when the emulator had a defect."""
    with Emulator(**options) as emulator:
        made = Client(emulator, emulator.new_spreadsheet("Trial"))
        with closing(made):
            yield made
        assert emulator.bugs == []


def tag(index: int, key: str = "column", dimension: str = "COLUMNS", **more: Any) -> Json:
    """createDeveloperMetadata for one row or column of the first tab."""
    place = {"sheetId": 0, "dimension": dimension, "startIndex": index, "endIndex": index + 1}
    entry = {"metadataKey": key, "visibility": "DOCUMENT", "location": {"dimensionRange": place}}
    return {"createDeveloperMetadata": {"developerMetadata": entry | more}}


def lookup(**wanted: Any) -> Json:
    """A DataFilter for metadata."""
    return {"developerMetadataLookup": wanted}
