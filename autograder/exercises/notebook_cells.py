"""The exercises written in a notebook's answer cell; the solution is that cell of the master."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any
from unittest import mock

import numpy as np
import torch
import torch.nn.functional as F

from autograder.build.masters import read_master
from autograder.exercise import Exercise
from autograder.exercises.draws import normal
from autograder.paths import REPOSITORY
from exercise_lib.check.case import Case
from exercise_lib.check.personal import PERSONAL
from exercise_lib.check.toys.discriminator import toy_discriminator
from exercise_lib.speech import personal
from solutions.exercise_lib import losses, mel


def answer(notebook: str, function: str, *given: str) -> Callable[..., Any]:
    """Return the function that an answer cell of a master notebook defines.

    `given` names functions of the notebook's other cells that the answer calls.
    """
    master = read_master(REPOSITORY.root / "solutions" / "notebooks" / f"{notebook}.py")
    names: dict[str, Any] = {"torch": torch, "losses": losses, "mel": mel, "personal": personal}
    for name in (*given, function):
        cells = [cell for cell in master.cells if cell.cell_type == "code"]
        source = next((cell.source for cell in cells if f"def {name}(" in cell.source), None)
        if source is None:
            raise LookupError(f"no cell of {notebook} defines {name}")
        exec(compile(source, f"{notebook}.py", "exec"), names)
    return names[function]


# ---------------------------------------------------------------- 0.2 duration

duration_seconds = Exercise(
    id="start.duration_seconds",
    title="Duration",
    target="notebook",
    solution=answer("00_start_here", "duration_seconds"),
    notebook="00_start_here",
    todo="0.2",
    points=1,
)


@duration_seconds.cases
def _(rng: np.random.Generator, hidden: bool) -> list[Case]:
    n, batch = (3700, 5) if hidden else (2000, 3)

    def case(name: str, sample_rate: int, *shape: int) -> Case:
        wave = normal(rng, *shape)
        return Case(name, args={"waveform": wave, "sample_rate": sample_rate})

    return [
        case("an eighth of a second", 16_000, n),
        case("another sample rate", 1000, n // 10 + 1),
        case("a batch", 16_000, batch, n // 10),
    ]


@duration_seconds.misconception(
    "You return samples times rate: seconds = samples / (samples per second)."
)
def duration_product(waveform, sample_rate):
    return float(waveform.shape[-1] * sample_rate)


@duration_seconds.misconception(
    "You count the first axis, which is the batch where there is one: time is the last axis."
)
def duration_first_axis(waveform, sample_rate):
    return len(waveform) / sample_rate


@duration_seconds.misconception(
    "You divide with //, which drops everything after the full second: divide with /."
)
def duration_whole_seconds(waveform, sample_rate):
    return float(waveform.shape[-1] // sample_rate)


@duration_seconds.misconception("The result is in milliseconds; seconds are asked for.")
def duration_milliseconds(waveform, sample_rate):
    return 1000 * waveform.shape[-1] / sample_rate


@duration_seconds.misconception(
    "You count all samples of the batch together: its utterances are as long as one of them."
)
def duration_all_samples(waveform, sample_rate):
    return waveform.numel() / sample_rate


@duration_seconds.misconception(
    "The sample rate is fixed in your function: use the argument, recordings differ."
)
def duration_fixed_rate(waveform, sample_rate):
    return waveform.shape[-1] / 16_000


@duration_seconds.also_correct
def duration_by_size(waveform, sample_rate):
    return waveform.size(-1) * (1.0 / sample_rate)


@duration_seconds.also_correct
def duration_by_transpose(waveform, sample_rate):
    *_, n_samples = waveform.shape
    return float(torch.tensor(n_samples, dtype=torch.float64) / sample_rate)


# ---------------------------------------------------------------- 1.9 alignment plot

plot_alignment = Exercise(
    id="alignment.plot",
    title="Alignment plot",
    target="notebook",
    solution=answer("01_alignment_plots", "plot_alignment"),
    notebook="01_alignment_plots",
    todo="1.9",
    points=2,
)


@plot_alignment.cases
def _(rng: np.random.Generator, hidden: bool) -> list[Case]:
    sizes = [(9, 7, 6, 5), (12, 5, 12, 4)] if hidden else [(8, 6, 6, 4), (10, 5, 10, 5)]
    names = ["a sentence with padding", "a sentence without padding"]
    labels = {
        "x": ["decoder", "time", "frame"],
        "y": ["encoder", "character", "text", "phoneme"],
    }
    cases = []
    for name, (t_dec, t_enc, decoder_length, memory_length) in zip(names, sizes, strict=True):
        weights = torch.softmax(2 * normal(rng, t_dec, t_enc), dim=-1)
        arguments = {
            "weights": weights,
            "memory_length": memory_length,
            "decoder_length": decoder_length,
        }
        cases.append(Case(name, args=arguments, probe="figure", options={"labels": labels}))
    return cases


def _draw(
    weights: torch.Tensor, ax: Any, x: str = "decoder step", y: str = "encoder step", **options: Any
) -> None:
    style = {"aspect": "auto", "origin": "lower", "interpolation": "none"}
    ax.imshow(weights.T, **(style | options))
    ax.set(xlabel=x, ylabel=y)


@plot_alignment.misconception(
    "The alignment is not transposed: weights are (T_dec, T_enc), but encoder steps belong on the "
    "y axis, so the image is (T_enc, T_dec)."
)
def plot_untransposed(weights, memory_length, decoder_length, ax):
    _draw(weights[:decoder_length, :memory_length].T, ax)


@plot_alignment.misconception(
    'The first character is at the top, so the diagonal falls: pass origin="lower".'
)
def plot_origin_upper(weights, memory_length, decoder_length, ax):
    _draw(weights[:decoder_length, :memory_length], ax, origin="upper")


@plot_alignment.misconception(
    "You plot the padding too: keep the first decoder_length steps and memory_length characters."
)
def plot_padding(weights, memory_length, decoder_length, ax):
    _draw(weights, ax)


@plot_alignment.misconception(
    "The two lengths are swapped: decoder_length cuts the first axis of the weights."
)
def plot_swapped_lengths(weights, memory_length, decoder_length, ax):
    _draw(weights[:memory_length, :decoder_length], ax)


@plot_alignment.misconception(
    "The axis labels are swapped: decoder steps run along x, encoder steps along y."
)
def plot_swapped_labels(weights, memory_length, decoder_length, ax):
    _draw(weights[:decoder_length, :memory_length], ax, x="encoder step", y="decoder step")


@plot_alignment.misconception(
    'The pixels are square, which squeezes long sentences into a strip: pass aspect="auto".'
)
def plot_square_pixels(weights, memory_length, decoder_length, ax):
    _draw(weights[:decoder_length, :memory_length], ax, aspect="equal")


@plot_alignment.misconception(
    "The picture is smoothed, and shows weights between the steps that do not exist: pass "
    'interpolation="none".'
)
def plot_smoothed(weights, memory_length, decoder_length, ax):
    _draw(weights[:decoder_length, :memory_length], ax, interpolation="bilinear")


@plot_alignment.misconception(
    "You take a softmax of the weights: they are attention weights already and sum to one."
)
def plot_softmax_twice(weights, memory_length, decoder_length, ax):
    _draw(weights[:decoder_length, :memory_length].softmax(-1), ax)


@plot_alignment.also_correct
def plot_through_numpy(weights, memory_length, decoder_length, ax):
    array = weights.numpy().transpose()[:memory_length, :decoder_length]
    ax.imshow(array, origin="lower", aspect="auto", interpolation="none", cmap="cividis")
    ax.set_xlabel("Decoder step (frames)")
    ax.set_ylabel("Character")


@plot_alignment.also_correct
def plot_with_properties(weights, memory_length, decoder_length, ax):
    image = ax.imshow(
        weights[:decoder_length, :memory_length].T.tolist(), origin="lower", vmin=0, vmax=1
    )
    image.set_interpolation("none")
    ax.set_aspect("auto")
    ax.set(xlabel="time (decoder steps)", ylabel="encoder time step", title="alignment")


# ---------------------------------------------------------------- 2.8 strongest band

strongest_band_hz = Exercise(
    id="spectrum.strongest_band_hz",
    title="Strongest band",
    target="notebook",
    solution=answer("02_mel_features", "strongest_band_hz"),
    notebook="02_mel_features",
    todo="2.8",
    points=2,
)


@strongest_band_hz.cases
def _(rng: np.random.Generator, hidden: bool) -> list[Case]:
    bands, frames = (24, 9) if hidden else (20, 7)

    def case(name: str, n_mels: int, n_frames: int, fmin: float, fmax: float) -> Case:
        arguments = {"log_mel": normal(rng, n_mels, n_frames) - 5, "fmin": fmin, "fmax": fmax}
        why = "mels to Hz in float32"
        return Case(name, args=arguments, rtol=1e-3, atol=1e-2, why=why)

    return [
        case("the exercise's range", 80, frames, 0.0, 8000.0),
        case("few bands", bands, frames, 0.0, 8000.0),
        case("a narrower range", bands, frames + 3, 60.0, 5000.0),
    ]


def _strongest(log_mel: torch.Tensor, edges: torch.Tensor, first: int) -> torch.Tensor:
    return edges[first : first + log_mel.shape[0]][log_mel.argmax(dim=0)]


def _mel_edges(log_mel: torch.Tensor, fmin: float, fmax: float) -> torch.Tensor:
    low, high = mel.hz_to_mel(torch.tensor([fmin, fmax])).tolist()
    return mel.mel_to_hz(torch.linspace(low, high, log_mel.shape[0] + 2))


@strongest_band_hz.misconception(
    "The bands are evenly spaced in Hz in your function: they are evenly spaced in mel."
)
def strongest_linear(log_mel, fmin, fmax):
    return _strongest(log_mel, torch.linspace(fmin, fmax, log_mel.shape[0] + 2), 1)


@strongest_band_hz.misconception(
    "You spread n_mels points from fmin to fmax: there are n_mels + 2 edges, and the centres are "
    "the inner ones."
)
def strongest_without_edges(log_mel, fmin, fmax):
    low, high = mel.hz_to_mel(torch.tensor([fmin, fmax])).tolist()
    return _strongest(log_mel, mel.mel_to_hz(torch.linspace(low, high, log_mel.shape[0])), 0)


@strongest_band_hz.misconception(
    "You return the lower edge of the band: its centre is the next edge."
)
def strongest_lower_edge(log_mel, fmin, fmax):
    return _strongest(log_mel, _mel_edges(log_mel, fmin, fmax), 0)


@strongest_band_hz.misconception(
    "You return the upper edge of the band: its centre is the edge before."
)
def strongest_upper_edge(log_mel, fmin, fmax):
    return _strongest(log_mel, _mel_edges(log_mel, fmin, fmax), 2)


@strongest_band_hz.misconception(
    "You return the number of the band: turn it into the centre frequency of that band, in Hz."
)
def strongest_index(log_mel, fmin, fmax):
    return log_mel.argmax(dim=0)


@strongest_band_hz.misconception("The result is in mel: `mel.mel_to_hz` turns it into Hz.")
def strongest_in_mel(log_mel, fmin, fmax):
    return mel.hz_to_mel(_strongest(log_mel, _mel_edges(log_mel, fmin, fmax), 1))


@strongest_band_hz.misconception(
    "You take the weakest band: the largest log magnitude, not the largest absolute value (they "
    "are mostly negative)."
)
def strongest_absolute(log_mel, fmin, fmax):
    return _strongest(log_mel.abs(), _mel_edges(log_mel, fmin, fmax), 1)


@strongest_band_hz.misconception(
    "You return one frame for each band, the loudest: look for the strongest band in each frame, "
    "along axis 0."
)
def strongest_over_time(log_mel, fmin, fmax):
    return log_mel.argmax(dim=1)


@strongest_band_hz.also_correct
def strongest_by_one_hot(log_mel, fmin, fmax):
    n_mels = log_mel.shape[0]
    low, high = mel.hz_to_mel(torch.tensor([fmin, fmax], dtype=torch.float64))
    centres = mel.mel_to_hz(low + (high - low) * torch.arange(1, n_mels + 1) / (n_mels + 1))
    return (F.one_hot(log_mel.argmax(0), n_mels) * centres).sum(-1).float()


@strongest_band_hz.also_correct
def strongest_by_loop(log_mel, fmin, fmax):
    low, high = (float(mel.hz_to_mel(torch.tensor(edge))) for edge in (fmin, fmax))
    step = (high - low) / (log_mel.shape[0] + 1)
    best = [int(column.argmax()) for column in log_mel.T]
    return mel.mel_to_hz(torch.tensor([low + (m + 1) * step for m in best]))


# ---------------------------------------------------------------- 2.9 one's own segment


_answer_of_master = answer("02_mel_features", "my_strongest_bands", "strongest_band_hz")


def own_bands(segment: torch.Tensor) -> list[float]:
    """Return what the master's cell answers for a segment, whoever's it is."""
    with mock.patch.object(personal, "segment", lambda student: segment):
        return _answer_of_master()[1]


my_strongest_bands = Exercise(
    id="spectrum.my_strongest_bands",
    title="Your own segment",
    target=PERSONAL,
    solution=own_bands,
    notebook="02_mel_features",
    todo="2.9",
    points=1,
)


@my_strongest_bands.cases
def _(rng: np.random.Generator, hidden: bool) -> list[Case]:
    places = personal.PLACES if hidden else [personal.PRACTICE_PLACE]
    return [
        Case(
            f"{recording}, from frame {frame}",
            args={"segment": personal.cut(recording, frame)},
            rtol=0.02,
            atol=20.0,
            why="half a band: the answer can be read off a figure",
            options={"range": [30.0, 8000.0]},
        )
        for recording, frame in places
    ]


def _frames(segment: torch.Tensor) -> torch.Tensor:
    return mel.log_mel_spectrogram(segment[None])[0]


def _hertz(log_mel: torch.Tensor) -> torch.Tensor:
    return strongest_band_hz.solution(log_mel, 0.0, 8000.0)


@my_strongest_bands.misconception(
    "Every fourth frame goes into one mean, so each mean is of the whole segment: a quarter is 8 "
    "frames in a row, `unflatten(1, (4, 8))`."
)
def every_fourth_frame(segment):
    return _hertz(_frames(segment).unflatten(1, (8, 4)).mean(dim=1)).tolist()


@my_strongest_bands.misconception(
    "You take the mean of the frames' strongest frequencies: between a vowel and an s there may be "
    "no energy at all. Take the mean of the log-mel, then its strongest band."
)
def mean_of_frequencies(segment):
    return _hertz(_frames(segment)).unflatten(0, (4, 8)).mean(dim=-1).tolist()


@my_strongest_bands.misconception(
    "You look at the first frame of each quarter: take the mean of its 8 frames."
)
def first_frames(segment):
    return _hertz(_frames(segment)[:, ::8]).tolist()


@my_strongest_bands.misconception(
    "You look for the strongest band of a quarter's loudest moment: take the mean of its frames."
)
def loudest_moments(segment):
    return _hertz(_frames(segment).unflatten(1, (4, 8)).amax(dim=-1)).tolist()


@my_strongest_bands.misconception(
    "These are the numbers of the bands: give their centre frequencies in Hz."
)
def numbers_of_bands(segment):
    return _frames(segment).unflatten(1, (4, 8)).mean(dim=-1).argmax(dim=0).tolist()


@my_strongest_bands.misconception(
    "This is the beginning of the recording above: `personal.segment(student)` is yours."
)
def recording_of_the_notebook(segment):
    return own_bands(personal.cut("joe-0015", 0))


@my_strongest_bands.also_correct
def bands_by_loop(segment):
    quarters = [frames.mean(dim=1, keepdim=True) for frames in _frames(segment).split(8, dim=1)]
    return [float(_hertz(quarter)) for quarter in quarters]


@my_strongest_bands.also_correct
def bands_read_off_a_figure(segment):
    return [round(hertz / 10) * 10 for hertz in own_bands(segment)]


# ---------------------------------------------------------------- 3.6 discriminator step

discriminator_step_loss = Exercise(
    id="gan.discriminator_step_loss",
    title="The discriminator's step",
    target="notebook",
    solution=answer("03_hifigan_losses", "discriminator_step_loss"),
    notebook="03_hifigan_losses",
    todo="3.6",
    points=2,
)


@discriminator_step_loss.cases
def _(rng: np.random.Generator, hidden: bool) -> list[Case]:
    sizes = [(3, 1, 9), (1, 1, 21)] if hidden else [(2, 1, 12), (1, 1, 16)]

    def arguments(*shape: int) -> dict[str, Any]:
        y, y_hat = normal(rng, *shape), normal(rng, *shape)
        return {"discriminator": toy_discriminator, "y": y, "y_hat": y_hat}

    return [
        Case("the loss", args=arguments(*sizes[0])),
        Case("no gradient into y_hat", args=arguments(*sizes[0]), grad=("y", "y_hat")),
        Case("other lengths", args=arguments(*sizes[1]), grad=("y", "y_hat")),
    ]


@discriminator_step_loss.misconception(
    "The gradient flows on into y_hat, so this step would also train the generator: detach y_hat."
)
def step_without_detach(discriminator, y, y_hat):
    logits_real, logits_fake, _, _ = discriminator(y, y_hat)
    return losses.discriminator_loss(logits_real, logits_fake)


@discriminator_step_loss.misconception("You detach the real speech instead of the generated one.")
def step_detaches_real(discriminator, y, y_hat):
    return step_without_detach(discriminator, y.detach(), y_hat)


@discriminator_step_loss.misconception(
    "Nothing has a gradient any more (no_grad, or detached logits), so the discriminator can't "
    "learn: detach y_hat before it is judged, and only that."
)
def step_without_gradient(discriminator, y, y_hat):
    with torch.no_grad():
        return step_without_detach(discriminator, y, y_hat)


@discriminator_step_loss.misconception(
    "Real and generated are swapped on their way into the loss: real speech should score 1."
)
def step_swapped(discriminator, y, y_hat):
    logits_real, logits_fake, _, _ = discriminator(y, y_hat.detach())
    return losses.discriminator_loss(logits_fake, logits_real)


@discriminator_step_loss.misconception(
    "This is the generator's loss (3.2): the discriminator's is (3.1)."
)
def step_generator_loss(discriminator, y, y_hat):
    return losses.generator_loss(discriminator(y, y_hat.detach())[1])


@discriminator_step_loss.misconception(
    "Only the first sub-discriminator counts in your loss: pass on the whole lists of logits."
)
def step_first_only(discriminator, y, y_hat):
    logits_real, logits_fake, _, _ = discriminator(y, y_hat.detach())
    return losses.discriminator_loss(logits_real[:1], logits_fake[:1])


@discriminator_step_loss.also_correct
def step_with_no_grad_copy(discriminator, y, y_hat):
    with torch.no_grad():
        fixed = y_hat * 1
    judged = discriminator(y, fixed)
    return losses.discriminator_loss(judged[0], judged[1])


@discriminator_step_loss.also_correct
def step_written_out(discriminator, y, y_hat):
    logits_real, logits_fake, *_ = discriminator(y, y_hat.clone().detach())
    loss = torch.zeros(())
    for real, fake in zip(logits_real, logits_fake, strict=True):
        loss = loss + F.mse_loss(real, torch.ones_like(real)) + (fake * fake).mean()
    return loss


# ---------------------------------------------------------------- 4.7 periodicity

periodicity = Exercise(
    id="period.periodicity",
    title="Periodicity",
    target="notebook",
    solution=answer("04_mpd_msd", "periodicity"),
    notebook="04_mpd_msd",
    todo="4.7",
    points=2,
)


@periodicity.cases
def _(rng: np.random.Generator, hidden: bool) -> list[Case]:
    n, period = (60, 7) if hidden else (50, 6)
    louder = torch.linspace(0.2, 2.0, n)  # so that the two stretches differ in energy
    wave = torch.sin(2 * torch.pi * torch.arange(n) / period) * louder
    noisy = wave + 0.5 * normal(rng, n)
    return [
        Case("a voice of this period", args={"waveform": noisy, "period": period}),
        Case("another period", args={"waveform": noisy + 0.3, "period": period + 2}),
        Case("half a period", args={"waveform": wave, "period": period // 2}),
        Case("silence", args={"waveform": torch.zeros(n), "period": period}),
    ]


@periodicity.misconception(
    "You leave out the denominator: without it a louder recording looks more periodic."
)
def periodicity_unnormalised(waveform, period):
    return (waveform[:-period] * waveform[period:]).sum()


@periodicity.misconception(
    "You divide by the energy of the whole waveform: (4.4) has the energies of the two parts that "
    "overlap."
)
def periodicity_whole_energy(waveform, period):
    return periodicity_unnormalised(waveform, period) / waveform.square().sum().clamp(min=1e-12)


@periodicity.misconception(
    "The end is compared with the beginning (torch.roll goes round): leave out the last p samples "
    "of one and the first p of the other."
)
def periodicity_circular(waveform, period):
    rolled = torch.roll(waveform, -period)
    return (waveform * rolled).sum() / waveform.square().sum().clamp(min=1e-12)


@periodicity.misconception("The distance is p - 1 samples in your function: x[p:] is p later.")
def periodicity_off_by_one(waveform, period):
    return F.cosine_similarity(waveform[: 1 - period], waveform[period - 1 :], dim=0)


@periodicity.misconception(
    "You subtract the means first (a correlation): (4.4) takes the samples as they are."
)
def periodicity_centred(waveform, period):
    now, later = waveform[:-period], waveform[period:]
    return F.cosine_similarity(now - now.mean(), later - later.mean(), dim=0)


@periodicity.misconception(
    "The square root in the denominator is missing, so r depends on the level."
)
def periodicity_without_root(waveform, period):
    now, later = waveform[:-period], waveform[period:]
    energy = now.square().sum() * later.square().sum()
    return (now * later).sum() / energy.clamp(min=1e-12)


@periodicity.misconception(
    "Silence gives 0 / 0 = NaN: keep the denominator above 0, say with clamp(min=1e-12)."
)
def periodicity_of_silence(waveform, period):
    now, later = waveform[:-period], waveform[period:]
    return (now * later).sum() / (now.norm() * later.norm())


@periodicity.also_correct
def periodicity_by_cosine(waveform, period):
    return F.cosine_similarity(waveform[:-period], waveform[period:], dim=0)


@periodicity.also_correct
def periodicity_by_loop(waveform, period):
    pairs = list(zip(waveform.tolist(), waveform.tolist()[period:], strict=False))
    energy = sum(a * a for a, _ in pairs) * sum(b * b for _, b in pairs)
    return torch.tensor(sum(a * b for a, b in pairs) / energy**0.5 if energy > 0 else 0.0)


# ---------------------------------------------------------------- 6.10 guided attention

guided_penalty = Exercise(
    id="tacotron.guided_penalty",
    title="Guided attention",
    target="notebook",
    solution=answer("06_tacotron", "guided_penalty"),
    notebook="06_tacotron",
    todo="6.10",
    points=2,
)


@guided_penalty.cases
def _(rng: np.random.Generator, hidden: bool) -> list[Case]:
    sizes = {"as many steps as characters": (5, 5), "more steps than characters": (6, 11)}
    shift = 2 if hidden else 0
    cases = [
        Case(name, args={"n_encoder": n + shift, "n_decoder": t + shift})
        for name, (n, t) in sizes.items()
    ]
    narrow = {"n_encoder": 9 + shift, "n_decoder": 7, "g": 0.3 if hidden else 0.1}
    return [*cases, Case("another width g", args=narrow)]


def _distance(n_encoder: int, n_decoder: int) -> torch.Tensor:
    """n / N - t / T, `(T_enc, T_dec)`."""
    n, t = torch.arange(n_encoder)[:, None], torch.arange(n_decoder)
    return n / n_encoder - t / n_decoder


@guided_penalty.misconception(
    "This is a reward: it is largest on the diagonal. The penalty is 1 minus the exponential."
)
def penalty_rewards_diagonal(n_encoder, n_decoder, g=0.2):
    return torch.exp(-(_distance(n_encoder, n_decoder) ** 2) / (2 * g**2))


@guided_penalty.misconception(
    "The picture is transposed: characters run along the first axis, decoder steps along the other."
)
def penalty_transposed(n_encoder, n_decoder, g=0.2):
    return guided_penalty.solution(n_encoder, n_decoder, g).T


@guided_penalty.misconception(
    "The positions are not divided by their lengths: a line of slope one leaves the picture when "
    "there are more steps than characters. Use n / N and t / T."
)
def penalty_unscaled(n_encoder, n_decoder, g=0.2):
    n, t = torch.arange(n_encoder)[:, None], torch.arange(n_decoder)
    return 1 - torch.exp(-((n - t) ** 2) / (2 * g**2))


@guided_penalty.misconception("The distance is not squared: the exponent is -(...)^2 / (2 g^2).")
def penalty_unsquared(n_encoder, n_decoder, g=0.2):
    return 1 - torch.exp(-_distance(n_encoder, n_decoder).abs() / (2 * g**2))


@guided_penalty.misconception("The width is not squared: the exponent is divided by 2 g^2.")
def penalty_width_unsquared(n_encoder, n_decoder, g=0.2):
    return 1 - torch.exp(-(_distance(n_encoder, n_decoder) ** 2) / (2 * g))


@guided_penalty.misconception("The 2 is missing: the exponent is divided by 2 g^2.")
def penalty_without_two(n_encoder, n_decoder, g=0.2):
    return 1 - torch.exp(-(_distance(n_encoder, n_decoder) ** 2) / g**2)


@guided_penalty.misconception("The width is fixed at 0.2 in your function: use the argument g.")
def penalty_fixed_width(n_encoder, n_decoder, g=0.2):
    return guided_penalty.solution(n_encoder, n_decoder)


@guided_penalty.misconception(
    "The last character and step are put at 1 (linspace from 0 to 1): n / N ends one step before."
)
def penalty_by_linspace(n_encoder, n_decoder, g=0.2):
    n, t = torch.linspace(0, 1, n_encoder)[:, None], torch.linspace(0, 1, n_decoder)
    return 1 - torch.exp(-((n - t) ** 2) / (2 * g**2))


@guided_penalty.also_correct
def penalty_by_loops(n_encoder, n_decoder, g=0.2):
    rows = [
        [1 - math.exp(-((n / n_encoder - t / n_decoder) ** 2) / (2 * g**2))
         for t in range(n_decoder)]
        for n in range(n_encoder)
    ]  # fmt: skip
    return torch.tensor(rows)


@guided_penalty.also_correct
def penalty_by_outer_difference(n_encoder, n_decoder, g=0.2):
    n = torch.linspace(0, 1, n_encoder + 1)[:-1]
    t = torch.linspace(0, 1, n_decoder + 1)[:-1]
    return 1 - (-(torch.cdist(n[:, None], t[:, None]) ** 2) / (2 * g * g)).exp()


# ---------------------------------------------------------------- 7.8 the truth, carried over

carry_truth = Exercise(
    id="warping.carry_truth",
    title="The truth, carried over",
    target="notebook",
    solution=answer("07_text_to_speech", "carry_truth"),
    notebook="07_text_to_speech",
    todo="7.8",
    points=2,
)


@carry_truth.cases
def _(rng: np.random.Generator, hidden: bool) -> list[Case]:
    def case(name: str, counts: list[int], moves: list[int]) -> Case:
        """`counts` frames of each character; at each step i, t or both (1, 2, 3) move on."""
        truth = torch.arange(len(counts)).repeat_interleave(torch.tensor(counts))
        steps = torch.tensor([[0, 0], *([m & 1, m >> 1] for m in moves)]).cumsum(0)
        n_frames = int(steps[-1, 1]) + 1
        return Case(name, args={"truth": truth, "path": steps, "n_frames": n_frames})

    more = [3, 3] if hidden else []
    k = 2 if hidden else 0
    return [
        case("at the same pace", [2, 1, 3 + k], [3] * (5 + k)),
        case("slower, then faster", [2, 3, 1, 2 + k], [3, 2, 2, 3, 1, 1, 3, 1, 3, *more]),
        case("twice as fast", [1, 2, 2, 1 + k], [1, 3, 1, 3, 1, *more]),
        case("waits at the end", [2, 2 + k], [3, 3, 3, 2, 2, *more[:k]]),
    ]


@carry_truth.misconception(
    "The columns of the path are exchanged: the first is the recording's frame, the second that of "
    "the new speech."
)
def carried_the_other_way(truth, path, n_frames):
    frames = torch.full((n_frames,), float(truth.max()))
    for t in range(min(n_frames, int(path[-1, 0]) + 1)):
        partners = path[path[:, 0] == t, 1].clamp(max=len(truth) - 1)
        frames[t] = truth[partners].float().mean()
    return frames


@carry_truth.misconception(
    "Each frame takes the character of its last partner: take the mean over all its partners."
)
def last_partner(truth, path, n_frames):
    return torch.stack([truth[path[path[:, 1] == t, 0][-1]] for t in range(n_frames)]).float()


@carry_truth.misconception(
    "Each frame takes the character of its first partner: take the mean over all its partners."
)
def first_partner(truth, path, n_frames):
    return torch.stack([truth[path[path[:, 1] == t, 0][0]] for t in range(n_frames)]).float()


@carry_truth.misconception(
    "The path is not used: the recording's truth is stretched evenly. The two sounds don't run at "
    "paces that differ by one factor."
)
def stretched(truth, path, n_frames):
    places = torch.linspace(0, len(truth) - 1, n_frames)
    return truth[places.round().long()].float()


@carry_truth.misconception(
    "The characters of the partners are added up: divide by the number of partners."
)
def sum_over_partners(truth, path, n_frames):
    return torch.zeros(n_frames).index_add(0, path[:, 1], truth[path[:, 0]].float())


@carry_truth.misconception(
    "The mean is rounded to a whole character: a frame between two characters lies between them."
)
def rounded(truth, path, n_frames):
    return carry_truth.solution(truth, path, n_frames).round()


@carry_truth.misconception(
    "This is the mean number of the partner frames: look up which character each has, truth[i]."
)
def frames_instead_of_characters(truth, path, n_frames):
    return carry_truth.solution(torch.arange(len(truth)), path, n_frames)


@carry_truth.also_correct
def carried_frame_by_frame(truth, path, n_frames):
    partners = [truth[path[path[:, 1] == t, 0]].float() for t in range(n_frames)]
    return torch.stack([characters.mean() for characters in partners])


@carry_truth.also_correct
def carried_by_matrix(truth, path, n_frames):
    pairs = torch.zeros(len(truth), n_frames)
    pairs[path[:, 0], path[:, 1]] = 1.0
    return truth.float() @ (pairs / pairs.sum(dim=0))
