"""Settings: the only reader of the environment, clock and chance too; picks adapters and keys."""

from __future__ import annotations

import getpass
import importlib.util
import os
import re
import secrets
import shutil
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import platformdirs

from aims_gh.core.seal import Key
from aims_gh.domain.address import Repository
from aims_gh.errors import CourseError, HostError, MissingExtra
from aims_gh.forge import Forge
from aims_gh.forge.local import LocalForge
from aims_gh.forge.patience import Patience
from aims_gh.forge.tokens import find_token
from aims_gh.host import Host
from aims_gh.host.local import LocalHost
from aims_gh.keyring import Keyring, Keys
from aims_gh.runner.sandbox import Sandbox
from aims_gh.version import ACTION

if TYPE_CHECKING:
    from aims_gh.flows.live import Means
    from aims_gh.flows.site import Tools as SiteTools
    from aims_gh.forge.administration import Administration
    from aims_gh.forge.github.session import Server, Session
    from aims_gh.host.huggingface import HuggingFaceHost, Visibility

ENVIRONMENT = {
    "AIMS_KEYS": "folder of the secret keys",
    "AIMS_SCORE_KEY": "the score key itself, as in a job of the course's Action",
    "AIMS_RUN_KEY": "the run key itself, likewise",
    "AIMS_USER": "who you are in a course on this machine, where --as is not given",
    "GITHUB_TOKEN": "the token for GitHub; without it that of gh, or of git's credential helper",
    "GITHUB_SERVER_URL": "the GitHub that courses are on (default https://github.com)",
    "GITHUB_API_URL": "its REST API, where it is not the usual place",
    "GITHUB_GRAPHQL_URL": "its GraphQL API, likewise",
    "GITHUB_ACTOR": "who started the workflow, for whom it acts",
    "GITHUB_ACTIONS": "true in jobs of GitHub Actions: files are then read and written by git",
    "HF_TOKEN": "the token for Hugging Face; without it that of hf auth login",
    "HF_OIDC_RESOURCE": "spaces/OWNER/NAME: trusted publishing, in GitHub Actions, with no token",
    "HF_ENDPOINT": "the Hugging Face that is spoken to (default https://huggingface.co)",
    "AIMS_PROGRESS": "off: Python shows no progress in terminals and notebooks",
    "AIMS_NPM": "off: websites are built without what npm would fetch: no Predict, no charts",
    "AIMS_SANDBOX": "strict (default on Linux) or best-effort (default elsewhere)",
    "AIMS_ACTION": "owner/repository/action@commit that courses call, not this version's",
    "GITHUB_OUTPUT": "file to which a step of the Action writes its outputs",
    "GITHUB_STEP_SUMMARY": "file to which a step of the Action writes its summary",
}
"""Every variable that is read, and what for."""


def keyring() -> Keyring:
    """Give the folder of secret keys: `AIMS_KEYS`, or the user's configuration folder."""
    folder = os.environ.get("AIMS_KEYS")
    return Keyring(Path(folder) if folder else platformdirs.user_config_path("aims-gh") / "keys")


def keys() -> Keys:
    """Collect the keys at hand."""
    secret = (os.environ.get(name) for name in ("AIMS_SCORE_KEY", "AIMS_RUN_KEY"))
    return Keys(tuple(Key.from_secret(text) for text in secret if text), keyring())


def forge(course: str, *, whole: bool = False) -> Forge:
    """Open a course by what the user typed: a folder on this machine, or a repository on GitHub.

    `owner/name` is a folder where there is one of that name; `./owner/name` always is.

    Parameters
    ----------
    whole : bool
        Whether most of its files are going to be read: then git fetches them, where there is one.
    """
    repository = on_github(course)
    if repository is None:
        return LocalForge.open(Path(course))
    return github(repository, by_git=in_actions() or (whole and shutil.which("git") is not None))


def on_github(course: str) -> Repository | None:
    """Tell which repository on GitHub is meant; None: a folder on this machine."""
    repository = Repository.parse(course)
    if repository is None and re.match(r"https?://|git@|github:", course):
        raise CourseError(
            f"{course} is no address of a repository",
            hint="write owner/name, https://github.com/owner/name, or a folder on this machine",
        )
    if repository is None or (repository.server is None and Path(course).exists()):
        return None
    return repository


def is_app(address: str) -> bool:
    """Tell whether an address is an app's, and no course's on GitHub."""
    web = address.startswith(("https://", "http://"))
    return web and not address.startswith((f"{github_server().web}/", "https://github.com/"))


