"""Update: take over what changed in the tasks of the course that one's own was made of."""

from __future__ import annotations

import difflib
import hashlib
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from aims_gh.core.inert import plain
from aims_gh.core.notebook import readdressed, untouched
from aims_gh.core.three_way import Conflict, merge_files, merge_keys
from aims_gh.core.yaml_keys import with_keys
from aims_gh.domain.address import Address, public_course
from aims_gh.domain.course import Course, Upstream
from aims_gh.domain.playground import Playground
from aims_gh.domain.record import Problems, dump_yaml
from aims_gh.errors import AimsError, CourseError
from aims_gh.flows.amend import edited
from aims_gh.flows.copies import OpenForge, add_envelope, left_behind
from aims_gh.flows.starter import renewed
from aims_gh.forge import MAIN, Change, Forge
from aims_gh.forge.merging import merge_text
from aims_gh.workspace import COURSE_FILE, Tree, Workspace, playground_file, starter_file

TEXTS = ("title", "description", "license", "tags", "metrics", "evaluation", "limits", "deploy")
"""Keys of `playground.yml` that say what the task is. Dates, people and answers are each course's
own."""

OF_THE_ANSWERS = ("input_type", "task_type", "labels", "inputs", "features")
"""Keys that belong to the answers: taken only by a playground that waits for its labels."""


@dataclass(frozen=True, slots=True)
class FileChange:
    """A file that becomes another."""

    path: str
    before: bytes | None
    after: bytes | None

    @property
    def diff(self) -> list[str]:
        """Give the difference, line by line, as `diff -u` does."""
        return difference(self.path, self.before, self.after)


@dataclass(frozen=True, slots=True)
class Update:
    """What an update changes, and what it leaves as it is."""

    upstream: Upstream
    """The commit up to which changes were looked at."""

    changes: tuple[FileChange, ...] = ()
    conflicts: tuple[Conflict, ...] = ()
    """What both courses changed: ours stays."""

    started: tuple[str, ...] = ()
    """Playgrounds that are new; they wait for their labels."""

    gone: tuple[str, ...] = ()
    """Playgrounds that the other course has no more; ours stay."""

    proposal: int | None = None
    commit: str | None = None

    @property
    def message(self) -> str:
        """Say in a commit what was taken over, and what was not."""
        lines = [f"Update the tasks from {plain(self.upstream.address)}", ""]
        lines.append(f"Up to its commit {self.upstream.commit[:10]}.")
        kept = [f"- {conflict.path}" for conflict in self.conflicts]
        lines += ["", "Both courses changed these; ours stay as they are:", *kept] if kept else []
        return "\n".join(lines)


@dataclass(slots=True)
class _Merge:
    """What is being put together."""

    files: dict[str, bytes | None] = field(default_factory=dict)
    conflicts: list[Conflict] = field(default_factory=list)
    started: list[str] = field(default_factory=list)
    gone: list[str] = field(default_factory=list)


def look_for_update(forge: Forge, open_forge: OpenForge) -> Update:
    """Work out what changed in the tasks of the course that this one was made of.

    Results, keys, people, dates and answers are left alone, and so are the features that belong
    to the answers. Where both courses changed a thing, ours stays and the conflict is told.

    Raises
    ------
    CourseError
        If the course was made of none, or what is there cannot be read.
    """
    with forge.tree(MAIN) as ours:
        course = Workspace(ours).course()
        if course.upstream is None:
            raise CourseError(
                "course.yml names no course that this one was made of",
                hint="write upstream: {address: OWNER/NAME, commit: ID} into it",
            )
        source = open_forge(course.upstream.address)
        with source.tree(MAIN) as theirs:
            upstream = course.upstream.model_copy(update={"commit": theirs.commit})
            if upstream == course.upstream:
                return Update(upstream)
            name = public_course(forge.name, course.address)
            merge = _merged(source, course, Workspace(ours), Workspace(theirs), name)
        if merge.files or merge.conflicts:
            merge.files[COURSE_FILE] = _with_upstream(ours, course, upstream)
        changes = [FileChange(p, ours.read(p), content) for p, content in merge.files.items()]
    return Update(
        upstream, tuple(changes), tuple(merge.conflicts), tuple(merge.started), tuple(merge.gone)
    )


def propose_update(forge: Forge, update: Update, *, author: str) -> int:
    """Open a proposal with what an update changes, for people to read; give its number."""
    files = {change.path: change.after for change in update.changes}
    title = f"Update the tasks from {plain(update.upstream.address)}"[:200]
    return forge.propose(Change(update.message, files), author=author, title=title).number


