"""Small networks of PyTorch made by hand, with every weight and statistic random, and inputs for each."""

import torch  # noqa: TID253  only tests of PyTorch import this
from torch import nn  # noqa: TID253  same
from torch.nn import functional as F  # noqa: N812, TID253  as PyTorch's own documents call it


class Called(nn.Module):
    """A function as a module, which may hold tensors."""

    def __init__(self, function, *held):
        super().__init__()
        self.function = function
        self.held = nn.ParameterList(held)

    def forward(self, *inputs):
        return self.function(*inputs, *self.held)


def block(inside, outside):
    return nn.Sequential(
        nn.Conv2d(inside, outside, 3, padding=1, bias=False), nn.BatchNorm2d(outside), nn.ReLU(inplace=True)
    )


class Unet(nn.Module):
    def __init__(self):
        super().__init__()
        self.down1, self.down2, self.middle = block(3, 4), block(4, 6), block(6, 8)
        self.pool = nn.MaxPool2d(2)
        self.up2, self.up1 = nn.ConvTranspose2d(8, 6, 2, stride=2), nn.ConvTranspose2d(6, 4, 2, stride=2)
        self.join2, self.join1 = block(12, 6), block(8, 4)
        self.head = nn.Conv2d(4, 2, 1)

    def forward(self, image):
        first = self.down1(image)
        second = self.down2(self.pool(first))
        found = self.join2(torch.cat([self.up2(self.middle(self.pool(second))), second], 1))
        return self.head(self.join1(torch.cat([self.up1(found), first], 1)))


class Generator(nn.Module):
    def __init__(self):
        super().__init__()
        self.start = nn.Linear(5, 6 * 4 * 4)
        self.main = nn.Sequential(
            nn.BatchNorm2d(6),
            nn.ConvTranspose2d(6, 4, 4, 2, 1, bias=False),
            nn.BatchNorm2d(4),
            nn.LeakyReLU(0.2),
            nn.ConvTranspose2d(4, 3, 4, 2, 1),
            nn.Tanh(),
        )

    def forward(self, noise):
        return self.main(self.start(noise).view(-1, 6, 4, 4))


class Resnet(nn.Module):
    """Blocks with and without a projection beside them, and a linear layer after an average of the image."""

    def __init__(self):
        super().__init__()
        self.conv1, self.bn1 = nn.Conv2d(3, 4, 7, 2, 3, bias=False), nn.BatchNorm2d(4)
        self.maxpool = nn.MaxPool2d(3, 2, 1)
        self.layer1 = nn.Sequential(Basic(4, 4, 1), Basic(4, 4, 1))
        self.layer2 = nn.Sequential(Basic(4, 6, 2), Basic(6, 6, 1))
        self.avgpool, self.fc = nn.AdaptiveAvgPool2d(1), nn.Linear(6, 5)

    def forward(self, image):
        found = self.layer2(self.layer1(self.maxpool(torch.relu(self.bn1(self.conv1(image))))))
        return self.fc(torch.flatten(self.avgpool(found), 1))


class Basic(nn.Module):
    def __init__(self, inside, outside, stride):
        super().__init__()
        self.conv1, self.bn1 = nn.Conv2d(inside, outside, 3, stride, 1, bias=False), nn.BatchNorm2d(outside)
        self.conv2, self.bn2 = nn.Conv2d(outside, outside, 3, 1, 1, bias=False), nn.BatchNorm2d(outside)
        self.relu = nn.ReLU(inplace=True)
        self.downsample = None
        if stride > 1:
            self.downsample = nn.Sequential(nn.Conv2d(inside, outside, 1, stride, bias=False), nn.BatchNorm2d(outside))

    def forward(self, x):
        out = self.bn2(self.conv2(self.relu(self.bn1(self.conv1(x)))))
        return self.relu(out + (x if self.downsample is None else self.downsample(x)))


class Recurrent(nn.Module):
    """An embedding, a stack of recurrent layers and a classification of the last step."""

    def __init__(self, kind, **settings):
        super().__init__()
        self.embed = nn.Embedding(11, 4)
        self.rnn = kind(4, 5, **settings)
        self.first = bool(settings.get("batch_first"))
        self.fc = nn.Linear(10 if settings.get("bidirectional") else 5, 3)

    def forward(self, ids):
        found, _ = self.rnn(self.embed(ids))
        return self.fc(found[:, -1] if self.first else found[-1])


