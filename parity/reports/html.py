"""One HTML file that needs nothing else: no network, no library, and no script to show all that there is."""

from base64 import b64encode
from collections.abc import Iterable, Iterator
from hashlib import sha256
from html import escape
from pathlib import Path

from parity.graph import Effect
from parity.reports import _outputs as computed
from parity.reports import _wording as words
from parity.reports._contract import Box, Outcome, Report, Run, Side, State
from parity.reports._html_summary import summary
from parity.reports._renderer import Renderer, Screen
from parity.reports._rows import Line, Mark, arranged
from parity.reports._safe import safe
from parity.reports._weights import HEADINGS, sorted_tensors, tally
from parity.reports._weights import row as cells
from parity.rules import Finding, documentation, rules, shape

CHUNK = 200
"""Rows in one table: a browser lays out those that are in view."""

PLACES = 200
"""Layers of one group of findings that are named."""

NUMBER = " class='number'"

TOOLS = f"""<div class="tools" hidden>
<button type="button" id="previous">Previous difference <kbd>p</kbd></button>
<button type="button" id="next">Next difference <kbd>n</kbd></button>
<label>Search <input type="search" id="search"></label>
<label>Findings <select id="effect"><option value="">of every effect</option>{
    "".join(f'<option value="{effect.value}">{effect.value}</option>' for effect in words.HEADINGS)
}</select></label>
<label><input type="checkbox" id="only"> only rows that differ</label>
<output id="told" role="status"></output>
</div>"""


def run(found: Run, _: Screen) -> str:
    """The page of a run: the answer, the notes, and a section for each pair."""
    found = safe(found)
    style, script = (Path(__file__).with_name(name).read_text("utf-8") for name in ("page.css", "page.js"))
    digest = b64encode(sha256(script.encode()).digest()).decode()
    policy = (
        f"default-src 'none'; style-src 'unsafe-inline'; script-src 'sha256-{digest}'; img-src data:; base-uri 'none'"
    )
    body = [part for number, outcome in enumerate(found.outcomes, 1) for part in _pair(number, outcome, found)]
    title = f"parity: {found.state.value}"
    return "\n".join(
        (
            "<!DOCTYPE html>",
            '<html lang="en">',
            '<head><meta charset="utf-8">',
            f'<meta http-equiv="Content-Security-Policy" content="{policy}">',
            '<meta name="viewport" content="width=device-width, initial-scale=1">',
            f'<link rel="icon" href="data:,">\n<title>{escape(title)}</title>\n<style>{style}</style></head>',
            '<body><a class="skip" href="#main">Skip to the report</a>',
            f"<header><h1>parity: {_tag(found.state.value)}</h1><p>{escape(words.run_line(found))}</p></header>",
            '<main id="main">',
            *_contents(found),
            *(f"<p>{escape(words.note_line(note))}</p>" for note in found.notes),
            TOOLS,
            *body,
            f"</main>\n<script>{script}</script></body></html>\n",
        )
    )


def _tag(word: str) -> str:
    return f'<span class="answer {word}">{word}</span>'


def _head(*names: str) -> str:
    cells = "".join(f"<th scope='col'{NUMBER if name == 'Elements' else ''}>{name}</th>" for name in names)
    return f"<thead><tr>{cells}</tr></thead>"


def _contents(found: Run) -> Iterator[str]:
    if len(found.outcomes) == 1 and found.outcomes[0].report is not None:
        return
    yield f"<table><caption class='soft'>Pairs</caption>{_head('Pair', 'Result', 'What was found')}<tbody>"
    for number, outcome in enumerate(found.outcomes, 1):
        name = f'<a href="#pair-{number}"><code>{escape(words.name_of(outcome))}</code></a>'
        said = escape(words.outcome_line(outcome))
        yield f"<tr><td>{name}</td><td>{_tag(outcome.state.value)}</td><td>{said}</td></tr>"
    yield "</tbody></table>"


