"""The settings of a plugin's sidecar, parsed once in ``__main__``.

Names are the contract's (config.md, section 15) where it has them; ours begin with PLUMBLINE_.
"""

import dataclasses

from plumbline.core import pattern
from plumbline.runtime.settings import option

__all__ = ["Settings"]


def _seconds(text: str) -> float:
    return pattern.parse_duration(text)


@dataclasses.dataclass(frozen=True, kw_only=True)
class Settings:
    """A config management plugin, served to Plumbline's repo-server."""

    configuration: str = option(
        "/home/argocd/cmp-server/config",
        flag="config-dir-path",
        env="PLUMBLINE_PLUGIN_CONFIG",
        help="directory that holds plugin.yaml",
    )
    sockets: str = option(
        "/home/argocd/cmp-server/plugins",
        flag="plumbline-plugins",
        env="PLUMBLINE_PLUGINS",
        help="directory shared with the repo-server, where the socket is made",
    )
    work: str = option(
        "/tmp/plumbline-plugin",  # noqa: S108 -- an emptyDir in a pod
        flag="plumbline-work",
        env="PLUMBLINE_PLUGIN_WORK",
        help="directory where trees are unpacked; emptied at the start",
    )
    exec_timeout: float = option(
        90.0,
        flag="plumbline-exec-timeout",
        env="ARGOCD_EXEC_TIMEOUT",
        help="time one command may take (Go duration)",
        parse=_seconds,
    )
    sandbox: str = option(
        "auto",
        flag="plumbline-sandbox",
        env="PLUMBLINE_SANDBOX",
        help="auto, required or off: how commands are held; off is the only mode that runs them"
        " where the kernel has no landlock",
    )
    search: str = option(
        "/opt/plumbline/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
        flag="plumbline-search",
        env="PLUMBLINE_PLUGIN_SEARCH",
        help="directories of programs, separated by colons",
    )
    execute: tuple[str, ...] = option(
        ("/usr", "/bin", "/sbin", "/lib", "/lib64", "/opt"),
        flag="plumbline-execute",
        env="PLUMBLINE_PLUGIN_EXECUTE",
        help="files and directories that commands may read and execute, separated by commas",
    )
    read: tuple[str, ...] = option(
        ("/etc/ssl", "/etc/ld.so.cache", "/etc/alternatives", "/etc/localtime", "/dev/urandom"),
        flag="plumbline-read",
        env="PLUMBLINE_PLUGIN_READ",
        help="files and directories that commands may read, separated by commas",
    )
    variables: tuple[str, ...] = option(
        (),
        flag="plumbline-variables",
        env="PLUMBLINE_PLUGIN_VARIABLES",
        help="names of this process's variables that commands are given, separated by commas",
    )
    parallelism: int = option(
        0,
        flag="plumbline-parallelism",
        env="PLUMBLINE_PLUGIN_PARALLELISM",
        help="calls that run at the same time; 0 = one per core",
    )
    log_level: str = option(
        "info", flag="loglevel", env="ARGOCD_CMP_SERVER_LOGLEVEL", help="debug, info, warn or error"
    )
    log_format: str = option(
        "",
        flag="logformat",
        env="ARGOCD_CMP_SERVER_LOGFORMAT",
        help="json or text; empty: text on a terminal, json elsewhere",
    )
