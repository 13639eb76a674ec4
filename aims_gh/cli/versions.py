"""`aims show` and `aims compare`: what is known of versions."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import click

from aims_gh.cli.output import json_option, note, print_json, print_table

if TYPE_CHECKING:
    from aims_gh.core.compare import Line
    from aims_gh.core.layer_names import Dialect
    from aims_gh.domain.claims import Claims, Layer
    from aims_gh.domain.evaluation import Evaluation
    from aims_gh.flows.read import VersionView

NAMING = click.option(
    "--naming",
    type=click.Choice(["keras", "pytorch"]),
    help="What layers are called.  [default: as their own library does]",
)
_DIFFERS, _CHANGED = "yellow", "red"


@click.command()
@click.argument("address", metavar="COURSE/SLUG")
@click.argument("version", type=int)
@NAMING
@json_option
def show(address: str, version: int, naming: Dialect | None, as_json: bool) -> None:
    """Show everything known of one version: what was read from it, and what its author claims.

    Hyper-parameters that are not at their default are red.

    \b
    Example:
        aims show aims-demo/course/breast-cancer 1
    """
    from aims_gh import settings
    from aims_gh.domain.address import Address
    from aims_gh.flows.read import read_version

    where = Address.parse(address)
    view = read_version(settings.forge(where.course), where, version)
    if as_json:
        print_json(view.as_dict())
        return
    found = view.evaluation
    title = (
        f"{where.slug} version {version} by {found.username}, {found.timestamp:%Y-%m-%d %H:%M} UTC"
    )
    rows = [*_standing(view), *_scored(view), *_measured(found), *_claimed(found.claims)]
    print_table(("", "", ""), rows, title=title)
    _show_parameters(found.claims)
    if found.claims.layers:
        _show_layers([version], [(layer,) for layer in found.claims.layers], naming)


def _standing(view: VersionView) -> list[tuple[str, str, Any]]:
    """List what sets it apart from others, and why."""
    rows: list[tuple[str, str, Any]] = [("standing", m, _MARKS.get(m, "")) for m in view.marks]
    if view.reason:
        rows.append(("standing", "reason", view.reason))
    return rows


_MARKS = {
    "disqualified": "it does not count",
    "late": "it arrived after the deadline",
    "baseline": "the owners' own, to be compared with",
    "sealed": "what is in it is told at the reveal",
}


def _scored(view: VersionView) -> list[tuple[str, str, Any]]:
    """List scores: those of each part after the reveal, and of the public part before."""
    found, opened = view.evaluation, view.opened
    failed = [("not scored", name, why) for name, why in found.failures.items()]
    if opened is None:
        if view.withheld:
            failed.append(("scored", "held back", view.withheld))
        private = "sealed until the reveal" if found.private else "none"
        scores: list[tuple[str, str, Any]] = [("scored", *each) for each in found.scores.items()]
        return [
            *scores,
            *failed,
            ("scored", "rows", found.rows),
            ("scored", "private part", private),
        ]
    parts = (
        ("all rows", opened.whole, found.rows),
        ("public", opened.public, view.public_rows),
        ("private", opened.private, found.rows - view.public_rows),
    )
    rows: list[tuple[str, str, Any]] = []
    for name, part, many in parts:
        rows += [(name, metric, value) for metric, value in part.items()]
        if name == "private":
            rows += [
                (name, f"{metric} 95 % interval", f"{low:.6g} to {high:.6g}")
                for metric, (low, high) in opened.intervals.items()
            ]
        rows.append((name, "rows", many))
    return [*rows, *failed]


def _measured(found: Evaluation) -> list[tuple[str, str, Any]]:
    """List what the evaluator measured and read."""
    rows: list[tuple[str, str, Any]] = []
    if found.reproduction:
        rows.append(("measured", "reproduced", found.reproduction.reproduced))
    for group, record in (("measured", found.cost), ("read", found.facts)):
        if record:
            apart = {"inputs", "outputs"}
            fields = record.model_dump(mode="json", exclude=apart, exclude_none=True)
            rows += [(group, name, value) for name, value in fields.items()]
    if found.facts:
        for kind, tensors in (("input", found.facts.inputs), ("output", found.facts.outputs)):
            rows += [("read", f"{kind} {t.name}", f"{t.dtype} {list(t.shape)}") for t in tensors]
    return rows


def _claimed(claims: Claims) -> list[tuple[str, str, Any]]:
    """List what the author says, but the long tables."""
    rows: list[tuple[str, str, Any]] = []
    tables = {"steps", "parameters", "layers"}
    for name, value in claims.model_dump(mode="json", exclude=tables, exclude_none=True).items():
        if isinstance(value, dict):
            rows += [("claimed", key, item) for key, item in value.items()]
        else:
            rows.append(("claimed", name, value))
    steps = [f"{step.name} {step.type}".strip() for step in claims.steps]
    return [*rows, ("claimed", "steps", steps)] if steps else rows


def _show_parameters(claims: Claims) -> None:
    if not claims.parameters:
        return
    rows = [
        (f"{p.step}__{p.name}" if p.step else p.name, p.default, p.value) for p in claims.parameters
    ]
    changed = [bool(p.changed) for p in claims.parameters]
    print_table(
        ("hyper-parameter", "default", "value"),
        rows,
        title="claimed hyper-parameters",
        styles=[("", "", _CHANGED if is_changed else "") for is_changed in changed],
    )


@click.command()
@click.argument("address", metavar="COURSE/SLUG")
@click.argument("versions", type=int, nargs=-1, required=True)
@click.option("--all", "everything", is_flag=True, help="Also what does not differ.")
@NAMING
@json_option
def compare(
    address: str, versions: tuple[int, ...], everything: bool, naming: Dialect | None, as_json: bool
) -> None:
    """Compare versions side by side: yellow where they differ, red what is not the default.

    Networks are laid out layer by layer, like beside like.

    \b
    Example:
        aims compare aims-demo/course/breast-cancer 1 2 3
    """
    from aims_gh import settings
    from aims_gh.core.alignment import aligned
    from aims_gh.domain.address import Address
    from aims_gh.flows.read import compare as flow

    where = Address.parse(address)
    compared = flow(settings.forge(where.course), where, versions)
    networks = [evaluation for evaluation in compared.evaluations if evaluation.claims.layers]
    rows = aligned([evaluation.claims.layers for evaluation in networks])
    if as_json:
        print_json(_as_json(where.slug, versions, compared.lines, networks))
        return
    lines = compared.lines
    kept = [line for line in lines if everything or line.differs or line.group == "scores"]
    print_table(
        ("", "", "default", *(f"version {number}" for number in versions)),
        [(line.group, line.name, _default(line), *_cells(line)) for line in kept],
        styles=[("", "", "", *_styles(line)) for line in kept],
    )
    if networks:
        _show_layers([evaluation.version for evaluation in networks], rows, naming)
    hidden = len(lines) - len(kept)
    if hidden:
        note(f"{hidden} properties are the same everywhere (--all shows them)")


def _default(line: Line) -> Any:
    return line.default if line.changed else ""


def _cells(line: Line) -> list[Any]:
    """Give the values, with nothing where a version is of another kind."""
    of = line.of or range(len(line.values))
    return [value if place in of else "" for place, value in enumerate(line.values)]


def _styles(line: Line) -> list[str]:
    of = line.of or range(len(line.values))
    changed = line.changed or (False,) * len(line.values)
    other = _DIFFERS if line.differs else ""
    return [
        (_CHANGED if changed[place] else other) if place in of else ""
        for place in range(len(line.values))
    ]


def _as_json(
    slug: str, versions: Sequence[int], lines: Sequence[Line], networks: Sequence[Evaluation]
) -> dict[str, Any]:
    groups: dict[str, dict[str, Any]] = {}
    defaults: dict[str, dict[str, Any]] = {}
    for line in lines:
        values = dict(zip(map(str, versions), line.values, strict=True))
        of = line.of or range(len(versions))
        groups.setdefault(line.group, {})[line.name] = {
            str(versions[place]): values[str(versions[place])] for place in of
        }
        if line.changed:
            defaults.setdefault(line.group, {})[line.name] = line.default
    layers = {str(e.version): [layer.model_dump() for layer in e.claims.layers] for e in networks}
    return {
        "playground": slug,
        "versions": versions,
        **groups,
        "defaults": defaults,
        "layers": layers,
    }


def _show_layers(
    versions: Sequence[int], rows: Sequence[tuple[Layer | None, ...]], naming: Dialect | None
) -> None:
    """Print networks side by side; a colour for each type of layer."""
    from aims_gh.core.layer_names import translated

    def name(layer: Layer) -> str:
        return translated(layer.type, to=naming) if naming else layer.type

    header = [f"version {v} {what}" for v in versions for what in ("layer", "shape", "params")]
    kinds = dict.fromkeys(name(layer) for row in rows for layer in row if layer)
    colours = dict(zip(kinds, _COLOURS * (len(kinds) // len(_COLOURS) + 1), strict=False))
    cells, styles = [], []
    for row in rows:
        shown: list[Any] = []
        style: list[str] = []
        for layer in row:
            if layer is None:
                shown += ["", "", ""]
                style += ["", "", ""]
                continue
            shape = "" if layer.output_shape is None else _shape(layer.output_shape)
            shown += [name(layer), shape, layer.num_params]
            style += [colours[name(layer)], "", ""]
        cells.append(shown)
        styles.append(style)
    print_table(header, cells, title="layers", styles=styles)


_COLOURS = ("cyan", "green", "magenta", "blue", "yellow", "red", "bright_black")


def _shape(shape: Sequence[int | None]) -> str:
    return " × ".join("n" if side is None else str(side) for side in shape)


COMMANDS = (show, compare)
