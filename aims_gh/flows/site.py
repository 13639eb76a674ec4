"""Build a course's website from `main` and the ledger."""

from __future__ import annotations

from pathlib import Path

from aims_gh.domain.playground import Playground
from aims_gh.flows.app import served
from aims_gh.forge import LEDGER, MAIN, Forge
from aims_gh.site.build import build
from aims_gh.site.pages import CourseSite, PlaygroundPage
from aims_gh.workspace import Tree, Workspace, data_file, metrics_file

MAX_FILE_BYTES = 20_000_000
"""A larger public file stays in the repository alone: a site on GitHub Pages has 1 GB."""


def build_site(forge: Forge, address: str, out: Path, *, strict: bool, templates: Path) -> None:
    """Render every playground's page and the owners' own pages into `out`."""
    with forge.tree(MAIN) as main, forge.tree(LEDGER) as ledger:
        site = _collect(forge, Workspace(main), Workspace(ledger), address.rstrip("/"))
    build(site, out, strict=strict, templates=templates)


def _collect(forge: Forge, main: Workspace, ledger: Workspace, address: str) -> CourseSite:
    pages = tuple(_page(forge, main, ledger, slug, address) for slug in main.slugs())
    return CourseSite(
        course=main.course(),
        address=address,
        playgrounds=pages,
        owner_files=_owner_files(main.tree),
    )


def _page(
    forge: Forge, main: Workspace, ledger: Workspace, slug: str, address: str
) -> PlaygroundPage:
    playground = main.playground(slug)
    app = served(forge, main, ledger, slug, playground, f"{address}/{slug}")
    return PlaygroundPage(
        slug=slug,
        playground=playground,
        readme=main.readme(slug),
        leaderboard=ledger.leaderboard(slug),
        address=f"{address}/{slug}",
        files=_public_files(main, slug, playground),
        app=app.app,
        model=app.model,
    )


def _public_files(main: Workspace, slug: str, playground: Playground) -> dict[str, bytes]:
    hidden = playground.features == "hidden"
    data = playground.data
    files = (data.train, None if hidden else data.features, data.example, *data.shared)
    small = [file.path for file in files if file and file.bytes <= MAX_FILE_BYTES]
    found = {f"data/{name}": main.tree.read(data_file(slug, name)) for name in small}
    if playground.own_metrics:
        found["metrics.py"] = main.tree.read(metrics_file(slug))
    return {path: content for path, content in found.items() if content is not None}


def _owner_files(tree: Tree) -> dict[str, bytes]:
    paths = ["mkdocs.yml", *tree.paths("docs")]
    found = {path: tree.read(path) for path in paths}
    return {path: content for path, content in found.items() if content is not None}
