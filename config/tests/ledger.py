"""docs/security.md as rows: what each requirement rests on."""

import ast
import functools
import re
from typing import NamedTuple

from scripts.environment import ROOT

LEDGER = ROOT / "docs" / "security.md"
ROW = re.compile(r"^\| (\d+\.\d+\.\d+) \| ([123]) \| (.+?) \| (.+) \|$", re.M)
NODE = re.compile(r"`([\w/]+\.py)::(test_\w+)`")
PAGE = re.compile(r"\]\(([^)#]+)?(?:#([^)]+))?\)")
KINDS = ("test", "doc", "deploy", "n/a", "open")


class Requirement(NamedTuple):
    """One line of the ledger."""

    id: str
    level: int
    asks: str
    how: str

    @property
    def kind(self):
        return self.how.partition(" ")[0].rstrip(":")

    @property
    def tests(self):
        """The ids of the tests it names."""
        return [f"{path}::{name}" for path, name in NODE.findall(self.how)]

    @property
    def pages(self):
        """(file, heading) of the documents it names."""
        return [(path or LEDGER.name, heading) for path, heading in PAGE.findall(self.how)]


def requirements():
    return [Requirement(one, int(level), *rest) for one, level, *rest in ROW.findall(LEDGER.read_text())]


def named():
    """The ids of all tests that the ledger rests on."""
    return {test for requirement in requirements() for test in requirement.tests}


@functools.cache
def tests_in(path):
    """The names of the tests that a file holds."""
    file = ROOT / path
    tree = ast.parse(file.read_text()) if file.exists() else ast.Module([], [])
    return {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)}


def headings(path):
    """The addresses of the headings of a document."""
    found = re.findall(r"^#+ (.+)$", (LEDGER.parent / path).read_text(), re.M)
    return {re.sub(r"[^\w -]", "", heading).strip().lower().replace(" ", "-") for heading in found}
