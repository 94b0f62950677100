"""The stepper as a page of its own: no network, no kernel, every kind of reader."""

import linecache
from dataclasses import replace
from xml.etree import ElementTree

import pytest

import autograd_core as torch
from tests.browser import worked
from tests.browser.axe import violations
from tests.browser.page import CLEANUP, HOSTILE, NARROW, SCHEMES, overlaps, status
from tests.exhaustive import some_of
from widgets import BackwardStepper, record, watching
from widgets.base import bundle
from widgets.levels import Levels
from widgets.recorders.example import example


@pytest.fixture(scope="module")
def address(tmp_path_factory):
    """The worked example's page, in the middle of its backward pass."""
    return worked.stepper(step=38).to_html(tmp_path_factory.mktemp("page") / "w.html").as_uri()


def focus_graph(page):
    page.locator('.ag-node[tabindex="0"]').focus()


def more(page):
    """Show the controls that are needed less often, or put them away."""
    page.get_by_role("button", name="More", exact=True).click()


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
    more(page)
    page.get_by_role("button", name="Table").click()
    photograph(page.locator(".ag"), f"stepper-page-details-{scheme}")
    assert violations(page) == []


@NARROW
def test_nothing_is_cut_off(show, address, photograph, name, conditions):
    page = show(address, **conditions)
    photograph(page.locator(".ag"), f"stepper-{name.split()[-2]}")
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    more(page)
    for control in page.locator(".ag-toolbar :is(button, input, select)").all():
        box = control.bounding_box()
        assert box["width"] >= 24 and box["height"] >= 24
        assert box["x"] >= 0 and box["x"] + box["width"] <= conditions["viewport"]["width"]
    assert overlaps(page, ".ag-toolbar :is(button, input, select)") == []
    more(page)
    assert overlaps(page, ".ag-toolbar, .ag-status, .ag-graph-pane, .ag-legend, .ag-panel, .ag-source") == []
    focus_graph(page)
    page.keyboard.press("ArrowRight")
    assert status(page) == worked.stepper(step=39).describe()


@pytest.mark.parametrize("width", [1200, 600, 320])
def test_five_controls_stand_in_one_row_and_the_rest_comes_on_demand(show, address, width):
    page = show(address, viewport={"width": width, "height": 640})
    controls = page.locator(".ag-toolbar :is(button, input, select):visible")
    middles = [box["y"] + box["height"] / 2 for box in (each.bounding_box() for each in controls.all())]
    assert len(middles) == 5 and max(middles) - min(middles) <= 12
    before = page.locator(".ag").bounding_box()
    more(page)
    assert controls.count() > 10 and page.locator(".ag").bounding_box() == before
    assert page.evaluate("document.activeElement.textContent") == "Start"
    page.keyboard.press("Escape")
    assert controls.count() == 5 and page.evaluate("document.activeElement.textContent") == "More"
    words = page.locator(".ag-phases span")
    assert words.evaluate_all("spans => spans.every((s) => s.scrollWidth <= s.clientWidth + 1)")


@pytest.mark.exhaustive
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


@pytest.mark.exhaustive
def test_a_node_that_was_clicked_has_the_graphs_own_frame(show, address):
    page = show(address)
    page.locator(".ag-node").first.click()
    outline, halo = page.evaluate(
        """() => [getComputedStyle(document.activeElement).outlineStyle,
          getComputedStyle(document.activeElement.querySelector(".ag-halo")).strokeWidth]"""
    )
    assert (outline, halo) == ("none", "5px")


# What a cell has in JupyterLab at 1024 × 768 and at 1440 × 900, with and without its file browser.
@pytest.mark.parametrize("width, height", [(624, 646), (902, 646), (1040, 778)])
@pytest.mark.parametrize("program", some_of(["worked", "levels"]))
def test_it_is_no_taller_than_a_small_window_and_stepping_moves_nothing(show, program, width, height):
    page = show(worked.stepper(step=0) if program == "worked" else layered(step=0),
                viewport={"width": width, "height": height})  # fmt: skip
    seen = set()
    for _ in range(46):
        focus_graph(page)
        page.keyboard.press("ArrowRight")
        seen.add(page.eval_on_selector_all(PLACES, PLACED))
    page.keyboard.press("Enter")
    seen.add(page.eval_on_selector_all(PLACES, PLACED))
    assert len(seen) == 1
    assert page.locator(".ag").bounding_box()["height"] <= (620 if height < 700 else 760)


