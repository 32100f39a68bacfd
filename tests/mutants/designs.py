"""Networks as lists of steps, from which the same model is built in Keras and in PyTorch.

A step is a layer's name, what it is, its settings in neutral terms, and the names of the steps that feed it. Images are
height, width, channels; sequences are steps, channels; tokens are whole numbers below a vocabulary's size.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

JOINS = {"add", "concat", "multiply"}


@dataclass(frozen=True)
class Step:
    """One layer of a design; ``frozen`` ones do not train, ``of`` names the step whose weights it shares."""

    name: str
    op: str
    settings: Mapping[str, Any] = field(default_factory=dict)
    inputs: tuple[str, ...] = ()
    frozen: bool = False
    of: str = ""

    def having(self, **settings: Any) -> "Step":
        """The step with some settings changed."""
        return replace(self, settings={**self.settings, **settings})


@dataclass(frozen=True)
class Design:
    """A network: sizes of its inputs by name, its steps, its outputs, and the type of its numbers.

    An input's sizes are those of an image or a sequence; a single one is that of tokens.
    """

    inputs: Mapping[str, tuple[int, ...]]
    steps: tuple[Step, ...]
    outputs: tuple[str, ...]
    dtype: str = "float32"

    def step(self, name: str) -> Step:
        """The step of that name."""
        return next(each for each in self.steps if each.name == name)

    def replaced(self, step: Step) -> "Design":
        """The design with the step of that name replaced."""
        return replace(self, steps=tuple(step if each.name == step.name else each for each in self.steps))

    def consumers(self, name: str) -> Sequence[Step]:
        """The steps that a step feeds."""
        return [each for each in self.steps if name in each.inputs]

    def without(self, name: str) -> "Design":
        """The design without a step, what it fed being fed by its first input."""
        gone = self.step(name)
        rest = replace(self, steps=tuple(each for each in self.steps if each.name != name))
        return rest.rewired(name, gone.inputs[0])

    def rewired(self, old: str, new: str, *users: str) -> "Design":
        """The design with ``new`` in the place of ``old`` for all users, or for those named."""
        steps = tuple(
            replace(each, inputs=tuple(new if value == old else value for value in each.inputs))
            if not users or each.name in users
            else each
            for each in self.steps
        )
        outputs = self.outputs if users else tuple(new if value == old else value for value in self.outputs)
        return replace(self, steps=steps, outputs=outputs)

    def followed(self, name: str, step: Step) -> "Design":
        """The design with a step put in after another, in all its uses."""
        rewired = self.rewired(name, step.name)
        at = next(at for at, each in enumerate(rewired.steps) if each.name == name)
        steps = (*rewired.steps[: at + 1], replace(step, inputs=(name,)), *rewired.steps[at + 1 :])
        return replace(rewired, steps=steps)


class Builder:
    """Writes down a design step by step; each step follows the last one unless it names its inputs."""

    def __init__(self, *sizes: int, **more: tuple[int, ...]) -> None:
        """Start with an input called ``image``, and others by name."""
        self.inputs = {"image": sizes, **more} if sizes else more
        self.steps: list[Step] = []

    def add(self, op: str, *inputs: str, of: str = "", **settings: Any) -> str:
        """Add a step and return its name."""
        name = f"{op}{len(self.steps)}"
        before = inputs or ((self.steps[-1].name if self.steps else next(iter(self.inputs))),)
        self.steps.append(Step(name, op, settings, before, of=of))
        return name

    def conv(self, filters: int, size: int = 3, *inputs: str, **settings: Any) -> str:
        """Add a convolution."""
        known = {"stride": 1, "dilation": 1, "groups": 1, "bias": False, "border": "zeros", **settings}
        around = known["dilation"] * (size // 2)
        padding = known.pop("padding", (around, around))
        return self.add("conv", *inputs, filters=filters, size=size, padding=padding, **known)

    def norm(self) -> str:
        """Add a batch normalisation."""
        return self.add("norm", epsilon=1e-4, momentum=0.95, affine=True)

    def act(self, function: str = "relu", **settings: Any) -> str:
        """Add an activation."""
        return self.add("act", function=function, **settings)

    def dense(self, units: int, *inputs: str, bias: bool = True) -> str:
        """Add a fully connected layer."""
        return self.add("dense", *inputs, units=units, bias=bias)

    def pool(self, kind: str, size: int = 2, stride: int = 2) -> str:
        """Add a pooling."""
        return self.add("pool", kind=kind, size=size, stride=stride, padding=0, counted=True)

    def up(self, mode: str) -> str:
        """Add an up-sampling to twice the size."""
        return self.add("up", mode=mode, factor=2, corners=False)

    def design(self, *outputs: str) -> Design:
        """What has been written down; the last step is the output unless others are named."""
        return Design(self.inputs, tuple(self.steps), outputs or (self.steps[-1].name,))
