"""Descent as a page of its own: no network, no kernel, every kind of reader."""

import re

import pytest
from playwright.sync_api import expect

from tests.browser.axe import violations
from tests.browser.page import HOSTILE, SCHEMES, overlaps, status
from tests.exhaustive import some_of
from widgets import Descent


def error(a, x=1, target=7):
    return (a * x + 5 - target) ** 2


def bowl(a, b):
    return a**2 + 5 * b**2


ONE, TWO = Descent(error, 1.0, steps=2), Descent(bowl, (2.0, 1.0), lr=0.05, steps=2)
BOTH = pytest.mark.parametrize("descent", [ONE, TWO], ids=["one parameter", "two parameters"])


@pytest.fixture
def show(show):
    """Open pages, and wait until their point is drawn."""

    def drawn(descent, **conditions):
        page = show(descent, **conditions)
        page.wait_for_selector(".ag-here")
        return page

    return drawn


def plot_of(page):
    """Where the plot is in the page; its element's own box holds what is cut off, too."""
    left, top, width, height = page.eval_on_selector(
        ".ag-plot", "plot => ['x', 'y', 'width', 'height'].map((name) => Number(plot.getAttribute(name)))"
    )
    picture = page.locator(".ag-chart-picture").bounding_box()
    return {"x": picture["x"] + left, "y": picture["y"] + top, "width": width, "height": height}


def choose(page, rate):
    """Type a learning rate."""
    page.get_by_label("Learning rate as a number").fill(str(rate))
    page.keyboard.press("Enter")


def press(page, name):
    page.get_by_role("button", name=name, exact=True).click()


@BOTH
def test_it_says_what_python_says_without_a_network(show, descent):
    page = show(descent)
    twin = Descent(error if descent is ONE else bowl, descent.path[0], lr=descent.lr, steps=2)
    assert status(page) == twin.describe()
    for _ in range(25):
        press(page, "Step")
        twin.step()
        assert status(page) == twin.describe()
    press(page, "Back")
    twin.path = twin.path[:-1]
    assert status(page) == twin.describe()
    press(page, "Reset")
    twin.reset()
    assert status(page) == twin.describe()
    assert page.asked == []


@pytest.mark.parametrize("function, start", [(error, 1.0), (bowl, (2.0, 1.0))])
def test_a_switch_leaves_the_gradient_as_it_was(show, function, start, photograph):
    made = Descent(function, start, lr=0.05, reset_grad=False)
    page, twin = show(made), Descent(function, start, lr=0.05, reset_grad=False)
    switch = page.get_by_label("reset .grad")
    for _ in range(12):
        press(page, "Step")
        twin.step()
        assert status(page) == twin.describe()
    photograph(page, f"descent-held-{len(made.scene.names)}")
    switch.press("Space")
    twin.reset_grad = True
    assert switch.is_checked() and ".grad holds" not in status(page)
    assert status(page).partition(":")[0] == twin.describe().partition(":")[0]
    press(page, "Reset")
    assert not switch.is_checked()


@pytest.mark.exhaustive
def test_the_nudge_is_told_with_its_numbers(show):
    page = show(Descent(lambda a: a * 1 + 5, 1.0, output="ŷ"))
    card = page.locator(".ag-card").first
    expect(card).to_contain_text("a: 1 → 1.01")
    expect(card).to_contain_text("ŷ: 6 → 6.01")
    expect(card).to_contain_text("slope 1")
    page.get_by_label("Nudge ε").select_option("0.1")
    expect(card).to_contain_text("ŷ: 6 → 6.1")


@pytest.mark.exhaustive
def test_the_next_step_is_written_out(show):
    page = show(Descent(error, 1.0))
    expect(page.locator(".ag-card").nth(1)).to_contain_text("new a = 1 − 0.1·(−2) = 1.2")


