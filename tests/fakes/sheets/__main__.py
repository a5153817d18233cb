"""`python -m tests.fakes.sheets --port N`: an emulator to try things out by hand."""

from __future__ import annotations

import argparse
import tempfile
import threading
from contextlib import suppress
from pathlib import Path

from .emulator import Emulator


def main() -> None:
    """Serve one empty spreadsheet until Ctrl+C."""
    parser = argparse.ArgumentParser(prog="python -m tests.fakes.sheets", description=__doc__)
    parser.add_argument("--port", type=int, default=0, help="default: a free one")
    parser.add_argument("--locale", default="en_US")
    parser.add_argument("--zone", default="Etc/GMT")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, Emulator(port=options.port) as emulator:
        book = emulator.new_spreadsheet("Trial", locale=options.locale, zone=options.zone)
        print(f"base URL     {emulator.url}")  # noqa: T201
        print(f"spreadsheet  {book.url}")  # noqa: T201
        print(f"key file     {emulator.key_file(Path(folder))}", flush=True)  # noqa: T201
        with suppress(KeyboardInterrupt):
            threading.Event().wait()


if __name__ == "__main__":
    main()
