"""Whoever asks an app: Python in batches, the command line, the lines of the API page, fuzzers."""

from __future__ import annotations

import ast
import asyncio
import http.server
import json
import re
import socketserver
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from app_cases import Apps, Case
from mcp import ClientSession
from mcp.client.streamable_http import streamable_http_client
from predict_playgrounds import csv_of

import aims_gh
from aims_gh.errors import AimsError, HostError, SubmissionError
from aims_gh.flows.deploy import Deployable, check
from aims_gh.host.client import predict_rows
from aims_gh.site.served_snippets import endpoint_part

CLOSE = 1e-5


@pytest.fixture
def people(apps: Apps) -> Case:
    return apps["people"]


def frame(people: Case) -> pd.DataFrame:
    names = [told.name for told in people.app.inputs]
    return pd.DataFrame([list(row) for row in people.app.examples], columns=names)


def said(people: Case, rows: pd.DataFrame) -> tuple[list[Any], list[float]]:
    """What the code of the sandbox says."""
    found = people.played.says(rows.to_csv(index=False).encode(), "rows.csv")
    assert found.codes is not None and found.probabilities is not None
    return [people.app.labels[c] for c in found.codes], list(found.probabilities[:, 0])


def test_a_table_comes_back_with_an_answer_for_each_row_in_order(people: Case) -> None:
    rows = pd.concat([frame(people)] * 50).sample(frac=1, random_state=5)  # an index of its own

    answers = aims_gh.predict(people.url, rows, batch_size=37)

    labels, yes = said(people, rows)
    assert isinstance(answers, pd.DataFrame) and answers.index.equals(rows.index)
    assert answers["prediction"].tolist() == labels
    assert answers["probability_yes"].tolist() == pytest.approx(yes, abs=CLOSE)


def test_rows_may_be_lists_columns_an_array_or_a_file(people: Case, tmp_path: Path) -> None:
    table = frame(people)
    file = tmp_path / "rows.csv"
    file.write_bytes(csv_of(["note", *table.columns], [["x", *row] for row in table.values]))
    given: list[Any] = [
        table.to_dict("records"), table.values.tolist(), table.to_dict("list"),
        table.to_numpy(), file, str(file),
    ]  # fmt: skip

    answers = [aims_gh.predict(people.url, rows) for rows in given]

    labels, _ = said(people, table)
    assert [[row["prediction"] for row in each] for each in answers] == [labels] * len(given)
    assert aims_gh.predict(people.url, table.to_dict("records")[1])[0]["prediction"] == labels[1]


def test_the_command_writes_what_an_app_answers(people: Case, tmp_path: Path) -> None:
    rows, out = tmp_path / "rows.csv", tmp_path / "answers.csv"
    frame(people).to_csv(rows, index=False)
    command = [sys.executable, "-m", "aims_gh", "predict", people.url, str(rows), "-o", str(out)]

    done = subprocess.run(command, capture_output=True, text=True)

    assert done.returncode == 0, done.stderr
    assert pd.read_csv(out)["prediction"].tolist() == said(people, frame(people))[0]
    assert f"5 rows answered by {people.url}" in done.stderr


@pytest.mark.parametrize(
    ("change", "text"),
    [
        (lambda rows: rows[40].pop("income"), "Row 41 has no column “income”"),
        (lambda rows: rows[40].update(income="a lot"), "Row 41: “income” is “a lot”"),
        (lambda rows: rows[40].update(member="maybe"), "Row 41: “member” is “maybe”"),
        (lambda rows: rows[40].update(income=float("inf")), "“income” in row 41 is inf"),
    ],
)
def test_what_is_wrong_with_a_row_is_told_by_its_number_over_all_batches(
    people: Case, change: Callable[[list[dict[str, Any]]], None], text: str
) -> None:
    rows: list[dict[str, Any]] = pd.concat([frame(people)] * 10).to_dict("records")
    change(rows)

    with pytest.raises(AimsError) as error:
        aims_gh.predict(people.url, rows, batch_size=7)

    assert text in error.value.message


def test_a_column_that_is_misspelt_is_named_beside_the_one_that_is_missing(people: Case) -> None:
    rows = frame(people).rename(columns={"income": "incme"})

    with pytest.raises(HostError, match=r"no column “income”.*does not know “incme”"):
        aims_gh.predict(people.url, rows)


def test_what_cannot_be_sent_is_told_before_anybody_is_asked(tmp_path: Path) -> None:
    (tmp_path / "ragged.csv").write_bytes(b"a,b\n1,2\n3\n")
    for data, text in (
        ({"a": [1, 2], "b": [1]}, "different lengths: a: 2, b: 1"),
        (tmp_path / "ragged.csv", "cells in row 2"),
        ("I liked it", "there is no file I liked it"),
        (tmp_path / "rows.xlsx", "there is no file"),
    ):
        with pytest.raises(SubmissionError, match=text):
            aims_gh.predict("http://127.0.0.1:1/", data)
    assert aims_gh.predict("http://127.0.0.1:1/", []) == []


