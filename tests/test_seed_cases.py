"""The tables that people have asked about, from the saved file and from the live model, every number."""

import pytest
import seed_models
from seed_models import CASES

import parity

KERAS = [name for name in CASES if name != "bert-bilstm"]


def built(name):
    return getattr(seed_models, name.replace("-", "_"))()


def rows(summary):
    return [[row.type, list(row.shapes[0]) if row.shapes else None, row.params] for row in summary.rows]


def adds_up(row):
    """Whether the row's formula gives its count."""
    return eval(row.formula, {"__builtins__": {}}) == row.params  # noqa: S307  our own arithmetic


def check_table(summary, case):
    head = summary.side.headline
    assert rows(summary) == case["rows"]
    assert (head.total, head.trainable, head.non_trainable) == (
        case["total"],
        case["trainable"],
        case["non_trainable"],
    )
    assert [row.path for row in summary.rows if row.params and not adds_up(row)] == []
    assert sum(row.params for row in summary.rows) == head.total


@pytest.mark.parametrize("name", KERAS)
def test_the_table_from_the_file_and_from_the_live_model(name, tmp_path):
    model = built(name)
    model.save(tmp_path / "model.keras")

    check_table(parity.summary(tmp_path / "model.keras"), CASES[name])
    check_table(parity.summary(model), CASES[name])
    assert model.count_params() == CASES[name]["total"]


def test_the_bidirectional_head_on_a_frozen_encoder_at_full_size():
    """162,841,344 frozen parameters whose variables have shapes and no memory."""
    case = CASES["bert-bilstm"]

    summary = parity.summary(seed_models.unallocated(seed_models.bert_bilstm))

    head = summary.side.headline
    assert (head.total, head.trainable, head.non_trainable) == (
        case["total"],
        case["trainable"],
        case["non_trainable"],
    )
    assert rows(summary)[-len(case["rows"]) :] == case["rows"]
    assert all(adds_up(row) for row in summary.rows[-len(case["rows"]) :] if row.params)
    assert sum(row.frozen for row in summary.rows) == case["non_trainable"]
    assert summary.containers[0].params == case["non_trainable"]


def test_the_bidirectional_head_from_a_file(tmp_path):
    model = seed_models.bert_bilstm(words=50, blocks=1, inner=32)
    model.save(tmp_path / "model.keras")

    summary = parity.summary(tmp_path / "model.keras")

    case = CASES["bert-bilstm"]
    assert summary.side.headline.total == model.count_params()
    assert summary.side.headline.trainable == case["trainable"]
    assert rows(summary)[-len(case["rows"]) :] == case["rows"]


def test_the_pytorch_encoder_on_the_meta_device():
    import torch
    from transformers import BertConfig, BertModel

    with torch.device("meta"):
        model = BertModel(BertConfig(vocab_size=100_000)).eval()
    inputs = {"input_ids": ((1, 10), "int64"), "attention_mask": ((1, 10), "int64")}

    summary = parity.summary(model, inputs=inputs)

    total = CASES["bert-bilstm"]["non_trainable"]
    assert summary.side.headline.total == total == sum(each.numel() for each in model.parameters())
    assert sum(row.params for row in summary.rows) == total
    assert [row.path for row in summary.rows if row.params and not adds_up(row)] == []
    by_path = {row.path: row for row in summary.rows}
    assert by_path["encoder.layer.11.output.dense"].params == 3072 * 768 + 768
    assert by_path["encoder.layer.11.output.dense"].shapes == ((None, 10, 768),)


def test_the_pytorch_table_of_the_batch_norm_question(tmp_path):
    import torch

    case, model = CASES["bn-cnn"], seed_models.bn_cnn_torch().eval()
    example = torch.zeros(1, 1, 64, 64)
    torch.export.save(torch.export.export(model, (example,)), tmp_path / "model.pt2")

    for found in (parity.summary(tmp_path / "model.pt2"), parity.summary(model, inputs=[(1, 1, 64, 64)])):
        head = found.side.headline
        assert rows(found) == case["torch_rows"]
        assert (head.total, head.trainable, head.non_trainable) == (case["torch_total"], case["torch_trainable"], 0)
        assert [row.path for row in found.rows if row.params and not adds_up(row)] == []
        assert found.side.census["state"] == 65