def _pair(number: int, outcome: Outcome, found: Run) -> Iterator[str]:
    yield f'<section id="pair-{number}" aria-labelledby="title-{number}">'
    yield f'<h2 id="title-{number}">{escape(words.name_of(outcome))}</h2>'
    report = outcome.report
    if report is None:
        yield f"<p>{_tag('broken')} {escape(outcome.failure)}</p></section>"
        return
    yield f"<p>{_tag(report.verdict.value)} {escape(words.tally(report))}, profile {report.profile.name}</p>"
    lines = arranged(report)
    folded = outcome.state is State.PASSED and len(found.outcomes) > 1
    if folded:
        yield "<details><summary>It passed; what was found all the same</summary>"
    yield from _sides(report)
    yield from _ledger(report)
    yield from _outputs(report)
    yield from _findings(number, report, lines)
    yield from _weights(report)
    yield from _graphs(number, report, lines)
    said = (*words.closing(report), *computed.verified(report))
    yield f"<p>{escape(' '.join(said))}</p>{'</details>' if folded else ''}</section>"


def _sides(report: Report) -> Iterator[str]:
    yield f"<table>{_head('Side', 'Model', 'Made by', 'Elements', 'Of them')}<tbody>"
    for name, side in (("left", report.left), ("right", report.right)):
        total = f"{side.headline.total:,}"
        yield f"<tr><th scope='row'>{name}</th><td><code>{escape(side.source)}</code></td>"
        yield f"<td>{escape(side.producer)}</td>"
        yield f"<td class='number'>{total}</td><td>{escape(words.counted(side))}</td></tr>"
    yield "</tbody></table>"


