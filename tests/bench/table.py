"""The figures of a benchmark as text. SPDX-License-Identifier: MIT"""

QUANTILES = {"p50": "p50", "p90": "p90", "p99": "p99", "p99_9": "p99.9", "max": "max"}


def machine_text(report: dict) -> str:
    """What the figures were measured on."""
    machine, postgres, rabbit = (report[name] for name in ("machine", "postgresql", "rabbitmq"))
    settings = ", ".join(f"{name} {value}" for name, value in postgres.items()
                         if name != "version")
    queues = ", ".join(f"{name} {kind}" for name, kind in sorted(rabbit["queues"].items()))
    return (f"{machine['cores']} cores ({machine['processor']}), {machine['memory_gib']} GiB, "
            f"Linux {machine['kernel']}; Brigade {report['commit']}\n"
            f"PostgreSQL {postgres['version']}: {settings}\n"
            f"RabbitMQ {rabbit['version']}, Erlang {rabbit['erlang']}: {queues}")


def _latency_lines(phases: dict) -> list:
    lines = [f"{'':<34}{'orders':>8}" + "".join(f"{name:>9}" for name in QUANTILES.values())
             + "   ms"]
    for phase, found in phases.items():
        for what, key in (("request to answer", "answer_us"), ("request to outcome", "outcome_us"),
                          ("approved to cancelled", "cancellation_us")):
            figures = found[key]
            if figures["count"]:
                lines.append(f"{phase + ': ' + what:<34}{figures['count']:>8}" + "".join(
                    f"{figures[name] / 1000:>9.2f}" for name in QUANTILES))
    return lines


def _throughput_lines(phases: dict) -> list:
    return [f"{phase:<12}{found['orders_per_s']:>9.1f} orders/s to their outcome, "
            f"{found['orders']['completed']} orders in {found['span_s']:.1f} s"
            for phase, found in phases.items()]


def _limit_lines(report: dict) -> list:
    limit, middle, rounds = report["limit"], report["round"], report["rounds"]
    lines = [f"{'limit':<12}{middle['limit_orders_per_s']:>9.1f} orders/s without services, around "
             f"that peak (broker alone {limit['broker']['orders_per_s']:.1f}, "
             f"database alone {limit['database']['orders_per_s']:.1f})"]
    lines.append(f"{'':<12}{middle['share']:>9.1%} of it is the peak"
                 + (", in the middle of:" if len(rounds) > 1 else ""))
    lines += [f"{'':<12}{each['share']:>9.1%}, {each['orders_per_s']:.0f} of "
              f"{each['limit_orders_per_s']:.0f}; one piece of work took {each['probe_ms']:.2f} ms of "
              f"CPU time, and {each['limit_probe_ms']:.2f} with the limit" for each in rounds]
    return lines


def cpu_per_1000_s(phase: dict) -> dict:
    """User and system seconds of each group for 1,000 orders."""
    orders = max(1, phase["orders"]["completed"])
    return {group: (1000 * used["user_s"] / orders, 1000 * used["system_s"] / orders)
            for group, used in phase["usage"]["groups"].items()}


def _usage_lines(name: str, phase: dict, cores: int) -> list:
    usage, costs = phase["usage"], cpu_per_1000_s(phase)
    total = sum(map(sum, costs.values())) or 1
    lines = [f"{name + ': CPU for 1,000 orders':<34}{'user':>9}{'system':>9}{'sum':>9}   s"
             f"{'share':>8}{'peak MiB':>10}"]
    for group, (user_s, system_s) in costs.items():
        memory_mib = usage["groups"][group]["peak_mib"]
        lines.append(f"  {group:<32}{user_s:>9.3f}{system_s:>9.3f}{user_s + system_s:>9.3f}    "
                     f"{(user_s + system_s) / total:>8.1%}{memory_mib:>10.1f}")
    own_s = sum(used["user_s"] + used["system_s"] for used in usage["groups"].values())
    wall_s = usage["wall_s"]
    return [*lines, f"  {'all of these':<32}{'':>18}{total:>9.3f}",
            f"  of {cores} cores these kept {own_s / wall_s:.2f} busy, "
            f"others {usage['others_s'] / wall_s:.2f}; one piece of work took "
            f"{usage['probe_ms']:.2f} ms of CPU time"]


def _timeline_lines(timeline: dict) -> list:
    lines = [f"one order, median of {timeline['orders']}: µs since the request, and since the line "
             "before"]
    before_us = 0
    for moment, at_us in timeline["moments"].items():
        lines.append(f"{at_us:>8}{at_us - before_us:>8}  {moment}")
        before_us = at_us
    return lines


def figures_text(report: dict) -> str:
    phases = report["phases"]
    lines = ["", *_throughput_lines(phases), *_limit_lines(report), "", *_latency_lines(phases)]
    for name, phase in phases.items():
        lines += ["", *_usage_lines(name, phase, report["machine"]["cores"])]
    if "timeline" in report:
        lines += ["", *_timeline_lines(report["timeline"])]
    return "\n".join([*lines, ""])
