"""Train the models that the demos speak with, and keep their weights along the way.

    python data/pretrain.py tacotron build/tacotron
    python data/pretrain.py tacotron-aligned build/tacotron-aligned
    python data/pretrain.py tacotron1 build/tacotron1
    python data/pretrain.py vocoder build/vocoder
    python data/pretrain.py clip build/clip
    python data/pretrain.py clip-hard build/clip-hard
    python data/pretrain.py clip-plain build/clip-plain
    python data/pretrain.py vqvae build/vqvae
    python data/pretrain.py clap build/clap
    python data/pretrain.py clap-own build/clap-own
    python data/pretrain.py vae build/vae
    python data/pretrain.py diffusion-live build/diffusion-live
    python data/pretrain.py diffusion-centred build/diffusion-centred
    python data/pretrain.py diffusion build/diffusion
    python data/pretrain.py diffusion-two build/diffusion-two
    python data/pretrain.py diffusion-full build/diffusion-full
    python data/pretrain.py dit build/dit
    python data/pretrain.py dit-joint build/dit-joint
    python data/pretrain.py dit-cross build/dit-cross
    python data/pretrain.py dit-noise build/dit-noise
    python data/pretrain.py clip-bag build/clip-bag
    python data/pretrain.py prior build/prior
    python data/pretrain.py decoder build/decoder
    python data/pretrain.py prior-anywhere build/prior-anywhere
    python data/pretrain.py decoder-anywhere build/decoder-anywhere
    python data/pretrain.py prior-binds build/prior-binds
    python data/pretrain.py prior-bag build/prior-bag
    python data/pretrain.py codec-live build/codec-live
    python data/pretrain.py codec build/codec
    python data/pretrain.py codec-adversarial build/codec-adversarial
    python data/pretrain.py latent build/latent
    python data/pretrain.py latent-large build/latent-large
    python data/pretrain.py latent-judged build/latent-judged
    python data/pretrain.py latent-alone build/latent-alone
    python data/pretrain.py stable-audio build/stable-audio
    python data/pretrain.py jukebox-top build/jukebox-top
    python data/pretrain.py jukebox-bottom build/jukebox-bottom
    python data/pretrain.py jukebox-prior build/jukebox-prior
    python data/pretrain.py jukebox-upsampler build/jukebox-upsampler
    python data/pretrain.py reader build/reader
    python data/pretrain.py filler build/filler
    python data/pretrain.py small-decoder build/small-decoder
    python data/pretrain.py reader-corpus build/reader-corpus
    python data/pretrain.py filler-corpus build/filler-corpus
    python data/pretrain.py melle build/melle

needs the finished modules of exercise_lib on the path. A stopped run goes on where it was. Writes
weights (float16) to data/pretrained, of CLIP to data/clip, of CLAP to data/clap, of the VQ-VAE to
data/codebooks, of a codec to data/encodec, of DALL-E 2's parts to data/unclip, of the others to
data/stable_audio, data/latent_audio, data/jukebox, data/valle and data/melle, with config, seed and
step in the header, and beside them the log, the scores on what was not trained on. Of the vocoder
it keeps what the regression losses alone have taught, and the same after the adversarial phase; of
the large autoencoder's `latent-judged` (its decoder with discriminators) and `latent-alone` (as
long without), and of `reader-corpus` and `filler-corpus`, all goes to build, and copies of their
logs are in data/stable_audio and data/valle; of CLIP what `clip-hard` makes of the
weights in build/clip, and of `clip-plain`, without whitening, its log; of `clap-own`, whose loss
knows of no second true caption, its log; `codec` goes on from build/codec-live, which notebook 10
makes as well, on the voices of build_voices.py; of `codec-adversarial`, from build/codec with
discriminators, the log is kept.
"""

from __future__ import annotations

import dataclasses
import json
import shutil
import sys
from dataclasses import dataclass
from pathlib import Path

import torch
from safetensors.torch import save_file

