"""Models of PyTorch against what its two exporters make of them: the same model, every element accounted for."""

import copy
import re
import warnings
from types import MappingProxyType

import pytest

import parity
from parity.graph import Effect
from parity.reports import Verdict
from parity.rules import Severity
from parity.transfer import State
from tests.balance import causeless, remainders
from tests.transformations import unnamed

EXPORTERS = MappingProxyType(
    {
        "dynamo": {"dynamo": True, "external_data": False, "verbose": False},
        "dynamo as it is": {"dynamo": True, "external_data": False, "verbose": False, "optimize": False},
        "script": {"dynamo": False},
        "script as it is": {"dynamo": False, "do_constant_folding": False, "training": "PRESERVE"},
    }
)

NETS = (
    "activations",
    "activations_3d",
    "alibi",
    "attention_by_hand",
    "causal",
    "causal_numbers",
    "cross_attention",
    "encoder",
    "encoder_norm_first",
    "five_counts",
    "generator",
    "graph_convolution",
    "gru",
    "gru_last_state",
    "gru_sequence",
    "gru_stack_both",
    "kept_statistics",
    "linear_attention",
    "lstm",
    "lstm_last_state",
    "lstm_sequence",
    "lstm_stack_both",
    "lstm_time_major",
    "norms",
    "own_affine",
    "padded",
    "padded_of_one",
    "resnet_basic",
    "rms_norm",
    "rnn_both",
    "rnn_relu",
    "rnn_tanh",
    "self_attention",
    "self_attention_time_major",
    "shuffle",
    "tied_autoencoder",
    "tied_lm",
    "transformer",
    "transformer_norm_first",
    "two_towers",
    "unet",
    "unseen_weights",
    "unseen_weights_of_one",
    "vocoder",
    "weighed",
    "weighed_by_head",
)
ZOO = (
    "resnet",
    "mobilenet_v1",
    "mobilenet_v2",
    "efficientnet",
    "convnext",
    "convnext_v2",
    "regnet",
    "poolformer",
    "vit",
    "deit",
    "beit",
    "dinov2",
    "swin",
    "swin_v2",
    "segformer",
    "bert",
    "roberta",
    "distilbert",
    "albert",
    "electra",
    "gpt2",
    "gpt_neox",
    "opt",
    "bloom",
    "xlnet",
    "llama",
    "mistral",
    "bart",
    "whisper",
    "wav2vec2",
    "t5",
    "clip",
)
SCRIPTS = ("script", "script as it is")
NO_EXPORT = {
    **dict.fromkeys(("rms_norm", "gpt2", "gpt_neox", "llama", "mistral", "whisper"), SCRIPTS),
    **dict.fromkeys(("swin", "t5"), ("dynamo", "dynamo as it is")),
    "opt": SCRIPTS,
}
"""What exporters refuse, or make another input and another output of (TorchScript's of OPT's settings)."""

PARTLY = {
    "deberta": ("dynamo", "script"),
    **dict.fromkeys(("detr", "layoutlm", "yolos", "videomae", "patchtst"), ("dynamo",)),
}
"""Models of which only these exports are seen to be the same yet."""

QUICK = {"five_counts", "lstm_stack_both", "norms", "unet"}

AKIN = {
    *("deit", "beit", "roberta", "distilbert", "albert", "electra", "gpt_neox", "bloom", "mistral", "bart"),
    *("mobilenet_v1", "mobilenet_v2", "regnet", "poolformer", "convnext_v2", "transformer_norm_first"),
    *("swin_v2", "opt", "clip", "encoder_norm_first", "unseen_weights_of_one", "padded_of_one"),
}
"""Models of which exporters make what they make of one that is in the list beside them."""


FAMILIES = {"dynamo": ("dynamo as it is", "dynamo"), "script": SCRIPTS}
"""The exporters, each with the files that it writes of a model."""


