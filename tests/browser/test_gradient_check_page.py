"""The gradient check as a page of its own: no network, no kernel, every kind of reader."""

import base64

import pytest

import autograd_core as torch
from tests.browser.axe import violations
from tests.browser.page import HOSTILE, SCHEMES, ZOOMED, overlaps, status
from tests.exhaustive import some_of
from tests.widgets.programs import forgetful
from widgets import GradientCheck
from widgets.base import HERE
from widgets.gradient_check.step_curve import STEPS


def worked_example(p1, p2_1, p2_2, p3):
    o1 = (p1 * 3) ** 2 + 1
    return 8 * (p3 * ((p2_1 * o1) ** 0.5 - 4 + 2 * (p2_2 * o1).sin()) + 9) ** 0.3


def correct():
    return GradientCheck(worked_example, [1.0, 2.0, 3.0, 1.5])


def mistaken(names=None):
    """A wrong gradient in 11 of the 12 elements of `w`, and a kink in `b`: the worst of all."""
    w, b = torch.arange(12.0).reshape(3, 4), torch.tensor([1.0, 0.0])
    return GradientCheck(lambda w, b: forgetful(torch)(w).sum() + b.relu().sum(), [w, b], names=names)


@pytest.fixture(scope="module")
def large(tmp_path_factory):
    """The page of an input of 100 × 100 elements, of which one, [70, 42], has a wrong gradient."""

    def fn(x):
        return (x * x).sum() + 3 * x.detach()[70, 42]

    check = GradientCheck(fn, torch.ones(100, 100))
    return check.to_html(tmp_path_factory.mktemp("page") / "large.html").as_uri()


@pytest.fixture
def show(show):
    """Open pages, and wait until their curve is drawn."""

    def drawn(check, **conditions):
        page = show(check, **conditions)
        page.wait_for_function(
            "() => !document.querySelector('.ag-chart') || document.querySelector('.ag-curve').hidden || document.querySelector('.ag-axis-line')"
        )
        return page

    return drawn


def rows(page):
    return page.locator(".ag-list tbody tr")


def names(page):
    return page.locator(".ag-pick").all_inner_texts()


def caption(page):
    return page.locator(".ag-shown").inner_text()


def test_it_works_without_a_network_and_asks_for_nothing(show):
    page = show(correct())
    assert status(page) == correct().describe()
    assert names(page) == ["p1", "p2_1", "p2_2", "p3"]
    assert page.asked == []


def rounded():
    """Steps that are lost in the rounding of a value, none that is, a V cut off by the domain, and a rough V."""

    def fn(a, b, c, d):
        return torch.stack([a + 1e6, b.sin(), c.log(), (20 * d).exp()])

    return GradientCheck(fn, [1.0, 0.0, 0.001, 1.0])


@pytest.mark.parametrize("make", some_of([rounded, correct, mistaken]))
def test_every_element_and_every_step_says_what_python_says(show, make):
    check = make()
    page = show(check)
    page.get_by_label("Step h").focus()
    page.keyboard.press("Home")
    for step in range(len(STEPS)):
        check.step = step
        assert status(page) == check.describe()
        page.keyboard.press("ArrowRight")
    page.locator('.ag-pick[tabindex="0"]').focus()
    page.keyboard.press("Home")
    for row in range(len(check.derivatives)):
        check.selected = row
        assert status(page) == check.describe()
        page.keyboard.press("ArrowDown")


def test_the_table_tells_values_differences_and_verdicts(show, photograph):
    page = show(mistaken())
    for _ in range(2):
        page.get_by_role("button", name="Page back").click()
    cells = rows(page).nth(3).locator("td").all_inner_texts()
    assert names(page)[3] == "w[0, 3]"
    assert cells == ["3.0000", "6.0000", "3", "0.5", "DIFFERS"]
    looks = page.eval_on_selector_all(
        ".ag-list tbody tr",
        """rows => Object.fromEntries(rows.map((row) => [row.querySelector(".ag-verdict").innerText.split("\\n")[0].replace("worst", ""),
          [row.querySelector(".ag-mark path").getAttribute("d"), getComputedStyle(row.querySelector(".ag-mark")).fill]]))""",
    )
    assert set(looks) == {"agrees", "DIFFERS"}  # never colour alone: word and shape differ too
    for look in zip(*looks.values(), strict=True):
        assert len(set(look)) == 2
    photograph(page.locator(".ag"), "gradient-check-mistaken")


