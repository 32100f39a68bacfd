"""Every row and total that torchinfo shows is shown here, too; multiply-accumulates are those that PyTorch counts."""

import pytest
import torch  # noqa: TID253  only tests of PyTorch import this
import torchinfo
import transformers  # noqa: TID253  same
from torch import nn  # noqa: TID253  same
from torch.utils.flop_counter import FlopCounterMode  # noqa: TID253  same
from torch_nets import Generator, Recurrent, Resnet, Unet

import parity

pytestmark = [pytest.mark.filterwarnings(f"ignore::{each}") for each in ("UserWarning", "FutureWarning")]


class Listed(nn.Module):
    """Lists of modules, which nothing calls as such, a frozen layer, and a parameter of the model's own."""

    def __init__(self):
        super().__init__()
        self.token = nn.Parameter(torch.zeros(1, 6))
        self.blocks = nn.ModuleList(nn.Sequential(nn.Linear(6, 6), nn.GELU()) for _ in range(3))
        self.heads = nn.ModuleDict({"a": nn.Linear(6, 2), "b": nn.Linear(6, 3)})
        self.frozen = nn.Linear(6, 6).requires_grad_(requires_grad=False)

    def forward(self, x):
        x = self.frozen(x + self.token)
        for block in self.blocks:
            x = block(x)
        return self.heads["a"](x), self.heads["b"](x)


class Translator(nn.Module):
    """Two inputs and two outputs; the states of one layer go into another."""

    def __init__(self):
        super().__init__()
        self.words, self.others = nn.Embedding(20, 4), nn.Embedding(25, 4)
        self.encoder, self.decoder = nn.LSTM(4, 6, batch_first=True), nn.LSTM(4, 6, batch_first=True)
        self.head = nn.Linear(6, 25)

    def forward(self, words, others):
        _, states = self.encoder(self.words(words))
        found, states = self.decoder(self.others(others), states)
        return self.head(found), states[0]


class Twins(nn.Module):
    """Two inputs that go through the same layers."""

    def __init__(self):
        super().__init__()
        self.tower, self.head = nn.Sequential(nn.Linear(6, 5), nn.Tanh()), nn.Linear(10, 2)

    def forward(self, left, right):
        return self.head(torch.cat([self.tower(left), self.tower(right)], 1))


class Encoder(nn.Module):
    """Layers of a transformer with masks left out, over the columns of an image."""

    def __init__(self):
        super().__init__()
        self.patches = nn.Conv2d(3, 8, 4, 4)
        self.layers = nn.Sequential(*(nn.TransformerEncoderLayer(8, 2, 16, batch_first=True) for _ in range(2)))
        self.norm = nn.LayerNorm(8)

    def forward(self, image):
        return self.norm(self.layers(self.patches(image).flatten(2).transpose(1, 2)).mean(1))


def tiny(name, **settings):
    """A model of transformers with random weights."""
    config = getattr(transformers, f"{name}Config")(**settings)
    return getattr(transformers, f"{name}Model")(config)


WORDS = ((2, 7), torch.int64)
PICTURE = ((2, 3, 32, 32), torch.float32)
WIDTHS = {"hidden_size": 8, "num_hidden_layers": 2, "num_attention_heads": 2, "intermediate_size": 16}

MODELS = {
    "translator": (Translator, WORDS, WORDS),
    "twins": (Twins, ((2, 6), torch.float32), ((2, 6), torch.float32)),
    "resnet": (Resnet, PICTURE),
    "unet": (Unet, PICTURE),
    "generator": (Generator, ((2, 5), torch.float32)),
    "recurrent": (lambda: Recurrent(nn.LSTM), WORDS),
    "listed": (Listed, ((2, 6), torch.float32)),
    "encoder": (Encoder, PICTURE),
    "bert": (lambda: tiny("Bert", vocab_size=50, **WIDTHS), WORDS),
    "gpt2": (lambda: tiny("GPT2", vocab_size=50, n_embd=8, n_layer=2, n_head=2, n_positions=16), WORDS),
    "vit": (lambda: tiny("ViT", image_size=32, patch_size=8, **WIDTHS), PICTURE),
    "convnext": (lambda: tiny("ConvNext", hidden_sizes=[4, 6, 8, 10], depths=[1, 1, 2, 1]), PICTURE),
}


