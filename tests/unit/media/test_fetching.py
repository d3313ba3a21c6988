"""Files are fetched from public addresses, and nothing that is not public is ever connected to."""

import asyncio
import gzip
import ssl
from collections.abc import Iterable

import httpcore
import pytest
import trustme

from arenabridge.errors import FileTooLarge, FileUrlFailed, FileUrlRefused, FileUrlTimeout, GatewayError
from arenabridge.media.fetching import MAX_REDIRECTS, PublicFetcher
from unit.media.scripted_network import ScriptedNetwork, moved, ok

PUBLIC = "93.184.215.14"
LIMIT = 1000
TLS = ssl.create_default_context()


class Names:
    """A resolver: what is not listed is public; a list of lists is a name whose meaning changes with every look."""

    def __init__(self, **names: Iterable[Iterable[str]]) -> None:
        self._names = {name.replace("_", "."): iter(answers) for name, answers in names.items()}

    async def __call__(self, host: str, _port: int) -> Iterable[str]:
        if host not in self._names:
            return [PUBLIC]
        answer = list(next(self._names[host]))
        if not answer:
            raise OSError(-2, "Name or service not known")
        return answer


def fetcher(network: ScriptedNetwork, names: Names | None = None) -> PublicFetcher:
    return PublicFetcher(network=network, resolve=names or Names(), tls=TLS)


REFUSED_ADDRESSES = [
    "127.0.0.1",
    "127.255.255.254",
    "0.0.0.0",  # noqa: S104 - refused
    "10.0.0.1",
    "172.16.0.1",
    "172.31.255.255",
    "192.168.1.1",
    "100.64.0.1",
    "100.100.100.200",
    "168.63.129.16",
    "169.254.169.254",
    "192.0.0.192",
    "192.0.2.1",
    "192.88.99.1",
    "198.18.0.1",
    "198.51.100.1",
    "203.0.113.1",
    "224.0.0.1",
    "240.0.0.1",
    "255.255.255.255",
    "[::]",
    "[::1]",
    "[0:0:0:0:0:0:0:1]",
    "[::ffff:127.0.0.1]",
    "[::ffff:7f00:1]",
    "[::ffff:93.184.215.14]",
    "[::127.0.0.1]",
    "[::ffff:0:127.0.0.1]",
    "[64:ff9b::7f00:1]",
    "[64:ff9b:1::a00:1]",
    "[100::1]",
    "[2001:0:7f00:1::1]",
    "[2001:db8::1]",
    "[2002:7f00:1::]",
    "[2002:c0a8:101::1]",
    "[3fff::1]",
    "[5f00::1]",
    "[fc00::1]",
    "[fd00:ec2::254]",
    "[fe80::1]",
    "[fe80::1%25eth0]",
    "[2606:4700::1111%25lo]",
    "[fec0::1]",
    "[ff02::1]",
]

ODD_HOSTS = [
    "2130706433",
    "017700000001",
    "0x7f000001",
    "0x7f.0.0.1",
    "0177.0.0.1",
    "127.1",
    "127.0.1",
    "127.0.0.1.",
    "127.0.0.01",
    "127.0.0.0x1",
    "0",
    "0x",
    "999.1.1.1",
    "127。0。0。1",
    "\uff11\uff12\uff17.0.0.1",
    "%31%32%37.0.0.1",
    "exa%6dple.com",
    "a b",
    "a\\b",
    "..",
    "",
]

INNER_NAMES = [
    "localhost",
    "LOCALHOST",
    "localhost.",
    "localhost..",
    "x.localhost",
    "router.local",
    "a.internal.",
    "nas.lan",
]


@pytest.mark.parametrize("host", [*REFUSED_ADDRESSES, *ODD_HOSTS, *INNER_NAMES])
@pytest.mark.parametrize("form", ["http://{}/x.png", "https://{}:8443/x.png"])
async def test_a_host_that_is_not_public_is_refused_and_never_connected_to(host: str, form: str) -> None:
    network = ScriptedNetwork(ok())
    with pytest.raises(FileUrlRefused):
        await fetcher(network).fetch(form.format(host), limit=LIMIT)
    assert network.connected == []


