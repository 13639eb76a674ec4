"""How GitHub shows what it keeps: its own examples with our values patched in."""

from __future__ import annotations

import json
from base64 import b64encode
from collections.abc import Mapping
from datetime import UTC, datetime
from functools import cache
from typing import Any
from urllib.parse import quote

from .git import NOTHING, Change, Commit, Entry, Signature
from .openapi import description
from .records import BOT, Activity, Comment, IssueEvent, Label, Pull, Repository, User
from .world import World

Body = dict[str, Any]


def instant(when: datetime | None) -> str | None:
    """Write a time as GitHub does: UTC, whole seconds."""
    return when.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ") if when else None


@cache
def _text(example: str, part: str) -> str:
    value = description().example(example)
    value = value[0] if isinstance(value, list) else value
    for step in part.split("/") if part else ():
        value = value[step]
    return json.dumps(value)


class Bodies:
    """Bodies of answers and of events."""

    def __init__(self, world: World, server_url: str, api_url: str) -> None:
        self._world = world
        self.server_url = server_url
        self.api_url = api_url

    def of(self, example: str, repo: Repository | None = None, *, part: str = "") -> Body:
        """Give an example, or a part of it, with its addresses made ours."""
        text = _text(example, part)
        if repo:
            text = text.replace("octocat/Hello-World", repo.full_name)
        text = text.replace("https://api.github.com", self.api_url)
        text = text.replace("https://github.com", self.server_url)
        body: Body = json.loads(text)
        return body

    def user(self, login: str) -> Body:
        """Show somebody in short."""
        text = json.dumps(self.of("pull-request", part="user"))
        body: Body = json.loads(text.replace("octocat", quote(login)))
        user = None if login == BOT else self._known(login)
        kind = user.kind if user else "Bot"
        return body | {"login": login, "id": user.id if user else 41898282, "type": kind}

    def account(self, user: User, example: str) -> Body:
        """Show somebody at length."""
        return self.of(example) | self.user(user.login) | {"name": user.login, "email": user.email}

    def _known(self, login: str) -> User:
        return self._world.users.get(login.lower()) or self._world.user(login)

    # Repositories

    def repository(self, repo: Repository, viewer: str | None = None) -> Body:
        """Show a repository as it stands inside other things."""
        body = self.of("pull-request", repo, part="base/repo")
        names = ("admin", "maintain", "push", "triage", "pull")
        role = self._world.role(viewer, repo)
        held = {"none": 0, "read": 1, "triage": 2, "write": 3, "maintain": 4, "admin": 5}[role]
        issues = sum(pull.state == "open" for pull in repo.pulls.values())
        return body | {
            "id": repo.id,
            "name": repo.name,
            "full_name": repo.full_name,
            "owner": self.user(repo.owner),
            "private": repo.private,
            "visibility": "private" if repo.private else "public",
            "description": repo.description,
            "homepage": repo.homepage,
            "fork": repo.parent is not None,
            "default_branch": repo.default_branch,
            "topics": repo.topics,
            "archived": repo.archived,
            "has_issues": repo.has_issues,
            "has_pages": repo.pages is not None,
            "language": None,
            "license": None,
            "open_issues_count": issues,
            "open_issues": issues,
            "clone_url": f"{self.server_url}/{repo.full_name}.git",
            "git_url": f"git://{self.server_url.removeprefix('http://')}/{repo.full_name}.git",
            "permissions": {name: held >= 5 - index for index, name in enumerate(names)},
            "created_at": instant(repo.created),
            "updated_at": instant(repo.pushed or repo.created),
            "pushed_at": instant(repo.pushed or repo.created),
        }

    def full_repository(self, repo: Repository, viewer: str | None) -> Body:
        """Show a repository at length."""
        body = self.of("full-repository-default-response", repo)
        for name in ("parent", "source", "template_repository", "organization"):
            body.pop(name, None)
        body |= self.repository(repo, viewer)
        if repo.parent:
            source = repo.parent
            while source.parent:
                source = source.parent
            body |= {"parent": self.repository(repo.parent), "source": self.repository(source)}
        if self._known(repo.owner).kind == "Organization":
            body["organization"] = self.user(repo.owner)
        return body

    # Commits

    def ref(self, repo: Repository, ref: str, sha: str) -> Body:
        """Show a ref."""
        return {
            "ref": ref,
            "node_id": "REF",
            "url": f"{self.repo_url(repo)}/git/{ref}",
            "object": {
                "type": "commit",
                "sha": sha,
                "url": f"{self.repo_url(repo)}/git/commits/{sha}",
            },
        }

    def git_commit(self, repo: Repository, commit: Commit) -> Body:
        """Show a commit as git has it."""
        return self.of("git-commit", repo) | {
            "sha": commit.sha,
            "url": f"{self.repo_url(repo)}/git/commits/{commit.sha}",
            "html_url": f"{self.web_url(repo)}/commit/{commit.sha}",
            "author": self._signature(commit.author),
            "committer": self._signature(commit.committer),
            "message": commit.message,
            "tree": self._link(repo, "git/trees", commit.tree),
            "parents": self._parents(repo, commit, "git/commits"),
        }

    def commit(self, repo: Repository, commit: Commit) -> Body:
        """Show a commit as GitHub has it."""
        inner = self.git_commit(repo, commit)
        kept = ("author", "committer", "message", "tree", "url", "verification")
        return self.of("commit-items", repo) | {
            "sha": commit.sha,
            "url": f"{self.repo_url(repo)}/commits/{commit.sha}",
            "html_url": inner["html_url"],
            "comments_url": f"{self.repo_url(repo)}/commits/{commit.sha}/comments",
            "commit": {name: inner[name] for name in kept} | {"comment_count": 0},
            "author": None,
            "committer": None,
            "parents": self._parents(repo, commit, "commits"),
        }

    def change(self, repo: Repository, change: Change, sha: str) -> Body:
        """Show a changed file; without the patch, which is optional."""
        path = quote(change.path)
        body = {
            "sha": change.sha if change.sha != NOTHING else None,
            "filename": change.path,
            "status": change.status,
            "additions": change.additions,
            "deletions": change.deletions,
            "changes": change.additions + change.deletions,
            "blob_url": f"{self.web_url(repo)}/blob/{sha}/{path}",
            "raw_url": f"{self.web_url(repo)}/raw/{sha}/{path}",
            "contents_url": f"{self.repo_url(repo)}/contents/{path}?ref={sha}",
        }
        return body | ({"previous_filename": change.previous} if change.previous else {})

    def content(self, repo: Repository, entry: Entry, ref: str, data: bytes | None) -> Body:
        """Show an entry of a tree; with its content where that is given."""
        kind = {"120000": "symlink", "160000": "submodule", "040000": "dir"}.get(entry.mode, "file")
        path = quote(entry.path)
        url = f"{self.repo_url(repo)}/contents/{path}?ref={quote(ref)}"
        what = "tree" if kind in ("dir", "submodule") else "blob"
        git_url = f"{self.repo_url(repo)}/git/{what}s/{entry.sha}"
        html_url = f"{self.web_url(repo)}/{what}/{quote(ref)}/{path}"
        raw = f"{self.web_url(repo)}/raw/{quote(ref)}/{path}" if what == "blob" else None
        body: Body = {
            "type": kind,
            "size": entry.size or 0,
            "name": entry.path.rsplit("/", 1)[-1],
            "path": entry.path,
            "sha": entry.sha,
            "url": url,
            "git_url": git_url,
            "html_url": html_url,
            "download_url": raw,
            "_links": {"git": git_url, "self": url, "html": html_url},
        }
        if data is not None and kind == "symlink":
            body["target"] = data.decode(errors="replace")
        elif data is not None and kind == "submodule":
            body["submodule_git_url"] = ""
        elif data is not None:
            body |= {"encoding": "base64", "content": b64encode(data).decode()}
        return body

    def activity(self, activity: Activity) -> Body:
        """Show a move of a branch."""
        return {
            "id": activity.id,
            "node_id": "PSH",
            "before": activity.before,
            "after": activity.after,
            "ref": activity.ref,
            "timestamp": instant(activity.when),
            "activity_type": activity.kind,
            "actor": self.user(activity.actor),
        }

    # Pull requests

    def pull(self, repo: Repository, pull: Pull) -> Body:
        """Show a pull request; what takes git to know is left to `measured`."""
        body = self._numbered("pull-request", repo, pull)
        return body | {
            "id": pull.id,
            "number": pull.number,
            "title": pull.title,
            "body": pull.body,
            "state": pull.state,
            "draft": pull.draft,
            "user": self.user(pull.author),
            # Unlike those of an issue, they have a text in any case.
            "labels": [
                label | {"description": label["description"] or ""}
                for label in (self.label(repo, repo.label_set[n.lower()]) for n in pull.labels)
            ],
            "head": self._side(
                pull.head_repository, pull.head_owner, pull.head_branch, pull.head_sha
            ),
            "base": self._side(repo, repo.owner, pull.base, pull.base_sha),
            "created_at": instant(pull.created),
            "updated_at": instant(pull.updated),
            "closed_at": instant(pull.closed),
            "comments": len(pull.comments),
            **dict.fromkeys(("merged_at", "merge_commit_sha", "merged_by", "assignee"), None),
            **dict.fromkeys(("milestone", "active_lock_reason", "auto_merge"), None),
            **{key: [] for key in ("assignees", "requested_reviewers", "requested_teams")},
            **dict.fromkeys(("merged", "locked"), False),
            **{"mergeable": None, "rebaseable": None, "mergeable_state": "unknown"},
            "author_association": self._association(repo, pull.author),
        }

    def measured(self, repo: Repository, pull: Pull) -> Body:
        """Show a pull request with the sizes of its change and whether it could be merged."""
        changes = self._world.pull_changes(repo, pull)
        body = self.pull(repo, pull) | {
            "changed_files": len(changes),
            "additions": sum(change.additions for change in changes),
            "deletions": sum(change.deletions for change in changes),
            "commits": len(repo.git.commits(f"{pull.base_sha}..{pull.head_sha}")),
        }
        if pull.unknown_mergeable > 0:
            pull.unknown_mergeable -= 1
        elif pull.state == "open":
            base = repo.head(pull.base) or pull.base_sha
            fits = repo.git.merged_tree(base, pull.head_sha) is not None
            state = "clean" if fits else "dirty"
            body |= {"mergeable": fits, "rebaseable": fits, "mergeable_state": state}
        return body

    def issue(self, repo: Repository, pull: Pull) -> Body:
        """Show a pull request as the issue that it is too."""
        body = self._numbered("issue", repo, pull)
        body.pop("pinned_comment", None)
        # Over REST the two have different ids, and only the number is the same.
        return body | {
            "id": pull.id + 1_000_000,
            "number": pull.number,
            "title": pull.title,
            "body": pull.body,
            "state": pull.state,
            "state_reason": None,
            "user": self.user(pull.author),
            "labels": [self.label(repo, repo.label_set[n.lower()]) for n in pull.labels],
            "comments": len(pull.comments),
            "created_at": instant(pull.created),
            "updated_at": instant(pull.updated),
            "closed_at": instant(pull.closed),
            "closed_by": self.user(pull.closed_by) if pull.closed_by else None,
            **dict.fromkeys(("assignee", "milestone", "active_lock_reason"), None),
            "assignees": [],
            "locked": False,
            "author_association": self._association(repo, pull.author),
        }

    def comment(self, repo: Repository, comment: Comment) -> Body:
        """Show a comment."""
        body = self.of("issue-comment", repo)
        url = f"{self.repo_url(repo)}/issues/comments/{comment.id}"
        page = f"{self.web_url(repo)}/pull/{comment.number}#issuecomment-{comment.id}"
        return body | {
            "id": comment.id,
            "url": url,
            "html_url": page,
            "issue_url": f"{self.repo_url(repo)}/issues/{comment.number}",
            "body": comment.body,
            "user": self.user(comment.author),
            "created_at": instant(comment.created),
            "updated_at": instant(comment.updated),
            "author_association": self._association(repo, comment.author),
            "pin": None,
            "minimized": None,
        }

    def issue_event(self, repo: Repository, event: IssueEvent) -> Body:
        """Show something that happened to a pull request."""
        return {
            "id": event.id,
            "node_id": "IE",
            "url": f"{self.repo_url(repo)}/issues/events/{event.id}",
            "actor": self.user(event.actor),
            "event": event.name,
            "commit_id": None,
            "commit_url": None,
            "created_at": instant(event.when),
            "performed_via_github_app": None,
        }

    def label(self, repo: Repository, label: Label) -> Body:
        """Show a label."""
        return {
            "id": label.id,
            "node_id": "LA",
            "url": f"{self.repo_url(repo)}/labels/{quote(label.name, safe='')}",
            "name": label.name,
            "description": label.description,
            "color": label.color,
            "default": False,
        }

    def push(
        self, repo: Repository, ref: str, old: str, new: str, login: str, *, forced: bool
    ) -> Body:
        """Show a push as an event does."""
        commits: list[Commit] = []
        if new != NOTHING:
            revisions = [new] if old == NOTHING else [new, f"^{old}"]
            commits = repo.git.commits(*revisions, limit=20)
        shown = [_pushed(commit) for commit in reversed(commits)]
        return {
            "ref": ref,
            "before": old,
            "after": new,
            "created": old == NOTHING,
            "deleted": new == NOTHING,
            "forced": forced,
            "commits": shown,
            "head_commit": shown[-1] if shown else None,
            "pusher": {"name": login, "email": self._world.email(login)},
        }

    # Parts

    def _numbered(self, example: str, repo: Repository, pull: Pull) -> Body:
        text = json.dumps(self.of(example, repo)).replace("/1347", f"/{pull.number}")
        body: Body = json.loads(text)
        return body

    def repo_url(self, repo: Repository) -> str:
        """Give a repository's address in the API."""
        return f"{self.api_url}/repos/{repo.full_name}"

    def web_url(self, repo: Repository) -> str:
        """Give a repository's address for people and for git."""
        return f"{self.server_url}/{repo.full_name}"

    def _side(self, repo: Repository | None, owner: str, branch: str, sha: str) -> Body:
        return {
            "label": f"{owner}:{branch}",
            "ref": branch,
            "sha": sha,
            "user": self.user(owner),
            "repo": self.repository(repo) if repo else None,
        }

    def _association(self, repo: Repository, login: str) -> str:
        if login == repo.owner:
            return "OWNER"
        return "COLLABORATOR" if login in repo.collaborators else "NONE"

    def _link(self, repo: Repository, kind: str, sha: str) -> Body:
        return {"sha": sha, "url": f"{self.repo_url(repo)}/{kind}/{sha}"}

    def _parents(self, repo: Repository, commit: Commit, kind: str) -> list[Body]:
        return [
            self._link(repo, kind, sha) | {"html_url": f"{self.web_url(repo)}/commit/{sha}"}
            for sha in commit.parents
        ]

    def _signature(self, who: Signature) -> Mapping[str, str | None]:
        when = instant(datetime.fromisoformat(who.date))
        return {"name": who.name, "email": who.email, "date": when}


def _pushed(commit: Commit) -> Body:
    return {
        "id": commit.sha,
        "tree_id": commit.tree,
        "message": commit.message,
        "timestamp": commit.committer.date,
        "author": {"name": commit.author.name, "email": commit.author.email},
        "committer": {"name": commit.committer.name, "email": commit.committer.email},
    }
