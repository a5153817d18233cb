"""The few Drive endpoints that gspread calls."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from .errors import DriveError

if TYPE_CHECKING:
    from .emulator import Emulator, Spreadsheet
    from .faults import Request

Json = dict[str, Any]
MIME = "application/vnd.google-apps.spreadsheet"


def handle(emulator: Emulator, request: Request, body: Json) -> Json | None:
    """Answer one Drive request; None stands for 204."""
    match = re.fullmatch(r"/drive/v3/files(?:/([\w-]+))?(/copy)?", request.path)
    if match is None:
        raise DriveError(404, "notFound", "Not Found")
    file_id, copy = match.groups()
    if request.method == "GET" and file_id is None:
        return _list(emulator, request)
    if request.method == "POST" and (file_id is None or copy):
        return _create(emulator, body, _find(emulator, file_id) if file_id else None)
    book = _find(emulator, file_id or "")
    if request.method == "DELETE":
        emulator.remove(book)
        return None
    if request.method != "GET":
        raise DriveError(404, "notFound", "Not Found")
    wanted = ",".join(request.query.get("fields", ["kind,id,name,mimeType"]))
    return {k: v for k, v in _file(book).items() if wanted == "*" or k in wanted.split(",")}


def _find(emulator: Emulator, file_id: str) -> Spreadsheet:
    found = emulator.spreadsheets.get(file_id)
    if found is None or found.role is None:
        raise DriveError(404, "notFound", f"File not found: {file_id}.", location="fileId")
    return found


def _file(book: Spreadsheet) -> Json:
    return {
        "kind": "drive#file",
        "id": book.id,
        "name": book.title,
        "mimeType": MIME,
        "version": str(book.version),
        "createdTime": "2026-01-01T00:00:00.000Z",
        "modifiedTime": f"2026-01-01T00:00:00.{book.version % 1000:03d}Z",
        "trashed": False,
    }


def _create(emulator: Emulator, body: Json, source: Spreadsheet | None) -> Json:
    if not emulator.switches.robot_may_create_files:
        text = "The user's Drive storage quota has been exceeded."
        raise DriveError(403, "storageQuotaExceeded", text, domain="usageLimits")
    name = body.get("name")
    if source is None:
        made = emulator.new_spreadsheet(name or "Untitled spreadsheet")
    else:
        made = emulator.copy_spreadsheet(source, name)
        made.role = "writer"
    return {k: v for k, v in _file(made).items() if k in {"kind", "id", "name", "mimeType"}}


def _list(emulator: Emulator, request: Request) -> Json:
    query = "".join(request.query.get("q", []))
    name = re.search(r'name = "((?:[^"\\]|\\.)*)"', query)
    books = [b for b in emulator.spreadsheets.values() if b.role is not None]
    if name:
        books = [b for b in books if b.title == name.group(1)]
    kept = {"id", "name", "createdTime", "modifiedTime"}
    return {"files": [{k: v for k, v in _file(b).items() if k in kept} for b in books]}
