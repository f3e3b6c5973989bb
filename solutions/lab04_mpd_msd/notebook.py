# %% [markdown]
# # 04 · Discriminators: MPD and MSD
#
# **Goal.** Build HiFi-GAN's two discriminators, see what a period does to a waveform, and train
# them for a quarter of a minute on real speech.
#
# **Time:** about 100 minutes
#
# **Needs:** TODOs 3.1 and 3.2 (the losses), for the training only.
#
# You write `exercise_lib/discriminators.py` and one cell of this notebook.

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
# A period discriminator sees the waveform cut into rows of $p$ samples ([Kong et al. 2020](https://arxiv.org/abs/2010.05646), section 2.3), the end reflect-padded where $p$ does not divide $T$:
#
# $$ F_{t,c} = x_{t p + c} \tag{4.1} $$
#
# Each column then holds every $p$-th sample. Fill `fold` in `exercise_lib/discriminators.py`.

# %% [markdown]
# <details><summary>Hint 1</summary>
#
# Does $p$ divide $T$? Only if not, samples are missing at the end.
#
# </details>
# <details><summary>Hint 2</summary>
#
# `F.pad(x, (0, n), mode="reflect")` pads the last axis on the right.
#
# </details>
# <details><summary>Hint 3</summary>
#
# $n = p - (T \bmod p)$, then `x.reshape(batch, channels, -1, period)`: rows are filled one after
# the other.
#
# </details>

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
# Five convolutions with kernel (5, 1) run down the columns, which never mix. The official channels
# are 32, 128, 512, 1024, 1024 and the strides (3, 1), the last (1, 1). Feature maps: all five after
# their leaky ReLU, and the raw output of `conv_post`.
#
# Fill `PeriodDiscriminator`: its layers and its `forward`.

# %% [markdown]
# <details><summary>Hint 1</summary>
#
# `sizes[i]` and `sizes[i + 1]` are the channels in and out of layer $i$; its stride is
# `strides[i]`.
#
# </details>
# <details><summary>Hint 2</summary>
#
# A kernel (5, 1) keeps the rows (but for the stride) with padding (2, 0); wrap each `nn.Conv2d` in
# `weight_norm`.
#
# </details>
# <details><summary>Hint 3</summary>
#
# In `forward`: `x = F.leaky_relu(conv(x), SLOPE)`, kept; then `conv_post`, kept without activation;
# logits are `x.flatten(1)`.
#
# </details>

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
# **What to see.** Before training: the first layer still follows the waveform. Layers 2 to 4 each have
# a third of the rows of the layer before (the second number above each panel), and more channels
# (the first). Layer 5 keeps both; the last one joins all channels into one score for each row.

# %% [markdown]
# ## TODO 4.3 · Multi-period discriminator
#
# MPD is one period discriminator for each of the primes 2, 3, 5, 7, 11 (slide "HiFi-GAN
# discriminators"). Each judges both signals and nothing is averaged:
#
# $$ \mathrm{MPD}(x, G(s)) = \left(D_p(x), D_p(G(s))\right)_{p \in \{2, 3, 5, 7, 11\}} \tag{4.2} $$
#
# Fill the `forward` of `MultiPeriodDiscriminator`.

# %% [markdown]
# <details><summary>Hint 1</summary>
#
# A discriminator returns logits and feature maps of one signal; there are two signals.
#
# </details>
# <details><summary>Hint 2</summary>
#
# In one loop over `self.discriminators`: append what it says of `y` to the real lists, of `y_hat`
# to the fake ones.
#
# </details>

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

# %% [markdown]
# <details><summary>Hint 1</summary>
#
# `c_in` is the channels so far: after each layer it is that layer's `c_out`.
#
# </details>
# <details><summary>Hint 2</summary>
#
# `norm(nn.Conv1d(c_in, c_out, kernel, stride, padding=..., groups=...))`; padding and groups stand
# above.
#
# </details>
# <details><summary>Hint 3</summary>
#
# `forward` is that of the period discriminator, without folding.
#
# </details>

# %%
check("discriminators.ScaleDiscriminator")

# %% tags=["skip-when-grading"]
torch.manual_seed(0)
judge = discriminators.ScaleDiscriminator(width=0.1)
with torch.no_grad():
    maps = {"recording": judge(y[..., stretch])[1], "Griffin-Lim": judge(y_hat[..., stretch])[1]}
plots.feature_maps(maps, duration=0.2);

# %% [markdown]
# **What to see.** Layers 2 to 5 make time coarser (the second number above each panel), by 2, 2, 4 and
# 4, with ever more channels from layer 3 on. Layers 6 and 7 keep both, and the last has one score for
# each 4 ms.

# %% [markdown]
# ## TODO 4.5 · Pooled scales
#
# Average pooling makes the coarser views, one out of the other (official code; `AvgPool1d(4, 2,
# padding=2)`, zeros count):
#
# $$ x^{(k+1)}_t = \tfrac14 \sum_{j=0}^{3} x^{(k)}_{2t + j - 2} \tag{4.3} $$
#
# Fill `pooled_scales`.

# %% [markdown]
# <details><summary>Hint 1</summary>
#
# Each scale is made of the one before it, not of x.
#
# </details>
# <details><summary>Hint 2</summary>
#
# `F.avg_pool1d(scales[-1], 4, 2, padding=2)`: by default zeros count.
#
# </details>

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

