"""What a training monitor shows: texts and curves for the browser, and the still picture."""

import html
import math
import textwrap

import numpy as np

from ..drawing.chart import Chart, axis
from ..drawing.graph_picture import ACCENT, COLOURS, INK, LETTERS, LINE, MUTED, PARTIAL, QUIET
from ..words.numbers_as_text import roughly
from .course import thinned
from .statistics import LEAPING, NONE, STILL, ZERO

WIDTH, CHART = 640, 260  # pixels
ROW = 24
MOST_ROWS = 12
MOST_LOSSES = 20  # rows of the live view's table
SPARK, LIVE_SPARK = (70, 16), (96, 18)  # pixels
COLUMNS = 200, 356, 480, 504  # pixels: where sparks begin, norms and ratios end, states begin
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
    return {
        "state": monitor.state.partition(" ")[0],
        "alarm": bool(monitor.alarmed),
        "sentence": monitor.describe(),
        "progress": progress(monitor),
        "facts": facts,
        "axes": {"linear": chart_of(curve, False).data(), "log": chart_of(curve, True).data()},
        "curve": curve,
        "losses": [[str(int(batch)), *(told(None if math.isnan(x) else x) for x in losses)]
                   for batch, *losses in course.curve(MOST_LOSSES).tolist()],
        "epochs": thinned(course.epoch_ends, 30),
        "parameters": parameter_rows(course),
        "recorded": False,
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


def chart_of(curve, log: bool) -> Chart:
    """The axes of the loss."""
    losses = curve[:, 1:3]
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
    return [
        {
            "name": name,
            "norm": told(norms[name][-1]),
            "ratio": told(course.update_ratios[name][-1]),
            "state": course.states[name],
            "look": LOOKS.get(course.states[name], ""),
            "spark": [part_of(v, middle, reach) for v in each],
        }
        for name, each in series.items()
    ]


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
    chart = chart_of(curve, False)
    marks = [
        f'<path d="{band(chart, curve)}" fill="{LINE}" fill-opacity="0.25" '
        f'stroke="{LINE}" stroke-opacity="0.6"/>' if len(curve) else "",
        chart.line(((x, smoothed) for x, *_, smoothed in curve.tolist()), f'stroke="{ACCENT}" stroke-width="2.5"'),
    ]  # fmt: skip
    legend = (
        f'<g font-size="12"><path d="M{WIDTH - 210} {16}h18" stroke="{LINE}"/>'
        f'<text x="{WIDTH - 186}" y="20">loss</text>'
        f'<path d="M{WIDTH - 136} 16h18" stroke="{ACCENT}" stroke-width="2.5"/>'
        f'<text x="{WIDTH - 112}" y="20">smoothed</text></g>'
    )
    rows = content["parameters"]
    table, height = parameter_table(rows) if rows else ("", 0)
    body = (
        f'<g {LETTERS}>{words}<g transform="translate(0 {top})">{chart.svg(*marks)}{legend}</g>'
        f'<g transform="translate(0 {top + CHART})">{table}</g></g>'
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
        cells = [(clipped(row["name"]), 16, "start"), (row["norm"], norm, "end"),
                 (row["ratio"], ratio, "end"), (row["state"], state, "start")]  # fmt: skip
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


def clipped(name: str) -> str:
    """A long name without its middle."""
    return name if len(name) <= LONGEST else f"{name[:9]}…{name[10 - LONGEST :]}"
