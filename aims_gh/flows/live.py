"""Put a version where people use it: try it, push it, and only then write it down."""

from __future__ import annotations

import shlex
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from aims_gh.domain.address import Address
from aims_gh.domain.deployment import Deployment, Former, Place, Target
from aims_gh.errors import AimsError, CourseError, HostError
from aims_gh.flows.address import public_address
from aims_gh.flows.deploy import Deployable, check, deployable, folder, serve
from aims_gh.flows.deployment import (
    Choice,
    before,
    check_choice,
    check_confirmation,
    check_right,
    deployment,
    live,
    record_choice,
    take_down,
)
from aims_gh.flows.own_app import own_app_folder
from aims_gh.flows.site import Tools
from aims_gh.forge import MAIN, Forge
from aims_gh.host import Files, Host
from aims_gh.host.asking import Closed
from aims_gh.runner.sandbox import Sandbox
from aims_gh.workspace import Workspace


@dataclass(frozen=True, slots=True)
class Wish:
    """What somebody wants to have live.

    Attributes
    ----------
    version : int or None
        None: the one that is live, else the best whose model gives what was scored.
    url : str
        Of a server of their own, where it runs already.
    space : str
        On Hugging Face, `NAMESPACE/NAME`.
    app : Path or None
        The folder of an app of their own.
    follows : bool
        Whether a server of their own takes it up once it is written down: so it is tried here.
    """

    version: int | None
    target: Target = "browser"
    host: Place = "site"
    url: str = ""
    space: str = ""
    reason: str = ""
    app: Path | None = None
    zero_gpu: bool = False
    follows: bool = False


@dataclass(frozen=True, slots=True)
class Means:
    """What is needed from outside.

    Attributes
    ----------
    local : callable or None
        Gives a place on this machine to try an app at; None: Gradio is not installed.
    space : callable
        Gives the host of a Space by its name, the playground's address, and whether that is
        private.
    by, now
        Who acts, and when.
    """

    sandbox: Sandbox
    tools: Tools
    local: Callable[[], AbstractContextManager[Host]] | None
    space: Callable[[str, str, bool], Host]
    by: str
    now: datetime


@dataclass(frozen=True, slots=True)
class Candidate:
    """A version that gave what it must on the example rows.

    Attributes
    ----------
    files : mapping of str to bytes
        The folder of its app; empty for the website's page.
    tried : bool
        Whether its app was started, and asked for the example rows.
    """

    found: Deployable
    files: Files
    tried: bool


@dataclass(frozen=True, slots=True)
class Done:
    """What is live now."""

    deployment: Deployment
    candidate: Candidate
    follows: bool = False

    by_hand: tuple[str, ...] = ()
    """What the host would not let us set."""

    unasked: str = ""
    """Why an app that was pushed was not asked for the example rows; empty where it was."""

    left: str = ""
    """A Space that was live before, and that nobody removes: it serves on."""


def candidate(
    forge: Forge, address: Address, wish: Wish, means: Means, *, written: bool = False
) -> Candidate:
    """Make the app of a version and try it; nothing is changed anywhere.

    Parameters
    ----------
    written : bool
        Whether its folder is asked for, wherever it runs.

    Raises
    ------
    AimsError
        If the wish makes no sense, or the version does not give what it must.
    """
    _check(wish, written=written)
    found = deployable(forge, address, wish.version, wish.target, means.sandbox)
    if wish.host == "own" and (wish.target == "custom" or not wish.follows):
        if wish.target != "custom":
            check(found, wish.url)
        return Candidate(found, {}, tried=wish.target != "custom")
    if wish.target == "custom":
        assert wish.app is not None
        return Candidate(found, own_app_folder(wish.app, found), tried=False)
    if wish.target == "browser" and wish.host == "site" and not written:
        return Candidate(found, {}, tried=True)
    files = folder(found, wish.target, means.tools, zero_gpu=wish.zero_gpu)
    if wish.target == "browser":
        return Candidate(found, files, tried=True)
    if means.local is None:
        return Candidate(found, files, tried=False)
    with means.local() as host:
        serve(found, host, files)
    return Candidate(found, files, tried=True)


def put_live(forge: Forge, address: Address, wish: Wish, means: Means) -> Done:
    """Try a version, push its app where it is to run, and write it down.

    Raises
    ------
    AimsError
        If something of it fails; what was live then stays so. Where a Space is pushed to and that
        cannot be written down, the message says so.
    """
    made = candidate(forge, address, wish, means)
    choice = Choice(
        version=made.found.version,
        target=wish.target,
        host=wish.host,
        by=means.by,
        now=means.now,
        url=wish.url,
        space=wish.space,
        reason=wish.reason,
        zero_gpu=wish.zero_gpu,
    )
    old = deployment(forge, address)
    left = old.space if old and old.live and old.host == "huggingface" else ""
    if left == (wish.space if wish.host == "huggingface" else ""):
        left = ""
    if wish.host != "huggingface":
        return Done(record_choice(forge, address, choice), made, wish.follows, left=left)
    check_choice(forge, address, choice)
    private = made.found.playground.visibility == "private"
    host = means.space(wish.space, made.found.app.address, private)
    choice = replace(choice, url=host.push(address.slug, made.files))
    unasked = _ask_there(made, choice, host, _way_back(address, wish, old))
    try:
        now = record_choice(forge, address, choice)
    except AimsError as error:
        raise HostError(
            f"{wish.space} runs version {choice.version}, but that is not written down: "
            f"{error.message}",
            hint=error.hint,
        ) from None
    return Done(now, made, wish.follows, tuple(host.by_hand), unasked, left)


