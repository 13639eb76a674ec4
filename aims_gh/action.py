"""One step of a course's Action: `python -m aims_gh.action STEP`, the same on a laptop.

What each step does is done by commands too: run is `aims intake` and `aims run --seal` until
nothing is open, score is `aims score` and `aims record`, publish is `aims site build --strict`,
deploy is `aims deploy --host huggingface`.
Here it is told in the way that GitHub shows to people: annotations, a summary, outputs.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import click

from aims_gh import settings
from aims_gh.core.adoption import adoption_page
from aims_gh.core.inert import cell, plain
from aims_gh.domain.address import Address
from aims_gh.errors import AimsError, CourseError
from aims_gh.flows.copies import original_of
from aims_gh.flows.evaluate import is_unsettled, run_open, score_and_record, settle
from aims_gh.flows.handover import open_folders, seal_folders
from aims_gh.flows.record import Outcome
from aims_gh.flows.rescore import Part, keep, prepare, versions_of
from aims_gh.flows.run import run
from aims_gh.flows.score import score
from aims_gh.flows.site import build_site
from aims_gh.flows.trouble import INTERNAL
from aims_gh.forge import Forge
from aims_gh.workspace import Workspace

MAX_ANNOTATIONS = 9
"""GitHub shows ten of a kind; the last one says how many more there are."""
MAX_ROWS = 1000
"""Of the summary's table, which may have a megabyte."""
LINE = str.maketrans({"%": "%25", "\r": "%0D", "\n": "%0A"})


@dataclass(frozen=True, slots=True)
class Job:
    """What a step is given; what it has no use for is empty."""

    course: str
    folder: Path
    minutes: int
    slug: str = ""
    version: int | None = None
    target: str = ""
    space: str = ""
    zero_gpu: bool = False
    hardware: str = ""
    visibility: str = "unchanged"
    reason: str = ""
    only: str = ""
    shard: str = "1/1"


@dataclass(frozen=True, slots=True)
class Told:
    """What a step has to tell."""

    notice: str
    outputs: dict[str, str]
    header: Sequence[str] = ()
    rows: Sequence[Sequence[object]] = ()
    warnings: Sequence[str] = ()
    failed: bool = False
    """Whether a bug of ours kept a proposal from being decided."""

    forbidden: str | None = None
    """What the job may not do and has to: it fails."""

    page: Sequence[str] = ()
    """What the summary says instead, in Markdown."""


def run_step(job: Job) -> Told:
    """Take what is open, run it, leave it sealed; holds no key but the run key."""
    forge = settings.forge(job.course)
    copied = _copy(job, forge, needs_key=True)
    if copied is not None:
        return copied
    end = time.monotonic() + 60 * job.minutes
    ran = run_open(
        forge,
        job.folder,
        sandbox=settings.sandbox(),
        find_key=settings.keys().find,
        may_go_on=lambda: time.monotonic() < end,
    )
    seal_folders(forge, job.folder)
    due = is_unsettled(forge, settings.clock())
    reasons = [(w.proposal, w.playground, w.reason) for w in ran.waiting]
    stopped = [f"stopped early: {ran.stopped}; the next run goes on"] if ran.stopped else []
    return Told(
        f"{_count(ran.taken, 'proposal')} taken{', and there are more' if ran.more else ''}",
        {"taken": str(ran.taken), "more": str(ran.more).lower(), "due": str(due).lower()},
        ("waits", "by", "playground", "why"),
        [(p.number, p.author, slug, _sentence(r.message, r.hint)) for p, slug, r in reasons],
        stopped
        + [f"proposal {p.number} waits: {_sentence(r.message, r.hint)}" for p, _, r in reasons],
        failed=any(reason.message.startswith(INTERNAL) for _, _, reason in reasons),
    )


