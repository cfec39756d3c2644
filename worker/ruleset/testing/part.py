"""What every stimulus of a test is: a frozen piece of YAML that plays itself on a scene."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from worker.conditions.keyed import Part
from worker.ruleset.testing.scene import Scene

Loc = tuple[int | str, ...]


class StimulusPart(Part):
    """A stimulus of tests.

    Class attributes:
        key: the key of the step, as written in YAML.
        examples: YAML items that are valid; each is a test and part of the manual.
    """

    key: ClassVar[str]
    examples: ClassVar[tuple[str, ...]] = ()

    def mentions(self) -> Iterator[tuple[Loc, str]]:
        """Contacts that must be known by then, each with where it is named below the key."""
        return iter(())

    def introduces(self) -> Iterator[str]:
        """Contacts that are known from here on."""
        return iter(())

    async def play(self, scene: Scene) -> None:
        """It has happened.

        Raises:
            StimulusError: it cannot happen now.
        """
        raise NotImplementedError