@pytest.mark.exhaustive
@SCHEMES
def test_the_marks_keep_their_colours_beside_the_graph_of_another_widget(show, scheme):
    page = show(mistaken(), color_scheme=scheme)

    def colours():
        return page.eval_on_selector_all(
            ".ag-mark", "marks => marks.map((mark) => getComputedStyle(mark).fill)"
        )

    alone = colours()
    page.add_style_tag(content=(HERE / "drawing" / "graph.css").read_text(encoding="utf-8"))
    assert colours() == alone and len(set(alone)) == 2


@pytest.mark.exhaustive
def test_the_worst_is_found_by_one_click_and_one_key_wherever_one_is(show, large, photograph):
    page = show(large)
    assert "the worst is x[70, 42]" in status(page)
    assert rows(page).count() == 10 and "x[70, 42]" in names(page)
    badge = page.locator(".ag-worst")
    for go in (
        lambda: page.get_by_role("button", name="Worst").click(),
        lambda: page.keyboard.press("Space"),
    ):
        page.locator('.ag-pick[tabindex="0"]').focus()
        page.keyboard.press("Home")
        assert badge.count() == 0 and "x[0, 0]" in names(page)
        page.locator(".ag-scrub").focus()
        go()
        assert badge.count() == 1 and "x[70, 42]: backward() gives 2" in status(page)
    photograph(page.locator(".ag"), "gradient-check-large")


@pytest.mark.exhaustive
def test_ten_thousand_rows_stay_smooth(show, large):
    page = show(large)
    assert page.locator(".ag *").count() < 700  # only the visible page is there
    assert caption(page) == "Elements 7041 to 7050 of 10000"
    page.get_by_role("button", name="Next page").click()
    assert caption(page) == "Elements 7051 to 7060 of 10000"
    page.get_by_role("button", name="Page back").click()
    page.get_by_label("Find elements").fill("[99, 9")
    assert caption(page) == "Elements 1 to 10 of 11 (of 10000)"
    assert names(page)[:2] == ["x[99, 9]", "x[99, 90]"]
    assert page.get_by_role("button", name="Page back").get_attribute("aria-disabled") == "true"
    page.get_by_role("button", name="Next page").click()
    assert names(page) == ["x[99, 99]"]
    assert page.get_by_role("button", name="Next page").get_attribute("aria-disabled") == "true"


@pytest.mark.exhaustive
def test_what_is_shown_of_a_long_table_stays_in_sight(show, large, photograph):
    page = show(large, viewport={"width": 320, "height": 640})
    page.get_by_role("button", name="Every step").click()  # which gives the table its place
    page.get_by_label("Find elements").fill("[70, 42")
    page.locator(".ag-list").evaluate("list => list.scrollTo(list.scrollWidth, 0)")
    assert (
        caption(page)
        == page.locator(".ag-list table").get_attribute("aria-label")
        == "Elements 1 to 1 of 1 (of 10000)"
    )
    room = page.locator(".ag-left").bounding_box()
    left, right = page.get_by_text(caption(page), exact=True).evaluate(
        "e => { const text = document.createRange(); text.selectNodeContents(e); const box = text.getBoundingClientRect(); return [box.left, box.right]; }"
    )
    assert room["x"] - 0.5 <= left and right <= room["x"] + room["width"] + 0.5
    photograph(page.locator(".ag-left"), "gradient-check-narrow-table")


