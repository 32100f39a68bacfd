"""Models as two people would write them, each in a framework of their own: the same model."""

import pytest

import parity
from parity.reports import Verdict
from tests.balance import remainders

CHANNELS, STEPS = 8, 32


def torch_module(parts, forward):
    """A module of the given parts, in inference mode."""
    import torch

    made = type("Port", (torch.nn.Module,), {"forward": forward})()
    for name, part in parts.items():
        setattr(made, name, part)
    return made.eval()


def wavenet():
    """Dilated causal convolutions (arXiv:1609.03499), whose skips Keras adds at once and PyTorch one by one."""
    import keras
    import torch
    from keras import layers
    from torch import nn

    dilations = (1, 2, 4)
    x = sound = keras.Input((STEPS, CHANNELS))
    x, skips = layers.Conv1D(16, 1)(x), []
    for dilation in dilations:
        settings = {"dilation_rate": dilation, "padding": "causal"}
        gates = (layers.Conv1D(16, 2, activation=name, **settings)(x) for name in ("tanh", "sigmoid"))
        skips.append(layers.Conv1D(16, 1)(layers.Multiply()(list(gates))))
        x = layers.Add()([x, skips[-1]])
    net = keras.Model(sound, layers.Conv1D(CHANNELS, 1)(layers.ReLU()(layers.Add()(skips))))

    def forward(port, x):
        x, total = port.first(x), 0
        for at, dilation in enumerate(dilations):
            padded = nn.functional.pad(x, (dilation, 0))
            skip = port.skips[at](torch.tanh(port.tanhs[at](padded)) * torch.sigmoid(port.sigmoids[at](padded)))
            total = total + skip
            x = x + skip
        return port.last(torch.relu(total))

    gates = {
        name: nn.ModuleList(nn.Conv1d(16, 16, 2, dilation=each) for each in dilations) for name in ("tanhs", "sigmoids")
    }
    skips = nn.ModuleList(nn.Conv1d(16, 16, 1) for _ in dilations)
    parts = {"first": nn.Conv1d(CHANNELS, 16, 1), **gates, "skips": skips, "last": nn.Conv1d(16, CHANNELS, 1)}
    return net, torch_module(parts, forward), [(1, CHANNELS, STEPS)]


def translator():
    """An encoder whose whole state the decoder begins with (arXiv:1409.3215)."""
    import keras
    from keras import layers
    from torch import nn

    words, others = keras.Input((7,), dtype="int32"), keras.Input((9,), dtype="int32")
    _, *state = layers.LSTM(12, return_state=True)(layers.Embedding(50, 6)(words))
    decoder = layers.LSTM(12, return_sequences=True, return_state=True)
    made, _, _ = decoder(layers.Embedding(60, 6)(others), initial_state=state)
    net = keras.Model([words, others], layers.Dense(60)(made))

    def forward(port, words, others):
        _, state = port.encoder(port.source(words))
        made, _ = port.decoder(port.target(others), state)
        return port.head(made)

    tables = {"source": nn.Embedding(50, 6), "target": nn.Embedding(60, 6)}
    steps = {name: nn.LSTM(6, 12, batch_first=True) for name in ("encoder", "decoder")}
    parts = {**tables, **steps, "head": nn.Linear(12, 60)}
    return net, torch_module(parts, forward), [((1, 7), "int64"), ((1, 9), "int64")]


def encoder():
    """Post-norm attention by Keras' layers, and PyTorch's own encoder with its dropouts of rate 0."""
    import keras
    from keras import layers
    from torch import nn

    x = given = keras.Input((10, 16))
    for _ in range(2):
        attended = layers.Add()([x, layers.MultiHeadAttention(4, 4)(x, x)])
        x = layers.LayerNormalization(epsilon=1e-5)(attended)
        wide = layers.Dense(16)(layers.Dense(24, activation="relu")(x))
        x = layers.LayerNormalization(epsilon=1e-5)(layers.Add()([x, wide]))
    layer = nn.TransformerEncoderLayer(16, 4, 24, batch_first=True, dropout=0.0)
    right = nn.TransformerEncoder(layer, 2, enable_nested_tensor=False).eval()
    return keras.Model(given, x), right, [(1, 10, 16)]


def point_cloud():
    """Points turned by a matrix that is computed of them (arXiv:1612.00593)."""
    import keras
    import torch
    from keras import layers
    from torch import nn

    points = keras.Input((STEPS, 3))
    found = layers.GlobalMaxPooling1D()(layers.Conv1D(16, 1, activation="relu")(points))
    turned = layers.Dot(axes=(2, 1))([points, layers.Reshape((3, 3))(layers.Dense(9)(found))])
    made = layers.GlobalMaxPooling1D()(layers.Conv1D(24, 1, activation="relu")(turned))
    net = keras.Model(points, layers.Dense(5)(made))

    def forward(port, x):
        matrix = port.matrix(torch.relu(port.look(x)).max(2)[0]).view(-1, 3, 3)
        turned = torch.bmm(x.transpose(1, 2), matrix).transpose(1, 2)
        return port.head(torch.max(torch.relu(port.features(turned)), 2)[0])

    parts = {"look": nn.Conv1d(3, 16, 1), "matrix": nn.Linear(16, 9), "features": nn.Conv1d(3, 24, 1)}
    return net, torch_module({**parts, "head": nn.Linear(24, 5)}, forward), [(1, 3, STEPS)]


