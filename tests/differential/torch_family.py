"""PyTorch modules, live and as files."""

from dataclasses import replace

from differential.generating import Family
from differential.programs import Node
from differential.torch_rewritings import REWRITINGS
from differential.torch_source import HEADER, TABLE, build, options, run, source, step
from differential.torch_written_out import TORCH_WRITTEN_OUT

LAYOUT = [
    ".permute",
    "torch.transpose",
    "torch.reshape",
    ".view",
    "torch.flatten",
    "nn.Flatten",
    "torch.squeeze",
    "torch.unsqueeze",
    "torch.mean",
    "torch.amax",
    "torch.sum",
    "torch.argmax",
    "nn.Linear",
    "nn.Conv1d",
    "nn.Conv2d",
    "nn.MaxPool2d",
    "nn.LSTM",
    "nn.GRU",
    "torch.cat",
    "torch.chunk",
    "[]",
    "torch.flip",
    "torch.roll",
    "F.pad",
    "nn.GLU",
    "torch.cumsum",
    "F.softmax",
    "torch.matmul",
    "@",
    "nn.LayerNorm",
    "nn.BatchNorm1d",
    "nn.BatchNorm2d",
    "nn.GroupNorm",
    "nn.ReLU",
    "+",
    "torch.stack",
    "torch.select",
    "nn.MultiheadAttention",
    "nn.PReLU",
    ".expand",
    "torch.einsum/3",
]

GROUPS = {
    "turn": ".permute torch.transpose torch.permute torch.swapaxes torch.movedim .mT",
    "maybe": "",
    "pointwise": "torch.relu nn.ReLU torch.tanh + * torch.mul nn.Dropout nn.LeakyReLU F.gelu torch.clamp nn.Hardtanh nn.PReLU",
    "flatten": "torch.flatten nn.Flatten torch.reshape .view",
    "reshape": "torch.flatten nn.Flatten torch.reshape .view torch.unsqueeze .expand .unflatten nn.Unflatten",
    "reduce": "torch.mean torch.amax torch.sum torch.argmax torch.max/dim torch.select torch.prod torch.std torch.logsumexp torch.norm F.normalize "
    "torch.linalg.vector_norm torch.unbind",
    "weighted": "nn.Linear nn.Conv1d nn.Conv2d nn.BatchNorm1d nn.BatchNorm2d nn.LayerNorm nn.InstanceNorm1d nn.GroupNorm nn.LSTM nn.GRU nn.RNN "
    "nn.MultiheadAttention nn.TransformerEncoderLayer nn.PReLU nn.ConvTranspose1d torch.matmul F.linear F.conv1d nn.Bilinear nn.LSTMCell",
    "reader": "[] torch.chunk torch.split torch.argmax torch.cumsum F.softmax F.pad nn.MaxPool1d nn.MaxPool2d nn.AvgPool1d nn.AvgPool2d nn.GLU F.glu "
    "torch.flip torch.roll torch.cat torch.topk torch.sort torch.tile .repeat torch.repeat_interleave torch.tril nn.Upsample "
    ".index_select torch.narrow nn.AdaptiveAvgPool2d nn.LocalResponseNorm nn.PixelShuffle torch.diff F.interpolate nn.ChannelShuffle "
    "F.scaled_dot_product_attention F.pad/mode nn.Unfold nn.Softmax nn.LogSoftmax",
}

TORCH = Family(
    "torch", TABLE, HEADER, step, source, build, run, options, types=("float32", "int64", "int64", "bool"),
    rewritings=(*REWRITINGS, *TORCH_WRITTEN_OUT), transposed=lambda at, value, order: Node(at, ".permute", (value,), {"dims": tuple(order)}), layout=LAYOUT, groups=GROUPS,
)  # fmt: skip

FREE = replace(TORCH, options=lambda draw: {"free": draw.chance(0.35)})
"""Modules whose batch may be of any size in a file."""
