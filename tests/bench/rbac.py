"""Print permission decisions per second: ``python -m tests.bench.rbac``.

A thousand rules: two hundred subjects with five rules each, and one subject that has all of them
through its roles; requests over a thousand applications, so that nothing is answered twice in a
row from one look-up.
"""

import time

from plumbline.core import rbac

RULES = 1_000


def policy():
    """One thousand p lines in two hundred roles, and g lines."""
    lines = []
    for index in range(RULES // 5):
        role = f"role:team-{index}"
        lines += [
            f"p, {role}, applications, get, project-{index}/*, allow",
            f"p, {role}, applications, sync, project-{index}/*, allow",
            f"p, {role}, applications, action/*, project-{index}/*, allow",
            f"p, {role}, applications, sync, project-{index}/prod-*, deny",
            f"p, {role}, logs, get, project-{index}/*-web, allow",
            f"g, user-{index}, {role}",
            f"g, everything, {role}",
        ]
    return rbac.parse_policy("\n".join(lines))


def measure(enforcer, subjects):
    """Return decisions per second over these subjects."""
    requests = [
        ("applications", action, f"project-{index}/app-{index % 7}")
        for index in range(RULES // 5)
        for action in ("get", "sync", "delete", "action/apps/Deployment/restart")
    ]
    asked = [(s, r) for s in subjects for r in requests]
    for subject, request in asked[:2_000]:
        enforcer.enforce(subject, request, groups=("unknown-group",))
    start = time.perf_counter()
    for subject, request in asked:
        enforcer.enforce(subject, request, groups=("unknown-group",))
    return len(asked) / (time.perf_counter() - start)


def main():
    """Print both figures."""
    enforcer = rbac.Enforcer([policy()], default_role="role:none")
    spread = measure(enforcer, [f"user-{i}" for i in range(100)])
    print(f"1,000 rules, 100 users with 5 rules each: {spread:,.0f} decisions/s")
    dense = measure(enforcer, ["everything"] * 100)
    print(f"1,000 rules, all of them one user's:      {dense:,.0f} decisions/s")


if __name__ == "__main__":
    main()
