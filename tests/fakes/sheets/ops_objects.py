"""batchUpdate: what lies over the cells: names, protection, formats, filters, charts."""

from __future__ import annotations

import re
from typing import Any

from . import filters, masks
from .a1 import parse_cells
from .auth import ROBOT
from .book import Book
from .errors import bad_request
from .grid import Tab
from .ranges import shown
from .render import protected

Json = dict[str, Any]


# named ranges


def add_named_range(book: Book, body: Json) -> Json:
    """addNamedRange."""
    given = body.get("namedRange") or {}
    _check_name(book, given.get("name"), None)
    if "range" not in given:
        raise bad_request("Named range must have a range.")
    place = _bounded(book, given["range"])
    number = given.get("namedRangeId") or str(book.new_id(book.state.named))
    if number in book.state.named:
        raise bad_request(f"A named range with id {number} already exists.")
    stored = {"namedRangeId": number, "name": given["name"], "range": place}
    book.state.named[number] = stored
    return {"addNamedRange": {"namedRange": shown(stored)}}


def _bounded(book: Book, given: Json) -> Json:
    tab, _ = book.rect(given)
    return given | {"sheetId": tab.sheet_id}


def _check_name(book: Book, name: str | None, own: str | None) -> None:
    good = name and re.fullmatch(r"[A-Za-z_]\w{0,249}", name) and not parse_cells(name)
    if not good or (name or "").upper() in {"TRUE", "FALSE"}:
        raise bad_request(f"The name '{name}' is not a valid named range name.")
    for number, other in book.state.named.items():
        if number != own and other["name"].casefold() == (name or "").casefold():
            raise bad_request(f"A named range with the name '{name}' already exists.")


def _named(book: Book, number: Any) -> Json:
    try:
        return book.state.named[str(number)]
    except KeyError:
        raise bad_request(f"No named range with id: {number}") from None


def update_named_range(book: Book, body: Json) -> Json:
    """updateNamedRange."""
    given = body.get("namedRange") or {}
    stored = _named(book, given.get("namedRangeId"))
    leaves = masks.paths(body.get("fields"), "NamedRange", "namedRange")
    names = {path[0] for path in leaves}
    if names & {"name", "*"}:
        _check_name(book, given.get("name"), stored["namedRangeId"])
    if names & {"range", "*"}:
        given = given | {"range": _bounded(book, given.get("range") or {})}
    book.state.named[stored["namedRangeId"]] = masks.apply(stored, given, leaves)
    return {}


def delete_named_range(book: Book, body: Json) -> Json:
    """deleteNamedRange."""
    del book.state.named[_named(book, body.get("namedRangeId"))["namedRangeId"]]
    return {}


# objects with a number, kept in a dictionary of their tab


class Kind:
    """Add, update and delete for one kind of object."""

    def __init__(self, store: str, key: str, field: str, schema: str, label: str):
        self.store, self.key, self.field, self.schema, self.label = store, key, field, schema, label

    def find(self, book: Book, number: Any) -> tuple[Tab, Json]:
        """The tab that has the object, and the object."""
        for tab in book.tabs:
            found = getattr(tab, self.store).get(number)
            if found is not None:
                return tab, found
        raise bad_request(f"No {self.label} with id: {number}")

    def add(self, book: Book, body: Json) -> Json:
        """Store a new object; gives it back with its number."""
        given = body.get(self.field) or {}
        tab, stored = self.prepare(book, given)
        taken = {n for t in book.tabs for n in getattr(t, self.store)}
        number = given.get(self.key) or book.new_id(taken)
        if number in taken:
            raise bad_request(f"A {self.label} with id {number} already exists.")
        full = {self.key: number} | {k: v for k, v in stored.items() if k != self.key}
        getattr(tab, self.store)[number] = full
        return full

    def prepare(self, book: Book, given: Json) -> tuple[Tab, Json]:
        """The tab a new object belongs to, and what is stored."""
        place = given.get("range")
        if place is None and given.get("namedRangeId"):
            place = _named(book, given["namedRangeId"]).get("range")
        if place is None:
            raise bad_request(f"A {self.label} must have a range.")
        tab, _ = book.rect(place)
        return tab, given | {"range": place}

    def update(self, book: Book, body: Json) -> Json:
        """Change the fields the mask names."""
        given = body.get(self.field) or {}
        tab, old = self.find(book, given.get(self.key))
        leaves = masks.paths(body.get("fields"), self.schema, self.field)
        new = masks.apply(old, given, leaves) | {self.key: old[self.key]}
        if "range" in new:
            target, _ = book.rect(new["range"])
            if target is not tab:
                raise bad_request(f"The {self.label} cannot be moved to another sheet.")
        getattr(tab, self.store)[old[self.key]] = new
        return {}

    def delete(self, book: Book, body: Json, name: str) -> Json:
        """Remove it."""
        tab, found = self.find(book, body.get(name))
        del getattr(tab, self.store)[found[self.key]]
        return {}


