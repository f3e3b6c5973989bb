# %% [markdown]
# # 03 · HiFi-GAN losses
#
# **Goal.** Write the losses that train HiFi-GAN, on the formulas of the lecture, and see what each
# of them tells the generator.
#
# **Time:** about 75 minutes
#
# **Needs:** TODOs 2.1 to 2.6 (the log-mel), for the figures from 3.4 on; no check needs them.
#
# You write `exercise_lib/losses.py` and one cell of this notebook. Both import what they need: `torch`
# and `torch.nn.functional as F`.

# %%
# %load_ext autoreload
# %autoreload 2
import matplotlib.pyplot as plt
import torch
import torch.nn.functional as F

from exercise_lib import figures
from exercise_lib.speech import audio, data, plots, widgets
from exercise_lib.check import check

# %%
from exercise_lib import losses, mel

# %% tags=["skip-when-grading"]
corpus = data.SpeechCorpus(data.LOCAL_DATA / "mini")
sample_rate, config = corpus.sample_rate, mel.MelConfig()
n_samples = len(corpus[2].waveform) // config.hop_length * config.hop_length
y = corpus[2].waveform[:n_samples]
copies = {n: audio.copy_synthesis(y, config, n) for n in (1, 4, 16, 32)}
y_hat = copies[16]
audio.play_all({"recording": y, "Griffin-Lim": y_hat, "after 1 iteration": copies[1]}, sample_rate)

# %% [markdown]
# Griffin-Lim stands in for a generator: the log-mel of the recording goes in, a waveform that is
# nearly right comes out. More iterations, a better "generator".
#
# From here on $x$ is real speech (`y` in the code) and $G(s)$ generated speech (`y_hat`).

# %% [markdown]
# ## TODO 3.1 · Discriminator loss
#
# The [least-squares GAN](https://arxiv.org/abs/1611.04076) of the slide "HiFi-GAN loss functions": real speech should score 1,
# generated speech 0.
#
# $$ \mathcal{L}_\text{Adv}(D; G) = \mathbb{E}\left[(D(x) - 1)^2 + D(G(s))^2\right] \tag{3.1} $$
#
# [HiFi-GAN](https://arxiv.org/abs/2010.05646) has eight sub-discriminators; their losses (each a mean over its logits) are summed. Fill
# `discriminator_loss`.

# %% [markdown]
# <details><summary>Hint 1</summary>
#
# For one sub-discriminator: two means, of $(D(x) - 1)^2$ and of $D(G(s))^2$. Sub-discriminators
# differ in how many logits they have, so each has means of its own.
#
# </details>
# <details><summary>Hint 2</summary>
#
# Walk through both lists together, `zip(real_logits, fake_logits)`, and add to `loss`.
#
# </details>

# %%
check("losses.discriminator_loss")

# %% tags=["skip-when-grading"]
scores = torch.linspace(-0.5, 1.5, 81)
one = torch.ones(1, 1)
falling_for_it = [losses.discriminator_loss([one], [score * one]) for score in scores]
doubting_all = [losses.discriminator_loss([0 * one], [score * one]) for score in scores]
lines = {"D(x) = 1": torch.stack(falling_for_it), "D(x) = 0": torch.stack(doubting_all)}
figures.curves(lines, x=scores, xlabel="D(G(s))", ylabel="discriminator loss");

# %% [markdown]
# **What to see.** Two parabolas, lowest where generated speech scores 0. Calling real speech fake
# costs 1 more, whatever the fake scores.

# %% [markdown]
# ## TODO 3.2 · Generator loss
#
# The generator wants its speech to score 1:
#
# $$ \mathcal{L}_\text{Adv}(G; D) = \mathbb{E}\left[(D(G(s)) - 1)^2\right] \tag{3.2} $$
#
# Fill `generator_loss`: again one mean for each sub-discriminator, and their sum.

# %% [markdown]
# <details><summary>Hint 1</summary>
#
# Only the fake logits count. A mean for each tensor of the list, then the sum.
#
# </details>
# <details><summary>Hint 2</summary>
#
# Begin with `torch.zeros(())`, a scalar; an empty list is the `ValueError`.
#
# </details>

