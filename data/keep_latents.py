"""Encode windows into pieces once, for a transformer that learns from their latents.

    python data/keep_latents.py 3000 build/latents

needs the autoencoder in data/stable_audio, and the finished modules of exercise_lib on the path.
Four processes play; the latents are kept as int8, a twentieth of their deviation a step.
"""

from __future__ import annotations

import sys
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import torch

HERE = Path(__file__).resolve().parent
sys.path.append(str(HERE.parent))
from exercise_lib.music.latent_network import load_vae
from exercise_lib.music.stable_audio_windows import parts, play, save_latents

PROCESSES = 4


def main(n: int, path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with ProcessPoolExecutor(PROCESSES) as pool:
        played = pool.map(play, parts(n))
        vae = load_vae(HERE / "stable_audio").to("cuda" if torch.cuda.is_available() else "cpu")
        latents = torch.cat([vae.latents(it).cpu() for it in played])
    save_latents(latents, path)


if __name__ == "__main__":
    main(int(sys.argv[1]), Path(sys.argv[2]))
