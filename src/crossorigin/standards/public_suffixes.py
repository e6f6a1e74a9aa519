"""Public suffixes: under which names can anybody register one?

The Public Suffix List answers that for registries and for the platforms that asked to be listed. It comes with
`publicsuffixlist` and is read from disk once: when it is first needed, or by `read_list`. `SHARED_HOSTS` are hosts of
the same kind that the list lacks; `PLATFORMS` are services whose customers have names of their own, though not within
minutes.
"""

from __future__ import annotations

from functools import cache
from typing import Final

from publicsuffixlist import PSLFILE, PublicSuffixList

# Tunnels, previews and notebooks: anybody has a name below these within minutes, or points one at any address. Each
# with the page that says so.
SHARED_HOSTS: Final = {
    "nip.io": "https://nip.io/",
    "sslip.io": "https://sslip.io/",
    "lvh.me": "https://github.com/levicook/lvh.me",
    "localtest.me": "https://readme.localtest.me/",
    "loca.lt": "https://github.com/localtunnel/localtunnel",
    "localtunnel.me": "https://github.com/localtunnel/localtunnel",
    "serveo.net": "https://serveo.net/",
    "lhr.life": "https://localhost.run/docs/",
    "bore.pub": "https://github.com/ekzhang/bore",
    "devtunnels.ms": "https://learn.microsoft.com/azure/developer/dev-tunnels/overview",
    "app.github.dev": "https://docs.github.com/codespaces/developing-in-a-codespace/forwarding-ports-in-your-codespace",
    "gitpod.io": "https://www.gitpod.io/docs/configure/workspaces/ports",
    "stackblitz.io": "https://developer.stackblitz.com/platform/webcontainers/introduction",
    "webcontainer.io": "https://webcontainers.io/guides/introduction",
    "codesandbox.io": "https://codesandbox.io/docs/learn/environment/devtools",
    "glitch.me": "https://help.glitch.com/",
    "modal.run": "https://modal.com/docs/guide/webhook-urls",
    "gradio.live": "https://www.gradio.app/guides/sharing-your-app",
}

# Services that give each customer a name below their own.
PLATFORMS: Final = (
    "zendesk.com atlassian.net slack.com sharepoint.com force.com auth0.com okta.com wordpress.com "
    "wpengine.com kinsta.app cloudapp.azure.com googleusercontent.com storage.googleapis.com firebaseio.com "
    "freshdesk.com hubspot.com myworkday.com service-now.com squarespace.com teamwork.com zoom.us"
).split()


def platform_of(name: str) -> str:
    """The service whose customers have names below this name, or above the service's own; empty if none is known."""
    name = name.lower().removesuffix(".")
    return next((each for each in PLATFORMS if name == each or each.endswith("." + name)), "")


def open_to_registration(name: str) -> bool:
    """Whether a stranger can own a name below this one.

    True for a public suffix (`com`, `github.io`) and for an ancestor of one (`amazonaws.com`,
    above `s3.amazonaws.com`): below both, names belong to whoever asks first; and for `SHARED_HOSTS`, with
    those above them. False for names that no registry sells, such as `localhost` and `internal`.
    """
    name = name.lower().removesuffix(".")
    suffixes, ancestors = _suffixes()
    return name in ancestors or suffixes.publicsuffix(name) == name or _shared(name)


def read_list() -> None:
    """Reads the list now, so that no request waits for it later (about 0.1 s, once in a process)."""
    _suffixes()


def _shared(name: str) -> bool:
    return any(host == name or host.endswith("." + name) for host in SHARED_HOSTS)


def registry_suffix(name: str) -> bool:
    """Whether a registry sells the names below this one, as under `com`; not those of a platform, as `github.io`."""
    return _registries().publicsuffix(name) == name


def registrable_domain(name: str) -> str:
    """The name that somebody registered: `example.co.uk` of `www.example.co.uk` (HTML § registrable domain).

    A top-level domain that the list does not know counts as a suffix, as in every browser. Empty
    where the name is itself a suffix; not to be asked about IP addresses.
    """
    return _every_suffix().privatesuffix(name.lower().removesuffix(".")) or ""


@cache
def _registries() -> PublicSuffixList:
    return PublicSuffixList(accept_unknown=False, only_icann=True)


@cache
def _every_suffix() -> PublicSuffixList:
    return PublicSuffixList(accept_unknown=True)


@cache
def _suffixes() -> tuple[PublicSuffixList, frozenset[str]]:
    # A name unknown to the list is not a suffix: `http://*.localhost` is nobody's to register.
    suffixes = PublicSuffixList(accept_unknown=False)
    ancestors: set[str] = set()
    with open(PSLFILE, encoding="utf-8") as lines:
        for line in lines:
            rule = line.strip().lower()
            if not rule or rule.startswith(("//", "!")):
                continue
            # `*.kobe.jp` makes every name below kobe.jp a suffix, so kobe.jp is an ancestor.
            name = rule.encode("idna").decode() if not rule.isascii() else rule
            while (name := name.partition(".")[2]) and not name.startswith("*"):
                ancestors.add(name)
    return suffixes, frozenset(ancestors)
