"""Fixtures of the contract tests. SPDX-License-Identifier: MIT"""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from wire import Codec


@pytest.fixture(scope="session")
def codec() -> Iterator[Codec]:
    tool = Codec()
    yield tool
    assert tool.close() == 0
