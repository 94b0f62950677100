"""How fast the stepper answers: `python -m benchmarks.stepper`, in Chromium.

Key press to changed DOM, for graphs of three sizes, at once and with the style and layout the
change asks for; what opening the worked example sends, and how long it takes to be ready.
"""

import statistics
import tempfile
from pathlib import Path

from playwright.sync_api import sync_playwright

import autograd_core as torch
from tests.browser import worked
from tests.browser.chromium import LAUNCH_ARGS, chromium_path
from tests.browser.lab import Server
from widgets import BackwardStepper

PRESSES = 200

# Heard before the widget's own listener: the clock starts when the browser made the event.
LISTEN = """
  window.times = [];
  window.addEventListener("keydown", (event) => { window.pressed = event.timeStamp; }, true);
"""
WATCH = """() => {
  const root = document.querySelector(".ag");
  new MutationObserver((records) => {
    if (!records.some((record) => record.attributeName === "data-step")) return;
    const changed = performance.now();
    root.querySelector(".ag-active")?.getBoundingClientRect();
    window.times.push([changed - window.pressed, performance.now() - window.pressed]);
  }).observe(root, { attributes: true, subtree: true });
}"""


def chain(nodes):
    """A stepper of a graph with about so many nodes, every third of which uses one leaf."""
    x = torch.tensor(0.5, requires_grad=True)
    y = x
    for _ in range(nodes // 3):
        y = (y * x + x).sin()
    return BackwardStepper(y)


def keys(browser, folder, stepper):
    """Milliseconds from each key press to the changed DOM, and to its layout."""
    page = browser.new_page(viewport={"width": 1200, "height": 900})
    page.add_init_script(LISTEN)
    page.goto(stepper.to_html(folder / "stepper.html").as_uri())
    page.wait_for_selector(".ag[data-ready]")
    page.evaluate(WATCH)
    page.locator('.ag-node[tabindex="0"]').focus()
    for press in range(PRESSES):
        page.keyboard.press("ArrowLeft" if press % 20 >= 15 else "ArrowRight")
        page.wait_for_timeout(40)  # until the last change is painted, as between a person's presses
    times = page.evaluate("window.times")
    page.close()
    return times


def opening(browser, folder):
    """Bytes that opening the worked example sends, and seconds from the cell's end to ready."""
    server = Server(folder)
    page = browser.new_page(viewport={"width": 1200, "height": 900})
    try:
        lesson = server.open(page, server.write("opening.ipynb", worked.CODE, "1", "1"))
        sent = []
        lesson.run()
        lesson.ask("from widgets import BackwardStepper")
        session = page.context.new_cdp_session(page)
        session.send("Network.enable")
        session.on(
            "Network.webSocketFrameReceived",
            lambda event: sent.append(size_of(event["response"])),
        )
        seconds = page.evaluate(
            """async () => {
              const panel = jupyterapp.shell.currentWidget;
              panel.content.activeCellIndex = 2;
              panel.content.activeCell.model.sharedModel.setSource("BackwardStepper(y)");
              await jupyterapp.commands.execute("notebook:run-cell");
              const finished = performance.now();
              while (!document.querySelector(".ag-stepper[data-ready]"))
                await new Promise((done) => setTimeout(done, 2));
              return (performance.now() - finished) / 1000;
            }"""
        )
        return sum(sent), seconds
    finally:
        page.close()
        server.stop()


def size_of(frame):
    """A WebSocket frame's bytes; Chromium tells a binary one (opcode 2) in base 64."""
    size = len(frame["payloadData"].encode())
    return size * 3 // 4 if frame["opcode"] == 2 else size


def p95(times):
    return statistics.quantiles(times, n=20)[-1]


def main():
    with sync_playwright() as playwright, tempfile.TemporaryDirectory() as folder:
        browser = playwright.chromium.launch(executable_path=chromium_path(), args=LAUNCH_ARGS)
        folder = Path(folder)
        print("key press to changed DOM, milliseconds (with style and layout in brackets)")
        print(f"{'nodes':>6} {'presses':>8} {'median':>14} {'95 %':>14}")
        for stepper in (worked.stepper(step=0), chain(300), chain(1000)):
            changed, laid_out = zip(*keys(browser, folder, stepper), strict=True)
            row = [f"{f(changed):6.1f} ({f(laid_out):.1f})" for f in (statistics.median, p95)]
            print(f"{len(stepper.trace.nodes):6} {len(changed):8} {row[0]:>14} {row[1]:>14}")
        size, seconds = opening(browser, folder)
        print(f"opening the worked example: {size / 1000:.0f} kB received, ready {seconds:.2f} s after the cell")
        browser.close()


if __name__ == "__main__":
    main()
