"""What the owner of a copy of a course does next, as a page."""

from __future__ import annotations

from aims_gh.core.inert import cell


def adoption_page(name: str, original: str | None) -> list[str]:
    """Write what the owner of a copy does next, in Markdown."""
    who = f"a copy of {cell(original)}" if original else "a copy of a course, or lost its keys"
    again = f"`aims course new {name}` on the machine that has its keys says so"
    if original is None:
        again = f"`aims course new {name}` on the machine that has its keys puts them back"
    return [
        f"### This repository is {who}",
        "",
        "It has the tasks, and none of the keys that their answers are sealed to. So nothing is "
        "scored here yet, and no website is published. To make it a course of your own:",
        "",
        "```sh",
        "pip install 'aims-gh[github]'",
        f"aims course adopt {name}",
        "```",
        "",
        "This makes keys and keeps them on your machine, sets up environments, workflows and the "
        "website, and begins with an empty board. Then it lists the playgrounds that wait for "
        "their labels. Bring the answers of each:",
        "",
        "```sh",
        f"aims playground reseal {name}/PLAYGROUND --labels y_test.csv",
        "```",
        "",
        f"Was the course itself renamed? Then {again}."
        if original
        else "Is it the course itself? Then do not adopt it, which would empty its board: "
        f"{again}.",
        "",
    ]
