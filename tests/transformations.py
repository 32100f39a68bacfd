"""What an exporter did to a model, as the file itself shows it, against what a report says of it."""

from collections import Counter


def unnamed(report, path, norms):
    """What was done to layers and is told by no finding, or by too many or too few.

    Args:
        report: of the model, on the left, and its export.
        path: the export.
        norms: how many batch norms the model has.
    """
    import onnx

    told = {frozenset(finding.right) for finding, _ in report.findings}
    apart = [link for link in report.links if len(set(link.right)) > 1 == len(set(link.left))]
    missing = [(link.left, link.right) for link in apart if frozenset(link.right) not in told]
    operators = Counter(node.op_type for node in onnx.load(path, load_external_data=False).graph.node)
    rules = Counter(finding.rule for finding, _ in report.findings)
    gone = norms - operators["BatchNormalization"] - rules["batch-norm-merged-statistics"]
    return missing if rules["batch-norm-folded"] == gone else [*missing, ("batch norms", gone, rules)]