def apply_update(forge: Forge, update: Update) -> str:
    """Commit what an update changes to `main`; give the commit.

    Raises
    ------
    CourseError
        If one of the files was changed meanwhile.
    """

    def edit(tree: Tree) -> Change:
        for change in update.changes:
            if tree.read(change.path) != change.before:
                raise CourseError(f"{change.path} was changed meanwhile", hint="do the same again")
        return Change(update.message, {change.path: change.after for change in update.changes})

    return forge.record(edit, branch=MAIN)


def difference(path: str, before: bytes | None, after: bytes | None) -> list[str]:
    """Give a difference line by line; of what is no text, only how long it is."""
    sides = [(b"" if side is None else side) for side in (before, after)]
    try:
        old, new = (side.decode("utf-8").splitlines() for side in sides)
    except UnicodeDecodeError:
        return [f"--- {path}: {len(sides[0]):,} bytes", f"+++ {path}: {len(sides[1]):,} bytes"]
    one, other = ("/dev/null" if side is None else path for side in (before, after))
    return list(difflib.unified_diff(old, new, one, other, lineterm=""))


def _merged(source: Forge, course: Course, ours: Workspace, theirs: Workspace, name: str) -> _Merge:
    assert course.upstream is not None
    merge = _Merge()
    try:
        with source.tree(course.upstream.commit) as start:
            _merge_all(merge, course, Workspace(start), ours, theirs, name)
    except AimsError as error:
        if isinstance(error, CourseError):
            raise
        raise CourseError(
            f"{course.upstream.address} has no commit {course.upstream.commit[:10]} any more",
            hint="its history was rewritten: write one of its commits under upstream in course.yml",
        ) from None
    return merge


def _merge_all(
    merge: _Merge, course: Course, base: Workspace, ours: Workspace, theirs: Workspace, name: str
) -> None:
    before, mine, new = (set(side.slugs()) for side in (base, ours, theirs))
    for slug in sorted(new - mine - before):  # what we removed does not come back
        playground = theirs.playground(slug)
        files: dict[str, bytes | None] = {**_files(theirs.tree, slug, f"{name}/{slug}")}
        keys = left_behind(playground, course, None)
        add_envelope(slug, playground, course, keys, files)
        made = playground.model_dump(mode="json", exclude_defaults=True) | keys
        rules = theirs.file(playground_file(slug))
        files[playground_file(slug)] = edited(rules, keys, Playground.from_value(made))
        hidden = playground.features == "hidden" and playground.data.features
        if hidden:
            files.pop(playground_file(slug, f"data/{hidden.path}"), None)
        merge.files |= files
        merge.started.append(slug)
    merge.gone = sorted((before & mine) - new)
    for slug in sorted(new & mine):
        started = base if slug in before else theirs
        _merge_playground(merge, slug, started, ours, theirs, name)
        _renew_starter(merge, Address(name, slug), ours)


def _merge_playground(
    merge: _Merge, slug: str, base: Workspace, ours: Workspace, theirs: Workspace, name: str
) -> None:
    old, mine, new = (side.playground(slug) for side in (base, ours, theirs))
    waits = mine.waits_for_labels
    fixed = set() if waits else {playground_file(slug, f"data/{p}") for p in _rows_of(mine, new)}
    notebooks = [side.tree.read(starter_file(slug)) for side in (ours, theirs)]
    note = untouched(notebooks[0] or b"")
    if note and (notebooks[1] is None or untouched(notebooks[1])):
        fixed.add(starter_file(slug))  # it follows from the rest
    place = note.address if note else f"{name}/{slug}"
    sides = [_files(side.tree, slug, place, without=fixed) for side in (base, ours, theirs)]
    files, conflicts = _merged_files(slug, sides)
    values = [p.model_dump(mode="json", exclude_defaults=True) for p in (old, mine, new)]
    names = (*TEXTS, *(OF_THE_ANSWERS if waits else ()))
    keys = merge_keys(values[0], values[1], values[2], names)
    path, folder = playground_file(slug), playground_file(slug, "data/")
    try:
        data = _data(slug, values, sides[1] | files, waits=waits)
    except _Apart:
        data = {}
        conflicts += [Conflict(p, sides[1].get(p), c) for p, c in files.items() if folder in p]
        files = {p: content for p, content in files.items() if folder not in p}
    merge.files |= files
    merge.conflicts += conflicts
    merge.conflicts += [
        Conflict(f"{path}: {name}", _yaml(name, values[1]), _yaml(name, values[2]))
        for name in keys.conflicts
    ]
    changed = keys.keys | data
    if waits and new.holdout.rows != mine.holdout.rows:
        changed["holdout"] = {"rows": new.holdout.rows}
    if not changed:
        return
    value = {k: v for k, v in (values[1] | changed).items() if v is not None}
    try:
        made = Playground.from_value(value)
    except Problems:
        theirs_file = theirs.tree.read(path)
        merge.conflicts.append(Conflict(path, ours.tree.read(path), theirs_file))
        return
    present = {k: v for k, v in changed.items() if v is not None}
    whole = len(present) == len(changed)
    merge.files[path] = edited(ours.file(path), present, made) if whole else made.to_yaml()


