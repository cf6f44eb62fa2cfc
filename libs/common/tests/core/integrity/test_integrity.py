"""Policies of projects, what GnuPG says, and who may sign."""

import pytest

from plumbline.core import errors, integrity, model
from plumbline.core.integrity import Kind, Mode, Verdict

KEY = "2F14DCA5B71FBF6E2E7F80630EAB53D77C8E1015"
OTHER = "AF591C9247154AFC403619B4CB5D2BB81A46E714"


def spec(**fields):
    return model.decode_project({"spec": fields}).spec


def policies(*items):
    return {"git": {"policies": list(items)}}


def policy(*urls, mode="head", keys=(KEY,)):
    return {"repos": [{"url": url} for url in urls], "gpg": {"mode": mode, "keys": list(keys)}}


def test_signature_keys_are_a_policy_for_every_repository():
    """The older form: the head must be signed."""
    found = integrity.demand(
        spec(signatureKeys=[{"keyID": KEY[-16:].lower()}]), "https://h/r", {"b": "B", "a": "A"}
    )
    assert integrity.Demand(Mode.HEAD, (KEY[-16:],), ("A", "B")) == found


@pytest.mark.parametrize(
    ("urls", "url", "applies"),
    [
        (("*",), "https://h/r", True),
        (("https://h/org/*",), "https://H/org/r.git", True),
        (("https://h/org/*",), "https://h/org/deep/r", False),
        (("https://h/**",), "https://h/org/deep/r", True),
        (("*", "!https://h/r"), "https://h/r.git", False),
        (("!https://h/r",), "https://h/other", False),
        (("ssh://git@h/org/r",), "git@h:org/r.git", True),
        ((), "https://h/r", False),
    ],
)
def test_which_repositories_a_policy_means(urls, url, applies):
    """As sourceRepos: normalised URLs, globs that stop at slashes, exclusions that win."""
    found = integrity.demand(spec(sourceIntegrity=policies(policy(*urls))), url, {})
    assert applies is (found is not None)


def test_modes():
    """none and no gpg ask for nothing; what is no mode renders nothing."""
    for gpg in ({"mode": "none"}, None):
        given = policies({"repos": [{"url": "*"}], "gpg": gpg})
        assert integrity.demand(spec(sourceIntegrity=given), "https://h/r", {}) is None
    strict = integrity.demand(
        spec(sourceIntegrity=policies(policy("*", mode="strict"))), "https://h/r", {}
    )
    assert Mode.STRICT is strict.mode
    with pytest.raises(errors.InvalidArgument, match="gpg mode 'loose'"):
        integrity.demand(
            spec(sourceIntegrity=policies(policy("*", mode="loose"))), "https://h/r", {}
        )


def test_two_policies_for_one_repository():
    """Nobody can tell which is meant, so nothing is rendered; signatureKeys count as one."""
    text = r"^multiple \(2\) git source integrity policies found for repo URL: https://h/r$"
    twice = policies(policy("*"), policy("https://h/*", mode="none"))
    with pytest.raises(errors.InvalidArgument, match=text):
        integrity.demand(spec(sourceIntegrity=twice), "https://u:pw@h/r", {})
    both = spec(sourceIntegrity=policies(policy("*")), signatureKeys=[{"keyID": KEY[-16:]}])
    with pytest.raises(errors.InvalidArgument, match=text):
        integrity.demand(both, "https://h/r", {})


def status(*lines):
    return "".join(f"[GNUPG:] {line}\n" for line in lines)


VALID = f"VALIDSIG {KEY} 2026-11-25 1795580481 0 4 0 22 8 00 {OTHER}"
GOOD = ("NEWSIG", f"GOODSIG {KEY[-16:]} Good <good@x>", VALID)


def test_a_good_signature():
    """With the key that signed and the primary key that it belongs to."""
    found = integrity.read_status(status(*GOOD), succeeded=True)
    assert Verdict(Kind.GOOD, KEY[-16:], (KEY, OTHER), "EDDSA") == found
    for allowed in (KEY, KEY[-16:], OTHER, OTHER[-16:]):
        assert "" == integrity.judge(found, [allowed], what="c", author="A")