@pytest.mark.exhaustive
def test_filters(show):
    page = show(mistaken())
    choose = page.get_by_label("Show elements")
    choose.select_option("disagreeing")
    assert caption(page) == "Elements 7 to 12 of 12 (of 14)"  # where the selected one is
    choose.select_option("of b")
    assert names(page) == ["b[0]", "b[1]"]
    page.get_by_label("Find elements").fill("w")
    assert caption(page) == "No element is like that (of 14)"
    page.get_by_role("button", name="Worst").click()  # what a filter hides is shown again
    assert page.get_by_label("Find elements").input_value() == "" and names(page)[-1] == "b[1]"


def test_arrows_walk_through_pages_and_keep_the_focus(show):
    page = show(mistaken())
    page.locator('.ag-pick[tabindex="0"]').focus()
    page.keyboard.press("Home")
    for _ in range(10):
        page.keyboard.press("ArrowDown")
    assert page.evaluate("document.activeElement.textContent") == "w[2, 2]"
    assert caption(page) == "Elements 7 to 12 of 14"
    page.keyboard.press("End")
    assert page.evaluate("document.activeElement.textContent") == "b[1]"
    page.keyboard.press("PageUp")
    assert page.evaluate("document.activeElement.textContent") == "w[1, 2]"
    assert page.locator('.ag-pick[tabindex="0"]').count() == 1
    assert page.locator('.ag-toolbar [tabindex="0"]').count() == 1


@pytest.mark.exhaustive
def test_page_keys_move_the_step_by_a_power_of_ten(show):
    page = show(mistaken())
    slider = page.get_by_label("Step h")
    slider.focus()
    told = lambda: slider.get_attribute("aria-valuetext")  # noqa: E731
    pressed = []
    for key in ("Home", "PageUp", "PageUp", "PageDown", "ArrowRight", "PageUp", "End", "PageUp", "PageDown"):
        page.keyboard.press(key)
        pressed.append(told().removeprefix("h = "))
    assert pressed == ["1e−15", "1e−14", "1e−13", "1e−14", "2e−14", "2e−13", "0.1", "0.1", "0.01"]
    assert caption(page) == "Elements 13 to 14 of 14"  # no page of the table was turned
    keys = slider.get_attribute("aria-keyshortcuts").split()
    assert set(keys) >= {"PageUp", "PageDown", "Home", "End"} and "ten times" in slider.get_attribute("title")


@pytest.mark.exhaustive
def test_the_step_is_dragged_in_the_chart_with_numbers_shown(show, photograph):
    page = show(correct())
    plot = page.locator(".ag-plot").bounding_box()
    page.mouse.move(plot["x"] + plot["width"] / 2, plot["y"] + 40)
    page.mouse.down()
    readings = page.locator(".ag-readings")
    assert "1e−8" in readings.inner_text()
    page.mouse.move(plot["x"] + plot["width"] * 9 / 14, plot["y"] + 40)
    page.mouse.up()
    assert page.get_by_label("Step h").get_attribute("aria-valuetext") == "h = 1e−6"
    page.mouse.move(plot["x"] + 5, plot["y"] + 40)  # no longer dragged
    assert page.locator(".ag").get_attribute("data-step") == str(STEPS.index(1e-6))
    curve = correct().derivatives.curves[0]
    at = STEPS.index(1e-6)
    text = readings.inner_text().replace("\n", " ")
    for number in (curve.plus[at], curve.minus[at]):
        assert repr(float(number)) in text or f"{number:#.16g}" in text
    assert "f at p1 + h" in text
    digits = page.locator(".ag-readings b").first  # stand out, and not as a link does
    assert digits.evaluate("b => getComputedStyle(b).textDecorationLine") == "none"
    low, high = (page.locator(".ag-readings b").nth(i).inner_text() for i in (0, 1))
    assert low != high
    photograph(page.locator(".ag"), "gradient-check-worked")


def test_a_float32_is_written_with_nine_digits(show):
    x = torch.tensor(1.1, dtype=torch.float32)
    page = show(GradientCheck(lambda x: x**2, x, dtype="as given"))
    values = page.locator(".ag-readings dd").all_inner_texts()[1:4]
    assert [len(text.strip("−").replace(".", "")) for text in values] == [9, 9, 9]


