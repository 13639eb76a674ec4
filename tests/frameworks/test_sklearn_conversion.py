"""scikit-learn to ONNX: what used to be wrong without a word, columns, refusals, and size."""

from __future__ import annotations

import copy
import pickle
import warnings
from typing import Any

import numpy as np
import onnx
import pandas as pd
import pytest
from framework_cases import converted
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.compose import ColumnTransformer, TransformedTargetRegressor, make_column_transformer
from sklearn.decomposition import KernelPCA
from sklearn.ensemble import (
    GradientBoostingClassifier,
    HistGradientBoostingRegressor,
    RandomForestClassifier,
    RandomForestRegressor,
)
from sklearn.experimental import enable_iterative_imputer  # noqa: F401
from sklearn.feature_selection import RFE
from sklearn.impute import IterativeImputer, SimpleImputer
from sklearn.linear_model import LinearRegression, LogisticRegression, Ridge
from sklearn.model_selection import GridSearchCV
from sklearn.multiclass import OneVsOneClassifier
from sklearn.neighbors import KNeighborsClassifier
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import FeatureUnion, make_pipeline
from sklearn.preprocessing import (
    FunctionTransformer,
    MinMaxScaler,
    OneHotEncoder,
    OrdinalEncoder,
    PowerTransformer,
    SplineTransformer,
    StandardScaler,
    TargetEncoder,
)
from sklearn.svm import LinearSVC
from sklearn_cases import diabetes, mixed, tumours, wine

from aims_gh.domain.claims import Conversion
from aims_gh.errors import SubmissionError
from aims_gh.frameworks.library import library_of
from aims_gh.frameworks.sklearn.inputs import inputs_of


def conversion_of(model: Any, features: Any) -> Conversion:
    found = converted(model, features).claims.conversion
    assert found is not None
    return found


def refusal_of(model: Any, features: Any) -> SubmissionError:
    with pytest.raises(SubmissionError) as caught:
        converted(model, features)
    assert caught.value.hint
    assert len(caught.value.message) < 400
    return caught.value


def linear() -> LogisticRegression:
    return LogisticRegression(solver="newton-cholesky")


def test_the_first_candidate_is_in_single_precision() -> None:
    features, target = wine()
    model = make_pipeline(StandardScaler(), linear()).fit(features, target)

    assert conversion_of(model, features).converter.endswith("float32")


def test_numbers_far_from_zero_are_reckoned_in_double_precision() -> None:
    features, target = wine()
    far = features + 1e6
    model = make_pipeline(StandardScaler(), linear()).fit(far, target)

    found = conversion_of(model, far)

    assert "float64" in found.converter
    assert found.matching == found.rows
    assert found.largest_difference is not None and found.largest_difference < 1e-9


@pytest.mark.parametrize("transformer", [KernelPCA(3), PowerTransformer()])
def test_what_single_precision_gets_wrong_is_right_in_double(transformer: Any) -> None:
    features, _ = wine()
    model = transformer.fit(features)

    found = conversion_of(model, features)

    assert "float64" in found.converter
    assert found.largest_difference is not None and found.largest_difference < 1e-8


def test_trees_behind_a_scaler_see_numbers_as_scikit_learn_rounds_them() -> None:
    features, target = diabetes()
    model = make_pipeline(StandardScaler(), RandomForestRegressor(20, random_state=0))
    model.fit(features, target)

    found = conversion_of(model, features)

    assert found.matching == found.rows


def test_a_far_off_column_does_not_hide_the_others_from_boosted_trees() -> None:
    features, target = tumours()
    far = features.assign(time=1.6e9 + np.arange(len(features)))
    model = GradientBoostingClassifier(n_estimators=10, random_state=0).fit(far, target)

    found = conversion_of(model, far)

    assert found.matching == found.rows


@pytest.mark.parametrize(
    "model",
    [
        linear(),
        MLPClassifier((5,), max_iter=20, random_state=0),
        GridSearchCV(make_pipeline(StandardScaler(), linear()), {}, cv=2),
        make_pipeline(StandardScaler(), RandomForestClassifier(5, random_state=0)),
        OneVsOneClassifier(LinearSVC()),
    ],
    ids=lambda model: type(model).__name__,
)
@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
def test_outputs_are_plain_tensors_wherever_the_classifier_is(model: Any) -> None:
    features, target = wine()
    names = np.array(["barolo", "grignolino", "barbera"])[target]

    content = converted(model.fit(features, names), features).content

    outputs = onnx.load_from_string(content).graph.output
    assert [output.type.WhichOneof("value") for output in outputs] == ["tensor_type"] * 2


