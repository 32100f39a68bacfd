"""Edits that people make, and the layers that alignment must name."""

import pytest

from parity.alignment import align
from parity.alignment._exchange import exchange
from parity.alignment._network import Network
from parity.alignment._search import Search
from parity.errors import UsageError
from tests.builders import activation, add, chain, dense, graph, layer, renamed, weight, without


def alone(left, right):
    found = align(left, right)
    return found.left_only, found.right_only


def test_a_missing_activation_does_not_shift_what_follows():
    left = chain(16, "relu", 16, "relu", 16, "softmax")
    right = renamed(without(without(left, "a3"), "a5"))

    assert alone(left, right) == (("a3", "a5"), ())


def test_an_extra_layer_is_named_on_the_right():
    right = chain(16, "relu", 32, "relu", 4)
    left = renamed(without(right, "d2"))

    assert alone(left, right)[0] == ()
    assert alone(left, right)[1] == ("d2",)


def test_another_width_is_the_same_layer():
    assert alone(chain(16, "relu", 32, 4), chain(16, "relu", 64, 4)) == ((), ())


def test_another_function_is_the_same_layer():
    found = align(chain(16, "relu", 4), chain(16, "tanh", 4))

    assert ("a1",) in [pair.left for pair in found.pairs if pair.right == ("a1",)]


@pytest.mark.parametrize("first", [True, False])
def test_branches_listed_in_another_order(first):
    wide = [dense("w", "x", 8, 32), activation("wr", "w")]
    slim = [dense("s", "x", 8, 4), activation("sr", "s")]
    ends = [layer("cat", "concat", ("wr", "sr"), axis=-1)]
    left = graph(layer("x", "input"), *wide, *slim, *ends)
    right = graph(layer("x", "input"), *(slim + wide if first else wide + slim), *ends)

    assert align(left, right).to_right == {name: name for name in ("x", "w", "wr", "s", "sr", "cat")}


def test_equal_branches_stay_together():
    layers = [layer("x", "input")]
    for name in "ab":
        layers += [
            dense(f"{name}1", "x", 8, 8),
            activation(f"{name}2", f"{name}1"),
            dense(f"{name}3", f"{name}2", 8, 8),
        ]
    left = graph(*layers, add("sum", "a3", "b3"))

    to = align(left, renamed(left)).to_right

    assert {to["a1"][1:], to["a2"][1:], to["a3"][1:]} in ({"1a", "2a", "3a"}, {"1b", "2b", "3b"})


def test_a_skipped_residual_is_the_only_loner():
    def block(at, before):
        return [dense(f"{at}a", before, 8, 8), activation(f"{at}b", f"{at}a"), add(f"{at}c", f"{at}b", before)]

    layers = [layer("x", "input")]
    for at in range(4):
        layers += block(at, layers[-1].path)
    left = graph(*layers)
    right = without(left, "2c")

    assert alone(left, right) == (("2c",), ())


def test_branches_that_differ_in_a_bias_are_not_crossed():
    def built(first, second):
        layers = [dense("a", "x", 8, 8), dense("b", "x", 8, 8, bias=False)]
        return graph(layer("x", "input"), *layers, add("sum", first, second))

    assert align(built("a", "b"), built("b", "a")).to_right == {name: name for name in ("x", "a", "b", "sum")}


@pytest.mark.parametrize("swapped", [True, False])
@pytest.mark.parametrize("functions", [("tanh", "gelu"), ("relu", "silu"), ("elu", "selu")])
def test_branches_that_end_alike_are_told_apart_by_what_is_next_to_them(functions, swapped):
    """What is another before and after them leaves no place certain; the neighbours still tell."""

    def built(width, end, names):
        layers = [layer("x", "input"), dense("s", "x", 8, width), dense("t", "s", width, 8)]
        for name in names:
            layers += [activation(f"{name}1", "t", name), dense(f"{name}2", f"{name}1", 8, 8)]
        sum_ = add("sum", *(f"{name}2" for name in names))
        return graph(*layers, sum_, activation("e", "sum", end), dense("f", "e", 8, 4))

    other = renamed(built(32, "sigmoid", functions[::-1] if swapped else functions))

    found = align(built(16, "softplus", functions), other).to_right

    assert found == {name: f"z{name[::-1]}" for name in found}
    assert len(found) == len(other.layers)


def test_norms_with_and_without_statistics_of_their_own_are_at_the_same_place():
    roles = ("gamma", "beta", "moving_mean", "moving_variance")

    def built(count):
        norm = layer(
            "n", "batch_norm", ("x",), weights=[weight(f"n/{role}", (8,), role, "c") for role in roles[:count]]
        )
        return graph(layer("x", "input"), norm, dense("d", "n", 8, 8), activation("a", "d"))

    assert {pair.why for pair in align(built(4), built(2)).pairs} == {"equal layers before and after"}


