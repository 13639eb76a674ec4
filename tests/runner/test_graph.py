"""How a model's operators are joined, as it is read from good and from hostile files."""

from __future__ import annotations

import itertools
import json

import onnx
import pytest
from onnx import helper
from runner_models import BOOL, FLOAT, after_linear, linear, nested_functions, proto, value

from aims_gh.domain import model_facts
from aims_gh.domain.model_facts import ModelFacts, ModelGraph
from aims_gh.domain.record import Problems
from aims_gh.runner import graph as runner_graph
from aims_gh.runner.answer import Nonsense, facts_from
from aims_gh.runner.describe import describe
from aims_gh.runner.guard import check


def facts(model: onnx.ModelProto) -> ModelFacts:
    data = model.SerializeToString()
    parsed = onnx.load_model_from_string(data)
    return facts_from(describe(parsed, check(parsed, len(data)), len(data)).to_json().encode(), 1)


def test_branches_inputs_and_outputs_are_joined_by_their_places() -> None:
    nodes = [
        helper.make_node("Relu", ["s"], ["r"]),
        helper.make_node("Neg", ["s"], ["n"]),
        helper.make_node("Add", ["r", "n"], ["y"]),
    ]

    assert facts(after_linear(nodes)).graph == ModelGraph(
        nodes=("MatMul", "Relu", "Neg", "Add"),
        edges=((0, 1), (0, 2), (1, 3), (2, 3)),
        inputs=((0,),),
        outputs=(3,),
    )


def test_what_a_branch_takes_from_around_it_is_an_edge() -> None:
    out = [value("b", FLOAT, None, 1)]
    yes = helper.make_graph([helper.make_node("Neg", ["s"], ["b"])], "yes", [], out)
    no = helper.make_graph([helper.make_node("Abs", ["s"], ["b"])], "no", [], out)
    nodes = [
        helper.make_node("Constant", [], ["c"], value=helper.make_tensor("", BOOL, [], [True])),
        helper.make_node("If", ["c"], ["y"], then_branch=yes, else_branch=no),
    ]

    found = facts(after_linear(nodes)).graph

    assert found
    assert (found.nodes, set(found.edges)) == (("MatMul", "Constant", "If"), {(1, 2), (0, 2)})


def test_a_function_of_the_models_own_is_one_node() -> None:
    found = facts(nested_functions(10))

    assert found.graph
    assert (found.graph.nodes, found.operators) == (("f10",), {"Neg": 1024})


@pytest.mark.parametrize(("many", "kept"), [(300, True), (301, False)])
def test_a_graph_that_nobody_can_look_at_is_counted_and_not_kept(many: int, kept: bool) -> None:
    names = ["x", *(f"t{place}" for place in range(many - 1)), "y"]
    nodes = [helper.make_node("Neg", [a], [b]) for a, b in itertools.pairwise(names)]
    model = proto(nodes, [value("x", FLOAT, None, 3)], [value("y", FLOAT, None, 3)])

    found = facts(model)

    assert found.operators == {"Neg": many}
    assert (found.graph is not None) is kept


def test_so_many_edges_that_nobody_can_follow_them_are_not_kept() -> None:
    names = [f"t{place}" for place in range(80)]
    nodes = [
        helper.make_node("Sum", ["x", *names[:place]], [name]) for place, name in enumerate(names)
    ]
    nodes.append(helper.make_node("Neg", [names[-1]], ["y"]))
    model = proto(nodes, [value("x", FLOAT, None, 3)], [value("y", FLOAT, None, 3)])

    assert facts(model).graph is None


@pytest.mark.parametrize(
    "name", ["<img src=x onerror=alert(1)>", "\x1b[31m\u202e::set-output", "a" * 900, "=1+1"]
)
def test_hostile_names_of_functions_come_out_short_and_inert(name: str) -> None:
    opset = [helper.make_opsetid("", 18)]
    body = [helper.make_node("Neg", ["a"], ["b"])]
    model = proto(
        [helper.make_node(name, ["x"], ["y"], domain="own")],
        [value("x", FLOAT, None, 3)],
        [value("y", FLOAT, None, 3)],
        domains=["own"],
        functions=[helper.make_function("own", name, ["a"], ["b"], body, opset)],
    )

    found = facts(model).graph

    assert found
    (node,) = found.nodes
    assert len(node) <= 80
    assert node.isprintable()
    assert "\u202e" not in node


def test_a_graph_that_runs_in_a_circle_has_no_edge_back() -> None:
    nodes = [
        helper.make_node("Add", ["s", "late"], ["early"]),
        helper.make_node("Neg", ["early"], ["late"]),
        helper.make_node("Neg", ["late"], ["y"]),
        helper.make_node("Add", ["loop", "s"], ["loop"]),
    ]

    found = facts(after_linear(nodes)).graph

    assert found
    assert found.edges == ((0, 1), (1, 2), (2, 3), (0, 4))


@pytest.mark.parametrize(
    "graph",
    [
        {"nodes": ["Neg"], "edges": [[0, 1]]},
        {"nodes": ["Neg", "Neg"], "edges": [[1, 0]]},
        {"nodes": ["Neg"], "edges": [[0, 0]]},
        {"nodes": ["Neg"], "edges": [[-1, 0]]},
        {"nodes": ["Neg"], "inputs": [[7]]},
        {"nodes": ["Neg"], "outputs": [-1]},
        {"nodes": ["Neg"] * 301},
        {"nodes": [{"a": 1}]},
        {"nodes": ["Neg"], "more": 1},
    ],
)
def test_a_child_that_invents_a_graph_is_not_believed(graph: object) -> None:
    with pytest.raises(Problems):
        ModelGraph.from_value(graph)
    model = linear()
    data = model.SerializeToString()
    told = json.loads(describe(model, check(model, len(data)), len(data)).to_json())

    with pytest.raises(Nonsense):
        facts_from(json.dumps(told | {"graph": graph}).encode(), len(data))


def test_sandbox_and_record_agree_on_the_bounds() -> None:
    assert (runner_graph.MOST_NODES, runner_graph.MOST_EDGES) == (
        model_facts.MOST_NODES,
        model_facts.MOST_EDGES,
    )
