"""Read argocd-cm (config.md section 1), key by key."""

import dataclasses
from collections.abc import Callable, Mapping
from typing import Any, Final

from plumbline.core import errors, manifests, pattern

__all__ = ["DEFAULT_PASSWORD_PATTERN", "Banner", "Help", "Installation", "read"]

DEFAULT_PASSWORD_PATTERN: Final = "^.{8,32}$"  # noqa: S105 -- a pattern, no password
_SESSION_SECONDS: Final = 86_400.0
_TRUE: Final = frozenset({"1", "t", "T", "true", "TRUE", "True"})
_FALSE: Final = frozenset({"0", "f", "F", "false", "FALSE", "False"})
_PLATFORMS: Final = (
    "linux-amd64", "linux-arm64", "linux-ppc64le", "linux-s390x", "darwin-amd64", "darwin-arm64",
    "windows-amd64",
)  # fmt: skip
_CUSTOM: Final = "resource.customizations."


@dataclasses.dataclass(frozen=True)
class Banner:
    """ui.banner*."""

    content: str = ""
    url: str = ""
    permanent: bool = False
    position: str = ""


@dataclasses.dataclass(frozen=True)
class Help:
    """help.*."""

    chat_url: str = ""
    chat_text: str = ""
    downloads: Mapping[str, str] = dataclasses.field(default_factory=dict)
    """URL by platform, such as ``linux-amd64``."""


@dataclasses.dataclass(frozen=True, kw_only=True)
class Installation:
    """What argocd-cm says, as far as the api-server acts by it or tells it."""

    url: str = ""
    additional_urls: tuple[str, ...] = ()
    anonymous: bool = False
    """Whether requests without a session are served, with policy.default's rights."""
    session_seconds: float = _SESSION_SECONDS
    password_pattern: str = DEFAULT_PASSWORD_PATTERN
    dex: Mapping[str, Any] | None = None
    """dex.config as it is written: it may hold references to secrets, never secrets."""
    dex_connector: str = ""
    oidc: Mapping[str, Any] | None = None
    badge_enabled: bool = False
    badge_url: str = ""
    analytics_id: str = ""
    analytics_anonymous: bool = True
    help: Help = Help()
    banner: Banner = Banner()
    css_url: str = ""
    login_button: str = ""
    resource_view: bool = True
    exec_enabled: bool = False
    impersonation: bool = False
    installation_id: str = ""
    app_label_key: str = "app.kubernetes.io/instance"
    tracking_method: str = "annotation"
    kustomize_options: str = ""
    kustomize_versions: Mapping[str, tuple[str, str]] = dataclasses.field(default_factory=dict)
    """Path and build options by version name."""
    overrides: Mapping[str, Mapping[str, Any]] = dataclasses.field(default_factory=dict)
    """resource.customizations: by ``group/Kind``, by field of the old form."""
    fine_grained_inheritance: bool = False
    """Whether an application's update and delete rights imply those on its resources."""
    rollback_enforced: bool = False
    """Whether a rollback needs the action rollback instead of sync."""
    override_for_revision: bool = False
    """Whether syncing another revision needs the action override."""

    @property
    def sso(self) -> bool:
        """Whether single sign-on can work: it needs the external address."""
        return bool(self.url) and (self.oidc is not None or bool(self.dex))


class _Reader:
    def __init__(self, data: Mapping[str, str]) -> None:
        self.data = data
        self.problems: list[str] = []

    def text(self, key: str, default: str = "") -> str:
        return self.data.get(key, "").strip() or default

    def flag(self, key: str) -> bool:
        return self.text(key) == "true"

    def value(self, key: str, parse: Callable[[str], Any], default: Any) -> Any:
        text = self.text(key)
        if not text:
            return default
        try:
            return parse(text)
        except errors.InvalidArgument as error:
            self.problems.append(f"argocd-cm: {key} {error.message}; its default is in force")
            return default


