"""Which of many strings came most often, in bounded memory."""

from __future__ import annotations

from collections import Counter
from typing import Final

_MOST_COUNTED: Final = 64


class MostOften:
    """Which of many keys came most often, in bounded memory: the algorithm of Misra and Gries (1982)."""

    def __init__(self) -> None:
        self.total = 0
        self._counted: Counter[str] = Counter()
        self._last = ""

    def add(self, key: str) -> None:
        """Counts a key. One that comes more often than all of the others together cannot be lost."""
        self.total += 1
        self._last = key
        if key in self._counted or len(self._counted) < _MOST_COUNTED:
            self._counted[key] += 1
            return
        self._counted = Counter({one: count - 1 for one, count in self._counted.items() if count > 1})

    @property
    def most_often(self) -> str:
        """The key that came most often, as far as that was kept."""
        return self._counted.most_common(1)[0][0] if self._counted else self._last
