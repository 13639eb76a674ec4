"""Serve apps as Spaces on Hugging Face: one commit a deploy, and nobody else's Space is touched."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Any, Literal

import yaml

from aims_gh.errors import HostError
from aims_gh.host import Files, State
from aims_gh.host.folder import APP_FILE
from aims_gh.host.huggingface_asking import ask_space, await_page
from aims_gh.host.huggingface_session import RULES, Session, names, visibility_of
from aims_gh.host.huggingface_waiting import BUILT_BADLY, PATIENT, Waiting, await_running
from aims_gh.host.huggingface_words import Forbidden, Taken

if TYPE_CHECKING:
    from huggingface_hub.hf_api import SpaceInfo

Visibility = Literal["public", "protected", "private"]

_SPACE = re.compile(r"[A-Za-z0-9][\w.-]*(/[A-Za-z0-9][\w.-]*)?")
_FRONT = re.compile(r"\A---\n(.*?)^---$", re.DOTALL | re.MULTILINE)
_SDKS = ("static", "gradio", "docker")
_PAGE = "its page is there, and its model is this version's"
_STATES: Mapping[str, State] = {
    **dict.fromkeys(("RUNNING", "RUNNING_BUILDING", "RUNNING_APP_STARTING", "SLEEPING"), "running"),
    **dict.fromkeys(("BUILDING", "APP_STARTING"), "starting"),
}


@dataclass(frozen=True, slots=True)
class Extras:
    """What a Space shall have beside its files.

    Attributes
    ----------
    visibility : {"public", "protected", "private"}, optional
        None: as it is, and public where it is new. Protected hides the source, not the app.
    hardware : str, optional
        As Hugging Face calls it: ``cpu-basic``, ``zero-a10g``, ``t4-small`` …
    secrets, variables : mapping of str to str
        For the app's environment. Others that the Space has stay.
    """

    visibility: Visibility | None = None
    hardware: str | None = None
    secrets: Mapping[str, str] = field(default_factory=dict, repr=False)
    variables: Mapping[str, str] = field(default_factory=dict)


class HuggingFaceHost:
    """Apps as Spaces.

    Parameters
    ----------
    space : str
        ``NAMESPACE/NAME``, the Space that every app goes to; or ``NAMESPACE``, where each app has
        a Space of its own name.
    address : str, optional
        The playground, ``COURSE/SLUG``: a Space that serves another one is neither written to nor
        deleted. None: the one of the app that is pushed, and nothing can be deleted.
    token : str, optional
        None: the one that `huggingface_hub` finds, or gets by trusted publishing.
    trusted_for : str, optional
        ``spaces/NAMESPACE/NAME``, where the token is one of trusted publishing. Settings that it
        may not change are told, in `by_hand`, and left.
    endpoint : str, optional
        None: https://huggingface.co.
    say : callable
        Takes a line about what goes on.

    Raises
    ------
    MissingExtra
        Where `huggingface_hub` is not installed.
    HostError
        If `space` can be no name.
    """

    def __init__(
        self,
        space: str,
        *,
        address: str | None = None,
        token: str | None = None,
        trusted_for: str | None = None,
        endpoint: str | None = None,
        extras: Extras = Extras(),
        waiting: Waiting = PATIENT,
        say: Callable[[str], None] = lambda _: None,
    ) -> None:
        if not _SPACE.fullmatch(space):
            raise HostError(
                f"{space!r} is no name of a Space", hint="write NAMESPACE/NAME, as in ada/titanic"
            )
        self.by_hand: tuple[str, ...] = ()
        """Settings of the last push that this token may not change."""

        self._space, self._address, self._extras = space, address, extras
        self._waiting, self._say = waiting, say
        self._pushed: dict[str, str] = {}
        self._trusted_for = None if token else trusted_for
        keyless = bool(self._trusted_for)
        self._asks = Session(token, endpoint, keyless=keyless, secrets=extras.secrets.values())

    def push(self, name: str, files: Files) -> str:
        """Commit a folder to its Space, and give its address once it runs.

        A static Space runs once its page is there, and the model beside it is this one. One that
        is private is not waited for.

        Raises
        ------
        HostError
            If the Space serves something else than this playground, or was changed meanwhile, or
            Hugging Face refuses; if it does not start, with the last lines of its log.
        """
        sdk, space = sdk_of(files), self._signed_in(name)
        self.by_hand = ()
        found = self._asks.look(space)
        if found is None:
            found = self._create(space, sdk)
        else:
            self._asks.check_ours(space, found, self._address or _address_of(files))
            self._set(space, found)
        commit = self._commit(space, found, files)
        if commit == found.sha:
            self._say("its files are the same as before")
        if sdk != "static":
            await_running(self._asks, space, commit, found, self._waiting, self._say)
        url = self._asks.address(space)
        if sdk == "static":
            shown = await_page(self._asks, space, url, files, self._waiting)
            self._say(_PAGE if shown else f"{space} is private: its page was not asked")
        self._pushed[url] = space
        return url

    def ask(self, url: str, endpoint: str, *data: Any) -> Any:
        """Ask an app that was pushed, as its owner may; again while it wakes.

        Raises
        ------
        Closed
            If it is private, and this token may only write its files, or nobody tells its address.
        HostError
            If it does not answer, or says what is wrong with the question.
        """
        return ask_space(self._asks, self._pushed[url], url, self._waiting, endpoint, *data)

    def status(self, name: str) -> State:
        """Tell whether a Space is there and runs; one that sleeps wakes when it is asked."""
        found = self._asks.look(self._id(name))
        if found is None:
            return "absent"
        if found.sdk == "static":
            return "running"
        return _STATES.get(self._stage(self._id(name)), "ended")

    def log(self, name: str) -> str:
        """Give the last lines that an app printed, or its build where that failed."""
        space = self._id(name)
        found = self._asks.look(space)
        if found is None or found.sdk == "static":
            return ""
        return self._asks.lines(space, build=self._stage(space) in BUILT_BADLY)

    def restart(self, name: str) -> None:
        """Start an app again."""
        space = self._signed_in(name)
        with self._asks.asking(space, f"restart {space}"):
            self._asks.api.restart_space(space)

    def remove(self, name: str) -> None:
        """Delete a Space with all it has; no harm where there is none.

        Raises
        ------
        HostError
            If it serves something else than this playground.
        """
        space = self._signed_in(name)
        found = self._asks.look(space)
        if found is not None:
            self._asks.check_ours(space, found, self._address)
            with self._asks.asking(space, f"delete {space}"):
                self._asks.api.delete_repo(space, repo_type="space", missing_ok=True)

    def page(self, name: str) -> str:
        """Give the address of a Space's own page, with its files and settings."""
        return self._asks.page(self._id(name))

    def _id(self, name: str) -> str:
        return self._space if "/" in self._space else f"{self._space}/{name}"

    def _signed_in(self, name: str) -> str:
        """Name the Space, for which there is a token."""
        space = self._id(name)
        if self._trusted_for and self._trusted_for != f"spaces/{space}":
            raise HostError(
                f"trusted publishing is set up for {self._trusted_for}, not for spaces/{space}",
                hint="name that Space, or set HF_OIDC_RESOURCE to this one",
            )
        self._asks.sign_in()
        return space

    def _stage(self, space: str) -> str:
        return str(self._asks.runtime(space, between=self._waiting.between).stage)

    # What is changed

    def _create(self, space: str, sdk: str) -> SpaceInfo:
        extras = self._extras
        hardware: Any = extras.hardware
        self._say(f"creating {space}")
        try:
            with self._asks.asking(space, f"create {space}, a {sdk} Space"):
                self._asks.api.create_repo(
                    space,
                    repo_type="space",
                    space_sdk=sdk,
                    visibility=extras.visibility,
                    space_hardware=hardware,
                    space_secrets=_pairs(extras.secrets),
                    space_variables=_pairs(extras.variables),
                )
        except Taken:
            if self._asks.look(space) is None:
                raise
            raise _overtaken(space) from None
        found = self._asks.look(space)
        if found is None:
            raise HostError(f"{space} was created, and is not there", hint="try again")
        return found

    def _set(self, space: str, found: SpaceInfo) -> None:
        """Set what a Space shall have, before the commit that starts it anew.

        Secrets, variables and hardware are left to people where trusted publishing may not set
        them. That a model is seen by more people than it should is never left.
        """
        wanted = self._extras.visibility
        if wanted is not None and wanted != visibility_of(found):
            with self._asks.asking(space, f"make {space} {wanted}"):
                self._asks.api.update_repo_settings(space, repo_type="space", visibility=wanted)
        for what, change in self._changes(space, found):
            try:
                with self._asks.asking(space, f"set the {what} of {space}"):
                    change()
            except Forbidden:
                if not self._asks.keyless:
                    raise
                self.by_hand += (what,)
                page = f"{self._asks.page(space)}/settings"
                self._say(f"trusted publishing may not set the {what}: do it by hand at {page}")

    def _changes(self, space: str, found: SpaceInfo) -> Iterator[tuple[str, Callable[[], object]]]:
        api, extras = self._asks.api, self._extras
        for key, value in extras.secrets.items():
            yield f"secret {key}", partial(api.add_space_secret, space, key, value)
        for key, value in extras.variables.items():
            yield f"variable {key}", partial(api.add_space_variable, space, key, value)
        if extras.hardware and extras.hardware != _hardware(found):
            flavor: Any = extras.hardware  # new ones have no name in the library yet
            yield f"hardware {flavor}", partial(api.request_space_hardware, space, flavor)

    def _commit(self, space: str, found: SpaceInfo, files: Files) -> str:
        from huggingface_hub import CommitOperationAdd, CommitOperationDelete

        gone = names(found) - {RULES, *files}
        changes: list[CommitOperationAdd | CommitOperationDelete] = [
            *(CommitOperationAdd(path, files[path]) for path in sorted(files)),
            *(CommitOperationDelete(path) for path in sorted(gone)),
        ]
        self._say(f"sending {len(files)} files to {space}")
        try:
            with self._asks.asking(space, f"write to {space}"):
                done = self._asks.api.create_commit(
                    space,
                    changes,
                    commit_message=_message(files),
                    repo_type="space",
                    parent_commit=found.sha,
                )
        except Taken:
            raise _overtaken(space) from None
        return done.oid