def github(repository: Repository, *, by_git: bool = False) -> Forge:
    """Open a course on GitHub; its files come over REST, or by git."""
    session = _session(repository)
    from aims_gh.forge.github.cache import Cache
    from aims_gh.forge.github.forge import GitHubForge
    from aims_gh.forge.remote import Remote

    web = session.server.web
    address = f"{web}/{repository.name}.git"
    return GitHubForge(
        repository.name,
        session,
        remote=Remote(address, github_token(web)) if by_git else None,
        cache=Cache(platformdirs.user_cache_path("aims-gh") / "github"),
    )


def administration(repository: Repository) -> Administration:
    """Give what an owner does around a course on GitHub."""
    session = _session(repository)
    from aims_gh.forge.github.administration import GitHubAdministration

    quick, slow = Patience(attempts=10, first=0.01, longest=0.2), Patience(10, 0.5, 5.0)
    wait = quick if session.server.local else slow
    return GitHubAdministration(session, repository.name, wait)


def nowhere() -> Administration:
    """Give what can be asked about a token and no repository."""
    return administration(Repository(""))


def _session(repository: Repository | None = None) -> Session:
    try:
        from aims_gh.forge.github.session import Session
    except ImportError:
        raise MissingExtra("a course on GitHub", extra="github") from None
    server = github_server(repository)
    return Session(server, github_token(server.web))


def github_server(repository: Repository | None = None) -> Server:
    """Tell which GitHub is spoken to: the one that the environment names, as in Actions."""
    from aims_gh.forge.github.session import Server

    web = os.environ.get("GITHUB_SERVER_URL", "https://github.com").rstrip("/")
    if repository is not None and repository.server not in (None, web):
        raise CourseError(
            f"{repository.server} is not the GitHub that is spoken to here, {web}",
            hint=f"for a GitHub Enterprise: GITHUB_SERVER_URL={repository.server}",
        )
    public = web == "https://github.com"
    api = "https://api.github.com" if public else f"{web}/api/v3"
    graphql = "https://api.github.com/graphql" if public else f"{web}/api/graphql"
    return Server(
        api=os.environ.get("GITHUB_API_URL", api).rstrip("/"),
        web=web,
        graphql=os.environ.get("GITHUB_GRAPHQL_URL", graphql),
    )


def github_token(web: str) -> str | None:
    """Find a token: `GITHUB_TOKEN`, that of `gh`, or git's credential helper's; never kept."""
    found = find_token(web, os.environ)
    return found.value if found else None


def token_place(repository: Repository | None) -> str:
    """Tell where the token is that is used."""
    found = find_token(github_server(repository).web, os.environ)
    return found.place if found else "no token"


def in_actions() -> bool:
    """Tell whether this is a job of GitHub Actions: there is a git, and REST is scarce."""
    return os.environ.get("GITHUB_ACTIONS") == "true"


def author(forge: Forge, given: str | None = None) -> str:
    """Tell who acts: who was named, who is signed in to the forge, or who is at the keyboard.

    A workflow acts for the person who started it.
    """
    return given or _login(forge) or user()


def owner(forge: Forge, given: str | None = None) -> str:
    """Tell which owner acts, where owners alone do something, and refuse who is none.

    It is who was named, by `--as`, `username=` or `AIMS_USER`; else whose token it is on GitHub,
    which knows itself who may; else who is at the keyboard, or the first owner.

    Raises
    ------
    CourseError
        If who was named is no owner.
    """
    from aims_gh.flows.acting import acting_owner

    login = _login(forge)
    if login and not given:
        return login
    here = user()
    return acting_owner(forge, given or (here if os.environ.get("AIMS_USER") else None), here=here)


def _login(forge: Forge) -> str | None:
    """Tell who is signed in to the forge; of a workflow, who started it."""
    login = forge.login()
    if login and login.endswith("[bot]"):
        login = os.environ.get("GITHUB_ACTOR") or login
    return login


def strict() -> bool:
    """Tell whether models run only where the machine can lock them in: on Linux, by default."""
    default = "strict" if sys.platform == "linux" else "best-effort"
    return os.environ.get("AIMS_SANDBOX", default) != "best-effort"


def sandbox() -> Sandbox:
    """Give the sandbox: strict on Linux, the best there is elsewhere."""
    return Sandbox(strict=strict(), hidden=[keyring().folder])


def host(port: int = 0) -> LocalHost:
    """Give the place where models are served: this machine."""
    return LocalHost(port)