# %%
check("losses.generator_loss")

# %% tags=["skip-when-grading"]
widgets.loss_explorer(losses.discriminator_loss, losses.generator_loss)

# %% [markdown]
# **What to see.** Move D(G(s)) from 0 to 1: the generator's loss falls while the discriminator's
# rises. At 0.5 and 0.5, where the discriminator can't tell, the losses are 0.50 and 0.25.

# %% [markdown]
# A small discriminator, so that there is something to differentiate: three strided convolutions,
# not trained. Notebook 04 builds the real ones.

# %% tags=["skip-when-grading"]
torch.manual_seed(0)
layers = [torch.nn.Conv1d(c, 16, 15, stride=4) for c in (1, 16, 16)]


def small_discriminator(y, y_hat):
    """Logits and feature maps of both, as HiFi-GAN's discriminators return them."""
    feature_maps = [[], []]
    for maps, h in zip(feature_maps, (y, y_hat)):
        for layer in layers:
            h = F.leaky_relu(layer(h), 0.1)
            maps.append(h)
    logits = [[maps[-1].mean(1)] for maps in feature_maps]
    return logits[0], logits[1], [feature_maps[0]], [feature_maps[1]]

# %% [markdown]
# ## TODO 3.3 · Feature matching
#
# Generated speech should look like real speech inside the discriminator, layer by layer, as in
# [MelGAN](https://arxiv.org/abs/1910.06711) ($T$ layers, $N_i$ values in layer $i$):
#
# $$ \mathcal{L}_\text{FM}(G; D) = \mathbb{E}\left[\sum_{i=1}^{T} \tfrac{1}{N_i} \|D^i(x) -
# D^i(G(s))\|_1 \right] \tag{3.3} $$
#
# Fill `feature_matching_loss`; sum over sub-discriminators too. The generated maps need their
# gradient; the real ones may have theirs or not.

# %% [markdown]
# <details><summary>Hint 1</summary>
#
# Two loops, one in the other: over sub-discriminators, and over the layers of each.
#
# </details>
# <details><summary>Hint 2</summary>
#
# Each pair of maps adds the mean of `torch.abs(real - fake)`. `check_paired(layers_real,
# layers_fake)` raises the errors.
#
# </details>

# %% [markdown]
# *Lecture and official code.* $1/N_i$ is a mean. The code doubles this loss: the weight
# $\lambda_\text{FM} = 2$, which the slide leaves out. The slide matches "hidden activations"; the
# code matches the logits as well, since they are the last feature map.

# %%
check("losses.feature_matching_loss")

# %% tags=["skip-when-grading"]
loudest = int(y.square().unfold(0, 1600, 400).mean(-1).argmax()) * 400
pair = [signal[loudest : loudest + 1600].reshape(1, 1, -1) for signal in (y, y_hat)]  # 0.1 s
with torch.no_grad():
    _, logits_fake, real_maps, fake_maps = small_discriminator(*pair)
print("feature matching loss", losses.feature_matching_loss(real_maps, fake_maps).item())
maps = {"recording": real_maps[0], "Griffin-Lim": fake_maps[0]}
plots.feature_maps(maps, duration=0.1);

# %% [markdown]
# **What to see.** A tenth of a second, most of it the vowel of *white*. In the first layer, even random
# filters show its pitch pulses, 9 ms apart. The copy has them too, but blurred. Feature matching asks
# for the same picture, value by value.

# %% [markdown]
# ## TODO 3.4 · Mel loss
#
# The one loss that compares sound with sound; $\phi$ is the log-mel spectrogram of notebook 02:
#
# $$ \mathcal{L}_\text{Mel}(G) = \mathbb{E}\left[\|\phi(x) - \phi(G(s))\|_1\right] \tag{3.4} $$
#
# Fill `mel_l1_loss`. *Lecture and official code:* the slide writes a norm, a sum; the code takes
# the mean over bands and frames. Take the mean.

# %% [markdown]
# <details><summary>Hint 1</summary>
#
# `log_mel` is a function that you are given: call it on both waveforms.
#
# </details>
# <details><summary>Hint 2</summary>
#
# Then the mean of the absolute difference. Waveforms of different shapes are the `ValueError`:
# broadcasting would hide it.
#
# </details>

