"""Seventeen designs after the networks that people port."""

from collections.abc import Callable, Mapping

from tests.mutants.designs import Builder, Design


def plain() -> Design:
    """Convolutions, pooling, a flatten and two dense layers."""
    net = Builder(24, 24, 3)
    for width in (8, 12):
        net.conv(width, bias=True)
        net.act()
        net.pool("max")
    net.add("flatten")
    net.dense(20)
    net.act("tanh")
    net.add("dropout", rate=0.3)
    net.dense(5)
    net.add("softmax")
    return net.design()


def vgg() -> Design:
    """Pairs of convolutions with batch normalisation, as in arXiv:1409.1556."""
    net = Builder(16, 16, 3)
    for width in (6, 10):
        for _ in range(2):
            net.conv(width, bias=True)
            net.norm()
            net.act()
        net.pool("max")
    net.add("flatten")
    net.dense(16)
    net.act()
    net.add("dropout", rate=0.5)
    net.dense(4)
    return net.design()


def residual() -> Design:
    """Residual blocks with batch normalisation, of which one changes the width (arXiv:1512.03385)."""
    net = Builder(16, 16, 3)
    net.conv(8, stride=2)
    net.norm()
    last = net.act()
    for width, stride in ((8, 1), (16, 2), (16, 1)):
        net.conv(width, 3, last, stride=stride)
        net.norm()
        net.act()
        net.conv(width)
        main = net.norm()
        short = last
        if stride > 1:
            net.conv(width, 1, last, stride=stride)
            short = net.norm()
        net.add("add", main, short)
        last = net.act()
    net.add("global_pool", kind="average")
    net.dense(6)
    return net.design()


def inverted() -> Design:
    """Inverted bottlenecks with depthwise convolutions and the activations of mobile networks (arXiv:1801.04381)."""
    net = Builder(16, 16, 3)
    net.conv(8, stride=2)
    net.norm()
    last = net.act("relu6")
    for _ in range(2):
        net.conv(24, 1, last)
        net.norm()
        net.act("silu")
        net.conv(24, groups=24)
        net.norm()
        net.act("hard_silu")
        net.conv(8, 1)
        end = net.norm()
        last = net.add("add", end, last)
    net.add("global_pool", kind="max")
    net.dense(4)
    return net.design()


def inception() -> Design:
    """Branches of different kernels that are concatenated, twice (arXiv:1409.4842)."""
    net = Builder(16, 16, 3)
    net.conv(8)
    last = net.act("leaky_relu", slope=0.1)
    for _ in range(2):
        ends = []
        for filters, size, dilation in ((6, 1, 1), (4, 3, 1), (5, 3, 2)):
            net.conv(filters, size, last, dilation=dilation, bias=True)
            ends.append(net.act("elu", alpha=1.0))
        last = net.add("concat", *ends, axis="channels")
    net.pool("average")
    net.add("global_pool", kind="average")
    net.add("layer_norm", epsilon=1e-5)
    net.dense(4)
    net.act("gelu", approximate=False)
    return net.design()


def dense_blocks() -> Design:
    """Every layer of a block sees all before it (arXiv:1608.06993)."""
    net = Builder(12, 12, 3)
    last = net.conv(8)
    for _ in range(2):
        ends = [last]
        for _ in range(3):
            net.add("norm", ends[-1], epsilon=1e-4, momentum=0.95, affine=True)
            net.act()
            new = net.conv(4)
            ends.append(net.add("concat", ends[-1], new, axis="channels"))
        net.conv(8, 1)
        last = net.pool("average")
    net.add("global_pool", kind="average")
    net.dense(5)
    return net.design()


def decoder() -> Design:
    """An encoder and a decoder with transposed convolutions, a skip connection and an up-sampling."""
    net = Builder(16, 16, 3)
    net.conv(6)
    net.norm()
    skip = net.act()
    net.conv(12, stride=2)
    net.norm()
    net.act()
    net.conv(12, stride=2)
    net.add("group_norm", groups=3, epsilon=1e-4)
    net.act()
    net.up("nearest")
    net.conv(12, bias=True)
    net.act()
    up = net.add("conv_transpose", filters=6, size=2, stride=2, bias=True)
    net.add("concat", up, skip, axis="channels")
    net.conv(2, 1, bias=True)
    net.act("sigmoid")
    return net.design()


def u_net() -> Design:
    """Two steps down and two up with skip connections (arXiv:1505.04597)."""
    net = Builder(16, 16, 3)
    skips = []
    for width in (4, 8):
        net.conv(width, bias=True)
        skips.append(net.act())
        net.pool("max")
    net.conv(16, bias=True)
    net.act()
    for width in (8, 4):
        net.up("bilinear")
        up = net.conv(width, 1, bias=True)
        net.add("concat", up, skips.pop(), axis="channels")
        net.conv(width, bias=True)
        net.act()
    net.conv(1, 1, bias=True)
    return net.design()


def generator() -> Design:
    """A vector that becomes an image (arXiv:1511.06434)."""
    net = Builder(12)
    net.inputs = {"noise": (1, 1, 12)}
    for width, size, stride in ((16, 4, 1), (8, 2, 2), (6, 2, 2)):
        net.add("conv_transpose", filters=width, size=size, stride=stride, bias=False)
        net.norm()
        net.act()
    net.add("conv_transpose", filters=3, size=2, stride=2, bias=True)
    net.act("tanh")
    return net.design()


