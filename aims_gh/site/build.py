"""Build a course's site with MkDocs. No other module knows MkDocs."""

from __future__ import annotations

import logging
import os
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any

import yaml

from aims_gh.errors import MissingExtra, SiteError
from aims_gh.site import owner
from aims_gh.site.bundle import Assets, assets
from aims_gh.site.downloads import INDEX, course_files, owners_files, playground_files
from aims_gh.site.pages import CourseSite
from aims_gh.site.policy import content_policy, with_head
from aims_gh.site.serve import serve
from aims_gh.site.swap import merge, staged
from aims_gh.site.view import digest

__all__ = ["build", "serve"]

if TYPE_CHECKING:
    import jinja2

    from aims_gh.site.render import Fragment, Rendered

_log = logging.getLogger(__name__)
Say = Callable[[str], None]


def build(
    site: CourseSite,
    out: Path,
    *,
    strict: bool = False,
    templates: Path,
    cache: Path | None = None,
    say: Say = lambda _: None,
) -> None:
    """Build the website of a course.

    Parameters
    ----------
    site : CourseSite
        What to show.
    out : Path
        The folder that will hold the site. An older site there is replaced when, and only
        when, the new one is complete.
    strict : bool
        Whether a warning, such as a link to nowhere in an owner's page, is an error.
    templates : Path
        The folder `site_templates`.
    cache : Path or None
        Where what npm fetches is kept; None: do without npm.
    say : callable
        Told when something that takes long begins.

    Raises
    ------
    MissingExtra
        Where MkDocs, its theme or Jinja2 is not installed.
    SiteError
        Where the site cannot be built, or `out` holds something else.
    """
    _require_mkdocs()
    scripts = assets(templates / "assets", cache, say=say)
    if scripts.missing:
        _log.warning("%s; charts, graphs and Predict are left out", scripts.missing)
    with staged(out, INDEX) as new, tempfile.TemporaryDirectory(dir=new.parent) as folder:
        project = Path(folder)
        rendered = write_project(site, project, templates=templates, scripts=scripts)
        _run_mkdocs(project, new, strict=strict)
        finish(project, new, rendered)


def write_project(site: CourseSite, project: Path, *, templates: Path, scripts: Assets) -> Rendered:
    """Write a project that MkDocs, and what reads its files, builds; give what comes in later.

    The data of the pages lie apart, in the project's folder `data`: no generator has to look at
    them. Of all playgrounds, one is in memory at a time.
    """
    _require_mkdocs()
    from aims_gh.site.render import Rendered, Templates

    settings = owner.settings(site.owner_files, _settings(site))
    settings |= {key: _text(settings[key]) for key in ("site_name", "site_description")}
    made, rendered, digests = Templates(templates / "site", scripts.modules), Rendered(), []
    owner.write(owner.files_of(site.owner_files), project)
    taken = owner.Taken(site.owner_files)
    for slug in site.slugs:
        page = site.page(slug)
        digests.append(digest(page))
        rendered.add(made.playground(page, site))
        taken.write(owners_files(page), project)
        taken.write(playground_files(site, page, digests[-1].lately), project, apart=True)
    rendered.add(made.course(site, digests))
    taken.write(course_files(site, digests), project, apart=True)
    if owner.has_home(site.owner_files):
        del rendered.pages[PurePosixPath("index.md")]
    taken.write(rendered.pages.items(), project)
    assets_folder = PurePosixPath("assets/aims")
    taken.write(((assets_folder / n, content) for n, content in scripts.files.items()), project)
    _write_settings(settings, project)
    with _explained(project):
        settings["nav"] = _navigation(_load(project), site)
    _write_settings(settings, project)
    return rendered


