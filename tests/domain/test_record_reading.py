"""Reading a record: everything that is wrong is said, and nothing hostile gets further."""

from __future__ import annotations

import contextlib
import sys
import time
from datetime import UTC, datetime
from typing import Annotated, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import Field

from aims_gh.domain.names import Instant, Label
from aims_gh.domain.record import MAX_YAML_BYTES, Problems, Record, load_yaml


class Pet(Record):
    """A record of a record, as a playground is."""

    name: str
    legs: Annotated[int, Field(ge=0)] = 4
    born: Instant | None = None
    labels: tuple[Label, ...] = ()
    weights: dict[str, float] = Field(default={})


class Zoo(Record):
    title: str
    pets: tuple[Pet, ...] = ()
    keeper: Pet | None = None


def problems_of(kind: type[Record], data: bytes) -> tuple[str, ...]:
    with pytest.raises(Problems) as caught:
        kind.from_yaml(data)
    return caught.value.problems


def test_everything_wrong_is_said_at_once_each_with_its_key_and_line() -> None:
    data = b"""\
titel: Zoo
pets:
  - name: Rex
    legs: many
  - nane: Tom
    legs: -1
    weights: {a: .nan, b: heavy}
keeper:
  legs: 2
"""

    assert problems_of(Zoo, data) == (
        "title: missing",
        "pets.0.legs (line 4): Input should be a valid integer, unable to parse string as an "
        "integer",
        "pets.1.name (line 5): missing",
        "pets.1.legs (line 6): Input should be greater than or equal to 0",
        "pets.1.weights.a (line 7): Input should be a finite number",
        "pets.1.weights.b (line 7): Input should be a valid number, unable to parse string as a "
        "number",
        "pets.1.nane (line 5): no such key",
        "keeper.name (line 8): missing",
        "titel (line 1): no such key",
    )


def test_the_message_of_the_error_is_all_problems() -> None:
    with pytest.raises(Problems, match=r"^title: missing; a \(line 1\): no such key$"):
        Zoo.from_yaml(b"a: 1")


def test_the_lines_of_keys_count_from_one_and_follow_flow_and_block_style() -> None:
    data = b"# first\na:\n  - x\n  - {b: 1,\n     c: 2}\nd: e\n"

    expected = {"a": 2, "a.0": 3, "a.1": 4, "a.1.b": 4, "a.1.c": 5, "d": 6}
    assert expected == load_yaml(data)[1]


@pytest.mark.parametrize("data", [b"", b"\n\n", b"# nothing\n", b"---\n...\n", b"~", b"null"])
def test_an_empty_file_is_refused_in_words(data: bytes) -> None:
    assert problems_of(Zoo, data) == ("expected keys and values, one per line",)


@pytest.mark.parametrize("data", [b"- title", b"title", b"3", b"2026-01-01", b"!!set {title}"])
def test_a_file_that_is_no_mapping_of_keys_is_refused(data: bytes) -> None:
    with pytest.raises(Problems):
        Zoo.from_yaml(data)


def test_a_byte_order_mark_does_no_harm() -> None:
    assert Zoo.from_yaml(b"\xef\xbb\xbftitle: a\r\n") == Zoo(title="a")


@pytest.mark.parametrize("data", [b"\xff", b"title: \xe9", "title: a".encode("utf-16")])
def test_what_is_not_utf_8_is_refused(data: bytes) -> None:
    assert problems_of(Zoo, data) == ("not UTF-8 text",)


def test_a_file_just_within_the_limit_is_read_and_one_byte_more_is_not() -> None:
    head = b"title: "
    fits = head + b"x" * (MAX_YAML_BYTES - len(head))

    assert len(Zoo.from_yaml(fits).title) == MAX_YAML_BYTES - len(head)
    assert problems_of(Zoo, fits + b"x") == (
        f"{MAX_YAML_BYTES + 1} bytes, more than the {MAX_YAML_BYTES} allowed",
    )


def test_a_huge_file_is_refused_before_it_is_looked_at() -> None:
    start = time.process_time()

    with pytest.raises(Problems, match="more than"):
        load_yaml(b"[" * 50_000_000)

    assert time.process_time() - start < 0.5


def test_aliases_are_refused_so_that_a_few_lines_cannot_unfold_to_gigabytes() -> None:
    lines = [b"l0: &a0 [lol, lol, lol, lol, lol, lol, lol, lol, lol]"]
    for n in range(1, 30):
        lines.append(b"l%d: &a%d [%s]" % (n, n, b", ".join([b"*a%d" % (n - 1)] * 9)))

    assert problems_of(Zoo, b"\n".join(lines)) == (
        "line 2: not YAML: aliases (*name) are not allowed",
    )


