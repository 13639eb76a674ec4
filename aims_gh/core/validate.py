"""Check a proposal as far as reading can, before anything of it is parsed or run."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from aims_gh.core.inert import plain
from aims_gh.core.rulings import DAY, Rulings, final_opens
from aims_gh.domain.competition import Competition
from aims_gh.domain.course import Course
from aims_gh.domain.leaderboard import COLUMNS
from aims_gh.domain.playground import Limits, Playground
from aims_gh.domain.proposal import ChangedFile
from aims_gh.domain.submission import (
    BUNDLE_FILE,
    EXTRA_FILES,
    MANIFEST_FILE,
    MODEL_FILE,
    PREDICTION_FILES,
    Submission,
)
from aims_gh.errors import ForgeError, SubmissionError

PLAIN_NAMES = frozenset({MANIFEST_FILE, MODEL_FILE, *PREDICTION_FILES, *EXTRA_FILES})
FILE_NAMES = PLAIN_NAMES | {BUNDLE_FILE}
MAX_FILES = 7
MAX_MANIFEST_BYTES = 256 * 1024
_FOLDER = re.compile(
    r"submissions/([a-z0-9](?:[a-z0-9-]{0,62}[a-z0-9])?)/([A-Za-z0-9-]{1,39})/([a-z0-9][a-z0-9-]{0,63})/"
)
_NO_MORE = "that was all that is scored of you here"
_LFS = b"version https://git-lfs"


@dataclass(frozen=True, slots=True)
class Folder:
    """Where the files of a submission lie in its proposal."""

    path: str
    slug: str
    submission: str
    sizes: dict[str, int]
    """Bytes by file name."""


def locate(changes: Sequence[ChangedFile], author: str) -> Folder:
    """Find the one submission folder that a proposal adds.

    Parameters
    ----------
    changes : sequence of ChangedFile
        What the proposal touches; may be cut off after ``MAX_FILES`` + 1.
    author : str
        The forge's word.

    Raises
    ------
    SubmissionError
        If it touches anything else, listing what.
    """
    if not changes:
        raise SubmissionError(
            "the proposal changes no file", hint="aims submit makes a proposal with its files"
        )
    if len(changes) > MAX_FILES:
        raise SubmissionError(
            f"the proposal touches more than {MAX_FILES} files",
            hint="one submission per proposal: a manifest, a model, predictions, code",
        )
    own = [_own_folder(change.path, author) for change in changes]
    prefix = next((folder for folder in own if folder), "")
    stray = [
        c.path for c, folder in zip(changes, own, strict=True) if folder != prefix or not prefix
    ]
    if stray:
        raise SubmissionError(
            f"the proposal touches files outside one submission folder: {_listed(stray)}",
            hint=f"only files in submissions/<playground>/{author}/<id>/ are accepted",
        )
    odd = [c.path for c in changes if c.kind != "file" or c.path[len(prefix) :] not in FILE_NAMES]
    if odd:
        raise SubmissionError(
            f"the proposal has files that are no part of a submission: {_listed(odd)}",
            hint=f"plain files only, named {', '.join(sorted(FILE_NAMES))}",
        )
    large = [change.path for change in changes if change.size is None]
    if large:
        raise SubmissionError(
            f"files are larger than any playground of the course takes: {_listed(large)}",
            hint="make them smaller; quantize float16 or int8 stores a model's numbers in "
            "fewer bits",
        )
    _, slug, _, submission, _ = prefix.split("/")
    sizes = {change.path[len(prefix) :]: change.size or 0 for change in changes}
    if MANIFEST_FILE not in sizes:
        raise SubmissionError(
            f"the proposal has no {MANIFEST_FILE}", hint="aims submit writes it for you"
        )
    return Folder(prefix.rstrip("/"), slug, submission, sizes)


def _own_folder(path: str, author: str) -> str | None:
    match = _FOLDER.match(path)
    if match is None or match.group(2) != author:
        return None
    return match.group(0)


def _listed(paths: Sequence[str]) -> str:
    shown = ", ".join(plain(path)[:80] for path in paths[:5])
    return f"{shown} and {len(paths) - 5} more" if len(paths) > 5 else shown


def check_manifest(submission: Submission, folder: Folder, playground: Playground) -> None:
    """Check that manifest, files and playground agree.

    Raises
    ------
    SubmissionError
        With everything that is wrong.
    """
    problems = []
    if submission.playground != folder.slug:
        problems.append(
            f"the manifest is for {submission.playground}, the folder for {folder.slug}"
        )
    if submission.id != folder.submission:
        problems.append("the manifest's id is not the folder's name")
    listed = {file.path: file.bytes for file in submission.contents}
    present = {name: size for name, size in folder.sizes.items() if name != MANIFEST_FILE}
    for name in sorted(listed.keys() ^ present.keys()):
        where = "listed in the manifest but missing" if name in listed else "not in the manifest"
        problems.append(f"{name} is {where}")
    for name in sorted(listed.keys() & present.keys()):
        if listed[name] != present[name]:
            problems.append(f"{name} has {present[name]} bytes, the manifest says {listed[name]}")
    total = sum(folder.sizes.values())
    if total > playground.limits.bytes:
        problems.append(f"{total:,} bytes in all, the limit is {playground.limits.bytes:,}")
    scores = {metric.name for metric in playground.metrics}
    problems += [
        f"claims.metadata.{name}: the board's own column, choose another name"
        for name in sorted((scores | COLUMNS) & submission.claims.metadata.keys())
    ]
    problems += missing_parts(submission, playground)
    if problems:
        hint = "aims playground show lists what this playground asks for"
        if total > playground.limits.bytes and MODEL_FILE in folder.sizes:
            hint = (
                "make the model smaller; quantize float16 or int8 stores its numbers in fewer bits"
            )
        raise SubmissionError("; ".join(problems), hint=hint)


def check_open(submission: Submission, rulings: Rulings) -> None:
    """Refuse what is for the competition alone once its private scores are revealed."""
    if rulings.reveal and submission.board == "competition":
        raise SubmissionError(
            "the competition is over: its private scores are revealed",
            hint="the experiment board stays open: aims submit … --board experiment",
        )
    if rulings.reveal and submission.bundle:
        raise SubmissionError(
            "the competition is over, and its envelope key is public: nothing would stay sealed",
            hint="submit openly: aims submit without --sealed",
        )


def check_baseline(submission: Submission, author: str, course: Course) -> None:
    """Refuse a baseline of somebody who does not run the course."""
    if submission.baseline and author.lower() not in {login.lower() for login in course.owners}:
        raise SubmissionError(
            f"{author} is no owner of the course, and baselines are its owners'",
            hint="leave baseline out of submission.yml",
        )


def missing_parts(submission: Submission, playground: Playground) -> list[str]:
    """Name what the playground asks for and the submission lacks."""
    if submission.bundle:  # what is in it is checked when it is opened
        sealed = playground.competition.sealed
        return [] if sealed else ["this playground takes no sealed submissions"]
    problems = []
    if playground.evaluation != "predictions" and submission.model is None:
        problems.append("this playground needs a model: aims submit MODEL.onnx")
    if playground.evaluation == "model" and submission.preprocessed:
        problems.append(
            "this playground runs the model itself, and nobody's preprocessor.py: make the "
            "preprocessing part of the model"
        )
    if playground.evaluation != "model" and submission.predictions is None:
        problems.append("this playground needs predictions: --predictions p.csv")
    if submission.board not in (*playground.boards, "all"):
        problems.append(f"this playground has no {submission.board} board")
    return problems


def check_content(name: str, content: bytes) -> None:
    """Refuse a pointer to a file in place of the file."""
    if content.startswith(_LFS):
        raise SubmissionError(
            f"{name} is a Git LFS pointer, not the file",
            hint="submit with aims submit, or untrack it: git lfs untrack",
        )


@dataclass(frozen=True, slots=True)
class Admission:
    """What the rules say about a submission."""

    wait: bool = False
    """Undecided until the participant's earlier submissions are scored."""


