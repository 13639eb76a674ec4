"""The app of one model: a page to try it, an API, and a tool for language models.

    pip install -r requirements.txt
    python app.py

What is asked for and what is answered stands in app.json, the model is model.onnx. Names and labels
are taken from there as data: nothing of them is part of this program.
"""

from __future__ import annotations

import csv
import importlib.util
import inspect
import os
import shutil
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

os.environ["GRADIO_ANALYTICS_ENABLED"] = "False"  # before gradio is imported

import gradio as gr
import numpy as np
from PIL import Image
from starlette.middleware import Middleware

from aims_app.core.inert import cell as inert
from aims_app.core.inert import plain
from live import Guarded, Live, Watch
from model import Served, Wrong
from unread import Unread
from words import every_row, number, one_row, sentence, short, unlisted

HERE = Path(__file__).resolve().parent
DONE = Path(tempfile.mkdtemp(prefix="predictions-"))
SHOWN = 100
MANY_COLUMNS = 60
HOUR = 3600
FOOT = "footer .show-api { display: flex !important } footer .divider { display: none !important }"
"""Gradio hides the way to the API on phones, and leaves dots between links that are not there."""

if importlib.util.find_spec("spaces"):
    # On ZeroGPU, Hugging Face starts no app without such a function. The model needs none.
    import spaces

    @spaces.GPU
    def on_gpu() -> None:
        """Do nothing."""


def build(live: Live) -> gr.Blocks:
    """Make the page and the API."""
    served = live.now
    title = served.app["title"]
    with gr.Blocks(title=plain(title), analytics_enabled=False, delete_cache=(HOUR, HOUR)) as page:
        # First, so that these have the same numbers in every page: see live.py.
        api(live)
        # Text of the playground is HTML here, so every sign that means something is written out.
        gr.HTML(f"<h1>{inert(title)}</h1><p>{inert(served.app['description'])}</p>")
        if served.app["input_type"] in ("tabular", "text") and not any(
            told["shape"] for told in served.inputs
        ):
            with gr.Tab("One row"):
                one(live)
            with gr.Tab("A CSV file"):
                many(live)
        else:
            one(live)
        whose = gr.Markdown(about(served.app))

    def tell() -> None:
        whose.value = about(live.now.app)
        page.config = page.get_config_file()

    live.changed = tell
    return page


def about(app: dict[str, Any]) -> str:
    """Say whose model this is."""
    model = app["model"]
    return f"Version {model['version']} of {inert(app['address'])}, by {inert(model['username'])}."


# -------------------------------------------------------------------- one row


def one(live: Live) -> None:
    """Ask for one row, with what suits its kind."""
    served = live.now
    kind = served.app["input_type"]
    with gr.Row():
        with gr.Column():
            if kind == "image" and served.app["picture"]:
                widgets, reads = [a_picture(served)], Served.picture
            elif kind == "audio" and served.app["sound"]:
                widgets, reads = [a_sound(served)], Served.sound
            elif kind == "video" and served.app["video"]:
                widgets, reads = [a_video(served)], Served.video
            elif len(served.inputs) == 1 and served.inputs[0]["shape"]:
                widgets, reads = [numbers(served)], Served.numbers
            elif len(served.inputs) > MANY_COLUMNS:
                widgets, reads = [one_line(served)], lambda now, lines: now.rows(lines[:1])
            else:
                widgets = [widget(told) for told in served.inputs]
                reads = lambda now, *values: now.rows([list(values)])  # noqa: E731
            go = gr.Button("Predict", variant="primary")
        with gr.Column():
            answer = answers(served)
            note = gr.HTML(visible=False, padding=False)
    alone = by_widget(served)
    predict = answered(reads, live)
    if alone:  # as programs are told its only argument
        named = "numbers" if isinstance(widgets[0], gr.Textbox) and kind != "text" else kind
        predict.__signature__ = inspect.Signature([_argument(named)])
    go.click(
        predict,
        widgets,
        answer,
        postprocess=False,  # else Gradio sorts the labels
        api_name="predict" if alone else None,
        api_description=one_row(served),
        api_visibility="public" if alone else "private",
    )
    if not alone:
        go.click(
            noted(reads, live), widgets, note, api_visibility="private", show_progress="hidden"
        )
    shown = examples(served)
    if shown and len(widgets) == len(shown[0]):
        gr.Examples(shown, widgets, cache_examples=False, api_name=None, label="Examples")


def answers(served: Served) -> Any:
    """Show what the model says."""
    if served.labels:
        return gr.Label(label="Answer")
    return gr.Number(label="Answer", interactive=False)


def answered(reads: Callable[..., Any], live: Live) -> Callable[..., Any]:
    """Answer what was read, and say in words what is wrong with it."""

    def predict(*given: Any) -> Any:  # its name is that of a language model's tool
        if any(each is None for each in given) and not len(given) > 1:
            raise failed("nothing is chosen yet")
        now = live.now
        try:
            return now.shown(reads(now, *given))
        except Wrong as problem:
            raise failed(problem.message, problem.hint) from None

    return predict