def test_an_alias_to_itself_is_refused() -> None:
    with pytest.raises(Problems, match=r"aliases \(\*name\) are not allowed"):
        load_yaml(b"&a [*a]")


@pytest.mark.parametrize(
    ("data", "line", "keys"),
    [
        (b"title: a\ntitle: b\n", 1, "title"),
        (b"title: a\nkeeper:\n  legs: 1\n  name: x\n  name: y\n", 4, "name"),
        (b"? title\n: a\n? title\n: b", 1, "title"),
        (b"1: a\n'1': b\n", 1, "1"),
        (b"x: !!set {a, b, a}", 1, "a"),
    ],
)
def test_a_key_given_twice_is_refused_with_its_line(data: bytes, line: int, keys: str) -> None:
    assert problems_of(Zoo, data) == (f"line {line}: not YAML: {keys}: given more than once",)


def test_many_thousand_keys_take_no_time_to_compare() -> None:
    data = b"{" + b",".join(b"k%d" % n for n in range(25_000)) + b"}"
    start = time.process_time()

    value, _ = load_yaml(data)

    assert len(value) == 25_000
    assert time.process_time() - start < 8


def test_a_key_as_long_as_a_page_is_refused() -> None:
    assert problems_of(Zoo, b"? " + b"x" * 1_001 + b"\n: a") == (
        "line 1: not YAML: a key is a word",
    )
    assert problems_of(Zoo, b"? [a]\n: b") == ("line 1: not YAML: a key is a word",)


def test_long_keys_over_many_items_take_no_memory() -> None:
    keys = "".join(f"{' ' * n}? {'x' * 1_000}\n{' ' * n}:\n" for n in range(20))
    data = f"{keys}{' ' * 21}[{'1,' * 2_000}]".encode()

    value, lines = load_yaml(data)

    assert isinstance(value, dict)
    assert sum(map(len, lines)) < 10_000


@pytest.mark.parametrize(
    "data",
    [b"[" * 100_000, b"{a: " * 50_000, b"- " * 60_000, b"? " * 60_000, b"!!set {" * 20_000],
    ids=["lists", "mappings", "blocks", "keys", "sets"],
)
def test_deep_nesting_in_yaml_is_refused_and_never_exhausts_the_stack(data: bytes) -> None:
    with pytest.raises(Problems, match="line 1: not YAML: nested deeper than 50 levels"):
        Zoo.from_yaml(data)


def test_nesting_that_a_course_may_need_is_read() -> None:
    value, _ = load_yaml(b"[" * 50 + b"]" * 50)

    for _ in range(49):
        (value,) = value
    assert value == []


@pytest.mark.parametrize(
    "data",
    [b"[" * 1_000_000, b'{"a":' * 1_000_000, b'[{"a":' * 500_000],
    ids=["lists", "objects", "both"],
)
def test_deep_nesting_in_json_is_refused_and_never_exhausts_the_stack(data: bytes) -> None:
    with pytest.raises(Problems, match="not JSON: maximum recursion depth"):
        Zoo.from_json(data)


@pytest.mark.parametrize(
    "value",
    [
        "!!int ''", "!!int _", "!!int '-'", "!!int 0x", "!!int nine", "!!float ''", "!!float x",
        "!!bool maybe", "!!timestamp soon", "!!timestamp ''", "!!map [a]", "!!map a", "!!set [a]",
        "!!omap [a]", "!!omap {a: b}", "!!pairs a", "!!seq {a: b}", "!!str [a]", "!!binary é",
        "!!binary x", "!!null {a: b}", "=", "!x", "!!x", "!<x> a", "2026-13-45", "'", '"\\q"',
        '"\\UFFFFFFFF"', "2026-01-01 25:61:61", "2026-01-01 00:00:00 +99:00", "%", "@a", "`a", "|x",
        "a: b: c", "\t\t- x", "[", "}", "*", "&", "{[a]: b}", "{{a: b}: c}", "{<<: 1}",
    ],
)  # fmt: skip
def test_a_value_that_does_not_fit_its_tag_or_is_no_yaml_is_a_problem_and_no_crash(
    value: str,
) -> None:
    with pytest.raises(Problems, match="not YAML"):
        load_yaml(f"title: a\nname: {value}\n".encode())


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (b"a: 1\nb: !!int ''", "line 2: not YAML: a value of another kind"),
        (b"a: 1\n\nb: 2026-02-30", "line 3: not YAML: day is out of range for month"),
        (b"a: 'x\n\n", "line 3: not YAML: found unexpected end of stream"),
        (b"a: 1\n\tb: 2", "line 2: not YAML: found character '\\t' that cannot start any token"),
        (b"a: 1\n---\nb: 2", "line 2: not YAML: but found another document"),
    ],
)
def test_what_is_no_yaml_is_said_with_its_line(data: bytes, expected: str) -> None:
    assert problems_of(Zoo, data) == (expected,)


