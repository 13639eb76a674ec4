"""The pages of a playground: always the same ones, however many submissions there are."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Tab:
    """One page of a playground."""

    name: str
    """Of its template, and of the script that draws on it where there is one."""

    label: str
    folder: str
    """Where it lies below the playground's own page."""


TABS = (
    Tab("overview", "Overview", ""),
    Tab("leaderboard", "Leaderboard", "leaderboard/"),
    Tab("models", "Models", "models/"),
    Tab("compare", "Compare", "compare/"),
    Tab("predict", "Predict", "predict/"),
    Tab("api", "API", "api/"),
    Tab("submit", "Submit", "submit/"),
    Tab("data", "Data", "data/"),
    Tab("code", "Code", "code/"),
)