def matrix():
    for name in (*NETS, *ZOO, *PARTLY):
        for family, exporters in FAMILIES.items():
            left_out = NO_EXPORT.get(name, ())
            wanted = [each for each in exporters if each in PARTLY.get(name, EXPORTERS) and each not in left_out]
            if wanted:
                marks = [] if name in QUICK else [pytest.mark.slow]
                marks += [pytest.mark.thorough] if name in AKIN else []
                yield pytest.param(name, wanted, marks=marks, id=f"{name}-{family}")


def built(name):
    from tests import torch_nets
    from tests.adapters import torch_zoo

    if name in torch_nets.NETS:
        return torch_nets.build(name)
    model, inputs = torch_zoo.build(name)
    return torch_nets.randomise(model), inputs


def exported(model, inputs, exporter, path, **more):
    import torch

    from tests.adapters.torch_zoo import examples

    options = {**EXPORTERS[exporter], **more}
    if "training" in options:
        options["training"] = torch.onnx.TrainingMode.PRESERVE
    if not options["dynamo"]:
        options["input_names"] = list(inputs)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        made = torch.onnx.export(model, (), path, kwargs=examples(inputs), **options)
    return made if path is None else path


def files(model, inputs, exporters, folder):
    """The files of some exporters; what differs by the optimiser alone is exported once."""
    if "dynamo as it is" not in exporters:
        for each in exporters:
            yield exported(copy.deepcopy(model), inputs, each, folder / "model.onnx")
        return
    program = exported(copy.deepcopy(model), inputs, "dynamo as it is", None)
    for each in exporters:
        if each == "dynamo":
            program.optimize()
        program.save(folder / "model.onnx", external_data=False)
        yield folder / "model.onnx"


def scopes(paths, modules):
    """The modules that rows are of, as far as their names tell; TorchScript numbers the calls of a module."""
    names = {path.partition("/")[0] for path in paths}
    return ({name if name in modules else CALL.sub("", name) for name in names} & modules) - {""}


CALL = re.compile(r"_\d+$")


def agree(mine, theirs):
    """Whether a module of one side is one of the other, or is inside of one, or holds it."""
    pairs = ((f"{a}.", f"{b}.") for a in mine for b in theirs)
    return any(a.startswith(b) or b.startswith(a) for a, b in pairs)


def norms(model):
    """What is exported as a batch norm; DETR's own, of fixed statistics, are arithmetic to PyTorch."""
    from torch.nn.modules.batchnorm import _BatchNorm, _NormBase

    norms = [each for each in model.modules() if isinstance(each, _NormBase)]
    return sum(isinstance(each, _BatchNorm) or each.running_mean is not None for each in norms)


@pytest.mark.parametrize(("name", "exporters"), list(matrix()))
def test_the_same_model(name, exporters, tmp_path, record_property):
    model, inputs = built(name)
    found = [is_the_same(model, inputs, path) for path in files(model, inputs, exporters, tmp_path)]

    assert len(found) == len(exporters)
    record_property("figure: layers whose exporter names their module", sum(named for named, _ in found))
    record_property("figure: of them aligned to another module", sum(apart for _, apart in found))


def is_the_same(model, inputs, path):
    """Hold a model against an export of it; how many layers its names tell the module of, and how many another one."""
    report = parity.compare(model, path, left_inputs=inputs, weights=True)

    assert [each for each, level in report.findings if level is not Severity.INFO] == []
    assert report.verdict is Verdict.EQUIVALENT
    # What one side stores for several layers and the other one computes for some of them is compared once.
    assert {each.state for each in report.weights if each.left and each.right} <= {State.SAME, State.ROUNDED}
    assert remainders(report) == {}
    assert causeless(report) == []
    assert report.ledger.left_total == sum(each.numel() for each in model.parameters())
    assert not report.right_only
    modules = {path for path, _ in model.named_modules()}
    assert unnamed(report, path, norms(model)) == []
    owners = {owner.rpartition(".")[0] for owner, _ in model.named_parameters()} - {""}
    told = [(scopes(link.left[:1], modules), scopes(link.right, modules), link) for link in report.links]
    told = [each for each in told if each[0] and each[1]]
    assert [link for a, b, link in told if not agree(a, b)] == []
    assert [link for a, b, link in told if a <= owners and link.left[0] in a and not a & b] == []
    return len(told), sum(not agree(a, b) for a, b, _ in told)


