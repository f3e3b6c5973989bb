"""Three steps of a task on two processes, as a program; each leaves what it has learned."""

import json
import sys
from pathlib import Path

import torch

from exercise_lib.train.session import find_task, train

if __name__ == "__main__":
    torch.set_num_threads(1)
    name, config, folder = sys.argv[1], json.loads(sys.argv[2]), Path(sys.argv[3])
    config = find_task(name).config_type(steps=3, **config)
    task, _ = train(name, folder, config, devices=2)
    state = {key: module.state_dict() for key, module in task.modules.items()}
    rank = torch.distributed.get_rank()
    torch.save(state, folder / f"process-{rank}.pt")
