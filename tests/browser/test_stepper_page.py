"""The stepper as a page of its own: no network, no kernel, every kind of reader."""

from dataclasses import replace

import pytest

import autograd_core as torch
from tests.browser import worked
from tests.browser.axe import violations
from tests.browser.page import CLEANUP, HOSTILE, NARROW, SCHEMES, overlaps, status
from tests.exhaustive import some_of
from widgets import BackwardStepper, record
from widgets.base import bundle
from widgets.recorders.example import example


@pytest.fixture(scope="module")
def address(tmp_path_factory):
    """The worked example's page, in the middle of its backward pass."""
    return worked.stepper(step=38).to_html(tmp_path_factory.mktemp("page") / "w.html").as_uri()


def focus_graph(page):
    page.locator('.ag-node[tabindex="0"]').focus()


def test_it_steps_without_a_network_and_asks_for_nothing(show, address):
    page = show(address)
    focus_graph(page)
    page.keyboard.press("ArrowRight")
    assert status(page) == worked.stepper(step=39).describe()
    page.keyboard.press("Home")
    assert status(page) == worked.stepper(step=0).describe()
    assert [url for url in page.asked if not url.startswith(("file:", "data:"))] == []


def test_every_step_says_what_python_says_forward_and_back(show, address):
    page = show(address)
    told = worked.stepper().transcript().splitlines()
    focus_graph(page)
    page.keyboard.press("Home")
    for step in [*range(len(told)), *range(len(told) - 1, -1, -1)]:
        while int(page.locator(".ag").get_attribute("data-step")) != step:
            forward = int(page.locator(".ag").get_attribute("data-step")) < step
            page.keyboard.press("ArrowRight" if forward else "ArrowLeft")
        assert status(page) == told[step]


def test_going_back_restores_the_picture_exactly(show, address):
    page = show(address)
    focus_graph(page)
    page.keyboard.press("Home")
    seen = []
    for _ in range(46):
        seen.append(graph_text(page))
        page.keyboard.press("ArrowRight")
    page.keyboard.press("End")
    for before in reversed(seen):
        assert graph_text(page) == before
        page.keyboard.press("ArrowLeft")


def graph_text(page):
    """Every node's label, which says its value and how its gradient stands, and its mark."""
    return page.eval_on_selector_all(
        ".ag-node", "nodes => nodes.map((n) => [n.getAttribute('aria-label'), n.dataset.state])"
    )


def test_four_states_have_four_shapes_four_colours_and_four_texts(show, photograph):
    page = show(BackwardStepper(four_states(), step=11))
    looks = page.eval_on_selector_all(
        ".ag-node:not(.ag-constant)",
        """nodes => Object.fromEntries(nodes.map((node) => {
          const mark = node.querySelector(".ag-mark");
          return [node.dataset.state, [mark.getAttribute("d"), getComputedStyle(mark).fill,
            node.getAttribute("aria-label").split("gradient")[1]]];
        }))""",
    )
    assert set(looks) == {"nothing", "partial", "complete", "zero"}
    photograph(page.locator(".ag"), "stepper-four-states")
    for kind in zip(*looks.values(), strict=True):
        assert len(set(kind)) == 4


def four_states():
    """A trace in which, after step 11, `u` has nothing, `w` 1 of 2, `z` has 1 · 0."""
    u, w = torch.tensor(3.0, requires_grad=True), torch.tensor(2.0, requires_grad=True)
    z, zero = torch.tensor(5.0, requires_grad=True), torch.tensor(0.0)
    y = u * w + w + z * zero
    return record(y)


@SCHEMES
def test_no_accessibility_violation(show, address, photograph, scheme):
    page = show(address, color_scheme=scheme)
    focus_graph(page)
    page.keyboard.press("Enter")
    page.get_by_role("button", name="Table").click()
    photograph(page.locator(".ag"), f"stepper-page-details-{scheme}")
    assert violations(page) == []


@NARROW
def test_nothing_is_cut_off(show, address, photograph, name, conditions):
    page = show(address, **conditions)
    photograph(page.locator(".ag"), f"stepper-{name.split()[-2]}")
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    for control in page.locator(".ag-toolbar :is(button, input, select)").all():
        box = control.bounding_box()
        assert box["width"] >= 24 and box["height"] >= 24
        assert box["x"] >= 0 and box["x"] + box["width"] <= conditions["viewport"]["width"]
    assert overlaps(page, ".ag-toolbar :is(button, input, select)") == []
    assert overlaps(page, ".ag-toolbar, .ag-status, .ag-graph-pane, .ag-legend, .ag-card") == []
    focus_graph(page)
    page.keyboard.press("ArrowRight")
    assert status(page) == worked.stepper(step=39).describe()


