"""Kinds declare what their layers carry, and of what type it is."""

import pytest

from parity.kinds import Attribute, Draft, Kind, kind, kinds, undeclared, wrong_type
from parity.kinds._types import NUMBER, VOCABULARY
from parity.passes import problems
from tests.builders import dense, graph, layer


def test_an_attribute_that_its_kind_does_not_declare_is_a_problem():
    found = graph(layer("x", "input"), dense("d", "x", 3, 4), layer("p", "permute", ["d"], order=(0, 1), oder=(1, 0)))

    assert list(undeclared(found.layers[-1].attributes, kind("permute"))) == ["oder"]
    assert "p has the attribute oder, which the kind permute does not declare" in list(problems(found))


def test_an_attribute_of_another_type_is_a_problem():
    found = graph(layer("x", "input"), layer("n", "rms_norm", ["x"], epsilon="small", axes=(-1,)))

    assert [each for each in problems(found) if "epsilon" in each] == ["n (rms_norm): epsilon is 'small'"]


@pytest.mark.parametrize(
    ("kind_name", "attribute", "good", "bad"),
    [
        ("conv", "strides", (2, 2), {"rows": 2}),
        ("conv", "groups", 4, 4.5),
        ("conv", "groups", 4, True),
        ("conv", "dilation", (1, None), (1.5, 2)),
        ("dropout", "rate", 0.1, "0.1"),
        ("batch_norm", "momentum", "cumulative average", (0.9, 0.99)),
        ("max_pool", "ceil_mode", True, 1),
        ("permute", "order", (0, 2, 1), ((0, {}),)),
        ("reshape", "target", (None, 4), (1 << 65, 4)),
        ("attention", "mask", "adds", 3),
        ("spectral_norm", "sizes", {"out": 3}, 3),
    ],
)
def test_each_name_has_a_type(kind_name, attribute, good, bad):
    def told(value):
        return wrong_type([Draft(kind_name, {attribute: value}, (), ())], kinds())

    assert told(good) == told(None) == ""
    assert told(bad).startswith(f"{attribute} is ")


def test_a_kind_may_say_another_type():
    own = Kind("own", attributes={"strides": Attribute(type=NUMBER)})

    assert wrong_type([Draft("own", {"strides": 1.5}, (), ())], {"own": own}) == ""
    assert wrong_type([Draft("conv", {"strides": 1.5}, (), ())], kinds()) == "strides is '1.5'"


def test_what_kinds_of_parity_declare_is_in_the_vocabulary():
    declared = {name: each for found in kinds().values() for name, each in found.attributes.items()}
    told = {name for found in kinds().values() for name in found.told}

    assert {name for name, each in declared.items() if each.type is None and name not in VOCABULARY} == set()
    assert told - VOCABULARY.keys() == set()
