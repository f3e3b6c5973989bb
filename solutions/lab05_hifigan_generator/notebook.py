# %% [markdown]
# # 05 · HiFi-GAN generator
#
# **Goal.** Build the generator, see how frames become samples and how far each part of it looks,
# and train it on real speech until you understand what it says.
#
# **Time:** about 140 minutes, 10 to 15 of them training
#
# **Needs:** TODOs 2.1 to 2.6 (mel), 3.1 to 3.5 (losses) and 4.1 to 4.3 (MPD) for TODO 5.7 and the
# training.
#
# You write `exercise_lib/generator.py` and one cell of this notebook.

# %%
# %load_ext autoreload
# %autoreload 2
import os
from pathlib import Path

import matplotlib.pyplot as plt
import soundfile
import torch

from exercise_lib import figures
from exercise_lib.speech import audio, data, plots
from exercise_lib.check import check

# %%
from exercise_lib import discriminators, generator, losses, mel

# %% tags=["skip-when-grading"]
corpus = data.SpeechCorpus(data.LOCAL_DATA / "mini")
sample_rate, mel_config = corpus.sample_rate, mel.MelConfig()
log_mel = audio.log_mel(corpus[3].waveform, mel_config)  # (n_mels, frames)
y = corpus[3].waveform[: log_mel.shape[1] * mel_config.hop_length]
plots.mel(log_mel, mel_config, title=f"in: {log_mel.shape[1]} frames of {len(log_mel)} bands")
plots.waveform(y, sample_rate, title=f"out: {len(y)} samples");

# %% [markdown]
# ## Sample by sample, or all at once
#
# [WaveNet](https://arxiv.org/abs/1609.03499) was the first neural vocoder: dilated *causal*
# convolutions predict each sample from all before it, so that 16 000 runs of the network make one
# second. What it says is good, and slow. A GAN's generator makes all samples in one run: Kong et al.
# measured 167 times real time on a GPU for V1.

# %% [markdown]
# ## From frames to samples
#
# Every mel frame has to become a hop of samples. The generator multiplies the length stage by
# stage:
#
# $$ \prod_{s} u_s = \text{hop} \tag{5.1} $$
#
# *Lecture and official code.* The slide "HiFi-GAN generator" says "upsamples $|k_u|$ times". $|k_u|$
# counts the stages; the factor is the product of their rates.

# %% tags=["skip-when-grading"]
sizes = {"V1": generator.V1, "V2": generator.V2, "V3": generator.V3, "LAPTOP": generator.LAPTOP}
for name, size in sizes.items():
    rates, last = " x ".join(map(str, size.upsample_rates)), size.istft_hop
    print(f"{name:6}  {len(size.upsample_rates)} stages: {rates}, inverse STFT x {last}", end="")
    print(f" = {size.hop_length} samples a frame")

# %% [markdown]
# ## TODO 5.1 · Upsampling
#
# A transposed convolution with stride $u$ and kernel $k$ writes $k$ samples for each one it reads,
# $u$ apart, and adds up where they overlap:
#
# $$ T_\text{out} = (T - 1) u - 2 \cdot \text{padding} + k \tag{5.2} $$
#
# Choose the padding that makes this $T u$, and halve the channels. Fill `upsampling` in
# `exercise_lib/generator.py`.

# %% [markdown]
# <details><summary>Hint 1</summary>
#
# Set (5.2) equal to $T u$ and solve for the padding.
#
# </details>
# <details><summary>Hint 2</summary>
#
# $\text{padding} = (k - u) / 2$, as an integer: `//`.
#
# </details>
# <details><summary>Hint 3</summary>
#
# `nn.ConvTranspose1d(channels, channels // 2, ...)`, then `weight_norm(initialised(...))`.
#
# </details>

# %%
check("generator.upsampling")

# %% tags=["skip-when-grading"]
torch.manual_seed(0)
up = generator.upsampling(2, kernel_size=16, rate=8)
written = {}
with torch.no_grad():
    for t in (2, 3):
        impulse = torch.zeros(1, 2, 6)
        impulse[..., t] = 1.0
        written[f"sample {t} writes"] = (up(impulse) - up(torch.zeros(1, 2, 6))).flatten()
ax = figures.curves(written, xlabel="output sample", ylabel="contribution")
ax.set_xticks(range(0, 49, 8));

