"""Makes the pictures of the README anew from the demo: ``.venv/bin/python docs/pictures/make.py``.

Needs, beside the project itself, LibreOffice (``soffice``), Chromium (``chromium``), Poppler (``pdftoppm``) and
ImageMagick (``convert``), and the fonts Carlito and Liberation, which have the widths of Calibri and Arial; on Debian:
libreoffice-calc chromium poppler-utils imagemagick fonts-crosextra-carlito fonts-liberation.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from email import message_from_bytes, policy
from email.message import EmailMessage
from html import escape
from pathlib import Path

import openpyxl
from openpyxl.styles import Border, Side
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.worksheet import Worksheet

from sync.app.demo import play
from sync.core.columns import MEETINGS

HERE = Path(__file__).resolve().parent
MOMENT = "Tue 2 Mar 19:07"
"""When the sheet is looked at: a meeting has just been moved, and one date can be read two ways."""
LAST_COLUMN = "place"
LINE = "D5DADD"
PHONE = 390
"""The width of a phone's screen in CSS pixels."""
FONTS = """<?xml version="1.0"?><!DOCTYPE fontconfig SYSTEM "urn:fontconfig:fonts.dtd">
<fontconfig><include>/etc/fonts/fonts.conf</include><selectfont><rejectfont><pattern>
<patelt name="family"><string>Noto Color Emoji</string></patelt></pattern></rejectfont></selectfont></fontconfig>"""
"""Without the colour emoji, whose bitmaps get lost on the way through a PDF: the sign of a letter in the headings."""
SCREEN = """<!doctype html><meta charset="utf-8"><style>
* {{ box-sizing: border-box }} html {{ background: #dfe3e2 }}
body {{ margin: 0; width: {width}px; background: #fff; font: 15px/1.4 Arial, sans-serif; color: #22282c }}
header {{ padding: 18px 20px 14px; border-bottom: 1px solid #d5dadd }} h1 {{ font-size: 21px; margin: 0 0 8px }}
p {{ margin: 0; color: #5c656b }} iframe {{ display: block; border: 0; width: 100%; height: {height}px }}
.file {{ display: inline-block; margin: 0 20px 20px; padding: 8px 14px; border: 1px solid #d5dadd; border-radius: 8px }}
</style><header><h1>{subject}</h1><p>{sender}<p>to {to}</header><iframe srcdoc="{body}"></iframe>{file}"""


def main() -> None:
    """Play the demo into a folder that is thrown away, and make every picture."""
    lacking = [name for name in ("soffice", "chromium", "pdftoppm", "convert") if shutil.which(name) is None]
    if lacking:
        sys.exit(f"Not installed here: {', '.join(lacking)}.")
    with tempfile.TemporaryDirectory() as name:
        work = Path(name)
        (work / "fonts.conf").write_text(FONTS, encoding="utf-8")
        os.environ["FONTCONFIG_FILE"] = str(work / "fonts.conf")
        demo, seen = work / "demo", work / "seen.xlsx"

        def look(_done: int, _total: int, moment: str) -> None:
            if moment == MOMENT:
                shutil.copy(demo / "people.xlsx", seen)

        play(demo, look)
        picture_of_sheet(seen, work)
        picture_of_mail(demo, work, "confirmation", "Anna", 690)
        picture_of_mail(demo, work, "thank_you", "Ivana", 600)
        browser(demo / "index.html", work / "page.png", 760, 900, scale=1)
        small(work / "page.png", "demo", margin="")


def picture_of_sheet(workbook: Path, work: Path) -> None:
    """Print the first columns of Meetings with the lines of a spreadsheet."""
    book = openpyxl.load_workbook(workbook)
    for sheet in book.worksheets:
        if sheet.title != MEETINGS.title:
            book.remove(sheet)
    _as_on_screen(book[MEETINGS.title])
    book.save(work / "sheet.xlsx")
    run("soffice", "--headless", f"-env:UserInstallation={(work / 'office').as_uri()}", "--convert-to", "pdf",
        "--outdir", work, work / "sheet.xlsx")  # fmt: skip
    run("pdftoppm", "-r", "150", "-singlefile", "-png", work / "sheet.pdf", work / "sheet")
    small(work / "sheet.png", "sheet")


