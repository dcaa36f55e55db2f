"""What no code of ours does, read from the code."""

import ast
import importlib
import re
import sys
import time

import pytest

from scripts.environment import ROOT

ROOMS = ("config", "offenders", "partners", "referrals")
RUNS = {"eval", "exec", "compile", "__import__", "mark_safe", "SafeString"}  # what it is given, or as what it is not
UNSAFE = {"pickle", "marshal", "shelve", "yaml", "xml", "telnetlib", "ftplib"}
LOOKED_AT = {"xml": {"offenders/documents/examine.py"}}  # a parser that takes no document type, so no entities


def files():
    for room in ROOMS:
        for path in (ROOT / room).rglob("*.py"):
            if not {"tests", "migrations"} & set(path.parts):
                yield path.relative_to(ROOT).as_posix(), ast.parse(path.read_text())


def test_no_code_runs_what_it_is_given():
    wrong = []
    for path, tree in files():
        for node in ast.walk(tree):
            name = getattr(node.func, "id", "") if isinstance(node, ast.Call) else ""
            if name in RUNS:
                wrong.append(f"{path}:{node.lineno} {name}")
            if isinstance(node, (ast.Import, ast.ImportFrom)):
                modules = [getattr(node, "module", None) or "", *(alias.name for alias in node.names)]
                for one in {module.partition(".")[0] for module in modules} & UNSAFE:
                    wrong += [f"{path}:{node.lineno} {one}"] if path not in LOOKED_AT.get(one, ()) else []
            if isinstance(node, ast.keyword) and node.arg == "shell":
                wrong.append(f"{path}:{node.value.lineno} shell")
    assert not wrong, "\n".join(wrong)


def patterns():
    """Every regular expression that a module of ours holds by name."""
    for path, _ in files():
        module = path.removesuffix(".py").replace("/", ".").removesuffix(".__init__")
        if module in sys.modules or not re.search(r"management|wsgi|apps$", module):
            for name, value in vars(importlib.import_module(module)).items():
                if isinstance(value, re.Pattern):
                    yield f"{module}.{name}", value


BAD = [
    part * 3000 + "!" for part in ("a", "1", " ", "a ", "1 ", "a-", "0/", "\u00e9", "<", "'", ".", "@a", "(", "ab1 ")
]


def test_no_expression_of_ours_runs_away():
    found = dict(patterns())
    assert found
    slow = []
    for name, pattern in found.items():
        for text in BAD if isinstance(pattern.pattern, str) else [part.encode() for part in BAD]:
            begun = time.process_time()
            pattern.match(text), pattern.fullmatch(text), pattern.search(text[:2000])
            if (spent := time.process_time() - begun) > 0.5:
                slow.append(f"{name}: {spent:.1f} s for {text[:8]}…")
    assert not slow, "\n".join(slow)


@pytest.mark.parametrize("kept", ["localStorage", "sessionStorage", "indexedDB", "document.cookie", "caches.open"])
def test_no_script_keeps_anything_in_the_browser(kept):
    scripts = list((ROOT / "frontend" / "src").rglob("*js"))
    assert scripts
    assert not [path.name for path in scripts if kept in path.read_text()]