def stack(names, *, residual):
    """Equal blocks of a dense layer and an activation, with or without a way around them."""
    layers = [layer("x", "input")]
    for name in names:
        before = layers[-1].path
        layers += [dense(f"{name}/d", before, 8, 8), activation(f"{name}/r", f"{name}/d")]
        layers += [add(f"{name}/a", f"{name}/r", before)] if residual else []
    return graph(*layers, dense("end", layers[-1].path, 8, 3))


@pytest.mark.parametrize("residual", [True, False])
@pytest.mark.parametrize("gone", [0, 7, 25, 49])
def test_of_fifty_equal_blocks_the_missing_one_is_named(gone, residual):
    names = [f"block{at}" for at in range(50)]
    left, right = stack(names, residual=residual), stack([*names[:gone], *names[gone + 1 :]], residual=residual)

    found = align(left, right)

    assert {path.partition("/")[0] for path in found.left_only} == {f"block{gone}"}
    assert len(found.left_only) == 2 + residual
    assert found.right_only == ()
    assert set(found.left_repeats.values()) == {50}


@pytest.mark.parametrize("residual", [True, False])
def test_of_equal_blocks_without_names_one_whole_block_is_missing_and_the_choice_is_said(residual):
    left = stack([f"block{at}" for at in range(20)], residual=residual)
    right = renamed(stack([f"other{at}" for at in range(18)], residual=residual))

    found = align(left, right)

    assert len(found.left_only) == 2 * (2 + residual)
    assert found.right_only == ()
    assert set(found.left_repeats.values()) == {20}


def test_a_missing_layer_that_looks_like_no_neighbour_is_no_choice():
    left = chain(16, "relu", 16, "relu", 16, "softmax")

    assert align(left, without(left, "a3")).left_repeats == {}


def test_names_that_count_through_do_not_pull_layers_to_the_wrong_place():
    left = chain(16, "relu", 32, "relu", 16, "relu", 32, "relu", 4)
    right = without(left, "d4")
    shifted = renamed(right)

    assert alone(left, right) == alone(left, shifted) == (("d4",), ())


def test_layers_are_paired_as_the_user_says():
    layers = [layer("x", "input"), dense("a", "x", 8, 8), dense("b", "x", 8, 8), add("sum", "a", "b")]
    left = graph(*layers)

    found = align(left, renamed(left), {"a": "zb", "b": "za"})

    assert {pair.left[0]: (pair.right[0], pair.why) for pair in found.pairs if "mapped" in pair.why} == {
        "a": ("zb", "mapped by the user"),
        "b": ("za", "mapped by the user"),
    }


@pytest.mark.parametrize(
    ("pinned", "said"),
    [
        ({"dd0": "zd0"}, "cannot map 'dd0': the left model has no layer of that name; did you mean d0"),
        ({"d0": "nothing"}, "cannot map 'nothing': the right model has no layer of that name"),
        ({"d0": "z1a"}, "cannot map 'd0' to 'z1a': they are of different kinds (found dense and activation)"),
    ],
)
def test_a_map_that_cannot_be_is_refused(pinned, said):
    left = chain(16, "relu", 4)

    with pytest.raises(UsageError) as refusal:
        align(left, renamed(left), pinned)

    assert said in str(refusal.value)


def stages(lengths):
    """Stages of dense layers of one width each, so many of them as given."""
    return chain(*(each for width, length in enumerate(lengths, 2) for each in [8 * width, "relu"] * length))


@pytest.mark.parametrize(
    ("lengths", "missing", "extra"),
    [({2: 9, 9: 15}, 3, 3), ({2: 9, 9: 11}, 4, 0), ({1: 14, 4: 13, 10: 8}, 4, 3)],
)
def test_a_row_that_lacks_blocks_is_back_in_step_where_its_stage_ends(lengths, missing, extra):
    left, right = stages([12] * 12), renamed(stages([lengths.get(each, 12) for each in range(12)]))

    found = align(left, right)

    sizes = {each.path: [weight.shape for weight in each.weights] for each in (*left.layers, *right.layers)}
    assert [pair for pair in found.pairs if sizes[pair.left[0]] != sizes[pair.right[0]]] == []
    assert (len(found.left_only), len(found.right_only)) == (2 * missing, 2 * extra)


def block(name, before, units=8):
    """What a residual network repeats: two dense layers, and the sum with what came in."""
    return [
        dense(f"{name}1", before, units, units),
        activation(f"{name}2", f"{name}1"),
        dense(f"{name}3", f"{name}2", units, units),
        add(f"{name}4", f"{name}3", before),
    ]


