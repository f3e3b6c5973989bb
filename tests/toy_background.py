"""A task that a process of its own can find: `toy_background:ToyTask`."""

from dataclasses import dataclass

from toy_training import ToyTask as Line


@dataclass(frozen=True)
class ToyConfig:
    steps: int = 30
    width: int = 4


class ToyTask(Line):
    config_type = ToyConfig

    @classmethod
    def from_data(cls, config, data, fabric):
        return cls(fabric, width=config.width)

    def pictures(self):
        return []
