"""`aims demo`: the whole walk on real data."""

from __future__ import annotations

import shlex
import shutil
import sys
from pathlib import Path

import click

from aims_gh.cli.output import note


@click.command()
@click.option(
    "--dir",
    "folder",
    type=click.Path(file_okay=False, path_type=Path),
    default="aims-demo",
    show_default=True,
    help="Folder to make.",
)
@click.option("--no-serve", is_flag=True, help="Build everything, but do not serve the website.")
@click.option("--replace", is_flag=True, help="Remove an earlier demo in the same folder first.")
@click.option("--port", type=click.IntRange(0, 65535), default=0, help="0 picks a free one.")
def demo(folder: Path, no_serve: bool, replace: bool, port: int) -> None:
    """Build a course with two playgrounds, submit real models, score them, open the website.

    Nothing is canned: labels are sealed, models are fitted, converted, proposed, run in the
    sandbox and scored while you watch.

    \b
    Example:
        aims demo
        aims demo --dir elsewhere --no-serve
    """
    from aims_gh import settings
    from aims_gh.cli.evaluate import drain, say
    from aims_gh.flows import demo as flow
    from aims_gh.flows.site import build_site
    from aims_gh.site.build import serve

    tools = flow.Tools(
        keyring=settings.keyring(),
        sandbox=settings.sandbox(),
        templates=settings.templates(),
        clock=settings.clock,
        seed=settings.seed,
    )
    if flow.is_finished(folder) and not replace and not no_serve:
        note(f"the demo in {folder} is there already; aims demo --replace starts over")
        _say_what_next(folder)
        build_site(
            settings.forge(f"{folder}/course"),
            f"{folder}/course",
            folder / "site",
            settings.site_tools(f"{folder}/course", note),
            strict=True,
        )
        serve(folder / "site", port=port, ready=_say_address)
        return
    flow.prepare(folder, replace=replace, keyring=tools.keyring)
    note(click.style("1/4  a course, two playgrounds, ten submissions", bold=True))
    forge = flow.build_course(folder, tools, say=note)
    note(click.style("2/4  evaluation: each model runs in its sandbox", bold=True))
    for outcome in drain(forge):
        say(outcome)
    note(click.style("3/4  the website", bold=True))
    course = f"{folder}/course"
    build_site(forge, course, folder / "site", settings.site_tools(course, note), strict=True)
    note(click.style("4/4  things to try", bold=True))
    flow.leave_things_to_try(folder, tools)
    flow.finish(folder)
    _say_what_next(folder)
    if not no_serve:
        serve(folder / "site", port=port, ready=_say_address)


def _say_address(address: str) -> None:
    click.echo(click.style(f"\nopen {address}", bold=True) + "  (Ctrl-C stops)")


def _say_what_next(folder: Path) -> None:
    aims, course = shlex.quote(_program()), shlex.quote(f"{folder}/course")
    place, things = shlex.quote(f"{folder}/course/breast-cancer"), shlex.quote(f"{folder}/try")
    click.echo(
        f"""
what there is:
  {folder}/course   the course: a git repository (git -C {course} log --stat ledger)
  {folder}/site     its website, for any static host
  {folder}/try      a model, predictions and rows for the commands below

try next:
  {aims} leaderboard {place}
  {aims} compare {place} 1 2 3
  {aims} predict {place} {things}/rows.csv
  {aims} submit {things}/model.onnx --predictions {things}/predictions.csv \\
      --to {place} --as me --wait
  {aims} site serve {course}"""
    )


def _program() -> str:
    """Tell how this program was called, so that the commands can be copied as they stand."""
    called = Path(sys.argv[0])
    found = shutil.which("aims")
    if found and Path(found).resolve() == called.resolve():
        return "aims"
    try:
        return str(called.absolute().relative_to(Path.cwd()))
    except ValueError:
        return str(called)


COMMANDS = (demo,)
