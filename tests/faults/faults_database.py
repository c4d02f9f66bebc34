"""Faults of PostgreSQL: restarted, its back ends ended, and commits whose answer never comes.

SPDX-License-Identifier: MIT
"""

import signal
import time
from random import Random

from proxy import CommitCutter
from scene import Outcome, Scene
from waiting import wait_for

BACK_LIMIT_S = 15  # after it is back, for 99 % of the sagas in flight

WAYS = {"fast": signal.SIGINT, "immediate": signal.SIGQUIT, "killed": signal.SIGKILL}


def restarted(scene: Scene, rng: Random, how: str) -> Outcome:
    logs = scene.logs()
    postgres = scene.stack.postgres
    if how == "killed":
        postgres.process.kill()
    else:
        postgres.process.stop(WAYS[how], grace_s=30)
    down_s = time.time()
    assert postgres.process.pid() is None
    time.sleep(rng.uniform(0.5, 2.5))
    scene.stack.start_database()
    back_s = time.time()
    for service, log in logs.items():
        wait_for(f"{service} has noticed and uses it again", lambda each=log: (
            each.count("works again") + each.count("the database can be used")))
    return Outcome(f"away for {back_s - down_s:.1f} s, and all services tell of it", down_s, back_s,
                   BACK_LIMIT_S)


def sessions_ended(scene: Scene, rng: Random, duration_s: float = 2) -> Outcome:
    """Any of the services' back ends, again and again; those that commit first."""
    down_s = time.time()
    ended = committing = 0
    while time.time() < down_s + duration_s:
        rows = scene.database.rows("""
            SELECT query ~* '^commit' AND state = 'active', pg_terminate_backend(pid) FROM (
                SELECT * FROM pg_stat_activity WHERE usename LIKE 'brigade\\_%%'
                ORDER BY (query ~* '^commit' AND state = 'active') DESC, random() LIMIT 1) AS s""")
        ended += sum(done for _, done in rows)
        committing += sum(commits and done for commits, done in rows)
        time.sleep(rng.uniform(0.01, 0.1))
    assert ended > 10, f"only {ended} sessions were ended"
    return Outcome(f"{ended} sessions ended, {committing} of them in a COMMIT", down_s, time.time(),
                   BACK_LIMIT_S)


def commits_unanswered(scene: Scene, rng: Random, service: str, wanted: int = 5) -> Outcome:
    """One service reaches PostgreSQL through a proxy that swallows the answer to COMMIT."""
    with CommitCutter(scene.stack.ports.server("postgres"), rng) as proxy:
        url = scene.stack.dsn(service).replace(f":{scene.stack.ports.server('postgres')}/",
                                               f":{proxy.port}/")
        scene.stack.stop_service(service)
        scene.start(service, {"BRIGADE_DB_URL": url})
        down_s = time.time()
        proxy.chance = 0.3
        try:
            wait_for(f"{wanted} commits of {service} are not answered", lambda: proxy.cuts,
                     lambda cuts: cuts >= wanted)
        finally:
            proxy.chance = 0
        scene.stack.stop_service(service)
    return Outcome(f"{proxy.cuts} commits of {service} were made and not answered", down_s,
                   scene.start(service), BACK_LIMIT_S)
