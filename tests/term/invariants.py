"""What must hold at every moment of a term, seen from outside."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import datetime
from hashlib import sha256

import numpy as np
import pandas as pd

from aims_gh.core.final import derived
from aims_gh.core.rulings import Rulings
from aims_gh.domain.leaderboard import Leaderboard
from aims_gh.flows.rulings import read_rulings
from aims_gh.forge import LEDGER, MAIN
from aims_gh.forge.git import run as run_git
from aims_gh.forge.tree import open_tree
from aims_gh.workspace import Workspace
from term.expected import accuracy
from term.simulation import (
    DAY,
    MATRICULATION,
    PER_DAY,
    RULES,
    STRANGER,
    SURNAME,
    Handed,
    Term,
)

LONG = re.compile(rb"\d\.\d{12,}")
"""A share of rows, which only a score of just these rows can be."""


class Watch:
    """Looks at a course as a visitor who reads everything."""

    def __init__(self, term: Term) -> None:
        self.term = term
        self._told: set[int] = set()

    def look(self) -> None:
        """Hold every invariant on what is public now."""
        term = self.term
        with (
            open_tree(term.host.repository, MAIN) as main,
            open_tree(term.host.repository, LEDGER) as ledger,
        ):
            rules, results = Workspace(main), Workspace(ledger)
            paths = ledger.paths()
            public = dict(zip(paths, ledger.read_all(paths), strict=True))
            check_nobody_named(public.values())
            for slug in RULES:
                stored = results.leaderboard(slug)
                if stored is None:
                    continue
                rulings = read_rulings(rules, results, slug)
                found = results.evaluations(slug)
                empty = Leaderboard(playground=slug, boards={})
                again = derived(empty, rules.playground(slug), found, rulings)
                assert again == stored, f"{slug}: the board is not what the facts make"
                _check_quotas(term, slug)
                if rulings.reveal is None:
                    _check_nothing_private(term, slug, public, stored)
                self._check_answers(slug, {e.version: e.evaluated for e in found}, rulings)

    def _check_answers(
        self, slug: str, evaluated: Mapping[int, datetime], rulings: Rulings
    ) -> None:
        """Hold what is new against its comment, and refusals against the rules of now."""
        term = self.term
        allowed = shown(term, slug) if rulings.reveal is None else {}
        new = [h for h in term.handed if h.slug == slug and h.proposal not in self._told]
        times: dict[str, list[tuple[datetime, datetime]]] = {}
        for h in term.scored(slug):
            times.setdefault(term.entrant(h.author), []).append((h.at, evaluated[h.version]))
        for h in new:
            assert h.outcome is not None, f"proposal {h.proposal} was not decided"
            (comment,) = term.host.comments(h.proposal)
            check_nobody_named([comment.encode()])
            if h.is_scored:
                assert h.author != STRANGER
                assert f"Scored: version {h.version}" in comment
                if h.version in allowed:
                    assert f"| accuracy (ranks) | {allowed[h.version]:.6g} |" in comment
                moment = evaluated[h.version]
                known = [at for at, when in times[term.entrant(h.author)] if when <= moment]
                told, left = (
                    re.sub(r", one more from [^;]*;", ";", comment),
                    _left(term.total, known, moment),
                )
                assert h.put_off or left in told, f"{h.proposal}: not {left!r}: {told}"
            else:
                assert "Not scored" in comment
                _check_refused(term, h, [at for at, _ in times.get(term.entrant(h.author), ())])
            self._told.add(h.proposal)


def _left(total: int, known: Iterable[datetime], now: datetime) -> str:
    moments = list(known)
    day = max(0, PER_DAY - sum(now - at < DAY for at in moments))
    whole = max(0, total - len(moments))
    return (
        f"- {day} of {PER_DAY} scored submissions left in 24 hours; {whole} of {total} left in all."
    )


def _check_refused(term: Term, handed: Handed, scored: list[datetime]) -> None:
    near = sum(abs(at - handed.at) < DAY for at in scored)
    is_late = handed.at > term.deadline(handed) and RULES[handed.slug]["late"] == "refuse"
    is_full = near >= PER_DAY or len(scored) >= term.total
    is_over = handed.sealed and term.is_revealed(handed.slug)
    is_strange = handed.author == STRANGER
    assert is_late or is_full or is_over or is_strange, f"{handed.proposal}: {handed.outcome}"


def _check_quotas(term: Term, slug: str) -> None:
    frame = pd.DataFrame(
        [(term.entrant(h.author), h.at) for h in term.scored(slug)], columns=["who", "at"]
    )
    for who, moments in frame.groupby("who")["at"]:
        assert len(moments) <= term.total, f"{who} has {len(moments)} in {slug}"
        for moment in moments:
            near = moments[(moments >= moment) & (moments < moment + DAY)]
            assert len(near) <= PER_DAY, f"{who} has {len(near)} in the day from {moment}"


def _check_nothing_private(
    term: Term, slug: str, public: Mapping[str, bytes], board: Leaderboard
) -> None:
    """Look at each number that is shown, and for the numbers that must not be."""
    assert "final" not in board.boards
    assert f"{slug}/reveal.json" not in public
    allowed = shown(term, slug)
    for name, rows in board.boards.items():
        columns = rows.columns
        for version, score in zip(columns["version"], columns["accuracy"], strict=True):
            assert score == allowed[version], f"{slug} {version} shows {score} on {name}"
    check_secrets(term, slug, public.values())
    if RULES[slug].get("release") == "rounded":
        own = [content for path, content in public.items() if path.startswith(f"{slug}/")]
        assert not any(LONG.search(content) for content in own), f"{slug} shows more digits"


def check_secrets(term: Term, slug: str, contents: Iterable[bytes]) -> None:
    """See that no private score, and nothing sealed, is in any of these bytes."""
    private, everywhere = term.private[slug], np.ones(len(term.private[slug]), dtype=bool)
    secret: set[bytes] = set()
    words: list[bytes] = []
    for h in term.scored(slug):
        secret |= {repr(accuracy(term, h, rows)).encode() for rows in (private, everywhere)}
        if h.sealed:
            words.append(h.digest.encode())
    sealed = {h.digest for h in term.handed if h.slug == slug and h.sealed}
    for content in contents:
        found = secret.intersection(LONG.findall(content))
        assert not found, f"{slug}: {found} is public"
        assert not any(word in content for word in words), f"{slug}: a sealed digest is public"
        if content.startswith(b"prediction\n"):
            assert sha256(content).hexdigest() not in sealed, f"{slug}: what was sealed is public"


def check_nobody_named(contents: Iterable[bytes]) -> None:
    """See that no name, address or number of the roster is in any of these bytes."""
    for content in contents:
        for word in (SURNAME, MATRICULATION):
            assert word.encode() not in content, "somebody on the roster is named in public"


def shown(term: Term, slug: str) -> dict[int, float]:
    """Tell which public score may be shown of each version, by the rule of release."""
    release, rows = RULES[slug].get("release", "exact"), ~term.private[slug]
    scored = sorted(term.scored(slug), key=lambda h: h.version)
    if release == "ladder":
        return _on_the_ladder(term, scored, rows)
    exact = {h.version: accuracy(term, h, rows) for h in scored}
    return exact if release == "exact" else {v: round(score, 3) for v, score in exact.items()}


def _on_the_ladder(term: Term, scored: list[Handed], rows: np.ndarray) -> dict[int, float]:
    """Climb as Blum and Hardt do, in steps of a standard error at the least."""
    best: dict[str, np.ndarray] = {}
    found = {}
    for h in scored:
        who, right = term.entrant(h.author), (h.said == term.truths[h.slug])[rows].astype(float)
        error = right.std(ddof=1) / np.sqrt(len(right))
        before = best.get(who)
        if before is not None:
            error = max(error, (right - before).std(ddof=1) / np.sqrt(len(right)))
        if before is None or right.mean() - before.mean() > error * (1 + 1e-9):
            best[who] = right
        found[h.version] = float(best[who].mean())
    return found


def every_object(term: Term) -> Iterable[bytes]:
    """Read all that the repository has: of every branch and proposal, and of all history."""
    listing = ["cat-file", "--batch-all-objects", "--batch-check=%(objecttype) %(objectname)"]
    lines = run_git(listing, repository=term.host.repository).decode().splitlines()
    names = [line.split()[1] for line in lines if line.split()[0] != "tree"]
    for start in range(0, len(names), 500):
        asked = "\n".join([*names[start : start + 500], ""]).encode()
        yield from _contents(
            run_git(["cat-file", "--batch"], repository=term.host.repository, input=asked)
        )


def _contents(answer: bytes) -> Iterable[bytes]:
    place = 0
    while place < len(answer):
        end = answer.index(b"\n", place)
        size = int(answer[place:end].split()[2])
        yield answer[end + 1 : end + 1 + size]
        place = end + 1 + size + 1