# %% [markdown]
# <details><summary>Hint 1</summary>
#
# `norm=` is an argument of `ScaleDiscriminator`; a list of three goes into an `nn.ModuleList` named
# `self.discriminators`.
#
# </details>
# <details><summary>Hint 2</summary>
#
# `forward` is that of MPD, but member $k$ gets scale $k$ of each signal.
#
# </details>
# <details><summary>Hint 3</summary>
#
# `zip(self.discriminators, pooled_scales(y), pooled_scales(y_hat))`
#
# </details>

# %%
check("discriminators.MultiScaleDiscriminator")

# %% [markdown]
# ## Train them
#
# The discriminators' half of GAN training, about 15 seconds. The generated speech is Griffin-Lim's,
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
# **What to see.** Within fifteen steps both losses come near what a score of 0.5 for everything costs
# (8 × 0.5 and 8 × 0.25). From there the discriminators start, slowly, to tell the two apart: their own
# loss goes on falling, the generator's does not.

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

# %% [markdown]
# <details><summary>Hint 1</summary>
#
# Both factors are parts of the same waveform, $p$ samples apart.
#
# </details>
# <details><summary>Hint 2</summary>
#
# `waveform[:-period]` and `waveform[period:]`
#
# </details>
# <details><summary>Hint 3</summary>
#
# Silence would divide 0 by 0: keep the denominator above a tiny number, `.clamp(min=1e-12)`.
#
# </details>

# %%
def periodicity(waveform, period):
    """Similarity (scalar tensor, -1 to 1) of a waveform `(samples,)` with itself later on."""
    ### BEGIN SOLUTION
    # TODO 4.7: r(p) of equation 4.4
    now, later = waveform[:-period], waveform[period:]
    energy = (now.square().sum() * later.square().sum()).sqrt()
    return (now * later).sum() / energy.clamp(min=1e-12)
    ### END SOLUTION

# %%
check("period.periodicity", periodicity)

# %% [markdown]
# **Predict.** Where is $r(p)$ highest, from $p = 2$ to 259: at HiFi-GAN's small periods (2, 3, 5, 7,
# 11), or at the pitch period?

# %% tags=["skip-when-grading"]
periods = torch.arange(2, 260)
similarity = torch.stack([periodicity(voiced, int(p)) for p in periods])
pitch_period = int(periods[40:][similarity[40:].argmax()])
ax = figures.curves({"r(p)": similarity}, x=periods, xlabel="period (samples)", ylabel="r(p)")
for p in (2, 3, 5, 7, 11):
    ax.axvline(p, color=figures.colours.LINES[1], linewidth=1)
ax.set_title(f"pitch period {pitch_period} samples = {sample_rate / pitch_period:.0f} Hz");

# %% [markdown]
# <details><summary>Answer</summary>
#
# At $p = 2$: neighbouring samples are nearly alike. It says nothing about the voice.
#
# </details>
#
# **What to see.** Of the peaks, the one at the pitch period is the highest, far to the right of
# HiFi-GAN's periods (thin lines); the smaller ones are a resonance of the mouth. MPD does not look for
# the pitch: it sees the waveform through five different combs, and its strided layers reach over many
# rows.

# %% [markdown]
# ## TODO 4.8 · Find the mistake
#
# This should give the largest sample of each column of the fold, whatever the length. Where the period
# divides the length it does. Elsewhere the peaks are right, but stand in the wrong columns.
#
# **How to hunt.** Fold `torch.arange(7.0)[None]` with period 3 on paper, then print `rows`.

# %% [markdown]
# <details><summary>Hint 1</summary>
#
# Column $c$ holds $x_c, x_{p+c}, \ldots$: where must $x_0$ stand?
#
# </details>
# <details><summary>Hint 2</summary>
#
# The last row is the one that is not full. On which side does `pad` fill up?
#
# </details>

# %%
def column_peaks(waveform, period):
    """Largest |x| in each column of the fold: `(B, samples)` -> `(B, period)`."""
    ### BEGIN SOLUTION
    # TODO 4.8: sample 0 should stand in column 0, also where the period does not divide the length
    missing = -waveform.shape[-1] % period
    padded = torch.nn.functional.pad(waveform, (0, missing))
    rows = padded.unflatten(-1, (-1, period))
    return rows.abs().amax(dim=1)
    ### HANDED OUT
    # missing = -waveform.shape[-1] % period
    # padded = torch.nn.functional.pad(waveform, (missing, 0))
    # rows = padded.unflatten(-1, (-1, period))
    # return rows.abs().amax(dim=1)
    ### END SOLUTION

# %%
check("mend.column_peaks", column_peaks)

# %% [markdown]
# ## Discriminators of spectrograms
#
# A third kind judges the **complex STFT**: real and imaginary part are two channels of a picture, on
# which 2-D convolutions run, for several window lengths. MSD hears the coarse shape, MPD the periods,
# this one each frequency by itself, with its phase: whistles at the rate of a stage cannot hide.
# [EnCodec](https://arxiv.org/abs/2210.13438) trains with it alone; a later lab on EnCodec builds it.

# %% [markdown]
# ## Experiment
#
# Ungraded: vary what the discriminators see, and look at the mean scores above again. Give MPD the
# nested periods of question 4, `(2, 4, 8, 16, 32)`; let them train on 16 mel bands instead of 8 (a
# better forgery); or leave MSD out. Which change costs most?

# %% tags=["skip-when-grading"]
nested = discriminators.MultiPeriodDiscriminator(width=1 / 16, periods=(2, 4, 8, 16, 32))
with torch.no_grad():
    logits_real, logits_fake, _, _ = nested(real[-1], fake[-1])
print("untrained:", *(f"{float((a.mean() - b.mean()).abs()):.3f}" for a, b in
                      zip(logits_real, logits_fake)))

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
