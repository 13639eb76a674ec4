"""Count words or characters, and weigh the counts."""

from __future__ import annotations

from typing import Any

from aims_gh.frameworks.nodes import ML, Nodes
from aims_gh.frameworks.sklearn.texts import token_expression

Outputs = tuple[str, ...]

_ONNXRUNTIME = "com.microsoft"
_NOTHING = "\N{SYMBOL FOR NULL}"
"""Fills up texts with fewer words; no text has it."""


def counts(nodes: Nodes, model: Any) -> Outputs:
    """Count the words, characters, or runs of them, that the vocabulary has."""
    texts = nodes.flat(nodes.operator.inputs[0].full_name)
    if model.lowercase:
        texts = nodes("StringNormalizer", texts, case_change_action="LOWER", is_case_sensitive=1)
    words = model.analyzer == "word"
    tokens = nodes(
        "Tokenizer",
        texts,
        domain=_ONNXRUNTIME,
        mark=0,
        mincharnum=1,
        pad_value=_NOTHING,
        tokenexp=token_expression(model.token_pattern) if words else "(?s:.)",
    )
    found = nodes("TfIdfVectorizer", tokens, **_vocabulary(model, words))
    if model.binary:
        found = nodes("Min", found, nodes("Cast", nodes.numbers(1.0), to=1))
    return (nodes.cast(found) if nodes.double else found,)


def _vocabulary(model: Any, words: bool) -> dict[str, Any]:
    """Lay the vocabulary out as the operator has it: by length, then by place."""
    low, high = model.ngram_range
    by_length: dict[int, list[tuple[list[str], int]]] = {n: [] for n in range(1, high + 1)}
    for term, place in model.vocabulary_.items():
        parts = term.split(" ") if words else list(term)
        if len(parts) not in by_length:
            raise NotImplementedError(f"the vocabulary has a term of {len(parts)} words")
        by_length[len(parts)].append((parts, int(place)))
    pool: list[str] = []
    starts, places = [], []
    for length in range(1, high + 1):
        starts.append(len(pool))
        for parts, place in by_length[length]:
            pool += parts
            places.append(place)
    return {
        "mode": "TF",
        "min_gram_length": low,
        "max_gram_length": high,
        "max_skip_count": 0,
        "pool_strings": pool,
        "ngram_counts": starts,
        "ngram_indexes": places,
    }


def weighted(nodes: Nodes, model: Any) -> Outputs:
    """Count, and weigh the counts."""
    return (_weighted(nodes, model, counts(nodes, model)[0]),)


def tfidf(nodes: Nodes, model: Any) -> Outputs:
    """Weigh counts that another step has made."""
    return (_weighted(nodes, model, nodes.matrix()),)


def _weighted(nodes: Nodes, model: Any, found: str) -> str:
    zero, one = nodes.numbers(0.0), nodes.numbers(1.0)
    if model.sublinear_tf:
        # Of what is not there, there is no logarithm.
        logs = nodes("Add", nodes("Log", found), one)
        found = nodes("Where", nodes("Equal", found, zero), zero, logs)
    if model.use_idf:
        found = nodes("Mul", found, nodes.numbers(model.idf_))
    if model.norm is None:
        return found
    if not nodes.double:
        return nodes("Normalizer", found, domain=ML, norm=model.norm.upper())
    if model.norm == "l1":
        size = nodes.total(nodes("Abs", found))
    elif model.norm == "l2":
        size = nodes("Sqrt", nodes.total(nodes("Mul", found, found)))
    else:
        raise NotImplementedError(f"norm={model.norm!r} cannot be converted")
    return nodes("Div", found, nodes("Where", nodes("Equal", size, zero), one, size))
