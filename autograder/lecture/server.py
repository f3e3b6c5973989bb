"""A small web server for the stage: the page at once, and answers when what answers is loaded."""

from __future__ import annotations

import json
import re
import sys
import threading
import traceback
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from autograder.lecture.page import stage_page
from autograder.lecture.scenes import Scenes, Source

HOST = "127.0.0.1"
MOST_BYTES = 10_000  # of a question


class BadQuestion(ValueError):
    """What was sent to the server is no question of a scene."""


class StageServer(ThreadingHTTPServer):
    """Serves the scenes of labs; what answers them is loaded when the page is on the screen."""

    daemon_threads = True

    def __init__(self, found: list[Scenes], port: int) -> None:
        super().__init__((HOST, port), Handler)
        self.scenes = found
        self.page = stage_page(found)
        self.sources: dict[str, Source] = {}
        self.said = "loading"  # "" when all is loaded
        self.failed: dict[str, str] = {}  # lab -> why it can't be loaded
        self.one_at_a_time = threading.Lock()
        self.begun = False

    def handle_error(self, *_: Any) -> None:
        """Say nothing of a page that is gone before its answer."""
        if not isinstance(sys.exc_info()[1], ConnectionError):
            traceback.print_exc()

    @property
    def address(self) -> str:
        return f"http://{HOST}:{self.server_port}/"

    def begin(self) -> None:
        """Load behind the page, once."""
        if not self.begun:
            self.begun = True
            threading.Thread(target=self.load, daemon=True).start()

    def load(self) -> None:
        for scenes in self.scenes:
            name = scenes.lab.name
            try:
                with self.one_at_a_time:
                    self.sources[name] = scenes.load(self.say)
            except Exception as error:  # whatever a lab raises is shown on the stage
                traceback.print_exc()
                self.failed[name] = in_a_line(error)
        self.said = ""

    def say(self, text: str) -> None:
        self.said = text

    def state(self) -> dict[str, Any]:
        """Return what is being loaded, and what the scenes of each loaded lab know."""
        said = self.said  # before the rest: "" says that there will be no more
        facts = {name: it.facts for name, it in self.sources.copy().items()}
        return {"said": said, "failed": self.failed.copy(), "facts": facts}

    def answer(self, request: Any) -> dict[str, Any]:
        """Return what a scene asked for, or why it can't be had.

        Raises: BadQuestion: no scene asks this.
        """
        match request:
            case {"lab": str(name), "question": list(question)} if name in self.sources:
                pass
            case _:
                labs = ", ".join(self.sources) or "none yet"
                raise BadQuestion(f'Ask {{"lab": ..., "question": [...]}} of a lab: {labs}.')
        try:
            with self.one_at_a_time:
                return self.sources[name].answer(question)
        except Exception as error:  # whatever a lab raises is shown on the stage
            return {"failed": in_a_line(error)}


class Handler(BaseHTTPRequestHandler):
    """Answers the stage."""

    server: StageServer

    def do_GET(self) -> None:
        if self.path == "/":
            self.reply("text/html; charset=utf-8", self.server.page.encode())
        elif self.path == "/state":
            self.server.begin()
            self.reply_json(self.server.state())
        else:
            self.send_error(HTTPStatus.NOT_FOUND)

    def do_POST(self) -> None:
        if self.path != "/ask":
            self.send_error(HTTPStatus.NOT_FOUND)
            return
        try:
            self.reply_json(self.server.answer(self.read_json()))
        except BadQuestion as error:
            said = f"{error}\n".encode()
            self.reply("text/plain; charset=utf-8", said, HTTPStatus.BAD_REQUEST)

    def read_json(self) -> Any:
        """Return what was sent; raises BadQuestion."""
        length = self.headers.get("Content-Length", "")
        if not re.fullmatch("[0-9]{1,9}", length) or int(length) > MOST_BYTES:
            raise BadQuestion(f"A question has a Content-Length, of {MOST_BYTES} bytes at most.")
        try:
            return json.loads(self.rfile.read(int(length)))
        except (ValueError, RecursionError):
            raise BadQuestion("A question is JSON.") from None

    def reply_json(self, value: dict[str, Any]) -> None:
        self.reply("application/json", json.dumps(value).encode())

    def reply(self, kind: str, body: bytes, status: HTTPStatus = HTTPStatus.OK) -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Cache-Control", "no-store")
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: Any) -> None:
        """Say nothing on the terminal."""


def in_a_line(error: Exception) -> str:
    said = " ".join(str(error).split())
    return said if isinstance(error, ValueError) else f"{type(error).__name__}: {said}"