def score_step(job: Job) -> Told:
    """Open what was run, score, record, answer; holds the score key and sees no model."""
    forge, find_key = settings.forge(job.course), settings.keys().find
    job.folder.mkdir(parents=True, exist_ok=True)
    open_folders(forge, job.folder, find_key=find_key)
    outcomes = list(
        score_and_record(
            forge,
            job.folder,
            sandbox=settings.sandbox(),
            find_key=find_key,
            clock=settings.clock,
        )
    )
    settled = settle(forge, find_key=find_key, now=settings.clock())
    forbidden = next((_details(o) for o in outcomes if o.forbidden), None)
    counts = {
        kind: sum(o.outcome == kind for o in outcomes) for kind in ("scored", "refused", "waiting")
    }
    chosen = sum(o.outcome == "chosen" for o in outcomes)
    extra = [f"{chosen} chosen"] if chosen else []
    extra += [f"{slug} revealed" for slug in settled.revealed]
    changed = bool(counts["scored"] or chosen or settled.refreshed or settled.revealed)
    return Told(
        ", ".join([*(f"{number} {kind}" for kind, number in counts.items()), *extra]),
        {kind: str(number) for kind, number in counts.items()} | {"changed": str(changed).lower()},
        ("proposal", "by", "playground", "outcome", "version", "scores, or why not"),
        [(o.proposal, o.author, o.playground, o.outcome, o.version, _details(o)) for o in outcomes],
        [f"proposal {o.proposal} waits: {_details(o)}" for o in outcomes if o.outcome == "waiting"]
        + [f"{slug} is not revealed: {why}" for slug, why in settled.failed.items()],
        failed=any((o.reason or "").startswith(INTERNAL) for o in outcomes),
        forbidden=forbidden,
    )


def publish_step(job: Job) -> Told:
    """Build the website; holds no secret."""
    forge = settings.forge(job.course)
    copied = _copy(job, forge, needs_key=False)
    if copied is not None:
        return replace(copied, failed=True)  # there is no website for the next job to publish
    tools = settings.site_tools(job.course)
    build_site(forge, job.course, job.folder, tools, strict=True)
    pages = sum(1 for _ in job.folder.rglob("*.html"))
    return Told(f"website built: {_count(pages, 'page')}", {"pages": str(pages)})


def deploy_step(job: Job) -> Told:
    """Serve a model on Hugging Face; holds its token, or is trusted."""
    copied = _copy(job, settings.forge(job.course), needs_key=False)
    if copied is not None:
        return replace(copied, failed=True)
    version = [] if job.version is None else [str(job.version)]
    extras = ["--zero-gpu"] if job.zero_gpu else []
    extras += [f"--hardware={job.hardware}"] if job.hardware else []
    extras += [f"--{job.visibility}"] if job.visibility != "unchanged" else []
    told = json.loads(
        _command(
            *("deploy", f"{job.course}/{job.slug}", *version, "--json"),
            *(f"--target={job.target}", "--host=huggingface", f"--space={job.space}", *extras),
            f"--reason={job.reason}",
        )
    )
    left = [f"the Space {told['left']} of before serves on"] if told.get("left") else []
    return Told(
        f"version {told['version']} of {job.slug} is served: {told['url']}",
        {"url": str(told["url"]), "version": str(told["version"])},
        warnings=[f"left to do by hand: {what}" for what in told.get("by_hand", ())] + left,
    )


