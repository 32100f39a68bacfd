"""What two models make of the same inputs is compared, by meaning; what cannot be is said with the reason."""

import json

import jsonschema
import numpy as np
import pytest
import seed_models

import parity
from parity.errors import UsageError
from parity.reports import SCHEMA, Screen, Verdict, renderers
from tests.rules.models import PIXELS, keras_model, keras_net, layers, module, nn, torch_net

EXAMPLE = (2, 1, 8, 8)


@pytest.fixture(scope="module")
def models():
    """The models of the README with the weights carried over by hand: the one that asks, and its twin made equal."""
    left = seed_models.bn_cnn(image=8)
    found = [build(image=8).eval() for build in (seed_models.bn_cnn_torch, seed_models.bn_cnn_twin)]
    for model in found:
        seed_models.carry_over(left, model)
    return left, *found


@pytest.fixture(scope="module")
def question(models, tmp_path_factory):
    """The same as files, and both PyTorch models with weights of their own."""
    import torch

    folder = tmp_path_factory.mktemp("question")
    models[0].save(folder / "net.keras")
    more = seed_models.bn_cnn_torch(image=8).eval(), seed_models.bn_cnn_twin(image=8).eval()
    files = [folder / "net.keras"]
    for at, model in enumerate((*models[1:], *more)):
        files.append(folder / f"{at}.pt2")
        torch.export.save(torch.export.export(model, (torch.zeros(EXAMPLE),)), files[-1])
    return files


def compared(left, right, **asked):
    return parity.compare(left, right, **{"outputs": True, **asked})


def test_equal_models_with_equal_weights_have_the_same_outputs_though_their_axes_lie_in_other_orders(question):
    left, _, twin, *_ = question

    report = compared(left, twin)

    assert report.verdict is Verdict.EQUIVALENT
    assert report.facets["outputs"] == "same"
    (final,) = report.outputs.final
    assert final.error.rel_l2 < 1e-12
    assert final.error.same_choice == 1
    assert report.outputs.ledger is None


def test_the_errors_are_those_of_the_frameworks_themselves(models, question):
    import torch

    left, right, _ = models
    images = np.random.default_rng(1).normal(size=(2, 8, 8, 1)).astype("float32")
    expected = left.predict(images, verbose=0)
    with torch.no_grad():
        found = right(torch.from_numpy(images.transpose(0, 3, 1, 2))).numpy()

    report = compared(*question[:2], data={"input_layer": images})

    (final,) = report.outputs.final
    assert final.error.max_abs == pytest.approx(np.abs(found - expected).max(), rel=1e-4)
    assert final.error.rel_l2 == pytest.approx(np.linalg.norm(found - expected) / np.linalg.norm(expected), rel=1e-4)
    assert report.outputs.inputs == "given"


def test_the_question_of_the_readme_is_answered_to_rounding(question):
    left, right, *_ = question

    report = compared(left, right)

    assert report.facets["outputs"] == "different"
    assert report.outputs.first_divergence.left == "batch_normalization"
    assert report.outputs.first_divergence.isolated is True
    ledger = report.outputs.ledger
    assert [step.rule for step in ledger.steps] == ["epsilon", "activation-missing", "logits-against-probabilities"]
    assert ledger.start > 1
    assert ledger.remainder < 1e-6
    assert ledger.left_out == {}
    measured = {finding.rule: finding.measured for finding, _ in report.findings if finding.measured is not None}
    assert measured.keys() == {"epsilon", "activation-missing", "logits-against-probabilities"}
    assert 0 < measured["epsilon"] < 0.01 < measured["activation-missing"]


def test_layers_after_a_divergence_only_pass_it_on(question):
    left, right, *_ = question

    errors = {each.left: each for each in compared(left, right).outputs.layers}

    assert errors["conv2d"].rel_l2 < 1e-12
    assert errors["batch_normalization"].isolated is True
    assert errors["flatten"].isolated is False
    assert errors["dense_1"].isolated is False


def test_weights_that_are_others_are_a_cause_of_their_own(question):
    left, _, _, right, twin = question

    ledger = compared(left, twin).outputs.ledger

    assert [step.rule for step in ledger.steps] == ["weights"]
    assert ledger.steps[0].layers == ("layer1.0", "fc1", "fc2")
    assert ledger.remainder < 1e-6
    both = compared(left, right).outputs.ledger
    assert [step.rule for step in both.steps][:2] == ["weights", "epsilon"]
    assert both.remainder < 1e-6


def test_the_document_keeps_the_contract(question):
    for report in (compared(question[0], question[1]), compared(question[0], question[2], verify="full")):
        document = json.loads(renderers()["json"].report(report, Screen()))
        jsonschema.validate(document, SCHEMA)
        assert document["outputs"]["final"][0]["left"] == "dense_1"
    assert document["verified"] == "computed"


