"""An auxiliary head that is called in training only."""

from tests.rules.models import IMAGE, module, nn


def net(**heads):
    def forward(self, x):
        x = self.body(x)
        made = self.head(x.mean((2, 3)))
        return (made, self.aux(x)) if self.training else made

    return module({"body": nn().Conv2d(3, 4, 3), "head": nn().Linear(4, 2), **heads}, forward)


def aux():
    return nn().Sequential(nn().Conv2d(4, 5, 1), nn().BatchNorm2d(5), nn().Flatten(), nn().Linear(180, 2))


def bad():
    return net(), net(aux=aux()), {"inputs": [IMAGE]}


def good():
    return net(aux=aux()), net(aux=aux()), {"inputs": [IMAGE]}
