# %% [markdown]
# # 02 · Mel features
#
# **Goal.** Compute the log-mel spectrogram that Tacotron predicts and HiFi-GAN reads, compare it
# with two libraries, and hear what it throws away.
#
# **Time:** about 110 minutes
#
# **Needs:** nothing of earlier notebooks.
#
# You write `exercise_lib/mel.py` and two cells of this notebook. All import what they need: `torch`,
# `torch.nn.functional as F`, and the module `math`.

# %%
# %load_ext autoreload
# %autoreload 2
from dataclasses import replace

import librosa
import matplotlib.pyplot as plt
import torch
import torch.nn.functional as F

from exercise_lib import figures
from exercise_lib.speech import audio, data, personal, plots, widgets
from exercise_lib.check import check

# %%
from exercise_lib import mel

# %% tags=["skip-when-grading"]
corpus = data.SpeechCorpus(data.LOCAL_DATA / "mini")
utterance = corpus[1]
waveform, sample_rate = utterance.waveform, corpus.sample_rate
config = mel.MelConfig()
print(utterance.text)
print(config)
audio.play(waveform, sample_rate)

# %% [markdown]
# [HiFi-GAN](https://arxiv.org/abs/2010.05646)'s published models run at 22 050 Hz with `fmax` 8000 for the input and the Nyquist
# frequency in the loss. Here, as on the slide "Waveform Model", speech has 16 000 samples per
# second and a hop of 256; 8000 Hz is the Nyquist frequency, so both are the same.

# %% [markdown]
# ## TODO 2.1 · Hann window
#
# Cutting a frame out of a signal makes hard edges, and hard edges smear the spectrum. A window
# fades the frame in and out. The periodic Hann window of length $N$ is
#
# $$ w_k = \tfrac12 - \tfrac12 \cos(2\pi k / N), \quad k = 0 \ldots N-1 \tag{2.1} $$
#
# Fill `hann_window` in `exercise_lib/mel.py`.

# %% [markdown]
# <details><summary>Hint 1</summary>
#
# Write $k$ as a row of numbers, `torch.arange(n, dtype=torch.float32)`, and the equation of it.
#
# </details>
# <details><summary>Hint 2</summary>
#
# Periodic: the angle is $2 \pi k / N$ and not $2 \pi k / (N - 1)$, so the last value is not 0.
#
# </details>

# %%
check("mel.hann_window")

# %% tags=["skip-when-grading"]
window = mel.hann_window(config.n_fft)
loudest = int(waveform.square().unfold(0, config.n_fft, config.hop_length).mean(-1).argmax())
piece = waveform[loudest * config.hop_length :][: config.n_fft]
milliseconds = 1000 * torch.arange(config.n_fft) / sample_rate
lines = {"frame": piece, "window / 5": window / 5, "windowed frame": window * piece}
figures.curves(lines, x=milliseconds, xlabel="time (ms)", ylabel="amplitude");

# %% [markdown]
# **What to see.** The windowed frame starts and ends at zero and keeps its middle.

# %% [markdown]
# ## TODO 2.2 · Frames
#
# Frame $t$ starts a hop $h$ after frame $t-1$. With $(N-h)/2$ reflected samples on both sides, $T$
# samples give $\lfloor T/h \rfloor$ frames (official code). Where $N - h$ is odd, half a sample is left out
# on each side, and a frame is lost if $T$ is a multiple of $h$.
#
# $$ F_{t,k} = \tilde{x}_{t h + k} \tag{2.2} $$
#
# Fill `frame`.

# %% [markdown]
# <details><summary>Hint 1</summary>
#
# Two steps: pad, then cut. `F.pad` takes the numbers of samples on both sides and `mode`.
#
# </details>
# <details><summary>Hint 2</summary>
#
# `unfold(1, size, step)` is the sliding window of torch: it puts the windows on an axis of their
# own, without a loop.
#
# </details>

# %%
check("mel.frame")

# %% tags=["skip-when-grading"]
frames = mel.frame(waveform[None], config.n_fft, config.hop_length)  # (1, frames, n_fft)
print(f"{len(waveform)} samples -> {frames.shape[1]} frames of {config.n_fft} samples")
middle = int(frames[0].square().mean(-1).argmax())  # the loudest one
_, axes = plt.subplots(3, 1, figsize=(8, 5), layout="constrained", sharex=True, sharey=True)
for t, ax in enumerate(axes, start=middle):
    plots.waveform(frames[0, t], sample_rate, ax, title=f"frame {t}")
    ax.set(ylim=(-0.5, 0.5), xlabel="time within the frame (s)" if ax is axes[-1] else "")

