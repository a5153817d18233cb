"""Writing into XML that any program may have written: every byte that is not ours stays."""

from __future__ import annotations

from xml.etree import ElementTree

from hypothesis import given
from hypothesis import strategies as st

from sync.sheets.workbook.sheet_patch import write_sheet
from sync.sheets.workbook.sheet_xml import column_letters, column_number, place
from tests.fakes.examples import examples

NAMESPACE = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
CELLS = {
    "nothing": "",
    "blank": '<{p}c{r} s="3"/>',
    "empty": "<{p}c{r} s='3'></{p}c>",
    "number": "<{p}c{r}><{p}v>5</{p}v></{p}c>",
    "shared": '<{p}c{r} t="s" s="1"><{p}v>0</{p}v></{p}c>',
    "text": '<{p}c{r} t="inlineStr"><{p}is><{p}t>&lt;c r="A1"/&gt;</{p}t></{p}is></{p}c>',
    "formula": '<{p}c{r}><{p}f>A1&gt;"&gt;"</{p}f><{p}v>1</{p}v></{p}c>',
    "borrowed": '<{p}c{r} note="a > b"><{p}f t="shared" si="7"/><{p}v>1</{p}v></{p}c>',
}
ROWS = st.dictionaries(st.integers(1, 6), st.lists(st.sampled_from(sorted(CELLS)), max_size=5), max_size=5)
EDITS = st.dictionaries(
    st.tuples(st.integers(1, 7), st.integers(1, 6)), st.sampled_from(["", "Goes", "=1+1", "<&>", "a\nb"]), max_size=6
)


def sheet_of(rows: dict[int, list[str]], prefix: str, named: bool) -> str:
    """Return a worksheet part; cells say where they are when ``named``, else they stand where they are counted."""
    lines = []
    for number, cells in sorted(rows.items()):
        kinds = cells if named else ["blank" if kind == "nothing" else kind for kind in cells]
        inner = "".join(
            CELLS[kind].format(p=prefix, r=f' r="{column_letters(at)}{number}"' if named else "")
            for at, kind in enumerate(kinds, 1)
        )
        tag = f'<{prefix}row r="{number}" spans="1:3"'
        lines.append(f"{tag}>{inner}</{prefix}row>" if inner else f"{tag}/>")
    data = f"<{prefix}sheetData>{''.join(lines)}</{prefix}sheetData>" if lines else f"<{prefix}sheetData/>"
    declared = f"xmlns{':' + prefix.rstrip(':') if prefix else ''}"
    return f'<{prefix}worksheet {declared}="{NAMESPACE[1:-1]}">{data}<{prefix}tail a="/&gt;"/></{prefix}worksheet>'


def cells_of(xml: bytes) -> dict[tuple[int, int], tuple[str, str]]:
    """Return (row, column) → what stands there and the style, read by an XML parser of another kind."""
    found = {}
    for row in ElementTree.fromstring(xml).iter(f"{NAMESPACE}row"):  # noqa: S314 - made here
        at = 0
        for cell in row.iter(f"{NAMESPACE}c"):
            at = place(cell.get("r", ""))[1] if cell.get("r") else at + 1
            inner = b"".join(ElementTree.tostring(child) for child in cell).decode()
            text = cell.findtext(f"{NAMESPACE}is/{NAMESPACE}t")
            found[int(row.get("r", "")), at] = (inner if text is None else text, cell.get("s", ""))
    return found


@examples(3)
@given(rows=ROWS, edits=EDITS, prefix=st.sampled_from(["", "x:"]), named=st.booleans())
def test_only_the_cells_that_are_written_change(
    rows: dict[int, list[str]], edits: dict[tuple[int, int], str], prefix: str, named: bool
) -> None:
    xml = sheet_of(rows, prefix, named).encode()
    before = cells_of(xml)
    result, _ = write_sheet(xml, edits, {}, lambda formula, origin, there: formula)
    after = cells_of(result)
    styles = {at: style for at, (_, style) in before.items()}
    wanted = before | {at: (text, styles.get(at, "")) for at, text in edits.items() if text or at in before}
    assert after == wanted
    numbers = [int(row.get("r", "")) for row in ElementTree.fromstring(result).iter(f"{NAMESPACE}row")]  # noqa: S314
    assert numbers == sorted(set(numbers))
    assert result.endswith(xml[xml.index(b"tail") :])


@given(st.integers(1, 16_384))
def test_columns_have_their_letters(number: int) -> None:
    assert column_number(column_letters(number)) == number