class LastState(nn.Module):
    """The last states of both directions, side by side."""

    def __init__(self, kind, **settings):
        super().__init__()
        self.rnn = kind(4, 5, batch_first=True, bidirectional=True, **settings)
        self.fc = nn.Linear(10, 3)

    def forward(self, x):
        _, state = self.rnn(x)
        last = state[0] if isinstance(state, tuple) else state
        return self.fc(torch.cat([last[-2], last[-1]], 1))


class WholeSequence(nn.Module):
    """A recurrent stack whose whole sequence is classified."""

    def __init__(self, kind, **settings):
        super().__init__()
        self.rnn = kind(4, 5, **settings)
        self.fc = nn.Linear(10 if settings.get("bidirectional") else 5, 3)

    def forward(self, x):
        return self.fc(torch.tanh(self.rnn(x)[0]))


class TiedAutoencoder(nn.Module):
    """A decoder that multiplies with the encoder's weights, turned."""

    def __init__(self):
        super().__init__()
        self.encoder = nn.Linear(12, 5)
        self.bias = nn.Parameter(torch.zeros(12))

    def forward(self, x):
        return F.linear(torch.tanh(self.encoder(x)), self.encoder.weight.t(), self.bias)


class TiedLanguageModel(nn.Module):
    def __init__(self):
        super().__init__()
        self.embed, self.norm = nn.Embedding(13, 8), nn.LayerNorm(8)
        self.up, self.down = nn.Linear(8, 16), nn.Linear(16, 8)
        self.head = nn.Linear(8, 13, bias=False)
        self.head.weight = self.embed.weight

    def forward(self, ids):
        found = self.embed(ids)
        return self.head(found + self.down(F.gelu(self.up(self.norm(found)))))


