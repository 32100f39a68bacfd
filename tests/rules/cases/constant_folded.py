"""A table whose rows an exporter looks up, since they are always the same, and one where the input tells which."""

from tests.rules.models import module, nn, onnx_export

IDS = [((1, 7), "int64")]


def net(*, fixed):
    import torch

    def forward(self, ids):
        return self.last(self.words(ids) + self.places(torch.arange(7) if fixed else ids))

    parts = {"words": nn().Embedding(9, 4), "places": nn().Embedding(20, 4), "last": nn().Linear(4, 2)}
    return module(parts, forward).eval()


def bad():
    left = net(fixed=True)
    return left, onnx_export(left, (1, 7), dtypes=["int64"]), {"left_inputs": IDS}


def good():
    left = net(fixed=False)
    return left, onnx_export(left, (1, 7), dtypes=["int64"]), {"left_inputs": IDS}