# %% [markdown]
# **What to see.** The same wave three times, each time one hop (16 ms) further to the left.

# %% [markdown]
# ## TODO 2.3 · STFT magnitude
#
# The Fourier transform of every windowed frame. The small constant keeps the gradient of the
# square root finite in silence (official code):
#
# $$ |X_{f,t}| = \sqrt{\mathrm{Re}^2 + \mathrm{Im}^2 + 10^{-9}} \tag{2.3} $$
#
# Fill `stft_magnitude`.

# %% [markdown]
# <details><summary>Hint 1</summary>
#
# From the inside: `frame`, times the window, then `torch.fft.rfft`, which works along the last
# axis.
#
# </details>
# <details><summary>Hint 2</summary>
#
# The result is complex: square `.real` and `.imag`, add them and the constant, then the root.
#
# </details>
# <details><summary>Hint 3</summary>
#
# The frames come first there, and the frequencies should: `transpose(1, 2)`.
#
# </details>

# %%
check("mel.stft_magnitude")

# %% tags=["skip-when-grading"]
magnitude = mel.stft_magnitude(waveform[None], config)  # (1, bins, frames)
hertz = torch.fft.rfftfreq(config.n_fft, 1 / sample_rate)
axes = {"xlabel": "frequency (Hz)", "ylabel": "magnitude"}
_, (above, below) = plt.subplots(2, 1, figsize=(9, 5.5), layout="constrained")
figures.curves({f"frame {middle}": magnitude[0, :, middle]}, above, x=hertz, **axes)
low = {f"frame {middle}, the lowest 1000 Hz": magnitude[0, :64, middle]}
figures.curves(low, below, x=hertz[:64], **axes);

# %% [markdown]
# **What to see.** Below, a comb: harmonics at multiples of the voice's pitch, about 130 Hz, tallest at
# the first formant. Above, a second formant at 1500 Hz, and from 4000 Hz on next to nothing.

# %% [markdown]
# ## TODO 2.4 · Mel filterbank
#
# The ear tells 100 Hz from 200 Hz, but hardly 7100 Hz from 7200 Hz. Triangles whose edges $e_m$ are
# evenly spaced in mel (Slaney's scale), each divided by half its width, follow it:
#
# $$ H_m(f) = \tfrac{2}{e_{m+2} - e_m} \max\!\left(0, \min\!\left(\tfrac{f - e_m}{e_{m+1} - e_m},
# \tfrac{e_{m+2} - f}{e_{m+2} - e_{m+1}}\right)\right) \tag{2.4} $$
#
# Fill `mel_filterbank`.

# %% [markdown]
# <details><summary>Hint 1</summary>
#
# 80 triangles share 82 edges: `torch.linspace(low, high, n_mels + 2)` in mel, then `mel_to_hz`.
#
# </details>
# <details><summary>Hint 2</summary>
#
# As columns `(n_mels, 1)`, `edges[:-2]`, `edges[1:-1]` and `edges[2:]` are all left, middle and
# right corners at once; `bins` is the row.
#
# </details>
# <details><summary>Hint 3</summary>
#
# Rising and falling line, `torch.minimum` of the two, `clamp(min=0)`, times the factor in front, as
# float32.
#
# </details>

# %%
check("mel.mel_filterbank")

# %% tags=["skip-when-grading"]
filterbank = mel.mel_filterbank(config)  # (n_mels, bins)
reference = librosa.filters.mel(sr=sample_rate, n_fft=1024, n_mels=80, fmin=0, fmax=8000)
print("largest difference from librosa:", float((filterbank - torch.tensor(reference)).abs().max()))
fine = replace(config, n_fft=16 * config.n_fft)  # so that the corners are seen
plots.filterbank(mel.mel_filterbank(fine), fine);

# %% [markdown]
# **What to see.** Triangles of equal width up to 1000 Hz, then ever wider and lower ones: each has the
# area 1. Your filterbank has their heights every 15.6 Hz, four or five in a triangle below 1000 Hz.

# %% [markdown]
# ## TODO 2.5 · Logarithm
#
# Loudness is closer to the logarithm of magnitude than to magnitude. The floor keeps silence
# finite: $\ln 10^{-5} = -11.5129$ (official code).
#
# $$ \mathrm{compress}(m) = \ln \max(m, 10^{-5}) \tag{2.5} $$
#
# Fill `log_compress`, and let it refuse what is negative or NaN, and so no magnitude.

