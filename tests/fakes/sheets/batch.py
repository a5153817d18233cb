"""batchUpdate: every request of a batch, in order, all or nothing."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from . import filters, ops_cells, ops_dims, ops_moves, ops_objects, ops_tabs, render
from .book import Book
from .clean import clean
from .errors import ApiError, bad_request
from .reading import readable

Json = dict[str, Any]
Handler = Callable[[Book, Json], Json]

HANDLERS: dict[str, Handler] = {
    "addSheet": ops_tabs.add_sheet,
    "deleteSheet": ops_tabs.delete_sheet,
    "duplicateSheet": ops_tabs.duplicate_sheet,
    "updateSheetProperties": ops_tabs.update_sheet_properties,
    "updateSpreadsheetProperties": ops_tabs.update_spreadsheet_properties,
    "insertDimension": ops_dims.insert_dimension,
    "deleteDimension": ops_dims.delete_dimension,
    "moveDimension": ops_dims.move_dimension,
    "appendDimension": ops_dims.append_dimension,
    "updateDimensionProperties": ops_dims.update_dimension_properties,
    "autoResizeDimensions": ops_dims.auto_resize,
    "addDimensionGroup": ops_dims.add_group,
    "updateDimensionGroup": ops_dims.update_group,
    "deleteDimensionGroup": ops_dims.delete_group,
    "updateCells": ops_cells.update_cells,
    "repeatCell": ops_cells.repeat_cell,
    "appendCells": ops_cells.append_cells,
    "setDataValidation": ops_cells.set_data_validation,
    "mergeCells": ops_cells.merge_cells,
    "unmergeCells": ops_cells.unmerge_cells,
    "sortRange": ops_moves.sort_range,
    "cutPaste": ops_moves.cut_paste,
    "copyPaste": ops_moves.copy_paste,
    "findReplace": ops_moves.find_replace,
    "addNamedRange": ops_objects.add_named_range,
    "updateNamedRange": ops_objects.update_named_range,
    "deleteNamedRange": ops_objects.delete_named_range,
    "addProtectedRange": ops_objects.add_protected_range,
    "updateProtectedRange": ops_objects.update_protected_range,
    "deleteProtectedRange": ops_objects.delete_protected_range,
    "addConditionalFormatRule": ops_objects.add_conditional_format,
    "updateConditionalFormatRule": ops_objects.update_conditional_format,
    "deleteConditionalFormatRule": ops_objects.delete_conditional_format,
    "setBasicFilter": ops_objects.set_basic_filter,
    "clearBasicFilter": ops_objects.clear_basic_filter,
    "addFilterView": ops_objects.add_filter_view,
    "updateFilterView": ops_objects.VIEWS.update,
    "deleteFilterView": lambda book, body: ops_objects.VIEWS.delete(book, body, "filterId"),
    "addBanding": ops_objects.add_banding,
    "updateBanding": ops_objects.BANDINGS.update,
    "deleteBanding": lambda book, body: ops_objects.BANDINGS.delete(book, body, "bandedRangeId"),
    "addChart": ops_objects.add_chart,
    "updateChartSpec": ops_objects.update_chart_spec,
    "deleteEmbeddedObject": lambda book, body: ops_objects.CHARTS.delete(book, body, "objectId"),
    "createDeveloperMetadata": filters.create,
    "updateDeveloperMetadata": ops_objects.update_metadata,
    "deleteDeveloperMetadata": filters.delete,
}


def run(book: Book, body: Json) -> Json:
    """BatchUpdateSpreadsheetResponse; the caller holds the transaction."""
    requests = body.get("requests") or []
    if not requests:
        raise bad_request("Must specify at least one request.")
    replies = [_one(book, index, request) for index, request in enumerate(requests)]
    answer: Json = {"spreadsheetId": book.id, "replies": replies}
    if body.get("includeSpreadsheetInResponse"):
        areas = None
        if body.get("responseRanges"):
            found = [book.locate(text) for text in body["responseRanges"]]
            areas = [(tab, readable(tab, area)) for tab, area in found]
        data = bool(body.get("responseIncludeGridData"))
        answer["updatedSpreadsheet"] = render.spreadsheet(book, areas, data)
    return answer


def _one(book: Book, index: int, request: Json) -> Json:
    given = [(k, v) for k, v in request.items() if v is not None]
    if len(given) != 1:
        raise bad_request(f"Invalid requests[{index}]: exactly one kind of request must be set.")
    kind, body = given[0]
    handler = HANDLERS.get(kind)
    if handler is None:
        raise bad_request(f"Invalid requests[{index}].{kind}: The emulator does not know this request.")
    try:
        return handler(book, clean("Request", {kind: body})[kind])
    except ApiError as error:
        if error.code == 400:
            raise bad_request(f"Invalid requests[{index}].{kind}: {error.message}") from error
        raise