def hugging_face(
    space: str,
    *,
    address: str | None = None,
    visibility: Visibility | None = None,
    hardware: str | None = None,
    secrets: Sequence[str] = (),
    variables: Mapping[str, str] | None = None,
    say: Callable[[str], None] = lambda _: None,
) -> HuggingFaceHost:
    """Give Hugging Face, where a Space serves a model; its library finds the token.

    `address` is that of the playground, whose Space alone may be changed or deleted; `secrets`
    names variables of this environment, whose values the app is to have.
    """
    from aims_gh.host.huggingface import Extras, HuggingFaceHost

    if missing := [name for name in secrets if not os.environ.get(name)]:
        raise HostError(
            f"there is no value for the secret {', '.join(missing)}",
            hint="a secret NAME has the value of this environment's variable NAME",
        )
    extras = Extras(visibility, hardware, {n: os.environ[n] for n in secrets}, variables or {})
    endpoint, trusted = (os.environ.get(f"HF_{name}") for name in ("ENDPOINT", "OIDC_RESOURCE"))
    return HuggingFaceHost(
        space,
        address=address,
        trusted_for=trusted,
        endpoint=endpoint or None,
        extras=extras,
        say=say,
    )


def deploying(
    forge: Forge, by: str, say: Callable[[str], None] = lambda _: None, **options: Any
) -> Means:
    """Give what putting a version live is given to work with.

    `by` is who does it. `options` are those of `hugging_face`; the Space of a private playground
    is private, unless they say otherwise.
    """
    from aims_gh.flows.live import Means

    def space(name: str, address: str, private: bool) -> Host:
        given = {key: value for key, value in options.items() if value is not None}
        given["address"] = address
        return hugging_face(name, **({"visibility": "private"} if private else {}) | given, say=say)

    return Means(
        sandbox=sandbox(),
        tools=site_tools(forge.name, say),
        local=host if gradio_is_here() else None,
        space=space,
        by=by,
        now=clock(),
    )


def gradio_is_here() -> bool:
    """Tell whether a Gradio app can be started here."""
    return importlib.util.find_spec("gradio") is not None


def progress() -> bool:
    """Tell whether progress may be shown."""
    return os.environ.get("AIMS_PROGRESS", "on").lower() not in ("off", "0", "no", "false")


def user() -> str:
    """Tell who is at the keyboard: `AIMS_USER`, or the system's login in the shape of one."""
    name = os.environ.get("AIMS_USER") or getpass.getuser()
    return re.sub(r"[^A-Za-z0-9-]+", "-", name).strip("-")[:39] or "me"


def site_tools(course: str, say: Callable[[str], None] = lambda _: None) -> SiteTools:
    """Give what building a website is given to work with.

    `AIMS_NPM=off` does without npm.
    """
    from aims_gh.flows.site import Tools

    off = os.environ.get("AIMS_NPM", "on").lower() in ("off", "0", "no", "false")
    cache = None if off else platformdirs.user_cache_path("aims-gh") / "site"
    repository, url = _published(course)
    by_git = not repository or in_actions() or shutil.which("git") is not None
    return Tools(templates(), cache, repository, url, say, code=by_git)


def _published(course: str) -> tuple[str, str]:
    """Tell where people find a course: its repository, and its website on GitHub Pages."""
    repository = on_github(course)
    if repository is None:
        return "", ""
    web = _session(repository).server.web
    owner, _, name = repository.name.partition("/")
    host = f"{owner.lower()}.github.io"
    if web != "https://github.com":
        return f"{web}/{repository.name}", ""
    url = f"https://{host}/" if name.lower() == host else f"https://{host}/{name}/"
    return f"{web}/{repository.name}", url


def templates() -> Path:
    """Find `site_templates`: beside the package in a checkout, inside it when installed."""
    package = Path(__file__).parent
    inside = package / "_site_templates"
    return inside if inside.is_dir() else package.parent / "site_templates"


def action() -> str:
    """Name the Action at the commit this program was made of, unless `AIMS_ACTION` does."""
    from aims_gh.flows.program import commit_of_program

    given, commit = os.environ.get("AIMS_ACTION"), commit_of_program()
    if not (given or commit):
        raise CourseError(
            "this installation does not know which commit of aims-gh it is",
            hint="set AIMS_ACTION to aims-gh/aims-gh/action@COMMIT, or install a release",
        )
    return given or f"{ACTION}@{commit}"


@dataclass(frozen=True, slots=True)
class Report:
    """Files in which GitHub takes a job's outputs and summary; None where there are none."""

    output: Path | None
    summary: Path | None


def report() -> Report:
    """Tell where a step of the Action reports to."""
    output, summary = (os.environ.get(f"GITHUB_{name}") for name in ("OUTPUT", "STEP_SUMMARY"))
    return Report(Path(output) if output else None, Path(summary) if summary else None)


def clock() -> datetime:
    """Tell the time."""
    return datetime.now(UTC)


def seed() -> int:
    """Draw a secret seed."""
    return secrets.randbits(256)


def draw(below: int) -> int:
    """Draw a number from 0 to below another one; nobody can foretell it."""
    return secrets.randbelow(below)
