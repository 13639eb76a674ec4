"""Build a course's website from `main` and the ledger."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import partial
from itertools import zip_longest
from pathlib import Path

from aims_gh.core.disguise import Disguise, disguise
from aims_gh.core.readme import is_unwritten, without_request
from aims_gh.core.rulings import Rulings
from aims_gh.domain.address import public_course
from aims_gh.domain.playground import Playground
from aims_gh.domain.submission import CODE_FILE, PREPROCESSOR_FILE
from aims_gh.errors import ForgeError, SubmissionError
from aims_gh.flows.app import served
from aims_gh.forge import LEDGER, MAIN, Forge
from aims_gh.site.attached import MOST_BYTES, MOST_VERSIONS, tells
from aims_gh.site.build import build
from aims_gh.site.pages import CourseSite, PlaygroundPage
from aims_gh.workspace import (
    Tree,
    Workspace,
    code_folder,
    data_file,
    metrics_file,
    playground_file,
    submission_folder,
)

_ATTACHED = (CODE_FILE, PREPROCESSOR_FILE)
_CODE = (".ipynb", ".py", ".R", ".r", ".js", ".sh", ".yml", ".txt")
MAX_FILE_BYTES = 20_000_000
"""A larger public file stays in the repository alone: a site on GitHub Pages has 1 GB."""


@dataclass(frozen=True, slots=True)
class Tools:
    """What building a website is given to work with.

    Attributes
    ----------
    templates : Path
        The folder `site_templates`.
    cache : Path or None
        Where what npm fetches is kept; None: do without npm.
    repository : str
        The course's address, ``https://github.com/OWNER/NAME``; empty for a folder.
    url : str
        Of the website; empty where nobody knows.
    say : callable
        Told when something that takes long begins.
    code : bool
        Whether code that participants attached is read: each version's by a commit of its own,
        which costs several requests where git does not read.
    """

    templates: Path
    cache: Path | None = None
    repository: str = ""
    url: str = ""
    say: Callable[[str], None] = lambda _: None
    code: bool = True


def build_site(forge: Forge, address: str, out: Path, tools: Tools, *, strict: bool) -> None:
    """Render every playground's pages and the owners' own pages into `out`."""
    with forge.tree(MAIN) as main, forge.tree(LEDGER) as ledger:
        for slug in Workspace(main).slugs():
            if is_unwritten(Workspace(main).readme(slug)):
                file = playground_file(slug, "README.md")
                tools.say(f"{slug} does not say yet what it is about: write {file} on main")
        site = _collect(forge, Workspace(main), Workspace(ledger), public_course(address), tools)
        build(site, out, strict=strict, templates=tools.templates, cache=tools.cache, say=tools.say)


def _collect(
    forge: Forge, main: Workspace, ledger: Workspace, address: str, tools: Tools
) -> CourseSite:
    def page(slug: str) -> PlaygroundPage:
        found = _page(forge, main, ledger, slug, address)
        known = disguise(slug, admitted, course.owners, found.leaderboard)
        if tools.code:
            found = replace(found, attached=partial(_attached, forge, found, known))
        return _disguised(found, known) if known else found

    course, admitted = main.course(), ledger.admitted()
    return CourseSite(
        course=course,
        address=address,
        slugs=tuple(main.slugs()),
        page=page,
        owner_files=_owner_files(main.tree),
        url=tools.url,
        repository=tools.repository,
    )


def _page(
    forge: Forge, main: Workspace, ledger: Workspace, slug: str, address: str
) -> PlaygroundPage:
    playground = main.playground(slug)
    app = served(forge, main, ledger, slug, playground, f"{address}/{slug}")
    reveal, rulings = ledger.reveal(slug), Rulings(audit=ledger.audit(slug))
    return PlaygroundPage(
        slug=slug,
        playground=playground,
        readme=without_request(main.readme(slug)),
        leaderboard=ledger.leaderboard(slug),
        address=f"{address}/{slug}",
        files=_public_files(main, slug, playground),
        app=app.app,
        model=app.model,
        evaluations=partial(ledger.evaluation_files, slug),
        opened=reveal.versions if reveal else {},
        reasons={version: rulings.reason(version) for version in rulings.disqualified},
    )


def _disguised(page: PlaygroundPage, known: Disguise) -> PlaygroundPage:
    """Give a playground as the public may see it: nothing else of its ledger gets to a page."""

    def evaluations() -> Iterator[tuple[int, bytes]]:
        for version, content in page.evaluations():
            yield version, known.evaluation(version, content)

    return replace(
        page,
        leaderboard=known.leaderboard(page.leaderboard),
        app=known.app(page.app) if page.app else None,
        evaluations=evaluations,
        reasons={},  # an owner's own words may name somebody
    )


def _attached(
    forge: Forge, page: PlaygroundPage, known: Disguise | None
) -> Iterator[tuple[int, dict[str, bytes]]]:
    """Read the code that the authors of the best versions attached, by their commits.

    A file that shows the login of an author who has a pseudonym is left out.
    """
    boards = page.leaderboard.boards.values() if page.leaderboard else ()
    names = ("version", "username", "submission", "head")
    rows = [
        list(zip(*(board.columns.get(name, ()) for name in names), strict=True))[:MOST_VERSIONS]
        for board in boards
    ]
    best = [row for level in zip_longest(*rows) for row in level if row is not None]
    chosen = list(dict.fromkeys(best))[:MOST_VERSIONS]
    heads = [head for *_, head in chosen]
    for version, login, submission, head in chosen:
        # All heads in one fetch; where that failed, the others are not tried together again.
        also = heads if head == heads[0] else ()
        folder = submission_folder(page.slug, login, submission)
        try:
            with forge.tree(head, largest=MOST_BYTES, also=also) as proposed:
                found = {name: _small(proposed, f"{folder}/{name}") for name in _ATTACHED}
        except (ForgeError, SubmissionError):  # what is gone is missed by this version alone
            continue
        there = {name: content for name, content in found.items() if content is not None}
        if known and known.hides(login):
            there = {n: content for n, content in there.items() if not tells(n, content, login)}
        yield version, there


def _small(tree: Tree, path: str) -> bytes | None:
    try:
        return tree.read(path, limit=MOST_BYTES)
    except SubmissionError:
        return None


def _public_files(main: Workspace, slug: str, playground: Playground) -> dict[str, bytes]:
    hidden = playground.features == "hidden"
    data = playground.data
    files = (data.train, None if hidden else data.features, data.example, *data.shared)
    small = [file.path for file in files if file and file.bytes <= MAX_FILE_BYTES]
    found = {f"data/{name}": main.tree.read(data_file(slug, name)) for name in small}
    found |= _code(main.tree, slug)
    if playground.own_metrics:
        found["metrics.py"] = main.tree.read(metrics_file(slug))
    return {path: content for path, content in found.items() if content is not None}


def _code(tree: Tree, slug: str) -> dict[str, bytes | None]:
    """Read the starter notebooks and scripts; pages of text belong into the README."""
    start = playground_file(slug, "")
    paths = [path for path in tree.paths(code_folder(slug)) if path.endswith(_CODE)]
    return {path.removeprefix(start): tree.read(path, limit=MAX_FILE_BYTES) for path in paths}


def _owner_files(tree: Tree) -> dict[str, bytes]:
    paths = ["mkdocs.yml", *tree.paths("docs")]
    found = {path: tree.read(path) for path in paths}
    return {path: content for path, content in found.items() if content is not None}
