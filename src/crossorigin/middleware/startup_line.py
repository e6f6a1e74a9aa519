"""The line that a server writes when it starts: which policy is in force, and where it is from."""

from __future__ import annotations

import logging
from typing import Any, Final

from ..policy.origin_patterns import OriginPattern
from ..policy.origin_regex import as_tuple
from ..policy.policy import Policy
from .denial import escaped
from .route_policies import RoutePolicies

logger = logging.getLogger("crossorigin")

_MOST_SHOWN: Final = 5


def write(rules: RoutePolicies, report_only: Policy | None = None) -> None:
    """Writes the line, at INFO, or at WARNING if the policy has warnings."""
    level = logging.WARNING if rules.policy.warnings else logging.INFO
    logger.log(level, "%s", line(rules, report_only), extra=fields(rules))


def line(rules: RoutePolicies, report_only: Policy | None = None) -> str:
    """The policy in one line: origins, patterns, credentials, environment, source, accepted risks, warnings."""
    policy = rules.policy
    patterns = [entry for entry in policy.allow_origins if _is_pattern(entry)]
    origins = [entry for entry in policy.allow_origins if entry not in patterns]
    credentials = "on" if policy.allow_credentials else "off"
    trial = "off" if report_only is None else "on"
    parts = [
        f"origins={_listed(origins)}",
        f"patterns={_listed(patterns)}",
        f"regexes={_listed(as_tuple(policy.allow_origin_regex))}",
        f"credentials={credentials}",
        f"enforce={_ENFORCE[policy.enforce]}",
        f"environment={policy.environment}",
        f"source={policy.source}",
        f"routes={len(rules.routes)}",
        f"report_only={trial}",
        f"accepted={','.join(policy.accept_risks) or 'none'}",
        f"warnings={','.join(dict.fromkeys(each.code for each in policy.warnings)) or 'none'}",
    ]
    return escaped("crossorigin: policy " + " ".join(parts))


def fields(rules: RoutePolicies) -> dict[str, Any]:
    """The same for `extra`."""
    policy = rules.policy
    return {
        "cors_event": "start",
        "cors_origins": len(policy.allow_origins),
        "cors_credentials": policy.allow_credentials,
        "cors_environment": policy.environment,
        "cors_source": policy.source,
        "cors_accepted_risks": list(policy.accept_risks),
        "cors_warnings": [each.code for each in policy.warnings],
    }


_ENFORCE: Final[dict[bool | str, str]] = {False: "off", True: "on", "report-only": "report-only"}


def _is_pattern(entry: str) -> bool:
    return entry != "*" and not OriginPattern.parse(entry).exact


def _listed(values: list[str] | tuple[str, ...]) -> str:
    """The number of values, and the first of them."""
    shown = " ".join(values[:_MOST_SHOWN])
    more = " ..." if len(values) > _MOST_SHOWN else ""
    return f"{len(values)} ({shown}{more})" if values else "0"
