"""The roster: who takes the course; sealed to its owners, and only they read names."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from aims_gh.core.pseudonyms import Draw, pseudonyms
from aims_gh.core.seal import Key, open_sealed, padded, seal
from aims_gh.core.yaml_keys import with_keys
from aims_gh.domain.course import Course
from aims_gh.domain.record import Problems
from aims_gh.domain.roster import Admitted, ClassRoster
from aims_gh.errors import CourseError, SealError
from aims_gh.forge import LEDGER, MAIN, Change, Forge
from aims_gh.workspace import COURSE_FILE, ROSTER_FILE, ROSTER_SEALED, Tree, Workspace

FindKey = Callable[[str], Key | None]


@dataclass(frozen=True, slots=True)
class RosterSet:
    """What became of a roster."""

    students: int
    added: tuple[str, ...]
    removed: tuple[str, ...]
    pseudonyms: int
    """How many have one; 0: boards show logins."""


@dataclass(frozen=True, slots=True)
class Naming:
    """Whether boards show pseudonyms, and which.

    Attributes
    ----------
    draw : callable
        Draws a number that nobody can foretell.
    chosen : mapping of str to str
        The owners' own choice, by login in small letters.
    wanted : bool or None
        None: as it was, and from the first choice of the owners on.
    """

    draw: Draw
    chosen: Mapping[str, str] = field(default_factory=dict)
    wanted: bool | None = None

    def names(self, roster: ClassRoster, owners: tuple[str, ...], kept: Admitted) -> dict[str, str]:
        """Give the pseudonyms of a roster; those who stay keep theirs."""
        wanted = self.wanted
        if wanted is None:
            wanted = bool(kept.pseudonyms or self.chosen)
        if not wanted:
            return {}
        shown = {owner.lower() for owner in owners}
        if wrong := sorted(shown & self.chosen.keys()):
            raise CourseError(
                f"owners are shown by their logins, and have no pseudonym: {', '.join(wrong)}",
                hint="leave their cells in the column pseudonym empty",
            )
        students = roster.students
        known = (word for student in students for word in (*student.identities, *student.words))
        return pseudonyms(
            (student.login for student in students if student.login.lower() not in shown),
            chosen=self.chosen,
            kept=kept.by_login(owners=owners),
            taken=(*owners, *known),
            own={student.login.lower(): student.words for student in students},
            draw=self.draw,
        )


def set_roster(forge: Forge, roster: ClassRoster, *, by: str, naming: Naming) -> RosterSet:
    """Keep who takes the course, and admit nobody else.

    Names go sealed, logins open: whoever opens a pull request shows the login anyway. Both lie on
    the ledger, which copies of the course do not get.

    Parameters
    ----------
    by : str
        Login of who does it; it is written into the ledger's history.

    Raises
    ------
    CourseError
        If two would be called the same, or somebody by what tells who it is.
    """
    with forge.tree(MAIN) as main:
        course = Workspace(main).course()
    sealed = seal(padded(roster.to_json()), course.keys.owners)
    logins = sorted((student.login for student in roster.students), key=str.lower)
    done = RosterSet(len(logins), (), (), 0)

    def edit(tree: Tree) -> Change:
        nonlocal done
        kept = Workspace(tree).admitted()
        names = naming.names(roster, course.owners, kept)
        before = {login.lower(): login for login in kept.participants}
        now = {login.lower(): login for login in logins}
        done = RosterSet(
            len(logins),
            tuple(login for key, login in now.items() if key not in before),
            tuple(login for key, login in before.items() if key not in now),
            len(names),
        )
        message = (
            f"Set the roster: {done.students} students, {len(done.added)} added, "
            f"{len(done.removed)} removed (by {by})"
        )
        public = Admitted(participants=tuple(logins), pseudonyms=names)
        return Change(message, {ROSTER_SEALED: sealed, ROSTER_FILE: public.to_json()})

    forge.record(edit)
    if course.roster.policy != "listed":
        forge.record(_close, branch=MAIN)
    return done


def read_roster(forge: Forge, *, find_key: FindKey) -> ClassRoster:
    """Open the roster, on a machine that has an owner's key.

    Raises
    ------
    CourseError
        If there is none.
    SealError
        If no owner's key is at hand.
    """
    with forge.tree(MAIN) as main, forge.tree(LEDGER) as ledger:
        course, sealed = Workspace(main).course(), ledger.read(ROSTER_SEALED)
    if sealed is None:
        raise CourseError(
            "the course has no roster", hint=f"aims roster set {forge.name} students.csv"
        )
    content = open_sealed(sealed, owner_keys(course, find_key), name=ROSTER_SEALED)
    try:
        return ClassRoster.from_json(content)
    except Problems as problems:
        raise CourseError(
            f"{ROSTER_SEALED} is not valid: {problems}", hint="set it again: aims roster set"
        ) from None


def read_pseudonyms(forge: Forge) -> dict[str, str]:
    """Read what the website calls each, by login in small letters; none where it shows logins."""
    with forge.tree(MAIN) as main, forge.tree(LEDGER) as ledger:
        return Workspace(ledger).admitted().by_login(owners=Workspace(main).course().owners)


def owner_keys(course: Course, find_key: FindKey) -> list[Key]:
    """Find owners' keys on this machine; SealError where there is none."""
    keys = [key for public in course.keys.owners if (key := find_key(public))]
    if not keys:
        raise SealError(
            "no owner's key of the course is at hand",
            hint="names and grades are for its owners, on the machine with their key; aims keys "
            "shows yours",
        )
    return keys


def _close(tree: Tree) -> Change | None:
    course = Workspace(tree).course()
    if course.roster.policy == "listed":
        return None
    listed = course.roster.model_copy(update={"policy": "listed"})
    made = course.model_copy(update={"roster": listed})
    content = tree.read(COURSE_FILE) or b""
    edited = with_keys(content, {"roster": listed.model_dump(mode="json", exclude_defaults=True)})
    try:
        whole = Course.from_yaml(edited) == made
    except Problems:
        whole = False
    file = edited if whole else made.to_yaml()
    return Change("Admit those on the roster alone", {COURSE_FILE: file})
