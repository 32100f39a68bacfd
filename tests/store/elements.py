"""What the tests of tensor stores share: the elements of a graph, and how they are compared bit for bit."""

import subprocess
import sys

import numpy as np


def all_elements(graph):
    """Every weight by name, read."""
    return {name: graph.store.read(name) for name in graph.weights}


def assert_same(found, expected):
    """The same type, shape and bits."""
    expected = np.asarray(expected)
    assert found.dtype == expected.dtype
    assert found.shape == expected.shape
    assert np.ascontiguousarray(found).tobytes() == np.ascontiguousarray(expected).tobytes()


def assert_told(graph):
    """What is read has the sizes and the type that the graph tells, and cannot be written to."""
    for name, weight in graph.weights.items():
        found = graph.store.read(name)
        assert (found.shape, found.dtype.name) == (weight.shape, weight.dtype), name
        assert not found.flags.writeable


def bits(arrays):
    """A multiset of arrays, where their names are not known."""
    return sorted((each.dtype.name, each.shape, np.ascontiguousarray(each).tobytes()) for each in arrays)


def bytes_read(path, name):
    """How many bytes another process reads from its files for one tensor of a model, and the modules that it loads."""
    code = (
        "import sys, numpy, ml_dtypes; from parity.adapters import read\n"
        "def count(): return int(open('/proc/self/io').read().split()[1])\n"
        "graph = read(sys.argv[1]); graph.store; begin = count(); found = graph.store.read(sys.argv[2])\n"
        "print(count() - begin, found.nbytes, sorted({'torch', 'tensorflow', 'keras'} & set(sys.modules)))"
    )
    command = [sys.executable, "-c", code, str(path), name]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    read, size, modules = done.stdout.split(maxsplit=2)
    assert modules.strip() == "[]"
    return int(read), int(size)
