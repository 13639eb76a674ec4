"""A Hugging Face Hub on loopback: as much of it as Spaces need, for the client as it is.

There is no description of the Hub's API to hold answers against: they are what its own client
reads, in the words that the service is known to use.
"""

from __future__ import annotations

import re
import tempfile
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

from werkzeug.serving import WSGIRequestHandler, make_server

from aims_gh.host.local import LocalHost

from . import xet
from .records import BUILDING, README, RULES, Account, Blob, Publisher, Space, Token


class Refused(Exception):
    """An answer that is an error."""

    def __init__(self, status: int, message: str, **headers: str) -> None:
        super().__init__(message)
        self.status, self.message = status, message
        self.headers = {name.replace("_", "-"): value for name, value in headers.items()}


@dataclass(frozen=True)
class Asked:
    """A request that was answered."""

    method: str
    path: str
    status: int
    account: str | None


@dataclass
class Fault:
    """What is answered instead, as often as `times` says."""

    pattern: re.Pattern[str]
    status: int
    body: Any
    headers: Mapping[str, str]
    times: int


class Handler(WSGIRequestHandler):
    """A connection: silent, and kept open, as the client likes it."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def log(self, type: str, message: str, *args: Any) -> None:
        """Say nothing; the requests are listed."""


class Hub:
    """Serves until it is left.

    >>> with Hub() as hub:
    ...     ada = hub.token("ada")
    ...     HfApi(endpoint=hub.url, token=ada).create_repo(...)
    """

    def __init__(self) -> None:
        from . import routes, running
        from .call import application

        assert routes and running  # which are asked by path

        self.lock = threading.RLock()
        self.accounts: dict[str, Account] = {}
        self.tokens: dict[str, Token] = {}
        self.spaces: dict[str, Space] = {}
        self.large: dict[str, bytes] = {}
        """Content that was sent beside git, by its SHA-256."""

        self.issuers: dict[str, bytes] = {}
        """Whose identity tokens are believed, and the key that signs them."""

        self.asked: list[Asked] = []
        self.broken: list[str] = []
        """Tracebacks of requests that broke something here; there should be none."""

        self.smallest = 100_000
        """How many bytes of a model still lie in git, which spares most tests the way beside it."""

        self.next_stages: Sequence[str] = BUILDING
        """What a Space does after its next commits; nothing: it runs at once."""

        self.error = ""
        """What a Space says of itself where it failed."""

        self.tells_addresses = True
        """Whether it says where a Space's app is."""

        self.address = ""
        """What it says where every Space's app is, in place of where it is."""

        self.names_commits = True
        """Whether a runtime names the commit that it is of."""

        self.logs: dict[str, list[str]] = {"build": ["===== Build\n"], "run": ["===== Started\n"]}
        self.before_commit: Callable[[Space], object] = lambda _: None
        """What happens just before a commit is taken, once."""

        self._folder = tempfile.TemporaryDirectory(prefix="loopback-hub-")
        self.store = Path(self._folder.name)
        self._faults: list[Fault] = []
        self._machines = LocalHost()
        self._started: dict[str, tuple[str, str]] = {}
        self._http = make_server("127.0.0.1", 0, application(self), True, request_handler=Handler)
        self._http.daemon_threads = True
        self._thread = threading.Thread(target=self._http.serve_forever, args=(0.02,), daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._http.shutdown()
        self._thread.join()
        self._http.server_close()
        for name in self._started:
            self._machines.remove(name)
        self._folder.cleanup()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._http.server_port}"

    @property
    def files_url(self) -> str:
        """Where content lies: another host, to which no token is sent."""
        return f"http://localhost:{self._http.server_port}"

    # Who

    def account(self, name: str, *, plan: str = "free") -> Account:
        """Make an account."""
        return self.accounts.setdefault(name, Account(name, plan))

    def token(self, account: str, **rights: Any) -> str:
        """Make a token; without a word about rights it may do everything."""
        self.account(account)
        value = f"hf_loopback{len(self.tokens):024d}"
        self.tokens[value] = Token(value, account, **rights)
        return value

    def trust(self, space: str, publisher: Publisher) -> None:
        """Let a workflow write to a Space."""
        self.spaces[space].publishers.append(publisher)

    # What

    def create(self, name: str, sdk: str, **what: Any) -> Space:
        """Make a Space with what the service puts into it."""
        readme = README.format(name=name.partition("/")[2], sdk=sdk).encode()
        space = self.spaces[name] = Space(name, sdk, **what)
        files = {".gitattributes": Blob(RULES), "README.md": Blob(readme)}
        space.built = space.add(files, "initial commit", name.partition("/")[0]).oid
        return space

    def commit(self, name: str, files: Mapping[str, bytes], title: str = "By hand") -> str:
        """Put files into a Space as somebody does in the browser."""
        space = self.spaces[name]
        blobs = {path: Blob(data) for path, data in files.items()}
        return space.add({**space.head.files, **blobs}, title, "somebody").oid

    def started(self, space: Space) -> str:
        """Give the address of a Space's app, started from the files that are there now."""
        commit, url = self._started.get(space.name, ("", ""))
        if commit != space.head.oid:
            url = self._machines.push(space.name, space.files)
            self._started[space.name] = (space.head.oid, url)
        return url

    def xet_hash(self, sha256: str) -> str | None:
        """Name a file of the store by its SHA-256."""
        return xet.stored(self.store).get(sha256)

    # What happens

    def fail(
        self,
        pattern: str,
        status: int,
        *,
        body: Any = None,
        headers: Mapping[str, str] | None = None,
        times: int = 1,
    ) -> None:
        """Let requests whose ``METHOD /path`` matches be answered so."""
        self._faults.append(Fault(re.compile(pattern), status, body, headers or {}, times))

    def fault(self, asked: str) -> Fault | None:
        """Give the fault that strikes a request."""
        for fault in self._faults:
            if fault.times > 0 and fault.pattern.search(asked):
                fault.times -= 1
                return fault
        return None

    def count(self, pattern: str) -> int:
        """Count the requests whose ``METHOD /path`` matches."""
        return sum(bool(re.search(pattern, f"{one.method} {one.path}")) for one in self.asked)
