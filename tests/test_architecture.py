"""The shape of the house: imports point downwards, and no framework is imported."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1] / "parity"

LAYERS = (
    "errors _discovery _printable _version _stages _listening axes sizes jobs digests",
    "store",
    "graph",
    "census",
    "kinds",
    "evaluation",
    "adapters",
    "recordings",
    "rearrange",
    "patterns",
    "passes",
    "pairing",
    "alignment",
    "comparison",
    "transfer",
    "rules",
    "policy",
    "outputs",
    "reports",
    "suppression revisions",
    "baseline config",
    "describing parts walking",
    "check extending",
    "summarise gate walk graphs computing recording porting mapping",
    "testing",
    "cli pytest_plugin _recorder",
    "__init__ __main__",
)
"""The modules and folders of the package, lowest first."""

LEVEL = {name: at for at, names in enumerate(LAYERS) for name in names.split()}
FRAMEWORKS = {"torch", "tensorflow", "keras", "onnxruntime", "tf2onnx", "transformers"}


def files():
    return sorted(ROOT.rglob("*.py"))


def imports(path):
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.ImportFrom):
            yield node, node.module or ""
        elif isinstance(node, ast.Import):
            for name in node.names:
                yield node, name.name


def stage(path):
    first = path.relative_to(ROOT).parts[0]
    return first.removesuffix(".py")


def test_every_module_has_a_level():
    assert {stage(path) for path in files()} == set(LEVEL)


@pytest.mark.parametrize("path", files(), ids=lambda path: str(path.relative_to(ROOT)))
def test_imports_point_downwards_and_never_at_the_root(path):
    for _, module in imports(path):
        if module == "parity":
            names = [name.name for node, found in imports(path) if found == "parity" for name in node.names]
            assert all((ROOT / name).is_dir() for name in names), (
                "only a folder that scans itself is taken from the root"
            )
            continue
        if module.startswith("parity."):
            other = module.split(".")[1]
            assert LEVEL[other] <= LEVEL[stage(path)], f"{path.relative_to(ROOT)} imports {module}, which is above it"


@pytest.mark.parametrize("path", files(), ids=lambda path: str(path.relative_to(ROOT)))
def test_frameworks_are_imported_inside_functions_of_adapters_only(path):
    for node, module in imports(path):
        if module.split(".")[0] in FRAMEWORKS:
            assert stage(path) == "adapters", f"{path.relative_to(ROOT)} imports {module}"
            assert node.col_offset > 0


def test_nothing_imports_a_framework_when_files_are_compared(fixtures):
    code = (
        "import sys, parity\n"
        f"parity.compare({str(fixtures / 'bn_cnn.keras')!r}, {str(fixtures / 'bn_cnn.pt2')!r})\n"
        f"parity.compare({str(fixtures / 'bn_cnn_module.pt')!r}, {str(fixtures / 'bn_cnn_dynamo.onnx')!r})\n"
        f"print(sorted(set(sys.modules) & {FRAMEWORKS!r}))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert done.stdout == "[]\n"


def test_import_parity_loads_no_dependency():
    code = "import sys, parity; print(sorted(set(sys.modules) & {'numpy', 'rich', 'click', 'onnx', 'h5py', 'msgspec'}))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert done.stdout == "[]\n"


def test_only_a_configuration_costs_its_library(fixtures, tmp_path):
    left, right = (str(fixtures / name) for name in ("bn_cnn.keras", "bn_cnn.pt2"))
    words = ["--help"], ["summary", left], ["compare", left, right, "--fail-on", "never"], ["check", left, left]
    run = (
        "import sys\nfrom parity.cli import main\n"
        "try:\n    main(sys.argv[1:])\nfinally:\n    print('msgspec' in sys.modules, file=sys.stderr)"
    )
    for each in words:
        command = [sys.executable, "-c", run, *each]
        done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=True)

        assert done.stderr.splitlines()[-1] == "False", each