PLAIN = [
    (make_pipeline(StandardScaler(), linear()), wine),
    (RandomForestClassifier(10, random_state=0), wine),
    (GradientBoostingClassifier(n_estimators=5, random_state=0), tumours),
    (MLPClassifier((20,), max_iter=5, random_state=0), wine),
    (Ridge(), diabetes),
    (KNeighborsClassifier(), wine),
]


@pytest.mark.parametrize(("model", "load"), PLAIN, ids=lambda item: type(item).__name__)
@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
def test_the_file_is_no_larger_than_skl2onnx_makes_it(model: Any, load: Any) -> None:
    from skl2onnx import to_onnx
    from skl2onnx.common.data_types import FloatTensorType

    features, target = load()
    model.fit(features, target)

    ours = converted(model, features)

    assert ours.claims.conversion is not None
    assert ours.claims.conversion.converter.endswith("float32")
    options = {id(model): {"zipmap": False}} if hasattr(model, "classes_") else None
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        plain = to_onnx(
            model,
            initial_types=[("input", FloatTensorType([None, features.shape[1]]))],
            options=options,
            target_opset={"": 18, "ai.onnx.ml": 3},
        ).SerializeToString()
    assert len(ours.content) <= 1.01 * len(plain)


@pytest.mark.parametrize("seconds", [None, 60])
def test_the_users_model_stays_as_it_is(seconds: float | None) -> None:
    from aims_gh.flows.convert import Tools, convert
    from aims_gh.runner.sandbox import Bounds, Sandbox

    features, target = mixed()
    columns = ColumnTransformer(
        [("words", OneHotEncoder(handle_unknown="ignore"), ["colour"])], remainder="drop"
    )
    search = GridSearchCV(make_pipeline(columns, "passthrough", linear()), {}, cv=2)
    model = search.fit(features, target)
    before, asked = pickle.dumps(model), model.predict_proba(features)

    convert(model, features, Tools(Sandbox(), Bounds(), seconds))

    assert pickle.dumps(model) == before
    assert np.array_equal(model.predict_proba(features), asked)


def test_the_tables_of_skl2onnx_are_as_before_afterwards() -> None:
    from skl2onnx import _parse, _supported_operators
    from skl2onnx.common import _registration

    tables = [
        _supported_operators.sklearn_operator_name_map,
        _registration._converter_pool,
        _parse.sklearn_parsers_map,
    ]
    before = copy.copy(tables[0]), copy.copy(tables[1]), copy.copy(tables[2])
    features, target = wine()

    converted(linear().fit(features, target), features)

    assert tuple(tables) == before


MIXED = {
    "words with gaps": OneHotEncoder(handle_unknown="ignore"),
    "the first dropped": OneHotEncoder(drop="first"),
    "rare ones together": OneHotEncoder(min_frequency=40, handle_unknown="infrequent_if_exist"),
    "one of two dropped": OneHotEncoder(drop="if_binary"),
    "numbered": OrdinalEncoder(encoded_missing_value=-2),
    "numbered, unknown ones too": OrdinalEncoder(
        handle_unknown="use_encoded_value", unknown_value=-1, encoded_missing_value=-2
    ),
    "by the target": TargetEncoder(),
    "filled": make_pipeline(SimpleImputer(strategy="most_frequent"), OneHotEncoder()),
    "filled with a word": make_pipeline(
        SimpleImputer(strategy="constant", fill_value="unknown"), OneHotEncoder()
    ),
}


@pytest.mark.parametrize("encoder", MIXED.values(), ids=MIXED)
def test_words_go_in_column_by_column_and_gaps_are_empty_cells(encoder: Any) -> None:
    features, target = mixed()
    columns = make_column_transformer(
        (encoder, ["colour", "strong (>13 %)"]), (StandardScaler(), ["magnesium", "hue"])
    )
    model = make_pipeline(columns, linear()).fit(features, target)

    found = converted(model, features)

    inputs = onnx.load_from_string(found.content).graph.input
    assert [each.name for each in inputs] == list(features.columns)
    assert found.claims.conversion is not None
    assert found.claims.conversion.matching == found.claims.conversion.rows


