"""The ways of asking a served model: each gives the answers to what people have, in their order."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from every_way_cases import Said
from gradio_client import Client, handle_file
from test_app_answers import upload

from aims_gh.host.asking import ask

PATH = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"

Given = Sequence[Any]
"""Objects by column, texts, or paths of files."""

Ask = Callable[[str, Given], list[Any]]
"""Ask the app at an address; give what its endpoint `predict` answers."""


def said(given: Any) -> Said:
    """Read what `predict` answers."""
    if isinstance(given, int | float):
        return Said([given])
    sure = {each["label"]: each["confidence"] for each in given["confidences"]}
    return Said([*sure.values()], given["label"], (*sure,))


def said_of_rows(given: Any) -> list[Said]:
    """Read the records, or the table, that `predict_batch` answers."""
    records = given.to_dict("records") if hasattr(given, "columns") else given
    return [_said_of_row(record) for record in records]


def _said_of_row(record: dict[str, Any]) -> Said:
    label, *numbers = record.values()
    if not numbers:
        return Said([label])
    names = [name.removeprefix("probability_") for name in record][1:]
    return Said(numbers, str(label), (*names,))


def with_gradio_client(url: str, given: Given) -> list[Any]:
    client = Client(url, verbose=False)
    try:
        return [
            client.predict(handle_file(one) if isinstance(one, Path) else one, api_name="/predict")
            for one in given
        ]
    finally:
        client.close()


def with_two_steps_of_http(url: str, given: Given) -> list[Any]:
    return [ask(url, "predict", _sent(url, one) if isinstance(one, Path) else one) for one in given]


def _sent(url: str, path: Path) -> dict[str, Any]:
    sent = upload(url, path.name, path.read_bytes())
    return {"path": sent, "meta": {"_type": "gradio.FileData"}}


CURL = """
call="$1gradio_api/call/predict"
event=$(curl -sS "$call" -H 'Content-Type: application/json' -d "$2" | cut -d '"' -f 4)
curl -sS "$call/$event"
"""


def with_curl(url: str, given: Given) -> list[Any]:
    """Ask as a shell does; for files, as the README of an app says."""
    return [
        _by_readme(url, FILE, one) if isinstance(one, Path) else _by_shell(CURL, url, _body(one))
        for one in given
    ]


def _body(one: Any) -> str:
    return json.dumps({"data": [one]})


def _by_shell(script: str, *arguments: str, cwd: Path | None = None) -> Any:
    done = subprocess.run(
        ["bash", "-euc", script, "ask", *arguments],
        cwd=cwd, env=os.environ | {"PATH": PATH}, check=True, capture_output=True, text=True,
        timeout=60,
    )  # fmt: skip
    return _read(done.stdout)


def _read(text: str) -> Any:
    """Read what a server says: the first of what an event has, the JSON, or nothing."""
    if "data: " in text:
        return json.loads(text.rpartition("data: ")[2])[0]
    return json.loads(text) if text else None


def examples_by_readme(url: str, folder: Path) -> list[dict[str, Any]]:
    """Ask for the example rows with the commands of an app's README, in its folder."""
    rows: list[dict[str, Any]] = _by_readme(url, ROWS, folder)
    return rows


ROWS, FILE = 1, 2
"""Which of the README's blocks of commands."""


def _by_readme(url: str, block: int, path: Path) -> Any:
    folder = path if block == ROWS else path.parent / "app"
    text = (folder / "README.md").read_text("utf-8")
    commands = re.findall(r"^```\n(.*?)^```", text, re.MULTILINE | re.DOTALL)[block]
    put = {"127.0.0.1:7860": url.removeprefix("http://").rstrip("/"), "FILE": str(path)}
    for command in commands.replace("\\\n", " ").splitlines():
        told = command
        for name, value in put.items():
            told = told.replace(name, value)
        found = _by_shell(told, cwd=folder)
        if isinstance(found, dict) and "event_id" in found:
            put["EVENT_ID"] = found["event_id"]
        elif block == FILE and "PATH" not in put:
            put["PATH"] = found[0]
    return found


FETCH = """
import { readFile } from "node:fs/promises";
let text = "";
for await (const part of process.stdin) text += part;
const { url, given } = JSON.parse(text);
const answers = [];
for (const { path, value } of given) {
  let one = value;
  if (path) {
    const form = new FormData();
    form.append("files", new File([await readFile(path)], path.split("/").pop()));
    const up = await fetch(`${url}gradio_api/upload`, { method: "POST", body: form });
    one = { path: (await up.json())[0], meta: { _type: "gradio.FileData" } };
  }
  const call = `${url}gradio_api/call/predict`;
  const asked = await fetch(call, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify({ data: [one] }),
  });
  const { event_id } = await asked.json();
  const said = await (await fetch(`${call}/${event_id}`)).text();
  answers.push(JSON.parse(said.split("data: ").pop())[0]);
}
console.log(JSON.stringify(answers));
"""


def with_javascript(url: str, given: Given) -> list[Any]:
    several = [{"path": str(one)} if isinstance(one, Path) else {"value": one} for one in given]
    asked = json.dumps({"url": url, "given": several})
    done = subprocess.run(
        ["node", "--input-type=module", "--eval", FETCH],
        input=asked, check=True, capture_output=True, text=True, timeout=60,
    )  # fmt: skip
    answers: list[Any] = json.loads(done.stdout)
    return answers


EVERY: dict[str, Ask] = {
    "gradio_client": with_gradio_client,
    "two steps of HTTP": with_two_steps_of_http,
    "curl": with_curl,
    "JavaScript": with_javascript,
}
