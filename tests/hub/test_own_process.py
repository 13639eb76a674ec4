"""In a process of its own: both ways of large files, and workflows that need no token.

What was pushed is fetched again, started, and answers as before.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from app_cases import case
from loopback import identity
from predict_playgrounds import houses

import aims_gh
from aims_gh.host.asking import ask
from aims_gh.host.local import LocalHost, write

from .apps import app
from .hub import Hub
from .records import Publisher

GITHUB = "https://github.loopback"
KEY = b"the key of the one who says what a workflow is"
CHILD = Path(__file__).with_name("child.py")


def deploy(
    hub: Hub, space: str, files: dict[str, bytes], folder: Path, **more: str
) -> dict[str, Any]:
    """Deploy in another process, of whose output no line may hold a secret."""
    write(files, folder / "app")
    (folder / "home").mkdir()
    environment = {
        "PATH": os.environ["PATH"],
        "HOME": str(folder / "home"),
        "PYTHONPATH": str(Path(aims_gh.__file__).parent.parent),
        "HF_ENDPOINT": hub.url,
        "API_KEY": "s3cret-value",
        **more,
    }
    done = subprocess.run(
        [sys.executable, CHILD, space, folder / "app", folder / "fetched"],
        env=environment,
        capture_output=True,
        text=True,
        timeout=180,
    )
    assert done.returncode == 0, done.stderr
    secret = {"s3cret-value", *hub.tokens, more.get("HF_OIDC_ID_TOKEN", "s3cret-value")}
    assert not [one for one in secret if one in done.stdout + done.stderr]
    told: dict[str, Any] = json.loads(done.stdout)
    return told


def fetched(folder: Path) -> dict[str, bytes]:
    place = folder / "fetched"
    return {
        path.relative_to(place).as_posix(): path.read_bytes()
        for path in place.rglob("*")
        if path.is_file() and path.relative_to(place).parts[0] not in (".cache", ".gitattributes")
    }


# Large files


def test_what_was_pushed_comes_back_by_either_way_of_large_files_and_answers_as_before(
    hub: Hub, tmp_path: Path
) -> None:
    hub.account("ada", plan="pro")
    hub.smallest, hub.next_stages = 0, ()
    token, pushed = hub.token("ada"), case(houses())
    files = pushed.folder()

    ways = {"1": tmp_path / "lfs", "0": tmp_path / "xet"}
    for disabled, folder in ways.items():
        space = f"ada/{folder.name}"
        told = deploy(hub, space, files, folder, HF_TOKEN=token, HF_HUB_DISABLE_XET=disabled)
        assert told["url"] == f"{hub.url}/app/{space}/"
        assert fetched(folder) == files

    assert hub.count("PUT /lfs/") == 1
    assert hub.count("GET .*/xet-write-token/") == hub.count("GET .*/xet-read-token/") == 1
    with LocalHost() as host:
        url = host.push("again", fetched(ways["0"]))
        (said,) = ask(url, "predict_batch", [list(pushed.app.examples[0])])
    expected = pushed.played.example().arrays()["values"][0]
    assert said == {"prediction": pytest.approx(expected, rel=1e-5)}


# Trusted publishing


def claims(hub: Hub, **other: str) -> str:
    """Say what a workflow is, as GitHub would."""
    said = {
        "iss": GITHUB,
        "aud": hub.url,
        "repository": "ada/ml",
        "ref": "refs/heads/main",
        "workflow_ref": "ada/ml/.github/workflows/deploy.yml@refs/heads/main",
    }
    return identity.sign(said | other, KEY)


@pytest.fixture
def trusting(hub: Hub) -> Hub:
    """A Hub with a Space that trusts the workflow of a course."""
    hub.issuers[GITHUB] = KEY
    hub.account("ada", plan="pro")
    hub.create("ada/cars", "gradio")
    hub.trust("ada/cars", Publisher("ada/ml"))
    return hub


def test_a_trusted_workflow_deploys_without_a_token_and_says_what_it_may_not_set(
    trusting: Hub, tmp_path: Path
) -> None:
    told = deploy(
        trusting,
        "ada/cars",
        app(),
        tmp_path,
        HF_OIDC_RESOURCE="spaces/ada/cars",
        HF_OIDC_ID_TOKEN=claims(trusting),
    )

    assert told["by_hand"] == ["secret API_KEY", "variable GREETING", "hardware t4-small"]
    assert f"do it by hand at {trusting.url}/spaces/ada/cars/settings" in "".join(told["said"])
    space = trusting.spaces["ada/cars"]
    assert (space.secrets, space.hardware) == ({}, "cpu-basic")
    assert fetched(tmp_path) == app()
    assert trusting.count("POST /oauth/token") == 1


@pytest.mark.parametrize(
    ("other", "resource", "said"),
    [
        ({"repository": "eve/ml"}, "spaces/ada/cars", "trusted publishing failed: invalid_grant"),
        ({}, "spaces/ada/other", "trusted publishing is set up for spaces/ada/other"),
    ],
)
def test_another_workflow_or_another_space_is_refused(
    trusting: Hub, tmp_path: Path, other: dict[str, str], resource: str, said: str
) -> None:
    told = deploy(
        trusting,
        "ada/cars",
        app(),
        tmp_path,
        HF_OIDC_RESOURCE=resource,
        HF_OIDC_ID_TOKEN=claims(trusting, **other),
        HF_TOKEN=trusting.token("ada"),  # which must not be fallen back to
    )

    assert said in told["error"]
    assert len(trusting.spaces["ada/cars"].commits) == 1


def test_other_claims_are_refused_too(trusting: Hub) -> None:
    import httpx

    def answered(**other: str) -> int:
        body = {"resource": "spaces/ada/cars", "subject_token": claims(trusting, **other)}
        return httpx.post(f"{trusting.url}/oauth/token", json=body).status_code

    assert answered() == 200
    for other in (
        {"ref": "refs/heads/evil"},
        {"aud": "https://elsewhere"},
        {"iss": "https://elsewhere"},
        {"workflow_ref": "ada/ml/.github/workflows/evaluate.yml@refs/heads/main"},
    ):
        assert answered(**other) == 400


def test_without_a_token_or_a_secrets_value_nothing_is_asked(hub: Hub, tmp_path: Path) -> None:
    nobody = deploy(hub, "ada/cars", app(), tmp_path / "a")
    unset = deploy(hub, "ada/cars", app(), tmp_path / "b", API_KEY="")

    assert nobody["error"] == "nobody is signed in to Hugging Face"
    assert unset["error"] == "there is no value for the secret API_KEY"
    assert hub.asked == []
