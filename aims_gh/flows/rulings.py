"""Read what people decided: teams and extensions on main; audit, choices, reveal on the ledger."""

from __future__ import annotations

from aims_gh.core.rulings import Rulings
from aims_gh.workspace import Workspace


def read_rulings(rules: Workspace, ledger: Workspace, slug: str) -> Rulings:
    """Gather all that bears on a playground's boards beside its rules and its evaluations."""
    return Rulings(
        teams=rules.teams(slug),
        extensions=rules.extensions(slug),
        audit=ledger.audit(slug),
        selections=ledger.selections(slug),
        reveal=ledger.reveal(slug),
    )