class _Protection(Kind):
    def prepare(self, book: Book, given: Json) -> tuple[Tab, Json]:
        tab, stored = super().prepare(book, given)
        drop = {"requestingUserCanEdit"}
        stored = {k: v for k, v in stored.items() if k not in drop}
        return tab, stored | {"_robot": True}


class _Chart(Kind):
    def prepare(self, book: Book, given: Json) -> tuple[Tab, Json]:
        place = given.get("position") or {}
        anchor = (place.get("overlayPosition") or {}).get("anchorCell") or {}
        if not given.get("spec"):
            raise bad_request("A chart must have a spec.")
        if place.get("newSheet"):
            raise bad_request("The emulator has no charts on sheets of their own.")
        return book.sheet(place.get("sheetId", anchor.get("sheetId"))), given


PROTECTED = _Protection("protected", "protectedRangeId", "protectedRange", "ProtectedRange", "protected range")
VIEWS = Kind("views", "filterViewId", "filter", "FilterView", "filter view")
BANDINGS = Kind("bandings", "bandedRangeId", "bandedRange", "BandedRange", "banded range")
CHARTS = _Chart("charts", "chartId", "chart", "EmbeddedChart", "embedded object")


def add_protected_range(book: Book, body: Json) -> Json:
    """addProtectedRange; the caller may always edit what it protects."""
    stored = PROTECTED.add(book, body)
    reply = protected({k: v for k, v in stored.items() if k != "editors"})
    tab, _ = PROTECTED.find(book, stored["protectedRangeId"])
    users = (stored.get("editors") or {}).get("users") or []
    editors = {"users": users if ROBOT in users else [*users, ROBOT]}
    tab.protected[stored["protectedRangeId"]] = stored | {"editors": editors}
    return {"addProtectedRange": {"protectedRange": reply}}


def update_protected_range(book: Book, body: Json) -> Json:
    """updateProtectedRange."""
    _, old = PROTECTED.find(book, (body.get("protectedRange") or {}).get("protectedRangeId"))
    if not old.get("_robot", True):
        raise bad_request("You are trying to edit a protected cell or object. Please contact the "
                          "spreadsheet owner to remove protection if you need to edit.")  # fmt: skip
    PROTECTED.update(book, body)
    tab, new = PROTECTED.find(book, old["protectedRangeId"])
    tab.protected[old["protectedRangeId"]] = new | {"_robot": True}
    return {}


def delete_protected_range(book: Book, body: Json) -> Json:
    """deleteProtectedRange."""
    return PROTECTED.delete(book, body, "protectedRangeId")


def add_filter_view(book: Book, body: Json) -> Json:
    """addFilterView."""
    return {"addFilterView": {"filter": shown(VIEWS.add(book, body))}}


def add_banding(book: Book, body: Json) -> Json:
    """addBanding: one banding per range."""
    tab, rect = book.rect((body.get("bandedRange") or {}).get("range") or {})
    for other in tab.bandings.values():
        if rect.meets(tab.clamp(book.area(other["range"])[1])):
            raise bad_request("You cannot add alternating background colors to a range that "
                              "already has alternating background colors.")  # fmt: skip
    return {"addBanding": {"bandedRange": shown(BANDINGS.add(book, body))}}