HERE = Path(__file__).resolve().parent
sys.path.append(str(HERE.parent))
from exercise_lib.codec.codec_training import CodecTrainingConfig
from exercise_lib.images.clip_training import ClipConfig
from exercise_lib.images.decoder_training import DecoderConfig
from exercise_lib.images.diffusion_training import DiffusionConfig
from exercise_lib.images.flow_training import FlowConfig
from exercise_lib.images.prior_training import PriorConfig
from exercise_lib.images.vae_training import VaeConfig
from exercise_lib.images.vqvae_training import VqvaeConfig
from exercise_lib.models.tacotron_training import TacotronConfig
from exercise_lib.models.vocoder_training import VocoderConfig
from exercise_lib.music.clap_training import ClapConfig
from exercise_lib.music.jukebox_level_training import LevelConfig
from exercise_lib.music.jukebox_prior_training import TransformerConfig
from exercise_lib.music.latent_training import LatentConfig
from exercise_lib.music.stable_audio_training import StableAudioConfig
from exercise_lib.readings.melle_training import MelleTrainingConfig
from exercise_lib.train.engine import RunSettings, Scores, fit, make_fabric, seed_step
from exercise_lib.train.session import find_task
from exercise_lib.valle.decoder_training import DecoderConfig as SmallDecoderConfig
from exercise_lib.valle.filler_training import FillerConfig
from exercise_lib.valle.reader_training import ReaderConfig

SEED = 0
DIGITS, READINGS = "../build/digits", "../build/readings"  # as build_digits.py and code_readings.py
FILLER = "exercise_lib.valle.filler_training:FillerTask"
READER = "exercise_lib.valle.reader_training:ReaderTask"
TRANSFORMER = "exercise_lib.music.jukebox_prior_training:TransformerTask"
LEVEL = "exercise_lib.music.jukebox_level_training:LevelTask"


@dataclass(frozen=True)
class Recipe:
    """How a model is trained, and what is kept of it."""

    config: (
        TacotronConfig
        | VocoderConfig
        | ClipConfig
        | ClapConfig
        | VqvaeConfig
        | VaeConfig
        | DiffusionConfig
        | FlowConfig
        | PriorConfig
        | DecoderConfig
        | CodecTrainingConfig
        | MelleTrainingConfig
        | SmallDecoderConfig
        | FillerConfig
        | ReaderConfig
        | TransformerConfig
        | LevelConfig
        | StableAudioConfig
        | LatentConfig
    )
    module: str  # which of the task's modules is kept
    evaluate_every: int  # steps
    checkpoint_every: int  # steps
    kept: dict[int, str]  # training step -> name of the weights
    task: str = ""  # default: as the recipe
    out: str = "pretrained"  # folder of data/
    data: str = "corpus"  # folder of data/ that is learned from; "" for none
    precision: str = "32-true"


