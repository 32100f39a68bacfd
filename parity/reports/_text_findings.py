"""Findings by their effect for a person: in short, where many layers share a line, or each of them."""

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

Group = Sequence[Finding]


def sections(found: Report, screen: Screen) -> Iterator[RenderableType]:
    """What was found, under a heading for each effect."""
    follows = words.consequences(found)
    for heading, effect, findings in words.sections(found):
        groups = words.grouped(findings, effect)
        if not groups:
            continue
        yield from (Text(), Text(f"  {heading}", style="bold"))
        if effect in words.CALM and not screen.full:
            yield from _calm(groups)
            continue
        for group in groups:
            yield headline(group, full=screen.full)
            said = words.each_said(group) if screen.full else _said(group)
            said += computed.measured(group)
            said += words.follows_in_words([each for root in group for each in follows[root.fingerprint]])
            yield from (Padding(Text(line, style="dim"), (0, 0, 0, 8)) for line in said)


def folded(found: Report) -> int:
    """How many findings are not told of one by one in short."""
    shown = sum(len(words.grouped(findings, effect)) for _, effect, findings in words.sections(found))
    return len(found.findings) - shown


def headline(group: Group, *, full: bool = False) -> RenderableType:
    """The rule, what stands on both sides, and where."""
    first = group[0]
    text = Text(first.rule, "cyan")
    values = words.values(*group) if first.effect not in words.CALM else ""
    if values and (full or len(values) <= LONGEST):
        text.append(f"   {values}", "bold")
    if not (first.left or first.right):
        return Hanging(text)
    count = words.plural(len(group), "layer")
    if full or len(group) <= words.SHOWN:
        places = count if full and len(group) > 1 else "; ".join(words.where(each) for each in group)
        return Hanging(text.append(f"   {places}", "default"))
    both, one = words.where(first), words.few(first.left or first.right)
    wide, narrow = (text.copy().append(f"   {count}, first {place}", "default") for place in (both, one))
    return Hanging(wide, narrow)


def _said(group: Group) -> list[str]:
    """What is said of layers of which the same is to be said: why, and what to do."""
    return [*_example([each.message for each in group]), *(f"-> {each}" for each in words.remedies(group))]


def _example(texts: Sequence[str]) -> list[str]:
    """The first of several, marked as such where there are others."""
    others = list(dict.fromkeys(texts))
    return [f"for example: {others[0]}"] if len(others) > 1 else others


def _calm(groups: Sequence[Group]) -> Iterator[RenderableType]:
    """Of what leaves the model the same: what is to be done, and why the totals differ by it; the names of the rest."""
    names = []
    for group in groups:
        remedies = words.remedies(group)
        said = [f"-> {'; '.join(remedies)}"]
        if not remedies:
            messages = {each.message for each in group if any(one.delta for one in group)}
            said = list(messages) if len(messages) == 1 else []
        count = words.plural(len(group), "layer") if len(group) > 1 else ""
        if said:
            text = Text(group[0].rule, "cyan")
            yield Hanging(text.append("   ".join(("", *filter(None, (count, *said)))), "default"))
        else:
            names.append(group[0].rule)
    if names:
        yield Hanging(Text(words.few(names), "cyan"))


class Hanging:
    """A paragraph, of which all lines but the first are indented further; ``narrow`` where it does not fit on one."""

    def __init__(self, text: Text, narrow: Text | None = None, *, first: int = 4, rest: int = 8) -> None:
        self.text, self.narrow, self.first, self.rest = text, narrow, first, rest

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        """The lines of it."""
        width = max(options.max_width - self.first, 1)
        text = self.text if self.narrow is None or self.text.cell_len <= width else self.narrow
        begin, *more = text.wrap(console, width, overflow="fold")
        yield Text(" " * self.first).append_text(begin)
        if more:
            after = text[len(begin.plain) :]
            yield Padding(after, (0, 0, 0, self.rest))