# %% [markdown]
# **What to see.** Six samples become 48. Each writes 16, twice the stride (a grid line every 8), so
# that neighbours overlap by half and every output sample is made of two inputs. The shape of the
# kernel is still random.

# %% [markdown]
# ## TODO 5.2 · Residual block of V1
#
# After each upsampling, residual blocks shape the signal. Those of V1 and V2 hold pairs of
# convolutions, the first dilated by $d$, the second not ([Kong et al. 2020](https://arxiv.org/abs/2010.05646),
# official code; $\sigma$ is the leaky ReLU):
#
# $$ x \leftarrow x + \text{conv}_2(\sigma(\text{conv}_{1,d}(\sigma(x)))), \quad d = 1, 3, 5
# \tag{5.3} $$
#
# Fill `ResBlock1`: its layers and its `forward`.

# %% [markdown]
# <details><summary>Hint 1</summary>
#
# `convolution` above makes one; `convs1` has the dilations, `convs2` the dilation 1, one pair for
# each.
#
# </details>
# <details><summary>Hint 2</summary>
#
# The sum in (5.3) starts from what came into this pair, not into the block.
#
# </details>
# <details><summary>Hint 3</summary>
#
# `y = conv1(F.leaky_relu(x, SLOPE))`, the same with conv2 on y, then `x = x + y`.
#
# </details>

# %%
check("generator.ResBlock1")

# %% [markdown]
# ## TODO 5.3 · Residual block of V3
#
# V3 saves the second convolution of each pair and has two layers only:
#
# $$ x \leftarrow x + \text{conv}_{d}\left(\sigma(x)\right) \tag{5.4} $$
#
# Fill the `forward` of `ResBlock2`.

# %% [markdown]
# <details><summary>Hint 1</summary>
#
# One convolution for each step of the loop, its input goes through the leaky ReLU first.
#
# </details>
# <details><summary>Hint 2</summary>
#
# `x = x + conv(F.leaky_relu(x, SLOPE))`
#
# </details>

# %%
check("generator.ResBlock2")

# %% [markdown]
# ## TODO 5.4 · Receptive field
#
# How much of its input does one output depend on? From the first such sample to the last:
#
# $$ R = 1 + \sum_l (k - 1)\, d_l \tag{5.5} $$
#
# Fill `receptive_field`.

# %% [markdown]
# <details><summary>Hint 1</summary>
#
# Without layers an output depends on one input: itself.
#
# </details>
# <details><summary>Hint 2</summary>
#
# Each layer adds `(kernel_size - 1) * dilation`.
#
# </details>

# %%
check("generator.receptive_field")

# %% tags=["skip-when-grading"]
v3 = dict(zip(generator.V3.resblock_kernel_sizes, generator.V3.resblock_dilation_sizes))
plots.receptive_fields({f"kernel {k}": [(k, d) for d in ds] for k, ds in v3.items()})
for k, dilations in v3.items():
    x = torch.randn(1, 4, 201).requires_grad_()
    generator.ResBlock2(4, k, dilations)(x)[0, :, 100].sum().backward()
    seen = x.grad.abs().sum(1).flatten().nonzero().flatten()  # inputs with a gradient
    span = int(seen[-1] - seen[0]) + 1
    print(f"kernel {k}: R = {generator.receptive_field(k, dilations)}, by its gradient {span}")

# %% [markdown]
# **What to see.** The three blocks of V3, each with two layers. Wide dilations reach far with few
# weights, but leave gaps: the block of kernel 5 reads every second sample, that of kernel 7 every
# third. The narrow block fills them. Your formula and the gradient agree.

# %% [markdown]
# ## TODO 5.5 · Multi-receptive-field fusion
#
# The blocks of a stage stand side by side and all read the same $x$:
#
# $$ \text{MRF}(x) = \frac{1}{n} \sum_{j=1}^{n} \text{block}_j(x) \tag{5.6} $$
#
# *Lecture and official code.* The slide adds the features; the code divides by their number. Fill
# `fuse`.

# %% [markdown]
# <details><summary>Hint 1</summary>
#
# All blocks read the same x, not what the one before returned.
#
# </details>
# <details><summary>Hint 2</summary>
#
# Add up `block(x)` over the blocks, divide by `len(blocks)`.
#
# </details>

