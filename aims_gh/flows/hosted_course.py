"""Set up a course on GitHub: its files, its keys, and everything around them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Literal

from aims_gh.core.seal import Key
from aims_gh.domain.course import Course, Roster, Upstream
from aims_gh.errors import CourseError, ForgeError
from aims_gh.flows.copies import (
    OpenForge,
    confirmed,
    copied_files,
    original_of,
    take_over,
    upstream_of,
    would_lose,
)
from aims_gh.flows.course import addressed, describe_course, starting_files
from aims_gh.flows.course_keys import DEPLOYING, KEY_OF, ROLES, keys_at_hand, locked_out, own_keys
from aims_gh.flows.workflows import FOLDER, render_workflows
from aims_gh.forge import LEDGER, MAIN, Change, Edit, Forge
from aims_gh.forge.administration import Administration, Hosted, NotOnThisPlan
from aims_gh.keyring import Keyring, Role
from aims_gh.workspace import COURSE_FILE, Tree, Workspace

LABELS = {
    "scored": ("1a7f37", "Evaluated: its scores are in the comment and on the board"),
    "chosen": ("0969da", "What shall count in the end is noted"),
    "refused": ("b60205", "Not evaluated: the comment says why"),
}
TOPICS = ("aims-course", "machine-learning", "leaderboard")
_MADE_BY_GITHUB = {"README.md"}


@dataclass(frozen=True, slots=True)
class Plan:
    """What the owner asks for."""

    title: str | None = None
    description: str = ""
    owners: tuple[str, ...] = ()
    private: bool = False
    adopt: bool = False
    """Whether a copy of somebody's course gets keys of its own."""

    upstream: str | None = None
    """Which course it is a copy of, where nothing tells."""

    source: str | None = None
    """Which course a new one is made of."""

    confirm: str = ""
    """Its name, typed again: what is in it may go, though it may be no copy."""


@dataclass(frozen=True, slots=True)
class Step:
    """Something that was seen to."""

    what: str
    outcome: Literal["done", "there", "not possible"]
    detail: str = ""


@dataclass(frozen=True, slots=True)
class SetUp:
    """What became of it."""

    course: str
    page: str
    site: str | None
    keys: str
    steps: tuple[Step, ...]
    locked_out: tuple[str, ...]
    """Playgrounds whose answers are sealed to other keys than the course's own."""

    waiting: tuple[str, ...] = ()
    """Playgrounds that wait for labels."""


@dataclass(frozen=True, slots=True)
class Tools:
    """What setting up takes from this machine."""

    keyring: Keyring
    templates: Path
    action: str
    clock: Callable[[], datetime]
    open_forge: OpenForge | None = None
    """Opens the course that a copy was made of, to look up from which commit."""


def set_up_course(
    forge: Forge,
    administration: Administration,
    plan: Plan,
    tools: Tools,
    *,
    tell: Callable[[Step], None] = lambda _: None,
) -> SetUp:
    """Make a course on GitHub, or go on where that was broken off.

    Keys are kept first: a course whose keys were lost could never be scored. The workflows come
    after what they need, so that the first push publishes the website.

    Raises
    ------
    CourseError
        If there is something else in the repository, or its keys are not on this machine.
    ForgeError
        If the token may not, or GitHub does not answer: the same call goes on.
    """
    return _SettingUp(forge, administration, plan, tools, tell).go()