def test_the_point_is_dragged_with_the_mouse(show, photograph):
    page = show(ONE)
    plot = plot_of(page)
    handle = page.locator(".ag-handle").bounding_box()
    page.mouse.move(handle["x"] + 16, handle["y"] + 16)
    page.mouse.down()
    page.mouse.move(plot["x"] + 0.75 * plot["width"], plot["y"] + 50, steps=5)
    assert status(page).startswith("Step 0: a = 3, error ≈ 1, slope ≈ 2.")
    page.mouse.up()
    page.mouse.move(plot["x"], plot["y"])
    assert status(page).startswith("Step 0: a = 3,")
    photograph(page.locator(".ag"), "descent-dragged")
    assert slope_of_tangent(page) == pytest.approx(2, rel=0.02)


def slope_of_tangent(page):
    """The slope of the dashed line, measured in the picture, in units of the axes (0…4 across)."""
    return page.eval_on_selector(
        ".ag-tangent",
        """line => {
          const [[x1, y1], [x2, y2]] = line.getAttribute("d").slice(1).split("L").map((p) => p.split(" ").map(Number));
          const width = Number(line.ownerSVGElement.getAttribute("width"));
          const unit = [...line.ownerSVGElement.parentElement.querySelectorAll(".ag-axes text.ag-at-end")]
            .filter((t) => /^[0-9]$/.test(t.textContent)).map((t) => t.getBoundingClientRect().top);
          return -((y2 - y1) / Math.abs((unit.at(-1) - unit[0]) / (unit.length - 1))) / ((x2 - x1) / (width / 4));
        }""",
    )


@pytest.mark.exhaustive
def test_the_point_is_dragged_by_touch(show):
    page = show(ONE, has_touch=True)
    plot = plot_of(page)
    page.touchscreen.tap(plot["x"] + 0.25 * plot["width"], plot["y"] + 0.3 * plot["height"])
    assert status(page).startswith("Step 0: a = 1, error = 1, slope −2.")  # Python was there
    assert page.locator(".ag-handle").evaluate("e => getComputedStyle(e).touchAction") == "none"


@pytest.mark.exhaustive
def test_two_parameters_are_dragged_together(show):
    page = show(TWO)
    plot = plot_of(page)
    page.mouse.click(plot["x"] + 0.5 * plot["width"], plot["y"] + 0.75 * plot["height"])
    assert status(page).startswith("Step 0: a = 0, b = −2, bowl ≈ 20, slopes ≈ 0 and ≈ −20.")


def test_keys_move_the_point_and_step(show):
    page = show(Descent(error, 1.0))
    page.locator(".ag-handle").focus()
    page.keyboard.press("ArrowRight")
    assert status(page).startswith("Step 0: a = 1.05,")
    page.keyboard.press("PageDown")
    assert status(page).startswith("Step 0: a = 0.55,")
    page.keyboard.press("Enter")
    assert status(page).startswith("Step 1: a ≈ 0.84,")
    page.keyboard.press("End")
    assert status(page).startswith("Step 0: a = 4,")
    page.keyboard.press("Home")
    assert status(page).startswith("Step 0: a = 0,")
    page.get_by_role("slider", name="a", exact=True).focus()
    page.keyboard.press("End")
    assert status(page).startswith("Step 0: a = 4,")
    page.get_by_role("button", name="Step", exact=True).focus()
    page.keyboard.press("ArrowRight")
    assert status(page).startswith("Step 1: a ≈ 3.6,")
    page.keyboard.press("ArrowLeft")
    assert status(page).startswith("Step 0: a = 4,")
    page.get_by_role("slider", name="Learning rate").focus()
    page.keyboard.press("ArrowRight")
    assert "0.11" in status(page)


@pytest.mark.parametrize("descent, turning", [(ONE, 1), (TWO, 0.2), (Descent(lambda a: 3 * a, 1.0, domain=(0, 4)), 4 / 3)],
                         ids=["one parameter", "two parameters", "a straight line"])  # fmt: skip
