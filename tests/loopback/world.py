"""What happens on a GitHub: repositories appear, branches move, pull requests come and go."""

from __future__ import annotations

import secrets
import threading
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .git import EMPTY_TREE, NOTHING, Change, Git, Signature
from .records import (
    BOT,
    Activity,
    Comment,
    Event,
    IssueEvent,
    Label,
    Pull,
    Repository,
    Token,
    User,
    new_id,
)

if TYPE_CHECKING:
    from .bodies import Bodies
    from .limits import Limits

WORKFLOWS = ".github/workflows"
SCOPES = ("gist", "read:org", "repo", "workflow")


class World:
    """All that a GitHub knows, and the rules by which it changes."""

    bodies: Bodies
    limits: Limits

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.lock = threading.RLock()
        self.users: dict[str, User] = {}
        self.tokens: dict[str, Token] = {}
        self.repositories: dict[str, Repository] = {}
        self.listeners: list[Callable[[Event], object]] = []
        self.paid = False
        self.fork_lag = 0
        self.mergeable_lag = 0
        self.file_limit = 100_000_000
        self.tree_limit = 100_000
        self._ahead = timedelta()
        self._changes: dict[tuple[int, str | None, str], list[Change]] = {}

    def now(self) -> datetime:
        """Read the server's clock."""
        return datetime.now(UTC) + self._ahead

    def advance(self, seconds: float) -> None:
        """Move the server's clock."""
        self._ahead += timedelta(seconds=seconds)

    # Who there is

    def user(self, login: str) -> User:
        """Give a user, who appears when first asked for."""
        key = login.lower()
        if key not in self.users:
            token = self.add_token(login, "classic", "ghp_", scopes=SCOPES)
            self.users[key] = User(login, token.value)
        return self.users[key]

    def organization(self, login: str, members: set[str]) -> User:
        """Add an organization; its members administer what it owns."""
        self.users[login.lower()] = User(login, "", kind="Organization", members=members)
        return self.users[login.lower()]

    def add_token(self, login: str, kind: str, prefix: str, **what: Any) -> Token:
        """Make a token; its value is told nowhere else."""
        token = Token(prefix + secrets.token_hex(18), login, kind, **what)
        self.tokens[token.value] = token
        return token

    def role(self, login: str | None, repo: Repository) -> str:
        """Tell what somebody is to a repository: admin, write, read or none."""
        owner = self.users.get(repo.owner.lower())
        if login and (repo.owner.lower() == login.lower() or (owner and login in owner.members)):
            return "admin"
        if login and login in repo.collaborators:
            return repo.collaborators[login]
        return "none" if repo.private else "read"

    # Repositories

    def find(self, full_name: str) -> Repository | None:
        """Give a repository by its name; upper and lower case are the same."""
        return self.repositories.get(full_name.lower())

    def create_repository(self, owner: str, name: str, **settings: Any) -> Repository:
        """Make an empty repository."""
        git = Git.create(self._place(owner, name))
        return self._add(Repository(owner, name, git, self.now(), self.now, **settings))

    def fork(self, repo: Repository, owner: str, name: str, *, only_default: bool) -> Repository:
        """Copy a repository: its code, and nothing that stands beside it."""
        git = repo.git.fork(self._place(owner, name), repo.default_branch, alone=only_default)
        fork = Repository(owner, name, git, self.now(), self.now, parent=repo)
        fork.private, fork.default_branch = repo.private, repo.default_branch
        fork.has_issues, fork.hidden_reads = False, self.fork_lag
        fork.pushed = repo.pushed
        return self._add(fork)

    def delete_repository(self, repo: Repository) -> None:
        """Forget a repository; forks still read its objects, so these stay on the disk."""
        del self.repositories[repo.full_name.lower()]
        for other in self.repositories.values():
            other.parent = None if other.parent is repo else other.parent
            for pull in other.pulls.values():
                if pull.head_repository is repo:
                    pull.head_repository = None
                    if pull.state == "open":
                        self.set_state(other, pull, "closed", Token("", repo.owner, "classic"))

    def relative(self, repo: Repository, owner: str) -> Repository | None:
        """Give somebody's repository in the same network of forks."""
        if repo.owner.lower() == owner.lower():
            return repo
        root = _root(repo)
        for other in self.repositories.values():
            if other.owner.lower() == owner.lower() and _root(other) is root:
                return other
        return None

    def commit_files(
        self, repo: Repository, files: Mapping[str, bytes], message: str, branch: str, by: Token
    ) -> str:
        """Put files on a branch in one commit."""
        parent = repo.head(branch) or repo.head()
        entries = [("100644", repo.git.write_blob(data), path) for path, data in files.items()]
        tree = repo.git.write_tree(parent, entries)
        author = self.signature(by.login)
        sha = repo.git.write_commit(tree, [parent] if parent else [], message, author)
        self.move(repo, f"refs/heads/{branch}", sha, by)
        return sha

    def signature(self, login: str) -> Signature:
        """Say who commits through the API, and when."""
        return Signature(login, self.email(login), self.now().isoformat(timespec="seconds"))

    def email(self, login: str) -> str:
        """Give somebody's address for commits."""
        return (
            f"41898282+{BOT}@users.noreply.github.com" if login == BOT else self.user(login).email
        )

    def owner_token(self, repo: Repository) -> Token:
        """Give a token that may do everything with a repository."""
        owner = self.user(repo.owner)
        return self.tokens[owner.token or self.user(min(owner.members)).token]

    def _place(self, owner: str, name: str) -> Path:
        # Numbered, because one that is deleted stays while another may take its name.
        path = self.folder / "git" / owner / f"{name}-{new_id()}.git"
        path.parent.mkdir(parents=True, exist_ok=True)
        return path

    def _add(self, repo: Repository) -> Repository:
        self.repositories[repo.full_name.lower()] = repo
        return repo

    # Branches

    def move(self, repo: Repository, ref: str, new: str, by: Token) -> None:
        """Point a ref at a commit, or at nothing, and see to what follows."""
        old = repo.git.sha(ref) or NOTHING
        if new == NOTHING:
            repo.git.delete_ref(ref)
        else:
            repo.git.update_ref(ref, new, old)
        self.moved(repo, ref, old, new, by)

    def moved(self, repo: Repository, ref: str, old: str, new: str, by: Token) -> None:
        """See to what follows when a ref has moved."""
        if old == new or not ref.startswith("refs/heads/"):
            return
        repo.pushed = self.now()
        kind = self._kind_of_move(repo, old, new)
        repo.activity.append(Activity(ref, old, new, kind, by.login, repo.pushed))
        forced = kind == "force_push"
        payload = self.bodies.push(repo, ref, old, new, by.login, forced=forced)
        self.emit("push", None, repo, payload, by)
        for other in list(self.repositories.values()):
            for pull in list(other.pulls.values()):
                head = (pull.head_repository, f"refs/heads/{pull.head_branch}")
                if pull.state == "open" and head == (repo, ref):
                    self._head_moved(other, pull, new, by)

    def _kind_of_move(self, repo: Repository, old: str, new: str) -> str:
        if old == NOTHING:
            return "branch_creation"
        if new == NOTHING:
            return "branch_deletion"
        return "push" if repo.git.contains(new, old) else "force_push"

    def _head_moved(self, repo: Repository, pull: Pull, new: str, by: Token) -> None:
        if new == NOTHING:
            self.set_state(repo, pull, "closed", by)
            return
        before, pull.head_sha, pull.updated = pull.head_sha, new, self.now()
        pull.unknown_mergeable = self.mergeable_lag
        repo.git.update_ref(pull.ref, pull.head_sha)
        self.emit_pull(repo, pull, "synchronize", by, before=before, after=new)

    def refusal(
        self, repo: Repository, branch: str, by: Token, *, forced: bool = False, gone: bool = False
    ) -> str | None:
        """Tell why a branch's protection forbids a move; None where it does not."""
        rules = repo.protection.get(branch)
        if rules is None:
            return None
        if forced and not rules.get("allow_force_pushes"):
            return "Cannot force-push to this branch"
        if gone and not rules.get("allow_deletions"):
            return "Cannot delete this branch"
        exempt = self.role(by.login, repo) == "admin" and not rules.get("enforce_admins")
        if rules.get("required_pull_request_reviews") and not exempt:
            return "Changes must be made through a pull request."
        return None

    def changes_workflows(self, repo: Repository, old: str | None, new: str) -> bool:
        """Tell whether a commit has other workflows than the branch, or the default branch, had."""
        base = old if old and old != NOTHING else repo.head()
        before = repo.git.sha_in(base, WORKFLOWS) if base else None
        return repo.git.sha_in(new, WORKFLOWS) != before

    # Pull requests

    def open_pull(
        self, repo: Repository, head: Repository, branch: str, base: str, by: Token, **what: Any
    ) -> Pull:
        """Open a pull request and keep its head below refs/pull."""
        now = self.now()
        base_sha, head_sha = repo.head(base), head.head(branch)
        assert base_sha and head_sha
        pull = Pull(
            number=len(repo.pulls) + 1,
            author=by.login,
            base=base,
            base_sha=base_sha,
            head_repository=head,
            head_owner=head.owner,
            head_branch=branch,
            head_sha=head_sha,
            created=now,
            updated=now,
            unknown_mergeable=self.mergeable_lag,
            **what,
        )
        repo.git.update_ref(pull.ref, pull.head_sha)
        repo.pulls[pull.number] = pull
        self.emit_pull(repo, pull, "opened", by)
        return pull

    def set_state(self, repo: Repository, pull: Pull, state: str, by: Token) -> None:
        """Close or reopen."""
        if pull.state == state:
            return
        pull.state, pull.updated = state, self.now()
        pull.closed = self.now() if state == "closed" else None
        pull.closed_by = by.login if state == "closed" else None
        self.note(pull, "closed" if state == "closed" else "reopened", by)
        if state == "open" and pull.head_repository:
            pull.head_sha = pull.head_repository.head(pull.head_branch) or pull.head_sha
            repo.git.update_ref(pull.ref, pull.head_sha)
        self.emit_pull(repo, pull, "closed" if state == "closed" else "reopened", by)

    def retarget(self, repo: Repository, pull: Pull, base: str, by: Token) -> None:
        """Propose to another branch."""
        base_sha = repo.head(base)
        assert base_sha
        if pull.base == base:
            return
        pull.base, pull.base_sha, pull.updated = base, base_sha, self.now()
        self.note(pull, "base_ref_changed", by)
        self.emit_pull(repo, pull, "edited", by)

    def note(self, pull: Pull, event: str, by: Token) -> None:
        """Keep what the page of a pull request tells."""
        pull.events.append(IssueEvent(event, by.login, self.now()))

    def set_labels(self, repo: Repository, pull: Pull, names: list[str], by: Token) -> None:
        """Give a pull request these labels and no others; new ones are made."""
        names = list(dict.fromkeys(names))
        before = pull.labels
        for name in names:
            repo.label_set.setdefault(name.lower(), Label(name))
        pull.labels = [repo.label_set[name.lower()].name for name in names]
        if pull.labels != before:
            pull.updated = self.now()
        for action, many in (
            ("labeled", [name for name in pull.labels if name not in before]),
            ("unlabeled", [name for name in before if name not in pull.labels]),
        ):
            for name in many:
                label = self.bodies.label(repo, repo.label_set[name.lower()])
                self.note(pull, action, by)
                self.emit_pull(repo, pull, action, by, label=label)

    def comment(self, repo: Repository, pull: Pull, body: str, by: Token) -> Comment:
        """Say something below a pull request."""
        now = self.now()
        comment = Comment(by.login, body, now, now, pull.number)
        pull.comments.append(comment)
        pull.updated = now
        self.emit_comment(repo, pull, comment, "created", by)
        return comment

    def pull_changes(self, repo: Repository, pull: Pull) -> list[Change]:
        """List the files that a pull request changes since it left its base."""
        base = repo.git.merge_base(pull.base_sha, pull.head_sha)
        key = (repo.id, base, pull.head_sha)
        if key not in self._changes:
            self._changes[key] = repo.git.changes(base or EMPTY_TREE, pull.head_sha)
        return self._changes[key]

    # Events

    def emit(
        self, name: str, action: str | None, repo: Repository, payload: dict[str, Any], by: Token
    ) -> Event:
        """Tell the listeners, in the thread of the request."""
        payload |= {
            "repository": self.bodies.repository(repo),
            "sender": self.bodies.user(by.login),
        }
        if action:
            payload["action"] = action
        event = Event(name, action, repo, payload, by.login, by.kind == "job")
        if name in ("workflow_dispatch", "repository_dispatch"):
            repo.dispatches.append(event)
        for listener in list(self.listeners):
            listener(event)
        return event

    def emit_pull(
        self, repo: Repository, pull: Pull, action: str, by: Token, **more: object
    ) -> None:
        """Tell of something that happened to a pull request."""
        payload = {"number": pull.number, "pull_request": self.bodies.pull(repo, pull), **more}
        self.emit("pull_request", action, repo, payload, by)

    def emit_comment(
        self, repo: Repository, pull: Pull, comment: Comment, action: str, by: Token
    ) -> None:
        """Tell of a comment."""
        payload = {
            "issue": self.bodies.issue(repo, pull),
            "comment": self.bodies.comment(repo, comment),
        }
        self.emit("issue_comment", action, repo, payload, by)


def _root(repo: Repository) -> Repository:
    while repo.parent:
        repo = repo.parent
    return repo