PLACES = ".ag, .ag-status, .ag-panel, .ag-graph-pane, .ag-source"
PLACED = """all => all.map((each) => each.getBoundingClientRect())
  .map(({x, y, width, height}) => [x, y, width, height].map(Math.round)).join("; ")"""


def test_the_rule_comes_first_then_the_graph_and_the_code_on_one_line_where_there_is_little_room(
    show, address
):
    page = show(address, viewport={"width": 624, "height": 646})
    rule, graph, source = (
        page.locator(f".ag-{name}").bounding_box()["y"] for name in ("panel", "graph-pane", "source")
    )
    assert rule < graph < source
    summary = page.locator(".ag-source summary")
    focus_graph(page)
    page.keyboard.press("ArrowRight")
    assert (
        page.locator(".ag-code").is_hidden() and summary.locator("mark").inner_text() == "(p1 * x) ** 2 + 1"
    )
    summary.click()
    assert page.locator(".ag-code").is_visible()


FAR_DOWN = """\
def model(x):
    if True:
        if True:
            y = x * 2
{}
            a_name_that_takes_much_room_on_its_line = y * y
            return a_name_that_takes_much_room_on_its_line.exp()
z = model(torch.tensor(0.5, requires_grad=True))
stepper = BackwardStepper(z)""".format("\n" * 30)


@pytest.mark.parametrize("width", [624, 1008], ids=["below the graph", "beside the graph"])
def test_the_piece_of_code_at_work_is_in_view(show, width):
    linecache.cache["far.py"] = (len(FAR_DOWN), None, FAR_DOWN.splitlines(keepends=True), "far.py")
    scope = {"torch": torch, "BackwardStepper": BackwardStepper}
    exec(compile(FAR_DOWN, "far.py", "exec"), scope)
    page = show(scope["stepper"], viewport={"width": width, "height": 646})
    summary = page.locator(".ag-source summary")
    focus_graph(page)
    page.keyboard.press("Home")
    for piece in ("x * 2", "y * y", "a_name_that_takes_much_room_on_its_line.exp()"):
        focus_graph(page)
        while page.locator(".ag-code mark").all_text_contents() != [piece]:
            page.keyboard.press("ArrowRight")
        if width < 720:
            summary.click()
        page.wait_for_function(IN_VIEW, timeout=5000)
        if width < 720:
            summary.click()
    page.set_viewport_size({"width": 1632 - width, "height": 646})
    page.locator(".ag-source").evaluate("source => { source.open = true; }")
    page.wait_for_function(IN_VIEW, timeout=5000)


IN_VIEW = """() => {
  const seen = document.querySelector(".ag-code").getBoundingClientRect(), piece = document.querySelector(".ag-code mark").getBoundingClientRect();
  return seen.top <= piece.top && piece.bottom <= seen.bottom && seen.left <= piece.left && piece.left < seen.right - 40;
}"""


def test_beside_the_graph_the_rule_is_above_the_code_and_details_take_its_place(show, address):
    page = show(address, viewport={"width": 1000, "height": 900})
    graph, rule, source = (
        page.locator(f".ag-{name}").bounding_box() for name in ("graph-pane", "panel", "source")
    )
    assert graph["y"] == rule["y"] < source["y"] and graph["x"] < rule["x"] == source["x"]
    page.locator(".ag-node").first.click()
    assert page.locator(".ag-details").is_visible() and page.locator(".ag-rule").is_hidden()
    page.keyboard.press("Escape")
    assert page.locator(".ag-details").is_hidden() and page.locator(".ag-rule").is_visible()


def test_no_nodes_text_leaves_its_box(show, address):
    page = show(address)
    more(page)
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


@pytest.mark.exhaustive
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
    more(page)
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
    assert "b was broadcast, so the gradient is summed over the first axis: 4×3 → 3" in seen["b"][0]
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
    more(page)
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


def layered(**options):
    """A stepper of a model of the engine with a module in a module, watched."""
    nn = torch.nn
    model = nn.Sequential(nn.Linear(2, 3), nn.Sequential(nn.Linear(3, 3), nn.Tanh()), nn.Linear(3, 1))
    with watching():
        loss = model(torch.ones(4, 2)).square().mean()
    return BackwardStepper(loss, **options)


