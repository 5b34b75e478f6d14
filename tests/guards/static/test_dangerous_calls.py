"""Calls with which data turns into code, a command, markup or a weak secret stand nowhere."""

import ast
import re
from collections.abc import Iterator

import pytest

from tests.guards.tree import ROOT, python_files

# what is called → why not
BANNED = {
    "eval": "runs data as code",
    "exec": "runs data as code",
    "compile": "runs data as code",
    "os.system": "hands data to a shell: give subprocess a list",
    "os.popen": "hands data to a shell: give subprocess a list",
    "yaml.load": "builds any object: use yaml.safe_load",
    "mark_safe": "lets markup through: let the value be escaped",
    "from_string": "makes a template of data",
    "hashlib.md5": "is broken: use sha256",
    "hashlib.sha1": "is broken: use sha256",
    "RawSQL": "is SQL from text: pass parameters",
    ".extra": "is SQL from text: pass parameters",
    "ssl._create_unverified_context": "trusts whoever answers",
}
ANYWHERE = {"mark_safe", "from_string", "RawSQL"}  # whatever stands before the dot
MODULES = {"pickle", "marshal", "shelve", "dill", "xml", "lxml", "telnetlib", "ftplib"}
DICE = {"random"}  # guessable: `secrets` makes what must not be guessed
MADE_UP = "config/home/demo/"  # invented people, from seeded dice
SCRIPT = re.compile(
    r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\(|new Function"
    r"|localStorage|indexedDB|postMessage|document\.cookie|\.setAttribute\(['\"]on"
)


def dangerous(name: str, source: str) -> list[str]:
    """What is wrong with one Python file, as sentences."""
    return [f"{name}:{line} {words}." for line, words in sorted(_found(name, ast.parse(source)))]


def _found(name: str, tree: ast.AST) -> Iterator[tuple[int, str]]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            yield from ((node.lineno, words) for words in _call(node))
        elif isinstance(node, ast.Import | ast.ImportFrom):
            yield from ((node.lineno, words) for words in _import(name, node))
        elif isinstance(node, ast.Assign) and ast.unparse(node) == "fields = '__all__'":
            yield node.lineno, "opens every field of a model: name the ones meant"


def _call(node: ast.Call) -> Iterator[str]:
    called = ast.unparse(node.func)
    for banned, why in BANNED.items():
        ends = "." in banned or banned in ANYWHERE
        if called == banned or (ends and called.endswith("." + banned.lstrip("."))):
            yield f"calls {called}, which {why}"
    if any(w.arg == "shell" and ast.unparse(w.value) != "False" for w in node.keywords):
        yield "starts a shell: give the program a list of arguments"


def _import(name: str, node: ast.Import | ast.ImportFrom) -> Iterator[str]:
    named = (
        [node.module or ""] if isinstance(node, ast.ImportFrom) else [a.name for a in node.names]
    )
    for module in {n.partition(".")[0] for n in named}:
        if module in MODULES:
            yield f"imports {module}: it trusts what it reads or sends openly"
        if module in DICE and not name.startswith(MADE_UP):
            yield f"imports {module}, which can be guessed: use secrets"


def unsafe_script(name: str, source: str) -> list[str]:
    return [
        f"{name}:{number} has {hit[0]}: build nodes and text, keep nothing in the browser."
        for number, line in enumerate(source.splitlines(), 1)
        if (hit := SCRIPT.search(line))
    ]


def test_no_data_becomes_code() -> None:
    files = list(python_files())
    assert len(files) > 150, "The guard no longer finds the source."
    problems = [p for path in files for p in dangerous(str(path), (ROOT / path).read_text())]
    assert not problems, "\n".join(problems)


def test_our_scripts_write_text_and_keep_nothing() -> None:
    files = sorted((ROOT / "static" / "js").glob("*.js"))
    assert len(files) > 5, "The guard no longer finds the scripts."
    problems = [p for path in files for p in unsafe_script(path.name, path.read_text())]
    assert not problems, "\n".join(problems)


@pytest.mark.parametrize(
    ("source", "sentence"),
    [
        ("eval(words)", "runs data as code"),
        ("subprocess.run(f'ls {name}', shell=True)", "starts a shell"),
        ("os.system(words)", "hands data to a shell"),
        ("yaml.load(text)", "builds any object"),
        ("html.mark_safe(words)", "lets markup through"),
        ("env.from_string(words)", "makes a template of data"),
        ("hashlib.md5(b'x')", "is broken"),
        ("Patient.objects.extra(where=[words])", "is SQL from text"),
        ("import pickle", "imports pickle"),
        ("from xml.etree import ElementTree", "imports xml"),
        ("import random", "can be guessed"),
        ("class Meta:\n    fields = '__all__'", "opens every field"),
    ],
)
def test_it_fails_for(source: str, sentence: str) -> None:
    problems = dangerous("core/bad.py", source)
    assert problems and sentence in problems[0]


def test_it_fails_for_script_that_writes_markup() -> None:
    assert unsafe_script("bad.js", "ok()\nbox.innerHTML = words") == [
        "bad.js:2 has innerHTML: build nodes and text, keep nothing in the browser."
    ]


def test_it_lets_ordinary_code_pass() -> None:
    good = "import secrets\nre.compile(x)\nyaml.safe_load(t)\nsubprocess.run(['ls'], check=True)"
    assert dangerous("core/good.py", good) == []