def _command(*arguments: str) -> str:
    """Run a command as people do; give what it printed, or raise what it ended with."""
    isolated = ["-I"] if sys.flags.isolated else []
    said = {"error": "the command broke off", "hint": "its log says where"}
    with subprocess.Popen(
        [sys.executable, *isolated, "-m", "aims_gh", *arguments],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as running:
        assert running.stdout is not None and running.stderr is not None
        for line in running.stderr:  # what goes on; what is printed comes last, and is short
            click.echo(plain(line), err=True)
            kind, _, text = line.partition(": ")
            said |= {kind: text.strip()} if kind in said else {}
        printed = running.stdout.read()
    if running.returncode:
        error = AimsError(said["error"], hint=said["hint"])
        error.exit_code = running.returncode
        raise error
    return printed


def _copy(job: Job, forge: Forge, *, needs_key: bool) -> Told | None:
    """Tell what to do where a repository is a copy of a course, and nobody made it one's own.

    Where the run key is missing it fails, so that an owner who lost it hears of that; a copy that
    nobody has a use for does not write to its owner every hour.
    """
    if settings.on_github(job.course) is None:
        return None
    with forge.tree() as main:
        course = Workspace(main).course()
    original = original_of(course, job.course)
    keyless = needs_key and settings.keys().find(course.keys.run) is None
    if original is None and not keyless:
        return None
    nothing = {"taken": "0", "more": "false", "due": "false"} if needs_key else {}
    told = (
        f"this repository is a copy of {original}: aims course adopt {job.course} makes it a course"
        if original
        else "this repository is without the run key of its course.yml: "
        f"aims course new {job.course} on the machine that has its keys puts it back"
    )
    page = adoption_page(job.course, original)
    return Told(told, nothing, warnings=[told], failed=original is None, page=page)


def rerun_step(job: Job) -> Told:
    """Run versions again that were scored, and leave them sealed; one of several such jobs."""
    forge, where = settings.forge(job.course), Address(job.course, job.slug)
    found = re.fullmatch(r"([1-9]\d{0,2})/([1-9]\d{0,2})", job.shard)
    if found is None or int(found[1]) > int(found[2]):
        raise CourseError(f"{job.shard!r} is no shard", hint="the first of four is 1/4")
    part = Part(versions_of(job.only), int(found[1]), int(found[2]))
    with TemporaryDirectory(prefix="aims-") as folder:
        count = prepare(forge, where, part, Path(folder) / "intake")
        job.folder.mkdir(parents=True, exist_ok=True)
        source, find_key = Path(folder) / "intake", settings.keys().find
        run(forge, source, job.folder, sandbox=settings.sandbox(), find_key=find_key)
    seal_folders(forge, job.folder)
    return Told(f"{_count(count, 'version')} of {job.slug} run again", {"taken": str(count)})


def rescore_step(job: Job) -> Told:
    """Score what was run again, and keep it beside the old scores; tell what would change."""
    forge, find_key = settings.forge(job.course), settings.keys().find
    where, sandbox = Address(job.course, job.slug), settings.sandbox()
    open_folders(forge, job.folder, find_key=find_key)
    with TemporaryDirectory(prefix="aims-") as folder:
        target = Path(folder)
        score(forge, job.folder, target, find_key=find_key, sandbox=sandbox, again=True)
        found = keep(forge, where, target, find_key=find_key, now=settings.clock())
    return Told(
        f"rescore {found.number}: {_count(found.count, 'version')} scored again, none counts yet. "
        f"aims rescore {job.course}/{job.slug} --apply {found.number} lets them",
        {"number": str(found.number)},
        ("board", "version", "by", "rank before", "rank then", "score before", "score then"),
        [
            (m.board, m.version, m.username, m.before, m.after, m.score_before, m.score_after)
            for m in found.moves
        ],
        [f"version {v} keeps its old score: {why}" for v, why in found.failed.items()],
    )


STEPS: dict[str, Callable[[Job], Told]] = {
    "run": run_step,
    "score": score_step,
    "rerun": rerun_step,
    "rescore": rescore_step,
    "publish": publish_step,
    "deploy": deploy_step,
}


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}{'s'[: number != 1]}"


def _sentence(message: str | None, hint: str | None) -> str:
    return f"{message} ({hint})"


def _details(outcome: Outcome) -> str:
    if outcome.outcome == "chosen":
        return "what shall count in the end is noted"
    if outcome.outcome != "scored":
        return _sentence(outcome.reason, outcome.hint)
    said = [f"{name} {value:.6g}" for name, value in (outcome.scores or {}).items()]
    said += [f"{name} failed: {why}" for name, why in (outcome.failures or {}).items()]
    return ", ".join(said)