def test_what_is_around_a_level_is_dimmed_in_its_lines_and_not_in_its_words(show):
    stepper = layered()
    stepper.level = 1
    page = show(stepper)
    dimmed = """all => all.map((each) => {
      let least = 1;
      for (let part = each; part; part = part.parentElement) least *= getComputedStyle(part).opacity;
      return least;
    })"""
    assert min(page.eval_on_selector_all(".ag-around .ag-box", dimmed)) < 1
    assert set(page.eval_on_selector_all(".ag-node text, .ag-node tspan", dimmed)) == {1}


def test_a_sentence_that_does_not_fit_is_scrolled_with_keys(show):
    names = {f"a_rather_long_name_{i}": torch.tensor(1.0, requires_grad=True) for i in range(2)}
    scope = {"torch": torch, **names}
    exec("loss_of_many_words = " + " * ".join(names), scope)
    page = show(BackwardStepper(scope["loss_of_many_words"]), viewport={"width": 340, "height": 646})
    focus_graph(page)
    places = set()
    for _ in range(9):
        page.keyboard.press("ArrowRight")
        page.wait_for_timeout(50)
        scrolls, stops = page.eval_on_selector(
            ".ag-status", "status => [status.scrollHeight > status.clientHeight, status.tabIndex === 0]"
        )
        places.add(scrolls)
        assert scrolls == stops
    assert True in places and violations(page) == []


def trail(page):
    return " ".join(page.get_by_role("navigation", name="Levels").inner_text().split())


def test_without_scopes_there_is_no_way_in_or_out(show, address):
    page = show(address)
    assert page.get_by_role("navigation").count() == page.get_by_text("Step into").count() == 0


ON_DEMAND = pytest.mark.parametrize("large", [1500, 3], ids=["all at once", "on demand"])  # nodes


@ON_DEMAND
def test_every_level_is_stepped_over_as_python_tells_it(show, monkeypatch, large):
    monkeypatch.setattr("widgets.stepper.widget.VERY_LARGE_GRAPH", large)
    stepper = layered()
    assert bool(stepper.on_demand) == (large == 3)
    for level in range(len(stepper.levels)):
        stepper.level, stepper.step = level, 0
        page = show(stepper)
        focus_graph(page)
        told = stepper.transcript().splitlines()
        for number, sentence in enumerate(told):
            assert status(page) == sentence
            assert page.locator(".ag-active").count() == (number > 0)
            page.keyboard.press("ArrowRight")
        assert page.locator(".ag-node").count() == len(stepper.levels[level].boxes)
        for sentence in told[-2::-1]:
            page.keyboard.press("ArrowLeft")
            assert status(page) == sentence


def test_step_into_and_step_out_by_key_and_button(show, photograph):
    page = show(layered(step=0))
    focus_graph(page)
    page.keyboard.press("ArrowRight")
    over = status(page)
    assert "0 (Linear) gives 4×3" in over
    page.keyboard.press("PageDown")
    assert trail(page) == "model › 0" and "Step 1 of" in status(page)
    assert page.locator(".ag-node").evaluate_all("all => all.includes(document.activeElement)")
    page.keyboard.press("PageUp")
    assert trail(page) == "model" and status(page) == over
    page.keyboard.press("ArrowRight")
    page.get_by_role("button", name="Step into").click()
    page.get_by_role("button", name="Step into").click()
    assert trail(page) == "model › 1 › 0"
    photograph(page.locator(".ag"), "stepper-level")
    page.get_by_role("button", name="model", exact=True).click()
    assert trail(page) == "model" and "1 (Sequential) gives" in status(page)


def test_a_closed_scope_is_opened_from_its_details(show):
    page = show(layered())
    page.locator('[data-id="s2"]').click()
    details = page.get_by_role("group", name="Details")
    assert "Sequential" in details.inner_text() and "operations" in details.inner_text()
    page.keyboard.press("Enter")
    assert trail(page) == "model › 1" and details.is_hidden()


