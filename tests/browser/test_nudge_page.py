"""Nudge as a page of its own: no network, no kernel, every kind of reader."""

import pytest

import autograd_core as torch
from tests.browser.axe import violations
from tests.browser.page import CLEANUP, HOSTILE, NARROW, SCHEMES, overlaps, status
from tests.widgets.test_nudge import at, layer, layer_inputs, product
from widgets import Nudge
from widgets.base import bundle


def nudge(**state):
    widget = Nudge(product, [3.0, 2.0], eps=0.01)
    for name, value in state.items():
        setattr(widget, name, value)
    return widget


@pytest.fixture(scope="module")
def address(tmp_path_factory):
    return nudge().to_html(tmp_path_factory.mktemp("page") / "nudge.html").as_uri()


def boxes(page):
    return page.eval_on_selector_all(".ag-node", "nodes => nodes.map((n) => n.getAttribute('aria-label'))")


def focus_graph(page):
    page.locator('.ag-node[tabindex="0"]').focus()


def test_it_fits_in_a_small_window_and_keeps_its_height(show, photograph):
    def two_layers(p1, p2):
        o1 = (p1 * 3) ** 2 + 1
        return (p2 * o1) ** 0.5

    page = show(Nudge(two_layers, [1.0, 2.0], eps=0.01), viewport={"width": 628, "height": 650})
    heights = set()
    for _ in range(7):
        heights.add(round(page.locator(".ag").bounding_box()["height"]))
        page.locator(".ag").press("ArrowRight")
    photograph(page.locator(".ag"), "nudge-small")
    assert len(heights) == 1 and max(heights) <= 620


def test_it_steps_without_a_network_says_what_python_says_and_keeps_its_height(show, address):
    page = show(address)
    focus_graph(page)
    heights = set()
    for sentence in nudge().transcript().splitlines():
        assert status(page) == sentence
        heights.add(page.locator(".ag").bounding_box()["height"])
        page.keyboard.press("ArrowRight")
    assert len(heights) == 1
    page.keyboard.press("Home")
    assert status(page) == nudge().describe()
    assert page.asked == []


def test_smaller_nudges_are_listed_as_they_are_tried(show, address):
    page = show(address)
    page.locator(".ag-tried").focus()
    assert page.locator(".ag-tried td").all_inner_texts() == [""] * 16
    page.keyboard.press("End")
    for eps in ("+0.001", "+0.0001"):
        page.get_by_label("by ε =").select_option(label=eps)
    listed = page.locator(".ag-tried td").all_inner_texts()
    assert listed[:8] == ["", "", "27.04", "27.004", "27.0004", "", "", ""]
    assert listed[8:] == ["", "", "0.04", "0.004", "0.0004", "", "", ""]
    assert status(page) == at(nudge(), eps=0.0001).describe()


def test_another_leaf_is_picked_in_the_list_or_in_the_graph_and_the_nudge_begins_anew(show, address):
    page = show(address)
    focus_graph(page)
    page.keyboard.press("End")
    page.locator(".ag-choice select").first.select_option("w")
    assert status(page) == nudge(leaf="w").describe()
    page.locator(".ag-node").first.click()
    assert page.locator(".ag-choice select").first.input_value() == "x"
    page.locator('[data-id="n3"]').click()  # v: there the nudge comes at step 3
    assert status(page) == nudge(step=3).describe()


def test_turned_round_it_is_the_backward_pass(show, address):
    page = show(address)
    page.get_by_role("button", name="backward()").click()
    assert status(page) == nudge(way="backward").describe()
    page.keyboard.press("End")
    assert status(page) == nudge(way="backward", step=6).describe()
    assert page.locator(".ag-result dd").first.inner_text() == "27"
    assert "x, leaf, value 3, gradient 27, complete, 2 of 2" in boxes(page)


def test_it_plays_to_the_end_and_stops(show, address):
    page = show(address)
    page.clock.install()
    focus_graph(page)
    page.keyboard.press("Space")
    page.clock.run_for(8000)
    assert status(page) == at(nudge()).describe()
    assert page.get_by_role("button", name="Play").is_visible()


@SCHEMES
def test_no_accessibility_violation(show, address, photograph, scheme):
    page = show(address, color_scheme=scheme)
    focus_graph(page)
    page.keyboard.press("End")
    page.get_by_role("button", name="Table").click()
    photograph(page.locator(".ag"), f"nudge-page-{scheme}")
    assert violations(page) == []


@NARROW
def test_nothing_is_cut_off(show, address, photograph, name, conditions):
    page = show(address, **conditions)
    photograph(page.locator(".ag"), f"nudge-{name.split()[-2]}")
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert overlaps(page, ".ag-toolbar :is(button, input, select)") == []
    assert overlaps(page, ".ag-toolbar, .ag-status, .ag-graph-pane, .ag-legend, .ag-card") == []


def test_leaf_operation_output_and_constant_look_as_in_every_picture(show):
    page = show(Nudge(lambda x: 3 * x**2 + x, 2.0))
    for kind, look in {"leaf": "0 rgb(227, 240, 248)", "op:not(.ag-output)": "12 rgb(255, 255, 255)",
                       "output": "12 rgb(253, 240, 231)", "constant": "12 rgb(242, 242, 242)"}.items():  # fmt: skip
        seen = page.eval_on_selector(
            f".ag-{kind} > rect.ag-box:last-of-type",
            "box => `${Math.round(box.getAttribute('rx'))} ${getComputedStyle(box).fill}`",
        )
        assert seen == look, kind


