"""What a training monitor shows: texts and curves for the browser, and the still picture."""

import html
import math
import textwrap
from collections import Counter

import numpy as np

from ..drawing.chart import Chart, axis
from ..drawing.depth import FEWEST, HEIGHT, depth_svg, has_place, over_depth
from ..drawing.graph_picture import ACCENT, COLOURS, INK, LETTERS, LINE, MUTED, PARTIAL, QUIET
from ..words.numbers_as_text import roughly
from .course import thinned
from .statistics import LEAPING, NONE, STILL, ZERO

WIDTH, CHART = 640, 260  # pixels
ROW = 24
MOST_ROWS, MOST_GROUPS = 12, 24  # of parameters that are told one by one, and of modules
MOST_LOSSES = 20  # rows of the live view's table
SPARK, LIVE_SPARK = (70, 16), (96, 18)  # pixels
COLUMNS = 200, 356, 480, 504  # pixels: where sparks begin, norms and ratios end, states begin
MOST_VALIDATIONS = 200
LONGEST = 24  # characters of a name
LOOKS = dict.fromkeys(("nan", "infinite", STILL, ZERO, NONE), "wrong") | {LEAPING: "leaps"}  # of states
LEAP = "M0 -8L4 -1L-4 -1Z"  # a triangle that points upwards, before the word


def told(x: float | None) -> str:
    """Write a measured number with three digits, which are the same on every machine.

    >>> told(0.0312449), told(2.30258), told(None), told(float("nan")), told(1234567.0)
    ('0.0312', '2.3', '–', 'nan', '1230000')
    """
    return "–" if x is None else roughly(x, 3)


def shown(monitor) -> dict:
    """What a view shows of a monitor, as plain data."""
    course = monitor.course
    curve = course.curve()
    _, last, smoothed = course.ends()
    rates = course.learning_rates[-1] if course.learning_rates else []
    facts = [
        ["loss", told(last)],
        ["smoothed", told(smoothed)],
        ["learning rate", ", ".join(map(told, rates[:3])) or "–"],
    ]
    validation = course.validated()
    if validation:
        facts.append(["validation", told(validation[-1][1])])
    validation = [[at, loss if math.isfinite(loss) else None, told(loss)]
                  for at, loss in thinned(validation, MOST_VALIDATIONS)]  # fmt: skip
    sizes = by_module(course)
    return {
        "state": monitor.state.partition(" ")[0],
        "alarm": bool(monitor.alarmed),
        "sentence": monitor.describe(),
        "progress": progress(monitor),
        "facts": facts,
        "axes": {"linear": chart_of(curve, False, validation).data(), "log": chart_of(curve, True, validation).data()},
        "curve": curve,
        "validation": validation,
        "depth": over_depth(sizes if sum(has_place(size) for _, size in sizes) >= FEWEST else []),
        "losses": [[str(int(batch)), *(told(None if math.isnan(x) else x) for x in losses)]
                   for batch, *losses in course.curve(MOST_LOSSES).tolist()],
        "epochs": thinned(course.epoch_ends, 30),
        "parameters": parameter_rows(course),
        "again": monitor.can_look_again(),
    }  # fmt: skip


def progress(monitor) -> dict:
    """How far the run is: a fraction, or None if the end is not known, and words.

    Seconds are told only while the loop runs: they are no part of what is kept.
    """
    run = monitor._run
    total = run.total or run.length
    done = run.done if run.total else run.in_epoch
    parts = []
    if run.done or monitor.state == "running":
        parts = [f"batch {done} of {total}" if total else f"batch {done}"]
        parts.append(f"epoch {run.epoch} of {run.epochs}" if run.epochs else f"epoch {run.epoch}")
    left = run.seconds_left() if monitor.state == "running" else None
    if left is not None and run.done >= 3:
        parts.append(f"{duration(left)} left")
    return {"part": min(done / total, 1.0) if total else None, "words": " · ".join(parts)}


def duration(seconds: float) -> str:
    """Write a time that need not be exact.

    >>> duration(0.2), duration(75), duration(7300)
    ('1 s', '1 min 15 s', '2 h 1 min')
    """
    seconds = max(1, round(seconds))
    if seconds < 60:
        return f"{seconds} s"
    minutes, seconds = divmod(seconds, 60)
    return f"{minutes} min {seconds} s" if minutes < 60 else f"{minutes // 60} h {minutes % 60} min"


def chart_of(curve, log: bool, validation=()) -> Chart:
    """The axes of the loss."""
    losses = np.append(curve[:, 1:3], [loss for _, loss, _ in validation if loss is not None])
    losses = losses[losses > 0 if log else np.isfinite(losses)]
    ends = [float(losses.min()), float(losses.max())] if losses.size else []
    last = int(curve[-1, 0]) if len(curve) else 1
    across = axis([0, max(last, 2)], "batch", most=6)
    return Chart(across, axis(ends, "loss", log=log, whole=True), WIDTH, CHART)