@pytest.mark.parametrize("width, rows", [(1200, 1), (770, 1), (600, 3), (320, 3)])
def test_the_toolbar_is_one_row_where_a_notebook_is_wide_enough(show, address, width, rows):
    page = show(address, viewport={"width": width, "height": 640})
    middles = page.eval_on_selector_all(
        ".ag-toolbar :is(button, input, select)",
        "controls => controls.map((c) => c.getBoundingClientRect()).map((b) => b.top + b.height / 2)",
    )
    heights = sorted(middles)
    apart = [b - a > 12 for a, b in zip(heights, heights[1:])]
    assert sum(apart) + 1 == rows
    words = page.locator(".ag-phases span")
    assert words.evaluate_all("spans => spans.every((s) => s.scrollWidth <= s.clientWidth + 1)")


def test_no_number_of_a_wide_matrix_is_broken_over_lines(show):
    import autograd_core as torch

    W = torch.full((8, 3), 0.1234).requires_grad_()
    stepper = BackwardStepper((W.T * 1.5).sum())
    page = show(stepper)
    focus_graph(page)
    page.keyboard.press("End")
    page.keyboard.press("ArrowLeft")
    cells = page.locator(".ag-grid td")
    assert cells.evaluate_all("cells => Math.max(...cells.map((c) => c.clientHeight))") < 30
    wide = page.locator('.ag-grids[tabindex="0"]').first
    wide.focus()
    before = page.locator(".ag").get_attribute("data-step")
    page.keyboard.press("ArrowRight")
    assert page.locator(".ag").get_attribute("data-step") == before
    assert violations(page) == []


def test_a_node_that_was_clicked_has_the_graphs_own_frame(show, address):
    page = show(address)
    page.locator(".ag-node").first.click()
    outline, halo = page.evaluate(
        """() => [getComputedStyle(document.activeElement).outlineStyle,
          getComputedStyle(document.activeElement.querySelector(".ag-halo")).strokeWidth]"""
    )
    assert (outline, halo) == ("none", "5px")


def test_cards_beside_each_other_are_as_high_as_what_they_hold(show, address):
    page = show(address, viewport={"width": 1000, "height": 900})
    page.get_by_role("button", name="Horizontal").click()
    page.locator(".ag-node").first.click()
    source, rule, details = (page.locator(f".ag-{name}").bounding_box()
                             for name in ("source", "rule", "details"))  # fmt: skip
    assert source["y"] == rule["y"] and source["x"] == details["x"] < rule["x"]
    assert 8 <= details["y"] - (source["y"] + source["height"]) <= 16
    assert overlaps(page, ".ag-graph-pane, .ag-legend, .ag-card") == []


def test_no_nodes_text_leaves_its_box(show, address):
    page = show(address)
    for other in ("Horizontal", "Vertical"):
        outside = page.eval_on_selector_all(
            ".ag-node",
            """nodes => nodes.flatMap((node) => {
              const box = node.querySelector(".ag-box").getBoundingClientRect();
              return [...node.querySelectorAll("text")].map((t) => [t.textContent, t.getBoundingClientRect()])
                .filter(([, t]) => t.width && (t.left < box.left || t.right > box.right || t.bottom > box.bottom + 1))
                .map(([text]) => text);
            })""",
        )
        assert outside == []
        assert overlaps(page, ".ag-box") == []
        page.get_by_role("button", name=other).click()


def test_forced_colours_keep_every_line_visible(show, address, photograph):
    page = show(address, forced_colors="active")
    photograph(page.locator(".ag"), "stepper-forced-colours")
    ground = page.eval_on_selector(".ag", "e => getComputedStyle(e).backgroundColor")
    for part, style in {
        ".ag-box": "stroke",
        ".ag-edge": "stroke",
        ".ag-name": "fill",
        ".ag-mark": "fill",
    }.items():
        colours = page.eval_on_selector_all(
            f".ag-op {part}, .ag-leaf {part}, .ag-edges {part}",
            f"all => [...new Set(all.map((e) => getComputedStyle(e).{style}))]",
        )
        assert colours and ground not in colours, part


@pytest.mark.parametrize("motion, moving", [("reduce", False), ("no-preference", True)])
def test_reduced_motion_is_obeyed(show, address, motion, moving):
    page = show(address, reduced_motion=motion)
    seconds = page.eval_on_selector(".ag-box", "e => parseFloat(getComputedStyle(e).transitionDuration)")
    assert (seconds > 0) == moving


