"""Keys of somebody's YAML are set, and the rest stays as it was written."""

from __future__ import annotations

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from aims_gh.core.yaml_keys import with_keys
from aims_gh.domain.record import Problems, dump_yaml

FILE = b"""\
# The task, for everybody.
title: Wines   # short
metrics:
  # ranks
  - f1_score
  - accuracy

# Who may submit:
participants: [ada, bob]
visibility: private
"""


def test_a_key_is_set_where_it_stands_and_comments_stay() -> None:
    changed = with_keys(FILE, {"participants": ["eve"]}).decode()

    assert "# The task, for everybody.\ntitle: Wines   # short\n" in changed
    assert "# Who may submit:\nparticipants:\n- eve\nvisibility: private\n" in changed
    assert "  # ranks\n  - f1_score\n" in changed


def test_a_block_of_many_lines_is_replaced_whole() -> None:
    changed = with_keys(FILE, {"metrics": ["recall"]}).decode()

    assert "metrics:\n- recall\n\n# Who may submit:\n" in changed
    assert "accuracy" not in changed


def test_the_last_key_and_a_new_one() -> None:
    changed = with_keys(FILE, {"visibility": "public", "tags": ["a"]})

    assert changed.endswith(b"visibility: public\ntags:\n- a\n")


def test_several_keys_at_once() -> None:
    changed = with_keys(FILE, {"title": "T", "participants": ["x"], "metrics": ["mse"]})

    assert yaml.safe_load(changed) == {
        "title": "T",
        "metrics": ["mse"],
        "participants": ["x"],
        "visibility": "private",
    }


def test_a_file_that_is_no_yaml_is_refused() -> None:
    with pytest.raises(Problems):
        with_keys(b"a: [", {"a": 1})


plain = st.recursive(
    st.none() | st.booleans() | st.integers(-99, 99) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3),
    max_leaves=6,
)
names = st.text("abcdef", min_size=1, max_size=6)


@given(
    before=st.dictionaries(names, plain, min_size=1, max_size=5),
    keys=st.dictionaries(names, plain, max_size=4),
)
def test_what_is_read_afterwards_is_what_was_set(
    before: dict[str, object], keys: dict[str, object]
) -> None:
    text = dump_yaml(before).encode()

    changed = with_keys(text, keys)

    assert yaml.safe_load(changed) == before | keys
