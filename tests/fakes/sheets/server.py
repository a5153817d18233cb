"""The loopback HTTP server."""

from __future__ import annotations

import os
import socket
import struct
import threading
import time
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlsplit

from .faults import Fault, Request

if TYPE_CHECKING:
    from .emulator import Answer, Emulator


class Server:
    """An HTTP/1.1 server with keep-alive on 127.0.0.1, in threads of its own."""

    def __init__(self, emulator: Emulator, port: int):
        self._http = _Http(("127.0.0.1", port), _Handler)
        self._http.emulator = emulator
        self._thread: threading.Thread | None = None
        self.url = f"http://127.0.0.1:{self._http.server_address[1]}"

    def start(self) -> None:
        """Begin to serve."""
        self._thread = threading.Thread(
            target=self._http.serve_forever, kwargs={"poll_interval": 0.02}, name="sheets-emulator"
        )
        self._thread.start()

    def stop(self) -> None:
        """Close every connection and wait for every thread."""
        if self._thread:
            self._http.shutdown()
            self._thread.join()
            self._thread = None
        self._http.hang_up()
        self._http.server_close()


class _Http(ThreadingHTTPServer):
    daemon_threads = False
    block_on_close = True
    request_queue_size = 64
    emulator: Emulator

    def __init__(self, *args: Any):
        super().__init__(*args)
        self.connections: set[socket.socket] = set()
        self.guard = threading.Lock()

    def hang_up(self) -> None:
        with self.guard:
            for connection in self.connections:
                with suppress(OSError):
                    connection.shutdown(socket.SHUT_RDWR)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Broken connections are part of the game; real defects stand in `Emulator.bugs`."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    wbufsize = -1
    disable_nagle_algorithm = True
    server: _Http
    server_version = "ESF"
    sys_version = ""

    def setup(self) -> None:
        super().setup()
        with self.server.guard:
            self.server.connections.add(self.connection)

    def finish(self) -> None:
        with self.server.guard:
            self.server.connections.discard(self.connection)
        with suppress(OSError, ValueError):
            super().finish()

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the name the base class gives it
        """Nothing on stderr."""

    def do_GET(self) -> None:
        """Any method: see `_serve`."""
        self._serve()

    do_POST = do_PUT = do_DELETE = do_PATCH = do_GET  # noqa: N815 - the names http.server looks for

    def _serve(self) -> None:
        emulator = self.server.emulator
        parts = urlsplit(self.path)
        length = int(self.headers.get("Content-Length") or 0)
        body = self.rfile.read(length) if length else b""
        query = parse_qs(parts.query, keep_blank_values=True)
        headers = {k.lower(): v for k, v in self.headers.items()}
        request = emulator.accept(self.command, parts.path, query, body, headers)
        fault = emulator.faults.take(request)
        if fault and not fault.applied:
            self._fail(request, fault)
            emulator.finished(request)
            return
        answer = emulator.handle(request)
        request.status = answer.status
        emulator.finished(request)
        if fault:
            self._fail(request, fault, answer)
        else:
            self._send(answer)

    def _fail(self, request: Request, fault: Fault, answer: Answer | None = None) -> None:
        request.status = fault.code or request.status
        if fault.reset:
            self._reset()
        elif fault.hang:
            fault.released.wait(fault.hang)
            self._reset()
        elif fault.code:
            text, content_type = fault.text()
            self._send_bytes(fault.code, text.encode(), content_type, fault.headers)
        elif answer is not None:
            self._mangle(answer, fault)

    def _mangle(self, answer: Answer, fault: Fault) -> None:
        data = answer.text.encode()
        if fault.slow:
            self._head(answer.status, len(data), answer.content_type, answer.headers)
            self._drip(data, fault)
            return
        part = data[: int(len(data) * fault.cut)]
        promised = len(data) if fault.closes else len(part)
        self._head(answer.status, promised, answer.content_type, answer.headers)
        self.wfile.write(part)
        self.wfile.flush()
        if fault.closes:
            self._reset()

    def _drip(self, data: bytes, fault: Fault) -> None:
        size = max(1, len(data) // 20)
        for start in range(0, len(data), size):
            self.wfile.write(data[start : start + size])
            self.wfile.flush()
            if fault.released.wait(fault.slow / 20):
                time.sleep(0)

    def _reset(self) -> None:
        """Close with RST, as a broken middle box does."""
        self.close_connection = True
        with self.server.guard:
            self.server.connections.discard(self.connection)
        with suppress(OSError):
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            os.close(self.connection.detach())

    def _send(self, answer: Answer) -> None:
        self._send_bytes(answer.status, answer.text.encode(), answer.content_type, answer.headers)

    def _send_bytes(self, code: int, data: bytes, content_type: str, headers: dict[str, str]) -> None:
        self._head(code, len(data), content_type, headers)
        self.wfile.write(data)
        self.wfile.flush()

    def _head(self, code: int, length: int, content_type: str, headers: dict[str, str]) -> None:
        self.send_response(code)
        if length or code != 204:
            self.send_header("Content-Type", content_type)
            self.send_header("Content-Length", str(length))
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()
