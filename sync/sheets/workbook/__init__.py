"""The local workbook.

openpyxl is imported in this package only: ``reading``, ``repair``, ``look``, ``start`` and ``samples``.  Writing into
an existing workbook needs no library: see ``splice``.
"""

from .backend import WorkbookBackend
from .samples import fill_rows

__all__ = ["WorkbookBackend", "fill_rows"]
