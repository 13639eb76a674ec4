"""What answers now: another model is put into this folder, and answers from the next question on.

Write model.onnx anew, then app.json, each beside and renamed into place. The model is taken up once
its digest is the one that app.json names; one that cannot be read leaves the old one answering.
Questions that are being answered are answered by the model that they came to.
"""

from __future__ import annotations

import json
import threading
import time
import traceback
from collections.abc import Awaitable, Callable, MutableMapping
from pathlib import Path
from typing import Any

import gradio as gr
from gradio.utils import BaseReloader

from model import Served
from unread import Unread

LOOK = 0.5  # seconds
MOST_BYTES = 100_000_000
MOST_DROPPED = 2_000_000_000
TOO_LARGE = f"a question has {MOST_BYTES // 1_000_000} MB at the most: ask for fewer rows"
NOT_CHANGED = "the model was not changed: "

UNREADABLE = "the question cannot be read: gradio_api/info tells what each endpoint takes, in JSON"
NO_SUCH_QUESTION = b'event: error\ndata: "there is no question of this number"\n\n'

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]


class Live:
    """The model that answers: `now` is another one after a change. Take it once for a question.

    The page says in `changed` what it does then.
    """

    changed: Callable[[], None]

    def __init__(self, served: Served) -> None:
        self.now = served


def asks_the_same(one: Served, other: Served) -> bool:
    """Tell whether two models have the same page: all but whose they are."""
    return _form(one) == _form(other)


def _form(served: Served) -> dict[str, Any]:
    return {key: value for key, value in served.app.items() if key not in ("model", "served_at")}


class Watch:
    """Look for another model, again and again, and take it up.

    Parameters
    ----------
    build : callable
        Makes the page, for a model that asks for something else.
    """

    def __init__(
        self, folder: Path, live: Live, page: gr.Blocks, build: Callable[[Live], gr.Blocks]
    ) -> None:
        self._folder, self._live, self._page, self._build = folder, live, page, build
        self._seen = self._mark()
        self._started = page

    def start(self) -> None:
        """Look from now on, as long as the program runs."""
        threading.Thread(target=self._forever, daemon=True).start()

    def _forever(self) -> None:
        while True:
            time.sleep(LOOK)
            if (mark := self._mark()) != self._seen:
                self._seen = mark
                try:
                    self._take_up()
                except Exception as problem:  # noqa: BLE001  whatever it is, the old one answers
                    print(f"{NOT_CHANGED}{problem}", flush=True)  # noqa: T201

    def _mark(self) -> Any:
        try:
            found = (self._folder / "app.json").stat()
        except OSError:
            return None
        return found.st_mtime_ns, found.st_ino, found.st_size

    def _take_up(self) -> None:
        served = Served(self._folder)
        if served.digest != served.app["model"]["sha256"]:
            raise ValueError("model.onnx is not the file that app.json names")
        served.warm()
        if asks_the_same(served, self._live.now):
            self._live.now = served
            self._live.changed()
            return
        # The old page keeps its own model, for the questions that are on their way.
        live = Live(served)
        page = self._build(live)
        for name in ("theme", "show_error", "state_session_capacity", "enable_monitoring"):
            setattr(page, name, getattr(self._page, name))
        # What `launch` alone sets.
        vars(page).update({k: v for k, v in vars(self._page).items() if k not in vars(page)})
        if self._page.mcp_server_obj is not None:
            page.mcp_server_obj = self._page.mcp_server_obj
            page.mcp_server_obj.blocks = page
        _Pages(self._started).swap_blocks(page)
        self._live, self._page = live, page


class _Pages(BaseReloader):
    """Gradio's own way of changing a page whose server runs: same queue, same address."""

    def __init__(self, page: gr.Blocks) -> None:
        self._app = page.app

    @property
    def running_app(self) -> Any:
        return self._app

    def swap_blocks(self, demo: gr.Blocks) -> None:
        demo.config = demo.get_config_file()
        super().swap_blocks(demo)
        demo._queue.blocks = demo
        self._app.api_info = self._app.all_app_info = None  # it was made for the old page


class Guarded:
    """Refuse questions that are too large, without keeping them, and that Gradio stumbles over.

    The rest of what is too large is read and dropped, so that whoever sends it gets to read why.
    """

    def __init__(self, app: Callable[..., Awaitable[None]], unread: Unread) -> None:
        self._app, self._unread = app, unread

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        """Count the bytes of a question as they come, and see that it has an answer."""
        self._unread.watch()
        if scope["type"] != "http" or not scope["path"].startswith("/gradio_api/"):
            await self._app(scope, receive, send)
            return
        told = dict(scope["headers"]).get(b"content-length", b"0")
        if told.isdigit() and int(told) > MOST_BYTES:
            await _drop(receive)
            await _refuse(send, 413, TOO_LARGE)
            return
        await self._answer(_Exchange(receive, send), scope)

    async def _answer(self, exchange: _Exchange, scope: Message) -> None:
        try:
            await self._app(scope, exchange.receive, exchange.send)
        except Exception as problem:
            if exchange.too_large:
                pass
            elif not exchange.started and scope["method"] == "POST":
                # Before a question is in the queue, what fails is the reading of it.
                traceback.print_exception(problem)
                await _refuse(exchange.send, 400, UNREADABLE)
            elif exchange.started and scope["path"].startswith("/gradio_api/call/"):
                await exchange.send({"type": "http.response.body", "body": NO_SUCH_QUESTION})
            else:
                raise
        if exchange.too_large:
            await exchange.drop()
            await _refuse(exchange.reply, 413, TOO_LARGE)


class _Exchange:
    """A question as it comes, and its answer as it goes."""

    def __init__(self, receive: Receive, send: Send) -> None:
        self._receive, self.reply = receive, send
        self._read, self._more, self.started = 0, True, False

    @property
    def too_large(self) -> bool:
        return self._read > MOST_BYTES

    async def receive(self) -> Message:
        message = await self._receive()
        self._read += len(message.get("body", b""))
        self._more = message["type"] == "http.request" and message.get("more_body", False)
        return {"type": "http.disconnect"} if self.too_large else message

    async def send(self, message: Message) -> None:
        if message.get("status", 200) == 413:
            await self.drop()
        if not self.too_large:
            self.started = True
            await self.reply(message)

    async def drop(self) -> None:
        if self._more:
            await _drop(self._receive)
            self._more = False


async def _drop(receive: Receive) -> None:
    dropped, more = 0, True
    while more and dropped < MOST_DROPPED:
        message = await receive()
        dropped += len(message.get("body", b""))
        more = message["type"] == "http.request" and message.get("more_body", False)


async def _refuse(send: Send, status: int, text: str) -> None:
    headers = [(b"content-type", b"application/json")]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": json.dumps({"detail": text}).encode()})
