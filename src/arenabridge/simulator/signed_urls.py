"""Signed URLs in the form of S3: good for one operation on one key, for a while. Query as captured in Dec 2025."""

from __future__ import annotations

import hashlib
import hmac
import time
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Mapping

Operation = Literal["GetObject", "PutObject"]

_DATE = "%Y%m%dT%H%M%SZ"
_SECRET = b"the simulator's storage"
"""No secret at all: a constant, so that URLs outlive a restart of the simulator."""
_OWN_QUERY: Mapping[Operation, Mapping[str, str]] = {
    "PutObject": {"x-amz-checksum-crc32": "AAAAAA==", "x-amz-sdk-checksum-algorithm": "CRC32"},
    "GetObject": {"x-amz-checksum-mode": "ENABLED"},
}
"""The checksum of an upload is that of nothing, as captured; nobody checks it."""


def signed_query(key: str, operation: Operation, lifetime_seconds: int, content_type: str = "") -> dict[str, str]:
    """The query of a signed URL; an upload's is bound to the type that was announced for it."""
    date = datetime.now(UTC).strftime(_DATE)
    return {
        "X-Amz-Algorithm": "AWS4-HMAC-SHA256",
        "X-Amz-Content-Sha256": "UNSIGNED-PAYLOAD",
        "X-Amz-Credential": f"simulator/{date[:8]}/auto/s3/aws4_request",
        "X-Amz-Date": date,
        "X-Amz-Expires": str(lifetime_seconds),
        "X-Amz-Signature": _signature(key, date, str(lifetime_seconds), operation, content_type),
        "X-Amz-SignedHeaders": "host",
        **_OWN_QUERY[operation],
        "x-id": operation,
    }


def is_signed(query: Mapping[str, str], key: str, operation: Operation, content_type: str = "") -> bool:
    """Whether the query is the site's own for that operation on that key; it may have expired."""
    date, lifetime = query.get("X-Amz-Date", ""), query.get("X-Amz-Expires", "")
    own = _signature(key, date, lifetime, operation, content_type)
    return query.get("x-id") == operation and hmac.compare_digest(
        query.get("X-Amz-Signature", "").encode(), own.encode()
    )


def is_live(query: Mapping[str, str]) -> bool:
    """Whether a signed query's time has not run out."""
    begun = datetime.strptime(query["X-Amz-Date"], _DATE).replace(tzinfo=UTC)
    return time.time() < begun.timestamp() + int(query["X-Amz-Expires"])


def _signature(key: str, date: str, lifetime: str, operation: str, content_type: str) -> str:
    signed = f"{key}\n{date}\n{lifetime}\n{operation}\n{content_type}"
    return hmac.new(_SECRET, signed.encode(), hashlib.sha256).hexdigest()