class Norms(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv1, self.norm1 = nn.Conv2d(3, 6, 3), nn.GroupNorm(3, 6, eps=1e-3)
        self.conv2, self.norm2 = nn.Conv2d(6, 4, 3), nn.InstanceNorm2d(4, affine=True)
        self.conv3, self.norm3 = nn.Conv2d(4, 4, 3), nn.InstanceNorm2d(4)
        self.fc = nn.Linear(4, 2)

    def forward(self, x):
        x = F.relu(self.norm1(self.conv1(x)))
        x = F.relu(self.norm3(self.conv3(F.relu(self.norm2(self.conv2(x))))))
        return self.fc(F.normalize(x.mean((2, 3)), dim=1))


class KeptStatistics(nn.Module):
    """Norms of instances by statistics that they have kept, which exporters write as batch norms of one sample."""

    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(3, 6, 3)
        self.affine = nn.InstanceNorm2d(6, affine=True, track_running_stats=True)
        self.plain = nn.InstanceNorm2d(6, track_running_stats=True)
        self.fc = nn.Linear(6, 2)

    def forward(self, x):
        return self.fc(self.plain(F.relu(self.affine(self.conv(x)))).mean((2, 3)))


class Windows(nn.Module):
    """A shift of an image whose windows are weighed by a mask that code writes region by region, as in Swin."""

    def __init__(self):
        super().__init__()
        self.fc1, self.fc2 = nn.Linear(3, 4), nn.Linear(4, 2)
        self.table = nn.Parameter(torch.randn(9, 4))
        self.register_buffer("places", torch.arange(256).remainder(9))

    def mask(self, like):
        regions = like.new_zeros(8, 8)
        for at, part in enumerate((slice(0, -4), slice(-4, -2), slice(-2, None))):
            for to, other in enumerate((slice(0, -4), slice(-4, -2), slice(-2, None))):
                regions[part, other] = 3 * at + to
        regions = regions.view(2, 4, 2, 4).permute(0, 2, 1, 3).reshape(4, 16)
        apart = regions[:, None] - regions[:, :, None]
        return apart.masked_fill(apart != 0, -100.0)

    def forward(self, image):
        x = self.fc1(torch.roll(image, (-2, -2), (1, 2)))
        x = x.view(-1, 2, 4, 2, 4, 4).permute(0, 1, 3, 2, 4, 5).reshape(-1, 4, 16, 4)
        near = self.table[self.places].view(16, 16, 4).mean(-1)
        return self.fc2(torch.softmax(x @ x.transpose(2, 3) + near + self.mask(x), -1) @ x)


class Activations(nn.Module):
    """One of each activation that exporters take apart."""

    def __init__(self):
        super().__init__()
        self.layers = nn.Sequential(
            *(each for at in range(10) for each in (nn.Linear(6, 6), ACTIVATIONS[at]())),
        )

    def forward(self, x):
        return self.layers(x)


ACTIVATIONS = (
    nn.GELU,
    lambda: nn.GELU(approximate="tanh"),
    nn.SiLU,
    nn.Mish,
    nn.Hardswish,
    nn.Hardsigmoid,
    nn.ReLU6,
    lambda: nn.ELU(0.7),
    lambda: nn.LeakyReLU(0.2),
    nn.Softplus,
)


class SelfAttention(nn.Module):
    def __init__(self, *, batch_first=True):
        super().__init__()
        self.attention = nn.MultiheadAttention(8, 2, batch_first=batch_first)
        self.fc = nn.Linear(8, 3)

    def forward(self, x):
        return self.fc(self.attention(x, x, x, need_weights=False)[0])


class CrossAttention(nn.Module):
    def __init__(self):
        super().__init__()
        self.attention = nn.MultiheadAttention(8, 2, kdim=6, vdim=5, batch_first=True)

    def forward(self, query, key, value):
        return self.attention(query, key, value, need_weights=False)[0]


class Encoder(nn.Module):
    def __init__(self, *, norm_first=False, activation="relu"):
        super().__init__()
        layer = nn.TransformerEncoderLayer(8, 2, 16, 0.1, activation, batch_first=True, norm_first=norm_first)
        self.encoder = nn.TransformerEncoder(layer, 2, enable_nested_tensor=False)
        self.fc = nn.Linear(8, 3)

    def forward(self, x):
        return self.fc(self.encoder(x).mean(1))


class Weighed(nn.Module):
    """Attention that gives its weights too, one for all heads or one for each."""

    def __init__(self, *, average=True):
        super().__init__()
        self.attention = nn.MultiheadAttention(8, 2, batch_first=True)
        self.fc, self.average = nn.Linear(8, 3), average

    def forward(self, x):
        found, weights = self.attention(x, x, x, need_weights=True, average_attn_weights=self.average)
        return self.fc(found), weights


class ByHand(nn.Module):
    """Attention of single operators, with dropout where training leaves some of its weights out."""

    def __init__(self):
        super().__init__()
        self.ask, self.key, self.value, self.out = (nn.Linear(8, 8) for _ in range(4))
        self.dropout = nn.Dropout(0.2)

    def heads(self, x):
        return x.view(*x.shape[:2], 2, 4).transpose(1, 2)

    def forward(self, x):
        ask, key, value = (self.heads(each(x)) for each in (self.ask, self.key, self.value))
        weights = self.dropout(torch.softmax(ask @ key.transpose(-1, -2) / 2, -1))
        return self.out((weights @ value).transpose(1, 2).reshape(x.shape))


class OwnAffine(nn.Module):
    """What a batch norm is in inference, by parameters of the model's own."""

    def __init__(self):
        super().__init__()
        self.conv, self.norm = nn.Conv2d(3, 4, 3), nn.BatchNorm2d(3)
        self.middle, self.factor, self.term = (nn.Parameter(torch.randn(4, 1, 1)) for _ in range(3))

    def forward(self, image):
        return (torch.relu(self.conv(self.norm(image))) - self.middle) * self.factor + self.term


class Unseen(nn.Module):
    """Attention whose weights nobody looks at, though it computes them."""

    def __init__(self):
        super().__init__()
        self.attention = nn.MultiheadAttention(8, 2, batch_first=True)
        self.fc = nn.Linear(8, 3)

    def forward(self, x):
        return self.fc(self.attention(x, x, x)[0])


class Causal(nn.Module):
    """Attention to what came before, by a mask of truth values or of numbers, and to what is no padding."""

    def __init__(self, *, numbers=False, padded=False):
        super().__init__()
        self.attention = nn.MultiheadAttention(8, 2, batch_first=True)
        self.fc, self.numbers, self.padded, self.shift = nn.Linear(8, 3), numbers, padded, 1

    def forward(self, x, padding=None):
        steps = x.shape[1]
        mask = torch.ones(steps, steps, dtype=torch.bool).triu(self.shift)
        if self.numbers:
            mask = torch.full((steps, steps), float("-inf")).triu(self.shift)
        padding = padding > 0 if self.padded else None
        return self.fc(self.attention(x, x, x, attn_mask=mask, key_padding_mask=padding, need_weights=False)[0])


class Transformer(nn.Module):
    """Encoder and decoder, each of two layers, with a causal mask."""

    def __init__(self, *, norm_first=False):
        super().__init__()
        self.both = nn.Transformer(8, 2, 2, 2, 16, 0.1, batch_first=True, norm_first=norm_first)
        self.fc = nn.Linear(8, 3)

    def forward(self, source, target):
        mask = nn.Transformer.generate_square_subsequent_mask(target.shape[1])
        return self.fc(self.both(source, target, tgt_mask=mask, tgt_is_causal=True))


class TwoTowers(nn.Module):
    def __init__(self):
        super().__init__()
        self.image = nn.Sequential(nn.Conv2d(3, 4, 3), nn.BatchNorm2d(4), nn.ReLU(), nn.Flatten(), nn.Linear(144, 6))
        self.words = nn.Sequential(nn.Linear(7, 6), nn.ReLU())
        self.scale = nn.Parameter(torch.ones(1))

    def forward(self, image, words):
        first, second = self.image(image), self.words(words)
        return first * second * self.scale, torch.sigmoid(first)


class Shuffle(nn.Module):
    """A channel shuffle, an image made larger, a size that depends on the input's, and padding of its own."""

    def __init__(self):
        super().__init__()
        self.conv1, self.conv2 = nn.Conv2d(4, 8, 3, groups=2), nn.Conv2d(8, 4, 3)
        self.pad = nn.ZeroPad2d((1, 2, 1, 2))
        self.up = nn.Upsample(scale_factor=2, mode="bilinear", align_corners=False)
        self.fc = nn.Linear(4, 3)

    def forward(self, x):
        x = self.conv1(x)
        batch, channels, height, width = x.shape
        x = x.view(batch, 2, channels // 2, height, width).transpose(1, 2).reshape(batch, channels, height, width)
        x = self.up(F.relu(self.conv2(self.pad(x))))
        x = F.interpolate(x, size=(9, 9), mode="nearest")
        return self.fc(x.view(x.size(0), x.size(1), -1).permute(0, 2, 1))


class RmsNorm(nn.Module):
    """A normalisation by the root mean square as language models write it, and SwiGLU."""

    def __init__(self):
        super().__init__()
        self.weight = nn.Parameter(torch.ones(8))
        self.gate, self.up = nn.Linear(8, 12, bias=False), nn.Linear(8, 12, bias=False)
        self.down, self.norm = nn.Linear(12, 8, bias=False), nn.RMSNorm(8, eps=1e-5)

    def forward(self, x):
        found = self.weight * (x * torch.rsqrt(x.pow(2).mean(-1, keepdim=True) + 1e-6))
        return self.norm(x + self.down(F.silu(self.gate(found)) * self.up(found)))


class Mlp(nn.Module):
    """The net of which five counts are known: conv and BatchNorm without bias, two linear layers and a tied third."""

    def __init__(self):
        super().__init__()
        self.conv, self.bn = nn.Conv2d(24, 36, 3, bias=False), nn.BatchNorm2d(36)
        self.fc1, self.fc2, self.fc3 = nn.Linear(1296, 10), nn.Linear(10, 10), nn.Linear(10, 10, bias=False)
        self.fc3.weight = self.fc2.weight

    def forward(self, x):
        x = torch.relu(self.bn(self.conv(x)))
        return self.fc3(torch.relu(self.fc2(self.fc1(x.flatten(1)).unsqueeze(1))))


IMAGE = {"image": (2, 3, 16, 16)}
STEPS = {"x": (2, 6, 4)}
TOKENS = {"x": (2, 6, 8)}
IDS = {"ids": ((2, 6), "int64")}


class Vocoder(nn.Module):
    """Sound of spectra, in the way of HiFi-GAN: every kernel is a direction and a length."""

    def __init__(self):
        super().__init__()
        normed = nn.utils.parametrizations.weight_norm
        self.first = normed(nn.Conv1d(5, 8, 7, padding=3))
        self.up = normed(nn.ConvTranspose1d(8, 4, 4, stride=2, padding=1))
        self.along = normed(nn.Conv1d(4, 4, 3, dilation=3, padding=3, bias=False), dim=2)
        self.head, self.style = normed(nn.Linear(4, 3)), normed(nn.Linear(12, 6))

    def forward(self, spectra):
        found = F.leaky_relu(self.up(F.leaky_relu(self.first(spectra), 0.1)), 0.1)
        found = self.head((found + self.along(found)).transpose(1, 2))
        return self.style(found.flatten(1)[:, :12])


class Alibi(nn.Module):
    """Causal attention in which each head weighs what is farther away less, by a slope of its own."""

    def __init__(self):
        super().__init__()
        self.query, self.key, self.value = (nn.Linear(8, 8, bias=False) for _ in range(3))
        self.slopes = nn.Parameter(torch.tensor([0.5, 0.25]))

    def forward(self, x):
        batch, steps, _ = x.shape
        heads = (each(x).view(batch, steps, 2, 4).transpose(1, 2) for each in (self.query, self.key, self.value))
        at = torch.arange(steps)
        bias = -(at[:, None] - at).abs() * self.slopes[:, None, None]
        mask = bias + torch.triu(torch.full((steps, steps), float("-inf")), 1)
        made = F.scaled_dot_product_attention(*heads, attn_mask=mask)
        return made.transpose(1, 2).reshape(batch, steps, 8)


class LinearAttention(nn.Module):
    """Attention without a softmax, by three products of which one has three factors."""

    def __init__(self):
        super().__init__()
        self.query, self.key, self.value = (nn.Linear(8, 8) for _ in range(3))

    def forward(self, x):
        batch, steps, _ = x.shape
        query, key, value = (each(x).view(batch, steps, 2, 4) for each in (self.query, self.key, self.value))
        query, key = F.elu(query) + 1, F.elu(key) + 1
        weighed = torch.einsum("nlhd,nlhm->nhmd", key, value)
        share = 1 / (torch.einsum("nlhd,nhd->nlh", query, key.sum(1)) + 1e-6)
        return torch.einsum("nlhd,nhdm,nlh->nlhm", query, weighed.transpose(2, 3), share).reshape(batch, steps, 8)


class GraphConvolution(nn.Module):
    """Two layers over a graph whose edges come in, each node joined to itself."""

    def __init__(self):
        super().__init__()
        self.first, self.second = nn.Linear(8, 6), nn.Linear(6, 3)

    def forward(self, x, edges):
        edges = edges.abs() + torch.eye(5)
        share = edges.sum(-1).rsqrt()
        edges = share[..., None] * edges * share[:, None]
        return edges @ self.second(F.relu(edges @ self.first(x)))


NETS = {
    "vocoder": (Vocoder, {"spectra": (2, 5, 9)}),
    "unet": (Unet, IMAGE),
    "generator": (Generator, {"noise": (2, 5)}),
    "resnet_basic": (Resnet, {"image": (2, 3, 32, 32)}),
    "lstm": (lambda: Recurrent(nn.LSTM, batch_first=True), IDS),
    "lstm_time_major": (lambda: Recurrent(nn.LSTM, num_layers=2), IDS),
    "lstm_stack_both": (lambda: Recurrent(nn.LSTM, num_layers=2, bidirectional=True, batch_first=True), IDS),
    "gru": (lambda: Recurrent(nn.GRU, batch_first=True), IDS),
    "gru_stack_both": (lambda: Recurrent(nn.GRU, num_layers=2, bidirectional=True, batch_first=True), IDS),
    "rnn_tanh": (lambda: Recurrent(nn.RNN, batch_first=True), IDS),
    "lstm_last_state": (lambda: LastState(nn.LSTM), STEPS),
    "gru_last_state": (lambda: LastState(nn.GRU, num_layers=2), STEPS),
    "lstm_sequence": (lambda: WholeSequence(nn.LSTM, bidirectional=True), STEPS),
    "gru_sequence": (lambda: WholeSequence(nn.GRU, bidirectional=True, batch_first=True), STEPS),
    "tied_lm": (TiedLanguageModel, IDS),
    "tied_autoencoder": (TiedAutoencoder, {"x": (2, 12)}),
    "norms": (Norms, {"x": (2, 3, 16, 16)}),
    "kept_statistics": (KeptStatistics, {"x": (2, 3, 9, 9)}),
    "windows": (Windows, {"image": (2, 8, 8, 3)}),
    "activations": (Activations, {"x": (2, 6)}),
    "activations_3d": (Activations, {"x": (2, 3, 6)}),
    "self_attention": (SelfAttention, TOKENS),
    "self_attention_time_major": (lambda: SelfAttention(batch_first=False), TOKENS),
    "cross_attention": (CrossAttention, {"query": (2, 4, 8), "key": (2, 6, 6), "value": (2, 6, 5)}),
    "attention_by_hand": (ByHand, TOKENS),
    "own_affine": (OwnAffine, IMAGE),
    "unseen_weights": (Unseen, TOKENS),
    "unseen_weights_of_one": (Unseen, {"x": (1, 5, 8)}),
    "weighed": (Weighed, TOKENS),
    "weighed_by_head": (lambda: Weighed(average=False), TOKENS),
    "causal": (Causal, TOKENS),
    "causal_numbers": (lambda: Causal(numbers=True), TOKENS),
    "padded": (lambda: Causal(padded=True), {**TOKENS, "padding": ((2, 6), "int64")}),
    "padded_of_one": (lambda: Causal(padded=True), {"x": (1, 6, 8), "padding": ((1, 6), "int64")}),
    "transformer": (Transformer, {"source": (2, 6, 8), "target": (2, 5, 8)}),
    "transformer_norm_first": (lambda: Transformer(norm_first=True), {"source": (2, 6, 8), "target": (2, 5, 8)}),
    "rnn_relu": (lambda: Recurrent(nn.RNN, nonlinearity="relu", num_layers=2, batch_first=True), IDS),
    "rnn_both": (lambda: WholeSequence(nn.RNN, bidirectional=True), STEPS),
    "encoder": (Encoder, TOKENS),
    "encoder_norm_first": (lambda: Encoder(norm_first=True, activation="gelu"), TOKENS),
    "two_towers": (TwoTowers, {"image": (2, 3, 8, 8), "words": (2, 7)}),
    "shuffle": (Shuffle, {"x": (2, 4, 8, 8)}),
    "rms_norm": (RmsNorm, TOKENS),
    "alibi": (Alibi, {"x": (2, 6, 8)}),
    "linear_attention": (LinearAttention, {"x": (2, 6, 8)}),
    "graph_convolution": (GraphConvolution, {"x": (2, 5, 8), "edges": (2, 5, 5)}),
    "five_counts": (Mlp, {"x": (2, 24, 8, 8)}),
}
"""By name: how to build the net, and its inputs as parity takes them."""


def randomise(module):
    """Give every parameter and statistic a value of its own, so that exporters find no two tensors equal."""
    with torch.no_grad():
        for parameter in module.parameters():
            parameter.add_(torch.randn_like(parameter) * 0.1)
        for name, buffer in module.named_buffers():
            if name.endswith("running_mean"):
                buffer.normal_()
            elif name.endswith("running_var"):
                buffer.uniform_(0.5, 2)
    return module


def build(name):
    """The net in inference mode, and its inputs as described."""
    make, inputs = NETS[name]
    torch.manual_seed(0)
    return randomise(make()).eval(), inputs
