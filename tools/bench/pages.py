"""The pages in Chromium: what they weigh, how fast they answer, and a model in the page."""

from __future__ import annotations

import csv
import io
import json
import os
import shutil
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from html import escape
from pathlib import Path
from statistics import median
from typing import Any
from urllib.request import Request, urlopen

import platformdirs
from playwright.sync_api import Browser, Page, sync_playwright

ROOT = Path(__file__).resolve().parent.parent.parent
sys.path[:0] = [str(ROOT / "tests" / "site")]

from site_builders import TEMPLATES, page, site  # noqa: E402

from aims_gh.domain.leaderboard import Board  # noqa: E402
from aims_gh.site.build import build, serve  # noqa: E402
from tools.bench.measure import Row  # noqa: E402

ROWS = 10_000
FEW = 10
ROUNDS = 3
GRADIO = "6.31.0"
ARGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
NAMES = ("chromium", "chromium-browser", "google-chrome")

# Milliseconds from an act until what `read` gives is another, and that can be seen.
UNTIL = """
const until = (act, read) => new Promise((done) => {
    const before = read();
    const start = performance.now();
    const look = () => {
        if (performance.now() - start > 20000) return done(NaN); // nothing came of it
        if (read() === before) return requestAnimationFrame(look);
        requestAnimationFrame(() => setTimeout(() => done(performance.now() - start)));
    };
    act();
    look();
});
"""
ANSWER = """async () => {
    const button = [...document.querySelectorAll("button")]
        .find((one) => one.textContent === "Predict");
    const panel = document.querySelector(".aims-p-answer");
    const took = [];
    for (let round = 0; round < 60; round++) {
        await new Promise((later) => setTimeout(later, 20));
        const start = performance.now();
        const seen = new Promise((done) => {
            const watch = new MutationObserver(() => { watch.disconnect(); done(); });
            watch.observe(panel, { childList: true, subtree: true, characterData: true });
        });
        button.click();
        await seen;
        took.push(performance.now() - start);
    }
    return took.sort((a, b) => a - b)[30] / 1e3;
}"""
TABLE_APP = """
import sys, gradio, pandas
frame = pandas.read_csv(sys.argv[1])
with gradio.Blocks() as app:
    gradio.Dataframe(frame, show_search="filter", interactive=False)
app.launch(server_port=int(sys.argv[2]), quiet=True)
"""
MODEL_APP = """
import json, sys, gradio, numpy, onnxruntime
model = onnxruntime.InferenceSession(sys.argv[1])
kinds = {"tensor(float)": "float32", "tensor(int64)": "int64", "tensor(double)": "float64"}

def predict(row):
    given = {
        one.name: numpy.array([[row[one.name]]], dtype=kinds.get(one.type, "object"))
        for one in model.get_inputs()
    }
    return [numpy.asarray(said).tolist() for said in model.run(None, given)]

app = gradio.Interface(predict, gradio.JSON(), gradio.JSON(), flagging_mode="never")
app.launch(server_port=int(sys.argv[2]), quiet=True)
"""
PLAIN = """<!doctype html><meta charset="utf-8"><title>Plain</title>
<input type="search" id="filter"><table><thead><tr>{heads}</tr></thead><tbody>{rows}</tbody></table>
<script>
const body = document.querySelector("tbody");
document.querySelectorAll("th").forEach((head, i) => head.addEventListener("click", () => {{
    const value = (row) => row.cells[i].textContent;
    const rows = [...body.rows].sort((a, b) =>
        isNaN(value(a)) ? value(a).localeCompare(value(b)) : value(a) - value(b));
    body.replaceChildren(...rows);
}}));
document.querySelector("#filter").addEventListener("input", (event) => {{
    for (const row of body.rows) row.hidden = !row.textContent.includes(event.target.value);
}});
</script>"""


def pages(folder: Path) -> Iterator[Row]:
    """Weight, first paint, sorting and filtering of the leaderboard's page."""
    cache = platformdirs.user_cache_path("aims-gh") / "site"
    many = page("many", rows=ROWS)
    assert many.leaderboard is not None
    built = folder / "pages"
    build(site(many, page("few", rows=FEW)), built, templates=TEMPLATES, cache=cache)
    plain = folder / "plain"
    plain.mkdir()
    board = many.leaderboard.boards["experiment"]
    (plain / "index.html").write_text(_plain(board), "utf-8")
    (plain / "board.csv").write_text(_csv(board), "utf-8")
    with _served(built) as ours, _served(plain) as theirs, _browser() as browser:
        leaderboard = f"{ours}playgrounds/{{}}/leaderboard/"
        yield from _weight(browser, leaderboard)
        mine = _table(browser, leaderboard.format("many"), _ours)
        peer = _table(browser, theirs, _plain_table)
        with _dataframe(folder, plain / "board.csv") as address:
            third = _table(browser, address, _gradio_table)
    for name, other in (("plain HTML table", peer), (f"Gradio {GRADIO} dataframe", third)):
        for what in ("can be used", "sort", "filter"):
            yield Row(f"board of {ROWS:,}: {what}", "leaderboard", mine[what], name, other[what])