@pytest.mark.exhaustive
def test_a_hostile_name_is_only_text(show):
    trace = example()
    nodes = tuple(replace(node, name=HOSTILE) if node.name == "p" else node for node in trace.nodes)
    lines = ("</script><script>window.hacked=1</script>", trace.listings[0].lines[1])
    listing = replace(trace.listings[0], lines=lines)
    stepper = BackwardStepper(replace(trace, nodes=nodes, listings=(listing,)), step=11)
    page = show(stepper)
    focus_graph(page)
    page.keyboard.press("Enter")
    page.get_by_role("button", name="Table").click()
    for key in ("ArrowLeft", "ArrowLeft", "ArrowRight", "End", "Home"):
        page.keyboard.press(key)
    assert page.evaluate("window.hacked") is None
    assert page.locator(".ag img").count() == 0
    assert HOSTILE in page.locator(".ag-graph").text_content()
    page.set_content(stepper._repr_mimebundle_()[0]["text/html"])
    page.wait_for_function("document.images[0].complete && document.images[0].naturalWidth > 0")
    assert page.evaluate("window.hacked") is None


@pytest.mark.exhaustive
def test_a_thousand_nodes_are_followed(show, photograph):
    page = show(BackwardStepper(chain(1000)))
    focus_graph(page)
    for _ in range(30):
        page.keyboard.press("ArrowRight")
    window = page.locator(".ag-graph").bounding_box()
    node = page.locator(".ag-active").bounding_box()
    assert window["x"] <= node["x"] and node["x"] + node["width"] <= window["x"] + window["width"]
    assert window["y"] <= node["y"] and node["y"] + node["height"] <= window["y"] + window["height"]
    photograph(page.locator(".ag"), "stepper-1000-nodes")


def matrices():
    """A stepper of a product of matrices with a vector added to each row."""
    W = torch.tensor([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]], requires_grad=True)
    X = torch.tensor([[1.0, 0.0], [0.0, 1.0], [1.0, 1.0], [2.0, 0.0]], requires_grad=True)
    b = torch.tensor([1.0, 2.0, 3.0], requires_grad=True)
    h = X @ W
    y = ((h + b) ** 2).sum()
    return BackwardStepper(y)


def test_matrices_show_shapes_sums_transposes_and_elements(show, photograph):
    stepper = matrices()
    page = show(stepper)
    seen = {}
    focus_graph(page)
    while page.locator(".ag").get_attribute("data-step") != str(stepper.steps):
        page.keyboard.press("ArrowRight")
        for part in page.locator(".ag-rule-part").all():
            to = part.locator("p").nth(1).inner_text().split(":")[0].removeprefix("sends to ")
            grids = part.locator(".ag-grid").evaluate_all(
                """tables => Object.fromEntries(tables.map((table) => [table.caption.textContent,
                  [...table.rows].map((row) => [...row.cells].map((cell) => cell.textContent))]))"""
            )
            seen[to] = (part.inner_text(), grids)
    assert "b was broadcast, so the gradient is summed over axis −2: 4×3 → 3" in seen["b"][0]
    assert "gradient of W = Xᵀ @ g" in seen["W"][0] and "(4×2)ᵀ @ (4×3) → (2×3)" in seen["W"][0]
    assert "gradient of X = g @ Wᵀ" in seen["X"][0] and "(4×3) @ (2×3)ᵀ → (4×2)" in seen["X"][0]
    # g = 2·(X @ W + b); its columns' sums, and Xᵀ @ g
    assert seen["b"][1]["sent"] == [["32", "52", "72"]]
    assert seen["W"][1]["sent"] == [["28", "50", "72"], ["22", "32", "42"]]
    photograph(page.locator(".ag"), "stepper-matrices")


def test_the_graph_is_zoomed_and_moved(show, address):
    page = show(address)
    node = page.locator('[data-id="n0"] .ag-box')
    graph = page.locator(".ag-graph").bounding_box()
    middle = (graph["x"] + graph["width"] / 2, graph["y"] + graph["height"] / 2)
    before = node.bounding_box()
    page.get_by_role("button", name="Zoom in").click()
    assert node.bounding_box()["width"] == pytest.approx(1.25 * before["width"], rel=0.02)
    page.get_by_role("button", name="Zoom out").click()
    assert node.bounding_box() == pytest.approx(before, abs=0.5)

    page.mouse.move(*middle)
    page.mouse.wheel(0, 100)  # without Ctrl it is the page's
    assert node.bounding_box()["width"] == pytest.approx(before["width"], abs=0.5)
    page.evaluate("scrollTo(0, 0)")
    page.keyboard.down("Control")
    page.mouse.wheel(0, -100)
    page.keyboard.up("Control")
    page.wait_for_function("([node, width]) => node.getBoundingClientRect().width > 1.1 * width",
                           arg=[node.element_handle(), before["width"]])  # fmt: skip

    page.get_by_role("button", name="Fit").click()
    before, active = node.bounding_box(), page.locator(".ag").get_attribute("data-step")
    page.mouse.move(*middle)
    page.mouse.down()
    page.mouse.move(middle[0] + 60, middle[1] + 30, steps=4)
    page.mouse.up()
    after = node.bounding_box()
    assert (after["x"] - before["x"], after["y"] - before["y"]) == pytest.approx((60, 30), abs=1)
    assert page.locator(".ag-details").is_hidden()  # a drag is not a click
    assert page.locator(".ag").get_attribute("data-step") == active


