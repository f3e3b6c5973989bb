"""Which kinds of parts meet, and why others do not: every rule is about two columns."""

from __future__ import annotations

from typing import NamedTuple

from exercise_lib.systems.table import KINDS, Composition, checked


class Misfit(NamedTuple):
    """Two columns whose kinds do not meet, and why."""

    columns: tuple[str, str]
    why: str


# (column, column) -> {(kind, kind): why they do not meet}
Rules = dict[tuple[str, str], dict[tuple[str, str], str]]


def every(column: str, *but: str) -> list[str]:
    """Return the kinds of a column but for some."""
    return [it for it in KINDS[column] if it not in but]


def condition_and_alignment() -> dict[tuple[str, str], str]:
    rules = {}
    for how in every("alignment", "none"):
        rules["none", how] = "Nothing is asked for, so there is nothing to be aligned."
    for what in every("condition", "none"):
        rules[what, "none"] = (
            f"{KINDS['condition'][what].label.capitalize()}: asked for, and never heard."
        )
    for how in ("cross-attention", "joint attention", "contrastive"):
        rules["class", how] = "A class is one vector: there is nothing to choose among."
        rules["mel", how] = (
            "Mel frames have the sound's time already: stretch them, nothing has to be found."
        )
    rules["mel", "prefix"] = rules["mel", "cross-attention"]
    rules["mel", "durations"] = "Durations are for phonemes: mel frames last as long as each other."
    rules["mel", "modulation"] = "One vector for all places can't say what sounds in which frame."
    rules["text", "modulation"] = "One vector for all places can't say which phoneme is due."
    rules["text", "contrastive"] = (
        "A contrast says whether two things belong together, not what to say when."
    )
    rules["class", "durations"] = "A class has no length."
    rules["words", "durations"] = (
        "Words of a caption say what is there, not when: durations are for what is spoken."
    )
    for what in ("class", "words", "text"):
        rules[what, "frame by frame"] = (
            "It has another length and no time: only mel frames go along with the samples."
        )
    return rules


def data_and_condition() -> dict[tuple[str, str], str]:
    return {
        ("picture", "text"): "In a picture nothing is said: a caption is read as words.",
        ("picture", "mel"): "Mel frames are of a sound.",
    }


def alignment_and_generator() -> dict[tuple[str, str], str]:
    rules = {}
    for how in every("alignment", "none", "contrastive"):
        rules[how, "none"] = "Nothing is generated, so nobody asks for the condition."
    for what in every("generator", "none"):
        rules["contrastive", what] = (
            "A contrast compares two vectors that are there. It says nothing to a generator: "
            "give the embedding as words to a prior, or as a condition to a decoder."
        )
    return rules


def generator_and_latent() -> dict[tuple[str, str], str]:
    rules = {}
    for what in ("diffusion", "flow"):
        rules[what, "codes"] = (
            "Codes are names, not amounts: half of code 7 and some noise is no code. "
            "Gaussian noise needs numbers."
        )
    rules["GAN", "codes"] = "To choose a code has no gradient for the discriminator to send back."
    rules["AR, regression", "codes"] = (
        "Codes are names: the mean of codes 3 and 9 is code 6, which has nothing to do with them. "
        "A softmax chooses."
    )
    for where in ("continuous", "mel"):
        rules["AR, softmax", where] = (
            "A softmax chooses from a finite list, and vectors of numbers make none: "
            "quantise them first, or regress."
        )
    for what in ("AR, softmax", "AR, regression"):
        rules[what, "embedding"] = (
            "An embedding is one vector, with no order to go along (unless it is cut into codes)."
        )
    rules["none", "none"] = "Nothing is encoded and nothing generated: no part is left."
    return rules


def latent_and_decoder() -> dict[tuple[str, str], str]:
    rules = {}
    for what in every("decoder", "none"):
        rules["none", what] = "These are pixels or samples already: nothing is left to decode."
    takes = {
        "autoencoder": ("continuous", "the numbers of its own encoder"),
        "codebook": ("codes", "codes, which it looks up"),
        "Griffin-Lim": ("mel", "a mel spectrogram"),
        "WaveNet": ("mel", "a mel spectrogram"),
        "GAN vocoder": ("mel", "a mel spectrogram"),
    }
    gets = {
        "continuous": "numbers of an autoencoder",
        "codes": "codes",
        "embedding": "an embedding",
        "mel": "a mel spectrogram",
    }
    for what, (where, its) in takes.items():
        for other in every("latent", "none", where):
            is_number = other == "codes" and what == "autoencoder"
            rules[other, what] = (
                "Numbers of codes are taken for amounts: look the codes up first."
                if is_number
                else f"It takes {its}, and gets {gets[other]}."
            )
    for where in ("continuous", "codes"):
        rules[where, "diffusion"] = (
            "The autoencoder that made them brings a decoder of its own, in one pass: use that."
        )
        rules[where, "none"] = "Nobody can see or hear them: they have to be decoded."
    rules["mel", "none"] = rules["continuous", "none"]
    return rules


def data_and_latent() -> dict[tuple[str, str], str]:
    return {("picture", "mel"): "A mel spectrogram is of a sound."}


def data_and_decoder() -> dict[tuple[str, str], str]:
    waveforms = ("Griffin-Lim", "WaveNet", "GAN vocoder")
    return {("picture", it): "What comes out of it is a waveform." for it in waveforms}


RULES: Rules = {
    ("data", "condition"): data_and_condition(),
    ("condition", "alignment"): condition_and_alignment(),
    ("alignment", "generator"): alignment_and_generator(),
    ("generator", "latent"): generator_and_latent(),
    ("latent", "decoder"): latent_and_decoder(),
    ("data", "latent"): data_and_latent(),
    ("data", "decoder"): data_and_decoder(),
}


def misfits(composition: Composition) -> list[Misfit]:
    """Return what does not meet in a composition, in the order of the columns.

    Raises: ValueError: it is no composition.
    """
    asked = checked(composition)
    return [
        Misfit(columns, rules[kinds])
        for columns, rules in RULES.items()
        if (kinds := (asked[columns[0]], asked[columns[1]])) in rules
    ]
