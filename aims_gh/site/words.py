"""Metrics, tasks and rules in words."""

from __future__ import annotations

from aims_gh.domain.metric import MetricSpec
from aims_gh.domain.playground import Playground

_FORMULAS = {
    "accuracy": "rows predicted right ÷ all rows",
    "f1_score": "2 × precision × recall ÷ (precision + recall)",
    "precision": "rows rightly given a label ÷ all rows given that label",
    "recall": "rows rightly given a label ÷ all rows that have that label",
    "balanced_accuracy": "the mean, over the labels, of the share of their rows that were found",
    "matthews_corrcoef": "the correlation of predicted and true labels, from −1 to 1",
    "log_loss": "the mean of −log(probability given to the true label)",
    "roc_auc": (
        "how often a row of a label is given a higher probability for it "
        "than a row of another label"
    ),
    "mse": "the mean of (prediction − truth)²",
    "rmse": "the square root of the mean of (prediction − truth)²",
    "mae": "the mean of |prediction − truth|",
    "r2": "1 − Σ(prediction − truth)² ÷ Σ(truth − mean truth)²",
    "median_absolute_error": "the median of |prediction − truth|",
    "mape": "the mean of |prediction − truth| ÷ |truth|",
}
_AVERAGES = {
    "macro": "the plain mean over the labels",
    "weighted": "the mean over the labels, each weighted by its number of rows",
    "micro": "counted over all labels together",
}
_AVERAGED = ("f1_score", "precision", "recall")
INPUTS = {
    "tabular": "Tabular",
    "text": "Text",
    "image": "Image",
    "audio": "Audio",
    "video": "Video",
    "timeseries": "Time series",
}
SCORED = {
    "predictions": "The predictions. A model is welcome, and is checked against them.",
    "model": "The model: it runs here, and its own predictions are scored.",
    "both": "The predictions, and the model that made them has to be there.",
}


def formula(metric: MetricSpec) -> str:
    """Say how a metric is computed.

    Examples
    --------
    >>> formula(MetricSpec(name="accuracy"))
    'rows predicted right ÷ all rows'
    """
    if metric.function is not None:
        return f"the owners' own: {metric.function}(y_true, y_pred) in metrics.py"
    words = _FORMULAS[metric.name]
    if metric.name not in _AVERAGED:
        return words
    if metric.average == "binary":
        of = "the positive label" if metric.pos_label is None else f"“{metric.pos_label}”"
        average = f"of {of} alone"
    else:
        average = _AVERAGES[metric.average]
    return f"{words}; {average}; {metric.zero_division} where that divides by zero"


def better(metric: MetricSpec) -> str:
    """Say which end of a metric is the better one."""
    return "higher is better" if metric.greater_is_better else "lower is better"


def arrow(metric: MetricSpec) -> str:
    """Point to the better end of a metric."""
    return "↑" if metric.greater_is_better else "↓"


def private_part(playground: Playground, *, revealed: bool = False) -> str:
    """Say what part of the rows is secret, and what that means for the boards."""
    if len(playground.boards) == 1:
        return "None: every row counts, for everybody to see."
    if revealed:
        return "were secret until the reveal. The final board ranks by them."
    return (
        "stay secret until the owners reveal them. Until then both boards score only the "
        "public rows, so a place on top is not yet a win."
    )


def lateness(playground: Playground) -> str:
    """Say what happens to a submission after the deadline."""
    rules = playground.competition
    grace = f" after {rules.grace_minutes} minutes of grace" if rules.grace_minutes else ""
    if rules.late == "mark":
        return f"scored, and listed apart{grace}"
    if rules.late == "penalty":
        return f"scored, and worth {rules.penalty}{grace}"
    return f"refused{grace}"


def finals(playground: Playground, *, revealed: bool = False) -> str:
    """Say what the final board is made of, and when it comes."""
    rules = playground.competition
    many = f"{rules.final_submissions} submissions" if rules.final_submissions > 1 else "submission"
    when = "by itself after closing" if rules.reveal == "automatic" else "when the owners reveal it"
    phase = ", of the final phase alone" if rules.final else ""
    if revealed:
        return f"the {many} that each entrant chose, or their best in public{phase}"
    return f"the {many} that you choose, or your best in public{phase}; shown {when}"


def withheld(playground: Playground) -> str:
    """Say what public scores hold back until the reveal, and why; empty where they are exact."""
    return {
        "exact": "",
        "rounded": "Scores are rounded until the reveal; intervals come with it, because they "
        "would undo the rounding.",
        "ladder": "With release: ladder, a score is the entrant's best so far, never the "
        "version's own. That comes with the reveal, and so do intervals: they would tell what "
        "the Ladder holds back.",
    }[playground.competition.release]


def release(playground: Playground, *, revealed: bool = False) -> str:
    """Say how exactly public scores are shown, or were."""
    chosen = playground.competition.release
    if revealed and chosen == "ladder":
        return "the ranking one of each entrant's best submission alone"
    return {
        "exact": "exact",
        "rounded": "rounded to 3 decimals",
        "ladder": "the ranking one of your best submission; a new one is shown where it is clearly "
        "better, other metrics after the reveal",
    }[chosen]
