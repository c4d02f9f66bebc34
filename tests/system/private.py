"""A stack of its own for one program. SPDX-License-Identifier: MIT"""

import shutil
import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import Callable, Iterator

from stack import Stack


@contextmanager
def private_stack(purpose: str, say: Callable[[str], None] = lambda text: None) -> Iterator[Stack]:
    """Nothing of it runs yet; at the end all of it is ended at once, and its data are gone."""
    # Neither in the build directory nor in one that only we may enter: the servers run as users of
    # their own.
    run_dir = Path(tempfile.mkdtemp(prefix=f"brigade-{purpose}-"))
    run_dir.chmod(0o711)
    stack = Stack.private(run_dir, say=say)
    try:
        yield stack
    finally:
        for service in stack.replicas():  # which would wait for the servers that are killed next
            service.process.kill()
        stack.down(purge=True)
        shutil.rmtree(run_dir, ignore_errors=True)
