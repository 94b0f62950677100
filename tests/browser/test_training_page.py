"""The record of a training run as a page of its own: no network, no kernel, every reader."""

import pytest

import autograd_core as torch
from tests.browser.axe import violations
from tests.browser.page import HOSTILE, NARROW, SCHEMES, overlaps
from widgets import TrainingMonitor


def trained(nan_at=None, names=None):
    """A monitor after three epochs of forty batches, or after a loss that was nan."""
    torch.manual_seed(0)
    model = torch.nn.Sequential(torch.nn.Linear(2, 3), torch.nn.Tanh(), torch.nn.Linear(3, 1))
    optimizer = torch.optim.SGD(model.parameters(), lr=0.3)
    x = torch.tensor([[0.0, 1.0], [1.0, 0.0], [1.0, 1.0], [0.0, 0.0]])
    y = torch.tensor([[1.0], [1.0], [0.0], [0.0]])
    monitor = TrainingMonitor(every=5)
    watched = monitor.watch([(x, y)] * 40, model=names or model, optimizer=optimizer, epochs=3)
    for _ in range(3):
        for i, (inputs, labels) in enumerate(watched):
            optimizer.zero_grad()
            loss = ((model(inputs) - labels) ** 2).mean()
            if i == nan_at:
                loss = loss * float("nan")
            loss.backward()
            optimizer.step()
    return monitor


def test_it_shows_the_run_and_asks_for_nothing(show, photograph):
    monitor = trained()
    page = show(monitor)
    assert page.get_by_role("status").inner_text() == monitor.describe()
    rows = page.locator(".ag-parameters tbody tr").all_inner_texts()
    assert [row.split()[0] for row in rows] == [
        "model.0.weight",
        "model.0.bias",
        "model.2.weight",
        "model.2.bias",
    ]
    assert page.get_by_role("button", name="Pause").or_(page.get_by_role("button", name="Stop")).count() == 0
    assert [url for url in page.asked if not url.startswith(("file:", "data:"))] == []
    photograph(page.locator(".ag"), "training-page")


def test_the_run_is_played_and_ends_as_it_ended(show):
    page = show(trained())
    curve, said = page.locator(".ag-chart .ag-smooth"), page.get_by_role("status").inner_text()
    whole = curve.get_attribute("d")
    page.get_by_role("button", name="Play").press("Enter")
    assert curve.get_attribute("d") != whole and not page.locator(".ag-facts").is_visible()
    page.get_by_role("button", name="Show the end").or_(page.get_by_role("button", name="Play")).press(
        "Enter"
    )
    page.locator(".ag-training:not([data-playing])").wait_for()
    assert curve.get_attribute("d") == whole and page.get_by_role("status").inner_text() == said
    page.get_by_role("button", name="Play").click()
    page.locator(".ag-training[data-playing]").wait_for()
    page.locator(".ag-training:not([data-playing])").wait_for()
    assert curve.get_attribute("d") == whole and page.locator(".ag-facts").is_visible()


def test_a_run_that_has_not_begun_has_nothing_to_play(show):
    page = show(TrainingMonitor())
    assert not page.get_by_role("button", name="Play").is_visible()


def test_the_curve_is_where_the_axes_say(show):
    monitor = trained()
    page = show(monitor)
    ends = page.eval_on_selector(
        ".ag-chart .ag-smooth",
        "path => [0, path.getTotalLength()].map((at) => path.getPointAtLength(at)).map((p) => [p.x, p.y])",
    )
    plot = page.eval_on_selector(".ag-plot", "e => [e.width.baseVal.value, e.height.baseVal.value]")
    axes = monitor.content()["axes"]["linear"]
    for (x, y), point in zip(
        ends, (monitor.content()["curve"][0], monitor.content()["curve"][-1]), strict=True
    ):
        across = (point[0] - axes["x"]["low"]) / (axes["x"]["high"] - axes["x"]["low"])
        up = (point[3] - axes["y"]["low"]) / (axes["y"]["high"] - axes["y"]["low"])
        assert (x, y) == pytest.approx((across * plot[0], (1 - up) * plot[1]), abs=0.2)


@pytest.mark.exhaustive
def test_the_scale_can_be_logarithmic(show):
    page = show(trained())
    before = page.locator(".ag-chart .ag-smooth").get_attribute("d")
    page.get_by_role("button", name="Log scale").click()
    assert page.get_by_role("button", name="Log scale").get_attribute("aria-pressed") == "true"
    assert page.locator(".ag-chart .ag-smooth").get_attribute("d") != before
    page.get_by_role("button", name="Log scale").click()
    assert page.locator(".ag-chart .ag-smooth").get_attribute("d") == before