def _ask_there(made: Candidate, choice: Choice, host: Host, way_back: str) -> str:
    """Ask an app where it runs now for the example rows; tell why, where that is not done.

    Raises
    ------
    HostError
        If it does not say what the sandbox says.
    """
    if choice.target == "browser":
        return "a page runs the model in the reader's browser"
    if choice.target == "custom":
        return "it is an app of your own"
    try:
        check(made.found, choice.url, host.ask)
    except Closed as closed:
        return closed.message
    except HostError as error:
        raise HostError(
            f"{choice.space} has version {choice.version} now, and it is not announced: "
            f"{error.message}",
            hint=way_back,
        ) from None
    return ""


def _way_back(address: Address, wish: Wish, old: Deployment | None) -> str:
    """Say how a Space is given back what it had."""
    if old and old.live and (old.host, old.space) == ("huggingface", wish.space):
        command = f"aims runtime {shlex.quote(str(address))} {old.version}"
        return f"{command} puts version {old.version} there again"
    return "deploy another version to it, or delete the Space by hand in its settings"


def update(
    forge: Forge,
    address: Address,
    version: int,
    means: Means,
    *,
    reason: str = "",
    app: Path | None = None,
) -> Done:
    """Put another version where one is live."""
    wish = _as_before(live(forge, address))
    return put_live(forge, address, replace(wish, version=version, reason=reason, app=app), means)


def roll_back(
    forge: Forge, address: Address, means: Means, *, reason: str = "", app: Path | None = None
) -> Done:
    """Put the deployment live again that was before this one, or that was taken down."""
    former = before(forge, address)
    told = reason or f"back to version {former.version}"
    return put_live(forge, address, replace(_as_before(former), reason=told, app=app), means)


def end(forge: Forge, address: Address, confirmation: object, means: Means) -> Deployment:
    """Take down what is live; on Hugging Face, its Space is removed first.

    Raises
    ------
    CourseError
        If `confirmation` is not the playground's name, or nothing is live.
    HostError
        If the Space cannot be removed; then it stays live.
    """
    check_confirmation(address, confirmation)
    now = live(forge, address)
    if now.host == "huggingface":
        check_right(forge)
        try:
            with forge.tree(MAIN) as main:
                place = public_address(forge, Workspace(main).course(), address.slug)
            means.space(now.space, str(place), False).remove(address.slug)
        except AimsError as error:
            raise HostError(
                f"the Space {now.space} is still there, and live: {error.message}",
                hint=error.hint,
            ) from None
    return take_down(forge, address, by=means.by, now=means.now)


def _as_before(was: Deployment | Former) -> Wish:
    return Wish(
        version=was.version,
        target=was.target,
        host=was.host,
        url=was.url if was.host == "own" else "",
        space=was.space,
        zero_gpu=was.zero_gpu,
        follows=True,
    )


def _check(wish: Wish, *, written: bool) -> None:
    """Refuse a wish that makes no sense."""
    if wish.target == "custom" and wish.host != "own" and wish.app is None:
        raise CourseError(
            "the target custom needs the folder of your own app",
            hint="--app FOLDER, or app=FOLDER",
        )
    if wish.app is not None and wish.target != "custom":
        raise CourseError(
            f"an app of your own is the target custom, not {wish.target}", hint="--target custom"
        )
    if wish.host == "site" and wish.target != "browser" and not written:
        raise CourseError(
            f"the website runs models in the reader's browser, no {wish.target} app",
            hint="--host huggingface --space NAMESPACE/NAME, --url ADDRESS of a server of yours, "
            "or --out FOLDER",
        )
    if wish.host == "own" and not wish.url.startswith(("https://", "http://")):
        raise CourseError(
            "a server of your own needs its address", hint="--url https://…, or url='https://…'"
        )
    if wish.host == "own" and wish.target == "browser":
        raise CourseError(
            "a server of your own runs gradio, container or custom", hint="--target gradio"
        )
    if wish.host == "huggingface" and wish.space.count("/") != 1:
        raise CourseError(
            f"{wish.space or 'nothing'} is no Space on Hugging Face",
            hint="name it as NAMESPACE/NAME: --space, or space=",
        )
    if wish.zero_gpu and wish.target != "gradio":
        raise CourseError("ZeroGPU runs Gradio apps alone", hint="--target gradio --zero-gpu")