RECIPES = {
    "tacotron": Recipe(
        TacotronConfig(reduction_factor=2, steps=5000, dropout=0.2, guided_until=2000),
        module="tacotron",
        evaluate_every=50,
        checkpoint_every=100,
        kept={n: f"tacotron-{n:05}" for n in (100, 200, 400, 800, 1600, 5000)},
    ),
    "tacotron-aligned": Recipe(
        TacotronConfig(
            reduction_factor=2, steps=250, dropout=0.2, learning_rate=1e-3, guided_until=250
        ),
        module="tacotron",
        evaluate_every=50,
        checkpoint_every=50,
        kept={250: "tacotron-05250"},
        task="aligned_tacotron:AlignedTacotronTask",
    ),
    "tacotron1": Recipe(
        TacotronConfig(steps=700, guided_until=600),
        module="tacotron",
        evaluate_every=50,
        checkpoint_every=50,
        kept={700: "tacotron1"},
    ),
    "vocoder": Recipe(
        VocoderConfig(generator="vocos", steps=21_000, adversarial_from=20_000),
        module="generator",
        evaluate_every=250,
        checkpoint_every=125,
        kept={20_000: "vocoder", 21_000: "vocoder-adversarial"},
    ),
    "clip": Recipe(ClipConfig(steps=3000), "clip", 100, 100, {}, out="clip", data=""),
    "clip-hard": Recipe(
        ClipConfig(steps=900, hard="captions", start="build/clip", learning_rate=1e-3),
        module="clip",
        evaluate_every=100,
        checkpoint_every=100,
        kept={900: "clip"},
        task="clip",
        out="clip",
        data="",
    ),
    "clip-plain": Recipe(
        ClipConfig(steps=3000, whitened=False), "clip", 100, 100, {}, "clip", out="clip", data=""
    ),
    "clip-bag": Recipe(
        ClipConfig(steps=1200),  # without hard negatives: it names things, and can't bind them
        module="clip",
        evaluate_every=200,
        checkpoint_every=100,
        kept={1200: "clip-bag"},
        task="clip",
        out="unclip",
        data="",
    ),
    "codec-live": Recipe(
        CodecTrainingConfig(),  # as in notebook 10
        module="codec",
        evaluate_every=200,
        checkpoint_every=100,
        kept={1400: "codec"},
        task="codec",
        out="encodec",
    ),
    "codec": Recipe(
        CodecTrainingConfig(steps=12_000, learning_rate=8e-4, start="build/codec-live"),
        module="codec",
        evaluate_every=500,
        checkpoint_every=100,
        kept={12_000: "codec"},
        out="encodec",
        data="voices",
    ),
    "codec-adversarial": Recipe(
        CodecTrainingConfig(steps=500, adversarial_from=0, start="build/codec"),
        module="codec",
        evaluate_every=125,
        checkpoint_every=125,
        kept={},
        task="codec",
        out="encodec",
        data="voices",
    ),
    "vqvae": Recipe(
        VqvaeConfig(steps=4000, scenes=16_000, n_codes=512, blocks=3, least=1.5),
        module="vqvae",
        evaluate_every=100,
        checkpoint_every=100,
        kept={4000: "vqvae"},
        out="codebooks",
        data="",
    ),
    "vae": Recipe(
        VaeConfig(steps=900, scenes=16_000),
        module="vae",
        evaluate_every=100,
        checkpoint_every=100,
        kept={900: "vae"},
        out="vae",
        data="",
    ),
    "diffusion-live": Recipe(
        DiffusionConfig(),  # as in notebook 11
        module="average",
        evaluate_every=200,
        checkpoint_every=100,
        kept={1200: "live"},
        task="diffusion",
        out="diffusion",
        data="",
    ),
    "diffusion-centred": Recipe(
        DiffusionConfig(steps=3000, scenes=16_000),
        module="average",
        evaluate_every=250,
        checkpoint_every=100,
        kept={3000: "centred"},
        task="diffusion",
        out="diffusion",
        data="",
    ),
    "diffusion": Recipe(
        DiffusionConfig(
            steps=13_000, learning_rate=1.5e-3, scenes=24_000, worlds="anywhere, two things"
        ),
        module="average",
        evaluate_every=500,
        checkpoint_every=100,
        kept={500: "early", 13_000: "late"},
        out="diffusion",
        data="",
    ),
    "diffusion-two": Recipe(
        DiffusionConfig(
            steps=3000,
            learning_rate=1.5e-3,
            scenes=24_000,
            worlds="anywhere, two things",
            by_phrase=True,
            unsaid=0.2,
            start="build/diffusion",
        ),
        module="average",
        evaluate_every=500,
        checkpoint_every=100,
        kept={3000: "two"},
        task="diffusion",
        out="diffusion",
        data="",
        precision="bf16-mixed",
    ),
    "diffusion-full": Recipe(
        DiffusionConfig(
            steps=3000,
            learning_rate=1.5e-3,
            scenes=48_000,
            worlds="full",
            by_phrase=True,
            unsaid=0.2,
            start="build/diffusion",
        ),
        module="average",
        evaluate_every=500,
        checkpoint_every=100,
        kept={3000: "full"},
        task="diffusion",
        out="diffusion",
        data="",
        precision="bf16-mixed",
    ),
    "dit": Recipe(
        FlowConfig(steps=4000, scenes=16_000, width=128, depth=4),
        module="average",
        evaluate_every=500,
        checkpoint_every=100,
        kept={4000: "dit"},
        task="flow",
        out="dit",
        data="",
    ),
    "dit-joint": Recipe(
        FlowConfig(),
        module="average",
        evaluate_every=500,
        checkpoint_every=100,
        kept={2000: "joint"},
        task="flow",
        out="dit",
        data="",
    ),
    "dit-cross": Recipe(
        FlowConfig(hearing="cross"),
        module="average",
        evaluate_every=500,
        checkpoint_every=100,
        kept={2000: "cross"},
        task="flow",
        out="dit",
        data="",
    ),
    "dit-noise": Recipe(
        FlowConfig(predicts="noise"),
        module="average",
        evaluate_every=500,
        checkpoint_every=100,
        kept={2000: "noise"},
        task="flow",
        out="dit",
        data="",
    ),
    "prior": Recipe(
        PriorConfig(steps=400, scenes=16_000),
        module="average",
        evaluate_every=100,
        checkpoint_every=100,
        kept={400: "prior"},
        out="unclip",
        data="",
    ),
    "decoder": Recipe(
        DecoderConfig(steps=3000, scenes=16_000, width=128, depth=4),
        module="average",
        evaluate_every=500,
        checkpoint_every=100,
        kept={3000: "decoder"},
        out="unclip",
        data="",
    ),
    "prior-anywhere": Recipe(
        PriorConfig(steps=800, scenes=12_000, worlds="centred, anywhere"),
        module="average",
        evaluate_every=200,
        checkpoint_every=100,
        kept={800: "prior-anywhere"},
        task="prior",
        out="unclip",
        data="",
    ),
    "decoder-anywhere": Recipe(
        DecoderConfig(steps=3500, scenes=16_000, worlds="centred, anywhere", width=128, depth=4),
        module="average",
        evaluate_every=500,
        checkpoint_every=100,
        kept={3500: "decoder-anywhere"},
        task="decoder",
        out="unclip",
        data="",
    ),
    **{
        f"prior-{which}": Recipe(
            PriorConfig(steps=600, scenes=12_000, worlds="two things", clip=which),
            module="average",
            evaluate_every=200,
            checkpoint_every=100,
            kept={600: f"prior-{which}"},
            task="prior",
            out="unclip",
            data="",
        )
        for which in ("binds", "bag")
    },
    "clap": Recipe(
        ClapConfig(steps=1200, pieces=4000, embedding=48, varied=True),
        module="clap",
        evaluate_every=100,
        checkpoint_every=100,
        kept={1200: "clap"},
        out="clap",
        data="",
    ),
    "clap-own": Recipe(
        ClapConfig(several=False), "clap", 50, 50, {}, task="clap", out="clap", data=""
    ),
    "latent": Recipe(
        LatentConfig(steps=5700),
        module="vae",
        evaluate_every=2850,
        checkpoint_every=2850,
        kept={2850: "vae", 5700: "vae"},
        out="latent_audio",
        data="",
    ),
    "latent-large": Recipe(
        LatentConfig(steps=5200, channels=192, depth=4),
        module="vae",
        evaluate_every=2600,
        checkpoint_every=2600,
        kept={2600: "vae", 5200: "vae"},
        task="latent",
        out="stable_audio",
        data="",
    ),
    **{
        f"latent-{name}": Recipe(
            LatentConfig(
                steps=1200,
                batch=8,
                learning_rate=3e-4,
                channels=192,
                depth=4,
                adversarial=name == "judged",
                start="data/stable_audio",
            ),
            module="vae",
            evaluate_every=300,
            checkpoint_every=100,
            kept={1200: "vae"},
            task="latent",
            out=f"../build/vae-{name}",
            data="",
        )
        for name in ("judged", "alone")
    },
    "stable-audio": Recipe(
        StableAudioConfig(steps=12_000, windows=10_000, cache="build/latents", vae="stable_audio"),
        module="average",
        evaluate_every=3000,
        checkpoint_every=250,
        kept=dict.fromkeys((6000, 9000, 12_000), "dit"),
        task="exercise_lib.music.stable_audio_training:StableAudioTask",
        out="stable_audio",
        data="",
    ),
    "jukebox-top": Recipe(
        LevelConfig(level="top", steps=5000, batch=32, pieces=24_000),
        module="level",
        evaluate_every=1250,
        checkpoint_every=1250,
        kept={5000: "top"},
        task=LEVEL,
        out="jukebox",
        data="",
    ),
    "jukebox-bottom": Recipe(
        LevelConfig(level="bottom", steps=5000, batch=32, pieces=24_000),
        module="level",
        evaluate_every=1250,
        checkpoint_every=1250,
        kept={5000: "bottom"},
        task=LEVEL,
        out="jukebox",
        data="",
    ),
    "jukebox-prior": Recipe(
        TransformerConfig(
            level="top",
            steps=3500,
            batch=128,
            pieces=24_000,
            width=192,
            depth=5,
            hidden=0.2,
            dropout=0.25,
        ),
        module="average",
        evaluate_every=1166,
        checkpoint_every=1166,
        kept={3500: "prior"},
        task=TRANSFORMER,
        out="jukebox",
        data="",
    ),
    "jukebox-upsampler": Recipe(
        TransformerConfig(
            level="bottom",
            steps=3500,
            batch=96,
            pieces=24_000,
            width=192,
            depth=3,
            hidden=0.3,
            dropout=0.25,
        ),
        module="average",
        evaluate_every=1166,
        checkpoint_every=1166,
        kept={3500: "upsampler"},
        task=TRANSFORMER,
        out="jukebox",
        data="",
    ),
    "reader": Recipe(
        ReaderConfig(steps=11_000, batch=96, learning_rate=1.5e-3, width=256, depth=4),
        module="average",
        evaluate_every=500,
        checkpoint_every=1000,
        kept={8000: "reader"},
        task=READER,
        out="valle",
        data=DIGITS,
        precision="bf16-mixed",
    ),
    "filler": Recipe(
        FillerConfig(steps=8000, batch=96, learning_rate=1.5e-3, width=256, depth=4),
        module="average",
        evaluate_every=500,
        checkpoint_every=1000,
        kept={8000: "filler"},
        task=FILLER,
        out="valle",
        data=DIGITS,
        precision="bf16-mixed",
    ),
    "small-decoder": Recipe(
        SmallDecoderConfig(),
        module="average",
        evaluate_every=250,
        checkpoint_every=250,
        kept={2000: "decoder"},
        task="exercise_lib.valle.decoder_training:DecoderTask",
        out="digits",
        data="digits",
    ),
    "reader-corpus": Recipe(
        ReaderConfig(
            steps=6000,
            batch=64,
            learning_rate=1e-3,
            width=256,
            depth=4,
            start="data/valle/reader.safetensors",
        ),
        module="average",
        evaluate_every=1500,
        checkpoint_every=1500,
        kept=dict.fromkeys(range(1500, 6001, 1500), "reader-corpus"),
        task=READER,
        out="../build/valle",
        data=READINGS,
        precision="bf16-mixed",
    ),
    "filler-corpus": Recipe(
        FillerConfig(
            steps=5000,
            batch=64,
            learning_rate=1e-3,
            width=256,
            depth=4,
            start="data/valle/filler.safetensors",
        ),
        module="average",
        evaluate_every=1250,
        checkpoint_every=1250,
        kept=dict.fromkeys(range(1250, 5001, 1250), "filler-corpus"),
        task=FILLER,
        out="../build/valle",
        data=READINGS,
        precision="bf16-mixed",
    ),
    "melle": Recipe(
        MelleTrainingConfig(
            reduction_factor=2,
            steps=300,
            dropout=0.2,
            learning_rate=1e-3,
            guided_until=300,
            start="kept",
        ),
        module="melle",
        evaluate_every=75,
        checkpoint_every=75,
        kept={300: "melle"},
        out="melle",
    ),
}