@pytest.mark.parametrize(
    "categories", ["whole numbers", "fractions", "truth values", "truth values with gaps"]
)
def test_categories_need_not_be_words(categories: str) -> None:
    features, target = wine()
    values: Any = features["ash"].round(1)
    if categories == "whole numbers":
        values = values.round().astype(int)
    elif categories != "fractions":
        values = values > 2.3
    if categories == "truth values with gaps":
        values = values.astype(object).where(np.arange(len(values)) % 5 != 0, None)
    frame = pd.DataFrame({"kind": values, "hue": features["hue"]})
    columns = make_column_transformer((OneHotEncoder(), ["kind"]), (MinMaxScaler(), ["hue"]))
    model = make_pipeline(columns, linear()).fit(frame, target)

    found = conversion_of(model, frame)

    assert found.matching == found.rows


def test_whole_numbers_beyond_single_precision_keep_apart() -> None:
    _, target = wine()
    ids = pd.DataFrame({"id": 10**9 + np.arange(len(target)) % 5, "other": target % 2})
    model = make_pipeline(OneHotEncoder(), linear()).fit(ids, target)

    found = conversion_of(model, ids)

    assert found.matching == found.rows


def test_columns_may_be_called_as_the_file_calls_its_own_things() -> None:
    features, target = wine()
    frame = features.iloc[:, :4].set_axis(["label", "probabilities", "variable", "a b"], axis=1)
    frame["a_b"] = features["hue"]
    columns = make_column_transformer((StandardScaler(), list(frame.columns[::-1])))
    model = make_pipeline(columns, linear()).fit(frame, target)
    words = frame.assign(note="x")

    found = conversion_of(model, words)

    assert found.matching == found.rows


def test_a_playground_may_have_more_columns_than_the_model_takes_and_in_another_order() -> None:
    features, target = wine()
    model = linear().fit(features[["hue", "ash"]], target)

    found = converted(model, features)

    inputs = onnx.load_from_string(found.content).graph.input
    assert [each.name for each in inputs] == ["hue", "ash"]


def test_a_model_trained_on_an_array_takes_a_dataframe_and_the_other_way_round() -> None:
    features, target = wine()

    of_array = conversion_of(linear().fit(features.to_numpy(), target), features)
    of_frame = conversion_of(linear().fit(features, target), features.to_numpy())

    assert of_array.matching == of_array.rows
    assert of_frame.matching == of_frame.rows


def test_an_array_of_whole_numbers_is_taken() -> None:
    features, target = wine()
    whole = features.to_numpy().astype(int)

    found = conversion_of(linear().fit(whole, target), whole)

    assert found.matching == found.rows


def test_histograms_split_categories_by_themselves() -> None:
    features, target = mixed()
    frame = features.astype({"colour": "category", "strong (>13 %)": "category"})
    model = HistGradientBoostingRegressor(max_iter=10).fit(frame, target)

    with_categories = conversion_of(model, frame)
    as_a_csv_has_them = conversion_of(model, features)

    assert with_categories.matching == with_categories.rows
    assert as_a_csv_has_them.matching == as_a_csv_has_them.rows


def test_one_column_after_the_other_is_filled_by_models_of_the_rest() -> None:
    features, target = wine()
    holes = features.mask(np.random.default_rng(0).random(features.shape) < 0.1)
    model = make_pipeline(IterativeImputer(max_iter=3, random_state=0), linear())
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        model.fit(holes, target)

    found = conversion_of(model, holes)

    assert found.matching == found.rows


@pytest.mark.parametrize("extrapolation", ["constant", "linear", "periodic"])
def test_splines_go_on_beyond_what_they_have_seen(extrapolation: Any) -> None:
    features, _ = diabetes()
    model = SplineTransformer(extrapolation=extrapolation).fit(features[100:])

    found = conversion_of(model, features * 1.5)

    assert found.matching == found.rows


