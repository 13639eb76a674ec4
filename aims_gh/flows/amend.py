"""Change a playground that is there already: who may submit, its example rows, its public files."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Literal

from aims_gh.core.leaks import check_no_answers
from aims_gh.core.table import SUFFIXES
from aims_gh.core.yaml_keys import with_keys
from aims_gh.domain.address import Address
from aims_gh.domain.playground import DataFile, Playground
from aims_gh.domain.record import Problems
from aims_gh.errors import CourseError
from aims_gh.flows.owner_data import MAX_DATA_BYTES, Source, inputs_of
from aims_gh.forge import MAIN, Change, Forge
from aims_gh.workspace import Tree, Workspace, data_file, playground_file

Update = Literal["Add", "Remove", "Replace_list"]
Changes = tuple[Mapping[str, Any], Mapping[str, bytes]]
"""New values for keys of `playground.yml`, and files to write."""


def change_participants(
    forge: Forge, address: Address, logins: Sequence[str], update: Update
) -> tuple[str, ...]:
    """Change who may submit to a private playground.

    Returns
    -------
    tuple of str
        Who may submit now.

    Raises
    ------
    CourseError
        If a login is none, or nobody would be left.
    """

    def change(now: Playground) -> Changes:
        have = {login.lower(): login for login in now.participants}
        given = {login.lower(): login for login in logins}
        if update == "Remove":
            kept = {key: login for key, login in have.items() if key not in given}
        else:
            kept = (have if update == "Add" else {}) | given
        if not kept:
            raise CourseError(
                "nobody would be left to submit",
                hint="name at least one login; visibility: public in playground.yml opens it",
            )
        return {"visibility": "private", "participants": sorted(kept.values())}, {}

    return _amend(forge, address, change, "Change who may submit").participants


def replace_example(forge: Forge, address: Address, example: Source) -> Playground:
    """Replace the public rows that show what the input looks like."""
    table = example.table()

    def change(now: Playground) -> Changes:
        file = DataFile(
            path=f"example{example.suffix}",
            sha256=example.sha256(),
            bytes=len(example.content),
            rows=len(table),
        )
        inputs = inputs_of(table, show=True, input_type=now.input_type)
        names = [item["name"] for item in inputs]
        if now.inputs and sorted(names) != sorted(item.name for item in now.inputs):
            raise CourseError(
                f"{example.name} has the columns {', '.join(names[:8])}, and the playground's "
                f"inputs are {', '.join(item.name for item in now.inputs[:8])}",
                hint="the example shows rows as models are given them",
            )
        data = now.data.model_copy(update={"example": file})
        changes: dict[str, Any] = {"data": data.model_dump(mode="json")}
        if not now.inputs:
            changes["inputs"] = inputs
        return changes, {data_file(address.slug, file.path): example.content}

    return _amend(forge, address, change, "Replace the example rows")


def share_files(
    forge: Forge, address: Address, sources: Sequence[Source], *, answers: Any
) -> tuple[DataFile, ...]:
    """Add public files to a playground's `data/`, or replace files that were shared before.

    Parameters
    ----------
    answers : array of shape (n,) or None
        The held-out answers, where the key to them is at hand: no table may have them.

    Returns
    -------
    tuple of DataFile
        All shared files.

    Raises
    ------
    CourseError
        If a file is too large, has a name that will not do, or has the held-out answers in it.
    """
    for source in sources:
        if len(source.content) > MAX_DATA_BYTES:
            raise CourseError(
                f"{source.name} has {len(source.content):,} bytes, the limit is {MAX_DATA_BYTES:,}",
                hint="split it, or save it as Parquet",
            )
        if answers is not None and source.suffix in SUFFIXES:
            check_no_answers(source.table(), source.name, answers=answers, features=None)

    def change(now: Playground) -> Changes:
        own = {f.path for f in (now.data.features, now.data.train, now.data.example) if f}
        shared = {file.path: file for file in now.data.shared}
        for source in sources:
            if source.name in own:
                raise CourseError(
                    f"{source.name} is the playground's own file",
                    hint="give the file another name",
                )
            shared[source.name] = _described(source)
        data = now.data.model_dump(mode="json") | {
            "shared": [file.model_dump(mode="json") for file in shared.values()]
        }
        return {"data": data}, {data_file(address.slug, s.name): s.content for s in sources}

    return _amend(forge, address, change, "Share data").data.shared


def _described(source: Source) -> DataFile:
    rows = len(source.table()) if source.suffix in SUFFIXES else None
    try:
        return DataFile.from_value(
            {
                "path": source.name,
                "sha256": source.sha256(),
                "bytes": len(source.content),
                "rows": rows,
            }
        )
    except Problems as problems:
        raise CourseError(
            f"{source.name!r} cannot be shared under this name: {problems}",
            hint="letters, digits, hyphens and underscores, then an ending",
        ) from None


def _amend(
    forge: Forge, address: Address, change: Callable[[Playground], Changes], message: str
) -> Playground:
    made: list[Playground] = []

    def edit(tree: Tree) -> Change:
        now = Workspace(tree).playground(address.slug)
        keys, files = change(now)
        value = now.model_dump(mode="json", exclude_defaults=True) | dict(keys)
        try:
            made[:] = [Playground.from_value(value)]
        except Problems as problems:
            raise CourseError(
                f"the playground will not do so: {problems}",
                hint="the documentation's page on playground.yml describes every key",
            ) from None
        written: dict[str, bytes | None] = dict(files)
        path = playground_file(address.slug)
        written[path] = edited(tree.read(path) or b"", keys, made[0])
        return Change(message=f"{message}: {address.slug}", files=written)

    forge.record(edit, branch=MAIN)
    return made[0]


def edited(content: bytes, keys: Mapping[str, Any], made: Playground) -> bytes:
    """Change the file where it has to be; anew, where it is written in an unusual way."""
    edited = with_keys(content, keys)
    try:
        if Playground.from_yaml(edited) == made:
            return edited
    except Problems:
        pass
    return made.to_yaml()
