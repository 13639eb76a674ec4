"""Git's smart protocol over HTTP: `git http-backend`, with GitHub's rules around it."""

from __future__ import annotations

import subprocess
import tempfile
from pathlib import Path

from werkzeug.wrappers import Request as HttpRequest
from werkzeug.wrappers import Response

from . import access, git
from .call import Refused
from .records import Repository, Token
from .world import WORKFLOWS, World

# What a push may not do, whoever pushes. Runs once for each ref, before it moves.
_UPDATE = f"""#!/bin/sh
ref=$1 old=$2 new=$3
nothing={git.NOTHING}
refuse() {{ echo "error: $*" >&2; exit 1; }}
is_in() {{ case " $1 " in *" $ref "*) return 0;; esac; return 1; }}
case $ref in refs/heads/*|refs/tags/*) ;; *) refuse "deny updating a hidden ref";; esac
is_in "$LOOPBACK_CLOSED" &&
  refuse "GH006: Protected branch update failed for $ref. A pull request is needed."
if [ "$new" = $nothing ]; then
  is_in "$LOOPBACK_KEPT" && refuse "GH006: Cannot delete this branch: $ref"
  exit 0
fi
if [ "$old" != $nothing ] && is_in "$LOOPBACK_STRAIGHT" &&
  ! git merge-base --is-ancestor "$old" "$new"; then
  refuse "GH006: Cannot force-push to this branch: $ref"
fi
git rev-list --objects "$new" --not --all | cut -d' ' -f1 |
  git cat-file --batch-check='%(objecttype) %(objectsize)' |
  while read -r kind size; do
    [ "$kind" != blob ] || [ "$size" -le "$LOOPBACK_FILE_LIMIT" ] ||
      refuse "GH001: Large files detected. A file exceeds GitHub's file size limit of 100.00 MB"
  done || exit 1
if [ "$LOOPBACK_WORKFLOWS" = no ]; then
  base=$old
  [ "$base" != $nothing ] || base=HEAD
  was=$(git rev-parse --verify --quiet "$base:{WORKFLOWS}")
  is=$(git rev-parse --verify --quiet "$new:{WORKFLOWS}")
  [ "$was" = "$is" ] ||
    refuse "refusing to allow $LOOPBACK_KIND to create or update workflow" \\
      "without \\`workflow\\` scope"
fi
exit 0
"""
_MOVED = '#!/bin/sh\ncat >> "$LOOPBACK_MOVED"\n'


class GitHttp:
    """The part of the server that git talks to."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._hooks = world.folder / "hooks"
        self._hooks.mkdir(parents=True)
        for name, text in (("update", _UPDATE), ("post-receive", _MOVED)):
            (self._hooks / name).write_text(text)
            (self._hooks / name).chmod(0o755)

    def answer(
        self, http: HttpRequest, repo: Repository | None, token: Token | None, path: str
    ) -> Response:
        """Answer one request of git's."""
        push = service(http) == "git-receive-pack"
        self._check(repo, token, push=push)
        assert repo is not None
        with tempfile.TemporaryDirectory() as folder:
            moved = Path(folder, "moved")
            response = self._backend(http, repo, token, path, moved)
            if moved.exists():
                assert token is not None
                self._follow(repo, token, moved.read_text())
        return response

    def _check(self, repo: Repository | None, token: Token | None, *, push: bool) -> None:
        with self._world.lock:
            visible = repo is not None and access.can_see(self._world, token, repo)
            if visible and repo and repo.hidden_reads > 0:
                repo.hidden_reads -= 1
                visible = False
        if visible and repo and access.may_git(self._world, token, repo, push=push):
            return
        if token is None:
            asks = {"WWW-Authenticate": 'Basic realm="GitHub"'}
            raise Refused(401, "Repository not found or credentials needed.", headers=asks)
        if not visible or repo is None:
            raise Refused(404, "Repository not found.")
        raise Refused(403, f"Permission to {repo.full_name}.git denied to {token.login}.")

    def _follow(self, repo: Repository, token: Token, lines: str) -> None:
        with self._world.lock:
            for line in lines.splitlines():
                old, new, ref = line.split(" ", 2)
                self._world.moved(repo, ref, old, new, token)

    def _backend(
        self, http: HttpRequest, repo: Repository, token: Token | None, path: str, moved: Path
    ) -> Response:
        with tempfile.TemporaryFile() as asked:
            while chunk := http.stream.read(1 << 16):
                asked.write(chunk)
            asked.seek(0)
            done = subprocess.run(
                ["git", "http-backend"],
                stdin=asked,
                capture_output=True,
                env=self._environment(http, repo, token, path, moved),
                check=False,
            )
        head, _, body = done.stdout.partition(b"\r\n\r\n")
        headers = dict(line.split(": ", 1) for line in head.decode().splitlines() if line)
        status = int(headers.pop("Status", "200 OK").split()[0])
        return Response(body, status if done.returncode == 0 else 500, headers)

    def _environment(
        self, http: HttpRequest, repo: Repository, token: Token | None, path: str, moved: Path
    ) -> dict[str, str]:
        settings = git.SETTINGS | {
            "core.hooksPath": str(self._hooks),
            "http.receivepack": "true",
            "receive.denyDeleteCurrent": "refuse",
            "uploadpack.allowFilter": "true",
            "uploadpack.allowAnySHA1InWant": "true",
            "uploadpack.allowReachableSHA1InWant": "true",
        }
        cgi = {
            "GIT_PROJECT_ROOT": str(repo.path),
            "GIT_HTTP_EXPORT_ALL": "1",
            "PATH_INFO": f"/{path}",
            "QUERY_STRING": http.query_string.decode(),
            "REQUEST_METHOD": http.method,
            "CONTENT_TYPE": http.headers.get("Content-Type", ""),
            "HTTP_CONTENT_ENCODING": http.headers.get("Content-Encoding", ""),
            "GIT_PROTOCOL": http.headers.get("Git-Protocol", ""),
            "REMOTE_USER": token.login if token else "",
        }
        return git.environment(settings) | cgi | self._rules(repo, token, moved)

    def _rules(self, repo: Repository, token: Token | None, moved: Path) -> dict[str, str]:
        if token is None:
            return {}

        def refused(**how: bool) -> str:
            refusal = self._world.refusal
            branches = (b for b in repo.protection if refusal(repo, b, token, **how))
            return " ".join(f"refs/heads/{branch}" for branch in branches)

        return {
            "LOOPBACK_MOVED": str(moved),
            "LOOPBACK_CLOSED": refused(),
            "LOOPBACK_STRAIGHT": refused(forced=True),
            "LOOPBACK_KEPT": refused(gone=True),
            "LOOPBACK_FILE_LIMIT": str(self._world.file_limit),
            "LOOPBACK_WORKFLOWS": "yes" if token.may_write_workflows else "no",
            "LOOPBACK_KIND": "a GitHub App" if token.kind == "job" else "an OAuth App",
        }


def service(http: HttpRequest) -> str:
    """Tell which of git's services a request is about."""
    return http.args.get("service") or http.path.rsplit("/", 1)[-1]