@pytest.mark.exhaustive
def test_the_marker_is_whole_at_the_first_and_the_last_step(show, photograph):
    page = show(correct())
    page.get_by_label("Step h").focus()
    picture = page.locator(".ag-chart-picture").bounding_box()
    for key in ("Home", "End"):
        page.keyboard.press(key)
        dot = page.locator(".ag-now-dot").bounding_box()
        plot = page.locator(".ag-plot")
        assert not plot.locator(".ag-now-dot").count()  # which cuts off what leaves it
        assert picture["x"] <= dot["x"] and dot["x"] + dot["width"] <= picture["x"] + picture["width"]
    photograph(page.locator(".ag-curve"), "gradient-check-last-step")


@pytest.mark.exhaustive
def test_the_chart_labels_its_branches_and_marks_the_best_step(show):
    page = show(correct())
    texts = page.locator(".ag-label").all_text_contents()
    assert {text.split(" ≈")[0] for text in texts} == {"round-off", "truncation", "best h"}
    best = page.locator(".ag-best").bounding_box()
    plot = page.locator(".ag-plot").bounding_box()
    share = (best["x"] - plot["x"]) / plot["width"]
    assert 10 ** (-15 + 14 * share) == pytest.approx(correct().derivatives.curves[0].best, rel=0.2)
    legend = page.locator(".ag-legend").inner_text()
    for line in ("central difference", "one-sided difference", "complex step", "what theory expects"):
        assert line in legend


@pytest.mark.exhaustive
def test_the_table_twin_of_the_chart(show):
    check = correct()
    page = show(check)
    page.get_by_role("button", name="Table").click()
    table = page.get_by_role("group", name="Gradient check as a table")
    assert table.locator("tbody tr").count() == len(STEPS)
    row = table.locator("tr[data-active]")
    assert row.locator("th").inner_text() == "1e−6"
    before = row.locator("td").all_inner_texts()
    page.locator(".ag-pick").nth(1).click()
    assert row.locator("td").all_inner_texts() != before


@pytest.mark.parametrize("look", some_of([{"color_scheme": "dark"}, {"color_scheme": "light"}, {"forced_colors": "active"}]),
                         ids=["dark", "light", "forced colours"])  # fmt: skip
def test_a_table_shows_at_which_edges_it_goes_on(show, photograph, look):
    page = show(correct(), viewport={"width": 500, "height": 900}, **look)
    page.get_by_role("button", name="Table").click()
    for name in (".ag-table", ".ag-list"):
        if name == ".ag-list":
            page.get_by_role("button", name="Every step").click()
        table = page.locator(name)
        at_first = shadows(page, table)
        photograph(table, f"scrolls{name[3:]}-{next(iter(look.values()))}")
        table.evaluate("e => e.scrollTo(e.scrollWidth, e.scrollHeight)")
        at_last = shadows(page, table)
        down = name == ".ag-table"
        assert at_first == {"left": False, "right": True, "top": False, "bottom": down}, name
        assert at_last == {"left": True, "right": False, "top": down, "bottom": False}, name


def shadows(page, box) -> dict:
    """Whether many of the pixels along each edge of a box are of another colour than its ground."""
    page.mouse.move(0, 0)
    picture = base64.b64encode(box.screenshot()).decode()
    return page.evaluate(
        """async (picture) => {
          const image = await createImageBitmap(await (await fetch(`data:image/png;base64,${picture}`)).blob());
          const canvas = new OffscreenCanvas(image.width, image.height).getContext("2d");
          canvas.drawImage(image, 0, 0);
          const coloursOf = (x, y, width, height) => {
            const { data } = canvas.getImageData(x, y, width, height);
            return Array.from({ length: data.length / 4 }, (_, i) => String(data.slice(4 * i, 4 * i + 3)));
          };
          const { width, height } = image, counts = {};
          for (const colour of coloursOf(0, 0, width, height)) counts[colour] = 1 + (counts[colour] ?? 0);
          const ground = Object.keys(counts).reduce((a, b) => (counts[a] > counts[b] ? a : b));
          const edges = { left: [1, 20, 1, height - 40], right: [width - 3, 20, 1, height - 40], top: [20, 1, width - 40, 1], bottom: [20, height - 3, width - 40, 1] };
          const others = (colours) => colours.filter((colour) => colour !== ground).length / colours.length;
          return Object.fromEntries(Object.entries(edges).map(([name, edge]) => [name, others(coloursOf(...edge)) > 0.5]));
        }""",
        picture,
    )