def _weight(browser: Browser, leaderboard: str) -> Iterator[Row]:
    found = {slug: _visit(browser, leaderboard.format(slug)) for slug in ("few", "many")}
    (few, paint), (many, later) = found["few"], found["many"]
    yield Row(f"leaderboard page of {ROWS:,}, bytes", "all", many, f"of {FEW}", few, unit="kB")
    yield Row(f"leaderboard page of {ROWS:,}, first paint", "all", later, f"of {FEW}", paint)


def _visit(browser: Browser, address: str) -> tuple[float, float]:
    """Open a page with nothing in the cache: bytes of all bodies, seconds to the first paint."""
    paints, sizes = [], []
    for _ in range(ROUNDS):
        with _page(browser) as opened:
            bodies: list[int] = []
            opened.on(
                "requestfinished", lambda r, to=bodies: to.append(r.sizes()["responseBodySize"])
            )
            opened.goto(address, wait_until="networkidle")
            entry = "performance.getEntriesByName('first-contentful-paint')[0].startTime"
            paints.append(opened.evaluate(entry) / 1e3)
            sizes.append(sum(bodies))
    return median(sizes), median(paints)


def _note(bodies: list[int], request: Any) -> None:
    bodies.append(request.sizes()["responseBodySize"])


Timed = Callable[[Page], dict[str, float]]


def _table(browser: Browser, address: str, timed: Timed) -> dict[str, float]:
    """Seconds until a table can be used, of a sort, and of a filter: each seen on the screen."""
    rounds = []
    for _ in range(ROUNDS):
        with _page(browser) as opened:
            started = time.perf_counter()
            opened.goto(address, wait_until="commit")
            found = timed(opened)
            acts = {what: found[what] / 1e3 for what in ("sort", "filter")}
            rounds.append({"can be used": found["ready"] - started} | acts)
    return {what: median(one[what] for one in rounds) for what in rounds[0]}


FILTER = """() => {
    const field = document.querySelector(FIELD);
    field.value = "frances";
    field.dispatchEvent(new Event("input", { bubbles: true }));
}"""


def _acts(opened: Page, ready: float, sort: str, field: str, first: str) -> dict[str, float]:
    """Time a sort, and a filter, until the first row is another one."""
    read = f"() => document.querySelector({json.dumps(first)})?.textContent"
    filtered = FILTER.replace("FIELD", json.dumps(field))
    return {
        "ready": ready,
        "sort": opened.evaluate(f"async () => {{ {UNTIL} return until({sort}, {read}); }}"),
        "filter": opened.evaluate(f"async () => {{ {UNTIL} return until({filtered}, {read}); }}"),
    }


def _ours(opened: Page) -> dict[str, float]:
    button = "#experiment th[data-key=f1_score] button"
    opened.wait_for_selector(button)
    ready = time.perf_counter()
    opened.hover("#experiment .aims-scroll")  # the first sign of need: all rows are fetched
    opened.wait_for_selector(".aims-board[data-rows]", state="attached")
    click = f"() => document.querySelector({json.dumps(button)}).click()"
    row = "#experiment tbody tr:not(.aims-space)"
    return _acts(opened, ready, click, "#experiment input[type=search]", row)


def _plain_table(opened: Page) -> dict[str, float]:
    opened.wait_for_load_state("load")
    ready = time.perf_counter()
    click = "() => document.querySelectorAll('th')[5].click()"
    return _acts(opened, ready, click, "#filter", "tbody tr:not([hidden])")


def _gradio_table(opened: Page) -> dict[str, float]:
    opened.wait_for_selector("[data-testid=cell-0-0]")
    ready = time.perf_counter()
    menu = "[data-testid=header-5] .cell-menu-button"  # seen only under the pointer
    opened.eval_on_selector(menu, "button => button.click()")
    opened.wait_for_selector("[role=menuitem]")
    click = """() => [...document.querySelectorAll('[role=menuitem]')]
        .find((item) => /sort ascending/i.test(item.textContent)).click()"""
    return _acts(opened, ready, click, "input.search-input", "[data-testid=cell-0-1]")