def finish(project: Path, out: Path, rendered: Rendered) -> None:
    """Put into the finished pages what no generator of pages may touch, and the data beside them.

    Pages that the owners have written keep the freedom that they have on any site of MkDocs.
    """
    merge(project / "data", out / "data")
    by_page: dict[str, list[Fragment]] = {}
    for fragment in rendered.fragments:
        by_page.setdefault(fragment.page, []).append(fragment)
    ours = {path.with_suffix(".html").as_posix() for path in rendered.pages}
    for name in sorted(ours | set(by_page)):
        path = out / name
        if name not in ours and not path.exists():
            continue
        page = path.read_text("utf-8")
        policy = content_policy(page)
        for fragment in by_page.get(name, ()):
            page = _put(fragment, page)
        if name in ours:
            page = with_head(page, rendered.heads.get(name, ""), policy)
        path.write_text(page, "utf-8")


def _require_mkdocs() -> None:
    # Material announces its end of life to everybody who builds; it is no news to our users.
    os.environ.setdefault("NO_MKDOCS_2_WARNING", "1")
    try:
        for name in ("mkdocs", "material", "jinja2"):
            import_module(name)
    except ImportError:
        raise MissingExtra("building the website", extra="site") from None


def _put(fragment: Fragment, page: str) -> str:
    before, marker, after = page.partition(fragment.marker)
    if not marker and fragment.required:
        raise SiteError(
            f"{fragment.page} came out without its place for {fragment.marker}",
            hint="close every ``` and every HTML tag in the README of that playground, "
            "and show page.content in your theme overrides",
        )
    return f"{before}{fragment.html if marker else ''}{after}"


def _write_settings(settings: dict[str, Any], project: Path) -> None:
    (project / "mkdocs.yml").write_text(yaml.dump(settings, sort_keys=False), "utf-8")


def _load(project: Path, **changes: Any) -> Any:
    from mkdocs.config import load_config

    return load_config(str(project / "mkdocs.yml"), **changes)


def _run_mkdocs(project: Path, out: Path, *, strict: bool) -> None:
    from mkdocs.commands.build import build as mkdocs_build

    with _explained(project):
        config = _load(project, site_dir=str(out))
        config.strict = config.strict or strict
        make = config.theme.get_env
        config.theme.get_env = lambda: _sandboxed(make())
        mkdocs_build(config)


@contextmanager
def _explained(project: Path) -> Iterator[None]:
    """Turn what MkDocs complains about into one error, or into warnings."""
    import jinja2
    from mkdocs.exceptions import MkDocsException

    # An owner's page, override or extension option can make MkDocs raise nearly anything.
    failures = (
        MkDocsException, jinja2.TemplateError, OSError, ImportError,
        ValueError, TypeError, LookupError, AttributeError, ArithmeticError,
    )  # fmt: skip
    with _quiet() as problems:
        try:
            yield
        except failures as error:
            raise _site_error(error, problems, project) from error
    for problem in problems:
        _log.warning("%s", _shorten(problem, project))


def _navigation(config: Any, site: CourseSite) -> list[Any]:
    """Give the owners' navigation, or one made of their pages, with ours in it."""
    from mkdocs.structure.files import file_sort_key, get_files
    from mkdocs.utils import nest_paths

    ours = ["playgrounds/index.md", *map(_page, site.slugs)]
    if config.nav is not None:
        ours_is_home = not owner.has_home(site.owner_files)
        return owner.with_playgrounds(config.nav, ours, home=ours_is_home)
    files = [f for f in get_files(config).documentation_pages() if f.inclusion.is_in_nav()]
    theirs = {path.removeprefix("docs/") for path in site.owner_files}
    pages = [f.src_uri for f in sorted(files, key=file_sort_key)]
    home = [path for path in pages if path in ("index.md", "README.md")]
    others = nest_paths(path for path in pages if path in theirs and path not in home)
    people = {"Participants": "users/index.md"}
    return [*({"Home": path} for path in home), {"Playgrounds": ours}, people, *others]


def _page(slug: str) -> str:
    return f"playgrounds/{slug}/index.md"


