"""A task that a process of its own can find: `toy_background:ToyTask`."""

from pydantic import PositiveFloat, PositiveInt
from pydantic.dataclasses import dataclass
from toy_training import ToyTask as Line

from exercise_lib.train.settings import CHECKED


@dataclass(frozen=True, config=CHECKED)
class ToyConfig:
    steps: PositiveInt = 30
    width: PositiveInt = 4
    batch: PositiveInt = 8
    learning_rate: PositiveFloat = 1e-2


class ToyTask(Line):
    config_type = ToyConfig

    @classmethod
    def from_data(cls, config, data, fabric):
        task = cls(fabric, width=config.width, rate=config.learning_rate)
        task.data = str(data)
        task.nan_at = 25 if config.learning_rate > 0.1 else None
        return task

    def pictures(self):
        return []
