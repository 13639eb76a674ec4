"""What must come of a term, worked out with pandas from what was done alone."""

from __future__ import annotations

import numpy as np
import pandas as pd
import yaml

from term.simulation import DAY, GRADING, RULES, Handed, Term

COLUMNS = ["who", "version", "at", "public", "private", "is_late", "is_apart"]


def accuracy(term: Term, handed: Handed, rows: np.ndarray) -> float:
    """Tell how often somebody is right on some rows."""
    return float(np.mean((handed.said == term.truths[handed.slug])[rows]))


def entries(term: Term, slug: str) -> pd.DataFrame:
    """List what was scored and not disqualified, with what it is worth on either part."""
    private, rows = term.private[slug], []
    for h in term.scored(slug):
        if (slug, h.version) in term.out:
            continue
        days = max(0.0, (h.at - term.deadline(h)) / DAY)
        has_penalty = RULES[slug]["late"] == "penalty"
        less = 0.1 * int(np.ceil(days)) if has_penalty else 0.0
        worth = (round(accuracy(term, h, part) - less, 12) for part in (~private, private))
        who = term.entrant(h.author)
        rows.append((who, h.version, h.at, *worth, days > 0, days > 0 and not has_penalty))
    return pd.DataFrame(rows, columns=COLUMNS)


def finals(term: Term, slug: str) -> pd.DataFrame:
    """Work out the final board: of each entrant the chosen, or the best in public."""
    frame = entries(term, slug)
    frame = frame[~frame["is_apart"]]
    wanted = frame["who"].map(lambda who: term.chosen.get((slug, who), 0))
    frame = frame.assign(chosen=frame["version"] == wanted)
    order = ["chosen", "public", "at", "version"]
    frame = frame.sort_values(order, ascending=[False, False, True, True])
    final = frame.groupby("who", as_index=False).first()
    final["rank"] = final["private"].round(9).rank(method="min", ascending=False).astype(int)
    return final.sort_values(["rank", "at", "version"]).reset_index(drop=True)


def standings(term: Term, slug: str) -> pd.DataFrame:
    """Work out what the competition board says of each entrant: of each the best."""
    order = ["is_apart", "public", "at"]
    frame = entries(term, slug).sort_values(order, ascending=[True, False, True])
    return frame.groupby("who", as_index=False).first()


def grades(term: Term) -> pd.DataFrame:
    """Work out everybody's points, by the rule that the course has."""
    grading, found = yaml.safe_load(GRADING), {}
    assert grading["rule"] == "0.2 + 0.5 * percentile + 0.2 * score + 0.1 * on_time"
    for slug, how in grading["playgrounds"].items():
        final = how.get("board") == "final"
        best = finals(term, slug) if final else standings(term, slug)
        score = best["private" if final else "public"]
        ranked = score[~best["is_apart"]]
        better = score.map(lambda value, among=ranked: (among.round(9) > round(value, 9)).sum())
        others = len(ranked) - 1 + best["is_apart"]
        percentile = (1 - better / others.where(others > 0)).fillna(1.0)
        share = 0.2 + 0.5 * percentile + 0.2 * score + 0.1 * ~best["is_late"]
        points = (how["points"] * share.clip(lower=0)).round(grading["decimals"])
        by_entrant = dict(zip(best["who"], points, strict=True))
        found[slug] = [by_entrant.get(term.entrant(login), 0.0) for login in term.students]
    return pd.DataFrame(found, index=term.students)
