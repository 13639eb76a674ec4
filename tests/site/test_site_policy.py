"""The Content-Security-Policy of a page, and what stands in its head."""

from __future__ import annotations

import base64
import hashlib
from pathlib import Path
from xml.etree import ElementTree

from site_builders import KEY, board, evaluation, page, playground, site
from site_html import parse

from aims_gh.site.activity import feed, latest, recent
from aims_gh.site.picture import SIZE, picture, podium
from aims_gh.site.policy import content_policy, with_head


def directives(policy: str) -> dict[str, list[str]]:
    return {part.split()[0]: part.split()[1:] for part in policy.split("; ")}


def test_a_plain_page_may_load_its_own_files_alone() -> None:
    policy = directives(content_policy("<html><head></head><body>hello</body></html>"))

    assert policy["default-src"] == ["'none'"]
    assert policy["script-src"] == ["'self'", "'wasm-unsafe-eval'"]
    assert policy["connect-src"] == ["'self'"]
    assert policy["frame-src"] == ["'none'"]


def test_inline_scripts_of_the_theme_are_allowed_by_their_digest_alone() -> None:
    script = 'var a = "<b>" && 1;'

    policy = directives(content_policy(f"<head><script>{script}</script></head>"))

    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    assert f"'sha256-{digest}'" in policy["script-src"]
    assert "'unsafe-inline'" not in policy["script-src"] + policy["style-src"]


def test_hosts_that_the_owners_name_are_allowed() -> None:
    policy = directives(
        content_policy(
            '<script src="https://cdn.example/a.js"></script><img src="//img.example:8443/x.png">'
            '<link rel="stylesheet" href="https://css.example/x.css"><img src="a.png">'
            '<link rel="canonical" href="https://other.example/"><img src="data:,x">'
        )
    )

    assert policy["script-src"][-1] == "https://cdn.example"
    assert policy["font-src"] == ["'self'", "https://cdn.example"]
    assert {"https://cdn.example", "https://img.example:8443"} < {*policy["img-src"]}
    assert policy["style-src"][-1] == "https://css.example"
    assert "other.example" not in str(policy)


def test_the_policy_comes_before_all_that_it_is_about() -> None:
    made = with_head("<html><head><script></script></head></html>", "<x>", "a 'b'")

    assert made.index("Content-Security-Policy") < made.index("<script>") < made.index("<x>")


def test_every_page_of_ours_has_a_policy_and_an_owners_page_has_not(built) -> None:
    folder = built(site(page(), owner={"docs/rules.md": "# Rules\n"}))

    with_one = {
        path.relative_to(folder).as_posix()
        for path in folder.rglob("*.html")
        if "Content-Security-Policy" in path.read_text()
    }
    assert {"index.html", "users/index.html", "playgrounds/index.html"} <= with_one
    assert len([name for name in with_one if name.startswith("playgrounds/breast-cancer")]) == 9
    assert "rules/index.html" not in with_one


def test_a_link_to_a_playground_is_shown_with_its_title_and_picture(built) -> None:
    folder = built(site(page(), url="https://ada.github.io/course/"))

    root = parse(folder / "playgrounds/breast-cancer/leaderboard/index.html")
    said = {m.attributes.get("property"): m.attributes.get("content") for m in root.all("meta")}
    assert said["og:title"] == "Breast cancer – Machine learning, spring 2027"
    assert said["og:image"] == "https://ada.github.io/course/data/breast-cancer/card.png"
    assert said["og:url"] == "https://ada.github.io/course/playgrounds/breast-cancer/leaderboard/"
    feeds = [x for x in root.all("link") if "atom" in x.attributes.get("type", "")]
    here = folder / "playgrounds/breast-cancer/leaderboard"
    assert [(here / f.attributes["href"]).resolve().relative_to(folder) for f in feeds] == [
        Path("data/feed.xml"),
        Path("data/breast-cancer/feed.xml"),
    ]
    assert (folder / "data/feed.xml").is_file() and (
        folder / "data/breast-cancer/feed.xml"
    ).is_file()


def test_the_picture_shows_the_best_version_of_each_of_three(tmp_path: Path) -> None:
    from PIL import Image

    task = playground()
    one = [evaluation(v, task, username="ada", scores={"accuracy": 0.9}) for v in (1, 2, 3)]
    two = evaluation(4, task, username="grace", scores={"accuracy": 0.8})
    shown = page(leaderboard=board(task, 0, *one, two))
    (tmp_path / "card.png").write_bytes(picture(shown, "A course with a title " * 20))

    assert [place.username for place in podium(shown)] == ["ada", "grace"]
    with Image.open(tmp_path / "card.png") as image:
        assert image.size == SIZE
        assert len(set(image.convert("L").get_flattened_data())) > 2


def test_an_empty_playground_has_a_picture_too() -> None:
    assert picture(page(rows=0), "course").startswith(b"\x89PNG")


def test_the_feed_tells_the_newest_submissions_first_and_each_once() -> None:
    entries = feed(site(page(rows=60)), recent(page(rows=60)), title="T <b>", path="data/feed.xml")
    root = ElementTree.fromstring(entries)
    name = "{http://www.w3.org/2005/Atom}"

    said = [e.findtext(f"{name}title") for e in root.iter(f"{name}entry")]
    ids = [e.findtext(f"{name}id") for e in root.iter(f"{name}entry")]
    assert root.findtext(f"{name}title") == "T <b>"
    assert len(said) == len(set(ids)) == 50
    assert said[0].endswith("in Breast cancer, version 60")
    assert KEY not in entries.decode()


def test_what_happened_lately_comes_from_all_playgrounds() -> None:
    pages = [page("a", rows=3), page("b", rows=5), page("c", rows=0)]

    events = latest((event for one in pages for event in recent(one)), 4)

    assert [(e.slug, e.version) for e in events] == [("b", 5), ("b", 4), ("b", 3), ("a", 3)]