def boxes():
    """A detection head whose numbers are taken apart behind the anchors (arXiv:1804.02767)."""
    import keras
    import torch
    from keras import layers, ops
    from torch import nn

    image = keras.Input((8, 8, 3))
    made = layers.Reshape((6, 6, 3, 7))(layers.Conv2D(21, 3)(image))
    parts = [ops.sigmoid(made[..., :2]), ops.exp(made[..., 2:4]), ops.sigmoid(made[..., 4:])]
    net = keras.Model(image, ops.concatenate(parts, -1))

    def forward(port, x):
        x = port.head(x)
        x = x.view(len(x), 3, 7, *x.shape[2:]).permute(0, 3, 4, 1, 2)
        return torch.cat([x[..., :2].sigmoid(), x[..., 2:4].exp(), x[..., 4:].sigmoid()], -1)

    return net, torch_module({"head": nn.Conv2d(3, 21, 3)}, forward), [(1, 3, 8, 8)]


def where_to_look():
    """Channels and places weighed by what attention says of them (arXiv:1807.06521)."""
    import keras
    import torch
    from keras import layers, ops
    from torch import nn

    image = keras.Input((8, 8, 3))
    x = layers.Conv2D(8, 3, padding="same", activation="relu")(image)
    weighed = layers.Dense(8, activation="sigmoid")(layers.GlobalAveragePooling2D()(x))
    x = layers.Multiply()([x, layers.Reshape((1, 1, 8))(weighed)])
    both = layers.Concatenate()([ops.mean(x, -1, keepdims=True), ops.max(x, -1, keepdims=True)])
    x = layers.Multiply()([x, layers.Conv2D(1, 7, padding="same", activation="sigmoid", use_bias=False)(both)])
    net = keras.Model(image, layers.GlobalAveragePooling2D()(x))

    def forward(port, x):
        x = torch.relu(port.conv(x))
        x = x * torch.sigmoid(port.channels(x.mean((2, 3))))[:, :, None, None]
        both = torch.cat([x.mean(1, keepdim=True), x.max(1, keepdim=True)[0]], 1)
        return (x * torch.sigmoid(port.places(both))).mean((-2, -1))

    places = nn.Conv2d(2, 1, 7, padding=3, bias=False)
    parts = {"conv": nn.Conv2d(3, 8, 3, padding=1), "channels": nn.Linear(8, 8), "places": places}
    return net, torch_module(parts, forward), [(1, 3, 8, 8)]


PORTS = wavenet, translator, encoder, point_cloud, boxes, where_to_look


@pytest.mark.parametrize("port", PORTS, ids=lambda port: port.__name__)
def test_an_independent_port_is_the_same_model(port):
    left, right, given = port()

    report = parity.compare(left, right, right_inputs=given)

    assert report.verdict is Verdict.EQUIVALENT
    assert remainders(report) == {}


@pytest.mark.parametrize("port", PORTS, ids=lambda port: port.__name__)
def test_a_surplus_weight_is_counted(port):
    import torch

    left, right, given = port()
    name, bias = next((name, tensor) for name, tensor in right.named_parameters() if "bias" in name)
    owner = right.get_submodule(name.rpartition(".")[0])
    wider = bias.shape[0] + 1
    owner.register_parameter("surplus", torch.nn.Parameter(torch.zeros(wider)))

    report = parity.compare(left, right, right_inputs=given)

    assert report.ledger.right_total - parity.compare(*port()[:2], right_inputs=given).ledger.right_total == wider
    # It is another setting of its layer, or, where what has it leads to no output, weights that nothing uses.
    idle = [each for each, _ in report.findings if each.rule == "never-called" and f"{wider} elements" in each.message]
    assert report.verdict is not Verdict.EQUIVALENT or len(idle) == 1


def test_the_place_of_the_greatest_is_an_output_of_its_own():
    from torch import nn

    def net(*, places):
        def forward(port, x):
            found = port.conv(x).max(-1)
            return (found.values, found.indices) if places else (found.values, port.conv(x).min(-1).indices)

        return torch_module({"conv": nn.Conv1d(3, 4, 3)}, forward)

    given = {"left_inputs": [(1, 3, 9)], "right_inputs": [(1, 3, 9)]}
    assert parity.compare(net(places=True), net(places=True), **given).verdict is Verdict.EQUIVALENT
    assert parity.compare(net(places=True), net(places=False), **given).verdict is Verdict.DIFFERENT


@pytest.mark.parametrize("opset", [9, 11, 13])
@pytest.mark.parametrize("taken", ["last", "middle", "mean"])
@pytest.mark.filterwarnings("ignore")
def test_a_step_of_a_sequence_in_old_and_new_exports(taken, opset, tmp_path):
    import torch
    from torch import nn

    takes = {"last": lambda x: x[:, -1], "middle": lambda x: x[:, 2], "mean": lambda x: x.mean(1)}
    parts = {"steps": nn.LSTM(8, 6, 2, batch_first=True), "head": nn.Linear(6, 3)}
    net = torch_module(parts, lambda port, x: port.head(takes[taken](port.steps(x)[0])))
    path, given = tmp_path / "net.onnx", torch.randn(1, 5, 8)
    torch.onnx.export(net, (given,), path, dynamo=False, opset_version=opset)

    assert parity.compare(net, path, left_inputs=[given]).verdict is Verdict.EQUIVALENT
    other = torch_module(parts, lambda port, x: port.head(port.steps(x)[0][:, 1]))
    assert parity.compare(other, path, left_inputs=[given]).verdict is Verdict.DIFFERENT