NOBODY = Rulings()


def admit(
    author: str,
    pushed: datetime,
    *,
    course: Course,
    playground: Playground,
    rulings: Rulings = NOBODY,
    scored: Sequence[datetime],
    pending: int = 0,
    since: datetime | None = None,
) -> Admission:
    """Apply the rules of who may submit, when, and how often.

    Parameters
    ----------
    author : str
    pushed : datetime
        When the submission arrived, by the forge's clock.
    rulings : Rulings
        Who has more time.
    scored : sequence of datetime
        When submissions that were scored arrived, of the author or the author's team.
    pending : int
        How many earlier ones of theirs are on their way.
    since : datetime, optional
        Where the forge does not know: it arrived between then and `pushed`.

    Raises
    ------
    SubmissionError
        Naming the rule.
    ForgeError
        If it depends on when it arrived, which the forge does not know: it is not refused.
    """
    if playground.waits_for_labels:
        raise SubmissionError(
            f"the playground {playground.title} waits for its labels: nothing can be scored in it",
            hint="its owners bring them with aims playground reseal; submit again then",
        )
    _check_invited(author, course, playground)
    _check_team(author, playground, rulings)
    rules = playground.competition
    if rules.opens and pushed < rules.opens:
        raise SubmissionError(
            f"the playground opens {_when(rules.opens)}, this arrived {_when(pushed)}",
            hint="submit again after the opening",
        )
    last = rulings.deadline(rules, author)
    late = rulings.days_late(rules, author, pushed) > 0
    over = rules.late_until is not None and pushed > rules.late_until
    if late and (rules.late == "refuse" or over) and last:
        last = rules.late_until if over and rules.late_until else last
        if since is not None and since <= last:
            raise _unclear(author, pushed, f"before the playground closed {_when(last)}")
        raise SubmissionError(
            f"the playground closed {_when(last)}, this arrived {_when(pushed)}",
            hint=_next(rules, pushed, "ask the owners of the course for an extension"),
        )
    limits, counting = limits_at(playground, author, pushed, rulings, scored)
    who = rulings.team(author) or author
    try:
        later = _next(rules, pushed, _NO_MORE)
        wait = check_limits(who, pushed, limits, scored=counting, pending=pending, later=later)
    except SubmissionError:
        if since is None or (limits.total is not None and len(counting) >= limits.total):
            raise
        raise _unclear(author, pushed, "on a day on which the limit allows it") from None
    return Admission(wait=wait)