def sdk_of(files: Files) -> str:
    r"""Read what a Space is made with in the README of its folder.

    Raises
    ------
    HostError
        If it does not say.

    Examples
    --------
    >>> sdk_of({"README.md": b"---\nsdk: static\n---\n"})
    'static'
    """
    text = files.get("README.md", b"").decode("utf-8", "replace").replace("\r\n", "\n")
    match = _FRONT.match(text)
    try:
        front = yaml.safe_load(match[1]) if match else None
    except yaml.YAMLError:
        front = None
    sdk = front.get("sdk") if isinstance(front, dict) else None
    if sdk not in _SDKS:
        raise HostError(
            "README.md does not say what the Space is made with",
            hint=f"its front matter needs sdk: {', '.join(_SDKS[:-1])} or {_SDKS[-1]}",
        )
    return str(sdk)


def _overtaken(space: str) -> HostError:
    return HostError(
        f"somebody else deployed to {space} meanwhile: nothing was overwritten",
        hint="see what they did, and deploy again if yours is to take its place",
    )


def _hardware(found: SpaceInfo) -> str | None:
    return found.runtime.requested_hardware if found.runtime else None


def _pairs(values: Mapping[str, str]) -> list[dict[str, str]] | None:
    return [{"key": key, "value": value} for key, value in values.items()] or None


def _address_of(files: Files) -> str | None:
    """Read which playground an app is of."""
    try:
        return str(json.loads(files[APP_FILE])["address"])
    except (KeyError, TypeError, ValueError):
        return None


def _message(files: Files) -> str:
    """Say which version it is, as the app's description does."""
    try:
        told = json.loads(files[APP_FILE])
        return f"Serve version {told['model']['version']} of {told['address']}"
    except (KeyError, TypeError, ValueError):
        return "Serve an app"
