"""What the tests of every widget's page ask of it."""

import pytest

from tests.exhaustive import some_of

# One look at each page is enough for `make test`; `.ci/run` takes them all.
SCHEMES = pytest.mark.parametrize("scheme", some_of(["light", "dark"]))
ZOOMED = {"viewport": {"width": 640, "height": 450}, "device_scale_factor": 2}
NARROW = pytest.mark.parametrize(
    "name, conditions",
    some_of([("320 pixels", {"viewport": {"width": 320, "height": 640}}), ("zoomed to 200 %", ZOOMED)]),
)
HOSTILE = "<img src=x onerror=window.hacked=1>"  # a name that must show as text

# Renders a view, disposes of it, and returns what it listens to before and after.
CLEANUP = """async ([esm, standIn, state]) => {
  const load = (text) => import("data:text/javascript;charset=utf-8," + encodeURIComponent(text));
  const [{ default: widget }, { standIn: modelOf }] = [await load(esm), await load(standIn)];
  const listening = [];
  const [add, remove] = [window.addEventListener, window.removeEventListener];
  window.addEventListener = (...all) => { listening.push(all[0]); add.apply(window, all); };
  window.removeEventListener = (...all) => { listening.splice(listening.indexOf(all[0]), 1); remove.apply(window, all); };
  const model = modelOf(state), el = document.createElement("div");
  let heard = 0;
  const { on, off } = model;
  model.on = (...all) => { heard += 1; on(...all); };
  model.off = (...all) => { heard -= 1; off(...all); };
  document.body.append(el);
  const cleanUp = widget.render({ model, el });
  const before = [listening.length, heard, el.childElementCount];
  cleanUp();
  return [before, [listening.length, heard, el.childElementCount]];
}"""


def status(page):
    return page.get_by_role("status").inner_text()


def overlaps(page, selector):
    """Pairs of visible elements of which one lies upon the other."""
    return page.eval_on_selector_all(
        selector,
        """elements => {
          const boxes = elements.map((e) => [e.className, e.getBoundingClientRect()])
            .filter(([, box]) => box.width && box.height);
          return boxes.flatMap(([a, p], i) => boxes.slice(i + 1).filter(([, q]) =>
            p.left < q.right - 0.5 && q.left < p.right - 0.5 && p.top < q.bottom - 0.5 &&
            q.top < p.bottom - 0.5).map(([b]) => [a, b]));
        }""",
    )