@pytest.mark.parametrize(
    "tag",
    [
        "!!python/object/apply:os.system ['touch {path}']",
        "!!python/object/new:os.system ['touch {path}']",
        "!!python/name:os.system",
        "!!python/module:os",
        "!!python/tuple [1]",
    ],
)
def test_tags_that_run_python_are_refused_and_run_nothing(tag: str, tmp_path: Any) -> None:
    path = tmp_path / "pwned"

    with pytest.raises(Problems, match="could not determine a constructor"):
        load_yaml(f"title: {tag.format(path=path)}".encode())

    assert not path.exists()


@pytest.mark.parametrize("word", ["yes", "no", "on", "off", "true", "False", "YES", "Off"])
def test_words_that_yaml_takes_for_truth_values_are_no_labels_unless_quoted(word: str) -> None:
    bare, _ = load_yaml(f"labels: [{word}, b]".encode())
    quoted = Pet.from_yaml(f"name: x\nlabels: ['{word}', b]".encode())

    assert isinstance(bare["labels"][0], bool)
    assert quoted.labels == (word, "b")


@pytest.mark.parametrize("number", [".nan", ".NaN", ".inf", "-.inf", "+.Inf", "1.0e+999"])
def test_yaml_s_nan_and_infinity_are_refused(number: str) -> None:
    with pytest.raises(Problems, match=r"weights\.a \(line 2\): Input should be a finite number"):
        Pet.from_yaml(f"name: x\nweights: {{a: {number}}}".encode())


@pytest.mark.parametrize("number", ["NaN", "Infinity", "-Infinity", "1e999", "-1e400"])
def test_json_s_nan_and_infinity_are_refused_even_where_anything_else_may_stand(
    number: str,
) -> None:
    class Free(Record):
        anything: Any

    with pytest.raises(Problems, match=rf"not JSON: {number} is not a number"):
        Free.from_json(f'{{"anything": [{number}]}}'.encode())


@pytest.mark.parametrize(
    "number",
    [
        "0x" + "f" * 5_000,
        "9" * 5_000,
        str(2**63),
        str(-(2**63) - 1),
        "0b" + "1" * 64,
        "1" + ":0" * 40,
    ],
)
def test_a_whole_number_that_could_not_be_written_again_is_refused(number: str) -> None:
    with pytest.raises(Problems, match="not YAML"):
        Pet.from_yaml(f"name: x\nlegs: {number}".encode())


@pytest.mark.parametrize("number", [2**63 - 1, 0, 2**53 + 1])
def test_whole_numbers_of_64_bits_are_read_exactly(number: int) -> None:
    assert Pet.from_yaml(f"name: x\nlegs: {number}".encode()).legs == number
    assert Pet.from_json(f'{{"name": "x", "legs": {number}}}'.encode()).legs == number


def test_a_json_number_of_five_thousand_digits_is_refused() -> None:
    with pytest.raises(Problems, match="not JSON"):
        Pet.from_json(b'{"name": "x", "legs": ' + b"9" * 5_000 + b"}")


@pytest.mark.parametrize(
    "data", [b"", b"{", b"\xff", b"'a'", b"{'a': 1}", b'{"name": "x",}', b"\x00", b"{} {}"]
)
def test_what_is_no_json_is_a_problem(data: bytes) -> None:
    with pytest.raises(Problems, match="not JSON"):
        Pet.from_json(data)


@pytest.mark.parametrize("data", [b"[]", b"null", b"3", b'"name"', b"true"])
def test_json_that_is_no_object_is_a_problem(data: bytes) -> None:
    with pytest.raises(Problems, match="expected keys and values"):
        Pet.from_json(data)


