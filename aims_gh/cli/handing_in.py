"""From files and options to the parts of a submission."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from aims_gh.cli.output import note, showing

if TYPE_CHECKING:
    from aims_gh.domain.address import Address
    from aims_gh.flows.submit import Parts


def parts_of(model: Path | None, options: dict[str, Any], where: Address) -> Parts:
    """Read the files that were named; where it is asked for, let the model make the rest."""
    given = _given(model, options)
    if model is None:
        if options["quantize"]:
            raise click.UsageError("--quantize goes with a MODEL")
        return given
    missing = given.predictions is None and not given.preprocessed
    return _made(given, options, where) if missing or options["quantize"] else given


def _given(model: Path | None, options: dict[str, Any]) -> Parts:
    from aims_gh.flows.submit import Parts, claims_from

    predictions: Path | None = options["predictions"]
    if model and model.suffix.lower() in (".csv", ".npy", ".parquet"):
        raise click.UsageError(f"{model} is no model: predictions go with --predictions {model}")
    files = {
        name: path.read_bytes()
        for name, path in (
            ("code.ipynb", options["code"]),
            ("preprocessor.py", options["preprocessor"]),
        )
        if path
    }
    claims = {
        "ml_framework": options["framework"],
        "model_type": options["model_type"],
        "metadata": dict(_pair(text) for text in options["meta"]),
    }
    return Parts(
        model=model.read_bytes() if model else None,
        predictions=predictions.read_bytes() if predictions else None,
        predictions_suffix=predictions.suffix.lower() if predictions else ".csv",
        predictions_name=predictions.name if predictions else "",
        board=options["board"],
        claims=claims_from(claims),
        description=options["description"],
        tags=options["tags"],
        based_on=options["based_on"],
        files=files,
        preprocessed=model is not None and "preprocessor.py" in files,
    )


def _made(given: Parts, options: dict[str, Any], where: Address) -> Parts:
    """Let the model predict, and reduce its numbers, where that was asked for."""
    from aims_gh import settings
    from aims_gh.flows.convert import Tools
    from aims_gh.flows.hand_in import HandedIn, parts_of, public_features
    from aims_gh.flows.read import read_playground
    from aims_gh.flows.run import bounds_of

    forge = settings.forge(where.course)
    playground = read_playground(forge, where)
    handed_in = HandedIn(
        model=given.model,
        preprocessor=None,
        predictions=None,
        sample=None,
        public_features=lambda: public_features(forge, where),
        quantize=options["quantize"],
    )
    with showing() as say:
        tools = Tools(settings.sandbox(), bounds_of(playground), say=say)
        made = parts_of(handed_in, playground, tools)
    seen = made.claims.conversion
    if seen:
        largest = seen.largest_difference
        note(
            f"{options['quantize']}: {len(given.model or b''):,} bytes became "
            f"{len(made.model or b''):,}; the same answer on {seen.matching} of {seen.rows} rows"
            + ("" if largest is None else f", largest difference {largest:.1e}")
        )
    claims = given.claims.model_copy(update={"conversion": seen})
    if given.predictions is not None:
        return replace(given, model=made.model, claims=claims)
    return replace(
        given,
        model=made.model,
        claims=claims,
        predictions=made.predictions,
        predictions_suffix=".csv",
    )


def _pair(text: str) -> tuple[str, Any]:
    """Read KEY=VALUE; a value that is a number or true/false becomes one."""
    key, equals, value = text.partition("=")
    if not equals:
        raise click.UsageError(f"--meta {text}: write KEY=VALUE")
    if value.lower() in ("true", "false"):
        return key, value.lower() == "true"
    for kind in (int, float):
        try:
            number = kind(value)
        except ValueError:
            continue
        return key, number if number == number and abs(number) != float("inf") else value
    return key, value