class Shaky(socketserver.ThreadingMixIn, http.server.HTTPServer):
    """A server of the same two steps that does not answer every time."""

    def __init__(self, failures: list[Any]) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.failures, self.asked, self.kept = failures, 0, {}  # type: ignore[var-annotated]
        self.says: Callable[[Any], Any] = lambda row: {"prediction": row}
        self.breaks_off: int | None = None
        self.began = ""
        self.info: Any = {}

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}/"


class _Handler(http.server.BaseHTTPRequestHandler):
    server: Shaky

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.server.asked += 1
        failure = self.server.failures.pop(0) if self.server.failures else None
        if failure == "cut":
            self.connection.close()
        elif failure:
            self.send_response(failure)
            self.send_header("Retry-After", "7")
            self.end_headers()
        elif self.server.began:
            self._answer(self.server.began)
        else:
            number = str(self.server.asked)
            self.server.kept[number] = body["data"]
            self._answer(json.dumps({"event_id": number}))

    def do_GET(self) -> None:
        rows, *_ = self.server.kept[self.path.rpartition("/")[2]] or [[]]
        about = "/call/info/" in self.path
        given = [self.server.info if about else [self.server.says(row) for row in rows]]
        text = f"event: complete\ndata: {json.dumps(given)}"
        self._answer(text[: self.server.breaks_off] + "\n\n")

    def _answer(self, text: str) -> None:
        self.send_response(200)
        self.end_headers()
        self.wfile.write(text.encode())

    def log_message(self, *_: Any) -> None:
        pass


@pytest.fixture
def shaky() -> Iterator[Shaky]:
    with Shaky([]) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server
        server.shutdown()


def test_nobody_is_lost_where_a_server_fails_for_a_moment(shaky: Shaky) -> None:
    shaky.failures = [503, "cut", None, 429, None]
    waited: list[float] = []
    seen: list[tuple[int, int]] = []

    answers = predict_rows(
        shaky.url, list(range(10)), batch_size=4, pause=waited.append,
        told=lambda done, total: seen.append((done, total)),
    )  # fmt: skip

    assert [row["prediction"] for row in answers] == list(range(10))
    assert waited == [7, 1, 7]
    assert seen == [(0, 10), (4, 10), (8, 10), (10, 10)]
    assert shaky.asked == 6


def test_a_question_that_is_refused_is_not_asked_again_and_patience_ends(shaky: Shaky) -> None:
    shaky.failures = [422]
    with pytest.raises(HostError, match="answered 422"):
        predict_rows(shaky.url, [1], pause=lambda _: None)
    assert shaky.asked == 1

    shaky.failures = [503] * 9
    with pytest.raises(HostError, match="answered 503"):
        predict_rows(shaky.url, [1], retries=2, pause=lambda _: None)
    assert shaky.asked == 4


def test_an_answer_that_breaks_off_is_asked_for_again_and_told(shaky: Shaky) -> None:
    shaky.breaks_off = -4

    with pytest.raises(HostError, match="broke off before it had answered"):
        predict_rows(shaky.url, [1], retries=1, pause=lambda _: None)

    assert shaky.asked == 2


def test_a_server_of_another_kind_is_told_from_one_that_does_not_answer(shaky: Shaky) -> None:
    others = ["[]", "7", "{}", "[" * 9_000]
    for shaky.began in others:
        with pytest.raises(HostError, match="answers as no app of aims-gh does"):
            predict_rows(shaky.url, [1])

    assert shaky.asked == len(others)


def test_only_what_serves_this_version_and_says_the_same_is_taken_for_it(
    shaky: Shaky, cases: dict[str, Case]
) -> None:
    people = cases["people"]
    expected: list[Any] = [{"prediction": "yes", "probability_yes": 0.75}] * 5
    found = Deployable(people.app, b"", people.played.task, expected)
    model = people.app.model
    assert model is not None and len(people.app.examples) == 5

    def refused() -> str:
        with pytest.raises(HostError) as error:
            check(found, shaky.url)
        return f"{error.value.message}; {error.value.hint}"

    for shaky.info in ([], {"model": 12}):
        assert "answers as no app of aims-gh does" in refused()
    shaky.info = {"model": {"version": 3, "sha256": "0"}}
    told = "the app there serves version 3, not version 12; put version 12 into its folder: "
    assert refused().startswith(told)
    shaky.info = {"model": {"version": 12, "sha256": "0"}}
    assert refused().startswith("the app there serves another model as version 12; ")
    shaky.info = {"model": model.model_dump(mode="json")}
    shaky.says = len
    assert "answers as no app of aims-gh does" in refused()
    shaky.says = lambda _: {"prediction": "yes", "probability_yes": 0.5}
    assert "row 1 than the sandbox: probability_yes 0.5, not 0.75; " in refused()
    shaky.says = lambda _: {"prediction": "yes", "probability_yes": 10**400}
    assert "row 1 than the sandbox: probability_yes 1000" in refused()
    shaky.says = lambda _: {"prediction": "yes"}
    assert "row 1 than the sandbox: 'prediction', not 'prediction', 'prob" in refused()
    shaky.says = lambda _: expected[0]
    check(found, shaky.url)