# %%
check("generator.fuse")

# %% [markdown]
# **Predict.** One and the same block stands in each of V1's four stages. Does it see more milliseconds
# of speech in stage 1 or in stage 4, and how many times as many?

# %% tags=["skip-when-grading"]
frame_rate = sample_rate / mel_config.hop_length
rates = frame_rate * torch.tensor(generator.V1.upsample_rates).cumprod(0)  # Hz, after each stage
layers = [d for dilation in (1, 3, 5) for d in (dilation, 1)]  # of a ResBlock1
fields = {f"kernel {k}": 1000 * generator.receptive_field(k, layers) / rates for k in (3, 7, 11)}
stages = [f"{i}\n{int(rate)} Hz" for i, rate in enumerate(rates, start=1)]
ax = figures.curves(fields, xlabel="stage and its rate", ylabel="receptive field (ms)")
ax.set(yscale="log", title="V1: one block of each stage")
ax.set_yticks([2, 5, 10, 20, 50, 100, 200], [2, 5, 10, 20, 50, 100, 200])
ax.set_xticks(range(len(stages)), stages);

# %% [markdown]
# <details><summary>Answer</summary>
#
# In stage 1, 32 times as many: it sees as many samples everywhere, and the rate is 500 Hz there, 16 000
# Hz in stage 4.
#
# </details>
#
# **What to see.** The same widest block sees a quarter of a second in stage 1, the length of a
# syllable, and 8 ms in stage 4, less than one period of a low voice. What each stage can shape
# follows from this.

# %% [markdown]
# ## TODO 5.6 · Generator
#
# Put it together (official code; $s$ is the log-mel):
#
# $$ h_0 = \text{conv}_\text{pre}(s), \quad h_i = \text{MRF}_i\left(\text{up}_i\left(\sigma(h_{i-1})
# \right)\right), \quad G(s) = \tau\left(\text{conv}_\text{post}\left(\sigma'(h_n)\right)\right)
# \tag{5.7} $$
#
# The last leaky ReLU, $\sigma'$, has slope 0.01. The end $\tau$ is tanh; where the configuration has an
# `istft_n_fft` (LAPTOP), it is the given `inverse_stft` instead. All blocks stand in one list, stage
# after stage. Fill the constructor and the `forward` of `Generator`; both ends are checked.

# %% [markdown]
# <details><summary>Hint 1</summary>
#
# `channels` is what comes into a stage; `upsampling` halves it, so halve it too before the blocks
# are made.
#
# </details>
# <details><summary>Hint 2</summary>
#
# The blocks of stage $i$ are `self.resblocks[i * n_blocks : (i + 1) * n_blocks]`; give them to your
# `fuse`.
#
# </details>
# <details><summary>Hint 3</summary>
#
# Leaky ReLU before each `up` (SLOPE) and before `conv_post` (LAST_SLOPE); `inverse_stft` if
# `config.istft_n_fft`, else tanh.
#
# </details>

# %%
check("generator.Generator")

# %% tags=["skip-when-grading"]
official = {"V1": 13_926_017, "V2": 925_985, "V3": 1_462_273}
for name, size in sizes.items():
    model = generator.Generator(size)
    model.remove_weight_norm()
    n = sum(weight.numel() for weight in model.parameters())
    print(f"{name:6} {n:>10,} weights   official {official.get(name, 0) or '-':>10}")

# %% [markdown]
# **What to see.** Your V1 to V3 have exactly the official weights, so official checkpoints load.
#
# LAPTOP stops upsampling at 4 000 Hz: its `conv_post` returns magnitude and phase of short frames,
# and an inverse STFT makes the last factor of 4
# ([iSTFTNet](https://arxiv.org/abs/2203.02395), Kaneko et al. 2022). A CPU trains it in
# minutes.

# %% [markdown]
# ## TODO 5.7 · The training step
#
# $D$ learns first, then $G$ against the new $D$, which judges again:
#
# $$ \partial \mathcal{L}_D / \partial \theta_G = 0, \qquad
# \partial \mathcal{L}_G / \partial \theta_G \neq 0 \tag{5.8} $$
#
# In $D$'s step the generated speech is detached. In $G$'s step it is not: the gradient flows
# through $D$ into $G$. On its way it leaves gradients in $D$, which the next `zero_grad` clears.