def _renew_starter(merge: _Merge, place: Address, ours: Workspace) -> None:
    def read(path: str) -> bytes | None:
        return merge.files[path] if path in merge.files else ours.tree.read(path)

    rules = read(playground_file(place.slug)) or b""
    before, now = ours.playground(place.slug), Playground.from_yaml(rules)
    merge.files |= renewed(place, before, now, read)


def _merged_files(
    slug: str, sides: list[dict[str, bytes]]
) -> tuple[dict[str, bytes | None], list[Conflict]]:
    """Merge the files; of data, whose digests are written down, only whole ones are taken."""
    files: dict[str, bytes | None] = {}
    conflicts: list[Conflict] = []
    folder = playground_file(slug, "data/")
    for data in (True, False):
        base, ours, theirs = (
            {p: content for p, content in side.items() if p.startswith(folder) == data}
            for side in sides
        )
        found = merge_files(base, ours, theirs, (lambda *_: None) if data else merge_text)
        files |= found.files
        conflicts += found.conflicts
    return files, conflicts


def _rows_of(*playgrounds: Playground) -> Iterator[str]:
    """Name the files that are to be predicted on: they belong to the answers, row by row."""
    for playground in playgrounds:
        if playground.data.features:
            yield playground.data.features.path


def _data(
    slug: str,
    values: list[dict[str, Any]],
    files: Mapping[str, bytes | None],
    *,
    waits: bool,
) -> dict[str, Any]:
    """Describe the data files that were taken over; empty where nothing is different."""
    old, mine, new = (dict(value.get("data") or {}) for value in values)
    taken = dict(mine)
    for kind in ("train", "example", "shared", *(("features",) if waits else ())):
        if new.get(kind) in (old.get(kind), mine.get(kind)) or mine.get(kind) != old.get(kind):
            continue
        taken.pop(kind, None)
        taken |= {kind: new[kind]} if kind in new else {}
    listed = [file for kind in taken.values() for file in (kind if type(kind) is list else [kind])]
    contents = [files.get(playground_file(slug, f"data/{file['path']}")) for file in listed]
    fits = all(
        content is None or hashlib.sha256(content).hexdigest() == file["sha256"]
        for content, file in zip(contents, listed, strict=True)
    )
    if not fits:
        raise _Apart
    return {} if taken == mine else {"data": taken}


class _Apart(Exception):
    """Data files and what `playground.yml` says of them would not fit after the merge."""


def _files(
    tree: Tree, slug: str, address: str, *, without: Collection[str] = ()
) -> dict[str, bytes]:
    """Read the files of a task: all but the answers, the rules, and who has which.

    The starter notebook is given as one for the playground at `address`.
    """
    folder, sealed = playground_file(slug, "").rstrip("/"), playground_file(slug, "holdout/")
    ours = ("playground.yml", "teams.yml", "extensions.yml")
    left = {*(playground_file(slug, name) for name in ours), *without}
    found = {
        path: tree.read(path)
        for path in tree.paths(folder)
        if path not in left and not path.startswith(sealed)
    }
    if notebook := found.get(starter_file(slug)):
        found[starter_file(slug)] = readdressed(notebook, address)
    return {path: content for path, content in found.items() if content is not None}


def _with_upstream(tree: Tree, course: Course, upstream: Upstream) -> bytes:
    content = tree.read(COURSE_FILE) or b""
    changed = with_keys(content, {"upstream": upstream.model_dump(mode="json")})
    made = course.model_copy(update={"upstream": upstream})
    try:
        return changed if Course.from_yaml(changed) == made else made.to_yaml()
    except Problems:
        return made.to_yaml()


def _yaml(name: str, value: Mapping[str, Any]) -> bytes | None:
    return dump_yaml({name: value[name]}).encode() if name in value else None
