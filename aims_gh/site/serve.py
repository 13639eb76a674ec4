"""Show a built site on this machine."""

from __future__ import annotations

import io
from collections.abc import Callable
from functools import partial
from http import HTTPStatus
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from aims_gh.errors import SiteError


def serve(
    folder: Path,
    *,
    host: str = "127.0.0.1",
    port: int = 0,
    ready: Callable[[str], None],
) -> None:
    """Serve a folder until it is interrupted with Ctrl-C.

    Parameters
    ----------
    folder : Path
        A site made by `build`. It may be built again meanwhile.
    host : str
        Address to listen on; the default reaches nobody but this machine.
    port : int
        0 takes a free one.
    ready : callable
        Called once with the site's URL, when the site can be opened.

    Raises
    ------
    SiteError
        Where there is no site, or the port is taken.
    """
    if not (folder / "index.html").is_file():
        raise SiteError(f"{folder} holds no site", hint="build it first")
    handler = partial(_Handler, directory=str(folder.resolve()))
    try:
        server = _Server((host, port), handler)
    except (OSError, OverflowError) as error:
        raise SiteError(
            f"cannot listen on {host}:{port}: {error}",
            hint="choose another port; 0 takes a free one",
        ) from error
    with server:
        ready(f"http://{host}:{server.server_address[1]}/")
        try:
            server.serve_forever()
        except KeyboardInterrupt:
            return


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request: object, client_address: object) -> None:
        """Say nothing: a browser that closes a connection early is no event."""


class _Handler(SimpleHTTPRequestHandler):
    """Static files; silent, and never from a browser's cache, so a new build is seen."""

    # Written out, because the tables of some systems say that .js is plain text,
    # and then browsers refuse to run a module.
    extensions_map = SimpleHTTPRequestHandler.extensions_map | {
        ".js": "text/javascript; charset=utf-8",
        ".mjs": "text/javascript; charset=utf-8",
        ".json": "application/json",
        ".csv": "text/csv; charset=utf-8",
        ".css": "text/css; charset=utf-8",
        ".html": "text/html; charset=utf-8",
        ".svg": "image/svg+xml",
        ".wasm": "application/wasm",
    }

    def end_headers(self) -> None:
        """Forbid guessing of types, and caching."""
        self.send_header("Cache-Control", "no-cache")
        self.send_header("X-Content-Type-Options", "nosniff")
        super().end_headers()

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""

    def list_directory(self, path: object) -> io.BytesIO | None:  # noqa: ARG002
        """Show no listing: what has no page is not there, as on any static host."""
        self.send_error(HTTPStatus.NOT_FOUND)
        return None

    def send_error(self, code: int, message: str | None = None, explain: str | None = None) -> None:
        """Answer a wrong address with the site's own page."""
        page = Path(self.directory) / "404.html"
        if code != HTTPStatus.NOT_FOUND or not page.is_file():
            super().send_error(code, message, explain)
            return
        content = page.read_bytes()
        self.send_response(code)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(content)