def test_the_learning_rates_that_matter_lie_along_the_slider_and_any_other_is_typed(show, descent, turning):
    """Up to twice the rate at which a step lands as far on the other side."""
    page, slider = show(descent), "Learning rate"
    for end, rate in (("0", turning / 100), ("60", turning * 2)):
        page.get_by_label(slider, exact=True).fill(end)
        told = page.get_by_label(slider, exact=True).get_attribute("aria-valuetext")
        assert float(told) == pytest.approx(rate, rel=0.05)
    typed = page.get_by_label("Learning rate as a number")
    for text, rate, shown in (("0,25", "0.25", "0.25"), ("1e-9", "1e−9", "1e−9"), ("-3", "1e−9", "-3"),
                              ("much", "1e−9", "much"), ("0.5", "0.5", "0.5")):  # fmt: skip
        typed.fill(text)
        page.keyboard.press("Enter")
        assert typed.input_value() == shown and f"{rate}·" in status(page)
        told = typed.evaluate("field => field.validationMessage")
        assert ("positive number, such as 0.1" in told) is (shown not in (rate, "0.5"))


@pytest.mark.exhaustive
@BOTH
def test_without_python_it_goes_on_from_samples_and_every_number_is_marked(show, descent):
    page = show(descent)
    for _ in range(60):  # more than Python has told beforehand
        press(page, "Step")
    assert status(page).startswith("Step 62: a ≈ ")
    page.locator(".ag-handle").focus()
    page.keyboard.press("Home")
    page.keyboard.press("ArrowRight")
    press(page, "Step")
    press(page, "Step")
    for sentence in told_of(page):
        assert "≈" in sentence and " = " not in sentence, sentence


def told_of(page):
    """What the status line says of the point, and the cards of nudge and step, each by itself."""
    where = re.match(r"Step 2: (.*?)\. Next: (.*?)\.( |$)", status(page))
    cards = page.locator(".ag-card .ag-formula").all_inner_texts()
    return [*re.split(r", | and ", where[1]), *where[2].split(", "), *cards]


@pytest.mark.exhaustive
def test_a_rate_that_python_has_not_told_of_diverges_as_well(show):
    page = show(Descent(error, 1.0, lr=0.1))
    choose(page, 1.5)
    for _ in range(2):
        press(page, "Step")
    assert "Diverges: after 2 steps |a| grew from 1 to ≈ " in status(page)


@pytest.mark.exhaustive
def test_too_large_a_rate_is_shown_to_diverge(show, photograph):
    page = show(Descent(error, 1.0, lr=1.5))
    for _ in range(5):
        press(page, "Step")
    assert "Diverges: after 5 steps |a| grew from 1 to 34." in status(page)
    expect(page.locator(".ag-out")).to_have_count(1)
    expect(page.locator(".ag-left-at")).to_have_text("34")
    handle, plot = page.locator(".ag-handle").bounding_box(), plot_of(page)
    assert handle["x"] + 16 <= plot["x"] + plot["width"] + 1
    photograph(page.locator(".ag"), "descent-diverges")
    step = page.get_by_role("button", name="Step", exact=True)
    step.focus()
    for _ in range(40):
        page.keyboard.press("ArrowRight")
    assert step.get_attribute("aria-disabled") == "true"
    expect(page.locator(".ag-card").nth(1)).to_contain_text("too far away to show")


@SCHEMES
def test_a_button_that_cannot_be_pressed_can_be_read(show, scheme):
    page = show(Descent(lambda side: side**2, 3.0, lr=80.0), color_scheme=scheme)
    step = page.get_by_role("button", name="Step", exact=True)
    step.focus()
    for _ in range(40):
        page.keyboard.press("ArrowRight")
    expect(step).to_have_attribute("aria-disabled", "true")
    for at in ("apart", "hovered"):
        looks = step.evaluate("b => [getComputedStyle(b).color, getComputedStyle(b).backgroundColor]")
        light, dark = sorted((luminance(look) for look in looks), reverse=True)
        assert (light + 0.05) / (dark + 0.05) >= 4.5, (at, looks)
        step.hover()


def luminance(colour: str) -> float:
    """The relative luminance of ``rgb(…)``, as WCAG 2 defines it."""
    parts = [int(part) / 255 for part in re.findall(r"\d+", colour)[:3]]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return sum(weight * part for weight, part in zip((0.2126, 0.7152, 0.0722), linear))