def test_neighbours_weigh_by_distance_even_where_there_is_none() -> None:
    features, target = wine()
    model = make_pipeline(StandardScaler(), KNeighborsClassifier(weights="distance"))

    found = conversion_of(model.fit(features, target), features)

    assert found.matching == found.rows


def test_a_selector_at_the_end_predicts_with_its_own_model() -> None:
    features, target = wine()

    found = conversion_of(RFE(linear(), step=4).fit(features, target), features)

    assert found.matching == found.rows


def test_parts_that_pass_everything_on_or_drop_it() -> None:
    features, target = wine()
    union = FeatureUnion([("same", "passthrough"), ("none", "drop"), ("scaled", MinMaxScaler())])
    model = make_pipeline(union, "passthrough", linear()).fit(features, target)

    found = conversion_of(model, features)

    assert found.matching == found.rows


class OwnForest(RandomForestClassifier):
    """A class of one's own that changes nothing about predictions."""


class Own(TransformerMixin, BaseEstimator):
    """A class of one's own that scikit-learn does not know."""

    def fit(self, X: Any, y: Any = None) -> Own:
        self.fitted_ = True
        return self

    def transform(self, X: Any) -> Any:
        return X * 2


def test_a_class_of_ones_own_is_converted_as_the_one_it_builds_on() -> None:
    features, target = wine()

    found = conversion_of(OwnForest(5, random_state=0).fit(features, target), features)

    assert found.matching == found.rows


REFUSED = {
    "a class of one's own": (
        make_pipeline(StandardScaler(), Own(), linear()),
        "own (Own) cannot be converted to ONNX: there is no converter for Own",
    ),
    "a function of one's own": (
        make_pipeline(FunctionTransformer(lambda x: x * 2), linear()),
        "functiontransformer (FunctionTransformer) cannot be converted to ONNX: the function "
        "<lambda> cannot be converted, only NumPy's own such as np.log1p can",
    ),
    "deep inside": (
        ColumnTransformer([("cat", make_pipeline(Own()), ["ash"])]),
        "cat__own (Own) cannot be converted to ONNX: there is no converter for Own",
    ),
    "behind a search": (
        GridSearchCV(make_pipeline(Own(), linear()), {}, cv=2),
        "estimator__own (Own) cannot be converted to ONNX: there is no converter for Own",
    ),
}


@pytest.mark.parametrize(("model", "message"), REFUSED.values(), ids=REFUSED)
def test_a_refusal_names_the_step_and_what_to_try(model: Any, message: str) -> None:
    features, target = wine()

    assert refusal_of(model.fit(features, target), features).message == message


def test_a_target_can_be_transformed_by_numpys_functions_and_by_no_others() -> None:
    features, target = diabetes()
    good = TransformedTargetRegressor(LinearRegression(), func=np.log1p, inverse_func=np.expm1)
    bad = TransformedTargetRegressor(LinearRegression(), transformer=PowerTransformer())

    found = conversion_of(good.fit(features, target), features)

    assert found.matching == found.rows
    error = refusal_of(bad.fit(features, target), features)
    assert error.message.endswith("a target transformed by PowerTransformer cannot be converted")
    assert "np.log1p" in error.hint


def test_a_model_that_is_not_fitted_is_refused() -> None:
    error = refusal_of(make_pipeline(StandardScaler(), linear()), wine()[0])

    assert error.message == "Pipeline is not fitted"


def test_features_that_the_model_does_not_take_are_refused_with_its_reason() -> None:
    features, target = wine()
    model = linear().fit(features, target)

    error = refusal_of(model, features.drop(columns="hue"))

    assert error.message.startswith("LogisticRegression does not take the features: ValueError:")
    assert "sample_data" in error.hint


def test_two_columns_of_one_name_are_refused() -> None:
    twice = wine()[0].iloc[:, :2].set_axis(["a", "a"], axis=1)

    with pytest.raises(SubmissionError, match="the features have two columns 'a'"):
        inputs_of(twice)


def test_images_are_no_table() -> None:
    model = linear().fit(*wine())

    with pytest.raises(SubmissionError, match=r"shape \(8, 8\), not that of columns"):
        library_of(model).parcel(model, np.zeros((5, 8, 8)))
