"""A project of another shape: a library with a C extension in src/, on trunk, with bare tags and a CHANGES.rst."""

from __future__ import annotations

from pathlib import Path

from tests.sample import ROOT, Sample

FILES = {
    "pyproject.toml": """\
[build-system]
requires = ["setuptools>=80", "setuptools-scm>=9"]
build-backend = "setuptools.build_meta"

[project]
name = "Fast.Sums_C"
description = "Sums, in C"
readme = "README.rst"
requires-python = ">=3.10"
license = "MIT"
dynamic = ["version"]

[tool.setuptools.packages.find]
where = ["src"]

[[tool.setuptools.ext-modules]]
name = "fast_sums._sums"
sources = ["src/fast_sums/_sums.c"]

[tool.setuptools_scm]
version_file = "src/fast_sums/_version.py"
""",
    "noxfile.py": '''\
import os

import nox

nox.options.default_venv_backend = "uv"


@nox.session
def docs(session):
    """Make the pages."""


@nox.session
def unit_tests(session):
    """Sum something with the wheel that is released."""
    session.install("--no-deps", os.environ["RELEASE_WHEEL"])
    session.run("python", "-I", "-c", "import fast_sums; assert fast_sums.total([1, 2, 3]) == 6")
''',
    "src/fast_sums/__init__.py": '''\
"""Sums of whole numbers."""

from fast_sums._sums import total

__all__ = ["total"]
''',
    "src/fast_sums/_sums.c": """\
#define PY_SSIZE_T_CLEAN
#include <Python.h>

static PyObject *total(PyObject *self, PyObject *numbers) {
    PyObject *iterator = PyObject_GetIter(numbers), *item;
    long long sum = 0;
    if (iterator == NULL) return NULL;
    while ((item = PyIter_Next(iterator)) != NULL) {
        sum += PyLong_AsLongLong(item);
        Py_DECREF(item);
    }
    Py_DECREF(iterator);
    if (PyErr_Occurred()) {
        PyErr_SetString(PyExc_TypeError, "whole numbers only, says " __FILE__);
        return NULL;
    }
    return PyLong_FromLongLong(sum);
}

static PyMethodDef methods[] = {{"total", total, METH_O, "The sum."}, {NULL, NULL, 0, NULL}};
static struct PyModuleDef module = {PyModuleDef_HEAD_INIT, "_sums", NULL, -1, methods};
PyMODINIT_FUNC PyInit__sums(void) { return PyModule_Create(&module); }
""",
    "CHANGES.rst": """\
Changes
=======

Unreleased
----------

Added
~~~~~

* The sum of numbers.
""",
    "README.rst": "Fast sums\n=========\n\nSums, in C.\n",
    ".gitignore": "/.nox/\n__pycache__/\n/src/fast_sums/_version.py\n",
}


def make(root: Path, cache: Path, files: dict[str, str] = FILES, *, branch: str = "trunk") -> Sample:
    """A new project at `root` that knows nothing of the engine, with one commit and no tag."""
    for name, text in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text)
    sample = Sample(root, cache)
    sample.git("init", "--quiet", f"--initial-branch={branch}")
    sample.commit("Begin")
    return sample


def adopt(sample: Sample, build: str = (ROOT / "requirements" / "build.txt").read_text()) -> None:
    """Let the engine in: what `init` writes, and the locks; all of it committed."""
    sample.run("init")
    (sample.root / "requirements").mkdir()
    (sample.root / "requirements" / "build.txt").write_text(build)
    (sample.root / "requirements" / "runtime.txt").write_text("# It has no dependencies.\n")
    sample.commit("Adopt the release engine")