FREE = (
    *((name, "dynamo") for name in ("lstm_stack_both", "encoder", "norms", "windows", "vit", "bert", "gpt2")),
    *((name, "script") for name in ("lstm_stack_both", "encoder", "vit", "bert")),
    ("windows", "dynamo as it is"),
)


@pytest.mark.parametrize(("name", "exporter"), FREE)
def test_free_sizes(name, exporter, tmp_path):
    """An export whose batch, or length of text too, is free is the model for the size that the other side has."""
    import torch

    model, inputs = built(name)
    described = {key: each if isinstance(each[1], str) else (each, "float32") for key, each in inputs.items()}
    inputs = {key: ((2, *shape[1:]), dtype) for key, (shape, dtype) in described.items()}
    text = {key for key, (shape, _) in inputs.items() if len(shape) == 2}
    names = {key: ("batch", *(["length"] if key in text else [])) for key in inputs}
    sizes = {name: torch.export.Dim(name, min=2, max=12) for name in ("batch", "length")}
    free = {key: {at: sizes[each] for at, each in enumerate(given)} for key, given in names.items()}
    axes = {key: dict(enumerate(given)) for key, given in names.items()}
    more = {"dynamic_shapes": free} if exporter not in SCRIPTS else {"dynamic_axes": axes}
    path = exported(copy.deepcopy(model), inputs, exporter, tmp_path / "model.onnx", **more)

    report = parity.compare(model, path, left_inputs=inputs)

    assert [each for each, level in report.findings if level is not Severity.INFO] == []
    assert report.verdict is Verdict.EQUIVALENT
    assert remainders(report) == {}
    assert any(each.rule == "size-left-free" for each, _ in report.findings) is any(lengths_left_free(path))


@pytest.mark.parametrize("exporter", ["dynamo", "dynamo as it is", "script"])
def test_free_images(exporter, tmp_path):
    """A program and a file of free images: the sizes that norms and reshapes compute are followed through both."""
    import torch

    model, inputs = built("norms")
    automatic = {"x": dict.fromkeys((0, 2, 3), torch.export.Dim.AUTO)}
    names = {"dynamic_axes": {"x": {0: "batch", 2: "height", 3: "width"}}}
    more = names if exporter in SCRIPTS else {"dynamic_shapes": automatic}
    path = exported(copy.deepcopy(model), inputs, exporter, tmp_path / "model.onnx", **more)
    program = torch.export.export(model, (torch.zeros(inputs["x"]),), dynamic_shapes=automatic)
    torch.export.save(program, tmp_path / "model.pt2")

    report = parity.compare(tmp_path / "model.pt2", path)

    assert [each for each, level in report.findings if level is not Severity.INFO] == []
    assert report.verdict is Verdict.EQUIVALENT
    assert remainders(report) == {}


def lengths_left_free(path):
    """For each input whether a size but the batch's is free: of an LSTM's it depends on what was exported before."""
    import onnx

    for given in onnx.load(path, load_external_data=False).graph.input:
        yield any(size.HasField("dim_param") for size in given.type.tensor_type.shape.dim[1:])


OPSETS = (
    *((name, "script", opset) for name in ("norms", "resnet_basic", "shuffle", "activations") for opset in (11, 13)),
    *((name, "script", 17) for name in ("encoder", "vit")),
    *((name, "dynamo", opset) for name in ("encoder", "vit", "norms", "activations") for opset in (18, 23)),
)


