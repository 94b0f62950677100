"""How fast the stepper answers: `python -m benchmarks.stepper`, in Chromium.

Key press to changed DOM, for graphs of three sizes, for the models of `benchmarks.watching` where PyTorch
is there, and for a page that does next to nothing;
what opening the worked example sends, and how long it takes to be ready. The times depend on
what else the machine does, so its load is printed too.
"""

import os
import statistics
import tempfile
from importlib.util import find_spec
from pathlib import Path

from playwright.sync_api import sync_playwright

import autograd_core as torch
from tests.browser import worked
from tests.browser.chromium import LAUNCH_ARGS, chromium_path
from tests.browser.lab import Server
from widgets import BackwardStepper, watching

PRESSES = 300
PAUSE = 40  # milliseconds: until the last change is painted, as between a person's presses

# Two clocks: one starts when the browser made the event, the other when the page hears of it,
# before the widget's own listener. Both stop when the DOM has changed; `laid` is taken after
# the style and the layout that the change asks for, which the browser would else do later.
LISTEN = """
  window.times = [];
  window.addEventListener("keydown", (event) => {
    window.made = event.timeStamp;
    window.heard = performance.now();
  }, true);
"""
WATCH = """(selector) => {
  const root = document.querySelector(selector);
  new MutationObserver((records) => {
    if (!records.some((record) => record.attributeName === "data-step")) return;
    const changed = performance.now();
    (root.querySelector(".ag-active") ?? root).getBoundingClientRect();
    const laid = performance.now();
    window.times.push([changed - window.heard, laid - window.heard, changed - window.made]);
  }).observe(root, { attributes: true, subtree: true });
}"""
EMPTY = """<!doctype html><p class="ag" tabindex="0">0</p><script>
  const root = document.querySelector(".ag");
  window.addEventListener("keydown", () => { root.dataset.step = Number(root.dataset.step ?? 0) + 1; });
</script>"""


def chain(nodes):
    """A stepper of a graph with about so many nodes, every third of which uses one leaf."""
    x = torch.tensor(0.5, requires_grad=True)
    y = x
    for _ in range(nodes // 3):
        y = (y * x + x).sin()
    return BackwardStepper(y)


def models():
    """Steppers of real models under `watching`, with their names; none without PyTorch."""
    if find_spec("torch") is None:
        return
    import torch

    from benchmarks.watching import FIRST

    torch.manual_seed(0)
    for name in ("LeNet", "residual network", "GPT, 12 blocks", "RNN, 700 steps"):
        with watching():
            loss = FIRST[name](torch)[1]()
        yield name, BackwardStepper(loss, step=0)


def keys(browser, page_file, focused):
    """Milliseconds from each key press to the changed DOM, by both clocks."""
    page = browser.new_page(viewport={"width": 1200, "height": 900})
    page.add_init_script(LISTEN)
    page.goto(page_file.as_uri())
    page.wait_for_selector(".ag")
    page.evaluate(WATCH, ".ag")
    page.locator(focused).focus()
    for press in range(PRESSES):
        page.keyboard.press("ArrowLeft" if press % 20 >= 15 else "ArrowRight")
        page.wait_for_timeout(PAUSE)
    times = page.evaluate("window.times")
    page.close()
    return times


def report_keys(browser, folder):
    print("key press to changed DOM, milliseconds: median and 95 %, one line each size")
    print(f"{'nodes':>17} {'presses':>8} {'heard, changed':>16} {'and laid out':>16} {'made, changed':>16}")
    empty = folder / "empty.html"
    empty.write_text(EMPTY)
    rows = [("nothing", empty, ".ag")]
    for stepper in (worked.stepper(step=0), chain(300), chain(1000)):
        count = len(stepper.trace.nodes)
        path = stepper.to_html(folder / f"{count}.html")
        rows.append((count, path, '.ag-node[tabindex="0"]'))
    for number, (name, stepper) in enumerate(models()):
        rows.append((name, stepper.to_html(folder / f"model-{number}.html"), '.ag-node[tabindex="0"]'))
    for name, path, focused in rows:
        columns = list(zip(*keys(browser, path, focused), strict=True))
        cells = [f"{statistics.median(each):.1f} {p95(each):.1f}" for each in columns]
        print(f"{name:>17} {len(columns[0]):8} " + " ".join(f"{cell:>16}" for cell in cells))
    print("(`nothing` is a page that only sets an attribute: the machine's own noise)")


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
        session.on("Network.webSocketFrameReceived", lambda event: sent.append(size_of(event["response"])))
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
        report_keys(browser, folder)
        size, seconds = opening(browser, folder)
        print(
            f"opening the worked example: {size / 1000:.0f} kB received, ready {seconds:.2f} s after the cell"
        )
        browser.close()
        if hasattr(os, "getloadavg"):
            print(f"load during the last minute: {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores")


if __name__ == "__main__":
    main()