@contextmanager
def _quiet() -> Iterator[list[str]]:
    """Collect what MkDocs would write to the terminal."""
    problems: list[str] = []

    class Collect(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            problems.append(record.getMessage())

    collect = Collect(logging.WARNING)
    loggers = [logging.getLogger(name) for name in ("mkdocs", "MARKDOWN")]
    before = [logger.propagate for logger in loggers]
    for logger in loggers:
        logger.addHandler(collect)
        logger.propagate = False
    try:
        yield problems
    finally:
        for logger, propagate in zip(loggers, before, strict=True):
            logger.removeHandler(collect)
            logger.propagate = propagate


def _sandboxed(made: jinja2.Environment) -> jinja2.Environment:
    """Keep theme overrides from reaching Python: a copied course brings somebody else's."""
    from jinja2.sandbox import SandboxedEnvironment

    env = SandboxedEnvironment(
        loader=made.loader, auto_reload=False, extensions=list(made.extensions)
    )
    env.filters.update(made.filters)
    for name, value in made.globals.items():
        env.globals.setdefault(name, value)
    for name in ("gettext", "ngettext"):  # the extension has put its own there
        if name in made.globals:
            env.globals[name] = made.globals[name]
    return env


def _site_error(error: BaseException, problems: list[str], project: Path) -> SiteError:
    causes = [_shorten(problem, project) for problem in problems]
    causes = causes or [_shorten(f"{type(error).__name__}: {error}", project)]
    return SiteError(
        f"the website could not be built: {'; '.join(dict.fromkeys(causes))}",
        hint="correct the page or the line of mkdocs.yml that is named; "
        "the site that was there before is untouched",
    )


def _shorten(problem: str, project: Path) -> str:
    return " ".join(problem.replace(f"{project}{os.sep}", "").split())


def _settings(site: CourseSite) -> dict[str, Any]:
    """Give the settings of a course whose owners have written none."""
    return {
        "site_name": site.course.title,
        "site_description": site.course.description,
        "site_url": site.url,
        "copyright": "Made with aims-gh, from the files of this course alone.",
        "theme": _theme(),
        "plugins": {"search": {}},
        "not_in_nav": _NOT_IN_NAV,
        "markdown_extensions": dict(_EXTENSIONS),
        "extra": {"generator": False},
        "extra_css": ["assets/aims/aims.css"],
        "extra_javascript": [{"path": "assets/aims/aims.js", "type": "module"}],
    }


_NOT_IN_NAV = "/playgrounds/*/*/index.md\n/users/index.md\n"
"""The pages that a playground's tabs lead to: a navigation with all of them on every page would
grow with the square of their number."""


def _text(text: object) -> str:
    """Keep a title from being markup: Material copies these settings as HTML."""
    return str(text).replace("<", "&lt;").replace('"', "&quot;")


_EXTENSIONS: dict[str, dict[str, Any]] = {
    "admonition": {},
    "attr_list": {},
    "def_list": {},
    "footnotes": {},
    "md_in_html": {},
    "pymdownx.details": {},
    "pymdownx.highlight": {},
    "pymdownx.superfences": {},
    "pymdownx.tasklist": {},
    "pymdownx.tilde": {"subscript": False},
    "tables": {},
    "toc": {"permalink": True},
}


def _theme() -> dict[str, Any]:
    def scheme(scheme: str, media: str, icon: str, other: str) -> dict[str, Any]:
        return {
            "media": f"(prefers-color-scheme: {media})",
            "scheme": scheme,
            "primary": "custom",
            "accent": "custom",
            "toggle": {"icon": f"material/{icon}", "name": f"Switch to {other} mode"},
        }

    return {
        "name": "material",
        "font": False,  # fonts would come from another host
        "features": ["content.code.copy", "navigation.indexes", "navigation.tabs"],
        "favicon": "assets/aims/favicon.svg",
        "icon": {"logo": "material/scoreboard-outline"},
        "palette": [
            scheme("default", "light", "weather-night", "dark"),
            scheme("slate", "dark", "weather-sunny", "light"),
        ],
    }