def test_the_lines_of_the_api_page_ask_the_server(people: Case, tmp_path: Path) -> None:
    app = people.app.model_copy(update={"served_at": people.url, "endpoint": True})
    commands = {
        "Python": [sys.executable, "-c"],
        "JavaScript": ["node", "--input-type=module", "--eval"],
        "R": ["Rscript", "-e"],
        "curl": ["bash", "-euc"],
    }

    part = endpoint_part("people", "https://example.org/", app)

    assert part is not None
    assert [snippet.language for snippet in part.snippets] == list(commands)
    label, *_ = said(people, frame(people))[0]
    for snippet in part.snippets:
        done = subprocess.run(
            [*commands[snippet.language], snippet.code],
            cwd=tmp_path, capture_output=True, text=True, timeout=60,
        )  # fmt: skip
        assert done.returncode == 0, f"{snippet.language}: {done.stderr}"
        assert "probability_yes" in done.stdout, snippet.language
        assert re.search(rf"prediction.{{1,5}}{label}", done.stdout), snippet.language


def test_names_of_columns_are_text_in_every_language(cases: dict[str, Case]) -> None:
    app = cases["hostile"].app
    (first, second) = app.inputs
    evil = first.model_copy(update={"name": "'; echo $(id) `id` \\ \" </script>\u2028é"})
    served = {"served_at": "https://example.org/$(id)'", "endpoint": True, "inputs": (evil, second)}

    part = endpoint_part("hostile", "", app.model_copy(update=served))

    assert part is not None
    python, javascript, r, curl = (snippet.code for snippet in part.snippets)
    row = {evil.name: 0.25, "other": 0.75}
    lines = python.splitlines()
    assert eval(next(line for line in lines if line.startswith("rows")).partition("= ")[2]) == [row]
    checks = {
        "node": ["--check", "-"], "bash": ["-n"],
    }  # fmt: skip
    for program, code in (("node", f"async () => {{{javascript}}}"), ("bash", curl)):
        done = subprocess.run(
            [program, *checks[program]], input=code, text=True, capture_output=True
        )
        assert done.returncode == 0, done.stderr
    printed = subprocess.run(
        ["bash", "-c", curl.replace("curl -s", "printf '%s\\n'")], capture_output=True, text=True
    )
    assert "uid=" not in printed.stdout + printed.stderr
    parsed = ["Rscript", "-e", "invisible(parse(file('stdin')))"]
    assert subprocess.run(parsed, input=r, text=True).returncode == 0


def test_only_a_server_that_answers_programs_is_shown_to_programs(cases: dict[str, Case]) -> None:
    app = cases["people"].app
    served = {"served_at": "https://example.org/app", "endpoint": True}

    parts = [
        endpoint_part("people", "", app.model_copy(update=served | change))
        for change in ({}, {"endpoint": False}, {"served_at": ""}, {"served_at": "ask Ada"})
    ]

    assert [part is not None for part in parts] == [True, False, False, False]
    photos = cases["photos"].app.model_copy(update=served)
    large = endpoint_part("photos", "https://example.org/", photos)
    assert large is not None
    assert [snippet.language for snippet in large.snippets] == ["Python", "JavaScript"]
    assert "https://example.org/data/photos/app.json" in large.snippets[0].code


def test_language_models_are_told_what_to_ask_and_get_the_answer(people: Case) -> None:
    row = frame(people).to_dict("records")[0]

    told, (one, many, wrong) = asyncio.run(
        used(
            people.url,
            ("predict", {"row": row}),
            ("predict_batch", {"rows": [row] * 3}),
            ("predict", {"row": row | {"income": "a lot"}}),
        )
    )

    (label, *_), (yes, *_) = said(people, frame(people))
    assert set(told) == {"predict", "predict_batch", "info"}
    for name in ("predict", "predict_batch"):
        assert "“city”: one of Basel, Köln, Łódź; “member”: true or false" in told[name]
        assert "one of yes, no" in told[name]
    assert "an object: `label` is one of yes, no; `confidences` lists each" in told["predict"]
    assert one["label"] == label and one["confidences"][0]["confidence"] == pytest.approx(yes)
    assert [each["prediction"] for each in many] == [label] * 3
    assert wrong.startswith("Row 1: “income” is “a lot”")


async def used(url: str, *asked: tuple[str, dict[str, Any]]) -> tuple[dict[str, str], list[Any]]:
    """Use an app as a language model's program does: what it is told, and what is answered."""
    async with (
        streamable_http_client(f"{url}gradio_api/mcp/") as (reads, writes, *_),
        ClientSession(reads, writes) as session,
    ):
        await session.initialize()
        told = {tool.name: str(tool.description) for tool in (await session.list_tools()).tools}
        return told, [_value(await session.call_tool(*each)) for each in asked]


def _value(answer: Any) -> Any:
    (content,) = answer.content
    return content.text if answer.isError else ast.literal_eval(content.text)
