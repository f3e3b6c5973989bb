"""What training both models has in common: utterances, an average of the weights, a step."""

from __future__ import annotations

import copy
from pathlib import Path
from typing import TYPE_CHECKING, Any, Generic, TypeVar

import torch
from pydantic import NonNegativeFloat, NonNegativeInt, PositiveFloat, PositiveInt
from pydantic.dataclasses import dataclass
from safetensors.torch import load_file
from torch import Tensor, nn

from exercise_lib.train.averages import follow
from exercise_lib.train.drawn import DrawnTask
from exercise_lib.train.rates import set_rate, warmed
from exercise_lib.train.settings import CHECKED
from exercise_lib.valle.batches import Batch, Drawer
from exercise_lib.valle.networks import ModelSize
from exercise_lib.valle.spoken import load_spoken

if TYPE_CHECKING:
    from lightning_fabric import Fabric

JUDGED = 240  # utterances by which a run is judged
TOP = 10  # codes

Model = TypeVar("Model", bound=nn.Module)


@dataclass(frozen=True, config=CHECKED)
class LmConfig:
    """How a codec language model is trained."""

    steps: PositiveInt = 300
    batch: PositiveInt = 16
    learning_rate: PositiveFloat = 2e-3  # at its highest; it rises first, then falls to 0
    n_books: PositiveInt = 3
    width: PositiveInt = 128
    depth: PositiveInt = 3  # blocks
    heads: PositiveInt = 4
    dropout: NonNegativeFloat = 0.1
    utterances: NonNegativeInt = 0  # to learn from; 0 for all
    start: str = ""  # kept weights to begin from, of any alphabet: a file


class LmTask(DrawnTask, Generic[Model]):
    """A codec language model on the utterances of a folder."""

    network: Model  # the average, which is judged and kept
    same_prompt = False  # whether the prompt is the utterance itself

    @classmethod
    def from_data(cls, config: Any, data: Path | None, fabric: Fabric, **leniency: bool) -> Any:
        """Make the task from a folder with `codes.npz`; default: data/digits."""
        return cls(config, fabric, data)

    def __init__(self, config: LmConfig, fabric: Fabric, data: Path | None = None) -> None:
        self.config = config
        splits = load_spoken(data, config.n_books)
        train = splits["train"]
        if config.utterances:
            order = torch.randperm(len(train), generator=torch.Generator().manual_seed(0))
            train = train.only(order[: config.utterances].sort().values)
        self.data = f"{len(train)} utterances"
        self.train, self.judged = (
            Drawer(it, fabric.device, self.same_prompt) for it in (train, splits["validation"])
        )
        model = self.make(
            ModelSize(
                n_symbols=len(train.alphabet),
                pace=train.pace,
                n_books=config.n_books,
                width=config.width,
                depth=config.depth,
                heads=config.heads,
                dropout=config.dropout,
            )
        )
        if config.start:
            learned = load_file(config.start)
            learned["symbols.weight"] = model.state_dict()["symbols.weight"]
            model.load_state_dict(learned)
        self.network = copy.deepcopy(model).requires_grad_(False).to(fabric.device).eval()
        optimizer = torch.optim.AdamW(
            model.parameters(), config.learning_rate, (0.9, 0.98), weight_decay=0.05, fused=True
        )
        self.model, self.optimizer = fabric.setup(model, optimizer)
        self.modules: dict[str, nn.Module] = {"model": self.model, "average": self.network}
        self.optimizers = {"model": self.optimizer}

    def make(self, size: ModelSize) -> Model:
        """Return the model, untrained."""
        raise NotImplementedError

    def loss(self, batch: Batch, step: int) -> Tensor:
        """Return the loss of a batch at a step."""
        raise NotImplementedError

    def training_step(self, step: int, fabric: Fabric) -> dict[str, float]:
        """Draw utterances and prompts, and learn what is to be said."""
        set_rate(self.optimizer, warmed(self.config.learning_rate, step, self.config.steps))
        loss = self.loss(self.train.draw(self.config.batch), step)
        self.optimizer.zero_grad(set_to_none=False)  # what has no part in a step rests with zeros
        fabric.backward(loss)
        nn.utils.clip_grad_norm_(self.model.parameters(), 1.0)
        self.optimizer.step()
        follow(self.network, self.model, step)
        return {"loss": loss.item()}

    def judged_batch(self, n: int = JUDGED) -> Batch:
        """Return up to n held-out utterances, of all voices alike."""
        most = len(self.judged.spoken)
        chosen = torch.linspace(0, most - 1, min(n, most), device=self.judged.lengths.device)
        return self.judged.batch(chosen.long())


def accuracy(logits: Tensor, targets: Tensor, k: int) -> float:
    """Return how often a target `(B, T)` is among the k most likely of `(B, T, K)`."""
    found = (logits.topk(k).indices == targets[..., None]).any(-1)
    return float(found[targets >= 0].float().mean())
