# %% [markdown]
# # 04 · Discriminators: MPD and MSD
#
# **Goal.** Build HiFi-GAN's two discriminators, see what a period does to a waveform, and train
# them for half a minute on real speech.
#
# **Time:** about 100 minutes
#
# You write `exercise_lib/discriminators.py` and one cell of this notebook. The training at the end
# uses your losses of notebook 03.

# %%
# %load_ext autoreload
# %autoreload 2
import os

import matplotlib.pyplot as plt
import torch

from exercise_lib import figures
from exercise_lib.speech import audio, data, plots, widgets
from exercise_lib.check import check

# %%
from exercise_lib import discriminators, losses, mel

# %% tags=["skip-when-grading"]
corpus = data.SpeechCorpus(data.LOCAL_DATA / "mini")
sample_rate, config = corpus.sample_rate, mel.MelConfig()
waveform = corpus[0].waveform
loudest = waveform.square().unfold(0, 1600, 400).mean(-1).argmax().item() * 400
voiced = waveform[loudest : loudest + 1600]  # 0.1 s
plots.waveform(voiced / voiced.abs().max(), sample_rate, title="0.1 s of a vowel, scaled up")
audio.play(waveform, sample_rate)

# %% [markdown]
# ## TODO 4.1 · Fold
#
# A period discriminator sees the waveform cut into rows of $p$ samples (Kong et al. 2020, section
# 2.3), the end reflect-padded where $p$ does not divide $T$:
#
# $$ F_{t,c} = x_{t p + c} \tag{4.1} $$
#
# Each column then holds every $p$-th sample. Fill `fold` in `exercise_lib/discriminators.py`.

# %%
check("discriminators.fold")

# %% tags=["skip-when-grading"]
print(discriminators.fold(torch.arange(10.0).reshape(1, 1, -1), 3))
widgets.period_explorer(voiced, sample_rate, discriminators.fold)

# %% [markdown]
# **What to see.** The figure shows the rows as columns, from left to right in time. At most periods
# the stripes slope. At one, they lie flat: the voice repeats itself there. Which is it?

# %% [markdown]
# ## TODO 4.2 · Period discriminator
#
# Five convolutions with kernel (5, 1) run along the columns, which never mix. The official channels
# are 32, 128, 512, 1024, 1024 and the strides (3, 1), the last (1, 1). Feature maps: all five after
# their leaky ReLU, and the raw output of `conv_post`.
#
# Fill `PeriodDiscriminator`: its layers and its `forward`.

# %%
check("discriminators.PeriodDiscriminator")

# %% tags=["skip-when-grading"]
torch.manual_seed(0)
n_samples = len(waveform) // config.hop_length * config.hop_length
y = waveform[:n_samples].reshape(1, 1, -1)
y_hat = audio.copy_synthesis(waveform, config, 8).reshape(1, 1, -1)
stretch = slice(loudest, loudest + 3200)  # 0.2 s
judge = discriminators.PeriodDiscriminator(5, width=0.1)
with torch.no_grad():
    maps = {"recording": judge(y[..., stretch])[1], "Griffin-Lim": judge(y_hat[..., stretch])[1]}
plots.feature_maps(maps, duration=0.2);

# %% [markdown]
# **What to see.** Before training: the first layer still follows the waveform; each later one has a
# third of the rows of the layer before, and more channels.

# %% [markdown]
# ## TODO 4.3 · Multi-period discriminator
#
# MPD is one period discriminator for each of the primes 2, 3, 5, 7, 11. Each judges both signals
# and nothing is averaged:
#
# $$ \mathrm{MPD}(x, G(s)) = \left(D_p(x), D_p(G(s))\right)_{p \in \{2, 3, 5, 7, 11\}} \tag{4.2} $$
#
# Fill the `forward` of `MultiPeriodDiscriminator`.

# %%
check("discriminators.MultiPeriodDiscriminator")

# %% tags=["skip-when-grading"]
mpd = discriminators.MultiPeriodDiscriminator(width=1 / 16)
with torch.no_grad():
    logits_real, logits_fake, _, _ = mpd(y, y_hat)
for p, logits in zip((2, 3, 5, 7, 11), logits_real):
    print(f"period {p:2}: {logits.shape[1]} scores, mean {float(logits.mean()):+.3f}")
print(sum(w.numel() for w in mpd.parameters()), "weights; the official MPD has 41 105 770")

