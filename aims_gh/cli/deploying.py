"""`aims deploy` and what comes after it: which version is live, where, and what was before."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from aims_gh.cli.output import json_option, note, owner_option, print_json, print_table

if TYPE_CHECKING:
    from aims_gh.domain.address import Address
    from aims_gh.domain.deployment import Deployment, Former, Place, Target
    from aims_gh.flows.live import Candidate, Done, Means, Wish
    from aims_gh.forge import Forge

REASON = click.option("--reason", default="", help="Why, for those who look later.")
APP = click.option(
    "--app",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="Folder of your own app, for the target custom.",
)


@click.command()
@click.argument("address", metavar="COURSE/SLUG")
@click.argument("version", type=int, required=False)
@click.option(
    "--target",
    type=click.Choice(["browser", "gradio", "container", "custom"]),
    default="browser",
    show_default=True,
    help="What runs the model: the reader's browser, a Gradio app, that app in a container, or an "
    "app of your own.",
)
@APP
@click.option(
    "--host",
    type=click.Choice(["site", "huggingface"]),
    default="site",
    show_default=True,
    help="Where: on the website's own page, or in a Space of Hugging Face.",
)
@click.option("--space", default="", metavar="NAMESPACE/NAME", help="The Space.")
@click.option("--url", default="", help="A server of yours that runs this version already.")
@REASON
@click.option(
    "-o",
    "--out",
    type=click.Path(file_okay=False, path_type=Path),
    help="Write the app as a folder, and put nothing live.",
)
@click.option("--zero-gpu", is_flag=True, help="Make a Gradio app fit for Hugging Face's ZeroGPU.")
@click.option("--public", "privacy", flag_value="public", help="Everybody sees the Space.")
@click.option("--private", "privacy", flag_value="private", help="Only its owner sees the Space.")
@click.option("--protected", "privacy", flag_value="protected", help="People see the app alone.")
@click.option("--hardware", help="What the Space runs on, such as cpu-basic or t4-small.")
@click.option("--secret", "secrets", multiple=True, help="Environment variable to pass on hidden.")
@click.option("--variable", "variables", multiple=True, metavar="NAME=VALUE", help="For the app.")
@owner_option
@json_option
def deploy(
    address: str,
    version: int | None,
    target: Target,
    app: Path | None,
    host: Place,
    space: str,
    url: str,
    reason: str,
    out: Path | None,
    zero_gpu: bool,
    author: str | None,
    as_json: bool,
    **wanted: Any,
) -> None:
    """Put a version live, and write down who did, when and why.

    First it is asked for the playground's example rows, and what it says is held against what the
    sandbox says; if that fails, nothing changes. Without VERSION, it is the one that is live, else
    the best whose model gives what was scored.

    \b
    Example:
        aims deploy aims-demo/course/breast-cancer 2 --reason "fewer false alarms"
        aims deploy aims-demo/course/breast-cancer 2 --target gradio --out app
    """
    from aims_gh.flows.live import Wish, put_live

    forge, where, means = _opened(address, author, signed=out is None, **_extras(wanted))
    wish = Wish(
        version=version,
        target=target,
        host="own" if url else host,
        url=url,
        space=space,
        reason=reason,
        app=app,
        zero_gpu=zero_gpu,
    )
    if out is not None:
        _write(forge, where, wish, means, out)
        return
    done = put_live(forge, where, wish, means)
    if as_json:
        _tell_asked(done)
        now = done.deployment
        told = {"version": now.version, "target": now.target, "url": now.url}
        print_json(told | {"by_hand": done.by_hand, "left": done.left})
        return
    _tell(where, done)


def _extras(wanted: Mapping[str, Any]) -> dict[str, Any]:
    """Read what a Space is to have beside its files."""
    pairs = [each.partition("=") for each in wanted["variables"]]
    if not all(name and sign for name, sign, _ in pairs):
        raise click.UsageError("--variable takes NAME=VALUE.")
    return {
        "visibility": wanted["privacy"],
        "hardware": wanted["hardware"],
        "secrets": wanted["secrets"],
        "variables": {name: value for name, _, value in pairs},
    }


def _write(forge: Forge, where: Address, wish: Wish, means: Means, out: Path) -> None:
    from aims_gh.flows.deploy import check_free, write_folder
    from aims_gh.flows.live import candidate

    check_free(out)
    made = candidate(forge, where, wish, means, written=True)
    _tell_tried(made)
    write_folder(made.files, out)
    click.echo(f"app of version {made.found.version} written: {out}")
    note("nothing was put live or pushed; README.md in it says how it is started")


@click.command()
@click.argument("address", metavar="COURSE/SLUG")
@click.argument("version", type=int)
@APP
@REASON
@owner_option
def runtime(address: str, version: int, app: Path | None, reason: str, author: str | None) -> None:
    """Put another version where one is live: same target, same place.

    It is tried as `aims deploy` does; if it fails, the old one stays.

    \b
    Example:
        aims deploy aims-demo/course/breast-cancer 1
        aims runtime aims-demo/course/breast-cancer 2 --reason "smaller"
    """
    from aims_gh.flows.live import update

    forge, where, means = _opened(address, author)
    _tell(where, update(forge, where, version, means, reason=reason, app=app))


@click.command()
@click.argument("address", metavar="COURSE/SLUG")
@APP
@REASON
@owner_option
def rollback(address: str, app: Path | None, reason: str, author: str | None) -> None:
    """Put the version live again that was before this one, or that was taken down.

    \b
    Example:
        aims rollback aims-demo/course/breast-cancer --reason "too slow"
    """
    from aims_gh.flows.live import roll_back

    forge, where, means = _opened(address, author)
    _tell(where, roll_back(forge, where, means, reason=reason, app=app))


@click.command()
@click.argument("address", metavar="COURSE/SLUG")
@click.option("--confirm", default="", metavar="SLUG", help="The playground's name, typed again.")
@owner_option
def undeploy(address: str, confirm: str, author: str | None) -> None:
    """Take down what is live; a Space on Hugging Face is removed.

    The website then runs the best version again, as before anybody chose one.

    \b
    Example:
        aims undeploy aims-demo/course/breast-cancer --confirm breast-cancer
    """
    from aims_gh.flows.live import end

    forge, where, means = _opened(address, author)
    ended = end(forge, where, confirm, means)
    click.echo(f"version {ended.version} of {where.slug} is taken down")


@click.command()
@click.argument("address", metavar="COURSE/SLUG")
@json_option
def deployment(address: str, as_json: bool) -> None:
    """Tell what is live: who chose it, when, where it runs, why, and what was before.

    \b
    Example:
        aims deployment aims-demo/course/breast-cancer
    """
    from aims_gh import settings
    from aims_gh.domain.address import Address
    from aims_gh.flows.deployment import deployment as read

    where = Address.parse(address)
    found = read(settings.forge(where.course), where)
    if as_json:
        print_json(found)
    elif found is None:
        note(f"nobody has deployed a version of {where.slug}: the website runs the best one")
    else:
        _show(found)


def _show(found: Deployment) -> None:
    now = (found.version, *_where(found), f"{found.since:%Y-%m-%d %H:%M}", found.by)
    until = "now" if found.live else f"{found.ended:%Y-%m-%d %H:%M}"
    rows = [(*now, until, found.reason)]
    rows += [
        (
            one.version,
            *_where(one),
            f"{one.since:%Y-%m-%d %H:%M}",
            one.by,
            f"{one.ended:%Y-%m-%d %H:%M}",
            one.reason,
        )
        for one in found.history
    ]
    header = ("version", "target", "where", "since (UTC)", "by", "until", "reason")
    print_table(header, rows, marked=[found.live, *[False] * len(found.history)])
    if not found.live:
        note(f"taken down by {found.ended_by}: nothing is deployed now")


def _where(one: Deployment | Former) -> tuple[str, str]:
    return one.target, one.url or one.space or "the website"


def _opened(
    address: str, author: str | None, *, signed: bool = True, **space: Any
) -> tuple[Forge, Address, Means]:
    from aims_gh import settings
    from aims_gh.domain.address import Address

    where = Address.parse(address)
    forge = settings.forge(where.course)
    by = settings.owner(forge, author) if signed else settings.author(forge, author)
    return forge, where, settings.deploying(forge, by, note, **space)


def _tell(where: Address, done: Done) -> None:
    now = done.deployment
    _tell_asked(done)
    if now.host == "site":
        click.echo(f"version {now.version} of {where.slug} is live: the website's page Predict")
        note("the website shows it when it is built the next time")
    else:
        click.echo(f"version {now.version} of {where.slug} is live: {now.url}")
    if now.host == "own" and done.follows:
        note("the server there has to take it up, as aims serve COURSE/SLUG does by itself")
    if done.left:
        note(f"the Space {done.left} serves on: delete it by hand where nobody needs it any more")
    for what in done.by_hand:
        note(f"left to do by hand: {what}")


def _tell_asked(done: Done) -> None:
    _tell_tried(done.candidate)
    if done.deployment.host == "huggingface":
        said = f"not asked there: {done.unasked}" if done.unasked else "it says the same there"
        note(f"{done.deployment.space}: {said}")


def _tell_tried(made: Candidate) -> None:
    model = made.found.app.model
    assert model is not None
    rows = len(made.found.expected)
    if not made.tried:
        said = "its app was not tried: Gradio is not installed here, or it is your own"
    elif not rows:
        said = "no example rows to try"
    else:
        said = f"{rows} example rows answered as in the sandbox"
    note(f"version {model.version} by {model.username}; {said}")


COMMANDS = (deploy, runtime, rollback, undeploy, deployment)
