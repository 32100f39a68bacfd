"""Reports of models whose authors put attacks into every name, and of models with very many layers."""

from collections.abc import Mapping
from dataclasses import fields, is_dataclass, replace
from hashlib import blake2b
from itertools import cycle

from parity.reports import Link, Note, Outcome, Place, Run, arranged
from parity.rules import Severity

ATTACKS = (
    "</td></table></script><script>document.title='owned'</script>",
    "<img src=x onerror=document.title='owned'>",
    "a\x1b[2J\x1b]0;owned\x07\x9b31m",
    "a\n::error::owned\r::set-output name=x::y",
    "%0A::warning file=x,line=1::owned",
    "`|**owned**[owned](http://owned.example)<b>owned</b>@everyone #1 GH-2 www.owned.example",
    "![owned](http://owned.example/x.png)\\",
    "\u202eowned\u2066\ufeff\u200b",
    "\ud800\udfff\uffff\x00\x0b",
    "]]>&amp;&lt;--><!--",
    "javascript:owned()",
    "x" * 3000,
)
"""What a name must not be able to do: mark-up, scripts, terminal commands, workflow commands, mentions, links."""


CODES = {"code", "back"}
"""Fields by library, whose name no model gives."""


def attacked(report):
    """The report with an attack in place of each name, value and text that comes from a model."""
    attacks = cycle(ATTACKS)
    names = {}

    def swap(value, key=""):
        if key in {"rule", "fingerprint", "caused_by", "question", "why"}:
            return value
        if type(value) is str:
            return names.setdefault(value, next(attacks) + value)
        if type(value) is tuple:
            return tuple(swap(each) for each in value)
        if isinstance(value, Mapping):
            return (
                value
                if key in {"facets", "census", "accepted"}
                else {name if key in CODES else swap(name): swap(each) for name, each in value.items()}
            )
        if is_dataclass(value):
            return replace(value, **{each.name: swap(getattr(value, each.name), each.name) for each in fields(value)})
        return value

    walks = _walks_by_ends(report)
    swapped = {tuple(each and swap(each) for each in ends): swap(walk) for ends, walk in walks.items()}
    told = replace(swap(report), profile=report.profile, ledger=report.ledger)
    return replace(told, walks=lambda _, lines: tuple(swapped[_ends(line)] for line in lines))


def _ends(line):
    return tuple(box.path if box is not None else "" for box in (line.left, line.right))


def _walks_by_ends(report):
    lines = arranged(report)
    return dict(zip(map(_ends, lines), report.walks(report, lines), strict=True))


def attacked_run(report):
    """A run in which the names of the configuration are attacks as well."""
    found = attacked(report)
    place = Place("a b%,:\n::x/parity.toml", 3)
    outcomes = [Outcome(attack, "l" + attack, "r" + attack, found, place=place) for attack in ATTACKS[:4]]
    outcomes += [Outcome(attack, "l" + attack, "r" + attack, None, "cannot read " + attack) for attack in ATTACKS]
    notes = tuple(Note("suppression-unused", Severity.WARNING, attack, place) for attack in ATTACKS)
    return Run(tuple(outcomes), notes)


def _moved(box, prefix):
    inputs = tuple(prefix + path for path in box.inputs)
    return replace(box, path=prefix + box.path, name=prefix + box.name, inputs=inputs)


def multiplied(report, times):
    """A report of a model with so many times the layers and findings."""
    findings, links = [], []
    for at in range(times):
        for finding, severity in report.findings:
            mark = blake2b(f"{finding.fingerprint}{at}".encode(), digest_size=6).hexdigest()
            left, right = (tuple(f"block{at}.{name}" for name in side) for side in (finding.left, finding.right))
            layers = tuple(path and f"block{at}.{path}" for path in finding.layers)
            findings.append((replace(finding, left=left, right=right, layers=layers, fingerprint=mark), severity))
        for link in report.links:
            left, right = (tuple(f"block{at}.{name}" for name in side) for side in (link.left, link.right))
            links.append(Link(left, right, link.why, tuple(f"block{at}.{path}" for path in link.boxes)))
    sides = report.left, report.right
    paths = [tuple(f"block{at}.{path}" for at in range(times) for path in side.paths) for side in sides]
    boxes = [[_moved(box, f"block{at}.") for at in range(times) for box in side.boxes] for side in sides]
    left, right = (
        replace(side, paths=own, boxes=tuple(drawn)) for side, own, drawn in zip(sides, paths, boxes, strict=True)
    )
    walks = _walks_by_ends(report)

    def walked(_, lines):
        """The walks of the one block, as they are."""
        return tuple(walks[tuple(path.partition(".")[2] for path in _ends(line))] for line in lines)

    return replace(report, left=left, right=right, findings=tuple(findings), links=tuple(links), walks=walked)