# %% [markdown]
# **What to see.** Untrained scores near 0, for every period about as many of them: a discriminator
# judges short stretches of speech, not the utterance as a whole.

# %% [markdown]
# ## TODO 4.4 · Scale discriminator
#
# A scale discriminator reads the waveform itself: seven convolutions with kernels up to 41, strides
# up to 4, and groups to keep them affordable. Eight feature maps, the last is `conv_post`'s. At
# `width=1` names and shapes are the official ones, so an official checkpoint would load.
#
# Fill `ScaleDiscriminator`.

# %%
check("discriminators.ScaleDiscriminator")

# %% tags=["skip-when-grading"]
torch.manual_seed(0)
judge = discriminators.ScaleDiscriminator(width=0.1)
with torch.no_grad():
    maps = {"recording": judge(y[..., stretch])[1], "Griffin-Lim": judge(y_hat[..., stretch])[1]}
plots.feature_maps(maps, duration=0.2);

# %% [markdown]
# **What to see.** Time gets coarser from layer to layer (the second number above each panel),
# channels more.

# %% [markdown]
# ## TODO 4.5 · Pooled scales
#
# Average pooling makes the coarser views, one out of the other (official code; `AvgPool1d(4, 2,
# padding=2)`, zeros count):
#
# $$ x^{(k+1)}_t = \tfrac14 \sum_{j=0}^{3} x^{(k)}_{2t + j - 2} \tag{4.3} $$
#
# Fill `pooled_scales`.

# %%
check("discriminators.pooled_scales")