@pytest.mark.parametrize("count", [1, 5, 40])
def test_layers_that_nothing_leads_to_shift_no_block(count):
    """Counters and modules that are never called, which one side lists and the other does not."""
    start, blocks = layer("x", "input"), [*block("a", "x"), *block("b", "a4"), *block("c", "b4")]
    unused = [layer(f"u{at}", "unused", (), outputs=(), weights=[weight(f"n{at}", (1,))]) for at in range(count)]
    shapes = {each.path: (None, 8) for each in blocks}
    left = graph(start, *blocks, shapes=shapes)
    right = graph(start, *unused, *blocks, shapes=dict.fromkeys(shapes, (2, 8)))

    assert {a: b for a, b in align(left, right).to_right.items() if a != b} == {}


def tensors(widths, names):
    """A file that lists dense layers and nothing of their wiring."""
    from parity.graph import Evidence

    pairs = zip(names, widths[:-1], widths[1:], strict=True)
    listed = [dense(name, "x", rows, units) for name, rows, units in pairs]
    bare = [layer(each.path, "dense", (), outputs=(), weights=each.weights) for each in listed]
    return graph(*bare, evidence=Evidence.TENSORS, outputs=())


def test_two_widths_of_one_network_are_paired_by_name():
    """Sizes are shifted so that each layer has another's: names and their order say more where nothing is wired."""
    left = tensors((8, 16, 32, 64, 8), ("a", "b", "c", "d"))
    right = tensors((4, 8, 16, 32, 4), ("a", "b", "c", "d"))

    assert align(left, right).to_right == {name: name for name in "abcd"}


def test_names_in_another_order_do_not_decide():
    left = tensors((8, 16, 32, 64), ("a", "b", "c"))
    right = tensors((8, 16, 32, 64), ("c", "a", "b"))

    assert align(left, right).to_right == {"a": "c", "b": "a", "c": "b"}


def norm(path, before):
    return layer(path, "layer_norm", (before,), weights=[weight(f"{path}/gamma", (8,), "gamma", "out")], epsilon=1e-5)


def attending(*, blocks, dropped):
    """Blocks as in DistilBERT behind a norm and a dropout; ``dropped`` has one behind each attention too."""
    layers = [layer("x", "input"), norm("norm", "x"), layer("drop", "dropout", ("norm",), rate=0.1)]
    for at in range(blocks):
        before = layers[-1].path
        layers += [dense(f"{each}{at}", before, 8, 8) for each in "qkv"]
        layers += [layer(f"weighed{at}", "attention", (f"q{at}", f"k{at}", f"v{at}"))]
        layers += [dense(f"out{at}", f"weighed{at}", 8, 8)]
        layers += [layer(f"lost{at}", "dropout", (f"out{at}",), rate=0.1)] * dropped
        layers += [add(f"sum{at}", layers[-1].path, before), norm(f"middle{at}", f"sum{at}")]
        layers += [dense(f"wide{at}", f"middle{at}", 8, 32), activation(f"gelu{at}", f"wide{at}", "gelu")]
        layers += [dense(f"slim{at}", f"gelu{at}", 32, 8), layer(f"last{at}", "dropout", (f"slim{at}",), rate=0.1)]
        layers += [add(f"end{at}", f"last{at}", f"middle{at}"), norm(f"after{at}", f"end{at}")]
    return graph(*layers)


@pytest.mark.parametrize("blocks", [1, 2, 5])
@pytest.mark.parametrize("mirrored", [False, True])
def test_of_equal_dropouts_those_are_alone_that_nothing_stands_in_the_place_of(blocks, mirrored):
    more, fewer = attending(blocks=blocks, dropped=True), renamed(attending(blocks=blocks, dropped=False))
    found = alone(fewer, more) if mirrored else alone(more, fewer)

    lost = tuple(f"lost{at}" for at in range(blocks))
    assert found == (((), lost) if mirrored else (lost, ()))


@pytest.mark.parametrize("mirrored", [False, True])
def test_a_dropout_that_has_the_counterpart_of_another_gives_it_back(mirrored):
    """The sum behind both comes along first, and does not tell them apart."""
    more, fewer = attending(blocks=2, dropped=True), attending(blocks=2, dropped=False)
    search = Search(*map(Network, (fewer, more) if mirrored else (more, fewer)))
    numbers = [{node.path: at for at, node in enumerate(side.nodes)} for side in search.sides]
    wrong = ("drop", "lost0") if mirrored else ("lost0", "drop")
    same = [(path, path) for path in numbers[0] if path in numbers[1] and path != "drop"]
    search.begin([(numbers[0][a], numbers[1][b]) for a, b in [*same, wrong]], "as growth came along")

    exchange(search)

    found = {(search.left[a].path, search.right[b].path) for a, b in search.to_right.items()}
    assert found == {*same, ("drop", "drop")}