@pytest.mark.parametrize("host", [*REFUSED_ADDRESSES, *ODD_HOSTS, *INNER_NAMES, "inner.example"])
async def test_nothing_is_put_where_nothing_is_fetched(host: str) -> None:
    network, names = ScriptedNetwork(ok()), Names(inner_example=[["10.0.0.1"]])
    with pytest.raises(FileUrlRefused):
        await fetcher(network, names).put(f"https://{host}/x.png", "image/png", b"pixels")
    assert network.connected == []


async def test_a_file_is_put_whole_at_the_address_that_was_checked_and_nothing_is_followed() -> None:
    network = ScriptedNetwork(moved("https://127.0.0.1/"), ok())
    content = bytes(range(256)) * 1000
    status, headers = await fetcher(network).put("https://public.example/a.png?sig=1", "image/png", content)
    assert (status, headers["location"]) == (302, "https://127.0.0.1/")
    assert (network.connected, network.names) == ([(PUBLIC, 443)], ["public.example"])
    head, _, body = b"".join(network.sent).partition(b"\r\n\r\n")
    assert head.startswith(b"PUT /a.png?sig=1 HTTP/1.1\r\nhost: public.example\r\n")
    assert b"\r\ncontent-type: image/png\r\ncontent-length: 256000" in head
    assert body == content


async def test_nothing_is_put_unencrypted() -> None:
    network = ScriptedNetwork(ok())
    with pytest.raises(FileUrlRefused, match="https addresses only"):
        await fetcher(network).put("http://public.example/", "image/png", b"pixels")
    assert network.connected == []


@pytest.mark.parametrize("host", [*REFUSED_ADDRESSES, "localhost.", "2130706433", "0x7f.1"])
async def test_a_redirect_is_checked_like_the_first_address(host: str) -> None:
    network = ScriptedNetwork(moved(f"http://{host}/secret"), ok())
    with pytest.raises(FileUrlRefused, match="redirects elsewhere"):
        await fetcher(network).fetch("http://public.example/", limit=LIMIT)
    assert network.connected == [(PUBLIC, 80)]


@pytest.mark.parametrize("address", [each.strip("[]").replace("%25", "%") for each in REFUSED_ADDRESSES])
@pytest.mark.parametrize("mixed", [True, False])
async def test_a_name_that_means_an_address_that_is_not_public_is_refused(address: str, mixed: bool) -> None:  # noqa: FBT001 - a parameter
    network = ScriptedNetwork(ok())
    names = Names(evil_example=[[PUBLIC, address] if mixed else [address]])
    with pytest.raises(FileUrlRefused):
        await fetcher(network, names).fetch("http://evil.example/", limit=LIMIT)
    assert network.connected == []


async def test_a_name_that_changes_its_meaning_gains_nothing() -> None:
    """It is looked up once for each connection, and that connection goes to what was checked."""
    network = ScriptedNetwork(ok(b"first"), ok(b"second"))
    names = Names(evil_example=[[PUBLIC], ["127.0.0.1"]])
    fetching = fetcher(network, names)
    assert (await fetching.fetch("http://evil.example/", limit=LIMIT)).content == b"first"
    assert network.connected == [(PUBLIC, 80)]
    with pytest.raises(FileUrlRefused):
        await fetching.fetch("http://evil.example/", limit=LIMIT)
    assert network.connected == [(PUBLIC, 80)]


async def test_a_redirect_to_the_same_name_is_looked_up_and_checked_again() -> None:
    network = ScriptedNetwork(moved("/again"), ok())
    names = Names(evil_example=[[PUBLIC], ["10.0.0.1"]])
    with pytest.raises(FileUrlRefused):
        await fetcher(network, names).fetch("http://evil.example/", limit=LIMIT)
    assert network.connected == [(PUBLIC, 80)]


async def test_a_public_address_of_this_very_computer_is_told_nothing() -> None:
    """Its other programs would take us for one of their own."""
    network = ScriptedNetwork(ok())
    network.own_address = PUBLIC
    with pytest.raises(FileUrlRefused):
        await fetcher(network).fetch("http://public.example/", limit=LIMIT)
    assert network.sent == []