def _next(rules: Competition, pushed: datetime, otherwise: str) -> str:
    if rules.final and pushed <= final_opens(rules):
        return f"the final phase opens {_when(final_opens(rules))}"
    return otherwise


def limits_at(
    playground: Playground,
    author: str,
    moment: datetime,
    rulings: Rulings,
    scored: Sequence[datetime],
) -> tuple[Limits, list[datetime]]:
    """Give the limits of the phase that a moment lies in, and what counts against them."""
    rules = playground.competition
    final = rulings.in_final(rules, author, moment)
    counting = [each for each in scored if rulings.in_final(rules, author, each) == final]
    limits = playground.final_limits if final else None
    return limits or playground.limits, counting


def check_limits(
    who: str,
    pushed: datetime,
    limits: Limits,
    *,
    scored: Sequence[datetime],
    pending: int = 0,
    later: str = _NO_MORE,
) -> bool:
    """Count scored submissions against the limits.

    A day is the 24 hours before and after: whoever opens an old proposal again gains nothing.

    Returns
    -------
    bool
        Whether it depends on what is still on its way.

    Raises
    ------
    SubmissionError
        Naming the limit that is reached.
    """
    recent = sorted(moment for moment in scored if abs(pushed - moment) < DAY)
    wait = False
    for count, limit, span in (
        (len(scored), limits.total, "in all"),
        (len(recent), limits.per_day, "in 24 hours"),
    ):
        if limit is not None and count >= limit:
            more = later if span == "in all" else one_more(recent, limit)
            raise SubmissionError(
                f"{who} has {count} scored submission{'s'[: count != 1]} {span}, "
                f"the limit is {limit}",
                hint=f"{more}; only what is scored counts, and aims leaderboard lists it",
            )
        wait = wait or (limit is not None and count + pending >= limit)
    return wait


def one_more(recent: Sequence[datetime], per_day: int) -> str:
    """Say when the limit per day allows another one; `recent` is in order, and not empty."""
    return f"one more from {_when(recent[-per_day:][0] + DAY)}"


def _check_invited(author: str, course: Course, playground: Playground) -> None:
    def among(logins: Sequence[str]) -> bool:
        return author.lower() in {login.lower() for login in logins}

    if among(course.owners):
        return
    if playground.visibility == "private" and not among(playground.participants):
        raise SubmissionError(
            f"{author} is not among the participants of this private playground",
            hint="ask an owner to add the login to participants in playground.yml",
        )
    if course.roster.policy == "listed" and not among(course.roster.participants):
        raise SubmissionError(
            f"{author} is not on the course's roster",
            hint="ask an owner to add you: aims roster set",
        )


def _check_team(author: str, playground: Playground, rulings: Rulings) -> None:
    team, most = rulings.team(author), playground.competition.team_size
    size = len(rulings.teams.teams.get(team, ())) if team else 0
    if most is not None and size > most:
        raise SubmissionError(
            f"team {team} has {size} members, {most} are allowed",
            hint="ask the owners: teams.yml says who is in it",
        )


def _unclear(author: str, pushed: datetime, when: str) -> ForgeError:
    return ForgeError(
        f"whether {author}'s submission arrived {when} is not known: nobody may see any more when "
        f"it was pushed, and the last that happened to it, {_when(pushed)}, may be a comment",
        hint="an owner decides: close it, or let it in by competition.closes, late: mark or "
        "limits in playground.yml; or ask for it to be submitted again",
    )


def _when(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%d %H:%M UTC")