@SCHEMES
@pytest.mark.parametrize("make", some_of([mistaken, correct]))
def test_no_accessibility_violation(show, photograph, scheme, make):
    page = show(make(), color_scheme=scheme)
    page.get_by_role("button", name="Table").click()
    photograph(page.locator(".ag"), f"gradient-check-{make.__name__}-{scheme}")
    assert violations(page) == []


@pytest.mark.parametrize(
    "name, conditions",
    some_of(
        [
            ("320 pixels", {"viewport": {"width": 320, "height": 640}}),
            ("wide 1500", {"viewport": {"width": 1500, "height": 900}}),
            ("zoomed to 200 %", ZOOMED),
        ]
    ),
)
def test_nothing_is_cut_off(show, photograph, name, conditions):
    page = show(mistaken(), **conditions)
    if conditions["viewport"]["width"] < 1000:
        page.get_by_role("button", name="Every step").click()
    photograph(page.locator(".ag"), f"gradient-check-{conditions['viewport']['width']}")
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    for control in page.locator(
        ":is(.ag-toolbar :is(button, input, select), .ag-scrub, .ag-pick):visible"
    ).all():
        box = control.bounding_box()
        assert box["width"] >= 24 and box["height"] >= 24
        assert box["x"] >= 0 and box["x"] + box["width"] <= conditions["viewport"]["width"]
    overlaps = page.eval_on_selector_all(
        ".ag-toolbar, .ag-status, .ag-list, .ag-remarks, .ag-curve",
        """elements => {
          const boxes = elements.map((e) => [e.className, e.getBoundingClientRect()]);
          return boxes.flatMap(([a, p], i) => boxes.slice(i + 1).filter(([, q]) => p.left < q.right - 0.5 &&
            q.left < p.right - 0.5 && p.top < q.bottom - 0.5 && q.top < p.bottom - 0.5).map(([b]) => [a, b]));
        }""",
    )
    assert overlaps == []


@pytest.mark.parametrize("compact", [True, False])
def test_it_fits_in_a_small_window(show, photograph, compact):
    page = show(
        GradientCheck(worked_example, [1.0, 2.0, 3.0, 1.5], compact=compact),
        viewport={"width": 672, "height": 768},
    )
    photograph(page.locator(".ag"), f"gradient-check-small-{compact}")
    assert page.locator(".ag").bounding_box()["height"] <= 620


def test_each_input_has_a_line_with_its_verdict_which_shows_its_derivatives_alone(show, photograph):
    check = GradientCheck(lambda w, b: forgetful(torch)(w).sum() + b.sin().sum(),
                          [torch.arange(12.0).reshape(3, 4), torch.ones(3)], compact=True)  # fmt: skip
    page = show(check, viewport={"width": 1024, "height": 768})
    lines = page.locator(".ag-input")
    assert lines.all_inner_texts() == [f"{name} {said}" for name, said in check.by_input()]
    assert lines.all_inner_texts() == ["w 11 of 12 DIFFER", "b all 3 agree"]
    lines.nth(0).focus()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    assert names(page) == ["b[0]", "b[1]", "b[2]"]
    assert [line.get_attribute("aria-pressed") for line in lines.all()] == ["false", "true"]
    lines.nth(1).click()
    assert caption(page) == "Elements 7 to 12 of 15"  # where the selected one is
    photograph(page.locator(".ag"), "gradient-check-inputs")
    assert page.locator(".ag").bounding_box()["height"] <= 620 and violations(page) == []