@pytest.mark.exhaustive
def test_all_of_a_large_graph_can_be_reached(show):
    page = show(BackwardStepper(chain(300), step=0))
    focus_graph(page)
    seen, parts = set(), len(Levels(chain(300))) - 1
    for _ in range(parts + 1):
        page.keyboard.press("PageDown")
        seen.add(trail(page))
        page.keyboard.press("PageUp")
        page.keyboard.press("ArrowRight")
    assert seen == {f"all › part {number} of {parts}" for number in range(1, parts + 1)}


@ON_DEMAND
def test_what_is_looked_for_is_found_on_its_level(show, monkeypatch, large):
    monkeypatch.setattr("widgets.stepper.widget.VERY_LARGE_GRAPH", large)
    page = show(layered())
    more(page)
    field = page.get_by_role("searchbox")
    found = []
    for _ in range(3):
        field.fill("tanh")
        field.press("Enter")
        found.append((trail(page), page.locator(".ag-chosen").get_attribute("aria-label")))
    assert {each for each, _ in found} == {"model › 1"} and all(
        "result of tanh" in label for _, label in found
    )
    assert "1 of 1, named tanh" in status(page)
    field.fill("linear")
    field.press("Enter")
    assert "1 of 3, named linear: 0, Linear" in status(page) and trail(page) == "model"
    field.fill("nowhere")
    field.press("Enter")
    assert status(page) == "Nothing found." and page.evaluate("document.activeElement.type") == "search"


@ON_DEMAND
def test_the_largest_gradient_and_what_is_nan_or_zero_can_be_jumped_to(show, monkeypatch, large):
    monkeypatch.setattr("widgets.stepper.widget.VERY_LARGE_GRAPH", large)
    x, w = (torch.tensor([1.0, 0.0], requires_grad=True) for _ in range(2))
    y = x
    for _ in range(60):
        y = y * 1.0
    page = show(BackwardStepper((y.sqrt() * w).sum() * 0.0))
    more(page)
    jump = page.get_by_role("combobox", name="Jump to")
    assert jump.locator("option").all_inner_texts()[1:] == [
        "nan or infinite",
        "zero gradient",
        "largest gradients",
    ]
    jump.select_option("zero")
    assert "1 of" in status(page) and "zero gradient" in status(page)
    assert page.locator(".ag-chosen").get_attribute("data-state") == "zero"
    jump.select_option("odd")
    assert "nan or infinite gradient" in status(page)
    assert "nan" in page.locator(".ag-chosen").get_attribute("aria-label")
    jump.select_option("largest")
    assert "gradient of norm 1" in status(page)


def test_a_large_model_is_sent_packed_and_shows_the_same(show, monkeypatch):
    stepper = layered()
    assert set(stepper.page_state()["data"]) == set(stepper.data)
    monkeypatch.setattr("widgets.stepper.widget.LARGE", 100)
    assert set(stepper.page_state()["data"]) == {"packed"}
    page = show(stepper)
    assert status(page) == stepper.describe()
    assert page.locator(".ag-node").count() == len(stepper.levels[0].boxes)


@SCHEMES
def test_no_accessibility_violation_on_a_level(show, scheme):
    page = show(layered(level=3), color_scheme=scheme)
    more(page)
    page.get_by_role("button", name="Table").click()
    assert violations(page) == []


def saved(page, kind):
    """What a button under More saves: the file's name and its content."""
    with page.expect_download() as download:
        page.get_by_role("button", name=f"Save the picture as {kind}").press("Enter")
    return download.value.suggested_filename, download.value.path().read_bytes()


def test_what_is_shown_is_saved_as_a_picture_of_its_own(show, address):
    """All of it, also what is out of sight, in the same colours on every ground."""
    files = {}
    for scheme in ("light", "dark"):
        page = show(address, color_scheme=scheme, viewport={"width": 500, "height": 400})
        more(page)
        files[scheme] = saved(page, "SVG")
    name, svg = files["light"]
    assert name == "backward-0-step-38.svg" and files["dark"][1] == svg
    text = svg.decode()
    assert not any(word in text for word in ("var(", "light-dark", "class=", "tabindex", "<script", "color("))
    tree = ElementTree.fromstring(text)
    said = " ".join("".join(each.itertext()) for each in tree.iter("{http://www.w3.org/2000/svg}text"))
    stepper = worked.stepper()
    assert all(node["name"] in said for node in stepper.data["nodes"])
    assert tree.find("{http://www.w3.org/2000/svg}title").text == worked.stepper(step=38).describe()
    name, png = saved(page, "PNG")
    assert name.endswith(".png") and png[1:4] == b"PNG"
    width, height = (int.from_bytes(png[at : at + 4]) for at in (16, 20))
    assert (width, height) == tuple(
        pytest.approx(2 * float(tree.get(side)), abs=2) for side in ("width", "height")
    )