def parameter_rows(course) -> list[dict]:
    """For each parameter its last numbers as text, and its gradient norms as fractions."""
    norms = course.gradient_norms
    most = max(12, min(60, 6000 // max(1, len(norms))))
    series = {name: thinned(each, most) for name, each in norms.items()}
    good = [v for each in series.values() for v in each if v and math.isfinite(v)]
    low, high = (math.log10(min(good)), math.log10(max(good))) if good else (0.0, 1.0)
    middle, reach = (low + high) / 2, max(high - low, 0.5)
    rows = [
        {
            "name": name,
            "norm": told(norms[name][-1]),
            "ratio": told(course.update_ratios[name][-1]),
            "state": course.states[name],
            "look": LOOKS.get(course.states[name], ""),
            "spark": [part_of(v, middle, reach) for v in each],
            "group": "",
            "members": 0,
        }
        for name, each in series.items()
    ]
    return rows if len(rows) <= MOST_ROWS else arranged(rows, course)


def arranged(rows, course) -> list[dict]:
    """Rows that matter first, then all by module, if those are fewer: each followed by its parameters."""
    first = sorted((row for row in rows if row["look"]), key=lambda row: row["look"] != "wrong")[:MOST_ROWS]
    rest = [row for row in rows if row not in first]
    groups = grouped([row["name"] for row in rows])
    if not groups:
        return first + rest
    by_name = {row["name"]: row for row in rows}
    found = list(first)
    for group, names in groups.items():
        members = [by_name[name] for name in names]
        found.append(summary(group, members, course))
        found += [row | {"group": group} for row in members]
    return found


def grouped(names) -> dict[str, list[str]]:
    """The parameters by module, as deep inside as there are not too many; none if no such module has several.

    >>> grouped([f"net.{i}.{part}.weight" for i in range(20) for part in "ab"])["net.3"]
    ['net.3.a.weight', 'net.3.b.weight']
    """
    paths = {name: name.split(".")[:-1] or [name] for name in names}
    for level in range(max(map(len, paths.values())), 0, -1):
        groups: dict = {}
        for name, path in paths.items():
            groups.setdefault(".".join(path[:level]), []).append(name)
        if 1 < len(groups) <= min(MOST_GROUPS, len(names) // 2):
            return groups
    return {}


def summary(group, members, course) -> dict:
    """The row of a module: the norm of all its gradients, its largest ratio, the state that matters most."""
    names = [row["name"] for row in members]
    ratios = [ratio for name in names if (ratio := course.update_ratios[name][-1]) is not None]
    worst = min(members, key=lambda row: ["wrong", "leaps", ""].index(row["look"]))
    states = Counter(row["state"] for row in members)
    state = worst["state"] if worst["look"] else states.most_common(1)[0][0]
    many = "" if len(states) == 1 else f" ({states[state]} of {len(members)})"
    return {
        "name": group, "norm": told(norm_of(names, course)), "ratio": f"≤ {told(max(ratios))}" if ratios else "–",
        "state": state + many, "look": worst["look"], "spark": [], "group": "", "members": len(members),
    }  # fmt: skip


def norm_of(names, course) -> float | None:
    """The norm of several gradients together, None where there is none."""
    norms = [norm for name in names if (norm := course.gradient_norms[name][-1]) is not None]
    return math.hypot(*norms) if norms else None


def by_module(course) -> list[tuple[str, float]]:
    """The size of the gradient in each module that has parameters of its own, in the model's order."""
    modules: dict = {}
    for name in course.gradient_norms:
        modules.setdefault(name.rpartition(".")[0] or name, []).append(name)
    sizes = ((module, norm_of(names, course)) for module, names in modules.items())
    return [(module, size) for module, size in sizes if size is not None]


def part_of(value, middle, reach) -> float | None:
    """Where a gradient norm lies among all, on a logarithmic scale: 0 … 1, None for no place."""
    if not value or not math.isfinite(value):
        return None
    return round(0.5 + (math.log10(value) - middle) / reach, 3)


# ---------------------------------------------------------------------- the still picture


def draw(content) -> tuple[int, int, str]:
    """Draw what is shown: width, height, SVG markup."""
    lines = textwrap.wrap(content["sentence"], 76)
    top = 20 + 19 * len(lines)
    words = "".join(f'<text x="16" y="{26 + 19 * i}">{html.escape(each)}</text>'
                    for i, each in enumerate(lines))  # fmt: skip
    curve = content["curve"]
    validation = [(at, math.nan if loss is None else loss) for at, loss, _ in content["validation"]]
    chart = chart_of(curve, False, content["validation"])
    marks = [
        f'<path d="{band(chart, curve)}" fill="{LINE}" fill-opacity="0.25" '
        f'stroke="{LINE}" stroke-opacity="0.6"/>' if len(curve) else "",
        chart.line(((x, smoothed) for x, *_, smoothed in curve.tolist()), f'stroke="{ACCENT}" stroke-width="2.5"'),
        chart.line(validation, f'stroke="{INK}" stroke-dasharray="5 3"') if validation else "",
        *(chart.dot(*point, f'fill="{INK}"', 3) for point in validation),
    ]  # fmt: skip
    legend = (
        f'<g font-size="12"><path d="M{WIDTH - 210} {16}h18" stroke="{LINE}"/>'
        f'<text x="{WIDTH - 186}" y="20">loss</text>'
        f'<path d="M{WIDTH - 136} 16h18" stroke="{ACCENT}" stroke-width="2.5"/>'
        f'<text x="{WIDTH - 112}" y="20">smoothed</text>'
    )
    if validation:
        legend += f'<path d="M{WIDTH - 320} 16h18" stroke="{INK}" stroke-dasharray="5 3"/>'
        legend += f'<text x="{WIDTH - 296}" y="20">validation</text>'
    legend += "</g>"
    rows = [row for row in content["parameters"] if not row["group"]]
    table, height = parameter_table(rows) if rows else ("", 0)
    sizes = [(name, math.nan if size is None else size) for name, size, _ in content["depth"]["sizes"]]
    below = (
        f'<g transform="translate(0 {top + CHART + height})">{depth_svg(sizes, WIDTH)}</g>' if sizes else ""
    )
    height += HEIGHT if sizes else 0
    body = (
        f'<g {LETTERS}>{words}<g transform="translate(0 {top})">{chart.svg(*marks)}{legend}</g>'
        f'<g transform="translate(0 {top + CHART})">{table}</g>{below}</g>'
    )
    return WIDTH, top + CHART + height + 8, body


def band(chart, curve) -> str:
    """The path around the least and the greatest loss of each point."""
    there = curve[np.isfinite(curve[:, 1])].tolist()
    places = [chart.at(p[0], p[2]) for p in there] + [chart.at(p[0], p[1]) for p in there[::-1]]
    return "M" + "L".join(f"{x:g} {y:g}" for x, y in places) + "Z" if places else ""


def parameter_table(rows) -> tuple[str, int]:
    """The table of parameters, at most twelve of them, and its height."""
    spark, norm, ratio, state = COLUMNS
    head = [("parameter", 16, "start"), ("gradient norm", norm, "end"), ("update ÷ weight", ratio, "end"),
            ("state", state, "start")]  # fmt: skip
    parts = [f'<text x="{x}" y="16" text-anchor="{anchor}" fill="{MUTED}" font-size="12">{text}</text>'
             for text, x, anchor in head]  # fmt: skip
    for i, row in enumerate(rows[:MOST_ROWS]):
        y = 16 + ROW * (i + 1)
        parts.append(f'<path d="M16 {y - 16}H{WIDTH - 16}" stroke="{QUIET}"/>')
        cells = [(clipped(named(row)), 16, "start"), (row["norm"], norm, "end"),
                 (row["ratio"], ratio, "end"), (row["state"].partition(" (")[0], state, "start")]  # fmt: skip
        leaps = row["look"] == "leaps"
        colour = COLOURS[PARTIAL] if row["look"] else INK
        if leaps:
            parts.append(f'<path transform="translate({state + 4} {y})" d="{LEAP}" fill="{colour}"/>')
        for text, x, anchor in cells:
            fill = f' fill="{colour}"' if x == state else ""
            x += 14 if leaps and x == state else 0
            parts.append(f'<text x="{x}" y="{y}" text-anchor="{anchor}"{fill}>{html.escape(text)}</text>')
        parts.append(
            f'<path d="{spark_line(row["spark"], spark, y - 13, SPARK)}" fill="none" stroke="{ACCENT}"/>'
        )
    hidden = len(rows) - MOST_ROWS
    if hidden > 0:
        parts.append(f'<text x="16" y="{16 + ROW * (MOST_ROWS + 1)}" fill="{MUTED}">and {hidden} more</text>')
    return "".join(parts), ROW * (min(len(rows), MOST_ROWS) + 1 + (hidden > 0)) + 8


def spark_line(fractions, x=0, y=0, size=LIVE_SPARK) -> str:
    """The path of a small curve whose values are fractions of its height, broken at None.

    >>> spark_line([0, 1, None, 0.5], size=(30, 4))
    'M0.0 4.0L10.0 0.0M30.0 2.0'
    """
    width, height = size
    step = width / max(len(fractions) - 1, 1)
    parts, pen = [], "M"
    for i, part in enumerate(fractions):
        if part is not None:
            parts.append(f"{pen}{x + i * step:.1f} {y + (1 - part) * height:.1f}")
        pen = "M" if part is None else "L"
    return "".join(parts)


def named(row) -> str:
    """What a row is called: a parameter, or a module with the number of its parameters."""
    return f"{row['name']} ({row['members']})" if row["members"] else row["name"]


def clipped(name: str) -> str:
    """A long name without its middle."""
    return name if len(name) <= LONGEST else f"{name[:9]}…{name[10 - LONGEST :]}"
