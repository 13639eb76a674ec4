"""The owners' own `mkdocs.yml` and pages, joined with ours."""

from __future__ import annotations

import importlib
from collections.abc import Iterable, Mapping
from pathlib import Path, PurePosixPath
from typing import Any, TypeVar

import yaml

from aims_gh.core.inert import plain
from aims_gh.errors import SiteError

Settings = dict[str, Any]
_Kind = TypeVar("_Kind", list[Any], dict[str, Any])
_CONFIG = "mkdocs.yml"
_DOCS = PurePosixPath("docs")

# What a Material site may name by `!!python/name:`. Any other name would run code.
_NAMES = (
    "material.extensions.emoji.to_svg",
    "material.extensions.emoji.twemoji",
    "pymdownx.superfences.fence_code_format",
    "pymdownx.superfences.fence_div_format",
)
# Paths, and what only a build that is not ours would use.
_EXTENSIONS = frozenset(
    """
    abbr admonition attr_list codehilite def_list extra fenced_code footnotes md_in_html meta
    nl2br sane_lists smarty tables toc wikilinks pymdownx.arithmatex pymdownx.betterem
    pymdownx.blocks.admonition pymdownx.blocks.definition pymdownx.blocks.details
    pymdownx.blocks.html pymdownx.blocks.tab
    pymdownx.caret pymdownx.critic pymdownx.details pymdownx.emoji pymdownx.highlight
    pymdownx.inlinehilite pymdownx.keys pymdownx.magiclink pymdownx.mark pymdownx.progressbar
    pymdownx.saneheaders pymdownx.smartsymbols pymdownx.striphtml pymdownx.superfences
    pymdownx.tabbed pymdownx.tasklist pymdownx.tilde
    """.split()  # noqa: SIM905  one word after the other reads best
)
"""Markdown extensions that neither read files nor name Python modules."""

_NOT_THEIRS = ("docs_dir", "site_dir", "config_file_path", "plugins")


def settings(files: Mapping[str, bytes], ours: Settings) -> Settings:
    """Join the owners' `mkdocs.yml` with our settings; what they say explicitly wins.

    Raises
    ------
    SiteError
        Where it is not YAML, or asks for what the site builder does not do.
    """
    theirs = _read(files.get(_CONFIG, b""))
    _refuse_code(theirs)
    joined = ours | {k: v for k, v in theirs.items() if k not in _NOT_THEIRS and v is not None}
    joined["theme"] = _theme(theirs, ours["theme"])
    joined["plugins"] = {"search": _plugins(theirs).get("search", {})}
    joined["markdown_extensions"] = ours["markdown_extensions"] | _named(
        theirs, "markdown_extensions"
    )
    joined["extra"] = ours["extra"] | _get(theirs, "extra", dict)
    if "not_in_nav" in theirs:
        joined["not_in_nav"] = f"{ours['not_in_nav']}{theirs['not_in_nav']}"
    for key in ("extra_css", "extra_javascript"):
        joined[key] = [*ours[key], *_get(theirs, key, list)]
    return joined


def files_of(files: Mapping[str, bytes]) -> dict[str, bytes]:
    """Give the owners' files by their path in the project."""
    return {str(_path(name)): content for name, content in files.items() if name != _CONFIG}


class Taken:
    """Writes our files beside the owners': neither side loses one without knowing."""

    def __init__(self, files: Mapping[str, bytes]) -> None:
        self._taken = {path.casefold() for path in files_of(files)}

    def write(
        self, files: Iterable[tuple[PurePosixPath, bytes]], project: Path, *, apart: bool = False
    ) -> None:
        """Write files by their path on the site.

        Parameters
        ----------
        apart : bool
            Whether they stay out of `docs/`, because no generator has to look at them.

        Raises
        ------
        SiteError
            Where the owners have one of that name.
        """
        for name, content in files:
            path = _DOCS / name
            if str(path).casefold() in self._taken:
                raise SiteError(
                    f"{path} of the course is also the name of a page that aims makes",
                    hint=f"give {path} another name",
                )
            write({str(name if apart else path): content}, project)


def has_home(files: Mapping[str, bytes]) -> bool:
    """Tell whether the owners have a home page of their own."""
    return any(f"docs/{name}" in files for name in ("index.md", "README.md", "index.html"))


def with_playgrounds(nav: list[Any], pages: Iterable[str], *, home: bool) -> list[Any]:
    """Add our pages to the navigation, unless the owners have placed them themselves."""
    placed = set(_leaves(nav))
    first = [{"Home": "index.md"}] if home and "index.md" not in placed else []
    if any(path.startswith("playgrounds/") for path in placed):
        return [*first, *nav]
    return [*first, *nav, {"Playgrounds": list(pages)}]