def noted(reads: Callable[..., Any], live: Live) -> Callable[..., Any]:
    """Tell of values that are not listed, beside the answer."""

    def note(*given: Any) -> Any:
        now = live.now
        try:
            return said(unlisted(now, reads(now, *given)))
        except Wrong:
            return said("")  # the answer says what is wrong

    return note


def said(text: str, role: str = "status") -> Any:
    """Show a sentence in the page, or nothing; it is HTML there, so every sign is written out."""
    return gr.update(value=f'<p role="{role}">{inert(text)}</p>', visible=bool(text))


def _argument(name: str) -> inspect.Parameter:
    return inspect.Parameter(name, inspect.Parameter.POSITIONAL_OR_KEYWORD)


def failed(message: str, hint: str = "", name: str = "") -> gr.Error:
    """Make an error that Gradio shows; its page takes HTML for that, so there is no tag in it."""
    text = sentence(message, hint, name).translate({ord("<"): "‹", ord(">"): "›"})
    return gr.Error(text, print_exception=False)


def widget(told: dict[str, Any]) -> Any:
    """Ask for the value of a column, as its type and its categories have it."""
    given = {"label": plain(told["name"]), "value": told["example"]}
    if told["dtype"] == "bool":
        return gr.Checkbox(**given | {"value": bool(told["example"])})
    if told["categories"]:
        return gr.Dropdown(
            [(plain(c), c) for c in told["categories"]], allow_custom_value=True, **given
        )
    if told["dtype"] == "string":
        return gr.Textbox(lines=5 if told["dtype"] == "string" else 1, **given)
    low, high = told["minimum"], told["maximum"]
    known = low is not None and high is not None
    return gr.Number(info=f"{number(low)} to {number(high)}" if known else None, step=None, **given)


def one_line(served: Served) -> gr.Dataframe:
    """Ask for a row of many columns as a line of a table."""
    line = [told["example"] for told in served.inputs]
    headers = [plain(name) for name in served.names]
    return gr.Dataframe([line], headers=headers, type="array", label="One row")


def numbers(served: Served) -> gr.Textbox:
    """Ask for an array as text."""
    shape = " × ".join(map(str, served.inputs[0]["shape"]))
    first = examples(served)
    return gr.Textbox(
        first[0][0] if first else None, lines=8, label=f"{shape} numbers, as in a CSV file"
    )


def a_picture(served: Served) -> gr.Image:
    """Ask for a picture."""
    shown = examples(served)
    sources = ["upload", "webcam", "clipboard"]
    return gr.Image(
        shown[0][0] if shown else None,
        type="pil", image_mode=None, format="png", sources=sources, label="Picture",
        buttons=["download", "fullscreen"], height=280,
    )  # fmt: skip


def a_sound(served: Served) -> gr.Audio:
    """Ask for a recording."""
    shown = examples(served)
    rate = served.app["sound"]["sample_rate"]
    label = f"Recording; the model hears {rate:,} samples a second"
    return gr.Audio(
        shown[0][0] if shown else None, type="filepath", buttons=["download"], label=label
    )


def a_video(served: Served) -> gr.Video:
    """Ask for a video."""
    frames = served.app["video"]["frames"]
    many = f"{frames} pictures of it" if frames else "all its pictures"
    return gr.Video(label=f"Video; the model sees {many}", sources=["upload", "webcam"])


def examples(served: Served) -> list[list[Any]]:
    """Give the playground's example rows as the widgets take them."""
    rows = [list(row) for row in served.app["examples"]]
    if not served.inputs or not served.inputs[0]["shape"]:
        return rows
    if served.app["video"]:
        return []  # numbers alone: nobody has the videos that they were
    if served.app["picture"]:
        return [[image] for (row,) in rows if (image := as_picture(row, served.app["picture"]))]
    if served.app["sound"]:
        sound = served.app["sound"]
        return [[(sound["sample_rate"], as_samples(row, sound["full"]))] for (row,) in rows]
    width = served.inputs[0]["shape"][-1] if len(served.inputs[0]["shape"]) > 1 else 12
    return [[as_text(row, width)] for (row,) in rows]


def as_text(row: list[float], width: int) -> str:
    """Write an array as lines of numbers."""
    words = ["nan" if value is None else str(value) for value in row]
    return "\n".join(", ".join(words[at : at + width]) for at in range(0, len(words), width))


def as_samples(row: list[float], full: float) -> Any:
    """Write a recording in whole numbers of 16 bits."""
    heard = np.array(row, dtype=np.float64) / full
    return (heard * 32767).round().clip(-32768, 32767).astype(np.int16)