def test_every_report_tells_of_outputs(question):
    report = compared(question[0], question[1])

    for name in ("text", "markdown", "html", "junit"):
        said = renderers()[name].compared(report, Screen(), "error")
        assert "they diverge at" in said or name == "junit"
        assert "outputs-differ" in said


@pytest.mark.parametrize("number", [np.nan, np.inf])
def test_outputs_of_which_nothing_is_finite_show_nothing(question, number):
    """Both sides are no numbers then, whatever they compute."""
    images = np.zeros((2, 8, 8, 1))
    images[:, 3, 3] = number
    report = compared(question[0], question[1], data=[images])

    assert report.facets["outputs"] == "unchecked"
    assert "which shows nothing" in report.outputs.missing[0][1]


@pytest.mark.parametrize(
    ("data", "found"),
    [
        ({"image": np.zeros((2, 8, 8, 1))}, "arrays called image"),
        ({"x": np.zeros((2, 8, 8))}, "(2, 8, 8)"),
        ({"x": np.zeros((2, 1, 8, 8)), "y": np.zeros(2)}, "an array called y"),
        ([], "0 arrays"),
        ({"x": np.asarray([["a"]])}, "<U1"),
    ],
)
def test_inputs_that_the_models_do_not_take_are_refused(question, data, found):
    left, _, twin, *_ = question

    with pytest.raises(UsageError) as refused:
        compared(left, twin, data=data)

    assert found in str(refused.value)


def test_inputs_are_taken_by_the_names_of_either_side_in_its_own_layout(question):
    left, _, twin, *_ = question
    images = np.random.default_rng(2).normal(size=(2, 8, 8, 1))

    mine = compared(left, twin, data={"input_layer": images}).outputs
    theirs = compared(left, twin, data={"x": images.transpose(0, 3, 1, 2)}).outputs
    listed = compared(left, twin, data=[images]).outputs

    assert mine.final == theirs.final == listed.final


def test_sizes_that_differ_leave_outputs_open():
    left, right = (keras_net((size, size, 3), layers().Conv2D(4, 3)) for size in (8, 9))

    report = parity.compare(left, right, outputs=True)

    assert report.facets["outputs"] == "unchecked"
    said = [finding.message for finding, _ in report.findings if finding.rule == "outputs-not-compared"]
    assert len(said) == 1
    assert "(None, 8, 8, 3)" in said[0]


def test_an_operator_without_a_formula_leaves_its_output_open_and_no_other():
    import keras

    pixels = keras.Input(PIXELS)
    shared = layers().Conv2D(4, 3)(pixels)
    model = keras_model(pixels, [layers().AutoContrast()(shared), layers().ReLU()(shared)])

    report = parity.compare(model, model, outputs=True)

    assert [each.error.rel_l2 for each in report.outputs.final] == [0.0]
    assert "AutoContrast" in report.outputs.missing[0][1]
    assert report.facets["outputs"] == "unchecked"


def test_numbers_that_are_none_on_one_side_are_an_infinite_error():
    left = torch_net(nn().Linear(3, 2))
    right = module({"0": left[0]}, lambda self, x: getattr(self, "0")(x).log())

    report = parity.compare(left, right, inputs=[(2, 3)], outputs=True)

    assert report.outputs.worst.error.rel_l2 == float("inf")
    document = json.loads(renderers()["json"].report(report, Screen()))
    jsonschema.validate(document, SCHEMA)
    assert document["outputs"]["final"][0]["rel_l2"] == "inf"


def test_free_sizes_are_chosen_and_said():
    def net():
        return keras_net((None, None, 3), layers().Conv2D(4, 3), layers().MaxPooling2D(), layers().Conv2D(2, 5))

    left, right = net(), net()
    right.set_weights(left.get_weights())

    outputs = parity.compare(left, right, outputs=True).outputs

    assert outputs.same
    assert "free sizes 32" in outputs.inputs


def test_token_ids_are_drawn_within_the_vocabulary():
    def net():
        return keras_net((5,), layers().Embedding(7, 4), layers().LSTM(3), dtype="int32")

    left, right = net(), net()
    right.set_weights(left.get_weights())

    assert parity.compare(left, right, outputs=True).outputs.same


def test_a_walk_through_a_layer_shows_what_it_makes_and_the_element_that_is_furthest_off_in_both_layouts(question):
    found = parity.explain(question[0], question[1], "layer1.2", outputs=True)

    apart = found.walks[0].made.apart
    (n, h, w, c), place = apart.places
    assert place == (n, c, h, w)
    assert apart.numbers[0] != apart.numbers[1]
    said = str(found)
    assert "where the difference originates" in said
    assert f"at {[n, h, w, c]} on the left" in said
    jsonschema.validate(json.loads(renderers()["json"].explained(found, Screen())), SCHEMA)
