"""The decision equals Casbin's, on random policies with the model that the contract implies."""

import logging
import re

import casbin
from casbin import model as casbin_model
from hypothesis import given, settings
from hypothesis import strategies as st

from plumbline.core import rbac

MODEL = """
[request_definition]
r = sub, res, act, obj
[policy_definition]
p = sub, res, act, obj, eft
[role_definition]
g = _, _
[policy_effect]
e = some(where (p.eft == allow)) && !some(where (p.eft == deny))
[matchers]
m = g(r.sub, p.sub) && fits(r.res, p.res) && fits(r.act, p.act) && fits(r.obj, p.obj)
"""
logging.getLogger("casbin").setLevel(logging.ERROR)


def glob(value, pattern):
    """A glob by a road of its own: the standard library's engine."""
    head, star, tail = pattern.partition("*")
    if star and not set("*?[{\\") & set(head + tail):
        return value.startswith(head) and value.endswith(tail)  # gobwas: they may overlap
    table = {"*": ".*", "?": ".", "{": "(?:", "}": ")", ",": "|"}
    parts = re.findall(r"\[!?[^\]]*\]|.", pattern)
    source = "".join(
        p.replace("[!", "[^") if len(p) > 1 else table.get(p, re.escape(p)) for p in parts
    )
    return re.fullmatch(source, value, re.DOTALL) is not None


def regex(value, pattern):
    return re.search(pattern, value) is not None


class Oracle:
    """Casbin asked in the contract's order: default role, user, then the groups that g names."""

    def __init__(self, policies, default, fits):
        self.rules = [r for p in policies for r in p.rules]
        self.groups = [g for p in policies for g in p.groups]
        self.default = default
        made = casbin_model.Model()
        made.load_model_from_text(MODEL)
        self.enforcer = casbin.Enforcer(made)
        self.enforcer.add_function("fits", fits)
        unique = dict.fromkeys((*r[:4], "allow" if r.allow else "deny") for r in self.rules)
        self.enforcer.add_policies([list(r) for r in unique])
        self.enforcer.add_grouping_policies([list(g) for g in dict.fromkeys(self.groups)])

    def enforce(self, subject, request, groups):
        asked = [self.default] if self.default else []
        asked.append(subject)
        members = {m for m, _ in self.groups}
        asked += [g for g in groups if g in members and not g.startswith("role:")]
        return any(self.enforcer.enforce(name, *request) for name in asked)


SUBJECTS = ["alice", "bob", "team:x", "role:a", "role:b", "role:c", "role:d"]
REQUESTS = st.tuples(
    st.sampled_from(["applications", "logs", "projects"]),
    st.sampled_from(["get", "sync", "action/apps/Deployment/restart", "update/apps/Pod/n/x"]),
    st.sampled_from(["p/a", "p/ns/a", "q/b", "*", "p/", "p/é", "pp/a"]),
)
GLOBS = st.sampled_from(
    [
        "*",
        "p/*",
        "*/a",
        "p/?",
        "p/*/a",
        "{p,q}/*",
        "[pq]/[!a]",
        "p/a",
        "*a*",
        "**",
        "q/{a,b*}",
        "p*/a",
    ]
)
ACTIONS = st.sampled_from(
    ["*", "get", "sync", "action/*", "action/apps/*/restart", "{get,sync}", "update/*"]
)
RESOURCES = st.sampled_from(["*", "applications", "logs", "app*"])
REGEXES = st.sampled_from(
    [".*", "^p/", "a$", "^(p|q)/.$", "p/[^a]", "^p/a$", "", "/", "^.+/.+/.+$", "\\*", "p+/a"]
)
NAMES = st.sampled_from(SUBJECTS)


def rules(resources, actions, objects):
    lines = st.tuples(
        NAMES, resources, actions, objects, st.sampled_from([True, True, True, False])
    )
    return st.lists(lines.map(lambda r: rbac.Rule(*r)), max_size=12)


GROUPS = st.lists(st.tuples(NAMES, NAMES), max_size=8)
DEFAULTS = st.sampled_from(["", "role:a", "role:readonly"])
TOKENS = st.lists(st.sampled_from(["team:x", "team:y", "role:a", "bob"]), max_size=3)


def agree(policy, default, request, groups, fits, mode):
    builtin = rbac.BUILTIN if mode == rbac.GLOB else rbac.Policy()
    mine = rbac.Enforcer([policy], default_role=default, mode=mode)
    oracle = Oracle([builtin, policy], default, fits)
    for subject in ("alice", "bob", "admin"):
        if (mode, subject) == ("regex", "admin"):
            continue
        want = oracle.enforce(subject, request, groups)
        assert want is mine.enforce(subject, request, groups=groups)


@settings(max_examples=2500, deadline=None)
@given(rules(RESOURCES, ACTIONS, GLOBS), GROUPS, DEFAULTS, REQUESTS, TOKENS)
def test_globs_decide_as_casbin(found, groups, default, request_, token):
    """Globs, denies, role graphs with cycles, default role, token groups."""
    policy = rbac.Policy(tuple(found), tuple(g for g in groups if g[0] != g[1]))
    agree(policy, default, request_, token, glob, rbac.GLOB)


@settings(max_examples=1000, deadline=None)
@given(rules(REGEXES, REGEXES, REGEXES), GROUPS, REQUESTS, TOKENS)
def test_regexes_decide_as_casbin(found, groups, request_, token):
    """The same with policy.matchMode regex."""
    policy = rbac.Policy(tuple(found), tuple(g for g in groups if g[0] != g[1]))
    agree(policy, "", request_, token, regex, rbac.REGEX)
