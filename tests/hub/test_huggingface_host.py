"""Models as Spaces: what is made, what is replaced, what is refused, and what people are told."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any

import pytest

from aims_gh.errors import HostError, MissingExtra
from aims_gh.host.asking import Closed
from aims_gh.host.huggingface import Extras, HuggingFaceHost, sdk_of
from aims_gh.host.huggingface_asking import is_own_address
from aims_gh.host.huggingface_waiting import Waiting

from .apps import PLAYGROUND, QUICK, app, host_of
from .hub import Hub
from .records import Space

Ada = Callable[..., HuggingFaceHost]
ANSWERING = b"""
import http.server, os

class Handler(http.server.BaseHTTPRequestHandler):
    def answer(self):
        self.rfile.read(int(self.headers.get("Content-Length", 0)))
        self.send_response(200)
        self.end_headers()
        told = b'event: complete\\ndata: [[{"prediction": 1.0}]]\\n'
        self.wfile.write(b'{"event_id": "1"}' if self.command == "POST" else told)

    do_GET = do_POST = answer

place = os.environ["GRADIO_SERVER_NAME"], int(os.environ["GRADIO_SERVER_PORT"])
http.server.HTTPServer(place, Handler).serve_forever()
"""
"""A server that says one to whatever it is asked."""


# A Space is made


def test_a_deploy_makes_a_space_and_one_commit_with_all_its_files(hub: Hub, ada: Ada) -> None:
    url = ada().push("cars", app(3))

    space = hub.spaces["ada/cars"]
    assert url == f"{hub.url}/app/ada/cars/"
    assert space.sdk == "static"
    assert [commit.title for commit in space.commits] == [
        "initial commit",
        "Serve version 3 of ada/ml/cars",
    ]
    assert space.files.keys() == {*app(), ".gitattributes"}
    assert space.files["README.md"] == app()["README.md"]
    assert hub.count(r"GET .*/runtime$") == 0


def test_without_the_hubs_word_the_address_is_the_usual_one(hub: Hub, ada: Ada) -> None:
    hub.tells_addresses = False

    url = ada().push("Cars_of.2026", app(sdk="gradio"))

    assert url == "https://ada-cars-of-2026.hf.space/"


def test_a_page_is_announced_once_it_is_there_with_its_model(hub: Hub, ada: Ada) -> None:
    said: list[str] = []
    page = app(**{"index.html": b"<title>Cars</title>"})
    hub.fail("GET /app/ada/cars/model.onnx", 404, times=3)

    ada(say=said.append).push("cars", page)
    hub.before_commit = lambda space: hub.fail("GET /app/ada/cars/model.onnx", 404, times=999)
    with pytest.raises(HostError, match=r"cars/model\.onnx does not answer: .*404"):
        ada().push("cars", {**page, "model.onnx": b"another"})
    hub.spaces["ada/cars"].elsewhere = f"{hub.url}/app/ada/old/"
    ada(extras=Extras("private")).push("old", page)
    hub.spaces["ada/old"].visibility = "public"
    with pytest.raises(HostError, match=r"runs, and does not show the new app\.json"):
        ada().push("cars", {**page, "app.json": app(9)["app.json"]})

    assert said[-1] == "its page is there, and its model is this version's"


# What is asked where it runs


def test_a_private_app_is_asked_with_the_token_and_no_other_server_is_given_it(
    hub: Hub, ada: Ada
) -> None:
    host = ada(extras=Extras("private"))
    url = host.push("cars", {**app(sdk="gradio"), "app.py": ANSWERING})
    space = hub.spaces["ada/cars"]

    said = host.ask(url, "predict_batch", [[1]])
    with Hub() as other:
        space.elsewhere = f"{other.url}/app/ada/cars/"
        with pytest.raises(HostError, match="answered 302"):
            host.ask(url, "predict_batch", [[1]])
        space.elsewhere, hub.address = "", f"{other.url}/app/ada/cars"
        away = host.push("cars", {**app(2, sdk="gradio"), "app.py": ANSWERING})
        with pytest.raises(HostError, match=r"its address .* is not its own: the token was not"):
            host.ask(away, "predict_batch", [[1]])
        asked = list(other.asked)

    assert said == [{"prediction": 1.0}]
    assert [one.account for one in hub.asked if one.path.startswith("/app/")] == ["ada"] * 3
    assert asked == []


def test_the_token_goes_to_no_address_that_the_hub_does_not_tell(hub: Hub, ada: Ada) -> None:
    host = ada(extras=Extras("private"))
    hub.tells_addresses = False
    url = host.push("cars", {**app(sdk="gradio"), "app.py": ANSWERING})

    with pytest.raises(Closed, match="does not tell its address: it could not be asked"):
        host.ask(url, "predict_batch", [[1]])


def test_a_server_that_says_what_it_was_sent_gives_no_token_away(hub: Hub, ada: Ada) -> None:
    host = ada(extras=Extras("private"))
    url = host.push("cars", {**app(sdk="gradio"), "app.py": ANSWERING})
    (token,) = hub.tokens
    echo = {"detail": f"{'x' * 260} {{'Authorization': 'Bearer {token}'}}"}
    hub.fail("POST /app/ada/cars/", 400, body=echo)

    with pytest.raises(HostError, match=r"'Bearer \*\*\*'") as error:
        host.ask(url, "predict_batch", [[1]])

    assert "hf_" not in error.value.message


@pytest.mark.parametrize(
    ("url", "own"),
    [
        ("https://ada-cars-x-2.hf.space/", True),
        ("https://of-the-host.hf.space/", True),
        ("https://ada-cars-x.hf.space/", False),
        ("http://ada-cars-x-2.hf.space/", False),
        ("https://ada-cars-x-2.hf.space:8443/", False),
        ("https://ada-cars-x-2.hf.space@eve.example/", False),
        ("https://eve.example/ada-cars-x-2.hf.space/", False),
        ("https://eve-cars.hf.space/", False),
        ("https://huggingface.co.eve.example/", False),
    ],
)
def test_a_spaces_own_address_is_what_the_hub_tells_below_its_own_name(url: str, own: bool) -> None:
    hub, host = "https://huggingface.co", "https://of-the-host.hf.space"

    assert is_own_address(url, hub, host, "ada-cars-x-2") == own
    assert not is_own_address(url, hub)
    assert not is_own_address("https://eve.example/", hub, "https://eve.example")


def test_one_space_can_be_named_for_whatever_app(hub: Hub, ada: Ada) -> None:
    host = ada("ada/first-model")

    host.push("cars", app())

    assert list(hub.spaces) == ["ada/first-model"]
    assert host.page("cars") == f"{hub.url}/spaces/ada/first-model"


def test_the_next_deploy_is_one_commit_more_and_leaves_no_old_file(hub: Hub, ada: Ada) -> None:
    ada().push("cars", app(1, old=b"old", kept=b"kept"))

    ada().push("cars", app(2, kept=b"kept"))

    space = hub.spaces["ada/cars"]
    assert space.files.keys() == {*app(), "kept", ".gitattributes"}
    assert len(space.commits) == 3
    assert hub.count("POST .*/commit/main") == 2
    assert hub.count("POST /api/repos/create") == 1


def test_the_same_folder_again_is_no_commit(hub: Hub, ada: Ada) -> None:
    first = ada().push("cars", app(sdk="gradio"))

    again = ada().push("cars", app(sdk="gradio"))

    assert first == again
    assert len(hub.spaces["ada/cars"].commits) == 2


def test_an_app_with_a_server_is_announced_once_it_runs(hub: Hub, ada: Ada) -> None:
    said: list[str] = []
    ada(say=said.append).push("cars", app(sdk="gradio"))

    assert hub.spaces["ada/cars"].stages == ["RUNNING"]
    assert [line.partition(": ")[2] for line in said if ": " in line] == [
        "no app file",
        "building",
        "app starting",
        "running",
    ]


@pytest.mark.parametrize("names_commits", [True, False])
def test_what_is_told_of_the_version_before_is_not_taken_for_the_new_one(
    hub: Hub, ada: Ada, names_commits: bool
) -> None:
    hub.names_commits = names_commits
    hub.next_stages = ["BUILDING", "BUILD_ERROR"]
    with pytest.raises(HostError):
        ada().push("cars", app(1, sdk="docker"))
    hub.next_stages = ["BUILD_ERROR", "BUILDING", "RUNNING"]

    ada().push("cars", app(2, sdk="docker"))
    hub.next_stages = ["RUNNING", "RUNNING", "RUNNING_BUILDING", "RUNNING"]
    ada().push("cars", app(3, sdk="docker"))

    space = hub.spaces["ada/cars"]
    assert (space.built, space.stages) == (space.head.oid, ["RUNNING"])


def test_what_shows_no_sign_of_building_for_a_while_has_built_already(hub: Hub, ada: Ada) -> None:
    hub.names_commits, hub.next_stages = False, ()
    said: list[str] = []

    waiting = Waiting(longest=60, between=0.005, settling=0.02)
    ada(waiting=waiting, say=said.append).push("cars", app(sdk="gradio"))

    assert said[-1] == "ada/cars: running"


def test_a_space_that_rests_is_started_once(hub: Hub, ada: Ada) -> None:
    hub.next_stages = ["BUILDING", "PAUSED"]

    ada().push("cars", app(sdk="gradio"))

    assert hub.spaces["ada/cars"].restarts == 1


def test_an_outage_of_moments_while_it_is_built_is_waited_out(hub: Hub, ada: Ada) -> None:
    hub.fail("GET .*/runtime$", 502, times=3)

    ada().push("cars", app(sdk="gradio"))

    assert hub.spaces["ada/cars"].stages == ["RUNNING"]


def test_what_never_gets_ready_is_given_up_and_can_be_looked_at(hub: Hub, ada: Ada) -> None:
    hub.next_stages = ["BUILDING"]

    with pytest.raises(HostError, match="is still building after") as error:
        ada(waiting=Waiting(longest=0.05, between=0.01)).push("cars", app(sdk="gradio"))

    assert f"{hub.url}/spaces/ada/cars" in error.value.hint
    assert ada().status("cars") == "starting"


# What a Space has beside its files

EXTRAS = Extras("private", "t4-small", {"API_KEY": "s3cret-value"}, {"GREETING": "hello"})


def test_a_new_space_has_its_secrets_variables_hardware_and_privacy_from_the_start(
    hub: Hub, ada: Ada
) -> None:
    ada(extras=EXTRAS).push("cars", app(sdk="gradio"))

    space = hub.spaces["ada/cars"]
    assert (space.visibility, space.hardware) == ("private", "t4-small")
    assert (space.secrets, space.variables) == ({"API_KEY": "s3cret-value"}, {"GREETING": "hello"})
    assert hub.count("POST .*/(secrets|variables|hardware)$") == 0


def test_a_space_that_is_there_gets_them_before_its_next_version(hub: Hub, ada: Ada) -> None:
    ada().push("cars", app(1, sdk="gradio"))
    hub.spaces["ada/cars"].secrets["OTHER"] = "stays"
    seen: list[Space] = []
    hub.before_commit = lambda space: seen.append(Space(**vars(space)))

    ada(extras=EXTRAS).push("cars", app(2, sdk="gradio"))

    (before,) = seen
    assert (before.visibility, before.hardware) == ("private", "t4-small")
    assert before.secrets == {"OTHER": "stays", "API_KEY": "s3cret-value"}
    assert before.variables == {"GREETING": "hello"}


def test_without_a_word_about_it_privacy_stays_what_it_is(hub: Hub, ada: Ada) -> None:
    ada(extras=Extras(visibility="protected")).push("cars", app(1))

    ada().push("cars", app(2))

    assert hub.spaces["ada/cars"].visibility == "protected"
    assert hub.count("PUT .*/settings$") == 0


def test_strangers_do_not_see_a_private_space(hub: Hub, ada: Ada) -> None:
    ada(extras=Extras(visibility="private")).push("cars", app())
    eve = host_of(hub, token=hub.token("eve"))

    assert ada().status("cars") == "running"
    assert eve.status("cars") == "absent"
    with pytest.raises(HostError, match="the token may not create ada/cars"):
        eve.push("cars", app())
    assert len(hub.spaces["ada/cars"].commits) == 2


# What is not overwritten


def test_of_two_who_deploy_at_once_the_second_is_told_and_overwrites_nothing(
    hub: Hub, ada: Ada
) -> None:
    ada().push("cars", app(1))
    hub.before_commit = lambda space: hub.commit(space.name, {"theirs": b"x"}, "Theirs")

    with pytest.raises(HostError, match="somebody else deployed to ada/cars meanwhile"):
        ada().push("cars", app(2))

    space = hub.spaces["ada/cars"]
    assert space.head.title == "Theirs"
    assert space.files["app.json"] == app(1)["app.json"]


def test_of_two_who_make_the_same_space_at_once_the_second_is_told(hub: Hub, ada: Ada) -> None:
    ada().push("cars", app(1))
    hub.fail("GET /api/spaces/ada/cars$", 404, headers={"X-Error-Code": "RepoNotFound"})

    with pytest.raises(HostError, match="somebody else deployed to ada/cars meanwhile"):
        ada().push("cars", app(2))

    assert hub.spaces["ada/cars"].files["app.json"] == app(1)["app.json"]


@pytest.mark.parametrize(
    "theirs",
    [
        {"app.py": b"import gradio"},
        {"app.py": b"import react", "app.json": b'{"expo": {"name": "theirs"}}'},
        {"app.json": b"not JSON"},
        {"app.json": b'["schema_version", "slug", "model"]'},
    ],
)
def test_a_space_of_something_else_is_neither_overwritten_nor_set_nor_deleted(
    hub: Hub, ada: Ada, theirs: dict[str, bytes]
) -> None:
    space = hub.create("ada/cars", "gradio")
    hub.commit("ada/cars", theirs)

    with pytest.raises(HostError, match="is something else than an app of aims-gh"):
        ada(extras=EXTRAS).push("cars", app())
    with pytest.raises(HostError, match="is something else than an app of aims-gh"):
        ada().remove("cars")

    assert (len(space.commits), space.secrets, space.visibility) == (2, {}, "public")
    assert "ada/cars" in hub.spaces


@pytest.mark.parametrize("other", ["ada/ml/boats", "eve/ml/cars"])
def test_a_space_of_another_playground_is_neither_overwritten_nor_set_nor_deleted(
    hub: Hub, ada: Ada, other: str
) -> None:
    ada().push("cars", app(1))

    said = f"ada/cars serves the playground {PLAYGROUND}, not {other}: it is left as it is"
    for act in (
        lambda: ada(address=other, extras=EXTRAS).push("cars", app(2)),
        lambda: ada(address=other).remove("cars"),
    ):
        with pytest.raises(HostError, match=said):
            act()
    with pytest.raises(HostError, match="not one that was named"):
        ada(address=None).remove("cars")

    space = hub.spaces["ada/cars"]
    assert (len(space.commits), space.secrets, space.visibility) == (2, {}, "public")


@pytest.mark.parametrize("written", [PLAYGROUND.upper(), f"https://github.com/{PLAYGROUND}"])
def test_the_space_of_the_same_playground_is_known_however_its_address_is_written(
    hub: Hub, ada: Ada, written: str
) -> None:
    ada(address=None).push("cars", app(1))

    ada(address=written).remove("cars")

    assert hub.spaces == {}


def test_a_space_that_was_just_made_by_hand_is_taken(hub: Hub, ada: Ada) -> None:
    hub.create("ada/cars", "gradio")

    ada().push("cars", app(sdk="gradio"))

    assert hub.spaces["ada/cars"].files["app.json"] == app()["app.json"]


# What goes wrong


def test_who_does_not_pay_is_told_what_costs_nothing(hub: Hub) -> None:
    bob = host_of(hub, "bob", token=hub.token("bob"))

    for sdk in ("gradio", "docker"):
        with pytest.raises(HostError, match="asks for payment to create bob/cars") as error:
            bob.push("cars", app(sdk=sdk))
        assert "--target browser makes a static Space, which is free" in error.value.hint
    assert hub.spaces == {}

    bob.push("cars", app(sdk="static"))
    zero = host_of(hub, "bob", token=hub.token("bob"), extras=Extras(hardware="zero-a10g"))
    zero.push("zero", app(sdk="gradio"))
    with pytest.raises(HostError, match="asks for payment to make bob/cars protected") as error:
        host_of(hub, "bob", token=hub.token("bob"), extras=Extras("protected")).push("cars", app())
    assert "a public Space is free" in error.value.hint


@pytest.mark.parametrize(
    ("stage", "kind"),
    [("BUILD_ERROR", "build"), ("RUNTIME_ERROR", "run"), ("CONFIG_ERROR", "build")],
)
def test_what_fails_is_told_with_the_last_lines_of_its_log(
    hub: Hub, ada: Ada, stage: str, kind: str
) -> None:
    hub.next_stages = ["BUILDING", stage]
    hub.error = "Exit code: 1"
    hub.logs = {"build": [], "run": []} | {
        kind: [*(f"line {n}\n" for n in range(40)), "the key is s3cret-value\n", "\x1b[31mno\n"]
    }

    with pytest.raises(HostError) as error:
        ada(extras=EXTRAS).push("cars", app(sdk="gradio"))

    words = stage.lower().replace("_", " ")
    assert error.value.message.startswith(f"ada/cars ended in {words}: Exit code: 1 | line 30 |")
    assert error.value.message.endswith("| the key is *** | [31mno")
    assert ada().status("cars") == "ended"
    assert ada().log("cars").endswith("[31mno")


def test_a_wrong_token_is_not_accepted_and_never_told(hub: Hub) -> None:
    with pytest.raises(HostError, match="does not accept the token to look at ada/cars") as error:
        host_of(hub, token="hf_wrongwrongwrong").push("cars", app())

    assert "hf auth login" in error.value.hint
    assert "hf_wrong" not in f"{error.value.message}{error.value.hint}{error.value.__notes__}"


@pytest.mark.parametrize("rights", [{"reads_only": True}, {"spaces": {"ada/other"}}])
def test_a_token_that_may_not_write_is_told_which_one_may(
    hub: Hub, ada: Ada, rights: dict[str, Any]
) -> None:
    ada().push("cars", app(1))
    weak = ada(token=hub.token("ada", **rights))

    for act in (lambda: weak.push("cars", app(2)), lambda: weak.remove("cars")):
        with pytest.raises(
            HostError, match=r"the token may not (write to|delete) ada/cars"
        ) as error:
            act()
        assert "fine-grained token with write access" in error.value.hint
    assert len(hub.spaces["ada/cars"].commits) == 2


def test_a_fine_grained_token_for_this_space_will_do(hub: Hub, ada: Ada) -> None:
    ada().push("cars", app(1))

    ada("ada/cars", token=hub.token("ada", spaces={"ada/cars"})).push("cars", app(2))

    assert hub.spaces["ada/cars"].files["app.json"] == app(2)["app.json"]


def test_whoever_asks_too_often_is_told_how_long_to_wait(hub: Hub, ada: Ada) -> None:
    limited = {
        "RateLimit": '"api";r=0;t=77',
        "RateLimit-Policy": '"fixed window";"api";q=1000;w=300',
    }
    hub.fail("GET /api/spaces/ada/cars$", 429, headers=limited)

    with pytest.raises(HostError, match="takes no more requests for now") as error:
        ada().push("cars", app())

    assert error.value.hint == "try again in 77 seconds"


@pytest.mark.parametrize(
    ("request_", "status", "said"),
    [
        ("GET /api/spaces/ada/cars$", 503, r"stumbled \(503\) when asked to look at ada/cars"),
        ("POST /api/repos/create", 409, "ada/cars is taken, and this token does not see it"),
        ("POST .*/commit/main", 400, r"refused to write to ada/cars \(400\): echoes \*\*\*"),
        ("POST .*/commit/main", 404, "ada/cars is not there, or this token does not see it"),
    ],
)
def test_an_answer_is_told_in_words_and_without_what_was_sent(
    hub: Hub, ada: Ada, request_: str, status: int, said: str
) -> None:
    (token,) = hub.tokens
    hub.fail(request_, status, body={"error": f"echoes {token}"}, times=9)

    with pytest.raises(HostError, match=said) as error:
        ada().push("cars", app())

    assert token not in error.value.message


def test_a_hub_that_is_not_there_is_told() -> None:
    nowhere = HuggingFaceHost("ada", token="hf_x", endpoint="http://127.0.0.1:9", waiting=QUICK)

    with pytest.raises(HostError, match=r"could not be asked to look at ada/cars: .*refused"):
        nowhere.push("cars", app())


@pytest.mark.parametrize("space", ["", "a/b/c", "-a/b", "ada/", "a b", "../x", "ada/x\n"])
def test_what_can_be_no_name_of_a_space_is_refused_at_once(space: str) -> None:
    with pytest.raises(HostError, match="is no name of a Space"):
        HuggingFaceHost(space)


@pytest.mark.parametrize(
    "readme",
    [b"", b"# Cars\n", b"---\ntitle: x\n---\n", b"---\nsdk: streamlit\n---\n", b"---\n: [\n---\n"],
)
def test_a_folder_that_does_not_say_what_it_is_made_with_is_refused(readme: bytes) -> None:
    with pytest.raises(HostError, match="does not say what the Space is made with"):
        sdk_of({"README.md": readme})


def test_without_the_library_the_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "huggingface_hub", None)

    with pytest.raises(MissingExtra, match="Hugging Face needs packages"):
        HuggingFaceHost("ada")


# What is asked later


def test_an_app_is_started_again(hub: Hub, ada: Ada) -> None:
    ada().push("cars", app(sdk="gradio"))

    ada().restart("cars")

    assert hub.spaces["ada/cars"].restarts == 1


def test_a_page_has_nothing_to_restart(hub: Hub, ada: Ada) -> None:
    ada().push("page", app())

    with pytest.raises(HostError, match=r"refused to restart ada/page \(400\): static Spaces"):
        ada().restart("page")


def test_a_sleeping_space_still_serves(hub: Hub, ada: Ada) -> None:
    ada().push("cars", app(sdk="gradio"))

    hub.spaces["ada/cars"].stages = ["SLEEPING"]

    assert ada().status("cars") == "running"