def test_the_table_tells_the_same(show):
    monitor = trained()
    page = show(monitor)
    page.get_by_role("button", name="Table").click()
    table = page.get_by_role("group", name="Training monitor as a table")
    rows = table.get_by_role("row").all_inner_texts()
    for row in monitor.content()["parameters"]:
        assert any(all(row[part] in text for part in ("name", "norm", "ratio", "state")) for text in rows)
    losses = monitor.content()["losses"]
    assert losses[-1][0] == "120" and len(losses) == 20
    assert ["\t".join(row) for row in losses] == rows[1 : 1 + len(losses)]


def of_many_layers():
    """A monitor of a deep model, with a validation after each epoch."""
    torch.manual_seed(0)
    layers = [part for _ in range(9) for part in (torch.nn.Linear(2, 2), torch.nn.Tanh())]
    model = torch.nn.Sequential(*layers)
    optimizer, monitor = torch.optim.SGD(model.parameters(), lr=0.1), TrainingMonitor(every=2)
    for _ in range(3):
        for x in monitor.watch([torch.ones(3, 2)] * 4, model=model, optimizer=optimizer, epochs=3):
            optimizer.zero_grad()
            loss = (model(x) ** 2).mean()
            loss.backward()
            optimizer.step()
        with torch.no_grad():
            monitor.record((model(torch.zeros(1, 2)) ** 2).mean())
    return monitor


@SCHEMES
def test_modules_open_by_keyboard_and_depth_and_validation_are_drawn(show, photograph, scheme):
    monitor = of_many_layers()
    page = show(monitor, color_scheme=scheme)
    rows = page.locator(".ag-parameters tbody tr:visible")
    before = rows.count()
    page.locator(".ag-open:visible").nth(3).focus()
    page.keyboard.press("Space")
    assert rows.count() == before + 2 and page.locator(".ag-open:focus[aria-expanded=true]").count() == 1
    assert page.locator(".ag-depth-dots circle").count() == 9
    assert page.locator(".ag-valid-dots").get_attribute("d").count("M") == 3
    photograph(page.locator(".ag"), f"training-page-depth-{scheme}")
    page.get_by_role("button", name="Table").click()
    table = page.get_by_role("group", name="Training monitor as a table")
    for _, _, told in (*monitor.content()["validation"], *monitor.content()["depth"]["sizes"]):
        assert told in table.inner_text()
    assert violations(page) == []


@SCHEMES
def test_no_accessibility_violation(show, photograph, scheme):
    page = show(trained(nan_at=30), color_scheme=scheme)
    page.get_by_role("button", name="Table").click()
    photograph(page.locator(".ag"), f"training-page-alarm-{scheme}")
    assert violations(page) == []


@NARROW
def test_nothing_is_cut_off(show, photograph, name, conditions):
    page = show(trained(nan_at=30), **conditions)
    photograph(page.locator(".ag"), f"training-{name.split()[-2]}")
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    for control in page.locator(".ag-toolbar button").all():
        box = control.bounding_box()
        assert box["width"] >= 24 and box["height"] >= 24
    assert overlaps(page, ".ag-toolbar button") == []
    assert (
        overlaps(page, ".ag-toolbar, .ag-status, .ag-words, .ag-chart, .ag-legend, .ag-facts, .ag-scroll")
        == []
    )
    assert overlaps(page, ".ag-facts :is(dt, dd)") == []


@pytest.mark.exhaustive
def test_forced_colours_keep_every_line_visible(show, photograph):
    page = show(trained(), forced_colors="active")
    photograph(page.locator(".ag"), "training-forced-colours")
    ground = page.eval_on_selector(".ag", "e => getComputedStyle(e).backgroundColor")
    for part in (".ag-chart .ag-band", ".ag-chart .ag-smooth", ".ag-spark", ".ag-axis-line"):
        assert page.eval_on_selector(part, "e => getComputedStyle(e).stroke") != ground, part
    assert page.eval_on_selector(".ag-bar", "e => getComputedStyle(e).backgroundColor") != ground


def test_a_hostile_name_is_only_text(show):
    class Model:
        weight = torch.tensor(1.0, requires_grad=True)

        def named_parameters(self):
            return [(HOSTILE, self.weight)]

    monitor = TrainingMonitor()
    for _ in monitor.watch([1.0], model=Model()):
        loss = 1.0  # noqa: F841
    page = show(monitor)
    page.get_by_role("button", name="Table").click()
    assert page.evaluate("window.hacked") is None
    assert page.locator(".ag img").count() == 0
    assert HOSTILE in page.locator(".ag-parameters").text_content()


def test_on_a_phone_the_state_of_each_parameter_is_seen(show):
    page = show(trained(), viewport={"width": 390, "height": 800})
    table, state = page.locator(".ag-parameters"), page.locator(".ag-parameters td:last-child").first
    room = table.locator("..").bounding_box()
    box = state.bounding_box()
    assert box["width"] and box["x"] + box["width"] <= room["x"] + room["width"] + 1
    assert not page.locator(".ag-spark").first.is_visible()