@pytest.mark.slow
@pytest.mark.parametrize(("name", "exporter", "opset"), OPSETS)
def test_other_versions_of_the_operators(name, exporter, opset, tmp_path):
    model, inputs = built(name)
    path = exported(copy.deepcopy(model), inputs, exporter, tmp_path / "model.onnx", opset_version=opset)

    report = parity.compare(model, path, left_inputs=inputs)

    assert [each for each, level in report.findings if level is not Severity.INFO] == []
    assert report.verdict is Verdict.EQUIVALENT
    assert remainders(report) == {}


FILED = (
    *("resnet_basic", "norms", "encoder", "cross_attention", "lstm_stack_both", "tied_lm", "bert", "swin"),
    *(pytest.param(name, marks=pytest.mark.thorough) for name in ("unet", "transformer", "convnext_v2", "distilbert")),
    *(pytest.param(name, marks=pytest.mark.thorough) for name in ("gpt2", "llama", "bart", "whisper")),
)
KINDS_OF_FILES = ("archive", "module", "state", "safetensors")


def filed(model, inputs, kind, folder):
    """A model in a file of PyTorch's."""
    import torch
    from safetensors.torch import save_model

    from tests.adapters.torch_zoo import examples

    path = folder / {"archive": "a.pt2", "module": "m.pt", "state": "s.pth", "safetensors": "s.safetensors"}[kind]
    if kind == "archive":
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            torch.export.save(torch.export.export(model, (), examples(inputs), strict=False), path)
    elif kind == "safetensors":
        save_model(model, str(path))
    else:
        torch.save(model if kind == "module" else model.state_dict(), path)
    return path


@pytest.mark.slow
@pytest.mark.parametrize("name", FILED)
def test_other_files_of_the_model(name, tmp_path):
    """What holds the whole model is equivalent to its exports; what holds less leaves that open, and finds nothing."""
    model, inputs = built(name)
    stored = {kind: filed(copy.deepcopy(model), inputs, kind, tmp_path) for kind in KINDS_OF_FILES}
    exporters = [each for each in ("dynamo as it is", "script") if each not in NO_EXPORT.get(name, ())]
    for exporter in exporters:
        path = exported(copy.deepcopy(model), inputs, exporter, tmp_path / f"{exporter}.onnx")
        for kind, file in stored.items():
            report = parity.compare(file, path)
            wanted = {Verdict.EQUIVALENT} if kind == "archive" else {Verdict.EQUIVALENT, Verdict.INCONCLUSIVE}
            assert report.verdict in wanted, (exporter, kind)
            assert remainders(report) == {}


@pytest.mark.slow
@pytest.mark.parametrize("change", ["a kernel", "a width"])
@pytest.mark.parametrize("kind", ["module", "state"])
def test_other_files_of_another_model(change, kind, tmp_path):
    """What can be seen without wiring is found without wiring."""
    net, mutate, _ = mutants()[change]
    model, inputs = built(net)
    other = copy.deepcopy(model)
    mutate(other)
    path = exported(other.eval(), inputs, "script", tmp_path / "model.onnx")

    report = parity.compare(filed(model, inputs, kind, tmp_path), path)

    assert report.verdict is Verdict.DIFFERENT
    assert remainders(report) == {}


def test_one_model_and_five_counts(tmp_path):
    """Parameters, state_dict and three exports of a trained model all differ, each for a reason that is told."""
    model, inputs = built("five_counts")
    steps = {}
    for exporter in ("dynamo", "dynamo as it is", "script"):
        path = exported(copy.deepcopy(model), inputs, exporter, tmp_path / f"{exporter}.onnx")
        report = parity.compare(model, path, left_inputs=inputs)
        assert report.ledger.left_total == 20_928
        assert remainders(report) == {}
        steps[exporter] = {(step.rule, step.delta) for step in report.ledger.steps}
        assert report.ledger.right_total == 20_928 + sum(step.delta for step in report.ledger.steps)

    assert steps["dynamo"] == {("batch-norm-folded", -36)}
    assert steps["dynamo as it is"] == {("batch-norm-statistics", 72)}
    assert ("batch-norm-folded", -36) in steps["script"]


