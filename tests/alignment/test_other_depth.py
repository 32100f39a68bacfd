"""Two networks of equal blocks, one with more of them: those are the difference, and nothing else is."""

import pytest

import parity
from parity.rules import Severity

pytestmark = pytest.mark.filterwarnings("ignore")

IDS = [((1, 16), "int64")]
SMALL = {"hidden_size": 32, "num_attention_heads": 4, "vocab_size": 100}
WIDE = {**SMALL, "intermediate_size": 64}


def transformer(name, **settings):
    torch, transformers = pytest.importorskip("torch"), pytest.importorskip("transformers")
    kind = getattr(transformers, name)
    with torch.device("meta"):
        return kind(kind.config_class(**settings)).eval()


FAMILIES = {
    "BERT": lambda depth: transformer("BertModel", num_hidden_layers=depth, **WIDE),
    "GPT-2": lambda depth: transformer(
        "GPT2Model", n_layer=depth, n_embd=32, n_head=4, vocab_size=100, bos_token_id=0, eos_token_id=0, use_cache=False
    ),
    "Llama": lambda depth: transformer(
        "LlamaModel", num_hidden_layers=depth, num_key_value_heads=2, use_cache=False, **WIDE
    ),
    "DistilBERT": lambda depth: transformer(
        "DistilBertModel", n_layers=depth, dim=32, hidden_dim=64, n_heads=4, vocab_size=100
    ),
}


def blocks(paths):
    return {number for path in paths for number in path.replace("/", ".").split(".") if number.isdigit()}


def causes(report):
    return {finding.rule for finding, severity in report.findings if severity is Severity.ERROR}


@pytest.mark.parametrize("name", list(FAMILIES))
@pytest.mark.parametrize(("mine", "theirs"), [(2, 3), (4, 2), (3, 6)], ids=str)
def test_blocks_of_a_transformer_that_one_side_lacks_are_all_that_differs(name, mine, theirs):
    report = parity.compare(FAMILIES[name](mine), FAMILIES[name](theirs), inputs=IDS)
    rule, more = ("layer-extra", report.right_only) if theirs > mine else ("layer-missing", report.left_only)
    assert report.verdict == "different"
    assert causes(report) <= {rule, "activation-missing", "dropout-placement"}, str(report)
    assert not (report.left_only if theirs > mine else report.right_only)
    assert blocks(more) == {str(each) for each in range(min(mine, theirs), max(mine, theirs))}
    assert report.ledger.remainder == 0


def encoder_in_keras(depth):
    import keras
    from keras import layers

    x = start = keras.Input((8, 16))
    for _ in range(depth):
        y = layers.LayerNormalization(epsilon=1e-5)(x)
        x = layers.Add()([x, layers.MultiHeadAttention(4, 4)(y, y)])
        y = layers.LayerNormalization(epsilon=1e-5)(x)
        x = layers.Add()([x, layers.Dense(16)(layers.Dense(32, activation="gelu")(y))])
    return keras.Model(start, layers.Dense(3)(layers.LayerNormalization(epsilon=1e-5)(x)))


def encoder_in_torch(depth):
    from torch import nn

    class Block(nn.Module):
        def __init__(self):
            super().__init__()
            self.ln1, self.attn = nn.LayerNorm(16), nn.MultiheadAttention(16, 4, batch_first=True)
            self.ln2, self.up, self.down = nn.LayerNorm(16), nn.Linear(16, 32), nn.Linear(32, 16)

        def forward(self, x):
            y = self.ln1(x)
            x = x + self.attn(y, y, y, need_weights=False)[0]
            return x + self.down(nn.functional.gelu(self.up(self.ln2(x))))

    return nn.Sequential(*(Block() for _ in range(depth)), nn.LayerNorm(16), nn.Linear(16, 3)).eval()


@pytest.mark.parametrize(("mine", "theirs"), [(2, 2), (2, 3), (3, 2), (2, 5)], ids=str)
def test_blocks_are_all_that_differs_across_frameworks_too(mine, theirs):
    pytest.importorskip("keras")
    pytest.importorskip("torch")
    report = parity.compare(encoder_in_keras(mine), encoder_in_torch(theirs), right_inputs=[(1, 8, 16)])
    if mine == theirs:
        assert report.verdict == "equivalent", str(report)
        return
    told = {"layer-extra" if theirs > mine else "layer-missing", "layer-duplicated", "activation-missing"}
    assert causes(report) <= told, str(report)
    assert report.ledger.remainder == 0


@pytest.mark.parametrize(
    ("mine", "theirs", "alone"),
    [("VGG16", "VGG19", ("block3_conv4", "block4_conv4", "block5_conv4")), ("ResNet50", "ResNet101", ())],
    ids=["VGG", "ResNet"],
)
def test_deeper_designs_of_one_family_lack_what_their_names_tell(mine, theirs, alone):
    applications = pytest.importorskip("keras").applications
    report = parity.compare(getattr(applications, mine)(weights=None), getattr(applications, theirs)(weights=None))
    assert causes(report) == {"layer-extra", "activation-missing"}, str(report)
    assert not report.left_only
    assert not alone or {*alone} == {path.partition(":")[0] for path in report.right_only}


@pytest.mark.parametrize(("mine", "theirs"), [("DenseNet121", "DenseNet169"), ("DenseNet169", "DenseNet201")], ids=str)
def test_dense_blocks_of_other_lengths_keep_their_transitions(mine, theirs):
    applications = pytest.importorskip("keras").applications
    report = parity.compare(getattr(applications, mine)(weights=None), getattr(applications, theirs)(weights=None))
    assert causes(report) <= {"layer-extra", "weight-shape", "output-shape", "activation-missing"}, str(report)
    assert not report.left_only
    pairs = {link.left: link.right for link in report.links}
    for name in ("pool2_conv", "pool3_conv", "pool4_conv", "pool4_pool", "conv5_block1_1_conv"):
        assert pairs[(name,)] == (name,)
