"""How good and how fast the vocoder is: `python -m benchmarks.speech` prints one run's table."""

import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import torch
from rich.console import Console
from rich.table import Table

from autograder.assemble import assemble
from autograder.assignment import read_assignment
from autograder.exercises import all_exercises
from autograder.repository import REPOSITORY

UTTERANCES = 100  # of the test split


def use_solved_modules(folder: Path) -> None:
    """Put an `exercise_lib` with the solutions in place of the one with gaps."""
    assignment = read_assignment(REPOSITORY, all_exercises())
    assemble(REPOSITORY, folder, {}, assignment.solved_modules)
    for name in [name for name in sys.modules if name.partition(".")[0] == "exercise_lib"]:
        del sys.modules[name]
    sys.path.insert(0, str(folder))


def main() -> None:
    torch.set_num_threads(1)
    with tempfile.TemporaryDirectory() as name:
        use_solved_modules(Path(name))
        measure(int(sys.argv[1]) if len(sys.argv) > 1 else UTTERANCES)


def measure(n_utterances: int) -> None:
    from exercise_lib import audio, mel
    from exercise_lib.data import SpeechCorpus
    from exercise_lib.generator import V2, V3, Generator
    from exercise_lib.pretrained import load_vocoder
    from exercise_lib.recognise import Recogniser
    from exercise_lib.train.quality import HOP, vocoder_quality
    from exercise_lib.word_errors import word_error_rate

    corpus = SpeechCorpus(REPOSITORY.data / "corpus")
    utterances = list(corpus.split("test"))[:n_utterances]
    texts = [it.text for it in utterances]
    waveforms = [it.waveform[: len(it.waveform) // HOP * HOP] for it in utterances]
    recognise = Recogniser(corpus[key].text for key in corpus.split("train").ids)
    config = mel.MelConfig()
    kept = load_vocoder(REPOSITORY.data / "pretrained")

    def log_mel(waveform: torch.Tensor) -> torch.Tensor:
        return mel.log_mel_spectrogram(waveform, config)

    def with_vocoder(model: torch.nn.Module) -> Callable[[torch.Tensor], torch.Tensor]:
        return lambda waveform: model(log_mel(waveform[None]))[0, 0]

    def with_griffin_lim(rounds: int) -> Callable[[torch.Tensor], torch.Tensor]:
        return lambda w: audio.griffin_lim(log_mel(w[None])[0], config, rounds)[: len(w)]

    ways = {
        "Griffin-Lim, 32 rounds": with_griffin_lim(32),
        "Griffin-Lim, 60 rounds": with_griffin_lim(60),
        "kept vocoder": with_vocoder(kept),
    }
    table = Table(title=f"Copies of {len(waveforms)} test utterances, one thread")
    for heading in ("", "mel-L1", "PESQ", "STOI", "word error rate", "times real time"):
        table.add_column(heading, justify="left" if not heading else "right")
    heard = [recognise(waveform) for waveform in waveforms]
    table.add_row("recordings", "", "", "", f"{word_error_rate(texts, heard):.3f}", "")
    with torch.inference_mode():
        for name, copy in ways.items():
            scores = vocoder_quality(copy, waveforms, log_mel)
            heard = [recognise(copy(waveform)) for waveform in waveforms]
            table.add_row(
                name,
                f"{scores['mel_l1']:.3f}",
                f"{scores['pesq']:.2f}",
                f"{scores['stoi']:.3f}",
                f"{word_error_rate(texts, heard):.3f}",
                f"{scores['times_real_time']:.0f}",
            )
        speeds = {}
        for name, official in {"V3": Generator(V3), "V2": Generator(V2)}.items():
            official.remove_weight_norm()
            speeds[name] = speed_ratio(kept, official.eval(), log_mel(waveforms[0][None]))
    console = Console()
    console.print(table)
    for name, ratio in speeds.items():
        console.print(f"the kept vocoder is {ratio:.1f} times as fast as the official {name}")


def speed_ratio(fast: torch.nn.Module, slow: torch.nn.Module, mel: torch.Tensor) -> float:
    """Return how many times longer `slow` takes, the median of pairs run in turn."""
    ratios = []
    for _ in range(9):
        times = []
        for model in (fast, slow):
            start = time.perf_counter()
            model(mel)
            times.append(time.perf_counter() - start)
        ratios.append(times[1] / times[0])
    return sorted(ratios[1:])[4]


if __name__ == "__main__":
    main()