# %%
check("losses.mel_l1_loss")

# %% tags=["skip-when-grading"]
by_iteration = [
    losses.mel_l1_loss(y[None], copy[None], mel.log_mel_spectrogram) for copy in copies.values()
]
ax = figures.curves(
    {"mel loss": torch.stack(by_iteration)},
    x=list(copies),
    xlabel="Griffin-Lim iterations",
    ylabel="mean |difference| of ln magnitude",
)
ax.set(xscale="log", ylim=(0, None))
ax.set_xticks(list(copies), list(copies));

# %% [markdown]
# **What to see.** The better the "generator", the lower its mel loss. It never gets to 0: no
# waveform has exactly the magnitudes that the mel bands were spread back to.

# %% [markdown]
# ## TODO 3.5 · The generator's total
#
# The slide leaves the weights out; the official code has
#
# $$ \mathcal{L}_G = \sum_{k=1}^{K} \left[ \mathcal{L}_\text{Adv}(G; D_k) + \lambda_\text{FM}
# \mathcal{L}_\text{FM}(G; D_k) \right] + \lambda_\text{Mel} \mathcal{L}_\text{Mel}(G) \tag{3.5} $$
#
# with $K = 8$ sub-discriminators, $\lambda_\text{FM} = 2$ and $\lambda_\text{Mel} = 45$. Fill
# `generator_total`.

# %% [markdown]
# <details><summary>Hint 1</summary>
#
# A sum of three, two of them with a weight.
#
# </details>
# <details><summary>Hint 2</summary>
#
# Before it, the checks: a negative weight, and a term whose `ndim` is not 0.
#
# </details>

# %% [markdown]
# **Predict.** Which of the three parts of (3.5) will be the largest here: (a) adversarial, (b) feature
# matching with its 2, (c) mel with its 45?

# %%
check("losses.generator_total")

# %% tags=["skip-when-grading"]
adversarial = losses.generator_loss(logits_fake)
matching = losses.feature_matching_loss(real_maps, fake_maps)
mel_loss = losses.mel_l1_loss(y[None], y_hat[None], mel.log_mel_spectrogram)
total = losses.generator_total(adversarial, matching, mel_loss)
parts = {"adversarial": adversarial, "2 x matching": 2 * matching, "45 x mel": 45 * mel_loss}
_, ax = plt.subplots(figsize=(7, 2.4), layout="constrained")
ax.barh(list(parts), [float(part) for part in parts.values()], color=figures.colours.LINES[0])
ax.set(xlabel="contribution to the generator's loss", title=f"total {float(total):.2f}");

# %% [markdown]
# **What to see.** The bars add up to the total. The adversarial loss is near 1: this discriminator's
# scores are near 0, whatever it hears.

# %% [markdown]
# <details><summary>Answer</summary>
#
# (c), seven eighths of the total: the mel loss pulls the generator to roughly right speech. Feature
# matching hardly counts here, since one small untrained discriminator stands in for eight trained
# ones.
#
# </details>

# %% [markdown]
# ## TODO 3.6 · The discriminator's step
#
# Training alternates. In the discriminator's step only $D$ learns, so no gradient may flow back
# into the generator:
#
# $$ \partial \mathcal{L}_\text{Adv}(D; G) \,/\, \partial G(s) = 0 \tag{3.6} $$
#
# A discriminator takes `(y, y_hat)` and returns four lists: logits of `y`, logits of `y_hat`, and
# the feature maps of both.

# %% [markdown]
# <details><summary>Hint 1</summary>
#
# Where must the gradient stop? Between the generator's output and the discriminator, so `y_hat`
# goes in without its history.
#
# </details>
# <details><summary>Hint 2</summary>
#
# `y_hat.detach()`: not the logits, or the discriminator would not learn from them.
#
# </details>