# %% [markdown]
# <details><summary>Hint 1</summary>
#
# `torch.clamp(..., min=1e-5)` is the floor, `torch.log` the natural logarithm.
#
# </details>
# <details><summary>Hint 2</summary>
#
# A comparison with NaN is false. So ask whether all are `>= 0`, and raise the `ValueError` if not.
#
# </details>

# %% [markdown]
# **Predict.** Above 4000 Hz the magnitude is at most a seventieth of its largest value. In the
# logarithm, how far below the top will that lie: (a) 70, (b) 4.2, (c) 1.8?

# %%
check("mel.log_compress")

# %% tags=["skip-when-grading"]
logarithms = {f"frame {middle}": mel.log_compress(magnitude[0, :, middle])}
figures.curves(logarithms, x=hertz, xlabel="frequency (Hz)", ylabel="ln magnitude");

# %% [markdown]
# **What to see.** What was next to nothing above 4000 Hz now has a shape: a hump from 5000 to 7000 Hz, and
# an edge near 8000 Hz.

# %% [markdown]
# <details><summary>Answer</summary>
#
# (b): a factor of 70 is a distance of ln 70 = 4.2, wherever it lies.
#
# </details>

# %% [markdown]
# ## TODO 2.6 · The whole log-mel spectrogram
#
# This is $\phi$ of the slide "HiFi-GAN loss functions":
#
# $$ \phi(x) = \ln \max(H |X|, 10^{-5}) \tag{2.6} $$
#
# Fill `log_mel_spectrogram`. It should refuse a wrong rank, too few samples, NaN
# and infinity.

# %% [markdown]
# <details><summary>Hint 1</summary>
#
# Everything is there: `stft_magnitude`, the filterbank, `log_compress`, in this order.
#
# </details>
# <details><summary>Hint 2</summary>
#
# The sum over frequencies is a product of matrices, `filterbank @ magnitude`. `torch.isfinite`
# finds NaN and infinity; the rest is refused by `frame`.
#
# </details>

# %%
check("mel.log_mel_spectrogram")

# %% tags=["skip-when-grading"]
log_mel = mel.log_mel_spectrogram(waveform[None], config)[0]  # (n_mels, frames)
plots.mel(log_mel, config, title=utterance.text);

# %% [markdown]
# **What to see.** Stripes (harmonics) at the bottom, moving bands (formants) in the middle, and
# noise at the top wherever there is an s or an f.

# %% [markdown]
# ### The same from libraries
#
# Libraries have other defaults: `power=2`, `center=True`, and in torchaudio the HTK scale without
# normalisation. With HiFi-GAN's settings both agree with yours.

# %% tags=["skip-when-grading"]
padded = F.pad(waveform[None], (384, 384), mode="reflect")[0]
settings = {"n_fft": 1024, "hop_length": 256, "n_mels": 80, "power": 1.0, "center": False}
other = librosa.feature.melspectrogram(y=padded.numpy(), sr=sample_rate, **settings)
difference = mel.log_compress(torch.tensor(other)) - log_mel
print("librosa: largest difference in ln magnitude", float(difference.abs().max()))

# %% tags=["skip-when-grading"]
try:
    from torchaudio.transforms import MelSpectrogram

    transform = MelSpectrogram(sample_rate, norm="slaney", mel_scale="slaney", **settings)
    difference = mel.log_compress(transform(padded)) - log_mel
    print("torchaudio: largest difference in ln magnitude", float(difference.abs().max()))
except Exception as error:  # some installs carry a torchaudio that does not import
    print(f"torchaudio does not work here ({type(error).__name__}). Nothing else needs it.")

# %% [markdown]
# **What to see.** The largest difference is .05, in the long pause: where there is next to no sound, the
# constant under the square root counts. In half of the frames it is below .003.

# %% [markdown]
# ## TODO 2.7 · Frames and samples
#
# The slide "Waveform Model": samples = hop size × frames. So the hop is the factor by which a
# vocoder upsamples.
#
# $$ T_\text{samples} = h \, T_\text{frames}, \qquad T_\text{frames} = \lfloor T_\text{samples} / h
# \rfloor \tag{2.7} $$
#
# Fill `samples_to_frames` and `frames_to_samples`.

# %% [markdown]
# <details><summary>Hint 1</summary>
#
# `//` rounds down, and keeps whole numbers whole.
#
# </details>
# <details><summary>Hint 2</summary>
#
# Check first: a negative number or a hop below 1 is a `ValueError`, in both functions.
#
# </details>

# %%
check("mel.samples_to_frames")

# %%
check("mel.frames_to_samples")

