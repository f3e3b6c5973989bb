"""Training on what a seed draws: there is no folder of data, and no score that ends a run."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from exercise_lib.files.unusable import UnusableData

if TYPE_CHECKING:
    from lightning_fabric import Fabric
    from matplotlib.axes import Axes

    from exercise_lib.train.engine import Scores

Made = TypeVar("Made", bound="DrawnTask")


class DrawnTask:
    """What tasks have in common that draw all they learn from."""

    learns_from = "it learns from scenes that it draws"

    def __init__(self, config: Any, fabric: Fabric) -> None:
        raise NotImplementedError

    @classmethod
    def from_data(
        cls: type[Made], config: Any, data: Path | None, fabric: Fabric, **leniency: bool
    ) -> Made:
        """Make the task; raises UnusableData where a folder of data is named."""
        if data is not None:
            raise UnusableData(f"{cls.learns_from}: leave the data folder out")
        return cls(config, fabric)

    def is_good_enough(self, scores: Scores) -> bool:
        return False

    def pictures(self) -> list[Callable[[Axes], object]]:
        return []