def read(data: Mapping[str, str]) -> tuple[Installation, list[str]]:
    """Return the settings, and a message for every value that cannot be read."""
    reader = _Reader(data)
    text, flag, value = reader.text, reader.flag, reader.value
    read_as = Installation(
        url=text("url").rstrip("/"),
        additional_urls=tuple(value("additionalUrls", _texts, ())),
        anonymous=flag("users.anonymous.enabled"),
        session_seconds=value("users.session.duration", _seconds, _SESSION_SECONDS),
        password_pattern=value("passwordPattern", _pattern, DEFAULT_PASSWORD_PATTERN),
        dex=value("dex.config", _map, None),
        dex_connector=text("dex.auth.connectorId"),
        oidc=value("oidc.config", _map, None),
        badge_enabled=flag("statusbadge.enabled"),
        badge_url=text("statusbadge.url"),
        analytics_id=text("ga.trackingid"),
        analytics_anonymous=text("ga.anonymizeusers") != "false",
        help=_help(reader),
        banner=Banner(
            text("ui.bannercontent"),
            text("ui.bannerurl"),
            flag("ui.bannerpermanent"),
            text("ui.bannerposition"),
        ),
        css_url=text("ui.cssurl"),
        login_button=text("ui.loginButtonText"),
        resource_view=not flag("ui.view.resources.disabled"),
        exec_enabled=flag("exec.enabled"),
        impersonation=flag("application.sync.impersonation.enabled"),
        installation_id=text("installationID"),
        app_label_key=text("application.instanceLabelKey", "app.kubernetes.io/instance"),
        tracking_method=text("application.resourceTrackingMethod", "annotation"),
        kustomize_options=text("kustomize.buildOptions"),
        kustomize_versions=_kustomize(reader),
        overrides=_overrides(reader),
        fine_grained_inheritance=not value(
            "server.rbac.disableApplicationFineGrainedRBACInheritance", _boolean, default=True
        ),
        rollback_enforced=value("server.rbac.rollback.enforce.enable", _boolean, default=False),
        override_for_revision=value(
            "application.sync.requireOverridePrivilegeForRevisionSync", _boolean, default=False
        ),
    )
    return read_as, reader.problems


def _boolean(text: str) -> bool:
    if text in _TRUE or text in _FALSE:
        return text in _TRUE
    raise errors.InvalidArgument("is neither true nor false")


def _seconds(text: str) -> float:
    try:
        seconds = pattern.parse_duration(text)
    except errors.InvalidArgument:
        seconds = 0.0
    if seconds <= 0:
        raise errors.InvalidArgument("is not a duration such as 24h")
    return seconds


def _pattern(text: str) -> str:
    try:
        pattern.compile_regex(text)
    except errors.InvalidArgument:
        raise errors.InvalidArgument("is not a regular expression") from None
    return text


def _tree(text: str) -> Any:
    try:
        return manifests.parse_yaml(text)
    except errors.InvalidArgument:
        # The parser's text quotes the input.
        raise errors.InvalidArgument("is not YAML") from None


def _map(text: str) -> dict[str, Any]:
    tree = _tree(text)
    if not isinstance(tree, dict):
        raise errors.InvalidArgument("is not a map")
    return tree


def _texts(text: str) -> list[str]:
    tree = _tree(text)
    if not isinstance(tree, list) or not all(isinstance(item, str) for item in tree):
        raise errors.InvalidArgument("is not a list of texts")
    return tree


def _help(reader: _Reader) -> Help:
    url = reader.text("help.chatUrl")
    urls = {p: reader.text(f"help.download.{p}") for p in _PLATFORMS}
    chat = reader.text("help.chatText", "Chat now!") if url else ""
    return Help(url, chat, {p: u for p, u in urls.items() if u})


def _kustomize(reader: _Reader) -> dict[str, tuple[str, str]]:
    found: dict[str, tuple[str, str]] = {}
    for prefix in ("kustomize.version.", "kustomize.path."):
        for key in sorted(k for k in reader.data if k.startswith(prefix)):
            name = key.removeprefix(prefix)
            if name in found:
                reader.problems.append(f"argocd-cm: {key} names a version that is there already")
                continue
            options = reader.text(f"kustomize.buildOptions.{name}")
            found[name] = (reader.text(key), options)
    return found


def _overrides(reader: _Reader) -> dict[str, dict[str, Any]]:
    """Merge the old single key with one key per field and kind."""
    found: dict[str, dict[str, Any]] = {}
    for kind, fields in sorted(reader.value("resource.customizations", _map, {}).items()):
        if isinstance(fields, dict):
            found[str(kind)] = dict(fields)
    names = {"health": "health.lua", "useOpenLibs": "health.lua.useOpenLibs"}
    for key in sorted(k for k in reader.data if k.startswith(_CUSTOM)):
        field, _, target = key.removeprefix(_CUSTOM).partition(".")
        group, _, kind = target.rpartition("_")
        name = "*/*" if target == "all" else f"{group}/{kind}" if group else kind
        parsers: dict[str, Callable[[str], Any]] = {
            "useOpenLibs": lambda text: text == "true",
            "knownTypeFields": _tree,
        }
        parse = parsers.get(field, str)
        found.setdefault(name, {})[names.get(field, field)] = reader.value(key, parse, None)
    return found