def annotation(kind: str, text: str) -> str:
    r"""Write a line that GitHub shows beside the run, whatever the text is.

    Examples
    --------
    >>> annotation("warning", "bob\n::error::x, 100 %")
    '::warning title=aims::bob ::error::x, 100 %25'
    """
    return f"::{kind} title=aims::{plain(text).translate(LINE)}"


def table(header: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """Write a table in Markdown in which participants' text does nothing."""
    lines = [header, ["---"] * len(header)]
    lines += [["–" if value is None else cell(value) for value in row] for row in rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def tell(step: str, told: Told) -> None:
    """Say it in the log and the annotations, in the summary, and to the steps that follow."""
    for row in told.rows:
        click.echo(plain("  ".join("–" if value is None else str(value) for value in row)))
    click.echo(annotation("notice", f"{step}: {told.notice}"))
    for text in told.warnings[:MAX_ANNOTATIONS]:
        click.echo(annotation("warning", text))
    if len(told.warnings) > MAX_ANNOTATIONS:
        click.echo(annotation("warning", f"{len(told.warnings)} proposals wait; see the summary"))
    summary = [f"### aims {step}", "", f"{told.notice[0].upper()}{told.notice[1:]}.", ""]
    summary = [*told.page] or summary
    if told.rows:
        summary += [table(told.header, told.rows[:MAX_ROWS]), ""]
    if len(told.rows) > MAX_ROWS:
        summary += [f"… and {len(told.rows) - MAX_ROWS} more.", ""]
    report = settings.report()
    _append(report.summary, summary)
    _append(report.output, [f"{name}={value}" for name, value in told.outputs.items()])


def _append(path: Path | None, lines: Iterable[str]) -> None:
    if path is not None:
        with path.open("a", encoding="utf-8") as file:
            file.writelines(f"{line}\n" for line in lines)


def refuse(step: str, error: AimsError) -> None:
    """Say why a step could not be done."""
    click.echo(annotation("error", f"{step}: {_sentence(error.message, error.hint)}"))
    lines = [f"### aims {step} failed", "", f"{cell(error.message)}.", "", cell(error.hint), ""]
    _append(settings.report().summary, lines)


@click.command()
@click.argument("step", type=click.Choice(list(STEPS)))
@click.option("--course", required=True, help="OWNER/REPO, or the folder of a local course.")
@click.option(
    "--folder",
    type=click.Path(file_okay=False, path_type=Path),
    help="What run leaves for score; where publish puts the website.",
)
@click.option(
    "--minutes",
    type=click.IntRange(0, 350),
    default=30,
    show_default=True,
    help="After this long, run takes no more.",
)
@click.option("--slug", default="", help="Playground of whose models deploy serves one.")
@click.option("--version", type=click.IntRange(1), help="Which of them.")
@click.option("--target", default="browser", help="What runs it: browser, gradio or container.")
@click.option("--space", default="", help="Space of Hugging Face where deploy serves it.")
@click.option("--zero-gpu", type=bool, default=False, help="Make a Gradio app fit for ZeroGPU.")
@click.option("--hardware", default="", help="What the Space runs on; else what it has.")
@click.option(
    "--visibility",
    type=click.Choice(["unchanged", "public", "protected", "private"]),
    default="unchanged",
    help="Who sees the Space.",
)
@click.option("--reason", default="", help="Why.")
@click.option("--only", default="", help="Versions that rerun takes, as in 3,5-9; else all.")
@click.option("--shard", default="1/1", help="Which part of them, as in 2/4.")
def main(step: str, course: str, folder: Path | None, minutes: int, **app: Any) -> None:
    """Do one STEP of a course's workflows as a job of GitHub Actions does it."""
    if folder is None and step != "deploy":
        raise click.UsageError(f"{step} needs --folder.")
    try:
        told = STEPS[step](Job(course, folder or Path(), minutes, **app))
    except AimsError as error:
        refuse(step, error)
        sys.exit(error.exit_code)
    tell(step, told)
    if told.forbidden:
        click.echo(annotation("error", f"{step}: {told.forbidden}"))
    if told.failed or told.forbidden:
        sys.exit(1)


if __name__ == "__main__":
    main()