def test_where_each_input_has_one_element_there_are_no_lines_for_them(show):
    assert show(correct()).locator(".ag-input").count() == 0


def test_compact_it_shows_derivatives_and_a_button_brings_the_error_for_every_step_in_plain_words(show):
    check = GradientCheck(worked_example, [1.0, 2.0, 3.0, 1.5], compact=True)
    page = show(check)
    every, later = page.get_by_role("button", name="Every step"), ("complex", "round-off", "truncation")
    for shown in (False, True, False):
        assert every.get_attribute("aria-pressed") == str(shown).lower()
        assert page.locator(".ag-curve").is_visible() == shown
        assert page.get_by_role("button", name="Table").is_visible() == shown
        assert status(page) == check.describe()
        seen = f"{page.locator('.ag').inner_text()} {check.text()} {check.svg()}".lower()
        assert [word for word in later if word in seen] == []
        every.click()
        check.compact = not check.compact
    for step in range(len(check.steps)):
        check.step = step
        said, error = check.describe(), check.derivatives.curves[check.selected].errors[step]
        assert [word for word in later if word in said] == []
        _, less, bound = said.partition("differs from backward() by less than ")
        assert not less or error < float(bound.rstrip(".").replace("−", "-"))
    with pytest.raises(TypeError, match="compact must be True or False, not 1"):
        check.compact = 1


@pytest.mark.exhaustive
def test_forced_colours_keep_every_line_visible(show, photograph):
    page = show(mistaken(), forced_colors="active")
    photograph(page.locator(".ag"), "gradient-check-forced-colours")
    ground = page.eval_on_selector(".ag", "e => getComputedStyle(e).backgroundColor")
    for part, style in {".ag-plot .ag-series": "stroke", ".ag-now-line": "stroke", ".ag-list .ag-mark": "fill", ".ag-legend-line path": "stroke"}.items():  # fmt: skip
        colours = page.eval_on_selector_all(
            part, f"all => [...new Set(all.map((e) => getComputedStyle(e).{style}))]"
        )
        assert colours and ground not in colours, part


@pytest.mark.exhaustive
def test_a_hostile_name_is_only_text(show):
    page = show(mistaken(names=[HOSTILE, "</script><script>window.hacked=1</script>"]))
    page.get_by_role("button", name="Table").click()
    page.get_by_label("Find elements").fill(HOSTILE)
    page.get_by_label("Show elements").select_option(index=3)
    assert page.evaluate("window.hacked") is None and page.locator(".ag img").count() == 0
    assert HOSTILE in names(page)[0]


EDGES = {
    "no elements": lambda: GradientCheck(lambda x: x * 2, torch.zeros(0)),
    "a random function": lambda: GradientCheck(lambda x: x * torch.rand(()).item(), torch.ones(2)),
    "not a number": lambda: GradientCheck(lambda x: x.log(), -1.0),
    "float32": lambda: GradientCheck(lambda x: x * x, torch.ones(2, dtype=torch.float32), dtype="as given"),
    "several outputs": lambda: GradientCheck(lambda x: {"a": x * 2, "b": x.sum()}, torch.ones(2)),
    "some of many": lambda: GradientCheck(lambda x: (x**3).sum(), torch.ones(9, 9), most=40),
    "all zero": lambda: GradientCheck(lambda x: x * 0, torch.ones(2)),
}


@pytest.mark.parametrize("name", some_of(list(EDGES), 2))
def test_at_the_edges_the_view_says_what_python_says(show, photograph, name):
    check = EDGES[name]()
    page = show(check)
    assert status(page) == check.describe()
    for hint in check.derivatives.hints + check.derivatives.notes:
        assert hint in page.locator(".ag-remarks").inner_text()
    for row in range(min(len(check.derivatives), 10)):
        page.locator(".ag-pick").nth(row).click()
        check.selected = row
        assert status(page) == check.describe()
        assert names(page)[row] == check.derivatives.title(row)
    photograph(page.locator(".ag"), f"gradient-check-{name.replace(' ', '-')}")


