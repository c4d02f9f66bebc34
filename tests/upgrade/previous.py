"""The services as an earlier commit has them, built beside these.

BRIGADE_PREVIOUS names a commit or a directory with its source tree; else it is the newest earlier
commit whose services differ from these. SPDX-License-Identifier: MIT
"""

import os
import shutil
import subprocess
from pathlib import Path
from typing import Optional

ROOT = Path(__file__).resolve().parents[2]
TREE = ROOT / "build" / "previous"
SOURCES = ("common", "services")  # what the services' programs are made of
BUILD_LIMIT_S = 300


class NoPrevious(Exception):
    """There is no earlier commit to be had. Says why, and what to do."""


def _git(*arguments: str) -> Optional[str]:
    """What git says; None when it fails."""
    done = subprocess.run(["git", *arguments], cwd=ROOT, stdout=subprocess.PIPE,
                          stderr=subprocess.DEVNULL, text=True, check=False)
    return done.stdout.strip() if done.returncode == 0 else None


def _newest_different() -> str:
    if _git("diff", "--quiet", "HEAD", "--", *SOURCES) is None:
        return "HEAD"  # there are changes that are not committed
    newest = _git("log", "-1", "--first-parent", "--format=%H", "--", *SOURCES) or "HEAD"
    return f"{newest}^"


def _commit(name: str) -> str:
    commit = _git("rev-parse", "--verify", "--quiet", f"{name}^{{commit}}")
    if not commit:
        raise NoPrevious(f"There is no commit {name} here to upgrade from. If this clone is shallow: "
                         "git fetch --unshallow. Or name a commit, or a directory with its source "
                         "tree, with BRIGADE_PREVIOUS.")
    return commit


def _extract(commit: str) -> None:
    """The commit's files, unless they are there already."""
    mark = TREE / "build" / "commit"
    if mark.exists() and mark.read_text() == commit:
        return
    shutil.rmtree(TREE, ignore_errors=True)
    mark.parent.mkdir(parents=True)
    with subprocess.Popen(["git", "archive", commit], cwd=ROOT, stdout=subprocess.PIPE) as archive:
        subprocess.run(["tar", "-x", "-C", TREE], stdin=archive.stdout, check=True)
    mark.write_text(commit)


def _build(tree: Path) -> None:
    env = {name: value for name, value in os.environ.items()
           if name not in ("MAKEFLAGS", "MFLAGS", "MAKELEVEL", "BRIGADE_FLAVOUR")}
    done = subprocess.run(["make", "-j2", "binaries"], cwd=tree, env=env, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, text=True, timeout=BUILD_LIMIT_S, check=False)
    assert done.returncode == 0, f"{tree} cannot be built:\n{done.stdout[-3000:]}"


def build_previous() -> tuple:
    """Returns its source tree, with the programs in build/release/bin, and what to call it."""
    given = os.environ.get("BRIGADE_PREVIOUS")
    if given and Path(given).is_dir():
        tree, what = Path(given).resolve(), given
    else:
        commit = _commit(given or _newest_different())
        _extract(commit)
        tree, what = TREE, _git("log", "-1", "--format=%h (%s)", commit)
    _build(tree)
    return tree, what
