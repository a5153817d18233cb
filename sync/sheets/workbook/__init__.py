"""The local workbook.

openpyxl is imported in this package only: ``reading``, ``repair``, ``look``, ``start`` and ``hand``.  Writing into an
existing workbook needs no library: see ``splice``.
"""

from .backend import WorkbookBackend

__all__ = ["WorkbookBackend"]