def test_run_runs_until_it_is_paused_or_at_rest(show):
    page = show(Descent(error, 1.0, lr=0.42))
    press(page, "Run")
    page.wait_for_function("document.querySelector('.ag').dataset.step >= 1")
    press(page, "Pause")
    step = page.locator(".ag").get_attribute("data-step")
    page.wait_for_timeout(600)
    assert page.locator(".ag").get_attribute("data-step") == step
    press(page, "Run")
    page.wait_for_selector('.ag[data-verdict="rest"]')
    expect(page.get_by_role("button", name="Run", exact=True)).to_be_visible()


@pytest.mark.exhaustive
def test_with_reduced_motion_a_run_is_there_at_once(show):
    page = show(Descent(error, 1.0, lr=0.45), reduced_motion="reduce")
    press(page, "Run")
    assert page.locator(".ag").get_attribute("data-verdict") == "rest"


def test_the_table_tells_the_path(show):
    page = show(Descent(error, 1.0, steps=1))
    press(page, "Table")
    rows = page.locator(".ag-table tbody tr")
    assert [row.inner_text().split() for row in rows.all()] == [
        ["0", "1", "1", "−2"], ["1", "1.2", "0.64", "−1.6"]
    ]  # fmt: skip
    press(page, "Step")
    expect(rows).to_have_count(3)


@BOTH
@SCHEMES
def test_no_accessibility_violation(show, descent, photograph, scheme):
    page = show(descent, color_scheme=scheme)
    press(page, "Table")
    page.locator(".ag-notes summary").click()
    photograph(page.locator(".ag"), f"descent-{len(descent.scene.names)}-{scheme}")
    assert violations(page) == []


@BOTH
@pytest.mark.parametrize("width, scale", some_of([(320, 1), (640, 2)]), ids=["320 pixels", "200 %"])
def test_nothing_is_cut_off(show, descent, photograph, width, scale):
    page = show(descent, viewport={"width": width, "height": 640}, device_scale_factor=scale)
    photograph(page.locator(".ag"), f"descent-{len(descent.scene.names)}-{width}")
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    for control in page.locator(".ag :is(button, input, select, summary, .ag-handle)").all():
        box = control.bounding_box()
        assert box["width"] >= 24 and box["height"] >= 24
        assert box["x"] >= 0 and box["x"] + box["width"] <= width
    assert overlaps(page, ".ag-toolbar :is(button, input, select)") == []
    assert overlaps(page, ".ag-toolbar, .ag-status, .ag-place, .ag-parameter, .ag-card, .ag-legend") == []


LONG = Descent(
    lambda weight_of_the_first_neuron, bias_of_the_first_neuron: bowl(weight_of_the_first_neuron, bias_of_the_first_neuron) + 123.4,
    (2.0, 1.0), output="loss_of_the_whole_network",
)  # fmt: skip
FLAT = Descent(bowl, (2.0, 1.0), domain=((-1, 3), (0, 2)))
TALL = Descent(bowl, (2.0, 1.0), domain=((1, 3), (-2, 4)))


@pytest.mark.parametrize(
    "descent", some_of([LONG, TWO, FLAT, TALL]), ids=["long names", "square", "flat", "tall"]
)
@pytest.mark.parametrize("width", some_of([320, 600, 1024]))
def test_a_unit_is_as_long_for_both_parameters_and_every_text_fits(show, descent, width, photograph):
    page = show(descent, viewport={"width": width, "height": 768})
    photograph(page.locator(".ag"), f"descent-map-{width}")
    plot, (across, up) = plot_of(page), descent.scene.widths
    assert plot["width"] / across == pytest.approx(plot["height"] / up, rel=0.02)
    assert overlaps(page, ".ag-level") == []
    picture = page.locator(".ag-chart-picture").bounding_box()
    for text in page.locator(".ag-chart-picture text").all():
        box = text.bounding_box()
        assert box["x"] >= picture["x"] - 1 and box["x"] + box["width"] <= picture["x"] + picture["width"] + 1
    for text in page.locator(".ag-level").all():
        box = text.bounding_box()
        assert box["x"] >= plot["x"] and box["x"] + box["width"] <= plot["x"] + plot["width"]
    for name in page.locator(".ag-parameter span").all():
        assert name.bounding_box()["height"] < 30  # one line
    assert page.locator(".ag-level").count() >= 3