# %% [markdown]
# <details><summary>Hint 1</summary>
#
# A discriminator call returns logits and maps: real, fake, real, fake. `losses` has your three
# losses and their total.
#
# </details>
# <details><summary>Hint 2</summary>
#
# First `discriminator(y, y_hat.detach())`, its loss, `update(optimizer_d, ...)`.
#
# </details>
# <details><summary>Hint 3</summary>
#
# Then `discriminator(y, y_hat)` again; adversarial and matching losses and `mel_loss` into
# `generator_total`.
#
# </details>

# %%
def update(optimizer, loss):
    """Make one step of an optimizer on a loss."""
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()

# %%
def training_step(generator, discriminator, optimizer_g, optimizer_d, y, log_mel):
    """Update D with (3.1), then G with (3.5), on speech `(B, 1, T)`; return both losses' values."""
    y_hat = generator(log_mel(y.squeeze(1)))
    mel_loss = losses.mel_l1_loss(y.squeeze(1), y_hat.squeeze(1), log_mel)
    ### BEGIN SOLUTION
    # TODO 5.7: one update of D, then one of G; return both losses
    logits_real, logits_fake, _, _ = discriminator(y, y_hat.detach())
    loss_d = losses.discriminator_loss(logits_real, logits_fake)
    update(optimizer_d, loss_d)
    _, logits_fake, fmaps_real, fmaps_fake = discriminator(y, y_hat)
    matching = losses.feature_matching_loss(fmaps_real, fmaps_fake)
    loss_g = losses.generator_total(losses.generator_loss(logits_fake), matching, mel_loss)
    update(optimizer_g, loss_g)
    return loss_d.item(), loss_g.item()
    ### END SOLUTION

# %%
check("gan.training_step", training_step)

# %% [markdown]
# ## TODO 5.8 · Find the mistake
#
# Another way to upsample: stretch the signal, then smooth it with a convolution, which leaves no
# checkerboard. The shape is right. But a step in the middle of the input becomes several steps.
#
# **How to hunt.** Call it with `torch.arange(3.0).reshape(1, 1, -1)`, a rate of 2 and the kernel
# `torch.ones(1, 1, 1)`, and compare with what a stretched signal should be.

# %% [markdown]
# <details><summary>Hint 1</summary>
#
# Print `longer`. In which order do the samples stand, in which should they?
#
# </details>
# <details><summary>Hint 2</summary>
#
# Every sample is to be held for `rate` samples. `repeat` says the whole signal again; there is a
# method that repeats each element.
#
# </details>

# %%
def stretch(x, kernel, rate):
    """Upsample `(B, C, T)` to `(B, C_out, rate * T)` and smooth, kernel `(C_out, C, odd)`."""
    ### BEGIN SOLUTION
    # TODO 5.8: each sample should last `rate` samples
    longer = x.repeat_interleave(rate, dim=-1)
    reach = kernel.shape[-1] // 2
    padded = torch.nn.functional.pad(longer, (reach, reach), mode="replicate")
    return torch.nn.functional.conv1d(padded, kernel)
    ### HANDED OUT
    # longer = x.repeat(1, 1, rate)
    # reach = kernel.shape[-1] // 2
    # padded = torch.nn.functional.pad(longer, (reach, reach), mode="replicate")
    # return torch.nn.functional.conv1d(padded, kernel)
    ### END SOLUTION

# %%
check("mend.stretch", stretch)

# %% [markdown]
# ## Train for a minute
#
# Your step on half-second stretches of the six utterances, with one small MPD. The environment
# variable `EXERCISE_QUICK` shortens this training and the next to a few steps, to see whether they
# run.

# %% tags=["skip-when-grading"]
quick = "EXERCISE_QUICK" in os.environ
torch.manual_seed(0)
small, judge = generator.Generator(), discriminators.MultiPeriodDiscriminator(width=1 / 16)
optimizer_g, optimizer_d = (
    torch.optim.AdamW(model.parameters(), lr=1e-3, betas=(0.8, 0.99)) for model in (small, judge)
)
history = {"discriminator": [], "generator": []}
for _ in range(4 if quick else 100):
    starts = [int(torch.randint(len(item.waveform) - 8192, ())) for item in corpus]
    pieces = [item.waveform[t : t + 8192] for item, t in zip(corpus, starts)]
    batch = torch.stack(pieces).unsqueeze(1)  # (B, 1, T)
    both = training_step(small, judge, optimizer_g, optimizer_d, batch, mel.log_mel_spectrogram)
    history["discriminator"].append(both[0])
    history["generator"].append(both[1])

