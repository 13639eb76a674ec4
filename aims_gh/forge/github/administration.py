"""What an owner does around a course on GitHub; each step looks first whether it is done."""

from __future__ import annotations

import base64
from dataclasses import dataclass

from github.PublicKey import encrypt

from aims_gh.errors import ForgeError
from aims_gh.forge import MAIN
from aims_gh.forge.administration import Lack, NotOnThisPlan, Token
from aims_gh.forge.github.inspection import EVERYBODY, Inspection
from aims_gh.forge.github.permissions import lacks_of, token_of
from aims_gh.forge.github.session import Refused, Reply, Session, Uncertain, in_path
from aims_gh.forge.github.writing import RestWriter
from aims_gh.forge.patience import Patience

_README = "README.md"
_TRIES = 5


@dataclass(frozen=True, slots=True)
class GitHubAdministration(Inspection):
    """Sets up `owner/name`.

    Attributes
    ----------
    session : Session
    name : str
    wait : Patience
        For how long what was just made may not be there yet.
    """

    session: Session
    name: str
    wait: Patience

    def token(self) -> Token:
        """Tell whose token is used; ForgeError where there is none."""
        return token_of(self.session)

    def lacks(self, *, owning: bool) -> list[Lack]:
        """List what the token may not do of what owning, or taking part in, the course takes."""
        return lacks_of(self.session, self.name, self.repository(), owning=owning)

    def create(self, *, private: bool, description: str) -> None:
        """Make the repository."""
        owner, _, name = self.name.partition("/")
        me = self.token().login
        path = "/user/repos" if owner.lower() == me.lower() else f"/orgs/{owner}/repos"
        body = {
            "name": name,
            "description": description[:350],
            "private": private,
            "auto_init": True,
            "has_wiki": False,
            "has_projects": False,
        }
        try:
            # Asked twice, GitHub says that it is there already.
            self.session.send("POST", path, body=body, again=True)
        except Refused as refused:
            there = refused.status == 422 and "already exists" in refused.said
            if not there and refused.status in (403, 404):
                other = f"name one of your own, {me}/{name}, or let an owner of {owner} do it; "
                raise ForgeError(
                    f"{me} may not make a repository for {owner}: {refused.said}",
                    hint=("" if path == "/user/repos" else other)
                    + "the token needs the scope repo; or, where it is a fine-grained one, all "
                    f"repositories of {owner} with Administration, Contents, Workflows, Actions, "
                    "Environments, Secrets, Pages and Pull requests: write",
                ) from None
            if not there:
                raise
        for _ in self.wait.tries():
            if self.repository() is not None:
                return
        raise ForgeError(
            f"{self.name} was made and is still not there", hint="the same command goes on"
        )

    def start_main(self) -> bool:
        """See to it that there is a `main`, and that it is the default branch."""
        writer = RestWriter(self.session, self.name)
        changed = False
        for _ in self.wait.tries():
            default = str(self.session.get(self._path)["default_branch"])
            if writer.tip(MAIN) is not None:
                if default != MAIN:
                    self.session.send("PATCH", self._path, body={"default_branch": MAIN})
                return changed or default != MAIN
            changed, first = True, writer.tip(default)
            if first is not None:
                writer.start(MAIN, first)
            else:
                self._first_commit()
        raise ForgeError(f"{self.name} does not get a branch main", hint="the same command goes on")

    def forget(self, branch: str) -> bool:
        """Delete a branch with all that was on it."""
        path = f"{self._path}/git/refs/heads/{in_path(branch)}"
        # Asked twice, GitHub says that there is none: 422.
        return self.session.send("DELETE", path, accept=(404, 422), again=True).status < 400

    def allow_actions(self) -> bool:
        """Switch Actions on, with no more rights than a workflow asks for."""
        rules, path = self.actions(), f"{self._path}/actions/permissions"
        on = rules.enabled and rules.allowed != "local_only"
        if not on:
            allowed = "selected" if rules.allowed == "selected" else "all"
            self.session.send("PUT", path, body={"enabled": True, "allowed_actions": allowed})
        if rules.default != "read":
            body = {"default_workflow_permissions": "read"}
            self.session.send("PUT", f"{path}/workflow", body=body)
        return not on or rules.default != "read"

    def let_outsiders_wait(self) -> bool:
        """Run no workflow that an outsider proposes before somebody approved it."""
        if self.outsiders_wait():
            return False
        body = {"approval_policy": EVERYBODY}
        reply = self.session.send("PUT", self._approval, body=body, accept=(403, 404, 409, 422))
        if reply.status >= 400:
            raise NotOnThisPlan(
                f"GitHub does not let it be set: {reply.said} ({reply.status})",
                hint="see the repository's settings, Actions, General: approval for all external "
                "contributors; else their pull requests can keep its runners busy",
            )
        return True

    def restrict(self, environment: str, branch: str) -> bool:
        """Make an environment that one branch alone may use."""
        path = f"{self._path}/environments/{in_path(environment)}"
        found = self.environment(environment)
        changed = found is None or found.branches != (branch,)
        if found is None or found.branches is None or not self._by_name(environment):
            policy = {"protected_branches": False, "custom_branch_policies": True}
            reply = self.session.send(
                "PUT", path, body={"deployment_branch_policy": policy}, accept=(403, 404, 422)
            )
            self._check_plan(reply, f"environments such as {environment}")
        for _ in range(_TRIES):
            policies = self._policies(environment)
            for policy in policies:
                if policy["name"] != branch:
                    one = f"{path}/deployment-branch-policies/{policy['id']}"
                    self.session.send("DELETE", one, accept=(404,))
            if any(policy["name"] == branch for policy in policies):
                return changed
            try:
                body = {"name": branch, "type": "branch"}
                self.session.send("POST", f"{path}/deployment-branch-policies", body=body)
            except Uncertain:
                continue
            return True
        raise ForgeError(
            f"GitHub does not restrict the environment {environment} to {branch}",
            hint="try again: githubstatus.com",
        )

    def keep_secret(self, environment: str, name: str, value: str) -> None:
        """Put a secret into an environment, sealed on its way."""
        path = f"{self._path}/environments/{in_path(environment)}/secrets"
        key = self.session.get(f"{path}/public-key")
        body = {"encrypted_value": encrypt(key["key"], value), "key_id": key["key_id"]}
        self.session.send("PUT", f"{path}/{name}", body=body)

    def serve(self) -> bool:
        """Have the website built by a workflow."""
        path, found = f"{self._path}/pages", self.site()
        if found is not None and found.by_workflow:
            return False
        body = {"build_type": "workflow"}
        if found is None:
            reply = self.session.send(
                "POST", path, body=body, again=True, accept=(403, 404, 409, 422)
            )
            if reply.status == 409:
                return True
            self._check_plan(reply, "a website (GitHub Pages)")
        else:
            self.session.send("PUT", path, body=body)
        return True

    def describe(self, *, topics: tuple[str, ...], homepage: str) -> bool:
        """Add topics, and the homepage where there is none."""
        found = self.session.get(self._path)
        missing = [topic for topic in topics if topic not in found["topics"]]
        if missing:
            names = [*found["topics"], *missing][:20]
            self.session.send("PUT", f"{self._path}/topics", body={"names": names})
        if homepage and not found["homepage"]:
            self.session.send("PATCH", self._path, body={"homepage": homepage})
        return bool(missing or (homepage and not found["homepage"]))

    def add_labels(self, colors: dict[str, tuple[str, str]]) -> bool:
        """Make labels: colour and description by name."""
        there = {label["name"].lower() for label in self.session.pages(f"{self._path}/labels")}
        missing = [name for name in colors if name.lower() not in there]
        for name in missing:
            color, description = colors[name]
            body = {"name": name, "color": color, "description": description}
            try:
                self.session.send("POST", f"{self._path}/labels", body=body, again=True)
            except Refused as refused:
                if refused.status != 422 or "already_exists" not in refused.said:
                    raise
        return bool(missing)

    def enable(self, workflow: str) -> None:
        """Enable a workflow's file."""
        self.session.send("PUT", f"{self._path}/actions/workflows/{in_path(workflow)}/enable")

    def protect(self, branch: str) -> bool:
        """Protect a branch from force and deletion; whoever may push still may."""
        path = f"{self._path}/branches/{in_path(branch)}/protection"
        found = self.session.send("GET", path, accept=(403, 404))
        if found.status == 200:
            return False  # its owner's own rules: aims doctor says what they let happen
        body = {
            "required_status_checks": None,
            "enforce_admins": True,
            "required_pull_request_reviews": None,
            "restrictions": None,
            "allow_force_pushes": False,
            "allow_deletions": False,
        }
        reply = self.session.send("PUT", path, body=body, accept=(403,))
        self._check_plan(reply, "protected branches")
        return True

    def _first_commit(self) -> None:
        title = self.name.partition("/")[2]
        content = base64.b64encode(f"# {title}\n".encode()).decode("ascii")
        body = {"message": "Initial commit", "content": content}
        # Refused where it came in between, which the next look tells.
        path = f"{self._path}/contents/{_README}"
        self.session.send("PUT", path, body=body, accept=(409, 422))

    def _check_plan(self, reply: Reply, what: str) -> None:
        if reply.status < 400:
            return
        words = reply.said.lower()
        if reply.status != 404 and ("upgrade" in words or "plan" in words):
            raise NotOnThisPlan(
                f"the plan of {self.name}'s owner has no {what} for private repositories",
                hint="make the repository public, or use a plan that has them",
            )
        raise ForgeError(
            f"GitHub refused {what} for {self.name}: {reply.said} ({reply.status})",
            hint="where the repository is private, the owner's plan may not have them; "
            f"else the token lacks the permission: aims login {self.name} --check",
        )