def main(name: str, folder: Path) -> None:
    torch.set_num_threads(1)
    recipe = RECIPES[name]
    config, every = recipe.config, recipe.evaluate_every
    settings = RunSettings(
        folder, config.steps, SEED, every, recipe.checkpoint_every, precision=recipe.precision
    )
    fabric = make_fabric(settings)
    seed_step(SEED, 0, 0)
    data = HERE / recipe.data if recipe.data else None
    task = find_task(recipe.task or name).from_data(config, data, fabric)
    model = task.modules[recipe.module]
    out = HERE / recipe.out
    out.mkdir(exist_ok=True)

    def keep(step: int, scores: Scores) -> None:
        if step % every == 0:
            print(step, {name: round(value, 3) for name, value in scores.items()}, flush=True)
        if step in recipe.kept:
            state = model.state_dict()
            halves = {k: v.half() if v.is_floating_point() else v for k, v in state.items()}
            header = {
                "model": dataclasses.asdict(getattr(model, "module", model).config),
                "config": dataclasses.asdict(config),
                "seed": SEED,
                "step": step,
            }
            path = out / f"{recipe.kept[step]}.safetensors"
            save_file(halves, path, {"training": json.dumps(header)})

    fit(task, settings, fabric, keep)
    shutil.copy(folder / "log.jsonl", out / f"{name}.jsonl")


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]))
