"""What programs ask a server of the model for, in four languages, over plain HTTP."""

from __future__ import annotations

import json
import shlex
from typing import Any

from aims_gh.core.example_row import example_row, shell_text
from aims_gh.core.inert import cell
from aims_gh.domain.app import App
from aims_gh.site.snippets import LOCAL, Part, Snippet

_LONGEST = 2_000
_ENDPOINT = "gradio_api/call/predict_batch"


def endpoint_part(slug: str, url: str, app: App | None) -> Part | None:
    """Say how programs ask the server that the owners have; None where they have none."""
    if app is None or not app.endpoint or not app.served_at.startswith(("https://", "http://")):
        return None
    call = f"{app.served_at.rstrip('/')}/{_ENDPOINT}"
    row = example_row(app)
    about = (
        f"A server answers programs at {cell(app.served_at)}: the first question gives the number "
        "of the second, which gives a record for each row. Rows are objects by column. "
        "<code>aims_gh.predict(url, table)</code> asks in batches, and again where nobody answers."
    )
    if len(json.dumps(row)) > _LONGEST:
        told = json.dumps(f"{url or LOCAL}data/{slug}/app.json")
        snippets = [_python(call, None, told), _javascript(call, None, told)]
    else:
        snippets = [_python(call, row), _javascript(call, row), _r(call, row), _curl(call, row)]
    return Part("The server", about, tuple(snippets))


def _python(call: str, row: dict[str, Any] | None, told: str = "") -> Snippet:
    rows = f"[{row!a}]" if row is not None else f'json.load(urlopen({told}))["examples"]'
    lines = [
        "import json",
        "from urllib.request import Request, urlopen",
        "",
        f"call = {json.dumps(call)}",
        f"rows = {rows}",
        'body = json.dumps({"data": [rows]}).encode()',
        'asked = Request(call, body, {"Content-Type": "application/json"})',
        'event = json.load(urlopen(asked))["event_id"]',
        'said = urlopen(f"{call}/{event}").read().decode()',
        'for row in json.loads(said.rpartition("data: ")[2])[0]:',
        "    print(row)",
    ]
    return Snippet("Python", "python", "\n".join(lines))


def _javascript(call: str, row: dict[str, Any] | None, told: str = "") -> Snippet:
    looked_up = f"(await (await fetch({told})).json()).examples"
    rows = f"[{json.dumps(row)}]" if row is not None else looked_up
    lines = [
        f"const call = {json.dumps(call)};",
        f"const rows = {rows};",
        "const asked = await fetch(call, {",
        '  method: "POST",',
        '  headers: { "Content-Type": "application/json" },',
        "  body: JSON.stringify({ data: [rows] }),",
        "});",
        "const { event_id } = await asked.json();",
        "const said = await (await fetch(`${call}/${event_id}`)).text();",
        'console.log(JSON.parse(said.split("data: ").pop())[0]);',
    ]
    return Snippet("JavaScript", "javascript", "\n".join(lines))


def _r(call: str, row: dict[str, Any]) -> Snippet:
    lines = [
        f"call <- {json.dumps(call)}",
        f'writeLines({json.dumps(_body(row))}, "rows.json")',
        'kind <- shQuote("Content-Type: application/json")',
        'asked <- c("-s", "-H", kind, "--data-binary", "@rows.json", shQuote(call))',
        'event <- system2("curl", asked, stdout = TRUE)',
        'event <- sub(\'.*"event_id" *: *"([^"]*)".*\', "\\\\1", event)',
        'said <- system2("curl", c("-s", shQuote(paste0(call, "/", event))), stdout = TRUE)',
        'cat(sub("^data: ", "", grep("^data: ", said, value = TRUE)), sep = "\\n")',
    ]
    return Snippet("R", "r", "\n".join(lines))


def _curl(call: str, row: dict[str, Any]) -> Snippet:
    lines = [
        f"call={shlex.quote(call)}",
        "event=$(curl -s \"$call\" -H 'Content-Type: application/json' \\",
        f"  -d '{shell_text(_body(row))}' | cut -d '\"' -f 4)",
        'curl -s "$call/$event"',
    ]
    return Snippet("curl", "sh", "\n".join(lines))


def _body(row: dict[str, Any]) -> str:
    return json.dumps({"data": [[row]]})