class _SettingUp:
    def __init__(
        self,
        forge: Forge,
        administration: Administration,
        plan: Plan,
        tools: Tools,
        tell: Callable[[Step], None],
    ) -> None:
        self._forge, self._administration = forge, administration
        self._plan, self._tools, self._tell = plan, tools, tell
        self._steps: list[Step] = []

    def go(self) -> SetUp:
        """Do everything that is not done."""
        admin, plan, name = self._administration, self._plan, self._forge.name
        me = admin.token().login
        workflows = render_workflows(self._tools.templates, self._tools.action)
        hosted = admin.repository()
        _check_allowed(admin, hosted, name)
        if plan.private and hosted is not None and not hosted.private:
            raise CourseError(
                f"{name} is there already, and it is public",
                hint=f"make it private first, at {hosted.page}/settings, or leave out --private",
            )
        there = self._present(hosted)
        keys, new = self._keys(there)
        course = self._course(there, keys, me)  # where a title will not do, no key is kept
        adopted = there is not None and course.keys != there.keys
        if there is not None and adopted:
            self._check_is_copy(there, hosted)
        course = self._with_upstream(course, there if adopted else None, hosted)
        for role in new:
            self._tools.keyring.keep(keys[role], role, course=name, now=self._tools.clock())
        self._note("keys", bool(new), f"in {self._tools.keyring.folder}")
        private = plan.private if hosted is None else hosted.private
        if hosted is None:
            admin.create(private=private, description=course.description or course.title)
        self._note("repository", hosted is None, "private" if private else "public")
        self._do("branch main", admin.start_main)
        if adopted:
            self._clear_workflows(workflows)
        self._do("GitHub Actions", admin.allow_actions)
        if not private:  # whose forks' workflows do not run
            self._try("workflows of outsiders", admin.let_outsiders_wait)
        for role, (environment, secret) in KEY_OF.items():
            self._do(f"environment {environment}", partial(admin.restrict, environment, MAIN))
            admin.keep_secret(environment, secret, keys[role].secret)
            self._note(f"secret {secret}", True, "sealed on its way")
        self._do(f"environment {DEPLOYING}", partial(admin.restrict, DEPLOYING, MAIN))
        self._try("website", admin.serve)
        site = admin.site()
        address = site.address if site else None
        self._do("labels", lambda: admin.add_labels(LABELS))
        self._do("topics", lambda: admin.describe(topics=TOPICS, homepage=address or ""))
        itself = there is not None and confirmed(name, there.address)
        copied = not itself and bool((there and there.address) or (hosted and hosted.parent))
        self._ledger(empty=adopted, copied=copied)
        self._write(MAIN, self._first(course, adopted, workflows), "course.yml, pages, workflows")
        self._do("workflows", self._enable)
        self._try("protection of main", lambda: admin.protect(MAIN))
        found = admin.repository()
        page = found.page if found else ""
        shut, waiting = self._unscored(keys["score"])
        folder = str(self._tools.keyring.folder)
        return SetUp(name, page, address, folder, tuple(self._steps), shut, waiting)

    def _present(self, hosted: Hosted | None) -> Course | None:
        """Read the course that is there; None where there is a place for one."""
        name, adopt = self._forge.name, self._plan.adopt
        course = None
        if hosted is not None and self._administration.has_branch(MAIN):
            with self._forge.tree(MAIN) as main:
                if main.read(COURSE_FILE) is not None:
                    course = Workspace(main).course()
                elif set(main.paths()) - _MADE_BY_GITHUB:
                    raise CourseError(
                        f"{name} has files, and no {COURSE_FILE} among them",
                        hint="name a repository that is empty or does not exist yet",
                    )
        if adopt and course is None:
            raise CourseError(
                f"{name} is no copy of a course: it has no {COURSE_FILE}",
                hint="fork a course or make a copy of a template first; "
                f"for a new one: aims course new {name}",
            )
        return course

    def _keys(self, course: Course | None) -> tuple[dict[Role, Key], list[Role]]:
        """Find the course's keys, or make them; tell which are not kept yet."""
        name, keyring, adopt = self._forge.name, self._tools.keyring, self._plan.adopt
        if course is not None:
            found = keys_at_hand(course.keys, keyring, made_for=name if adopt else None)
            if found is not None:
                return found, []
            if not adopt:
                raise CourseError(
                    f"the keys of {name} are not on this machine",
                    hint="where they were made, aims keys shows their folder: copy it here; to "
                    f"give a copy of a course keys of its own: aims course adopt {name}",
                )
        kept = own_keys(name, keyring)
        new = [role for role in ROLES if role not in kept]
        return {role: Key.new() for role in new} | kept, new

    def _check_is_copy(self, there: Course, hosted: Hosted | None) -> None:
        """Refuse to take away what is nowhere else, where it may be the course itself.

        A copy says in `course.yml` that it is another course, and GitHub says the same. Where it
        does not, the course may have been renamed, or was adopted before, on another machine.
        """
        name, address = self._forge.name, there.address
        parent = (hosted.parent if hosted else None) or ""
        fork = original_of(there, name) is not None and confirmed(parent, address)
        if fork or confirmed(name, self._plan.confirm):
            return
        if self._administration.has_branch(LEDGER):
            with self._forge.tree(LEDGER) as ledger:
                if any(path not in _MADE_BY_GITHUB for path in ledger.paths()):
                    raise would_lose(name, "results")
        if confirmed(name, address) and self._tools.keyring.find(there.keys.score) is None:
            with self._forge.tree(MAIN) as main:
                rules = Workspace(main)
                if not all(rules.playground(slug).waits_for_labels for slug in rules.slugs()):
                    raise would_lose(name, "answers that no key on this machine opens")

    def _course(self, there: Course | None, keys: dict[Role, Key], me: str) -> Course:
        if there is not None and there.keys.score == keys["score"].public:
            return there.model_copy(update={"address": self._forge.name})
        plan, name = self._plan, self._forge.name.partition("/")[2]
        return describe_course(
            plan.title or (there.title if there else name),
            plan.description or (there.description if there else ""),
            plan.owners or (me,),
            keys,
            roster=Roster(policy=there.roster.policy if there else "open"),
            address=self._forge.name,
        )

    def _with_upstream(
        self, course: Course, copied: Course | None, hosted: Hosted | None
    ) -> Course:
        """Remember where a copy comes from."""
        plan, open_forge, upstream = self._plan, self._tools.open_forge, None
        if open_forge and plan.source:
            forge = open_forge(plan.source)
            with forge.tree(MAIN) as source:
                upstream = Upstream(address=forge.name, commit=source.commit)
        elif open_forge and copied is not None:
            address = plan.upstream or original_of(copied, self._forge.name)
            if address is None and copied.upstream:  # it was adopted before
                return course.model_copy(update={"upstream": copied.upstream})
            address = address or (hosted.parent if hosted else None)
            with self._forge.tree(MAIN) as main:
                upstream = upstream_of(main, address, open_forge) if address else None
        return course.model_copy(update={"upstream": upstream}) if upstream else course

    def _unscored(self, score: Key) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """List the playgrounds that the score key does not open, and those that have no answers."""
        with self._forge.tree(MAIN) as main:
            rules = Workspace(main)
            waiting = [slug for slug in rules.slugs() if rules.playground(slug).waits_for_labels]
            return tuple(locked_out(rules, score)), tuple(waiting)

    def _ledger(self, *, empty: bool, copied: bool) -> None:
        """Start the ledger; a copy that came with somebody's results begins without them.

        Only of what is known to be a copy the history goes too: somebody may have lost the keys
        of a course that is none.
        """
        there = self._administration.has_branch(LEDGER)
        if there and empty and copied:
            there = not self._administration.forget(LEDGER)

        def edit(tree: Tree) -> Change | None:
            old = {path: None for path in tree.paths() if path != "README.md"}
            return Change("Start an empty ledger", old) if empty and old else None

        self._write(LEDGER, edit, "empty", new=not there)

    def _clear_workflows(self, own: dict[str, bytes]) -> None:
        """Take the first course's workflows away, before there are secrets that they could read."""
        gone: list[str] = []

        def edit(tree: Tree) -> Change | None:
            gone[:] = [p for p in tree.paths(FOLDER) if tree.read(p) != own.get(p)]
            files: dict[str, bytes | None] = dict.fromkeys(gone)
            return Change("Remove the workflows of the first course", files) if gone else None

        self._forge.record(edit, branch=MAIN)
        names = ", ".join(path.removeprefix(f"{FOLDER}/") for path in gone)
        detail = f"removed: {names}" if gone else ""
        self._note("workflows of the first course", bool(gone), detail)

    def _first(self, course: Course, adopted: bool, workflows: dict[str, bytes]) -> Edit:
        def edit(tree: Tree) -> Change | None:
            new = tree.read(COURSE_FILE) is None
            wanted, gone = dict(workflows), dict[str, bytes | None]()
            replaced = {COURSE_FILE, "README.md"} if new else {COURSE_FILE}
            if new:
                wanted |= self._starting(course)
            elif adopted:
                taken = take_over(tree, course, self._tools.keyring.find, self._forge.name).files
                wanted |= {path: content for path, content in taken.items() if content is not None}
                gone |= {path: None for path, content in taken.items() if content is None}
                replaced |= taken.keys()
            elif Workspace(tree).course() != course:
                wanted[COURSE_FILE] = addressed(tree.read(COURSE_FILE) or b"", course)
            files: dict[str, bytes | None] = gone | {
                path: content
                for path, content in wanted.items()
                if tree.read(path) is None or (path in replaced and tree.read(path) != content)
            }
            if not files:
                return None
            verb = "Start" if new else "Set up"
            return Change(f"{verb} the course {course.title}", files)

        return edit

    def _starting(self, course: Course) -> dict[str, bytes]:
        """Give the files of a new course: those that every one starts with, or another course's."""
        plan, tools = self._plan, self._tools
        files = starting_files(course, tools.templates)
        if plan.source and tools.open_forge:
            copied = copied_files(
                tools.open_forge(plan.source), course, tools.keyring.find, self._forge.name
            ).files
            files |= {path: content for path, content in copied.items() if content is not None}
        return files

    def _enable(self) -> bool:
        names = [w for w in self._administration.workflows() if w.state != "active"]
        for workflow in names:
            self._administration.enable(workflow.path.rpartition("/")[2])
        return bool(names)

    def _write(self, branch: str, edit: Edit, detail: str, *, new: bool = False) -> None:
        changes: list[Change | None] = []

        def watched(tree: Tree) -> Change | None:
            changes.append(edit(tree))
            return changes[-1]

        self._forge.record(watched, branch=branch)
        self._note(f"files on {branch}", new or changes[-1] is not None, detail)

    def _do(self, what: str, step: Callable[[], bool]) -> None:
        self._note(what, step())

    def _try(self, what: str, step: Callable[[], bool]) -> None:
        try:
            self._do(what, step)
        except NotOnThisPlan as missing:
            self._keep(Step(what, "not possible", f"{missing.message}: {missing.hint}"))

    def _note(self, what: str, changed: bool, detail: str = "") -> None:
        self._keep(Step(what, "done" if changed else "there", detail))

    def _keep(self, step: Step) -> None:
        self._steps.append(step)
        self._tell(step)


def _check_allowed(admin: Administration, hosted: Hosted | None, name: str) -> None:
    """Say what the token or the repository lacks before anything is made."""
    lacks = admin.lacks(owning=True)
    if lacks:
        raise ForgeError(
            f"the token may not set {name} up: it lacks {'; '.join(each.what for each in lacks)}",
            hint="; ".join(dict.fromkeys(each.fix for each in lacks)),
        )
    if hosted is not None and hosted.archived:
        raise ForgeError(f"{name} is archived", hint=f"unarchive it first: {hosted.page}/settings")
