"""Record which version is live: who chose it, when, where it runs and why."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import partial

from aims_gh.domain.address import Address
from aims_gh.domain.deployment import Deployment, Former, Place, Target
from aims_gh.domain.record import Problems
from aims_gh.errors import CourseError, ForgeError
from aims_gh.forge import LEDGER, Change, Forge
from aims_gh.workspace import Tree, Workspace, deployment_file

_KEPT = 100


@dataclass(frozen=True, slots=True)
class Choice:
    """What is to be live, and who says so."""

    version: int
    target: Target
    host: Place
    by: str
    now: datetime
    url: str = ""
    space: str = ""
    reason: str = ""
    zero_gpu: bool = False


def deployment(forge: Forge, address: Address) -> Deployment | None:
    """Read what is live, or was last; None where nobody has deployed anything."""
    with forge.tree(LEDGER) as ledger:
        return Workspace(ledger).deployment(address.slug)


def live(forge: Forge, address: Address) -> Deployment:
    """Read what is live.

    Raises
    ------
    CourseError
        If nothing is.
    """
    found = deployment(forge, address)
    if found is None or not found.live:
        raise CourseError(
            f"nothing of {address.slug} is deployed"
            + (f" since {found.ended:%Y-%m-%d %H:%M} UTC" if found else ""),
            hint="aims deploy COURSE/SLUG VERSION, or pg.deploy_model(VERSION)",
        )
    return found


def before(forge: Forge, address: Address) -> Former:
    """Read the deployment to go back to: the last of another version, or the one taken down.

    Raises
    ------
    CourseError
        If there is none.
    """
    now = deployment(forge, address)
    if now is not None and not now.live:
        return _former(now, now.since)
    for former in now.history if now else ():
        if now is None or former.version != now.version:
            return former
    raise CourseError(
        f"there is no earlier deployment of {address.slug} to go back to",
        hint="aims deployment COURSE/SLUG shows what there was",
    )


def record_choice(forge: Forge, address: Address, choice: Choice) -> Deployment:
    """Write down what is live from now on; what was live becomes history.

    Raises
    ------
    ForgeError
        If whoever asks may not write to the ledger.
    """
    return _write(
        forge,
        address,
        partial(_chosen, address, choice),
        f"Deploy version {choice.version} of {address.slug}",
    )


def check_choice(forge: Forge, address: Address, choice: Choice) -> None:
    """See that a choice can be written down, before anything else is done for it.

    Raises
    ------
    AimsError
        If whoever asks may not write to the ledger, or it cannot be written as it is.
    """
    _valid(partial(_chosen, address, choice), None)
    check_right(forge)


def check_right(forge: Forge) -> None:
    """See that whoever asks may say what is live.

    Raises
    ------
    ForgeError
        If not.
    """
    try:
        forge.check_may_record()
    except ForgeError as error:
        raise _refused(forge, error) from None


def take_down(forge: Forge, address: Address, *, by: str, now: datetime) -> Deployment:
    """Write down that nothing is live any more.

    Raises
    ------
    CourseError
        If nothing is.
    """

    def change(old: Deployment | None) -> Deployment:
        if old is None or not old.live:
            return live(forge, address)  # which says what is the matter
        return old.model_copy(update={"ended": now, "ended_by": by})

    return _write(forge, address, change, f"Take the deployment of {address.slug} down")


def check_confirmation(address: Address, confirmation: object) -> None:
    """See that somebody means it.

    Raises
    ------
    CourseError
        If they typed something else than the playground's name.
    """
    if confirmation != address.slug:
        raise CourseError(
            f"the deployment of {address.slug} is left as it is: nobody confirmed its end",
            hint=f"type its name: --confirm {address.slug}, or confirmation={address.slug!r}",
        )


def _chosen(address: Address, choice: Choice, old: Deployment | None) -> Deployment:
    """Describe what is live from now on."""
    return Deployment.from_value(
        {
            "playground": address.slug,
            "version": choice.version,
            "target": choice.target,
            "host": choice.host,
            "url": choice.url,
            "space": choice.space,
            "zero_gpu": choice.zero_gpu,
            "since": choice.now,
            "by": choice.by,
            "reason": choice.reason,
            "history": _history(old, choice.now),
        }
    )


def _history(old: Deployment | None, now: datetime) -> tuple[Former, ...]:
    return () if old is None else (_former(old, now), *old.history)[:_KEPT]


def _former(old: Deployment, now: datetime) -> Former:
    shared = old.model_dump(include=set(Former.model_fields) - {"ended"})
    return Former.model_validate(shared | {"ended": old.ended or now})


def _write(
    forge: Forge,
    address: Address,
    change: Callable[[Deployment | None], Deployment],
    message: str,
) -> Deployment:
    made: list[Deployment] = []

    def edit(tree: Tree) -> Change:
        made[:] = [_valid(change, Workspace(tree).deployment(address.slug))]
        return Change(message=message, files={deployment_file(address.slug): made[0].to_json()})

    try:
        forge.record(edit)
    except ForgeError as error:
        raise _refused(forge, error) from None
    return made[0]


def _valid(change: Callable[[Deployment | None], Deployment], old: Deployment | None) -> Deployment:
    try:
        return change(old)
    except Problems as problems:
        raise CourseError(
            f"this cannot be written down: {problems}",
            hint="a reason has up to 2,000 characters, an address up to 200",
        ) from None


def _refused(forge: Forge, error: ForgeError) -> ForgeError:
    # The ledger was read a moment ago: what is "not found" now is the right to write to it.
    if not error.forbidden and getattr(error, "status", None) != 404:
        return error
    refused = ForgeError(
        f"you may not say what is live in {forge.name}: {error.message}",
        hint="its owners can, and whoever may write to the repository",
    )
    refused.forbidden = True
    return refused
