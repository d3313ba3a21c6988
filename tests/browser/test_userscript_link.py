"""A tab introduces itself, stays reachable, and comes back."""

from playwright.async_api import Browser, expect

from arenabridge.wire.link.messages import PROTOCOL, Bye, Hello, Page, Ping, Pong
from arenabridge.worker.browser import bridged_tab, launched, site_arguments
from browser.conftest import SECRET, VERSION, OpenTab, script_for
from browser.link_double import LinkDouble
from browser.scripted_site import HOSTNAMES, ScriptedSite, serving_scripted_site


async def test_the_hello_is_complete(tab: OpenTab, double: LinkDouble) -> None:
    async with tab(double.url):
        hello = (await double.worker()).hello
    named = Hello(
        protocol=PROTOCOL,
        script=VERSION,
        token=SECRET,
        origin="https://lmarena.ai",
        profile=hello.profile,
        account=hello.account,
        page=hello.page,
        visible=True,
        slots=8,  # over HTTP/2
        how=("fetch", "composer"),
        resumes=True,
    )
    assert hello == named
    assert len({hello.profile, hello.account, hello.page}) == 3
    assert min(len(hello.profile), len(hello.account or ""), len(hello.page)) == 32


async def test_fewer_slots_are_offered_where_a_host_gets_six_connections(double: LinkDouble) -> None:
    async with serving_scripted_site(http2=False) as site:
        arguments = site_arguments(HOSTNAMES, site.port, site.spki)
        async with launched(arguments) as chromium, bridged_tab(chromium, script_for(double.url), site.url):
            assert (await double.worker()).hello.slots == 4


async def test_a_reload_is_a_new_page_of_the_same_profile_and_account(tab: OpenTab, double: LinkDouble) -> None:
    async with tab(double.url) as page:
        first = (await double.worker()).hello
        await page.reload()
        second = (await double.worker()).hello
    assert (first.profile, first.account) == (second.profile, second.account)
    assert first.page != second.page


async def test_a_tab_says_goodbye(tab: OpenTab, double: LinkDouble) -> None:
    async with tab(double.url) as page:
        worker = await double.worker()
        await worker.settled()
        await page.goto("about:blank")
        await worker.receive(Bye)
        await worker.until_gone()


async def test_frames_of_the_page_are_not_workers(tab: OpenTab, double: LinkDouble) -> None:
    async with tab(double.url) as page:
        worker = await double.worker()
        await page.evaluate("""() => new Promise((loaded) => {
            const frame = document.createElement('iframe');
            frame.src = '/';
            frame.onload = loaded;
            document.body.append(frame);
        })""")
        await worker.settled()
    assert len(double.hellos) == 1


async def test_a_message_from_the_future_is_ignored(tab: OpenTab, double: LinkDouble) -> None:
    async with tab(double.url):
        worker = await double.worker()
        for type_ in ("capture", "lost", "toString"):
            await worker.say_raw(f'{{"type":"{type_}","on":true}}')
        await worker.say(Ping())
        await worker.receive(Pong)


async def test_the_page_is_told_when_it_is_there(tab: OpenTab, double: LinkDouble) -> None:
    async with tab(double.url):
        worker = await double.worker()
        told = await worker.receive(Page)
    assert told.url == "https://lmarena.ai/"
    assert told.html == '<script>self.__rows = ["models: \\u00e4, b"]</script>'


async def test_the_page_is_not_told_twice_unasked(tab: OpenTab, double: LinkDouble) -> None:
    async with tab(double.url) as page:
        worker = await double.worker()
        await worker.receive(Page)
        await page.evaluate("history.pushState({}, '', '/c/1')")
        await worker.settled()
    assert sum(isinstance(message, Page) for message in worker.frames) == 1


async def test_a_tab_comes_back_after_a_restart_of_the_gateway(tab: OpenTab, double: LinkDouble) -> None:
    async with tab(double.url) as page:
        first = await double.worker()
        await double.stop()
        await expect(page.locator("arena-bridge-badge")).to_have_attribute("data-state", "down")
        await double.start()
        second = await double.worker()
        await expect(page.locator("arena-bridge-badge")).to_have_attribute("data-state", "ready")
        await second.receive(Page)
    assert first.hello.page == second.hello.page


async def test_a_gateway_that_falls_silent_is_left_and_joined_anew(tab: OpenTab, double: LinkDouble) -> None:
    double.silence_seconds = 0.3
    async with tab(double.url):
        worker = await double.worker()
        await worker.until_gone()
        await double.worker()


async def test_nothing_of_the_script_reaches_the_page(
    chromium: Browser, tab: OpenTab, site: ScriptedSite, double: LinkDouble
) -> None:
    names = "Object.getOwnPropertyNames(window).sort()"
    async with tab(double.url) as page, await chromium.new_context() as plain_context:
        await double.worker()
        plain = await plain_context.new_page()
        await plain.goto(site.url)
        assert await page.evaluate(names) == await plain.evaluate(names)
        assert "[native code]" in await page.evaluate("fetch.toString()")
