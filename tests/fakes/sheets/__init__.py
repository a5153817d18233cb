"""A Google Sheets v4 emulator for tests and for trying out; see `Emulator`."""

from . import faults
from .auth import ROBOT
from .book import CellWrite, Switches
from .cells import CellError, Formula, from_serial, serial
from .emulator import Emulator, Quota, Spreadsheet
from .faults import Fault, Request
from .hand import Hand

__all__ = [
    "ROBOT",
    "CellError",
    "CellWrite",
    "Emulator",
    "Fault",
    "Formula",
    "Hand",
    "Quota",
    "Request",
    "Spreadsheet",
    "Switches",
    "faults",
    "from_serial",
    "serial",
]
