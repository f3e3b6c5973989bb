"""A person's voice: `python -m benchmarks.human` trains the Tacotron of notebook 06 on it.

The speaker is that of Debian's asterisk-core-sounds-en-g722, ten minutes; nothing of it is kept but
the picture benchmarks/human.png, the alignment of a held-out sentence. What attention finds is
scored by a forced alignment: pocketsphinx is told the words and says when each was spoken. Letters
share the time of their word evenly, so that truth is exact to a word.
"""

import json
import re
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import torch
from pocketsphinx import Config, Decoder, get_model_path
from rich.console import Console

from autograder.paths import REPOSITORY
from benchmarks.solved import solved_modules
from benchmarks.tables import table

STEPS = 400
EVERY = 100
PICTURE = Path(__file__).with_suffix(".png")
FRAME = 160  # samples of a pocketsphinx frame, 10 ms at 16 kHz
LOUDEST = 32767  # 16 bits
MOST_SECONDS = 6  # a batch with a prompt of half a minute takes 20 GB
Word = tuple[str, int, int]  # and where it starts and ends, samples


def main() -> None:
    torch.set_num_threads(1)
    sys.path.append(str(REPOSITORY.root / "tests"))
    from human_speech import prompts, write_ljspeech

    with solved_modules(), tempfile.TemporaryDirectory() as name:
        from exercise_lib.models.tacotron_training import TacotronConfig, read_alignments
        from exercise_lib.speech import plots
        from exercise_lib.train import train

        data, folder = Path(name) / "speech", Path(name) / "run"
        write_ljspeech(data, len(prompts()))
        print(f"Words found in {write_truth(data)} of {len(prompts())} prompts", flush=True)
        config = TacotronConfig(steps=STEPS, batch=16, dropout=0.1)
        _, log = train("tacotron", folder, config, data, evaluate_every=EVERY, skip_bad=True)
        names = ("mass", "rc", "monotonicity")
        rows = {f"step {it['step']}": {name: f"{it[name]:.3f}" for name in names} for it in log}
        Console().print(table("Held-out prompts", rows))
        seen = {f"step {step}": it for step, it in read_alignments(folder).items()}
        plots.alignments(seen, n_columns=len(seen)).savefig(PICTURE)


def write_truth(data: Path) -> int:
    """Write alignments of those prompts whose words pocketsphinx knows; return how many.

    Long prompts are left out. Texts are normalised, so that each has the characters that are
    aligned.
    """
    from exercise_lib.speech.data import SpeechCorpus
    from exercise_lib.speech.normalisation import normalise_text

    model = Path(get_model_path()) / "en-us"
    dictionary = str(model / "cmudict-en-us.dict")
    decoder = Decoder(Config(hmm=str(model / "en-us"), dict=dictionary, loglevel="FATAL"))
    texts, alignments = [], []
    for utterance in SpeechCorpus(data, tolerant=True):
        text, n = utterance.text, len(utterance.waveform)
        if n > MOST_SECONDS * utterance.sample_rate:
            continue
        try:
            text = normalise_text(utterance.text)
            words = spoken_words(decoder, text.lower(), utterance.waveform)
            characters = list(spans(text, words, n))
            entry = {"id": utterance.id, "n_samples": n, "phonemes": [], "characters": characters}
            alignments.append(json.dumps(entry) + "\n")
        except (ValueError, RuntimeError):  # a text or a word that can't be read
            pass
        texts.append(f"{utterance.id}|{text}|{text}\n")
    (data / "metadata.csv").write_text("".join(texts), encoding="utf-8")
    (data / "alignments.jsonl").write_text("".join(alignments), encoding="utf-8")
    return len(alignments)


def spoken_words(decoder: Decoder, text: str, waveform: torch.Tensor) -> list[Word]:
    """Return when each word of a text was spoken; raises RuntimeError where one is not known."""
    said = re.findall(r"[a-z']+", text)
    decoder.set_align_text(" ".join(said))
    decoder.start_utt()
    samples = (waveform.clamp(-1, 1) * LOUDEST).to(torch.int16).numpy().tobytes()
    decoder.process_raw(samples, full_utt=True)
    decoder.end_utt()
    found = [
        (re.sub(r"\(\d+\)", "", it.word), it.start_frame * FRAME, (it.end_frame + 1) * FRAME)
        for it in decoder.seg() or ()
        if not it.word.startswith("<")
    ]
    if [word for word, _, _ in found] != said:
        raise RuntimeError("not all words were found")
    return found


def spans(text: str, words: list[Word], n_samples: int) -> Iterator[tuple[str, int, int]]:
    """Yield each character with its start and end; a pause belongs to the mark in front of it."""
    left, end = list(words), 0
    for part in re.findall(r"[a-zA-Z']+|[^a-zA-Z']+", text):
        if left and part.lower() == left[0][0]:
            _, first, last = left.pop(0)
            length = last - first
            cuts = [end, *(first + length * k // len(part) for k in range(1, len(part) + 1))]
        else:
            cuts = [end, *[left[0][1] if left else n_samples] * len(part)]
        yield from zip(part, cuts, cuts[1:], strict=False)
        end = cuts[-1]


if __name__ == "__main__":
    main()