# %%
def discriminator_step_loss(discriminator, y, y_hat):
    """Loss (3.1) of a discriminator on real `y` and generated `y_hat`, both `(B, 1, T)`."""
    ### BEGIN SOLUTION
    # TODO 3.6: loss (3.1) with your discriminator_loss, and (3.6)
    logits_real, logits_fake, _, _ = discriminator(y, y_hat.detach())
    return losses.discriminator_loss(logits_real, logits_fake)
    ### END SOLUTION

# %%
check("gan.discriminator_step_loss", discriminator_step_loss)

# %% tags=["skip-when-grading"]
generated = y_hat.reshape(1, 1, -1).clone().requires_grad_()
loss = discriminator_step_loss(small_discriminator, y.reshape(1, 1, -1), generated)
loss.backward()
print("discriminator loss", round(loss.item(), 3))
print("gradient of its first layer", layers[0].weight.grad.norm())
print("gradient of the generated speech", generated.grad)

# %% [markdown]
# **What to see.** The discriminator's weights have a gradient; the generated speech has `None`.

# %% [markdown]
# ## TODO 3.7 · Find the mistake
#
# Somebody is tired of choosing $\lambda$: this sum weights feature matching and mel loss so that each
# counts as much as the adversarial loss. The value is right. But a generator trained with it learns
# from the adversarial loss alone.
#
# **How to hunt.** Make three scalars with `requires_grad_()`, call `backward()` on the total, and print
# their gradients.

# %% [markdown]
# <details><summary>Hint 1</summary>
#
# Which gradients are 0? Write `weight * loss` out on paper: what is left of the loss?
#
# </details>
# <details><summary>Hint 2</summary>
#
# The weight is a number to scale by. As it stands it is a function of the loss, and undoes it.
# Which tensor must be cut off the graph, so that the weight is a constant for all three losses?
#
# </details>

# %%
def balanced_total(adversarial, matching, mel):
    """Sum of three scalar losses, the last two scaled to count as much as the first."""
    ### BEGIN SOLUTION
    # TODO 3.7: the value is right; matching and mel should have a gradient as well
    total = adversarial
    for loss in (matching, mel):
        weight = (adversarial / loss.clamp(min=1e-8)).detach()
        total = total + weight * loss
    return total
    ### HANDED OUT
    # total = adversarial
    # for loss in (matching, mel):
    #     weight = adversarial / loss.clamp(min=1e-8)
    #     total = total + weight * loss
    # return total
    ### END SOLUTION

# %%
check("mend.balanced_total", balanced_total)

# %% [markdown]
# ## Experiment
#
# What does the mel loss notice, and what does a difference of samples? Guess the order of the four
# before you run it; then try your own: a filter, a click, another sentence. Which of them does an ear
# notice?

# %% tags=["skip-when-grading"]
noise = 0.003 * torch.randn(len(y), generator=torch.Generator().manual_seed(0))
changed = {"half as loud": y / 2, "upside down": -y, "10 ms late": y.roll(160), "hiss": y + noise}
for name, signal in changed.items():
    mel_loss = losses.mel_l1_loss(y[None], signal[None], mel.log_mel_spectrogram)
    print(f"{name:12}  mel loss {mel_loss:.2f}   samples {(y - signal).abs().mean():.4f}")
audio.play_all({"recording": y, **changed}, sample_rate)

# %% [markdown]
# ## Question 3
#
# Suppose the discriminator always wins: $D(x) = 1$ and $D(G(s)) = 0$ everywhere, also near the
# generated speech. What are (3.1) and (3.2) then for one sub-discriminator? Can the generator still
# learn, and from which losses?

# %% [markdown] question="winning-discriminator" points=2
# ### BEGIN SOLUTION
# The discriminator's loss is 0 and the generator's 1. Where $D$ is flat, its gradient with respect
# to the generated speech is 0, so the adversarial loss gives no direction (the factor
# $2(D(G(s)) - 1)$ alone is not 0: least squares does not saturate, the flat discriminator does).
# The mel loss does not involve $D$ and still teaches; feature matching teaches as far as the hidden
# layers still change with their input.
#
# **Rubric.** 1 point: losses 0 and 1, and no adversarial gradient through a flat $D$. 1 point: the
# mel loss still teaches (feature matching too, if the answer says why).
# ### END SOLUTION