@pytest.mark.parametrize(
    "url",
    [
        "http://user@public.example/",
        "http://user:secret@public.example/",
        "http://@public.example/",
        "http:\\\\@public.example",
        "http://public.example@127.0.0.1/",
        "http://127.0.0.1#@public.example/",
        "http://127.0.0.1:80\\@public.example/",
        "http://public.example\\@127.0.0.1/",
        "http://127.0.0.1\t.example/",
        "http://public.example/a b",
        "http://public.example\r\nHost: x/",
        "http://public.example:22/",
        "http://public.example:0/",
        "http://public.example:6667/",
        "http://public.example:99999/",
        "http://public.example:x/",
        "http://[::1/",
        "http:///x",
        "http:public.example",
        "//public.example/",
        "ftp://public.example/",
        "file:///etc/passwd",
        "gopher://public.example/",
        "data:text/plain,hi",
        "javascript:alert(1)",
        "",
        "x" * 10_000,
    ],
)
async def test_an_address_of_another_form_is_refused(url: str) -> None:
    network = ScriptedNetwork(ok())
    with pytest.raises(FileUrlRefused):
        await fetcher(network).fetch(url, limit=LIMIT)
    assert network.connected == []


async def test_nobody_learns_which_inner_names_exist() -> None:
    names = Names(there_example=[["10.0.0.5"]], nowhere_example=[[]])
    said = []
    for url in ("http://there.example/", "http://nowhere.example/", "http://10.0.0.5/", "http://localhost/"):
        with pytest.raises(FileUrlRefused) as refused:
            await fetcher(ScriptedNetwork(), names).fetch(url, limit=LIMIT)
        said.append(str(refused.value))
    assert set(said) == {"The host of the file's address is not known on the public internet."}


async def test_a_public_file_comes_with_what_its_server_says_of_it() -> None:
    network = ScriptedNetwork(ok(b"pixels", "Content-Type: image/PNG; x=y", "Set-Cookie: a=b"))
    file = await fetcher(network).fetch("https://public.example:8443/a/Gr%C3%BC%C3%9Fe.png?sig=1#part", limit=LIMIT)
    assert (file.content, file.media_type, file.name) == (b"pixels", "image/png", "Grüße.png")
    assert (network.connected, network.names) == ([(PUBLIC, 8443)], ["public.example"])
    head = b"".join(network.sent).decode().lower()
    assert head.startswith("get /a/gr%c3%bc%c3%9fe.png?sig=1 http/1.1\r\nhost: public.example:8443\r\n")
    assert "cookie" not in head
    assert "authorization" not in head


async def test_redirects_carry_no_cookie_and_end_at_the_file() -> None:
    network = ScriptedNetwork(moved("https://other.example/b.gif"), ok(b"here"))
    assert (await fetcher(network).fetch("http://public.example/", limit=LIMIT)).name == "b.gif"
    assert network.connected == [(PUBLIC, 80), (PUBLIC, 443)]


async def test_redirects_have_an_end() -> None:
    network = ScriptedNetwork(*[moved("/next")] * (MAX_REDIRECTS + 1), ok())
    with pytest.raises(FileUrlFailed, match="more than 5 times"):
        await fetcher(network).fetch("http://public.example/", limit=LIMIT)
    assert len(network.connected) == MAX_REDIRECTS + 1


ENDLESS = b"HTTP/1.1 200 OK\r\n\r\n" + b"x" * (LIMIT + 1)
BOMB = gzip.compress(b"\0" * 2**24, mtime=0)


@pytest.mark.parametrize("answer", [ok(b"x" * (LIMIT + 1)), ENDLESS, ok(BOMB[:900], "Content-Encoding: gzip")])
async def test_a_file_that_is_too_large_is_given_up_at_the_limit(answer: bytes) -> None:
    with pytest.raises(FileTooLarge):
        await fetcher(ScriptedNetwork(answer)).fetch("http://public.example/", limit=LIMIT)


