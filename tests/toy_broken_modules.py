"""Break files of `exercise_lib`, and print what works then and what is said of what does not.

A line read is a file, a text for it, and the exercises to check or none for all, as JSON; a line
printed says what was found. What is slow to import and not of `exercise_lib` is imported once.
"""

import contextlib
import html
import io
import json
import os
import pkgutil
import sys
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from unittest import mock

import torch
from lightning_fabric import Fabric

import exercise_lib

torch.set_num_threads(1)
SLOW = (
    "anywidget",
    "librosa.core.audio",
    "librosa.core.pitch",
    "librosa.feature",
    "matplotlib.pyplot",
    "nbformat",
    "pocketsphinx",
    "scipy.signal",
)


def names_of_given() -> list[str]:
    folders = [it.name for it in pkgutil.iter_modules(exercise_lib.__path__) if it.ispkg]
    paths = {it: import_module(f"exercise_lib.{it}").__path__ for it in folders}
    return [
        it.name
        for folder, path in paths.items()
        for it in pkgutil.walk_packages(path, f"exercise_lib.{folder}.")
    ]


def said_by(call: Callable[[], object]) -> str:
    """Return "works", or what an exception says."""
    try:
        call()
    except Exception as error:
        return str(error)
    return "works"


def checked(names: list[str]) -> dict[str, str]:
    """Return what `python -m exercise_lib.check` says of these exercises, or of every one."""
    from exercise_lib.check import __main__ as command

    results = []

    def check(name: str) -> object:
        results.append(command_check(name))
        return results[-1]

    command_check = command.check
    with (
        mock.patch.object(command, "check", check),
        contextlib.redirect_stdout(io.StringIO()) as printed,
    ):
        command.main(names)
    assert all(str(it) in printed.getvalue() for it in results)
    return {it.id: "all points" if it.passed else str(it) for it in results}