def as_picture(row: list[float], form: dict[str, Any]) -> Image.Image | None:
    """Draw an array as the picture it came from; None where its sides are not known."""
    height, width, channels = form["height"], form["width"], form["channels"]
    if not height or not width or len(row) != height * width * channels:
        return None
    array = np.array(row, dtype=np.float64)
    array = (array - form["black"]) * 255 / (form["white"] - form["black"])
    array = array.round().clip(0, 255).astype(np.uint8)
    if form["channels_first"]:
        array = array.reshape(channels, height, width).transpose(1, 2, 0)
    array = array.reshape(height, width, channels)
    return Image.fromarray(array[..., 0] if channels == 1 else array)


# -------------------------------------------------------------------- many rows


def many(live: Live) -> None:
    """Ask for a CSV file, and give one back with the answers."""

    def answer(path: str | None) -> tuple[Any, Any, Any]:
        # No component is made here: it would become part of a page that is being made meanwhile.
        nothing = gr.update(value=None, visible=False)
        if path is None:
            return said("No file is chosen yet.", "alert"), nothing, nothing
        file, now = Path(path), live.now
        name = plain(file.name)
        note = ""
        try:
            asked = now.file(file.read_bytes(), name)
            note = unlisted(now, asked)
            header, *lines = now.lines(asked)
        except Wrong as problem:
            text = f"{sentence(problem.message, problem.hint, name)} {note}"
            return said(text, "alert"), nothing, nothing
        first = [short(line, len(now.names)) for line in lines[:SHOWN]]
        shown = gr.update(value=first, headers=short(header, len(now.names)), visible=True)
        made = gr.update(value=saved([header, *lines]), visible=True)
        return said(note), shown, made

    columns = ", ".join(inert(name) for name in live.now.names)
    gr.Markdown(f"The file needs a line of names with these columns: {columns}")
    upload = gr.File(label="CSV file", file_types=[".csv"], type="filepath")
    go = gr.Button("Predict all rows", variant="primary")
    told = gr.HTML(visible=False, padding=False)
    table = gr.Dataframe(label=f"The first {SHOWN} rows", interactive=False, visible=False)
    file = gr.File(label="All rows, with the answers", visible=False)
    go.click(answer, upload, [told, table, file], api_visibility="private", show_progress_on=upload)


def saved(lines: list[list[Any]]) -> str:
    """Write a file for the reader to fetch; those of the last hour are kept."""
    for old in DONE.iterdir():
        if time.time() - old.stat().st_mtime > HOUR:
            shutil.rmtree(old, ignore_errors=True)
    path = Path(tempfile.mkdtemp(dir=DONE)) / "predictions.csv"
    with path.open("w", encoding="utf-8", newline="") as stream:
        csv.writer(stream, lineterminator="\n").writerows(lines)
    return str(path)


# -------------------------------------------------------------------- API


def api(live: Live) -> None:
    """Answer programs: POST /gradio_api/call/predict_batch with {"data": [rows]}."""

    def predict_batch(rows):
        """Answer every row, in order."""
        now = live.now
        try:
            return now.records(now.rows(rows))
        except Wrong as problem:
            raise failed(problem.message, problem.hint) from None

    def info():
        """Tell what the model takes and answers: app.json, without examples."""
        return {key: value for key, value in live.now.app.items() if key != "examples"}

    def predict(row):
        """Answer one row."""
        return answered(lambda now, given: now.rows([given]), live)(row)

    # Gradio reads them as types.
    predict.__annotations__ = {"row": dict, "return": dict if live.now.labels else float}
    predict_batch.__annotations__ = {"rows": list, "return": list}
    info.__annotations__ = {"return": dict}
    told = every_row(live.now)
    gr.api(predict_batch, api_name="predict_batch", api_description=told)
    gr.api(info, api_name="info")
    if not by_widget(live.now):
        gr.api(predict, api_name="predict", api_description=one_row(live.now))


def by_widget(served: Served) -> bool:
    """Tell whether `predict` takes what the page's only widget does; else a row by its columns."""
    return len(served.inputs) == 1 and served.app["input_type"] != "tabular"


def main() -> None:
    """Start the app; GRADIO_SERVER_NAME and GRADIO_SERVER_PORT say where."""
    live = Live(Served(HERE))
    page = build(live)
    page.queue(default_concurrency_limit=2)
    Watch(HERE, live, page, build).start()
    page.launch(
        share=False,
        ssr_mode=False,
        quiet=True,
        show_error=True,  # what Gradio itself finds wrong with a question
        footer_links=["api"],
        css=FOOT,
        enable_monitoring=False,
        max_file_size="50mb",
        app_kwargs={"middleware": [Middleware(Guarded, unread=Unread(page))]},
        # Else Gradio ends where its page takes longer than 3 seconds: on a busy machine.
        _frontend=False,
        # Calls without a session would each keep one: memory would grow for ever.
        state_session_capacity=20,
        mcp_server=importlib.util.find_spec("mcp") is not None,
    )


if __name__ == "__main__":
    main()