def modern() -> Design:
    """Depthwise convolutions with layer normalisation and GELU (arXiv:2201.03545)."""
    net = Builder(16, 16, 3)
    net.conv(8, 4, stride=4, padding=(0, 0), bias=True)
    last = net.add("layer_norm", epsilon=1e-6)
    for _ in range(2):
        net.conv(8, 7, last, groups=8, bias=True)
        net.add("layer_norm", epsilon=1e-6)
        net.conv(16, 1, bias=True)
        net.act("gelu", approximate=False)
        end = net.conv(8, 1, bias=True)
        last = net.add("add", end, last)
    net.add("global_pool", kind="average")
    net.add("layer_norm", epsilon=1e-6)
    net.dense(3)
    return net.design()


def text_cnn() -> Design:
    """Convolutions of several widths over words (arXiv:1408.5882)."""
    net = Builder(tokens=(14,))
    words = net.add("embedding", "tokens", vocabulary=40, width=8)
    ends = []
    for size in (1, 3, 5):
        net.conv(6, size, words, bias=True)
        net.act()
        ends.append(net.add("global_pool", kind="max"))
    net.add("concat", *ends, axis="channels")
    net.add("dropout", rate=0.2)
    net.dense(3)
    return net.design()


def stacked_lstm() -> Design:
    """Words, two LSTM layers of which the first runs both ways, and a head."""
    net = Builder(tokens=(10,))
    net.add("embedding", "tokens", vocabulary=30, width=6)
    net.add("lstm", units=7, sequences=True, both=True, merge="concat")
    net.add("dropout", rate=0.25)
    net.add("lstm", units=5, sequences=False, both=False, merge="concat")
    net.dense(8)
    net.act()
    net.dense(2)
    return net.design()


def gru_tagger() -> Design:
    """A label for every step of a sequence."""
    net = Builder(12, 5)
    net.inputs = {"series": (12, 5)}
    net.dense(6)
    net.act("tanh")
    net.add("gru", units=8, sequences=True, both=False, merge="concat", reset_after=True)
    net.add("gru", units=8, sequences=True, both=True, merge="concat", reset_after=True)
    net.add("layer_norm", epsilon=1e-5)
    net.dense(4)
    net.add("softmax", axis=-1)
    return net.design()


def _encoder(net: Builder, last: str, *, before: bool) -> str:
    """One transformer block, normalised before or after its two parts."""
    first = net.add("layer_norm", last, epsilon=1e-6) if before else last
    attended = net.add("attention", first, heads=2, width=8, bias=True)
    attended = net.add("dropout", attended, rate=0.1)
    last = net.add("add", attended, last)
    last = last if before else net.add("layer_norm", epsilon=1e-6)
    first = net.add("layer_norm", last, epsilon=1e-6) if before else last
    net.dense(16, first)
    net.act("gelu", approximate=before)
    end = net.dense(8)
    last = net.add("add", end, last)
    return last if before else net.add("layer_norm", epsilon=1e-6)


def encoder() -> Design:
    """A BERT-like classifier (arXiv:1810.04805)."""
    net = Builder(tokens=(9,))
    last = net.add("embedding", "tokens", vocabulary=25, width=8)
    last = net.add("layer_norm", epsilon=1e-6)
    for _ in range(2):
        last = _encoder(net, last, before=False)
    net.add("global_pool", last, kind="average")
    net.dense(3)
    return net.design()


def pre_norm() -> Design:
    """A transformer over a series, normalised before attention (arXiv:2002.04745)."""
    net = Builder(series=(8, 5))
    last = net.dense(8, "series")
    for _ in range(2):
        last = _encoder(net, last, before=True)
    net.add("layer_norm", last, epsilon=1e-6)
    net.dense(4)
    return net.design()


def two_towers() -> Design:
    """Two inputs through one tower with shared weights, and a score of both."""
    net = Builder(left=(10,), right=(10,))
    ends, shared = [], ("", "", "")
    for side in ("left", "right"):
        words = net.add("embedding", side, vocabulary=20, width=6, of=shared[0])
        pooled = net.add("global_pool", words, kind="average")
        hidden = net.add("dense", pooled, units=8, bias=True, of=shared[1])
        ends.append(net.act("tanh"))
        shared = (words, hidden, "") if not shared[0] else shared
    net.add("multiply", *ends)
    net.dense(1)
    net.act("sigmoid")
    return net.design()


def two_heads() -> Design:
    """One body, a class and a place as outputs."""
    net = Builder(16, 16, 3)
    for width in (6, 8):
        net.conv(width, stride=2)
        net.norm()
        net.act("leaky_relu", slope=0.2)
    net.add("pool", kind="average", size=3, stride=1, padding=1, counted=False)
    body = net.add("global_pool", kind="average")
    net.dense(5, body)
    label = net.add("softmax")
    net.dense(7, body)
    net.act()
    place = net.dense(4)
    return net.design(label, place)


NETWORKS: Mapping[str, Callable[[], Design]] = {
    each.__name__: each
    for each in (
        plain,
        vgg,
        residual,
        inverted,
        inception,
        dense_blocks,
        decoder,
        u_net,
        generator,
        modern,
        text_cnn,
        stacked_lstm,
        gru_tagger,
        encoder,
        pre_norm,
        two_towers,
        two_heads,
    )
}
