"""Submit to a playground from Python."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal

import numpy as np

from aims_gh import settings
from aims_gh.api.place import Place
from aims_gh.api.progress import progress
from aims_gh.api.submitted import Submitted
from aims_gh.domain.submission import CODE_FILE
from aims_gh.errors import AimsError, SubmissionError
from aims_gh.flows.convert import Tools
from aims_gh.flows.environment import read_environment
from aims_gh.flows.evaluate import evaluate
from aims_gh.flows.hand_in import HandedIn, parts_of
from aims_gh.flows.record import Outcome
from aims_gh.flows.run import bounds_of
from aims_gh.flows.submit import Parts, check, claims_from, pack, submit
from aims_gh.forge import Forge
from aims_gh.workspace import Workspace


@dataclass(frozen=True, slots=True)
class Wishes:
    """What a participant wants to have said about a submission, and how it is to be sent."""

    board: str
    metadata: Mapping[str, Any]
    words: Mapping[str, Any]
    environment: str | Path | None
    timeout: float | Literal[False] | None
    based_on: int | str | None
    code: str | Path | None
    wait: bool
    with_metrics: bool
    progress: bool


class Submitting(Place):
    """What can be submitted to a playground."""

    _sends_to: str = "experiment"

    def _submit(self, given: HandedIn, wishes: Wishes) -> Submitted:
        with progress(wishes.progress) as say:
            playground, sandbox = self.playground, settings.sandbox()
            tools = Tools(sandbox, bounds_of(playground), seconds=_seconds(wishes), say=say)
            parts = _with(parts_of(given, playground, tools), wishes)
            forge, where = self._forge, self._where
            author = forge.login() or self.username
            packed = pack(where.slug, parts, now=settings.clock())
            say("checking, as the evaluator will")
            checked = check(
                forge, where, packed, sandbox=sandbox, author=author, now=settings.clock()
            )
            say("sending")
            proposal = submit(forge, where, packed, author=author)
            outcome = None
            if wishes.wait and self._score_key_is_here(forge):
                say("scoring")
                outcome = self._outcome(forge, proposal.number)
        seen = checked.run.reproduction
        return Submitted(
            str(outcome.version) if outcome and outcome.version else None,
            str(where),
            with_metrics=wishes.with_metrics,
            metrics=outcome.scores if outcome else None,
            proposal=proposal.number,
            reproduced=seen.reproduced if seen else None,
            conversion=parts.claims.conversion,
        )

    def _score_key_is_here(self, forge: Forge) -> bool:
        with forge.tree() as main:
            public = Workspace(main).course().keys.score
        return settings.keys().find(public) is not None

    def _outcome(self, forge: Forge, number: int) -> Outcome | None:
        drained = evaluate(
            forge,
            sandbox=settings.sandbox(),
            find_key=settings.keys().find,
            clock=settings.clock,
        )
        mine = next((o for o in list(drained) if o.proposal == number), None)
        if mine is not None and mine.outcome == "refused":
            raise SubmissionError(mine.reason or "refused", hint=mine.hint or "")
        return mine


def _seconds(wishes: Wishes) -> float | None:
    """Read AIMS' `onnx_timeout`: False means for as long as it takes, in this process."""
    timeout = wishes.timeout
    if timeout is False or timeout is None:
        return None
    if timeout is True or not timeout > 0:
        raise AimsError(
            f"onnx_timeout is {timeout!r}", hint="a number of seconds, or False for no limit"
        )
    return float(timeout)


def _with(parts: Parts, wishes: Wishes) -> Parts:
    """Add what the participant wants to have said."""
    tags = wishes.words.get("tags", ())
    unknown = sorted(set(wishes.words) - {"description", "tags"})
    if unknown:
        raise AimsError(
            f"input_dict has {', '.join(map(repr, unknown))}",
            hint="it takes description and tags; own columns go into custom_metadata",
        )
    claims = parts.claims.model_dump()
    claims["metadata"] = {str(k): _scalar(v) for k, v in wishes.metadata.items()}
    if wishes.environment is not None:
        found = read_environment(Path(wishes.environment))
        claims |= {"seed": found.seed, "platform": found.platform}
        claims["libraries"] = dict(found.packages) | dict(claims["libraries"])
    files = dict(parts.files or {})
    if wishes.code is not None:
        files[CODE_FILE] = Path(wishes.code).read_bytes()
    return replace(
        parts,
        board=wishes.board,
        claims=claims_from(claims),
        description=str(wishes.words.get("description") or ""),
        tags=tuple(tags.split(",")) if isinstance(tags, str) else tuple(tags or ()),
        based_on=None if wishes.based_on is None else int(wishes.based_on),
        files=files,
    )


def _scalar(value: Any) -> Any:
    return value.item() if isinstance(value, np.generic) else value