def test_no_text_of_a_node_leaves_its_box(show):
    page = show(at(Nudge(layer, layer_inputs(torch), leaf="x[1]")))
    outside = page.eval_on_selector_all(
        ".ag-node",
        """nodes => nodes.flatMap((node) => {
          const box = node.querySelector(".ag-box").getBoundingClientRect();
          return [...node.querySelectorAll("text")].map((t) => [t.textContent, t.getBoundingClientRect()])
            .filter(([, t]) => t.width && (t.left < box.left || t.right > box.right)).map(([text]) => text);
        })""",
    )
    assert outside == []


def test_hostile_names_are_text(show):
    page = show(Nudge(lambda x: x * x, 3.0, names=[HOSTILE]))
    focus_graph(page)
    page.keyboard.press("End")
    assert HOSTILE in status(page)
    assert page.evaluate("window.hacked") is None and page.locator(".ag img").count() == 0


def test_a_view_that_goes_leaves_nothing_behind(show, address):
    page, widget = show(address), nudge()
    state = widget.get_state(widget.own_traits())
    (listening, heard, children), after = page.evaluate(
        CLEANUP, [str(widget._esm), bundle("stand_in.js"), state]
    )
    assert listening == 1 and heard == 4 and children == 1
    assert after == [0, 0, 0]


def test_a_click_anywhere_gives_it_the_keys(show, address):
    page = show(address)
    page.locator(".ag-status").click()
    page.keyboard.press("ArrowRight")
    assert status(page) == nudge(step=1).describe()


def test_a_key_leads_into_the_view_that_was_used_last_and_back(show, address):
    page = show(address)
    page.evaluate("document.body.insertAdjacentHTML('afterbegin', '<button id=cell>Run</button>')")
    page.locator("#cell").focus()
    page.keyboard.press("F2")
    page.keyboard.press("ArrowRight")
    assert status(page) == nudge(step=1).describe()
    page.keyboard.press("F2")
    assert page.evaluate("document.activeElement.id") == "cell"


def test_beside_a_notebook_that_key_is_the_hosts(show, address):
    page = show(address)
    page.evaluate("document.querySelector('.ag').parentElement.classList.add('jp-NotebookPanel')")
    page.evaluate("document.body.insertAdjacentHTML('afterbegin', '<button id=file>lesson.ipynb</button>')")
    page.locator("#file").focus()
    page.keyboard.press("F2")
    assert page.evaluate("document.activeElement.id") == "file"


def test_its_colours_are_those_of_the_ground_it_stands_on(show, address):
    page = show(address)
    for ground, text, dark in (("#222", "", 1), ("#eee", "", 0), ("oklch(0.2 0 0)", "", 1), ("transparent", "", 0),
                               ("transparent", "#fff", 1), ("transparent", "#333", 0)):  # fmt: skip
        page.evaluate(
            "([background, color]) => Object.assign(document.body.style, { background, color })",
            [ground, text],
        )
        page.locator(".ag[data-dark]").nth(0).wait_for(state="attached" if dark else "detached")
        colour = page.eval_on_selector(".ag", "e => getComputedStyle(e).backgroundColor")
        assert colour == ("rgb(17, 17, 17)" if dark else "rgb(255, 255, 255)")


def test_a_ground_is_found_out_of_shadow_trees_and_again_when_it_changes(show, address):
    page = show(address)
    page.evaluate("""() => {
      const inner = document.createElement("div"), outer = document.createElement("div");
      for (const host of [inner, outer]) host.attachShadow({ mode: "open" });
      inner.shadowRoot.append(document.querySelector(".ag").parentElement);
      outer.shadowRoot.append(inner);
      document.body.replaceChildren(outer);
    }""")
    for ground, dark in (("#222", True), ("#eee", False), ("#111", True)):
        page.evaluate("ground => { document.body.firstChild.style.background = ground; document.body.className = ground; }", ground)  # fmt: skip
        page.locator(".ag[data-dark]").first.wait_for(state="attached" if dark else "detached")


@pytest.mark.parametrize("width", [360, 390, 628])
@pytest.mark.parametrize("way, beginning", [("forward", "p1"), ("backward", "y")])
def test_before_the_first_step_one_sees_where_it_begins(show, width, way, beginning):
    def two_layers(p1, p2):
        y = (p2 * ((p1 * 3) ** 2 + 1)) ** 0.5
        return y  # noqa: RET504, the name is seen

    widget = Nudge(two_layers, [1.0, 2.0], eps=0.01)
    widget.way = way
    page = show(widget, viewport={"width": width, "height": 800})
    seen = page.locator(".ag-graph").bounding_box()
    node = page.locator(f'.ag-node[aria-label^="{beginning}"]').first.bounding_box()
    assert seen["x"] <= node["x"] and node["x"] + node["width"] <= seen["x"] + seen["width"] + 1
    assert seen["y"] <= node["y"] and node["y"] + node["height"] <= seen["y"] + seen["height"] + 1
