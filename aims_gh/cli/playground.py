"""`aims playground`: create a playground, look at one."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from aims_gh.cli.course import note_closed
from aims_gh.cli.output import json_option, note, owner_option, print_json

if TYPE_CHECKING:
    from aims_gh.domain.metric import MetricSpec
    from aims_gh.domain.playground import Playground
    from aims_gh.flows.playground import Draft

FILE = click.Path(exists=True, dir_okay=False, path_type=Path)
_STARTER = click.option("--no-starter", is_flag=True, help="Leave the starter notebook out.")


@click.group()
def playground() -> None:
    """Create a playground, or look at one.

    \b
    Example:
        aims playground show aims-demo/course/diabetes
    """


@playground.command("create")
@click.argument("address", metavar="COURSE/SLUG")
@click.option("--from", "source", type=FILE, help="A playground.yml; options override it.")
@click.option("--title", help="Shown on top of its page.  [default: made of SLUG]")
@click.option("--description", help="A sentence or two.")
@click.option(
    "--task",
    "task_type",
    type=click.Choice(["classification", "regression"]),
    help="Labels to choose from, or numbers.",
)
@click.option(
    "--input",
    "input_type",
    type=click.Choice(["tabular", "text", "image", "audio", "video", "timeseries"]),
    help="What a model is given.  [default: tabular]",
)
@click.option("--labels", type=FILE, required=True, help="The held-out answers. Sealed at once.")
@click.option("--label-column", help="Which column of --labels, where it has several.")
@click.option("--label-names", help="All classes in your order: a,b,c.  [default: as found]")
@click.option("--features", type=FILE, help="What to predict on, row by row as in --labels.")
@click.option("--hidden-features", is_flag=True, help="Seal the features too; models are run.")
@click.option("--train", type=FILE, help="Public data to learn from.")
@click.option("--example", type=FILE, help="A few public rows that show the input.")
@click.option("--readme", type=FILE, help="Markdown, shown first on its page.")
@click.option("--metric", "metrics", multiple=True, help="Ranks; further ones are shown too.")
@click.option(
    "--metrics-file",
    type=FILE,
    help="The functions that --from names.  [default: metrics.py beside it]",
)
@click.option(
    "--evaluation",
    type=click.Choice(["predictions", "model", "both"]),
    help="What is scored: predictions, the model's own, or predictions with a model required.",
)
@click.option(
    "--private-fraction",
    type=click.FloatRange(0, 0.9),
    help="Share of the holdout that stays secret until the reveal.  [default: 0.5]",
)
@click.option("--closes", help="Deadline with its time zone: 2026-12-24T18:00:00+01:00.")
@click.option("--participant", "participants", multiple=True, help="Makes it private to these.")
@click.option("--license", help="Of the data.")
@_STARTER
@json_option
def playground_create(
    address: str,
    source: Path | None,
    labels: Path,
    label_column: str | None,
    no_starter: bool,
    as_json: bool,
    **options: Any,
) -> None:
    """Create a playground from held-out data and a few words about the task.

    The plain labels never touch the repository: they are sealed to the course's score key and
    to its owners before anything is written. A starter notebook goes along, where there are
    public data with answers to learn from.

    \b
    Example:
        aims playground create ./ml-2026/iris --task classification --input tabular \\
            --labels y_test.csv --features X_test.csv --train train.csv --metric f1_score
    """
    from aims_gh import settings
    from aims_gh.domain.address import Address
    from aims_gh.flows.playground import create_playground
    from aims_gh.flows.starter import Starter

    where = Address.parse(address)
    told: list[str] = []
    made = create_playground(
        settings.forge(where.course),
        where.slug,
        _draft(where.slug, source, labels, label_column, options),
        seed=settings.seed(),
        templates=settings.templates(),
        now=settings.clock(),
        sandbox=settings.sandbox(),
        starter=None if no_starter else Starter(where, told.append),
    )
    if as_json:
        print_json(made)
        return
    click.echo(f"playground made: {where} ({made.holdout.rows} rows to predict)")
    note(f"ranked by {made.ranking_metric.name}; boards: {', '.join(made.boards)}")
    for line in told:
        note(line)
    note("the README that its page shows first is yours to write: git clone the course")
    model = "MODEL.onnx " if made.data.features else ""
    said = "" if made.evaluation == "model" else " --predictions p.csv"
    note(f"next: aims submit {model}--to {shlex.quote(str(where))}{said}")


def _draft(
    slug: str,
    source: Path | None,
    labels: Path,
    label_column: str | None,
    options: dict[str, Any],
) -> Draft:
    """Read the files that describe a playground."""
    from aims_gh.flows.playground import Draft, read_rules

    rules, lines = read_rules(source.read_bytes(), str(source)) if source else ({}, {})
    rules, readme = _rules(rules, slug, options), options["readme"]
    return Draft(
        rules=rules,
        labels=_read(labels),
        label_column=label_column,
        features=_read(options["features"]),
        train=_read(options["train"]),
        example=_read(options["example"]),
        readme=readme.read_text(encoding="utf-8") if readme else "",
        name=source.name if source else "the playground",
        lines=lines,
        metrics=_metrics_file(options["metrics_file"], source, rules),
    )


def _read(path: Any) -> Any:
    from aims_gh.flows.owner_data import Source

    return Source(path.name, path.read_bytes()) if path else None


def _metrics_file(path: Path | None, source: Path | None, rules: dict[str, Any]) -> bytes | None:
    """Read the file that is named; else the one beside the rules, if these name functions."""
    if path is None and source is not None:
        listed = rules.get("metrics")
        own = [m for m in listed if isinstance(m, dict)] if isinstance(listed, list) else []
        beside = source.with_name("metrics.py")
        path = beside if any(m.get("function") for m in own) and beside.is_file() else None
    return path.read_bytes() if path else None


def _rules(rules: dict[str, Any], slug: str, options: dict[str, Any]) -> dict[str, Any]:
    """Lay the options over what the file says."""
    names = ("title", "description", "task_type", "input_type", "evaluation", "license")
    merged = rules | {name: options[name] for name in names if options[name]}
    merged.setdefault("title", slug.replace("-", " ").capitalize())
    merged.setdefault("input_type", "tabular")
    if "task_type" not in merged:
        raise click.UsageError("say --task classification or --task regression")
    if options["label_names"]:
        merged["labels"] = _label_names(options["label_names"])
    if options["metrics"]:
        merged["metrics"] = _metrics(options["metrics"], merged["task_type"])
    if options["participants"]:
        merged |= {"visibility": "private", "participants": options["participants"]}
    if options["hidden_features"]:
        merged |= {"features": "hidden", "evaluation": "model"}
    rules_of_competition = dict(merged.get("competition") or {})
    if options["private_fraction"] is not None:
        rules_of_competition["private_fraction"] = options["private_fraction"]
    if options["closes"]:
        rules_of_competition["closes"] = options["closes"]
    return merged | ({"competition": rules_of_competition} if rules_of_competition else {})


def _label_names(text: str) -> list[str] | list[int]:
    names = [name.strip() for name in text.split(",")]
    numbers = all(name.lstrip("-").isdecimal() and str(int(name)) == name for name in names)
    return [int(name) for name in names] if numbers else names


def _metrics(chosen: tuple[str, ...], task_type: str) -> list[str]:
    """Put the chosen ones first, then the usual ones of the task."""
    from aims_gh.domain.metric import DEFAULT_METRICS

    return list(dict.fromkeys([*chosen, *DEFAULT_METRICS[task_type]]))


@playground.command("show")
@click.argument("address", metavar="COURSE/SLUG")
@json_option
def playground_show(address: str, as_json: bool) -> None:
    """Show what a playground asks for.

    \b
    Example:
        aims playground show aims-demo/course/diabetes
    """
    from aims_gh import settings
    from aims_gh.cli.output import print_table
    from aims_gh.domain.address import Address
    from aims_gh.flows.read import read_playground

    where = Address.parse(address)
    found = read_playground(settings.forge(where.course), where)
    if as_json:
        print_json(found)
        return
    rules = found.competition
    rows = [
        ("task", f"{found.task_type} on {found.input_type} data"),
        ("labels", list(found.labels)),
        ("rows to predict", found.holdout.rows),
        *([("waits for", "its labels: nothing is scored yet")] if found.waits_for_labels else []),
        ("inputs", [item.name for item in found.inputs]),
        ("metrics", [_described(metric) for metric in found.metrics]),
        ("scored", found.evaluation),
        ("boards", list(found.boards)),
        ("features", found.features),
        ("private part", f"{rules.private_fraction:.0%}"),
        ("opens", rules.opens),
        ("closes", rules.closes),
        ("final phase until", rules.final and rules.final.closes),
        ("submissions that count in the end", rules.final_submissions),
        ("sealed submissions", "welcome" if rules.sealed else None),
        ("revealed", {"manual": "by the owners", "automatic": "after closing"}[rules.reveal]),
        ("public scores", rules.release),
        ("minutes of grace", rules.grace_minutes or None),
        (
            "after that",
            {"refuse": "refused", "mark": "listed apart", "penalty": rules.penalty}[rules.late],
        ),
        ("late until", rules.late_until if rules.late != "refuse" else None),
        ("most members of a team", rules.team_size),
        ("who may submit", list(found.participants) or "everybody whom the course admits"),
        ("scored a day", found.limits.per_day),
        ("scored in all", found.limits.total),
        *_final_limits(found),
        ("most bytes", found.limits.bytes),
        ("most seconds", found.limits.seconds),
    ]
    if found.own_metrics:
        rows.append(("most seconds of an own metric", found.limits.metric_seconds))
    print_table(("", found.title), rows)


def _final_limits(found: Playground) -> list[tuple[str, int | None]]:
    final = found.final_limits
    if final is None:
        return []
    return [
        ("scored a day in the final phase", final.per_day),
        ("scored in all in the final phase", final.total),
    ]


def _described(metric: MetricSpec) -> str:
    if metric.function is None:
        return metric.name
    return f"{metric.name} ({metric.direction}, {metric.function} in metrics.py)"


@playground.command("reseal")
@click.argument("address", metavar="COURSE/SLUG")
@click.option("--labels", type=FILE, required=True, help="The held-out answers. Sealed at once.")
@click.option("--label-column", help="Which column of --labels, where it has several.")
@click.option("--features", type=FILE, help="What to predict on, where it is other rows now.")
@click.option("--train", type=FILE, help="What to learn from, where it is other data now.")
@_STARTER
@owner_option
@json_option
def playground_reseal(
    address: str,
    labels: Path,
    label_column: str | None,
    features: Path | None,
    train: Path | None,
    no_starter: bool,
    author: str | None,
    as_json: bool,
) -> None:
    """Give a playground labels: those it waits for, or corrected ones.

    Which rows are private is drawn anew. Where versions were scored already, it stays as it is,
    and so do their scores. The starter notebook is written anew, unless it was changed by hand;
    where the playground waited and has none, it gets one.

    \b
    Example:
        aims playground reseal ./ml-2026/iris --labels y_test.csv --features X_test.csv
    """
    from aims_gh import settings
    from aims_gh.domain.address import Address
    from aims_gh.flows.reseal import Answers, reseal, scored_versions
    from aims_gh.flows.starter import Starter

    where = Address.parse(address)
    told: list[str] = []
    forge = settings.forge(where.course)
    made = reseal(
        forge,
        where.slug,
        Answers(_read(labels), label_column, _read(features), _read(train)),
        by=settings.owner(forge, author),
        seed=settings.seed(),
        find_key=settings.keys().find,
        sandbox=settings.sandbox(),
        starter=None if no_starter else Starter(where, told.append),
    )
    if as_json:
        print_json(made)
        return
    click.echo(f"labels sealed: {where} ({made.holdout.rows} rows to predict)")
    for line in told:
        note(line)
    note_closed(where.course, where.slug)
    if count := scored_versions(forge, where.slug):
        keep = "version keeps its old score" if count == 1 else "versions keep their old scores"
        note(f"{count} {keep}; next: aims rescore {shlex.quote(str(where))}")


@playground.command("starter")
@click.argument("address", metavar="COURSE/SLUG")
@click.option("-o", "--out", type=click.Path(dir_okay=False, path_type=Path), help="Write it here.")
@click.option("--label-column", help="Which column of the training data holds the answers.")
def playground_starter(address: str, out: Path | None, label_column: str | None) -> None:
    """Write a starter notebook: it reads the data, trains a model, submits it, shows the board.

    Without -o it goes into the course, as playgrounds/SLUG/code/starter.ipynb, where the website
    shows it; one that was changed by hand there is left as it is.

    \b
    Example:
        aims playground starter aims-demo/course/diabetes -o starter.ipynb
    """
    from aims_gh import settings
    from aims_gh.domain.address import Address
    from aims_gh.flows.starter import keep_starter, starter_notebook

    where = Address.parse(address)
    forge = settings.forge(where.course)
    notebook = starter_notebook(forge, where, label_column=label_column, kept=out is None)
    if out is None:
        click.echo(f"notebook written: {keep_starter(forge, where.slug, notebook)} in the course")
        return
    out.write_bytes(notebook)
    click.echo(f"notebook written: {out}")


@playground.command("remove")
@click.argument("address", metavar="COURSE/SLUG")
def playground_remove(address: str) -> None:
    """Take a playground back in which nothing was scored yet.

    \b
    Example:
        aims playground remove ./ml-2026/iris
    """
    from aims_gh import settings
    from aims_gh.domain.address import Address
    from aims_gh.flows.playground import remove_playground

    where = Address.parse(address)
    remove_playground(settings.forge(where.course), where.slug)
    click.echo(f"playground removed: {where}")


COMMANDS = (playground,)
