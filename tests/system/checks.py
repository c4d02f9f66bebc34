"""What several tests check: problems (RFC 9457), and metrics. SPDX-License-Identifier: MIT"""

import re

SAMPLE = re.compile(r"([a-zA-Z_:][a-zA-Z0-9_:]*)(?:\{(.*)\})? (-?[0-9.e+]+|NaN|[+-]Inf)")
LABEL = re.compile(r'([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\\n]|\\[\\n"])*)"(?:,|$)')


def parse_metrics(text: str) -> tuple:
    """Prometheus' text format 0.0.4, strictly: the types by name, and the samples by name and
    labels."""
    types, helps, samples = {}, set(), {}
    assert text.endswith("\n")
    for line in text.splitlines():
        if line.startswith("# HELP "):
            name = line.split(" ", 3)[2]
            assert name not in helps, f"{name} has two HELP lines"
            helps.add(name)
        elif line.startswith("# TYPE "):
            _, _, name, kind = line.split(" ")
            assert name not in types and kind in ("counter", "gauge", "histogram")
            types[name] = kind
        else:
            match = SAMPLE.fullmatch(line)
            assert match, f"not a sample: {line}"
            labels = LABEL.findall(match[2] or "")
            assert LABEL.sub("", match[2] or "") == "", f"labels that cannot be read: {line}"
            key = (match[1], tuple(sorted(labels)))
            assert key not in samples, f"twice: {line}"
            samples[key] = float(match[3])
    assert helps == set(types)
    return types, samples


def sample(world, service: str, name: str, **labels: str) -> float:
    """The sum of a metric over all its samples that have these labels."""
    _, samples = parse_metrics(world.apis[service].get("/metrics").body.decode())
    return sum(value for (found, has), value in samples.items()
               if found == name and set(labels.items()) <= set(has))


def assert_problem(answer, status: int, *words: str) -> None:
    """An RFC 9457 problem whose detail has all the words."""
    assert answer.status == status, answer
    assert answer.headers["content-type"] == "application/problem+json"
    assert set(answer.json) == {"type", "title", "status", "detail"}
    assert answer.json["type"] == "about:blank"
    assert answer.json["status"] == status
    assert all(word in answer.json["detail"] for word in words), answer.json