# %% tags=["skip-when-grading"]
ax = figures.curves(history, title="both learn")
ax.set_yscale("log")

# %% [markdown]
# **What to see.** The generator's loss falls to less than half; nearly all of it is 45 times the mel loss. Within
# fifteen steps the discriminator's falls to about 2.5, what a score of one half for everything costs
# (5 × 0.5). Only then does it begin, slowly, to tell real from generated.

# %% [markdown]
# ## Train for minutes
#
# `exercise_lib.train` does what a longer run needs: the whole corpus, a falling learning rate,
# checkpoints, and measurements on speech it has not trained on. It uses no discriminators: within
# minutes, your mel loss and a loss on spectrograms of four sizes
# ([Yamamoto et al. 2020](https://arxiv.org/abs/1910.11480)) teach more than they do.
#
# Stopped? Run the cell again: it goes on from the last checkpoint in `runs`.

# %% [markdown]
# The speech is read from `data/corpus`, or on a hub from `/coursedata`. The environment variable
# `EXERCISE_DATA` can name any other folder in LJSpeech layout. The same from a terminal:
#
# `python -m exercise_lib.train vocoder --folder runs/vocoder`

# %% tags=["skip-when-grading"]
from exercise_lib.train import train
from exercise_lib.models.vocoder_training import VocoderConfig

runs = Path("runs", "quick") if quick else Path("runs")
steps, evaluations = (2, 1) if quick else (1500, 4)
mine, my_log = train(
    "vocoder",
    runs / "vocoder",
    VocoderConfig(generator="laptop", steps=steps),
    evaluate_every=steps // evaluations,
)

# %% [markdown]
# ## Without upsampling
#
# [Vocos](https://arxiv.org/abs/2306.00814) (Siuzdak 2023) keeps all its layers at the frame rate, 62.5 Hz. Each frame becomes the
# spectrum of a window, and one inverse STFT makes the samples. It is given
# (`exercise_lib/models/vocos.py`); data, losses and settings are the same, and so is the time of a
# step, about.

# %% tags=["skip-when-grading"]
steps, evaluations = (2, 1) if quick else (2500, 5)
vocos, vocos_log = train(
    "vocoder",
    runs / "vocos",
    VocoderConfig(generator="vocos", steps=steps),
    evaluate_every=steps // evaluations,
)

# %% tags=["skip-when-grading"]
logs = {"your generator": my_log, "Vocos": vocos_log}
_, panels = plt.subplots(1, 2, figsize=(10, 3.4), layout="constrained")
for ax, name, label in zip(panels, ("mel_l1", "stoi"), ("mel loss (ln)", "STOI (0 to 1)")):
    for (who, log), colour in zip(logs.items(), figures.colours.LINES):
        measured = [(entry["step"], entry[name]) for entry in log]
        ax.plot(*zip(*measured), color=colour, marker="o", label=who)
    ax.set(xlabel="training step", ylabel=label, title="speech it has not seen")
    ax.legend()

# %% [markdown]
# **What to see.** Both learn, ever more slowly. Vocos needs fewer steps for the same sound: it has
# seven times as many weights, yet at 62.5 Hz a layer costs little.

# %% [markdown]
# ## Hear every stage
#
# The same sentence from the held-out set: the recording, Griffin-Lim from the same mel, your
# generator untrained and at every measurement, and Vocos at its end.

