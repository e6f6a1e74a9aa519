"""What was worked out lately, remembered within a bound.

Strangers choose which questions come. So what is remembered has a bound, and a flood of new questions cannot push out
what is asked all the time: at the bound, everything is put aside as older, and whatever is asked again comes back.
"""

from __future__ import annotations

from collections.abc import Hashable
from typing import TypeVar

Question = TypeVar("Question", bound=Hashable)
Answer = TypeVar("Answer")


class Recent(dict[Question, Answer]):
    """The answers to recent questions; at most twice `most` are kept.

    What `get` does not find, `recall` may; what neither finds is worked out by the caller, who may `keep` it.

    Threads may share it without a lock: each step is one operation of a dictionary. If two threads reach the bound at
    once, some answers are forgotten and worked out again.
    """

    __slots__ = ("_most", "_older")

    def __init__(self, most: int) -> None:
        super().__init__()
        self._most = most
        self._older: dict[Question, Answer] = {}

    def recall(self, question: Question) -> Answer | None:
        """An answer that was put aside, which becomes recent again; None if there is none."""
        answer = self._older.get(question)
        return None if answer is None else self.keep(question, answer)

    def keep(self, question: Question, answer: Answer) -> Answer:
        """Remembers an answer, and returns it."""
        if len(self) >= self._most:
            self._older = self.copy()
            self.clear()
        self[question] = answer
        return answer