def made() -> dict[str, str]:
    """Return what is said where models and players are made."""
    from exercise_lib.alignment_player import AlignmentPlayer, Take
    from exercise_lib.alignment_player.speaking import speaking_player
    from exercise_lib.codec.codec_training import CodecTask, CodecTrainingConfig
    from exercise_lib.codec.networks import Codec
    from exercise_lib.codec.seanet import Seanet
    from exercise_lib.codes.residual_books import fit_books
    from exercise_lib.images import (
        clip_training,
        diffusion_training,
        prior_training,
        vae_training,
        vqvae_training,
    )
    from exercise_lib.images.clip_encoders import Clip, ClipSize
    from exercise_lib.images.clip_training import ClipConfig, ClipTask
    from exercise_lib.images.decoder_training import DecoderConfig, DecoderTask
    from exercise_lib.images.diffusion_training import DiffusionConfig, DiffusionTask
    from exercise_lib.images.dit_network import Dit, DitSize
    from exercise_lib.images.flow_training import FlowConfig, FlowTask
    from exercise_lib.images.prior_network import Prior, PriorSize
    from exercise_lib.images.prior_training import PriorConfig, PriorTask
    from exercise_lib.images.vae_training import VaeConfig, VaeTask
    from exercise_lib.images.vqvae_training import VqvaeConfig, VqvaeTask
    from exercise_lib.models.pretrained import load_tacotron, load_tacotron1, load_vocoder
    from exercise_lib.models.tacotron_training import (
        TacotronConfig,
        TacotronTask,
        read_alignments,
        score_alignment,
    )
    from exercise_lib.models.vocoder_training import VocoderConfig, VocoderTask
    from exercise_lib.models.vocoders import make_generator
    from exercise_lib.models.voices import find_tacotrons, find_vocoders
    from exercise_lib.music import clap_training, jukebox_level_training
    from exercise_lib.music.clap_encoders import Clap, ClapSize
    from exercise_lib.music.clap_training import ClapConfig, ClapTask
    from exercise_lib.music.jukebox_level_training import LevelConfig, LevelTask
    from exercise_lib.music.jukebox_transformer import CodeTransformer, TransformerSize
    from exercise_lib.speech.data import LOCAL_DATA, SpeechCorpus
    from exercise_lib.speech.recorded import RecordedAttention

    corpus, recorded, fabric = SpeechCorpus(LOCAL_DATA / "mini"), RecordedAttention(), Fabric()
    utterance = corpus[0]

    def play() -> None:
        take = Take(
            "recorded",
            utterance.text,
            utterance.waveform,
            corpus.sample_rate,
            recorded.seconds_per_step,
            energies=recorded.energies(utterance.id, "learned", 1500),
            log_mel=torch.zeros(80, 60),
        )
        AlignmentPlayer([take])

    def speak() -> None:
        shown = speaking_player("Hi.")
        if hasattr(shown, "data"):
            raise ImportError(html.unescape(shown.data))

    def train(kind: type, config: object) -> None:
        kind(config, corpus, fabric).training_step(0, fabric)

    judged = clap_training, clip_training, diffusion_training, vae_training, vqvae_training
    for training in (*judged, prior_training, jukebox_level_training):
        training.EXAMINED = 4  # to judge by; drawing hundreds takes seconds
    small = ClipConfig(batch=8, scenes=16)
    short = FlowConfig(batch=4, scenes=8, width=16, depth=1)
    painted = DecoderConfig(batch=4, scenes=8, width=16, depth=1)
    imagined = PriorConfig(batch=4, scenes=8, width=16, depth=1)
    few_scenes = VaeConfig(batch=4, scenes=12)
    few_noised = DiffusionConfig(batch=4, scenes=8)
    few_codes = VqvaeConfig(batch=4, scenes=16, n_codes=8)
    few = ClapConfig(batch=4, pieces=4)
    one = CodecTrainingConfig(batch=1, segment=4160)
    sung = LevelConfig(batch=1, pieces=2, segment=9600, n_codes=8, quantized_from=0)
    hifi_gan = VocoderConfig("laptop", batch=1, segment=4096, adversarial_from=0)
    made = {
        "recorded player": play,
        "Tacotron": load_tacotron,
        "Tacotron 1": load_tacotron1,
        "Tacotron found": find_tacotrons,
        "Vocos": load_vocoder,
        "Vocos found": find_vocoders,
        "HiFi-GAN": lambda: make_generator("V3"),
        "scores": lambda: score_alignment(torch.eye(4), torch.arange(4)),
        "kept alignments": lambda: read_alignments(LOCAL_DATA),
        "Tacotron training": lambda: train(TacotronTask, TacotronConfig(batch=1)),
        "Vocos training": lambda: train(VocoderTask, VocoderConfig(batch=1, segment=4096)),
        "HiFi-GAN training": lambda: train(VocoderTask, hifi_gan),
        "speaking player": speak,
        "CLIP": lambda: Clip(ClipSize()),
        "codec": Codec,
        "codec training": lambda: train(CodecTask, one),
        "SEANet": Seanet,
        "CLIP training": lambda: ClipTask(small, fabric).training_step(0, fabric),
        "VQ-VAE training": lambda: VqvaeTask(few_codes, fabric).training_step(0, fabric),
        "transformer": lambda: Dit(DitSize(width=16, depth=1)),
        "flow training": lambda: FlowTask(short, fabric).training_step(0, fabric),
        "prior": lambda: Prior(PriorSize(width=16, depth=1)),
        "prior training": lambda: PriorTask(imagined, fabric).training_step(0, fabric),
        "decoder training": lambda: DecoderTask(painted, fabric).training_step(0, fabric),
        "VAE training": lambda: VaeTask(few_scenes, fabric).training_step(0, fabric),
        "diffusion training": lambda: DiffusionTask(few_noised, fabric).training_step(0, fabric),
        "residual books": lambda: fit_books(torch.randn(32, 4), 2, 8, steps=1),
        "CLAP": lambda: Clap(ClapSize()),
        "Jukebox": lambda: CodeTransformer(TransformerSize(width=32, depth=1)),
        "Jukebox training": lambda: LevelTask(sung, fabric).training_step(0, fabric),
        "CLAP training": lambda: ClapTask(few, fabric).training_step(0, fabric),
    }
    return {name: said_by(call) for name, call in made.items()}


def look(names: list[str]) -> None:
    """Print what works in this process."""
    imported = {it: said_by(lambda it=it: import_module(it)) for it in names_of_given()}
    from exercise_lib import doctor

    found = {
        "not imported": {it: said for it, said in imported.items() if said != "works"},
        "checks": checked(names),
        "doctor": [str(it) for it in doctor.examine().findings],
        "made": made(),
    }
    print(json.dumps(found), flush=True)


def main() -> None:
    for name in SLOW:
        import_module(name)
    for line in sys.stdin:
        path, text, names = json.loads(line)
        Path(path).write_text(text, encoding="utf-8")
        child = os.fork()
        if not child:
            try:
                look(names)
            finally:
                os._exit(0)
        os.waitpid(child, 0)


if __name__ == "__main__":
    main()