def test_details_show_where_elements_lie_and_the_elements_in_a_window(show, photograph):
    W = torch.tensor([[(7 * i + 3 * j) % 11 - 5.0 for j in range(16)] for i in range(12)], requires_grad=True)
    stepper = BackwardStepper((W * W).sum())
    page = show(stepper, viewport={"width": 1200, "height": 700})
    page.locator('[data-id="n0"]').click()
    details = page.locator(".ag-details")
    bars = details.get_by_role("img", name="Histogram of the value: in 20 even parts from −5 to 5 lie")
    counts = stepper.data["nodes"][0]["bins"]
    assert sum(counts) == 192 and ", ".join(map(str, counts)) in bars.get_attribute("aria-label")
    tall = bars.locator("rect").evaluate_all("all => all.map((r) => Number(r.getAttribute('height')))")
    assert [height > 0 for height in tall] == [count > 0 for count in counts]
    assert details.get_by_role("img").count() == 1  # that of the gradient comes with the gradient
    window = details.get_by_role("group", name="value, the first 100 of 192 elements")
    assert window.locator("td").all_inner_texts()[:3] == ["−5", "−2", "1"]
    assert window.evaluate("e => e.scrollHeight > e.clientHeight")
    page.keyboard.press("End")
    assert details.get_by_role("img").count() == 2
    gradient = details.get_by_role("group", name="gradient, the first 100 of 192 elements")
    assert gradient.locator("td").all_inner_texts()[:3] == ["−10", "−4", "2"]
    photograph(page.locator(".ag"), "stepper-details-histogram")
    assert violations(page) == []


def test_sizes_are_told_by_a_bar_and_a_tint_where_a_gradient_is_complete(show, photograph):
    x = torch.tensor(2.0, requires_grad=True)
    page = show(BackwardStepper((x * 3).exp().log() * 0.5, step=0))
    more(page)
    sizes = page.get_by_role("button", name="Sizes")
    sizes.click()
    bars = page.locator(".ag-weighed .ag-weight")
    assert sizes.get_attribute("aria-pressed") == "true" and bars.count() == 0
    page.keyboard.press("End")
    assert (
        bars.count()
        == page.locator('.ag-node[data-state="complete"], .ag-node[data-state="zero"]').count()
        > 0
    )
    photograph(page.locator(".ag"), "stepper-sizes")
    widths = bars.evaluate_all("all => all.map((r) => Number(r.getAttribute('width')))")
    fills = page.locator(".ag-weighed .ag-box").evaluate_all(
        "all => all.map((r) => getComputedStyle(r).fill)"
    )
    assert len(set(widths)) > 1 and len(set(fills)) > 1
    sizes.click()
    assert page.locator(".ag-weighed").count() == 0


def test_a_view_that_goes_leaves_nothing_behind(page):
    stepper = worked.stepper()
    state = stepper.get_state(stepper.own_traits())
    there, gone = page.evaluate(CLEANUP, [str(stepper._esm), bundle("stand_in.js"), state])
    assert all(there) and not any(gone)


def test_a_list_in_the_toolbar_is_changed_from_the_keyboard(show, address):
    page = show(address)
    more(page)
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
    more(page)
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


@pytest.mark.exhaustive
def test_a_narrow_graph_fades_where_it_goes_on(show, address, photograph):
    page = show(address, viewport={"width": 320, "height": 640})
    photograph(page.locator(".ag-graph-pane"), "stepper-narrow-graph")
    assert any(page.evaluate(FADES))
    more(page)
    page.get_by_role("button", name="Fit").click()
    assert page.evaluate(FADES) == [False, False]
    page.set_viewport_size({"width": 1200, "height": 900})
    page.get_by_role("button", name="Follow").click()
    page.get_by_role("button", name="Follow").click()
    assert page.evaluate(FADES) == [False, False]