@pytest.mark.parametrize("direction", ["vertical", "horizontal"])
@pytest.mark.parametrize("program", some_of(["x**2 + x**3", "x.sin()", "x"]))
def test_all_of_a_small_graph_is_in_sight(show, photograph, program, direction):
    x = torch.tensor(3.0, requires_grad=True)
    stepper = BackwardStepper(eval(program, {"x": x}), names={"x": x}, direction=direction)
    page = show(stepper, color_scheme="dark")
    window = page.locator(".ag-graph").bounding_box()
    photograph(page.locator(".ag"), f"stepper-{program.count('x')}-{len(program)}-{direction}")
    for outline in page.locator(".ag-halo").all():
        box = outline.bounding_box()
        assert window["x"] <= box["x"] and box["x"] + box["width"] <= window["x"] + window["width"]
        assert window["y"] <= box["y"] and box["y"] + box["height"] <= window["y"] + window["height"]


@pytest.mark.exhaustive
def test_a_wide_graph_is_not_cut_off_above_and_below(show):
    page = show(worked.stepper(direction="horizontal"))
    window = page.locator(".ag-graph").bounding_box()
    for outline in page.locator(".ag-halo").all():
        box = outline.bounding_box()
        assert window["y"] <= box["y"] and box["y"] + box["height"] <= window["y"] + window["height"]


def chain(nodes):
    """The trace of a graph with about so many nodes."""
    x = torch.tensor(0.5, requires_grad=True)
    y = x
    for _ in range(nodes // 3):
        y = (y * x + x).sin()
    return record(y)


def test_a_view_that_goes_leaves_nothing_behind(page):
    stepper = worked.stepper()
    state = stepper.get_state(stepper.own_traits())
    there, gone = page.evaluate(CLEANUP, [str(stepper._esm), bundle("stand_in.js"), state])
    assert all(there) and not any(gone)


def test_a_list_in_the_toolbar_is_changed_from_the_keyboard(show, address):
    page = show(address)
    speed = page.get_by_role("combobox", name="Speed")
    speed.focus()
    page.keyboard.press("ArrowRight")
    assert speed.input_value() == "2"
    page.keyboard.press("Space")  # opens it, and in it Up and Down are its own
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    assert speed.input_value() == "4"
    assert speed.evaluate("speed => speed === document.activeElement")


def transform(page):
    return page.locator(".ag-graph > g").first.get_attribute("transform")


def test_follow_shows_whether_it_is_on_and_can_be_turned_off(show, address):
    page = show(address, viewport={"width": 320, "height": 640})
    follow = page.get_by_role("button", name="Follow")
    assert follow.get_attribute("aria-pressed") == "true"
    focus_graph(page)
    page.keyboard.press("End")
    seen = transform(page)
    page.keyboard.press("Home")
    assert transform(page) != seen
    follow.click()
    assert follow.get_attribute("aria-pressed") == "false"
    seen = transform(page)
    focus_graph(page)
    page.keyboard.press("End")
    assert transform(page) == seen
    follow.click()
    assert follow.get_attribute("aria-pressed") == "true"
    assert transform(page) != seen


FADES = """() => ["::before", "::after"].map((side) =>
  getComputedStyle(document.querySelector(".ag-graph-pane"), side).content !== "none")"""


def test_a_narrow_graph_fades_where_it_goes_on(show, address, photograph):
    page = show(address, viewport={"width": 320, "height": 640})
    photograph(page.locator(".ag-graph-pane"), "stepper-narrow-graph")
    assert any(page.evaluate(FADES))
    page.get_by_role("button", name="Fit").click()
    assert page.evaluate(FADES) == [False, False]
    page.set_viewport_size({"width": 1200, "height": 900})
    page.get_by_role("button", name="Follow").click()
    page.get_by_role("button", name="Follow").click()
    assert page.evaluate(FADES) == [False, False]
