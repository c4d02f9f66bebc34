"""The picture of a benchmark: latencies, throughput over time, what orders cost.

SPDX-License-Identifier: MIT
"""

from pathlib import Path

import matplotlib

matplotlib.use("Agg")
import matplotlib.pyplot as plt  # noqa: E402
from matplotlib.ticker import FuncFormatter, LogLocator, MaxNLocator, NullFormatter  # noqa: E402

from table import QUANTILES, cpu_per_1000_s  # noqa: E402

SIZE_INCHES = (12, 9)
STYLE = {"font.size": 10, "axes.spines.top": False, "axes.spines.right": False,
         "axes.grid": True, "grid.alpha": 0.3, "axes.axisbelow": True, "axes.titlesize": 11,
         "axes.titleweight": "bold", "axes.titlelocation": "left", "legend.frameon": False}
PHASES = {"unloaded": "#4c9f70", "peak": "#c8553d", "open loop": "#2f6690", "burst": "#8e6c8a"}
GROUPS = {"order": "#2f6690", "consumer": "#5fa8d3", "kitchen": "#4c9f70",
          "accounting": "#a7c957", "notifier": "#d9c5b2", "PostgreSQL": "#c8553d",
          "RabbitMQ": "#f2a65a", "load generator": "#9a9a9a"}


def name_of(phase: str, found: dict) -> str:
    if phase == "burst":
        return f"burst from {found['rate']}/s"
    return f"{found['rate']} orders/s" if "rate" in found else phase


def _use_log_ms(axis) -> None:
    axis.set_yscale("log")
    axis.yaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
    axis.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
    axis.yaxis.set_minor_formatter(NullFormatter())
    axis.set_ylabel("ms")


def _put_legend_below(axis, columns: int) -> None:
    """Where no line can run through it."""
    axis.legend(fontsize=9, ncol=columns, loc="upper center", bbox_to_anchor=(0.5, -0.16))


def _draw_latencies(axis, phases: dict) -> None:
    axis.set_title("Latency")
    for phase, found in phases.items():
        if phase == "peak":
            continue  # there the time is only how long the queue was made
        for key, what, line in (("outcome_us", "outcome", "-"), ("answer_us", "answer", ":")):
            axis.plot(list(QUANTILES.values()), [found[key][each] / 1000 for each in QUANTILES],
                      line, marker="o", color=PHASES[phase],
                      label=f"{name_of(phase, found)}: request to {what}")
    _use_log_ms(axis)
    axis.set_xlabel("share of the orders that took no longer")
    _put_legend_below(axis, 2)


def _whole_seconds(found: dict) -> list:
    """Without the last one, which is hardly ever whole."""
    return found["seconds"][:-1]


def _draw_over_time(axis, phases: dict, values) -> None:
    for phase, found in phases.items():
        if phase != "unloaded":
            seconds = _whole_seconds(found)
            axis.plot([second + 1 for second in range(len(seconds))],
                      [values(second) for second in seconds], marker=".", color=PHASES[phase],
                      label=name_of(phase, found))
            axis.axvspan(0, found["warm_up_s"], color="#eeeeee", zorder=0)
    axis.set_xlim(left=0)
    axis.xaxis.set_major_locator(MaxNLocator(integer=True))
    axis.set_xlabel("s (grey: warm-up, not measured)")


def _draw_throughput(axis, report: dict) -> None:
    axis.set_title("Orders that reached their outcome")
    _draw_over_time(axis, report["phases"], lambda second: second["completed"])
    limit = report["round"]["limit_orders_per_s"]
    axis.axhline(limit, color="black", linestyle="--", label=f"the machine's limit, {limit:.0f}")
    axis.set_ylabel("orders/s")
    axis.set_ylim(bottom=0)
    _put_legend_below(axis, 4)


def _draw_p99(axis, phases: dict) -> None:
    axis.set_title("p99 of request to outcome, of each second")
    _draw_over_time(axis, phases, lambda second: second["p99_us"] / 1000)
    _use_log_ms(axis)
    _put_legend_below(axis, 4)


def _draw_cpu(axis, phases: dict) -> None:
    axis.set_title("CPU time for 1,000 orders")
    loaded = {phase: found for phase, found in phases.items() if phase != "unloaded"}
    names = [name_of(phase, found) for phase, found in loaded.items()]
    costs = [cpu_per_1000_s(found) for found in loaded.values()]
    lefts = [0.0] * len(names)
    for group, color in GROUPS.items():
        widths = [sum(cost[group]) for cost in costs]
        axis.barh(names, widths, left=lefts, color=color, label=group, height=0.6)
        lefts = [left + width for left, width in zip(lefts, widths)]
    for name, total in zip(names, lefts):
        axis.text(total, name, f" {total:.2f} s", va="center")
    axis.set_xlim(right=1.15 * max(lefts))
    axis.invert_yaxis()
    axis.grid(axis="y", visible=False)
    axis.set_xlabel("s, user and system")
    _put_legend_below(axis, 4)


def draw(report: dict, path: Path) -> None:
    """In the format that the path's suffix names."""
    machine, phases = report["machine"], report["phases"]
    with plt.rc_context(STYLE):
        figure, axes = plt.subplots(2, 2, figsize=SIZE_INCHES, layout="constrained")
        figure.suptitle(f"Brigade {report['commit']}: {machine['cores']} cores "
                        f"({machine['processor']}), everything on one machine, "
                        f"{report['at'][:10]}", x=0.01, ha="left")
        _draw_latencies(axes[0][0], phases)
        _draw_throughput(axes[0][1], report)
        _draw_cpu(axes[1][0], phases)
        _draw_p99(axes[1][1], phases)
        figure.savefig(path)
        plt.close(figure)
