"""A failure as a program that runs by itself."""

from differential.judging import Outcome
from differential.programs import Pair
from differential.routes import Route

TAIL = """

def apart(one, other):
    if one.shape != other.shape or one.dtype != other.dtype:
        return f"{one.dtype} {one.shape} / {other.dtype} {other.shape}"
    if one.dtype.kind != "f":
        return f"{(one != other).sum()} of {one.size} differ"
    fine = np.isfinite(one) & np.isfinite(other)
    return f"max diff {np.max(np.abs(one[fine] - other[fine]), initial=0):.2g} of {np.max(np.abs(one[fine]), initial=0):.2g}"


def numbers(shape, dtype, seed, below=2):
    rng = np.random.default_rng(seed)
    if dtype == "bool":
        return rng.random(shape) < 0.5
    if np.dtype(dtype).kind in "iu":
        return rng.integers(0, below, shape).astype(dtype)
    return rng.standard_normal(shape).astype(dtype)

"""


def script(route: Route, pair: Pair, outcome: Outcome, where: str) -> str:
    """The source text of a pair, with the truth and the verdict."""
    wanted = {"false pass": "different", "false alarm": "equivalent"}.get(outcome.status, "an answer")
    title = f"{outcome.status}: {pair.kind} {pair.label}: parity says {outcome.verdict}, {wanted} is right ({where})."
    feeds = [
        f"numbers({each.shape}, {each.dtype!r}, {at}, {max(each.below, 2)})" for at, each in enumerate(pair.left.inputs)
    ]
    types = [f"{each.dtype!r}" for each in pair.right.inputs]
    given = f", profile={pair.profile!r}" if pair.profile else ""
    return (
        f'"""{title}"""\n\nimport parity\n\n{route.family.header}{TAIL}\n{route.family.source(pair.left, "left")}\n'
        f"{route.family.source(pair.right, 'right')}\nfeeds = [{', '.join(feeds)}]\n"
        f"theirs = [each.astype(dtype) for each, dtype in zip(feeds, [{', '.join(types)}], strict=True)]\n"
        f"free = {any(each.free for each in pair.left.inputs)}\n{route.script}\n"
        "for scale in (1, -30):\n"
        "    mine = [each * np.asarray(scale, each.dtype) if each.dtype.kind == 'f' else each for each in feeds]\n"
        "    yours = [each * np.asarray(scale, each.dtype) if each.dtype.kind == 'f' else each for each in theirs]\n"
        "    for one, other in zip(run(left, mine), run(right, yours), strict=False):\n"
        '        print("truth:", apart(np.asarray(one), np.asarray(other)))\n'
        f'report = parity.compare(left, right, **given{given})\nprint("parity:", report.verdict.value)\nprint(report)\n'
    )