# %% tags=["skip-when-grading"]
recording = mine.held_out[0]
recording = recording[: len(recording) // 256 * 256]
log_mel = mel.log_mel_spectrogram(recording[None], mel_config)
untrained = generator.Generator()(log_mel).detach().flatten()
sounds = {
    "recording": recording,
    "Griffin-Lim, 32 rounds": audio.copy_synthesis(recording, mel_config, 32),
    "your generator, untrained": 0.1 * untrained / untrained.abs().max(),
}

# %% tags=["skip-when-grading"]
trained = {"your generator": ("vocoder", my_log), "Vocos": ("vocos", vocos_log[-1:])}
for name, (folder, log) in trained.items():
    for step in (entry["step"] for entry in log):
        path = runs / folder / "samples" / f"step-{step:06}.flac"
        samples, _ = soundfile.read(path, dtype="float32")
        sounds[f"{name}, {step} steps"] = torch.from_numpy(samples)
audio.play_all(sounds, sample_rate)

# %% tags=["skip-when-grading"]
last = f"your generator, {my_log[-1]['step']} steps"
shown = ["recording", "your generator, untrained", last, f"Vocos, {vocos_log[-1]['step']} steps"]
_, panels = plt.subplots(2, 2, figsize=(10, 5.6), layout="constrained", sharex=True, sharey=True)
for ax, name in zip(panels.flat, shown):
    log_mel = mel.log_mel_spectrogram(sounds[name][None], mel_config)
    plots.mel(log_mel[0], mel_config, ax, title=name)

# %% [markdown]
# **What to see and hear.** The untrained generator whistles at 4 000 Hz, the rate of its short
# frames. After a quarter of the steps a trace of this is left, and the words can be understood. At
# the end your generator is still rough: the fine stripes of the recording, the harmonics of its
# pitch, are blurred. Vocos draws them.

# %% [markdown]
# ## And the discriminators?
#
# The course comes with a Vocos that trained for 20 000 steps, and with the same after 1000 more
# against an MPD and an MSD (`data/pretrained`, on a hub `/coursedata/pretrained`). Can you hear them?

# %% tags=["skip-when-grading"]
from exercise_lib.models.pretrained import load_vocoder

log_mel = mel.log_mel_spectrogram(recording[None], mel_config)
with torch.no_grad():
    audio.play_all(
        {
            "recording": recording,
            "20 000 steps": load_vocoder()(log_mel).flatten(),
            "1000 adversarial": load_vocoder(name="vocoder-adversarial")(log_mel).flatten(),
        },
        sample_rate,
    )

# %% [markdown]
# **What to hear.** Hardly a difference, and the measures fall a little: PESQ compares with the
# recording, while a discriminator asks only whether it could be one. HiFi-GAN takes 2.5 million
# steps for what is heard in its samples.

# %% [markdown]
# ## Experiment
#
# Ungraded: what does a receptive field cost? Change one thing of LAPTOP, train "for a minute" again,
# and compare the generator's loss after 100 steps: one residual block instead of several, dilations of
# 1 only, or kernels of 3 only. Which one can it do without?

# %% tags=["skip-when-grading"]
import dataclasses

narrow = dataclasses.replace(generator.LAPTOP, resblock_kernel_sizes=(3,),
                             resblock_dilation_sizes=((1, 1),))
changed = generator.Generator(narrow)
print(sum(w.numel() for w in small.parameters()), "weights,", end=" ")
print(sum(w.numel() for w in changed.parameters()), "with a single narrow block a stage")

# %% [markdown]
# ## Question 5
#
# V1 upsamples by 8, 8, 2, 2. The order 2, 2, 8, 8 has the same hop. Assume that a stage costs its
# channels squared times its length, with 256, 128, 64 and 32 channels. Which order is cheaper,
# about how many times? And what could sound worse with it?

# %% [markdown] question="order-of-rates" points=2
# ### BEGIN SOLUTION
# Per frame the stages have 8, 64, 128 and 256 samples in the official order, 2, 4, 32 and 256 in
# the other. The costs are (256² · 8 + 128² · 64 + 64² · 128 + 32² · 256) = 2.36 million against
# (256² · 2 + 128² · 4 + 64² · 32 + 32² · 256) = 0.59 million: 2, 2, 8, 8 is four times cheaper.
# Its many channels, though, work at low rates only (125 and 250 Hz after two stages), and the fine
# structure within a pitch period is left to the last two stages with few channels. Upsampling
# by 8 that late leaves artefacts at the stage's rate that only one fusion can repair.
#
# **Rubric.** 1 point: 2, 2, 8, 8 is cheaper, by about a factor of four. 1 point: fine detail or
# high frequencies suffer, because the wide stages work at low rates or because late upsampling
# leaves artefacts.
# ### END SOLUTION
