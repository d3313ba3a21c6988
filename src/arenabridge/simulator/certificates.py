"""A certificate authority made for one run, and the site's certificate under it."""

from __future__ import annotations

import base64
import hashlib
import ssl
from dataclasses import dataclass
from typing import TYPE_CHECKING

import trustme
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

if TYPE_CHECKING:
    from collections.abc import Sequence

LOCAL_NAMES = ("localhost", "127.0.0.1", "::1")


@dataclass(frozen=True)
class Identity:
    """What a TLS server shows, and what its clients need to know of it."""

    ca_pem: bytes
    """What a client has to trust."""
    spki: str
    """Base64 of the SHA-256 of the certificate's SubjectPublicKeyInfo: what Chromium may be told to accept."""
    context: ssl.SSLContext
    """For the server; offers HTTP/1.1, and before it HTTP/2 if wanted."""


def make_identity(hostnames: Sequence[str], *, http2: bool) -> Identity:
    """A throw-away identity for the host names and this machine's own."""
    authority = trustme.CA(organization_name="Arena Bridge simulator")
    leaf = authority.issue_cert(*dict.fromkeys((*hostnames, *LOCAL_NAMES)))
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.set_alpn_protocols(["h2", "http/1.1"] if http2 else ["http/1.1"])
    leaf.configure_cert(context)
    return Identity(authority.cert_pem.bytes(), _spki(leaf.cert_chain_pems[0].bytes()), context)


def _spki(pem: bytes) -> str:
    key = x509.load_pem_x509_certificate(pem).public_key()
    return base64.b64encode(
        hashlib.sha256(key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)).digest()
    ).decode()
