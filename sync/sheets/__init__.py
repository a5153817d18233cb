"""Edge: the team's sheet, in Google Sheets or in a workbook file.  Moves cells and decides nothing."""

from __future__ import annotations

import os
import zoneinfo
from collections.abc import Callable
from pathlib import Path

from sync.core.config import GoogleSheet, WorkbookSheet, spreadsheet_id
from sync.core.ports import Backend


def open_backend(
    sheet: GoogleSheet | WorkbookSheet, folder: Path, *, zone: str = "", locale: str = "",
    interrupted: Callable[[], bool] = lambda: False,
) -> Backend:  # fmt: skip
    """Return the backend that ``sheet`` (of the configuration) names; relative paths count from ``folder``.

    ``zone`` and ``locale`` say what a workbook, which knows neither, shall report; this machine's when left empty.
    ``interrupted`` is asked while waiting for Google.  The
    libraries behind a backend are imported only when it is chosen.
    """
    if isinstance(sheet, WorkbookSheet):
        from .workbook import WorkbookBackend

        return WorkbookBackend(folder / sheet.path, zone or machine_zone(), locale or machine_locale())
    from .google import GoogleBackend

    return GoogleBackend(
        spreadsheet_id(sheet.spreadsheet), folder / sheet.credentials, sheet.api_endpoint or "", interrupted=interrupted
    )


def machine_zone() -> str:
    """Return the IANA name of this machine's time zone, ``UTC`` when it has none that can be named."""
    names = [os.environ.get("TZ", "").lstrip(":")]
    for file in (Path("/etc/localtime"), Path("/var/db/timezone/localtime")):
        names.append(str(file.resolve()).partition("zoneinfo/")[2])
    for name in names:
        try:
            if name:
                return zoneinfo.ZoneInfo(name).key
        except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError):
            continue
    return "UTC"


def machine_locale() -> str:
    """Return this machine's locale as ``en_US``."""
    for variable in ("LC_ALL", "LC_TIME", "LANG"):
        name = os.environ.get(variable, "").partition(".")[0].partition("@")[0]
        if len(name) == 5 and name[2] == "_":
            return name
    return "en_US"