def prediction(folder: Path) -> Iterator[Row]:
    """One row: a model in the page, beside a round trip to a Gradio server with the same model."""
    from predict_playgrounds import people

    played = people()
    cache = platformdirs.user_cache_path("aims-gh") / "site"
    built = folder / "predict"
    build(site(played.page()), built, templates=TEMPLATES, cache=cache)
    slug = played.slug
    app = json.loads((built / f"data/{slug}/app.json").read_bytes())
    row = dict(zip([one["name"] for one in app["inputs"]], app["examples"][0], strict=True))
    with _served(built) as ours, _browser() as browser, _page(browser) as opened:
        opened.goto(f"{ours}playgrounds/{slug}/predict/")
        opened.wait_for_selector(".aims-p-answer[data-state=answered]")
        mine = opened.evaluate(ANSWER)
    with _gradio(folder, MODEL_APP, built / f"data/{slug}/model.onnx") as address:
        times = []
        for _ in range(60):
            started = time.perf_counter()
            _ask(address, row)
            times.append(time.perf_counter() - started)
    yield Row("predict one row", "in the page, seen", mine, f"Gradio {GRADIO}, HTTP", median(times))


def _ask(address: str, row: dict[str, Any]) -> bytes:
    call = f"{address}gradio_api/call/predict"
    body = json.dumps({"data": [row]}).encode()
    request = Request(call, body, {"Content-Type": "application/json"})
    with urlopen(request) as answer:
        event = json.load(answer)["event_id"]
    with urlopen(f"{call}/{event}") as answer:
        said: bytes = answer.read()
    assert b"complete" in said, said
    return said


def _plain(board: Board) -> str:
    rows = zip(*board.columns.values(), strict=True)
    lines = ("".join(f"<td>{escape(str(v))}</td>" for v in row) for row in rows)
    heads = "".join(f"<th>{name}</th>" for name in board.columns)
    return PLAIN.format(heads=heads, rows="".join(f"<tr>{line}</tr>\n" for line in lines))


def _csv(board: Board) -> str:
    lines = io.StringIO()
    writer = csv.writer(lines)
    writer.writerow(board.columns)
    writer.writerows(zip(*board.columns.values(), strict=True))
    return lines.getvalue()


@contextmanager
def _browser() -> Iterator[Browser]:
    path = next(path for name in NAMES if (path := shutil.which(name)))
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=ARGS)
        yield browser
        browser.close()


@contextmanager
def _page(browser: Browser) -> Iterator[Page]:
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    yield context.new_page()
    context.close()


@contextmanager
def _served(folder: Path) -> Iterator[str]:
    found: list[str] = []
    ready = threading.Event()

    def tell(address: str) -> None:
        found.append(address)
        ready.set()

    threading.Thread(target=serve, args=(folder,), kwargs={"ready": tell}, daemon=True).start()
    assert ready.wait(20)
    yield found[0]


def _dataframe(folder: Path, table: Path) -> Any:
    return _gradio(folder, TABLE_APP, table)


@contextmanager
def _gradio(folder: Path, program: str, given: Path) -> Iterator[str]:
    """Start a Gradio app in an environment of its own, fetched once for all measurements."""
    python = folder / "gradio" / "bin" / "python"
    uv = str(Path(sys.executable).parent / "uv")
    if not python.exists():
        subprocess.run([uv, "venv", "--quiet", str(folder / "gradio")], check=True)
        packages = [f"gradio=={GRADIO}", "pandas", "onnxruntime"]
        fetch = [uv, "pip", "install", "--quiet", "--python", str(python), *packages]
        subprocess.run(fetch, check=True)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    address = f"http://127.0.0.1:{port}/"
    quiet = {"GRADIO_ANALYTICS_ENABLED": "False", "HF_HUB_OFFLINE": "1"}
    command = [str(python), "-c", program, str(given), str(port)]
    with subprocess.Popen(command, env=dict(os.environ) | quiet) as app:
        try:
            for _ in range(300):
                if _answers(address):
                    break
                time.sleep(0.2)
            yield address
        finally:
            app.terminate()


def _answers(address: str) -> bool:
    try:
        with urlopen(address, timeout=5):
            return True
    except OSError:
        return False
