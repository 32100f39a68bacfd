"""Findings by their effect for a person: in short, where many layers share a line, or each of them."""

from collections import defaultdict
from collections.abc import Iterator, Sequence

from rich.console import Console, ConsoleOptions, RenderableType, RenderResult
from rich.padding import Padding
from rich.text import Text

from parity.reports import _outputs as computed
from parity.reports import _wording as words
from parity.reports._contract import Report
from parity.reports._renderer import Screen
from parity.rules import Finding

LONGEST = 40
"""Characters of values that stand beside the name of a rule; longer ones are left to the message."""

READABLE = 100
"""Columns of a line to which something is joined that could stand below it."""

TITLE, HEAD, BODY = 2, 4, 8
"""Columns before a heading, before a headline, and before what is said of it."""

GAP = "   "

MATCH = "to match the left: "
"""How remedies begin that are for the right side."""

Group = Sequence[Finding]


def sections(found: Report, screen: Screen) -> Iterator[RenderableType]:
    """What was found, under a heading for each effect."""
    follows = words.consequences(found)
    apart: list[RenderableType] = [Text()]
    for heading, effect, findings in words.sections(found):
        groups = words.grouped(findings, effect)
        if not groups:
            continue
        yield from apart
        apart = []
        if effect in words.CALM and not screen.full:
            yield from _calm(heading, groups)
            continue
        yield _heading(heading, groups, screen)
        for group in groups:
            yield from _group(group, [each for root in group for each in follows[root.fingerprint]], screen)


def _heading(heading: str, groups: Sequence[Group], screen: Screen) -> Text:
    """The heading of a section; what most of its remedies are for is said there once."""
    text = Text(f"  {heading}", "bold")
    matching = any(each.remedy.startswith(MATCH) for group in groups for each in group)
    return text.append(f"   -> {MATCH.rstrip(': ')}", "dim") if matching and not screen.full else text


def _group(group: Group, after: Sequence[Finding], screen: Screen) -> list[RenderableType]:
    """What is said of layers of which the same is to be said: what differs and where, why, and what to do."""
    if not screen.full:
        said = [*_reason(group), *_to_do(group), *computed.measured(group)]
        return [Flow(_headlines(group), [*said, *words.follows_in_words(after)])]
    said = [*words.each_said(group), *computed.measured(group), *words.each_following(after)]
    return [Flow(_headlines(group, full=True)), *(Padding(Text(line, style="dim"), (0, 0, 0, 8)) for line in said)]


def accepted(found: Report, screen: Screen) -> Iterator[RenderableType]:
    """What is accepted, with the reason of each."""
    follows = words.consequences(found)
    groups: dict[tuple[str, str], list[Finding]] = defaultdict(list)
    for finding, reason in words.accepted(found):
        groups[finding.rule, reason].append(finding)
    for (_, reason), group in groups.items():
        if not screen.full:
            yield Flow(_headlines(group), [reason])
            continue
        yield from _group(group, [each for root in group for each in follows[root.fingerprint]], screen)
        yield Padding(Text(f"accepted: {reason}", style="dim"), (0, 0, 0, 8))


def folded(found: Report) -> int:
    """How many findings are not told of one by one in short."""
    shown = sum(len(words.grouped(findings, effect)) for _, effect, findings in words.sections(found))
    return len(found.findings) - shown


def _headlines(group: Group, *, full: bool = False) -> list[Text]:
    """The rule, what stands on both sides, and where: in full, and shorter."""
    first = group[0]
    text = Text(first.rule, "cyan")
    values = words.values(*group) if first.effect not in words.CALM else ""
    if values and (full or len(values) <= LONGEST):
        text.append(f"   {values}", "bold")
    if not (first.left or first.right):
        return [text]
    count = words.plural(len(group), "layer")
    if len(group) == 1:
        places = [words.where(first, None if full else words.SHOWN)]
    elif full:
        places = [count]
    else:
        places = [f"{count}, first {place}" for place in (words.where(first), words.few(first.left or first.right))]
        if len(group) <= words.SHOWN:
            places.insert(0, "; ".join(words.where(each) for each in group))
    return [text.copy().append(f"   {place}", "default") for place in places]


def _reason(group: Group) -> list[str]:
    """Why, where the values of both sides do not say it: the first of several as an example."""
    shown = len(words.values(*group)) <= LONGEST
    texts = list(dict.fromkeys(each.message for each in group if not (shown and words.repeats_values(each))))
    return [f"e.g. {texts[0]}"] if len(texts) > 1 else texts


def _to_do(group: Group) -> list[str]:
    return [f"-> {each.replace(MATCH, '')}" for each in words.remedies(group)]


def _calm(heading: str, groups: Sequence[Group]) -> Iterator[RenderableType]:
    """Of what leaves the model the same: what is to be done, and why the totals differ by it; the names of the rest."""
    said = [(group, _said(group)) for group in groups]
    names = [group[0].rule for group, line in said if not line]
    yield Flow([Text(heading, "bold")], [Text(words.few(names), "cyan")] if names else [], first=TITLE, rest=HEAD)
    for group, line in said:
        if line:
            count = words.plural(len(group), "layer") if len(group) > 1 else ""
            text = Text(group[0].rule, "cyan")
            yield Flow([text.append("   ".join(("", *filter(None, (count, *line)))), "default")])


def _said(group: Group) -> list[str]:
    remedies = words.remedies(group)
    if remedies:
        return [f"-> {'; '.join(remedies)}"]
    messages = {each.message for each in group if any(one.delta for one in group)}
    return list(messages) if len(messages) == 1 else []


class Flow:
    """A headline in the longest of its wordings that fits on a line, and what is said of it: beside it, or below."""

    def __init__(
        self, wordings: Sequence[Text], said: Sequence[str | Text] = (), *, first: int = HEAD, rest: int = BODY
    ) -> None:
        self.wordings, self.first, self.rest = wordings, first, rest
        self.said = [each if isinstance(each, Text) else Text(each, "dim") for each in said]

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        """The lines of it; where nothing limits their length, they are broken as for a screen of 100 columns."""
        width = min(options.max_width, READABLE)
        fits = (each for each in self.wordings if each.cell_len <= width - self.first)
        lines = [(self.first, next(fits, self.wordings[-1]).copy())]
        for more in self.said:
            room = (line for indent, line in lines if indent + line.cell_len + len(GAP) + more.cell_len <= width)
            beside = next(room, None)
            if beside is None:
                lines.append((self.rest, more.copy()))
            else:
                beside.append(GAP, "default").append_text(more)
        for indent, line in lines:
            yield from self._hanging(line, indent, console, options)

    def _hanging(self, text: Text, indent: int, console: Console, options: ConsoleOptions) -> Iterator[RenderableType]:
        """A paragraph, of which all lines but the first are indented as what is said of a headline is."""
        begin, *more = text.wrap(console, max(options.max_width - indent, 1), overflow="fold")
        yield Text(" " * indent).append_text(begin)
        if more:
            rest = text[len(begin.plain) :]  # which begins with a blank where that found no place on the line
            yield Padding(rest[len(rest.plain) - len(rest.plain.lstrip()) :], (0, 0, 0, self.rest))