MERGED = {"script as it is": [["moving_mean", "moving_variance", "72 elements"]]}
"""The tensors that an exporter finds equal to others."""


@pytest.mark.parametrize("exporter", list(EXPORTERS))
def test_an_untrained_model(exporter, tmp_path):
    """A bias of zeros is dropped and equal tensors are stored once; nothing is left unexplained all the same."""
    import torch

    from tests.torch_nets import NETS as BUILDERS

    torch.manual_seed(0)
    make, inputs = BUILDERS["five_counts"]
    model = make().eval()
    path = exported(copy.deepcopy(model), inputs, exporter, tmp_path / "model.onnx")

    report = parity.compare(model, path, left_inputs=inputs)

    assert report.verdict is Verdict.EQUIVALENT
    assert remainders(report) == {}
    merged = [each for each, _ in report.findings if each.rule == "initializers-merged"]
    assert [each.message.split(", ")[:3] for each in merged] == MERGED.get(exporter, [])


@pytest.mark.parametrize("zeros", [True, False])
def test_a_bias_that_an_exporter_has_dropped(zeros, tmp_path):
    """The bias after fresh attention holds zeros and is dropped; one that holds numbers is really missing."""
    import torch

    from tests.torch_nets import NETS as BUILDERS

    make, inputs = BUILDERS["unseen_weights_of_one"]
    torch.manual_seed(0)
    model = make().eval()
    path = exported(copy.deepcopy(model), inputs, "dynamo", tmp_path / "model.onnx")
    if not zeros:
        model.attention.out_proj.bias.data[3] = 1e-3

    report = parity.compare(model, path, left_inputs=inputs)

    (found,) = (each for each, _ in report.findings if each.rule == "weight-missing")
    assert found.effect is (Effect.CONVERSION if zeros else Effect.INFERENCE)
    assert report.verdict is (Verdict.EQUIVALENT if zeros else Verdict.DIFFERENT)
    assert report.ledger.remainder == 0


def test_a_table_that_is_stored_again(tmp_path):
    model, inputs = built("tied_lm")
    path = exported(copy.deepcopy(model), inputs, "script", tmp_path / "model.onnx")

    steps = parity.compare(model, path, left_inputs=inputs).ledger.steps

    assert [(step.rule, step.layers, step.delta) for step in steps] == [("weights-stored-transposed", 1, 13 * 8)]


