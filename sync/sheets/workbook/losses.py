"""What a library could not take over into a workbook that it wrote anew."""

from __future__ import annotations

import io
import re
import zipfile

_KINDS: tuple[tuple[str, str], ...] = (
    ("pictures", r"xl/media/"),
    ("charts", r"xl/charts/chart\d"),
    ("macros", r"xl/vbaProject\.bin$"),
    ("comment threads", r"xl/threadedComments/"),
    ("embedded objects", r"xl/(?:embeddings|activeX|ctrlProps)/"),
    ("slicers", r"xl/slicers/"),
    ("connections", r"xl/(?:connections\.xml|queryTables/)"),
)


def losses(old: bytes, new: bytes, warned: bool) -> str:
    """Return in words which things ``old`` holds more of than ``new``; ``""`` when nothing went.

    ``warned`` says that the library found rules or formats younger than itself.
    """
    with zipfile.ZipFile(io.BytesIO(old)) as before, zipfile.ZipFile(io.BytesIO(new)) as after:
        lost = [words for words, pattern in _KINDS if _count(before, pattern) > _count(after, pattern)]
        if _shapes(before) > _shapes(after):
            lost.append("drawn shapes")
    if warned:
        lost.append("some newer formats")
    return ", ".join(lost)


def _count(archive: zipfile.ZipFile, pattern: str) -> int:
    return sum(bool(re.match(pattern, name)) for name in archive.namelist())


def _shapes(archive: zipfile.ZipFile) -> int:
    drawings = (name for name in archive.namelist() if re.match(r"xl/drawings/drawing\d+\.xml$", name))
    return sum(len(re.findall(rb"<(?:\w+:)?(?:sp|cxnSp)[\s>]", archive.read(name))) for name in drawings)