def add_chart(book: Book, body: Json) -> Json:
    """addChart."""
    return {"addChart": {"chart": shown(CHARTS.add(book, body))}}


def update_chart_spec(book: Book, body: Json) -> Json:
    """updateChartSpec."""
    tab, old = CHARTS.find(book, body.get("chartId"))
    if not body.get("spec"):
        raise bad_request("A chart must have a spec.")
    tab.charts[old["chartId"]] = old | {"spec": body["spec"]}
    return {}


# filters


def set_basic_filter(book: Book, body: Json) -> Json:
    """setBasicFilter."""
    given = body.get("filter") or {}
    tab, rect = book.rect(given.get("range") or {"sheetId": 0})
    place = {
        "sheetId": tab.sheet_id,
        "startRowIndex": rect.top,
        "endRowIndex": rect.bottom,
        "startColumnIndex": rect.left,
        "endColumnIndex": rect.right,
    }
    tab.basic_filter = given | {"range": place}
    return {}


def clear_basic_filter(book: Book, body: Json) -> Json:
    """clearBasicFilter."""
    book.sheet(body.get("sheetId")).basic_filter = None
    return {}


# conditional formats, addressed by position


def _rule_tab(book: Book, rule: Json) -> Tab:
    places = rule.get("ranges") or []
    if not places:
        raise bad_request("A conditional format rule must have a range.")
    if ("booleanRule" in rule) == ("gradientRule" in rule):
        raise bad_request("Exactly one of booleanRule or gradientRule must be set.")
    tabs = {book.rect(place)[0].sheet_id for place in places}
    if len(tabs) > 1:
        raise bad_request("All ranges of a rule must be on the same sheet.")
    return book.sheet(tabs.pop())


def add_conditional_format(book: Book, body: Json) -> Json:
    """addConditionalFormatRule."""
    rule = body.get("rule") or {}
    tab, index = _rule_tab(book, rule), body.get("index", 0)
    if not 0 <= index <= len(tab.conditional):
        raise bad_request(f"No conditional format on sheet: {tab.sheet_id} at index: {index}")
    tab.conditional.insert(index, rule)
    return {}


def _rule_at(tab: Tab, index: int) -> Json:
    if not 0 <= index < len(tab.conditional):
        raise bad_request(f"No conditional format on sheet: {tab.sheet_id} at index: {index}")
    return tab.conditional[index]


def update_conditional_format(book: Book, body: Json) -> Json:
    """updateConditionalFormatRule: replace a rule, or move it."""
    index, rule = body.get("index", 0), body.get("rule")
    if rule is not None:
        tab = _rule_tab(book, rule)
        old = _rule_at(tab, index)
        tab.conditional[index] = rule
        reply: Json = {"newRule": rule, "oldRule": old}
        new_index = index
    else:
        tab = book.sheet(body.get("sheetId"))
        old, new_index = _rule_at(tab, index), body.get("newIndex", 0)
        tab.conditional.remove(old)
        tab.conditional.insert(new_index, old)
        reply = {"newRule": old}
    numbers = {"newIndex": new_index, "oldIndex": index}
    full = reply | {k: v for k, v in numbers.items() if v}
    return {"updateConditionalFormatRule": shown(full)}


def delete_conditional_format(book: Book, body: Json) -> Json:
    """deleteConditionalFormatRule."""
    tab = book.sheet(body.get("sheetId"))
    rule = _rule_at(tab, body.get("index", 0))
    del tab.conditional[body.get("index", 0)]
    return {"deleteConditionalFormatRule": {"rule": shown(rule)}}


def update_metadata(book: Book, body: Json) -> Json:
    """updateDeveloperMetadata."""
    leaves = masks.paths(body.get("fields"), "DeveloperMetadata", "developerMetadata")
    return filters.update(book, body, leaves)
