"""
Whether somebody stands between: a proxy, on whose behalf a request comes.

Behind a proxy on this computer everybody seems to be on this computer. So what is open to programs here alone is never
open to a request that says it was forwarded. This is the one list of how requests say so.
"""

from starlette.datastructures import Headers

FORWARDED_PREFIX = "x-forwarded-"
"""`x-forwarded-for`, `-host`, `-port`, `-proto`, `-server`, `-scheme`, `-ssl`, `-prefix` and their kin."""

FORWARDED = (
    "forwarded",
    "via",
    "x-real-ip",
    "x-client-ip",
    "x-cluster-client-ip",
    "x-original-forwarded-for",
    "x-envoy-external-address",
    "cf-connecting-ip",
    "true-client-ip",
    "fastly-client-ip",
    "fly-client-ip",
)
"""Other headers that proxies add: the two of the RFCs (7239, 9110), nginx', and those of hosts and tunnels."""


def is_forwarded(headers: Headers) -> bool:
    """Whether a proxy says that it passes this request on."""
    return any(name.startswith(FORWARDED_PREFIX) or name in FORWARDED for name in headers)