def mutants():  # noqa: C901, PLR0915  a small function for each
    from torch import nn

    def norm(model):
        model.layer1[0].bn1.eps = 1e-3

    def kernel(model):
        model.layer2[0].downsample[0] = nn.Conv2d(4, 6, 3, 2, 1, bias=False)

    def activation(model):
        model.layer1[0].relu = nn.SiLU()

    def missing(model):
        model.layer2[0].downsample[1] = nn.Identity()

    def attention(model):
        model.encoder.layers[0].self_attn.num_heads = 4
        model.encoder.layers[0].self_attn.head_dim = 2

    def width(model):
        model.encoder.layers[0].linear1 = nn.Linear(8, 17)
        model.encoder.layers[0].linear2 = nn.Linear(17, 8)

    def layer_norm(model):
        model.encoder.layers[1].norm2.eps = 1e-3

    def gelu(model):
        model.layers[1] = nn.GELU(approximate="tanh")

    def steep(model):
        model.layers[-1] = nn.Softplus(threshold=2)

    def groups(model):
        model.norm1 = nn.GroupNorm(2, 6, eps=1e-3)

    def sooner(model):
        model.shift = 2

    def angles(model):
        model.model.rotary_emb.inv_freq *= 0.5

    def places(model):
        model.bert.embeddings.position_ids += 1

    def kinds(model):
        model.bert.embeddings.token_type_ids += 1

    def buckets(model):
        model.encoder.block[0].layer[0].SelfAttention.relative_attention_num_buckets = 16

    def windows(model):
        bias = model.swin.encoder.layers[0].blocks[0].attention.relative_position_bias
        bias.relative_position_index.copy_(bias.relative_position_index.flip(0))

    def smooth(model):
        model.text_model.encoder.layers[0].mlp.activation_fn = nn.GELU()

    def response(model):
        model.convnextv2.encoder.stages[0].layers[0].grn = nn.Identity()

    def first(model):
        model.both.decoder.layers[1].norm_first = True

    def scale(model):
        model.ask.forward = lambda x: nn.functional.linear(x, model.ask.weight, model.ask.bias) * 2

    def groups_of_one(model):
        model.feature_extractor.conv_layers[0].layer_norm.eps = 1e-3

    def cross(model):
        model.attention.num_heads, model.attention.head_dim = 4, 2

    def lengths(model):
        nn.utils.parametrize.remove_parametrizations(model.along, "weight")
        nn.utils.parametrizations.weight_norm(model.along, dim=0)

    return {
        "the axis along which kernels have a length": ("vocoder", lengths, "dynamo as it is"),
        "the axis along which kernels have a length in a script": ("vocoder", lengths, "script"),
        "a mask that lets one step more through": ("causal", sooner, "dynamo"),
        "a mask that lets one step more through in a script": ("causal_numbers", sooner, "script"),
        "the angles of a rotation": ("llama", angles, "dynamo"),
        "the angles of a rotation as they are": ("llama", angles, "dynamo as it is"),
        "the places that are looked up": ("bert", places, "script"),
        "the kinds of words that are looked up": ("bert", kinds, "dynamo"),
        "the scale of attention by hand": ("attention_by_hand", scale, "script"),
        "the epsilon of a norm of channels": ("wav2vec2", groups_of_one, "dynamo"),
        "the buckets of distances": ("t5", buckets, "script"),
        "the distances in a window": ("swin", windows, "script as it is"),
        "the activation of a text model": ("clip", smooth, "dynamo"),
        "a normalisation of responses": ("convnext_v2", response, "dynamo"),
        "a norm before and not after": ("transformer", first, "dynamo"),
        "the heads of attention to another input": ("cross_attention", cross, "script"),
        "an epsilon that is in the weights": ("resnet_basic", norm, "dynamo"),
        "an epsilon": ("resnet_basic", norm, "dynamo as it is"),
        "a kernel": ("resnet_basic", kernel, "dynamo"),
        "an activation": ("resnet_basic", activation, "script"),
        "a layer that is missing": ("resnet_basic", missing, "script"),
        "the heads of attention": ("encoder", attention, "dynamo"),
        "the heads of attention in a script": ("encoder", attention, "script"),
        "a width": ("encoder", width, "script"),
        "the epsilon of a layer norm": ("encoder", layer_norm, "dynamo"),
        "the form of GELU": ("activations", gelu, "dynamo"),
        "a softplus that turns early": ("activations", steep, "dynamo"),
        "groups": ("norms", groups, "script"),
    }


@pytest.mark.parametrize("name", list(mutants()))
def test_another_model(name, tmp_path):
    """What differs is found, whatever the exporter has done to both."""
    net, change, exporter = mutants()[name]
    model, inputs = built(net)
    other = copy.deepcopy(model)
    change(other)
    path = exported(other.eval(), inputs, exporter, tmp_path / "model.onnx")

    report = parity.compare(model, path, left_inputs=inputs)

    assert report.verdict is not Verdict.EQUIVALENT
    assert remainders(report) == {}


def another_step(graph):
    next(node for node in graph.node[::-1] if node.op_type == "Tanh").op_type = "Sigmoid"


def another_order(graph):
    """The last step is the one that is read: with the first two exchanged it would be the same model."""
    joined = next(node for node in graph.node if node.op_type == "Concat")
    *rest, earlier, last = joined.input
    joined.input[:] = [*rest, last, earlier]