def _ledger(report: Report) -> Iterator[str]:
    """The ledger as a waterfall: a bar from where each step begins to where it ends."""
    ledger = report.ledger
    ends = [ledger.left_total]
    for step in ledger.steps:
        ends.append(ends[-1] + step.delta)
    low, high = min(*ends, ledger.right_total), max(*ends, ledger.right_total)
    # Steps are often tiny beside the totals: then the axis does not begin at 0, and says so.
    base = 0 if high - low > high / 20 or high == low else max(0, low - (high - low) // 2)
    scale = max(high - base, 1)

    def bar(start: int, end: int) -> str:
        first, last = sorted((start, end))
        left, width = 100 * (first - base) / scale, 100 * (last - first) / scale
        return f'<div class="track"><div class="bar" style="left:{left:.2f}%;width:{width:.2f}%"></div></div>'

    same = ledger.left_total == ledger.right_total and not ledger.steps
    yield f"<h3>{'The totals agree' if same else 'Why the totals differ'}</h3>"
    bars = f"Bars begin at {base:,}" if base else "Bars"
    yield f"<table class='ledger'>{_head('Elements', 'What', 'Why', bars)}<tbody>"
    yield f"<tr class='total'><td class='number'>{ledger.left_total:,}</td><td>left</td>"
    yield f"<td>{words.COUNTERS[report.left.framework]}</td><td>{bar(base, ledger.left_total)}</td></tr>"
    for step, start, end in zip(ledger.steps, ends, ends[1:], strict=False):
        real = " class='real'" if step.effect in words.REAL else ""
        yield f"<tr{real}><td class='number'>{step.delta:+,}</td><td>{escape(step.rule)}</td>"
        yield f"<td>{words.step_words(step)}</td><td>{bar(start, end)}</td></tr>"
    if ledger.remainder:
        yield f"<tr class='real'><td class='number'>{ledger.remainder:+,}</td><td>left unexplained</td>"
        yield f"<td>an error</td><td>{bar(ends[-1], ledger.right_total)}</td></tr>"
    yield f"<tr class='total'><td class='number'>{ledger.right_total:,}</td><td>right</td>"
    yield f"<td>{words.COUNTERS[report.right.framework]}</td><td>{bar(base, ledger.right_total)}</td></tr>"
    yield "</tbody></table>"
    yield f"<p class='soft'>{escape(words.balance(report))}</p>"


def _outputs(report: Report) -> Iterator[str]:
    """The errors of the layers along the depth, and the causes as a waterfall, both by their logarithms."""
    found = report.outputs
    if found is None:
        return
    yield f"<h3>What both models compute</h3><p class='soft'>inputs: {escape(found.inputs)}</p>"
    yield from (f"<p>{escape(each)}</p>" for each in computed.lines(report))
    if len(found.layers) > 1:
        step = 600 / (len(found.layers) - 1)
        heights = [100 - 100 * computed.width(each.rel_l2) for each in found.layers]
        points = " ".join(f"{at * step:.1f},{height:.1f}" for at, height in enumerate(heights))
        yield '<svg viewBox="-4 -4 608 108" role="img" aria-label="the error along the depth of the network">'
        yield f'<polyline points="{points}" fill="none" stroke="currentColor" stroke-width="1.5"/></svg>'
        yield "<p class='soft'>The error along the layers, from rounding at the bottom to one at the top.</p>"
    if found.ledger is not None:
        yield f"<table class='ledger'>{_head(*computed.HEADINGS, 'Bars')}<tbody>"
        errors = [found.ledger.start, *(each.error for each in found.ledger.steps)]
        for (error, *cells), size in zip(computed.rows(found), errors, strict=True):
            bar = f'<div class="bar" style="left:0%;width:{100 * computed.width(size):.2f}%"></div>'
            told = "".join(f"<td>{escape(cell)}</td>" for cell in cells)
            yield f'<tr><td class="number">{error}</td>{told}<td><div class="track">{bar}</div></td></tr>'
        yield "</tbody></table>"


def _findings(number: int, report: Report, lines: tuple[Line, ...]) -> Iterator[str]:
    places = {finding.fingerprint: at for at, line in enumerate(lines) for finding in line.findings}
    follows = words.consequences(report)
    yield "<h3>What was found</h3>"
    if not report.findings:
        yield "<p>Nothing differs.</p>"
    for heading, effect, found in words.sections(report):
        if found:
            yield f"<h4>{heading}</h4>"
        for group in words.grouped(found, effect):
            after = [each for root in group for each in follows.get(root.fingerprint, ())]
            yield from _group(number, effect, group, places, words.follows_in_words(after))
    if report.accepted:
        yield f"<h4>Accepted</h4><table>{_head('Rule', 'Layers', 'Reason')}<tbody>"
        for finding, reason in words.accepted(report):
            yield f"<tr><td>{escape(finding.rule)}</td><td><code>{escape(words.where(finding))}</code></td>"
            yield f"<td>{escape(reason)}</td></tr>"
        yield "</tbody></table>"
    if report.left_out:
        yield f"<p>Left out as asked: {escape(', '.join(sorted({each.rule for each in report.left_out})))}</p>"


def _group(
    number: int, effect: Effect, group: list[Finding], places: dict[str, int], follows: Iterable[str]
) -> Iterator[str]:
    first, messages = group[0], {finding.message for finding in group}
    title = documentation(first.rule).splitlines()[0] if first.rule in rules() else ""
    kind = "group real" if effect in words.REAL else "group"
    yield f'<div class="{kind}" data-effect="{effect.value}" id="f{number}-{first.fingerprint}">'
    values = words.values(*group) if effect not in words.CALM else ""
    said = f' <span class="values">{escape(values)}</span>' if values else ""
    yield f'<p><span class="rule" title="{escape(title)}">{escape(first.rule)}</span>{said}</p>'
    if first.left or first.right:
        links = [_link(number, each, places, each.message if len(messages) > 1 else "") for each in group[:PLACES]]
        rest = f" and {len(group) - PLACES:,} more" if len(group) > PLACES else ""
        if len(group) <= words.SHOWN:
            yield f"<p>{'<br>'.join(links)}</p>"
        else:
            yield f"<details><summary>{len(group):,} layers</summary><p>{'<br>'.join(links)}{rest}</p></details>"
    for text in (first.message if len(messages) == 1 else "", "; ".join(words.remedies(group)), *follows):
        yield f"<p>{escape(text)}</p>" if text else ""
    yield "</div>"


def _link(number: int, finding: Finding, places: dict[str, int], said: str) -> str:
    text = f"<code>{escape(words.where(finding))}</code>"
    at = places.get(finding.fingerprint)
    link = text if at is None else f'<a href="#r{number}-{at}">{text}</a>'
    return f"{link} {escape(said)}" if said else link


def _weights(report: Report) -> Iterator[str]:
    if report.weights is None:
        return
    yield f"<h3>Weights</h3><p>{escape(tally(report.weights))}</p>"
    if report.weights:
        yield f"<table>{_head(*(each.capitalize() for each in HEADINGS))}<tbody>"
        for each in sorted_tensors(report.weights):
            yield "<tr>" + "".join(f"<td>{escape(cell)}</td>" for cell in cells(each)) + "</tr>"
        yield "</tbody></table>"


def _graphs(number: int, report: Report, lines: tuple[Line, ...]) -> Iterator[str]:
    at = {
        (is_left, box.path): row
        for row, line in enumerate(lines)
        for is_left, box in ((True, line.left), (False, line.right))
        if box is not None
    }
    marks = [line.mark for line in lines]
    counted = ", ".join(f"{marks.count(mark):,} {mark.value}" for mark in Mark if mark in marks)
    yield f"<h3>Both models, layer by layer</h3><p class='soft'>{counted}</p>"
    for start in range(0, len(lines), CHUNK):
        end = min(start + CHUNK, len(lines))
        yield '<div class="chunk"><table class="graph">'
        yield f"<caption>Rows {start + 1:,} to {end:,} of {len(lines):,}</caption>"
        yield '<colgroup><col class="mark"><col><col><col class="found"></colgroup>'
        sides = "".join(
            f"<th scope='col'>{name}: {_short(side)}</th>"
            for name, side in (("Left", report.left), ("Right", report.right))
        )
        yield f"<thead><tr><th scope='col'>Result</th>{sides}<th scope='col'>Found</th></tr></thead><tbody>"
        for row in range(start, end):
            yield _row(number, row, lines[row], at)
        yield "</tbody></table></div>"


def _short(side: Side) -> str:
    return f"<code>{escape(Path(side.source).name[:60])}</code>"


def _row(number: int, row: int, line: Line, at: dict[tuple[bool, str], int]) -> str:
    differs = line.mark not in {Mark.SAME, Mark.NOTED}
    names = dict.fromkeys(finding.rule for finding in line.findings)
    found = ", ".join(escape(name) for name in names)
    cells = "".join(
        f"<td>{_cell(number, row, box, at, is_left=is_left)}</td>"
        for is_left, box in ((True, line.left), (False, line.right))
    )
    state = line.mark.value.replace(" ", "-")
    opening = f'<tr id="r{number}-{row}"' + (' tabindex="-1" data-d>' if differs else ">")
    result = f'<span class="row">{row + 1:,}</span><span class="tag {state}">{line.mark.value}</span>'
    return f"{opening}<td>{result}</td>{cells}<td>{found}</td></tr>"


def _cell(number: int, row: int, box: Box | None, at: dict[tuple[bool, str], int], *, is_left: bool) -> str:
    if box is None:
        return ""
    sizes = shape(box.shape) if box.shape is not None else ""
    params = f" · {box.params:,}" if box.params else ""
    text = f"<code>{escape(box.name)}</code> <span class='op'>{escape(box.op)} {escape(sizes)}{params}</span>"
    sources = [at[is_left, path] for path in box.inputs if (is_left, path) in at]
    if sources and sources != [row - 1]:
        links = " ".join(f'<a href="#r{number}-{source}">row {source + 1:,}</a>' for source in sources)
        text += f'<br><span class="wire">from {links}</span>'
    return text


RENDERER = Renderer("html", "one HTML page that needs no network", run, summary=summary)