# %% tags=["skip-when-grading"]
n_frames = mel.samples_to_frames(len(waveform), config.hop_length)
back = mel.frames_to_samples(n_frames, config.hop_length)
print(f"{len(waveform)} samples -> {n_frames} frames -> {back} samples")
print("HiFi-GAN V1 upsamples by", 8 * 8 * 2 * 2, "and V3 by", 8 * 8 * 4)

# %% [markdown]
# **What to see.** The samples after the last whole hop are lost.
#
# *Lecture and official code.* The slide says HiFi-GAN upsamples "$|k_u|$ times": that counts its
# stages (4 in V1, 3 in V3). The factor is the product of their rates, and equals the hop. Each
# stage's "MRF adds features" of parallel blocks; the code averages them.

# %% [markdown]
# ## TODO 2.8 · Where is the energy?
#
# Every band has a centre frequency: the middle corner of its triangle, $e_{m+1}$ in (2.4). Return,
# for each frame, the centre frequency in Hz of the strongest band:
#
# $$ s_t = e_{m^* + 1}, \qquad m^* = \arg\max_m \phi_{m,t} \tag{2.8} $$
#
# `mel.hz_to_mel` and `mel.mel_to_hz` are given; they take tensors.

# %% [markdown]
# <details><summary>Hint 1</summary>
#
# The same edges as in 2.4, from `log_mel.shape[0]`; leave out the first and the last, which are no
# centres.
#
# </details>
# <details><summary>Hint 2</summary>
#
# `argmax(dim=0)` gives one band for each frame, and a tensor of numbers may index another:
# `centres[bands]`.
#
# </details>

# %%
def strongest_band_hz(log_mel, fmin, fmax):
    """Centre frequency (Hz) of the strongest band: `(n_mels, frames)` -> `(frames,)`."""
    ### BEGIN SOLUTION
    # TODO 2.8: equation (2.8)
    low, high = mel.hz_to_mel(torch.tensor([fmin, fmax])).tolist()
    edges = mel.mel_to_hz(torch.linspace(low, high, log_mel.shape[0] + 2))
    return edges[1:-1][log_mel.argmax(dim=0)]
    ### END SOLUTION

# %%
check("spectrum.strongest_band_hz", strongest_band_hz)

# %% tags=["skip-when-grading"]
strongest = strongest_band_hz(log_mel, config.fmin, config.fmax)
seconds = (torch.arange(len(strongest)) + 0.5) * config.hop_length / sample_rate
ax = figures.curves({"strongest band": strongest}, x=seconds, xlabel="time (s)", ylabel="Hz")
ax.set(yscale="log", ylim=(30, 8000), title=utterance.text);

# %% [markdown]
# **What to see.** Vowels stay at a few hundred Hz. The s of *listened*, both ends of *George* and the f
# behind it jump up to thousands. In the pause, from 1.25 s on, the line jumps about: no band is strong,
# and any of them may win.

# %% [markdown]
# ## TODO 2.9 · Your own segment
#
# HiFi-GAN trains on segments of 8192 samples: 32 frames. Your student number chooses yours. Return
# that number and, for each quarter $q$ of 8 frames, the centre of the band that is strongest in
# the mean:
#
# $$ m^*_q = \arg\max_m \tfrac18 \sum_{t \in q} \phi_{m,t} \tag{2.9} $$
#
# Begin with the number `"practice"`: its answer is known here. For yours, `check` sees only whether
# it could be right; the grader compares it.

# %% [markdown]
# <details><summary>Hint 1</summary>
#
# `personal.segment(student)` is yours, `(8192,)`; its log-mel is `(80, 32)`.
#
# </details>
# <details><summary>Hint 2</summary>
#
# Quarters: `unflatten(1, (4, 8))`, and the mean over the last axis. The mean of logarithms, as
# (2.9) has it, not the logarithm of a mean.
#
# </details>
# <details><summary>Hint 3</summary>
#
# What is left, `(80, 4)`, looks like a log-mel of four frames: `strongest_band_hz` does the rest.
#
# </details>

# %%
def my_strongest_bands():
    """Your student number, and four frequencies (Hz): `(student, [f1, f2, f3, f4])`."""
    ### BEGIN SOLUTION
    # TODO 2.9: your number, and equation (2.9) of its segment
    student = "123456"
    segment = personal.segment(student)  # (8192,)
    log_mel = mel.log_mel_spectrogram(segment[None])[0]  # (80, 32)
    quarters = log_mel.unflatten(1, (4, 8)).mean(dim=-1)  # (80, 4)
    return student, strongest_band_hz(quarters, 0.0, 8000.0).tolist()
    ### END SOLUTION

# %%
check("spectrum.my_strongest_bands", my_strongest_bands)