def a_step_twice(graph):
    first, second, *_ = (node for node in graph.node if node.op_type == "Squeeze")
    second.input[0] = first.input[0]


def another_bias(graph):
    sums = [node for node in graph.node if node.op_type == "Add" and "rnn.bias_hh_l0" in node.input]
    sums[-1].input[1] = "rnn.bias_ih_l0"


def another_start(graph):
    import numpy as np
    from onnx import numpy_helper

    state = next(each for each in graph.initializer if each.name == "linear_1")
    state.CopyFrom(numpy_helper.from_array(numpy_helper.to_array(state) + np.float32(0.1), state.name))


@pytest.fixture(scope="module")
def steps(tmp_path_factory):
    """A recurrent layer, its inputs, and its export, whose steps are written down one by one."""
    import onnx

    model, inputs = built("rnn_tanh")
    path = exported(copy.deepcopy(model), inputs, "dynamo", tmp_path_factory.mktemp("steps") / "model.onnx")
    return model, inputs, onnx.load(path)


@pytest.mark.parametrize("change", [None, another_step, another_order, a_step_twice, another_bias, another_start])
def test_steps_written_down_one_by_one(change, steps, tmp_path):
    """They are a recurrent layer only where all do the same, one after the other, from zeros on."""
    import onnx

    model, inputs, file = steps
    file = copy.deepcopy(file)
    if change is not None:
        change(file.graph)
    onnx.save(file, tmp_path / "changed.onnx")

    report = parity.compare(model, tmp_path / "changed.onnx", left_inputs=inputs)

    assert (report.verdict is Verdict.EQUIVALENT) is (change is None)
    assert remainders(report) == {}


def test_activations_that_an_optimiser_has_moved(tmp_path):
    import onnxruntime
    from torch import nn

    parts = [
        nn.Conv2d(3, 4, 3),
        nn.ReLU(),
        nn.Conv2d(4, 4, 3),
        nn.LeakyReLU(0.1),
        nn.Conv2d(4, 4, 3),
        nn.Hardtanh(0, 6),
    ]
    model = nn.Sequential(*parts, nn.Flatten(), nn.Linear(400, 5), nn.Tanh()).eval()
    inputs = {"input": (2, 3, 16, 16)}
    settings = onnxruntime.SessionOptions()
    settings.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_ENABLE_EXTENDED
    settings.optimized_model_filepath = str(tmp_path / "optimised.onnx")
    onnxruntime.InferenceSession(exported(copy.deepcopy(model), inputs, "dynamo", tmp_path / "model.onnx"), settings)

    report = parity.compare(model, tmp_path / "optimised.onnx", left_inputs=inputs)
    assert report.verdict is Verdict.EQUIVALENT
    assert [each.left for each, _ in report.findings if each.rule == "activation-fused"] == [
        ("1",),
        ("3",),
        ("5",),
        ("8",),
    ]
    for at, other in ((1, nn.Tanh()), (3, nn.LeakyReLU(0.2)), (5, nn.ReLU()), (8, nn.Identity())):
        changed = nn.Sequential(*[other if place == at else part for place, part in enumerate(model)])
        report = parity.compare(changed.eval(), tmp_path / "optimised.onnx", left_inputs=inputs)
        assert report.verdict is Verdict.DIFFERENT


def test_a_finding_names_the_module(tmp_path):
    model, inputs = built("resnet_basic")
    path = exported(copy.deepcopy(model), inputs, "dynamo", tmp_path / "model.onnx")

    report = parity.compare(model, path, left_inputs=inputs)

    folded = {(each.left, each.right) for each, _ in report.findings if each.rule == "batch-norm-folded"}
    assert (("layer1.0.bn1",), ("layer1.0.conv1",)) in folded
    assert all(each.effect is Effect.CONVERSION for each, _ in report.findings if each.rule == "batch-norm-folded")
    assert len(folded) == sum(name.endswith(".running_mean") for name, _ in model.named_buffers())
