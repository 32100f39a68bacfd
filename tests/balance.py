"""Whether every number of a report is accounted for."""

CAUSELESS = {"hyper-parameter", "weight-missing", "counted-on-one-side", "unexplained-remainder"}
"""Rules that say that something differs, and know no cause."""

CLASSES = ("trainable", "frozen", "state", "unknown")


def remainders(report):
    """What the ledger of the totals, and that of each class, leaves unexplained: nothing, if all is well."""
    ledgers = report.class_ledgers.values()
    for side, total in ((report.left, "left_total"), (report.right, "right_total")):
        assert sum(getattr(ledger, total) for ledger in ledgers) == sum(side.census.get(name, 0) for name in CLASSES)
    every = {"total": report.ledger, **report.class_ledgers}
    return {name: ledger.remainder for name, ledger in every.items() if ledger.remainder}


def causeless(report):
    """Findings of rules that know no cause: none, where all that is found is known to be of a model and its port."""
    return [finding for finding, _ in report.findings if finding.rule in CAUSELESS]
