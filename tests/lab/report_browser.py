#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""report_browser.py: looks at a report in headless Chromium, over the DevTools protocol on a pipe, and prints TAP.

usage: report_browser.py CHROMIUM PAGE OBSERVATIONS [SCREENSHOT [HEIGHT]]

With a fourth argument only a screenshot is made, NAME.SCHEME.WIDTH.png. Nothing is waited for by time: each step waits
for the browser's answer.
"""
import base64
import json
import os
import re
import subprocess
import sys
import tempfile

sys.dont_write_bytecode = True
import report_tables  # noqa: E402

chromium, page, observations = sys.argv[1:4]
tests = failed = 0


def ok(good, sentence, said=""):
    global tests, failed
    tests += 1
    failed += not good
    print("ok" if good else "not ok", tests, "-", sentence)
    if not good and said:
        print("#", str(said).replace("\n", "\n# "))


class Browser:
    def __init__(self, profile):
        to_child, self.out = os.pipe()
        self.inp, from_child = os.pipe()

        def descriptors():
            a, b = os.dup(to_child), os.dup(from_child)
            os.dup2(a, 3)
            os.dup2(b, 4)

        self.child = subprocess.Popen(
            [chromium, "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run",
             "--disable-background-networking", "--disable-component-update", "--disable-sync", "--disable-extensions",
             "--remote-debugging-pipe", "--user-data-dir=" + profile, "about:blank"],
            preexec_fn=descriptors, close_fds=False, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        os.close(to_child)
        os.close(from_child)
        self.rest, self.number, self.events, self.session = b"", 0, [], None

    def message(self):
        while b"\0" not in self.rest:
            piece = os.read(self.inp, 1 << 16)
            if not piece:
                raise SystemExit("Bail out! Chromium has ended")
            self.rest += piece
        text, self.rest = self.rest.split(b"\0", 1)
        return json.loads(text)

    def call(self, method, **params):
        self.number += 1
        call = {"id": self.number, "method": method, "params": params}
        if self.session:
            call["sessionId"] = self.session
        os.write(self.out, json.dumps(call).encode() + b"\0")
        while True:
            answer = self.message()
            if answer.get("id") == self.number:
                if "error" in answer:
                    raise SystemExit(f"Bail out! {method}: {answer['error']}")
                return answer["result"]
            self.events.append(answer)

    def wait(self, method):
        while not any(e.get("method") == method for e in self.events):
            self.events.append(self.message())

    def js(self, expression):
        result = self.call("Runtime.evaluate", expression=expression, returnByValue=True, awaitPromise=True)
        if "exceptionDetails" in result:
            raise SystemExit(f"Bail out! {expression}: {result['exceptionDetails']}")
        return result["result"].get("value")

    def key(self, name, code, text=None):
        for kind in ("keyDown", "keyUp"):
            more = {"text": text} if text and kind == "keyDown" else {}
            self.call("Input.dispatchKeyEvent", type=kind, key=name, code=name, windowsVirtualKeyCode=code, **more)

    def open(self, url):
        target = self.call("Target.createTarget", url="about:blank")["targetId"]
        self.session = self.call("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        for domain in ("Runtime", "Log", "Network", "Page"):
            self.call(domain + ".enable")
        self.events.clear()
        self.call("Page.navigate", url=url)
        self.wait("Page.loadEventFired")


def rows(b, table):
    return b.js(f"[...document.querySelectorAll('#{table} tbody tr')].map(r => [...r.cells].map(c => c.textContent))")


def visible(b, table, column):
    return b.js(f"[...document.querySelectorAll('#{table} tbody tr')].filter(r => !r.hidden)"
                f".map(r => r.cells[{column}].textContent)")


def screenshot(b, path):
    scheme, width = path.rsplit(".", 3)[1:3] if path.count(".") > 2 else ("light", "1100")
    most = int(sys.argv[5]) if len(sys.argv) > 5 else 8000
    b.call("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": scheme}])
    b.call("Emulation.setDeviceMetricsOverride", width=int(width), height=900, deviceScaleFactor=1, mobile=False)
    size = b.call("Page.getLayoutMetrics")["cssContentSize"]
    shot = b.call("Page.captureScreenshot", captureBeyondViewport=True,
                  clip={"x": 0, "y": 0, "width": int(width), "height": min(size["height"], most), "scale": 1})
    with open(path, "wb") as out:
        out.write(base64.b64decode(shot["data"]))


def figures(b):
    """What stands in the tables is what is in the observations, in every cell but intervals and p-values."""
    want = report_tables.expected(os.path.dirname(observations))
    ids = b.js("[...document.querySelectorAll('table')].map(t => t.id)")
    ok(sorted(ids) == sorted(want), "each table of the page is looked at", sorted(set(ids) ^ set(want)))
    for table in ids:
        got = rows(b, table)
        rest = want.get(table, [])[:]
        strange = []
        for row in got:
            same = next((w for w in rest if len(w) == len(row) and all(x in (None, y) for x, y in zip(w, row))), None)
            if same is None:
                strange.append(row)
            else:
                rest.remove(same)
        ok(got and not strange and not rest, f"table {table}: {len(got)} rows, each as the observations have it",
           f"there: {strange[:3]}\nnot there: {rest[:3]}")
    said = b.js("document.querySelector('#short').textContent").replace("\u00a0", " ")
    for sentence in report_tables.short(report_tables.read(observations)):
        ok(sentence in said, "it begins with the total, and the network that stands out: " + sentence[:30], said)
    first = b.js("[...document.querySelectorAll('#broken tbody tr')][0].querySelector('details').textContent")
    ok(first.count("icmp from port") == 8 and first.startswith("8 rounds"), "a row has its rounds", first)
    ok(b.js("document.title") != "" and b.js("document.querySelector('main script, main img')") is None,
       "nothing from outside became an element")


def tables(b):
    """Sorting, paging, finding and opening, by mouse and by keyboard."""
    ok(len(visible(b, "broken", 0)) == 25, "a long table shows a page of its rows")
    b.js("[...document.querySelectorAll('.tools button')].find(x => x.textContent == 'Next').click()")
    ok("26 to" in b.js("document.querySelector('.tools span').textContent"), "Next turns the page")
    b.js("document.querySelectorAll('#broken thead button')[2].click()")
    numbers = [int(x) for x in visible(b, "broken", 2)]
    ok(numbers == sorted(numbers, reverse=True), "a click sorts numbers, the largest first", numbers)
    b.js("document.querySelectorAll('#broken thead button')[0].focus()")
    b.key("Enter", 13, "\r")
    ok(b.js("document.querySelector('#broken thead th').getAttribute('aria-sort')") == "ascending" and
       b.js("document.querySelectorAll('#broken [aria-sort]').length") == 1, "Enter on a heading sorts by it")
    b.js("const f = document.querySelector('.tools input'); f.value = 'h57.example'; f.dispatchEvent(new Event('input'))")
    ok(set(visible(b, "broken", 1)) <= {"h57.example"}, "Find leaves the rows that have it")
    b.js("const g = document.querySelector('.tools input'); g.value = ''; g.dispatchEvent(new Event('input'))")
    b.js("document.querySelector('#broken tbody tr:not([hidden]) summary').focus()")
    b.key("Enter", 13, "\r")
    # The row's content is made by an event after the key, so wait until it is there.
    b.js("new Promise((done) => { let n = 0; const look = () =>"
         " document.querySelector('#broken td[colspan]') || n++ > 999 ? done() : setTimeout(look, 5); look(); })")
    ok("icmp" in (b.js("document.querySelector('#broken tbody td[colspan] pre')?.innerText") or ""),
       "Enter on a row opens its rounds")
    b.js("document.querySelectorAll('#broken thead button')[2].click()")
    ok(b.js("(() => { const row = document.querySelector('#broken details[open]').closest('tr');"
            " return row.hidden ? !document.querySelector('#broken td[colspan]')"
            " : row.nextSibling.querySelector('td[colspan] pre') !== null; })()"),
       "sorting takes along what a row has opened")


def quiet(b):
    """What the browser complained of, and what it asked the network for."""
    said = [e for e in b.events if e.get("method") in ("Runtime.exceptionThrown", "Log.entryAdded",
                                                       "Runtime.consoleAPICalled")]
    ok(not said, "no message on the console", said)
    asked = [e["params"]["request"]["url"] for e in b.events if e.get("method") == "Network.requestWillBeSent"]
    ok(asked == ["file://" + page], "no request but for the page itself", asked)


with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as profile:
    browser = Browser(profile)
    try:
        browser.open("file://" + page)
        if len(sys.argv) > 4:
            screenshot(browser, sys.argv[4])
            sys.exit()
        figures(browser)
        tables(browser)
        pdf = base64.b64decode(browser.call("Page.printToPDF", printBackground=True)["data"])
        pages = max([int(n) for n in re.findall(rb"/Count (\d+)", pdf)], default=0)
        ok(pdf.startswith(b"%PDF-") and pages >= 3, "it prints to PDF, with the rows of all pages of a table", pages)
        browser.call("Emulation.setDeviceMetricsOverride", width=1200, height=900, deviceScaleFactor=1, mobile=False)
        over = browser.js("[...document.querySelectorAll('.scroll')].filter(e => e.scrollWidth > e.clientWidth + 1)"
                          ".map(e => e.firstElementChild.id)")
        ok(over == [], "at 1,200 pixels no table and no picture has to be scrolled", over)
        browser.call("Emulation.setDeviceMetricsOverride", width=500, height=900, deviceScaleFactor=1, mobile=False)
        over = browser.js("[...document.querySelectorAll('.scroll > svg')].filter(e => e.getBoundingClientRect().width > "
                          "e.parentElement.clientWidth + 1).length")
        ok(over == 0, "at 500 pixels no picture has to be scrolled", over)
        browser.call("Emulation.setDeviceMetricsOverride", width=360, height=700, deviceScaleFactor=1, mobile=True)
        ok(browser.js("document.documentElement.scrollWidth") <= 360, "on a telephone nothing is wider than the screen",
           browser.js("document.documentElement.scrollWidth"))
        quiet(browser)
    finally:
        browser.child.kill()
        browser.child.wait()
print(f"1..{tests}")
sys.exit(failed > 0)
