"""Templates compile, link to routes and templates that exist, and run nothing inline (the CSP)."""

import re
from collections.abc import Iterator
from typing import Any

import jinja2
import pytest
from django.template import engines
from django.urls import URLPattern, get_resolver
from jinja2 import nodes

from tests.guards.tree import ROOT, templates

INLINE = (
    (re.compile(r"<style\b", re.I), "a <style> block"),
    (re.compile(r"<script\b(?![^>]*\bsrc\s*=)", re.I), "an inline <script>"),
    (re.compile(r"\sstyle\s*=", re.I), "a style attribute"),
    (re.compile(r"\son[a-z]+\s*=", re.I), "an on… handler"),
    (re.compile(r"\shx-on[:-]|javascript:", re.I), "inline script"),
)
JINJA = re.compile(r"{#.*?#}|{%.*?%}|{{.*?}}", re.S)


def route_names(resolver: Any = None, prefix: str = "") -> Iterator[str]:
    """Every route name as `url()` writes it: `intake:call`."""
    for entry in (resolver or get_resolver()).url_patterns:
        if isinstance(entry, URLPattern):
            if entry.name:
                yield prefix + entry.name
        else:
            yield from route_names(
                entry, prefix + (f"{entry.namespace}:" if entry.namespace else "")
            )


def broken(name: str, source: str, env: jinja2.Environment, routes: set[str]) -> list[str]:
    """What is wrong with one template, as sentences."""
    try:
        tree = env.parse(source)
        env.compile(source)
    except jinja2.TemplateSyntaxError as error:
        return [f"{name}:{error.lineno} does not compile: {error.message}"]
    found = []
    for call in tree.find_all(nodes.Call):
        if isinstance(call.node, nodes.Name) and call.node.name == "url" and call.args:
            route = call.args[0]
            if isinstance(route, nodes.Const) and route.value not in routes:
                found.append(f"{name}:{call.lineno} links to “{route.value}”, which is no route.")
    for used in tree.find_all((nodes.Extends, nodes.Include, nodes.Import, nodes.FromImport)):
        part = used.template  # type: ignore[attr-defined]
        if isinstance(part, nodes.Const) and not (ROOT / "templates" / str(part.value)).is_file():
            found.append(f"{name}:{used.lineno} uses {part.value}, which does not exist.")
    for kept in tree.find_all(nodes.Filter):
        if kept.name == "safe":
            found.append(f"{name}:{kept.lineno} uses |safe: let the value be escaped.")
    plain = JINJA.sub("", source)
    found += [
        f"{name} has {what}: the policy forbids it; move it to static/."
        for pattern, what in INLINE
        if pattern.search(plain)
    ]
    return found


@pytest.fixture(scope="module")
def env() -> jinja2.Environment:
    return engines["jinja2"].env  # type: ignore[attr-defined]


@pytest.fixture(scope="module")
def routes() -> set[str]:
    return set(route_names())


def test_every_template_is_sound(env: jinja2.Environment, routes: set[str]) -> None:
    names = list(templates())
    assert len(names) > 50, "The guard no longer finds the templates."
    problems = [
        problem
        for name in names
        for problem in broken(str(name), (ROOT / "templates" / name).read_text(), env, routes)
    ]
    assert not problems, "\n".join(problems)


@pytest.mark.parametrize(
    ("source", "sentence"),
    [
        ("{% if x %}", "does not compile"),
        ("{{ x | nofilter }}", "does not compile"),
        ("{{ url('intake:nowhere') }}", "which is no route"),
        ("{% macro m() %}<a href='{{ url(\"nowhere\", 1) }}'>x</a>{% endmacro %}", "is no route"),
        ("{% include '_components/none.html' %}", "does not exist"),
        ("{{ x | safe }}", "|safe"),
        ("<p style='color: red'>x</p>", "a style attribute"),
        ("<p {% if x %}onclick='x()'{% endif %}>x</p>", "an on… handler"),
        ("<script>x()</script>", "an inline <script>"),
        ("<style>p {}</style>", "a <style> block"),
        ("<a href='javascript:x()'>x</a>", "inline script"),
    ],
)
def test_it_fails_for(
    source: str, sentence: str, env: jinja2.Environment, routes: set[str]
) -> None:
    problems = broken("bad.html", source, env, routes)
    assert problems and sentence in problems[0]


def test_it_lets_a_good_template_pass(env: jinja2.Environment, routes: set[str]) -> None:
    good = "<script src='{{ static('x.js') }}'></script><a href='{{ url('intake:queue') }}'>x</a>"
    assert broken("good.html", good, env, routes) == []