# %% tags=["skip-when-grading"]
student, bands = my_strongest_bands()
own = personal.segment(student)
ax = plots.mel(mel.log_mel_spectrogram(own[None])[0], config, title=f"the segment of {student}")
mels = mel.hz_to_mel(torch.tensor([*bands, config.fmax]))
rows = 81 * mels[:4] / mels[4] - 1  # where the figure has these frequencies
starts = 0.128 * torch.arange(4)  # s
for colour, width in (("black", 5), ("white", 2)):
    ax.hlines(rows, starts, starts + 0.128, colors=colour, linewidth=width)
audio.play(own, sample_rate)

# %% [markdown]
# **What to see.** In each quarter, the white line lies on the stripe that is brightest on average. A
# vowel's is at a few hundred Hz, that of an s or f at thousands; what lasts 8 frames counts more than
# a moment.

# %% [markdown]
# ## TODO 2.10 · Find the mistake
#
# This should tell how loud each frame is, against the loudest one, from its log-mel. Two bands that are
# equally loud, and not in step, are 3 dB louder than one of them. Here they are 6 dB louder.
#
# **How to hunt.** Take a log-mel of two bands and two frames, with one band silent in one of them, and
# print each line's result.

# %% [markdown]
# <details><summary>Hint 1</summary>
#
# What adds up where two sounds are not in step: their magnitudes or their powers?
#
# </details>
# <details><summary>Hint 2</summary>
#
# The log-mel is of magnitudes. Square before the sum, and take the root after it. (With 10 in place
# of 20 and no root, the floor of a power is $10^{-10}$.)
#
# </details>

# %%
def loudness_curve(log_mel):
    """Level (dB) of each frame against the loudest: `(B, n_mels, T)` -> `(B, T)`."""
    ### BEGIN SOLUTION
    # TODO 2.10: a second band, as loud as the first, should add 3 dB, and adds 6
    magnitudes = log_mel.exp()
    total = magnitudes.square().sum(dim=1).sqrt()
    level = 20 * torch.log10(total.clamp(min=1e-5))
    return level - level.amax(dim=1, keepdim=True)
    ### HANDED OUT
    # magnitudes = log_mel.exp()
    # total = magnitudes.sum(dim=1)
    # level = 20 * torch.log10(total.clamp(min=1e-5))
    # return level - level.amax(dim=1, keepdim=True)
    ### END SOLUTION

# %%
check("mend.loudness_curve", loudness_curve)

# %% [markdown]
# ## Hear the mel
#
# The mel spectrogram has no phase. Griffin-Lim guesses one. Move the sliders: fewer bands, longer
# hops, a lower `fmax`, fewer iterations.

# %% tags=["skip-when-grading"]
widgets.mel_explorer(waveform, config, mel.log_mel_spectrogram)

# %% [markdown]
# **What to see and hear.** With 8 bands the voice whispers: the harmonics, and so the pitch, are
# gone. A low `fmax` muffles the s. One iteration sounds hoarse; more than 32 hardly help. HiFi-GAN
# learns what Griffin-Lim can't guess.

# %% [markdown]
# ## Experiment
#
# A tone between two bins, with and without the window of 2.1. Move the tone onto a bin (a multiple of
# 15.625 Hz), and make it shorter or longer. How far from the tone does its energy reach, and what
# would that do to a weak harmonic beside a strong one?

# %% tags=["skip-when-grading"]
tone_hz = 1007.8  # Hz, half-way between two bins
tone = torch.sin(2 * torch.pi * tone_hz * torch.arange(config.n_fft) / sample_rate)
spectra = {
    name: mel.log_compress(torch.fft.rfft(tone * w).abs())
    for name, w in {"cut out": torch.ones(config.n_fft), "Hann window": window}.items()
}
figures.curves(spectra, x=hertz, xlabel="frequency (Hz)", ylabel="ln magnitude");

# %% [markdown]
# ## Question 2
#
# No vocoder can recover the waveform exactly from this spectrogram. Name two different things that
# the way from waveform to log-mel throws away, and what you hear when each is guessed badly.

# %% [markdown] question="mel-loss" points=2
# ### BEGIN SOLUTION
# The phase: the magnitude drops it, and a badly guessed one sounds hoarse, metallic or echoing.
# Fine frequency detail: each band adds up many bins, more of them at high frequencies, so harmonics
# merge and the voice sounds noisy or whispered. (Also: everything above `fmax`; levels below the
# floor; changes within a frame, which smear clicks and plosives.)
#
# **Rubric.** 1 point for each thing that is really lost, with what it sounds like (half a point
# without the sound).
# ### END SOLUTION