def _as_on_screen(sheet: Worksheet) -> None:
    headers = [str(cell.value) for cell in sheet[1]]
    last = headers.index(MEETINGS.column(LAST_COLUMN).header) + 1
    rows = max(cell.row for cell in sheet["A"] if cell.value)
    sheet.print_area = f"A1:{get_column_letter(last)}{rows}"
    sheet.print_title_cols = sheet.print_title_rows = None
    line = Side("thin", color=LINE)
    for row in sheet.iter_rows(1, rows, 1, last):
        for cell in row:
            cell.border = Border(line, line, line, line)
    sheet.page_setup.orientation = "landscape"
    sheet.sheet_properties.pageSetUpPr.fitToPage = True
    sheet.page_setup.fitToWidth = sheet.page_setup.fitToHeight = 1


def picture_of_mail(demo: Path, work: Path, kind: str, name: str, height: int) -> None:
    """Show the first mail of ``kind`` to ``name`` as a phone does."""
    mail = next(mail for mail in _mails(demo) if mail["X-CommonGround-Kind"] == kind and name in str(mail["To"]))
    body = mail.get_body(("html",))
    html = str(body.get_content()) if body else ""
    names = (part.get_filename() for part in mail.walk())
    file = next((f'<p class="file">{escape(name)}</p>' for name in names if name), "")
    page = work / f"{kind}.html"
    page.write_text(SCREEN.format(
        width=PHONE, height=height, subject=escape(str(mail["Subject"])), file=file,
        sender=escape(mail["From"].addresses[0].display_name), to=escape(mail["To"].addresses[0].display_name),
        body=escape(html),
    ), encoding="utf-8")  # fmt: skip
    browser(page, work / f"{kind}.png", 500, height + 240, scale=2)
    run("convert", work / f"{kind}.png", "-crop", f"{2 * PHONE}x+0+0", "+repage", work / f"{kind}.png")
    small(work / f"{kind}.png", f"mail-{kind.replace('_', '-')}", margin="12x36")


def _mails(demo: Path) -> Iterator[EmailMessage]:
    for path in sorted((demo / "mails").glob("*.eml")):
        yield message_from_bytes(path.read_bytes(), EmailMessage, policy=policy.default)


def browser(page: Path, to: Path, width: int, height: int, *, scale: int) -> None:
    """Let Chromium draw a file."""
    run("chromium", "--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars",
        f"--user-data-dir={page}.profile", f"--force-device-scale-factor={scale}", f"--window-size={width},{height}",
        f"--screenshot={to}", page.as_uri())  # fmt: skip


def small(picture: Path, name: str, *, margin: str = "12") -> None:
    """Give the picture a white ``margin`` (pixels) in place of its own, and a frame, and keep it with few colours.

    An empty ``margin`` leaves the picture's own.
    """
    cut = ("-fuzz", "1%", "-trim", "+repage", "-bordercolor", "white", "-border", margin) if margin else ()
    frame = ("-bordercolor", f"#{LINE}", "-border", "2")
    few = ("-dither", "None", "-colors", "64", "-strip", "-define", "png:compression-level=9")
    run("convert", picture, *cut, *frame, *few, HERE / f"{name}.png")


def run(*command: str | Path) -> None:
    """Run a program quietly; what it says is shown when it fails."""
    done = subprocess.run([str(part) for part in command], capture_output=True, text=True, timeout=180, check=False)  # noqa: S603 - fixed programs
    if done.returncode:
        sys.exit(f"{command[0]}: {done.stderr.strip() or done.stdout.strip()}")


if __name__ == "__main__":
    main()