def _leaves(nav: Any) -> Iterable[str]:
    if isinstance(nav, str):
        yield nav
    elif isinstance(nav, Mapping):
        for value in nav.values():
            yield from _leaves(value)
    elif isinstance(nav, list):
        for item in nav:
            yield from _leaves(item)


class _Loader(yaml.SafeLoader):
    """Safe YAML, and the few names that Material's own documentation tells people to write."""


def _known_name(_loader: yaml.SafeLoader, suffix: str, _node: yaml.Node) -> Any:
    if suffix not in _NAMES:
        raise yaml.YAMLError(f"!!python/name:{suffix} is not allowed")
    module, _, name = suffix.rpartition(".")
    return getattr(importlib.import_module(module), name)


_Loader.add_multi_constructor("tag:yaml.org,2002:python/name:", _known_name)


def _read(data: bytes) -> Settings:
    try:
        value = yaml.load(data, Loader=_Loader) or {}  # noqa: S506  a SafeLoader
    except (yaml.YAMLError, UnicodeDecodeError, RecursionError) as error:
        raise SiteError(
            f"{_CONFIG} cannot be read: {error}", hint="correct it; it is plain YAML"
        ) from None
    if not isinstance(value, dict):
        raise SiteError(f"{_CONFIG} has no keys", hint="write `key: value`, one per line")
    return value


def _refuse_code(theirs: Settings) -> None:
    if theirs.get("hooks"):
        raise SiteError(
            f"{_CONFIG} has hooks, which would run code wherever the site is built",
            hint="remove `hooks`; a theme override may do the same, in a sandbox",
        )
    if theirs.get("INHERIT"):
        raise SiteError(f"{_CONFIG} has INHERIT", hint=f"write everything in {_CONFIG} itself")
    unknown = sorted(set(_named(theirs, "markdown_extensions")) - _EXTENSIONS)
    if unknown:
        raise SiteError(
            f"{_CONFIG} has Markdown extensions that may read files or run code: "
            f"{plain(', '.join(unknown))}",
            hint=f"remove them; allowed are {', '.join(sorted(_EXTENSIONS))}",
        )
    others = sorted(set(_plugins(theirs)) - {"search"})
    if others:
        raise SiteError(
            f"{_CONFIG} asks for the plugin {others[0]}, and only search is available",
            hint=f"remove {', '.join(others)} from `plugins`",
        )
    if str(theirs.get("docs_dir", "docs")).strip("./") != "docs":
        raise SiteError(f"{_CONFIG} has another docs_dir", hint="keep the pages in docs/")


def _theme(theirs: Settings, ours: Settings) -> Settings:
    named = isinstance(theirs.get("theme"), str)
    given = {"name": theirs["theme"]} if named else dict(_get(theirs, "theme", dict))
    if given.get("name", "material") != "material":
        raise SiteError(
            f"{_CONFIG} asks for the theme {given['name']}",
            hint="remove `theme.name`: the pages are made for material",
        )
    given["features"] = [*ours["features"], *_get(given, "features", list)]
    if "custom_dir" in given:
        given["custom_dir"] = str(_path(str(given["custom_dir"])))
    return ours | given


def _plugins(theirs: Settings) -> Settings:
    named = _named(theirs, "plugins")
    return {str(name).removeprefix("material/"): options for name, options in named.items()}


def _named(theirs: Settings, key: str) -> Settings:
    """Turn MkDocs' list of names, some with options, into a dict."""
    if isinstance(theirs.get(key), dict):
        return dict(theirs[key])
    named: Settings = {}
    for item in _get(theirs, key, list):
        named |= item if isinstance(item, dict) else {str(item): {}}
    return {name: options or {} for name, options in named.items()}


def _get(theirs: Settings, key: str, kind: type[_Kind]) -> _Kind:
    value = theirs.get(key) or kind()
    if not isinstance(value, kind):
        what = "a list" if kind is list else "keys and values"
        raise SiteError(f"`{key}` in {_CONFIG} is not {what}", hint=f"write {what}, one per line")
    return value


def _path(name: str) -> PurePosixPath:
    path = PurePosixPath(name)
    if path.is_absolute() or ".." in path.parts or "\\" in name or not path.parts:
        raise SiteError(f"{name!r} is not a path inside the course", hint="keep it below docs/")
    return path


def write(files: Mapping[str, bytes], folder: Path) -> None:
    """Write files below a folder."""
    for name, content in files.items():
        path = folder / _path(name)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