@pytest.fixture(scope="module", params=MODELS)
def told(request):
    """A model, its input, what torchinfo says of it, and the summary."""
    torch.manual_seed(0)
    build, *inputs = MODELS[request.param]
    model = build().eval()
    values = [torch.zeros(shape, dtype=dtype) for shape, dtype in inputs]
    info = torchinfo.summary(model, input_data=values, depth=20, verbose=0)
    given = [(shape, str(dtype).removeprefix("torch.")) for shape, dtype in inputs]
    return model, values, info, parity.summary(model, inputs=given)


def path_of(info):
    """The path of a row of torchinfo's; "" for the model."""
    parents = []
    while info.parent_info is not None:
        parents.append(info.var_name)
        info = info.parent_info
    return ".".join(parents[::-1])


def inside_a_leaf(info, rows):
    """Whether a layer of PyTorch's that is one row here holds it: the projection of an attention."""
    path = path_of(info)
    return any(path.startswith(f"{row.path}.") and row.type == "MultiheadAttention" for row in rows)


def test_every_row_of_torchinfo_is_a_row(told):
    _, _, info, found = told
    rows = {row.path: row for row in (*found.rows, *found.containers)}
    seen = set()
    for each in info.summary_list:
        path = path_of(each)
        if not path or path in seen or inside_a_leaf(each, found.rows):
            continue
        seen.add(path)
        row = rows[path]
        assert row.type == each.class_name
        assert row.held == each.num_params, path
        assert row.trainable == (each.trainable_params if row.params == row.held else row.trainable), path
        if each.output_size and row.shapes and len(row.shapes) == 1:
            assert [size or 2 for size in row.shapes[0]] == list(each.output_size), path
    assert len(seen) >= 3


def test_every_total_of_torchinfo_is_a_total(told):
    model, values, info, found = told
    head = found.side.headline
    assert head.total == sum(each.numel() for each in model.parameters()) == sum(row.params for row in found.rows)
    assert (head.total, head.trainable) == (info.total_params, info.trainable_params)
    assert found.side.census.get("frozen", 0) == info.total_params - info.trainable_params
    bytes_of = [each.numel() * each.element_size() for each in model.parameters()]
    # torchinfo leaves out parameters of a module that has others inside, and buffers
    assert info.total_param_bytes <= found.memory.total == sum(bytes_of) <= sum(row.stored for row in found.rows)
    assert found.memory.inputs == sum(each.numel() * each.element_size() for each in values)
    weighted = [row for row in found.rows if row.params and row.macs is not None and not row.layers]
    listed = {row.path for row in weighted}
    for each in info.summary_list:
        if path_of(each) in listed and each.is_leaf_layer and isinstance(each.module, nn.Linear | nn.Conv2d):
            row = next(row for row in weighted if row.path == path_of(each))
            assert row.activations == each.output_bytes * len(row.shapes)  # torchinfo has a row for each call


def test_multiply_accumulates_are_half_the_operations_that_pytorch_counts(told):
    model, values, _, found = told
    unfused = nn.attention.sdpa_kernel(nn.attention.SDPBackend.MATH), torch.backends.mkldnn.flags(enabled=False)
    with FlopCounterMode(display=False) as counter, unfused[0], unfused[1]:  # what is fused is not counted
        model(*values)
    assert sum(row.macs for row in found.rows) * 2 == counter.get_total_flops()


def test_multiply_accumulates_of_torchinfo_are_those_and_the_biases(told):
    _, _, info, found = told
    rows = {row.path: row for row in found.rows}
    compared = 0
    for each in info.summary_list:
        kind, size = each.class_name, list(each.output_size or ())
        convolves = isinstance(each.module, nn.modules.conv._ConvNd)
        exact = convolves or (kind == "Linear" and len(size) == 2)  # else positions of a sequence are left out
        called_once = path_of(each) in rows and len(rows[path_of(each)].shapes) == 1
        if exact and called_once:
            positions = torch.Size(size[:1] + size[2:]).numel() if convolves else size[0]
            bias = each.module.bias.numel() if each.module.bias is not None else 0
            if "Transpose" not in kind:  # torchinfo counts the positions of the output, where most are not multiplied
                assert rows[path_of(each)].macs == each.macs - bias * positions
                compared += 1
    assert compared or not any(isinstance(each.module, nn.modules.conv._ConvNd) for each in info.summary_list)
