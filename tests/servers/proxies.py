"""Real proxies of the distribution with TLS, in front of a port: set up by the very files of `deploy/`."""

import contextlib
import os
import re
import shutil
import socket
import ssl
import subprocess
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest
import trustme

DEPLOY = Path(__file__).resolve().parents[2] / "deploy"
START_SECONDS = 20.0
STOP_SECONDS = 3.0
NAME = "localhost"


@dataclass(frozen=True, slots=True)
class Certificate:
    """Of a host, in files, and what it takes to believe it."""

    chain: Path
    key: Path
    trust: ssl.SSLContext
    name: str = NAME


@dataclass(frozen=True, slots=True)
class Proxy:
    """A proxy that listens."""

    port: int
    upstream_port: int
    """Where the gateway has to be."""
    trust: ssl.SSLContext

    @property
    def url(self) -> str:
        return f"https://{NAME}:{self.port}"


def make_certificate(folder: Path, name: str = NAME) -> Certificate:
    authority = trustme.CA()
    issued = authority.issue_cert(name)
    chain, key = folder / "chain.pem", folder / "key.pem"
    for blob in issued.cert_chain_pems:
        blob.write_to_path(str(chain), append=True)
    issued.private_key_pem.write_to_path(str(key))
    trust = ssl.create_default_context()
    authority.configure_trust(trust)
    return Certificate(chain, key, trust, name)


@contextlib.contextmanager
def running_nginx(certificate: Certificate) -> Iterator[Proxy]:
    program = _program("nginx")
    with _folder() as folder:
        proxy = Proxy(free_port(), free_port(), certificate.trust)
        site = _rendered(
            "nginx.conf",
            {
                "127.0.0.1:5102": f"127.0.0.1:{proxy.upstream_port}",
                "listen 443 ssl http2;": f"listen 127.0.0.1:{proxy.port} ssl http2;",
                "server_name arena.example.org;": f"server_name {NAME};",
                "/etc/letsencrypt/live/arena.example.org/fullchain.pem": str(certificate.chain),
                "/etc/letsencrypt/live/arena.example.org/privkey.pem": str(certificate.key),
            },
        )
        path = folder / "nginx.conf"
        path.write_text(
            f"daemon off; master_process off; pid {folder}/pid; error_log {folder}/error.log; events {{}}\n"
            f"http {{ access_log off; {_kept(folder)}\n{site} }}\n"
        )
        with _running([program, "-p", str(folder), "-e", f"{folder}/error.log", "-c", str(path)], proxy.port):
            yield proxy


@contextlib.contextmanager
def running_load_balancer(ports: Sequence[int]) -> Iterator[int]:
    """Nginx in front of several gateways, set up by the same file and what it says of them; gives its port."""
    program = _program("nginx")
    line = re.search(r"server 127\.0\.0\.1:5102.*;", (DEPLOY / "nginx.conf").read_text(encoding="utf-8"))
    assert line
    servers = "\n".join(line[0].replace("5102", str(port)) for port in ports)
    with _folder() as folder:
        port = free_port()
        site = _rendered(
            "nginx.conf",
            {
                line[0]: servers,
                "listen 443 ssl http2;": f"listen 127.0.0.1:{port};",
                "server_name arena.example.org;": f"server_name {NAME};",
                "ssl_certificate     /etc/letsencrypt/live/arena.example.org/fullchain.pem;": "",
                "ssl_certificate_key /etc/letsencrypt/live/arena.example.org/privkey.pem;": "",
                "keepalive 32;": "",
            },
        )
        path = folder / "nginx.conf"
        path.write_text(
            f"daemon off; worker_rlimit_nofile 4096; pid {folder}/pid; error_log {folder}/error.log; "
            f"events {{ worker_connections 2048; }}\nhttp {{ access_log off; {_kept(folder)}\n{site} }}\n"
        )
        with _running([program, "-p", str(folder), "-e", f"{folder}/error.log", "-c", str(path)], port):
            yield port


def _kept(folder: Path) -> str:
    return "\n".join(
        f"{name}_temp_path {folder}/{name};" for name in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )


@contextlib.contextmanager
def running_caddy(certificate: Certificate, upstream_port: int | None = None) -> Iterator[Proxy]:
    proxy = Proxy(free_port(), upstream_port or free_port(), certificate.trust)
    tls = f"{{$DOMAIN}} {{\n\ttls {certificate.chain} {certificate.key}"
    domain = f"https://{certificate.name}:{proxy.port}"
    with _caddy({"{$DOMAIN} {": tls}, domain, [proxy.upstream_port], proxy.port):
        yield proxy


@contextlib.contextmanager
def running_caddy_as_balancer(ports: Sequence[int]) -> Iterator[int]:
    """Caddy in front of several gateways, set up by the same file and what it says of them; gives its port."""
    port = free_port()
    with _caddy({}, f"http://{NAME}:{port}", ports, port):
        yield port


@contextlib.contextmanager
def _caddy(changes: Mapping[str, str], domain: str, upstreams: Sequence[int], port: int) -> Iterator[None]:
    program = _program("caddy")
    with _folder() as folder:
        path = folder / "Caddyfile"
        path.write_text(f"{{\n\tadmin off\n\tauto_https disable_redirects\n}}\n{_rendered('Caddyfile', changes)}")
        environment = {
            **os.environ,
            "DOMAIN": domain,
            "UPSTREAM": " ".join(f"127.0.0.1:{upstream}" for upstream in upstreams),
            "XDG_DATA_HOME": str(folder),
            "XDG_CONFIG_HOME": str(folder),
        }
        command = [program, "run", "--adapter", "caddyfile", "--config", str(path)]
        with _running(command, port, environment):
            yield


def _program(name: str) -> str:
    """Where it is, or the test is skipped; with CI=true it fails."""
    found = shutil.which(name) or shutil.which(name, path="/usr/sbin")
    if found is None:
        message = f"{name} is not installed: scripts/ensure-servers installs it"
        if os.environ.get("CI") == "true":
            pytest.fail(message)
        pytest.skip(message)
    return found


def _rendered(name: str, changes: Mapping[str, str]) -> str:
    text = (DEPLOY / name).read_text(encoding="utf-8")
    for place, change in changes.items():
        assert text.count(place) == 1, f"deploy/{name}: {place}"
        text = text.replace(place, change)
    return text


@contextlib.contextmanager
def _folder() -> Iterator[Path]:
    """Where workers that run as somebody else may write too."""
    with tempfile.TemporaryDirectory(prefix="arenabridge-proxy-", ignore_cleanup_errors=True) as name:
        Path(name).chmod(0o755)
        yield Path(name)


@contextlib.contextmanager
def _running(command: list[str], port: int, environment: Mapping[str, str] | None = None) -> Iterator[None]:
    process = subprocess.Popen(  # noqa: S603 - the server, with our own words
        command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        _wait_until_it_listens(process, port)
        yield
    finally:
        process.terminate()  # killed, nginx would leave its workers behind
        try:
            process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:  # Caddy waits for requests that a failed test has left open
            process.kill()
            process.wait()


def _wait_until_it_listens(process: subprocess.Popen[bytes], port: int) -> None:
    until = time.monotonic() + START_SECONDS
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            assert process.poll() is None, "the proxy ended"
            assert time.monotonic() < until, "the proxy does not listen"
            time.sleep(0.02)  # it has no way to tell us
        else:
            return


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