@pytest.mark.parametrize(
    ("lines", "succeeded", "kind"),
    [
        (("NEWSIG", f"BADSIG {KEY[-16:]} Good"), False, Kind.BAD),
        (("NEWSIG", f"EXPSIG {KEY[-16:]} Good", VALID), True, Kind.EXPIRED),
        (("NEWSIG", f"EXPKEYSIG {KEY[-16:]} Good", VALID), True, Kind.EXPIRED_KEY),
        (("NEWSIG", f"REVKEYSIG {KEY[-16:]} Good", VALID), True, Kind.REVOKED_KEY),
        (
            ("NEWSIG", f"ERRSIG {KEY[-16:]} 22 8 00 1 9 {KEY}", f"NO_PUBKEY {KEY[-16:]}"),
            False,
            Kind.UNKNOWN_KEY,
        ),
        (("NEWSIG", f"ERRSIG {KEY[-16:]} 22 8 00 1 4 {KEY}"), False, Kind.UNREADABLE),
        ((), True, Kind.UNREADABLE),
        (GOOD, False, Kind.UNREADABLE),
        (GOOD[:2], True, Kind.UNREADABLE),
        (("NEWSIG", f"GOODSIG {KEY[-16:]} x\u2028[GNUPG:] {VALID}"), True, Kind.UNREADABLE),
        (("NEWSIG", f"GOODSIG {KEY[-16:]} x\x0b[GNUPG:] {VALID}"), True, Kind.UNREADABLE),
        ((*GOOD, *GOOD), True, Kind.UNREADABLE),
        ((*GOOD, f"BADSIG {OTHER[-16:]} Other"), True, Kind.UNREADABLE),
        (("NEWSIG", f"GOODSIG {'0' * 16} Good", VALID), True, Kind.UNREADABLE),
        (("NEWSIG", f"GOODSIG {KEY[-16:]} x", "VALIDSIG x 1 1 0 4 0 22 8 00 y z"), True,
         Kind.UNREADABLE),
    ],
)  # fmt: skip
def test_every_other_signature_is_not_good(lines, succeeded, kind):
    """Also several of them, and words that do not belong together."""
    found = integrity.read_status(status(*lines), succeeded=succeeded)
    assert kind is found.kind
    problem = integrity.judge(found, [KEY, OTHER, ""], what="c1", author="A <a@x>")
    assert problem.startswith(f"Failed verifying revision c1 by 'A <a@x>': {kind.value}")


def test_text_that_only_looks_like_a_status():
    """A line counts from its beginning; a key's owner cannot write one."""
    forged = "gpgv: [GNUPG:] NEWSIG\n" + status(*GOOD[1:])
    assert Kind.UNREADABLE is integrity.read_status(forged, succeeded=True).kind


@pytest.mark.parametrize("allowed", [(), ("",), ("1015",), (OTHER[:16],), ("0" * 16,)])
def test_a_good_signature_of_a_key_that_may_not(allowed):
    """A short id, or none, allows nobody."""
    found = integrity.read_status(status(*GOOD), succeeded=True)
    want = f"signed with unallowed key (key_id={KEY[-16:]})"
    assert integrity.judge(found, allowed, what="c", author="A").endswith(want)


def test_unsigned():
    """No key to name."""
    text = integrity.judge(Verdict(Kind.UNSIGNED), [KEY], what="c", author="A")
    assert "Failed verifying revision c by 'A': unsigned" == text
    assert "" == integrity.signature_info(Verdict(Kind.UNSIGNED))


def test_every_problem_is_a_condition():
    """With the contract's beginning."""
    error = integrity.Untrusted(["one", "two"])
    assert ("GIT/GPG: one", "GIT/GPG: two") == error.texts
    assert errors.Code.FAILED_PRECONDITION is error.code


@pytest.mark.parametrize(
    ("message", "seals"),
    [
        ("subject\n\nArgocd-gpg-seal: because\n", True),
        ("subject\n\nbody\n\nSigned-off-by: x\nargocd-gpg-seal: because", True),
        ("Argocd-gpg-seal: in the subject", True),
        ("subject\n\nArgocd-gpg-seal:\n", False),
        ("subject\n\nArgocd-gpg-seal: quoted\n\nbody", False),
        ("subject\n\n> Argocd-gpg-seal: because", False),
        ("", False),
    ],
)
def test_a_seal_is_a_trailer_with_a_reason(message, seals):
    """In the last paragraph."""
    assert seals is integrity.is_seal(message)