@pytest.mark.parametrize(
    "moment",
    ["2026-11-23", "2026-11-23 18:00:00", "2026-11-23T18:00", "'2026-11-23T18:00:00'"],
)
def test_an_instant_without_a_time_zone_is_refused(moment: str) -> None:
    assert problems_of(Pet, f"name: x\nborn: {moment}".encode()) == (
        "born (line 2): an instant needs its time zone, as in 2026-11-23T18:00:00+01:00",
    )


@pytest.mark.parametrize("number", ["20261123", "1767225600", "'1767225600'", "1.5", "yes", "[]"])
def test_a_number_is_no_instant_though_pydantic_would_count_seconds(number: str) -> None:
    with pytest.raises(Problems, match=r"born \(line 2\): an instant needs its time zone"):
        Pet.from_yaml(f"name: x\nborn: {number}".encode())


@pytest.mark.parametrize("moment", ["0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00"])
def test_an_instant_beyond_the_calendar_in_utc_is_a_problem_and_no_crash(moment: str) -> None:
    for written in (moment, f"'{moment}'"):
        with pytest.raises(Problems, match="between the years 1 and 9999"):
            Pet.from_yaml(f"name: x\nborn: {written}".encode())


@pytest.mark.parametrize(
    "moment",
    ["2026-11-23T18:00:00+01:00", "2026-11-23 18:00:00 +1", "2026-11-23T17:00:00Z",
     "'2026-11-23T18:00+01:00'", "2026-11-24T07:00:00+14:00"],
)  # fmt: skip
def test_an_instant_is_kept_in_utc(moment: str) -> None:
    pet = Pet.from_yaml(f"name: x\nborn: {moment}".encode())

    assert pet.born == datetime(2026, 11, 23, 17, tzinfo=UTC)
    assert pet.born.utcoffset() == datetime.now(UTC).utcoffset()


HOSTILE = '"\\e]0;owned\\a\\n::stop-commands::x\\u202e\\u200b\\ud800": 1'


def test_problems_name_hostile_keys_on_one_printable_line() -> None:
    key = '"\\e[31m\\n::error::x\\u202e\\u200bkey": 1'

    (problem,) = problems_of(Pet, f"name: x\n{key}".encode())

    assert problem.endswith("key (line 2): no such key")
    assert problem.isprintable()
    assert "\n" not in problem


def test_a_key_of_half_a_character_is_a_problem_that_can_be_written_down() -> None:
    for data in (f"name: x\n{HOSTILE}".encode(), b'"\\ud800": 1', b'name: "\\ud800"\n"\\udfff": 2'):
        for problem in problems_of(Pet, data):
            assert problem.encode("utf-8").isascii() or "�" in problem


def test_problems_stay_short_however_long_the_file() -> None:
    key = "k" * 900
    data = "".join(f"{key}{n}: 1\n" for n in range(200)).encode()

    with pytest.raises(Problems) as caught:
        Pet.from_yaml(data)

    assert len(caught.value.problems) == 201
    assert max(map(len, caught.value.problems)) <= 501
    assert len(str(caught.value)) < 30_000
    assert str(caught.value).endswith("; and 151 more")


@settings(max_examples=300, deadline=None)
@given(
    data=st.one_of(
        st.binary(max_size=60), st.text(max_size=60).map(lambda t: t.encode("utf-8", "replace"))
    )
)
def test_no_bytes_at_all_do_anything_but_read_or_raise_problems(data: bytes) -> None:
    for read in (load_yaml, Pet.from_yaml, Pet.from_json):
        with contextlib.suppress(Problems):
            assert read(data)  # type: ignore[operator]


@settings(max_examples=300, deadline=None)
@given(
    data=st.lists(
        st.sampled_from(
            ["a", ": ", "- ", "\n", "  ", "!!int ", "!!map ", "!!set ", "''", "[", "]", "{", "}",
             ",", "? ", "|", ">", "#", "&x ", "*x", "<<", "~", "1", ".5", ":", "2026-01-01", "=",
             "%YAML 1.1\n"]
        ),
        max_size=14,
    ).map("".join)
)  # fmt: skip
def test_no_heap_of_yaml_s_own_signs_does_anything_but_read_or_raise_problems(data: str) -> None:
    try:
        value, _ = load_yaml(data.encode())
    except Problems:
        return
    assert value is None or type(value).__module__ in {"builtins", "datetime"}


def test_reading_deep_files_leaves_the_recursion_limit_alone() -> None:
    before = sys.getrecursionlimit()

    with pytest.raises(Problems):
        load_yaml(b"[" * 10_000)

    assert sys.getrecursionlimit() == before