@pytest.mark.exhaustive
@BOTH
@pytest.mark.parametrize("width", [320, 1200])
def test_each_slider_runs_along_the_plot(show, descent, width):
    page = show(descent, viewport={"width": width, "height": 900})
    plot = plot_of(page)
    for slider in page.locator(".ag-parameter input").all():
        box = slider.bounding_box()
        thumb = 8  # half of it: its middle stops that far from the ends
        assert box["x"] + thumb == pytest.approx(plot["x"], abs=2)
        assert box["x"] + box["width"] - thumb == pytest.approx(plot["x"] + plot["width"], abs=2)


@BOTH
def test_it_fits_in_a_small_window(show, photograph, descent):
    page = show(descent, viewport={"width": 672, "height": 768})
    photograph(page.locator(".ag"), f"descent-small-{len(descent.scene.names)}")
    assert page.locator(".ag").bounding_box()["height"] <= 620


@pytest.mark.parametrize("rate", [0.1, 1.05])
def test_it_keeps_its_height_while_it_descends_and_diverges(show, rate):
    page = show(Descent(error, 1.0, lr=rate), viewport={"width": 628, "height": 768})
    heights = set()
    for _ in range(14):
        heights.add(page.locator(".ag").bounding_box()["height"])
        page.get_by_role("button", name="Step").click()
    assert len(heights) == 1 and heights.pop() <= 620


def test_a_key_for_which_it_has_no_use_does_not_scroll_the_page_away(show):
    page = show(ONE, viewport={"width": 672, "height": 400})
    page.locator(".ag").focus()
    page.evaluate(
        "document.body.append(Object.assign(document.createElement('div'), { style: 'height: 3000px' }))"
    )
    before = page.evaluate("scrollY")
    for key in ("End", "Space", "Home"):
        page.keyboard.press(key)
        page.wait_for_timeout(100)
        assert page.evaluate("scrollY") == before, key
    page.keyboard.press("PageDown")  # who wants to read on can
    page.wait_for_function(f"scrollY > {before}")


@pytest.mark.exhaustive
def test_the_legend_tells_the_path_from_the_nudge(show):
    page = show(ONE)
    press(page, "Step")
    fills = [
        page.eval_on_selector(dot, "dot => getComputedStyle(dot).fill") for dot in (".ag-been", ".ag-nudged")
    ]
    assert fills[0] != fills[1]
    keys = {
        look: page.eval_on_selector(f".{look}-key", "key => key.parentElement.textContent")
        for look in ("ag-been", "ag-nudged")
    }
    assert keys == {"ag-been": "where it has been", "ag-nudged": "after the nudge"}


@pytest.mark.exhaustive
@BOTH
def test_forced_colours_keep_every_line_visible(show, descent, photograph):
    page = show(descent, forced_colors="active")
    photograph(page.locator(".ag"), f"descent-{len(descent.scene.names)}-forced")
    ground = page.eval_on_selector(".ag", "e => getComputedStyle(e).backgroundColor")
    for look in (".ag-path", ".ag-next", ".ag-curve, .ag-contour"):
        colours = page.eval_on_selector_all(look, "all => all.map((e) => getComputedStyle(e).stroke)")
        assert colours and ground not in colours, look


@pytest.mark.exhaustive
def test_a_hostile_name_is_only_text(show):
    page = show(Descent(error, 1.0, output=HOSTILE))
    press(page, "Table")
    press(page, "Step")
    assert page.evaluate("window.hacked") is None and page.locator(".ag img").count() == 0
    assert HOSTILE in status(page)


@pytest.mark.exhaustive
def test_holes_and_jumps_are_gaps_in_the_curve(show, photograph):
    page = show(Descent(lambda a: a.log() + (a > 2) * (a / a), 1.0, domain=(-1, 4)))
    photograph(page.locator(".ag"), "descent-gaps")
    d = page.locator(".ag-curve").get_attribute("d")
    assert len(re.findall("M", d)) == 2
    page.get_by_role("slider", name="a", exact=True).fill("-0.5")
    assert "Only Python can tell how it goes on from there." in status(page)
    expect(page.locator(".ag-notes")).to_contain_text("f has no value, or changes faster")