# %% tags=["skip-when-grading"]
scales = discriminators.pooled_scales(voiced.reshape(1, 1, -1))
_, axes = plt.subplots(3, 1, figsize=(10, 5), layout="constrained", sharex=True, sharey=True)
for k, (ax, scale) in enumerate(zip(axes, scales)):
    samples = scale.flatten() / voiced.abs().max()
    title = f"pooled {k} times: {len(samples)} samples"
    plots.waveform(samples, sample_rate // 2**k, ax, title=title)
print("pooled ones:", discriminators.pooled_scales(torch.ones(1, 1, 8))[1])

# %% [markdown]
# **What to see.** The same vowel with half and a quarter of the samples, smoother each time. The
# ones read 0.5 at the edges: the zeros of the padding are averaged in.

# %% [markdown]
# ## TODO 4.6 · Multi-scale discriminator
#
# MSD is three scale discriminators, one for each pooled scale. As in the official code, the first,
# on raw audio, uses spectral norm, the others weight norm.
#
# Fill `MultiScaleDiscriminator`.

# %%
check("discriminators.MultiScaleDiscriminator")

# %% [markdown]
# ## Train them
#
# The discriminators' half of GAN training, in a few seconds. The generated speech is Griffin-Lim's,
# from only 8 mel bands, so that there is something to find. Stretches of 0.26 s from all utterances
# but the last, which is kept for testing.

# %% tags=["skip-when-grading"]
whole = [item.waveform[: len(item.waveform) // 256 * 256] for item in corpus]
coarse = mel.MelConfig(n_mels=8)
real = [5 * clip.reshape(1, 1, -1) for clip in whole]  # louder speech is learned faster
fake = [5 * audio.copy_synthesis(clip, coarse, 8).reshape(1, 1, -1) for clip in whole]
last = real[-1].flatten() / 5, fake[-1].flatten() / 5
audio.play_all({"recording": last[0], "from 8 mel bands": last[1]}, sample_rate)

# %% tags=["skip-when-grading"]
torch.manual_seed(0)
mpd = discriminators.MultiPeriodDiscriminator(width=1 / 16)
msd = discriminators.MultiScaleDiscriminator(width=1 / 16)


def judge_all(y, y_hat):
    """Logits of all eight sub-discriminators for real and generated speech."""
    period_real, period_fake, _, _ = mpd(y, y_hat)
    scale_real, scale_fake, _, _ = msd(y, y_hat)
    return period_real + scale_real, period_fake + scale_fake

# %% tags=["skip-when-grading"]
def stretch_of_each(length=4096):
    """Real and generated stretches from the same places, each `(B, 1, length)`."""
    pairs = []
    for a, b in zip(real[:-1], fake[:-1]):
        t = int(torch.randint(a.shape[-1] - length, ()))
        pairs.append((a[..., t : t + length], b[..., t : t + length]))
    return [torch.cat(side) for side in zip(*pairs)]

# %% tags=["skip-when-grading"]
weights = [*mpd.parameters(), *msd.parameters()]
optimizer = torch.optim.AdamW(weights, lr=3e-3, betas=(0.8, 0.99))
history = {"discriminator": [], "generator": []}
for _ in range(4 if "EXERCISE_QUICK" in os.environ else 60):
    logits_real, logits_fake = judge_all(*stretch_of_each())
    loss = losses.discriminator_loss(logits_real, logits_fake)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    history["discriminator"].append(loss.item())
    history["generator"].append(losses.generator_loss(logits_fake).item())
figures.curves(history, ylabel="loss, sum of 8", title="only the discriminators learn");

# %% [markdown]
# **What to see.** Within ten steps both losses fall to what a score of 0.5 for everything costs
# (8 × 0.5 and 8 × 0.25). From there the discriminators start, slowly, to tell the two apart.

# %% tags=["skip-when-grading"]
with torch.no_grad():
    logits_real, logits_fake = judge_all(real[-1], fake[-1])
names = ["period 2", "period 3", "period 5", "period 7", "period 11"]
names += ["raw audio", "pooled once", "pooled twice"]
_, ax = plt.subplots(figsize=(7, 3.6), layout="constrained")
blue, orange = figures.colours.LINES[:2]
ax.plot([x.mean() for x in logits_real], names, "o", color=blue, label="recording")
ax.plot([x.mean() for x in logits_fake], names, "s", color=orange, label="generated")
ax.set(xlabel="mean score (1 real, 0 generated)", title="an utterance they have not seen")
ax.legend();

# %% [markdown]
# **What to see.** Every discriminator gives the recording the higher mean score, some only just. Sixty
# steps are a beginning; HiFi-GAN's train for millions.

# %% [markdown]
# ## TODO 4.7 · Periodicity
#
# Measure it instead of looking: how much is the waveform like itself $p$ samples later?
#
# $$ r(p) = \frac{\sum_t x_t \, x_{t+p}}{\sqrt{\sum_t x_t^2 \sum_t x_{t+p}^2}}, \quad
# t = 0 \ldots T-p-1 \tag{4.4} $$
#
# Silence, where the denominator is 0, has $r = 0$.

# %%
def periodicity(waveform, period):
    """Similarity (scalar tensor, -1 to 1) of a waveform `(samples,)` with itself later on."""
    ### BEGIN SOLUTION
    # TODO 4.7: the part without its last p samples, against the part without its first p
    now, later = waveform[:-period], waveform[period:]
    energy = (now.square().sum() * later.square().sum()).sqrt()
    return (now * later).sum() / energy.clamp(min=1e-12)
    ### END SOLUTION

# %%
check("period.periodicity", periodicity)

# %% tags=["skip-when-grading"]
periods = torch.arange(2, 260)
similarity = torch.stack([periodicity(voiced, int(p)) for p in periods])
pitch_period = int(periods[40:][similarity[40:].argmax()])
ax = figures.curves({"r(p)": similarity}, x=periods, xlabel="period (samples)", ylabel="r(p)")
for p in (2, 3, 5, 7, 11):
    ax.axvline(p, color=figures.colours.LINES[1], linewidth=1)
ax.set_title(f"pitch period {pitch_period} samples = {sample_rate / pitch_period:.0f} Hz");

# %% [markdown]
# **What to see.** The highest peak is at the pitch period, far to the right of HiFi-GAN's periods (2,
# 3, 5, 7, 11; thin lines). These do not look for the pitch: they look at the waveform through five
# different combs, and the strided layers then reach over many rows.

# %% [markdown]
# ## Question 4
#
# Suppose the periods were 2, 4, 8, 16, 32 instead of 2, 3, 5, 7, 11. What would MPD see less well,
# and why? Then: which discriminator, MPD or MSD, is better placed to notice that a voice's
# high-frequency detail is wrong?

# %% [markdown] question="prime-periods" points=2
# ### BEGIN SOLUTION
# The columns of period 4 are every second sample of the columns of period 2, and so on: the five
# would look at nested subsets of the same samples, so patterns between other samples (3, 5, 7 apart)
# are seen by none. Primes overlap as little as possible. MPD is better placed: it sees samples at
# the full rate, a comb for each phase, whereas pooling averages neighbours and removes high
# frequencies from two of MSD's three views (its raw view still has them).
#
# **Rubric.** 1 point: nested or overlapping views, primes cover different distances. 1 point: MPD,
# or MSD's raw scale, because average pooling is a low-pass filter.
# ### END SOLUTION