async def test_what_was_read_of_a_file_is_told_even_if_it_fails_then() -> None:
    took: list[int] = []
    with pytest.raises(FileTooLarge):
        await fetcher(ScriptedNetwork(ENDLESS)).fetch("http://public.example/", limit=LIMIT, took=took.append)
    assert sum(took) == LIMIT + 1


async def test_a_file_that_was_packed_all_the_same_is_unpacked() -> None:
    network = ScriptedNetwork(ok(gzip.compress(b"text", mtime=0), "Content-Encoding: gzip"))
    assert (await fetcher(network).fetch("http://public.example/", limit=LIMIT)).content == b"text"


@pytest.mark.parametrize(
    "answer",
    [
        b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n",
        b"HTTP/1.1 302 Found\r\nContent-Length: 0\r\n\r\n",
        b"SSH-2.0-OpenSSH_9.9\r\n",
        b"",
        b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nshort",
        ok(b"x", "Content-Encoding: br"),
        ok(b"x", "Content-Encoding: gzip"),
        ok(gzip.compress(b"text", mtime=0)[:-4], "Content-Encoding: gzip"),
    ],
)
async def test_what_is_no_file_is_an_error(answer: bytes) -> None:
    with pytest.raises(FileUrlFailed):
        await fetcher(ScriptedNetwork(answer)).fetch("http://public.example/", limit=LIMIT)


async def test_the_next_address_is_tried_when_one_is_not_there() -> None:
    names = Names(public_example=[[PUBLIC, "1.1.1.1"]])
    network = ScriptedNetwork()
    with pytest.raises(FileUrlFailed):
        await fetcher(network, names).fetch("http://public.example/", limit=LIMIT)
    assert network.connected == [(PUBLIC, 80), ("1.1.1.1", 80)]


async def test_everything_together_has_a_time() -> None:
    async def never(_host: str, _port: int) -> Iterable[str]:
        return await asyncio.Future()

    with pytest.raises(FileUrlTimeout) as late:
        await PublicFetcher(resolve=never, total_seconds=0.01).fetch("http://public.example/", limit=LIMIT)
    assert late.value.status == 504


async def test_private_addresses_can_be_allowed() -> None:
    network = ScriptedNetwork(ok())
    names = Names(localhost=[["127.0.0.1"]])
    fetching = PublicFetcher(allow_private=True, network=network, resolve=names)
    assert (await fetching.fetch("http://localhost:8080/", limit=LIMIT)).content == b"content"
    assert network.connected == [("127.0.0.1", 8080)]


async def test_the_systems_own_resolver_and_network_are_guarded_too() -> None:
    for url in ("http://localhost.localdomain/", "http://127.0.0.1:9/", "http://[::1]:9/"):
        with pytest.raises(GatewayError) as refused:
            await PublicFetcher().fetch(url, limit=LIMIT)
        assert refused.value.code == "file_url_refused"


@pytest.mark.parametrize(("certified", "trusted"), [("files.example", True), ("other.example", False)])
async def test_a_certificate_is_that_of_the_name_though_the_address_was_checked(certified: str, trusted: bool) -> None:  # noqa: FBT001 - a parameter
    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(ok(b"secret"))
        await writer.drain()
        writer.close()

    authority = trustme.CA()
    theirs, ours = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH), ssl.create_default_context()
    authority.issue_cert(certified).configure_cert(theirs)
    authority.configure_trust(ours)
    async with await asyncio.start_server(serve, "127.0.0.1", 0, ssl=theirs) as server:
        url = f"https://files.example:{server.sockets[0].getsockname()[1]}/"
        fetching = PublicFetcher(allow_private=True, resolve=Names(files_example=[["127.0.0.1"]]), tls=ours)
        if trusted:
            assert (await fetching.fetch(url, limit=LIMIT)).content == b"secret"
        else:
            with pytest.raises(FileUrlFailed):
                await fetching.fetch(url, limit=LIMIT)


def test_the_network_can_do_nothing_but_what_is_checked() -> None:
    checked = PublicFetcher()._network
    own = {name for name in vars(type(checked)) if not name.startswith("_")}
    assert own == {"connect_tcp"}
    assert isinstance(checked, httpcore.AsyncNetworkBackend)