@pytest.mark.exhaustive
def test_stepping_takes_no_time_to_speak_of_whatever_the_size(show, large):
    """A step changes the same few elements of the document for 4 derivatives and for 10 000."""
    changes = []
    for check in (correct(), large):
        page = show(check)
        page.evaluate(
            """() => { window.changed = 0;
              new MutationObserver((all) => { window.changed += all.length; }).observe(
                document.querySelector(".ag"), { subtree: true, childList: true, attributes: true, characterData: true }); }"""
        )
        page.get_by_label("Step h").focus()
        page.keyboard.press("ArrowRight")
        page.wait_for_function("window.changed > 0")
        page.evaluate("() => new Promise((drawn) => requestAnimationFrame(() => setTimeout(drawn)))")
        changes.append(page.evaluate("window.changed"))
    assert 0 < changes[1] <= changes[0] + 5


@pytest.mark.exhaustive
def test_a_matrix_has_a_map_of_its_errors(show, photograph):
    def fn(w, b):
        return (w[:2] ** 2).sum() + (w[2].detach() * w[2]).sum() + b.sum()

    check = GradientCheck(fn, [torch.arange(12.0).reshape(3, 4) + 1, torch.ones(2)])
    assert "of w exactly row 2 is wrong" in check.text()
    page = show(check)
    picture = page.locator(".ag-map-picture")
    assert picture.get_attribute("aria-label") == "Map of w: 4 of 12 elements differ"
    box = picture.bounding_box()
    page.mouse.click(box["x"] + box["width"] * 5 / 8, box["y"] + box["height"] / 6)
    assert page.locator(".ag").get_attribute("data-selected") == "2"
    mark = page.locator(".ag-map-here").bounding_box()
    assert mark["x"] - box["x"] == pytest.approx(box["width"] / 2, abs=2)
    photograph(page.locator(".ag"), "gradient-check-map")
    page.get_by_label("Show elements").select_option("of b")
    page.get_by_role("button", name="b[1]").click()
    assert page.locator(".ag-map").is_hidden()


@pytest.mark.exhaustive
def test_a_map_of_many_elements_has_few_parts_and_leads_to_the_wrong_one(show, large):
    page = show(large)
    assert page.locator(".ag-map-picture *").count() < 10
    page.locator('.ag-pick[tabindex="0"]').focus()
    page.keyboard.press("Home")
    box = page.locator(".ag-map-picture").bounding_box()
    page.mouse.click(box["x"] + box["width"] * 14.5 / 34, box["y"] + box["height"] * 23.5 / 34)
    assert "x[70, 42]: backward() gives 2" in status(page)


@pytest.mark.exhaustive
@pytest.mark.parametrize("width", [320, 480])
def test_no_label_of_the_chart_is_cut_off(show, photograph, width):
    page = show(correct(), viewport={"width": width, "height": 900})
    photograph(page.locator(".ag-curve"), f"gradient-check-curve-{width}")
    picture = page.locator(".ag-chart-picture").bounding_box()
    for label in page.locator(".ag-plot .ag-label").all():
        box = label.bounding_box()
        assert box["x"] >= picture["x"] and box["x"] + box["width"] <= picture["x"] + picture["width"] + 1, (
            label.inner_html()
        )


@pytest.mark.parametrize("width", [390, 320, 480, 1200])
@pytest.mark.parametrize(
    "make",
    [
        lambda: GradientCheck(lambda x: x**3, 2.1),
        lambda: GradientCheck(lambda x: x**3, torch.tensor(2.1), dtype="as given"),
        lambda: GradientCheck(lambda p: (30 * p).sin(), 1.0),
        lambda: GradientCheck(lambda x: (x - 1).relu(), 1.0000004),
    ],
)
def test_no_label_of_the_chart_stands_upon_another(show, make, width):
    page = show(make(), viewport={"width": width, "height": 800})
    assert page.locator(".ag-plot .ag-label").count()
    assert overlaps(page, ".ag-plot .ag-label") == []
