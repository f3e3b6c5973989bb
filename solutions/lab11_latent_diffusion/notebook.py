# %% [markdown]
# # 11 · Latent diffusion
#
# **Goal.** Paint what a sentence says: a latent space, noise in it, a network that undoes noise and asks the
# words, guidance and a sampler; and count how many prompts are followed, and where each word was heard.
#
# **Time:** about 200 minutes
#
# **Needs:** nothing of earlier notebooks.
#
# You write `exercise_lib/diffusion.py` and two cells of this notebook. All import what they need: `torch`
# and `torch.nn.functional as F`.

# %%
# %load_ext autoreload
# %autoreload 2
import dataclasses
import json
import os
from pathlib import Path

import torch
import torch.nn.functional as F

from exercise_lib import figures
from exercise_lib.check import check
from exercise_lib.images import captions, diffusion_plots, oracle, plots, render, scenes

# %%
from exercise_lib import diffusion

# %% [markdown]
# ## TODO 11.1 · What the latent space saves
#
# Stable Diffusion 1 ([Rombach et al. 2022](https://arxiv.org/abs/2112.10752), slide "Latent diffusion for image
# synthesis") paints 512 x 512 pixels of three colours, but works on latents of 64 x 64 places with 4 channels:
# shorter by a *factor* of 8 along both axes. Return how many times fewer numbers it has, and how many times fewer
# pairs of places, which attend to each other:
#
# $$ r = \frac{\text{numbers of the picture}}{\text{numbers of the latent}}, \qquad
# p = \frac{(\text{places of the picture})^2}{(\text{places of the latent})^2} \tag{11.1} $$

# %% [markdown]
# <details><summary>Hint 1</summary>
#
# A latent has `(side / factor)^2` places, of `channels` numbers each.
#
# </details>
# <details><summary>Hint 2</summary>
#
# Every place with every place: pairs are the square of places. `side` cancels in both.
#
# </details>

# %%
def smaller(side, factor, channels):
    """How many times fewer numbers a latent has than its picture, and pairs of places."""
    ### BEGIN SOLUTION
    # TODO 11.1: both ratios, picture by latent
    numbers = 3 * factor**2 / channels
    pairs = factor**4
    return numbers, pairs
    ### END SOLUTION

# %%
check("slide.smaller", smaller)

# %% tags=["skip-when-grading"]
for name, *sizes in (("Stable Diffusion 1", 512, 8, 4), ("here", 32, 4, 8)):
    numbers, pairs = smaller(*sizes)
    print(f"{name}: {numbers:.0f} times fewer numbers, {pairs} times fewer pairs of places")
shown = render.render(scenes.draw_scenes(8, 21, scenes.NURSERY))
plots.sheet(shown);

# %% [markdown]
# ## TODO 11.2 · KL divergence
#
# The encoder of a *variational autoencoder* gives a normal distribution for each number of the latent: mean
# $\mu$ and $\ln \sigma^2$. A small weight on how far they are from N(0, 1) keeps latents near 0 and without
# gaps ([Kingma and Welling 2014](https://arxiv.org/abs/1312.6114), appendix B):
#
# $$ \text{KL} = \tfrac{1}{2} \sum_j \big(\mu_j^2 + \sigma_j^2 - 1 - \ln \sigma_j^2\big) \tag{11.2} $$
#
# The sum is over all numbers of a picture; return the mean over the batch. Fill `kl` in
# `exercise_lib/diffusion.py`.

# %% [markdown]
# <details><summary>Hint 1</summary>
#
# `log_variance` is the last term; its `.exp()` is the variance.
#
# </details>
# <details><summary>Hint 2</summary>
#
# `.flatten(1).sum(1)` leaves one number for each picture.
#
# </details>

# %%
check("diffusion.kl")

# %% [markdown]
# ## TODO 11.3 · Reparametrisation
#
# The decoder gets a latent that is *drawn*. Drawing has no gradient; written with noise from outside,
# $\epsilon \sim$ N(0, 1), it has:
#
# $$ z = \mu + \sigma \epsilon \tag{11.3} $$
#
# Fill `reparametrise`.

# %% [markdown]
# <details><summary>Hint 1</summary>
#
# What is $\sigma$, if $\ln \sigma^2$ is given? A half, then an exponential.
#
# </details>
# <details><summary>Hint 2</summary>
#
# `(0.5 * log_variance).exp()`
#
# </details>

# %%
check("diffusion.reparametrise")

# %% [markdown]
# Train: encoder and decoder begin as the principal components of patches of 4 x 4 pixels, which
# convolutions correct (`exercise_lib/images/vae.py`). 8 channels, 8 x 8 places; half a minute on one core.

# %% tags=["skip-when-grading"]
from exercise_lib.images.vae import Vae, VaeSize, load_vae
from exercise_lib.images.vae_training import VaeConfig, examine
from exercise_lib.train import train

quick = "EXERCISE_QUICK" in os.environ
vae_config = VaeConfig(steps=4, batch=8, scenes=30) if quick else VaeConfig()
vae_folder = Path("runs") / ("vae-quick" if quick else "vae")
vae_task, vae_log = train("vae", vae_folder, vae_config, evaluate_every=75)
live_vae, vae = vae_task.network.eval(), load_vae()

# %% tags=["skip-when-grading"]
some = scenes.draw_scenes(20 if quick else 200, 22, scenes.NURSERY)


def linear(channels):
    """Patches' principal components, with nothing learned."""
    model = Vae(VaeSize(latents=channels))
    model.begin_from(render.render(scenes.draw_scenes(500, 0)) / 255)
    return model.eval()


networks = {f"linear, {n} channels": linear(n) for n in (4, 8, 16)}
networks |= {"trained here, 8 channels": live_vae, "kept, 8 channels": vae}
for name, model in networks.items():
    print(f"{name:25}", {key: round(value, 2) for key, value in examine(model, some).items()})
plots.sheet(torch.cat([shown / 255] + [it.draw(it.latents(shown)) for it in networks.values()]));

# %% [markdown]
# **What to see.** From the top: pictures; linear codes of 4, 8, 16 channels; trained here; kept. Four channels
# lose the outlines, and the oracle reads two thirds of the scenes. With eight, what is learned gains 3 dB in half a
# minute, and takes the fringes off; sixteen need no learning. Stable Diffusion went from 4 channels to 16 in its
# third version.

# %% [markdown]
# ## TODO 11.4 · Scale of the latents
#
# Noise will have variance 1, so latents should have it too, or "half noise" means something else. One number
# for all channels does that; in Stable Diffusion 1 it is 0.18215:
#
# $$ s = 1 / \text{std}(z) \tag{11.4} $$
#
# Fill `latent_scale`.

# %% [markdown]
# <details><summary>Hint 1</summary>
#
# One standard deviation, over all numbers of all pictures.
#
# </details>
# <details><summary>Hint 2</summary>
#
# `latents.std()` without arguments.
#
# </details>

# %%
check("diffusion.latent_scale")

# %% tags=["skip-when-grading"]
unscaled = vae.encode(render.render(some) / 255)[0].detach()
scale = float(diffusion.latent_scale(unscaled))
print(f"scale of these: {scale:.3f}, kept: {float(vae.scale):.3f}")
latents = vae.latents(render.render(some))
print("standard deviation of channels:", [round(float(it), 2) for it in latents.std((0, 2, 3))])

# %% [markdown]
# ## TODO 11.5 · Schedule
#
# Noise comes in $T$ small portions of variance $\beta_t$. What is left of the signal's variance is
# $\bar\alpha_t$ ([Ho et al. 2020](https://arxiv.org/abs/2006.11239)); in Stable Diffusion the *roots* of
# $\beta$ lie on a line:
#
# $$ \beta_t = \Big(\sqrt{\beta_0} + \tfrac{t}{T - 1} \big(\sqrt{\beta_{T-1}} - \sqrt{\beta_0}\big)\Big)^2,
# \qquad \bar\alpha_t = \prod_{s=0}^{t} (1 - \beta_s) \tag{11.5} $$
#
# Fill `alpha_bars`.

# %% [markdown]
# <details><summary>Hint 1</summary>
#
# `torch.linspace(a, b, n)` is a line of `n` values that ends at `b`.
#
# </details>
# <details><summary>Hint 2</summary>
#
# `.cumprod(0)` multiplies up.
#
# </details>

# %%
check("diffusion.alpha_bars")

# %% [markdown]
# ## TODO 11.6 · Noising
#
# So $z_t$ follows from $z_0$ in one step, at any time:
#
# $$ z_t = \sqrt{\bar\alpha_t}\, z_0 + \sqrt{1 - \bar\alpha_t}\, \epsilon \tag{11.6} $$
#
# In training, each picture of a batch has its own time. Fill `add_noise`.

# %% [markdown]
# <details><summary>Hint 1</summary>
#
# `(B,)` times `(B, C, h, w)` lines up the *last* axes. Give it three more.
#
# </details>
# <details><summary>Hint 2</summary>
#
# `alpha_bar[:, None, None, None]` is `(B, 1, 1, 1)`.
#
# </details>

# %%
check("diffusion.add_noise")

# %% tags=["skip-when-grading"]
levels = diffusion.alpha_bars(1000)
times = [0, 100, 200, 300, 400, 500, 700, 999]
one = vae.latents(shown[:1]).expand(8, -1, -1, -1)
noise = torch.randn(8, 3, 32, 32, generator=torch.Generator().manual_seed(0))
in_pixels = diffusion.add_noise(shown[:1].expand(8, -1, -1, -1) / 127.5 - 1, noise, levels[times])
of_latents = noise.reshape(8, -1)[:, :512].reshape(one.shape)
in_latents = diffusion.add_noise(one, of_latents, levels[times])
rows = [(in_pixels + 1).clamp(0, 2) / 2, vae.draw(in_latents)]
names = [f"t = {t}, left: {levels[t]:.2f}" for t in times]
plots.sheet(torch.cat(rows), [""] * 8 + names);

# %% [markdown]
# **What to see.** Above noise in pixels, below the same share of it in latents, decoded. In pixels it is grain. Of a
# latent each number stands for a patch, so noise comes in patches of wrong colours, as if somebody had painted
# something else. At $t = 500$ the star can be guessed in both; at 999 nothing is left.

# %% [markdown]
# ## TODO 11.7 · Loss
#
# A network predicts the noise, from $z_t$, $t$ and the words $c$. Stable Diffusion's loss is the mean square
# of what it misses; weights $w_b$ are 1 there:
#
# $$ L = \frac{1}{B} \sum_b w_b \, \text{mean}\, \big(\epsilon_b - \epsilon_\theta(z_{t_b}, t_b, c_b)\big)^2
# \tag{11.7} $$
#
# Fill `diffusion_loss`.

# %% [markdown]
# <details><summary>Hint 1</summary>
#
# First one error for each example, `(B,)`. Then the weights fit.
#
# </details>
# <details><summary>Hint 2</summary>
#
# `.square().flatten(1).mean(1)`
#
# </details>

# %% [markdown]
# **Predict.** A network that always answers "noise is $z_t$ itself": at which times is its loss small, (a) early,
# where there is little noise, or (b) late, where there is nearly nothing else?

# %%
check("diffusion.diffusion_loss")

# %% tags=["skip-when-grading"]
generator = torch.Generator().manual_seed(1)
noise = torch.randn(latents.shape, generator=generator)
errors = []
for t in range(0, 1000, 20):
    level = levels[t].expand(len(latents))
    noisy = diffusion.add_noise(latents, noise, level)
    errors.append(float(diffusion.diffusion_loss(noise, noisy, torch.ones(len(latents)))))
ax = figures.curves({"noise is all of z": errors}, x=range(0, 1000, 20), xlabel="time t")
ax.set_yscale("log");

# %% [markdown]
# <details><summary>Answer</summary>
#
# (b): at $t = 999$ it is about .005, with no knowledge of pictures or words. So with $w = 1$ the times at which a
# picture's plan is laid count for almost nothing. The training here weighs by $1 / \bar\alpha_t$, which makes the
# loss that of the *velocity* $\sqrt{\bar\alpha}\,\epsilon - \sqrt{1 - \bar\alpha}\, z_0$
# ([Salimans and Ho 2022](https://arxiv.org/abs/2202.00512)), as Stable Diffusion 2 does. Does it matter? The
# experiment below has $w = 1$.
#
# </details>

# %% [markdown]
# ## TODO 11.8 · Cross-attention
#
# How do words get into the picture? Places ask, words answer: queries from the U-Net's places, keys and values
# from the words (the paper's section 3.3):
#
# $$ A = \text{softmax}\Big(\frac{Q K^\top}{\sqrt d}\Big), \qquad \text{output} = A V \tag{11.8} $$
#
# The softmax runs over words, and padding must not be heard. Fill `cross_attention`.

# %% [markdown]
# <details><summary>Hint 1</summary>
#
# `scores.masked_fill(mask, -torch.inf)` before the softmax, where `mask` is true at padding.
#
# </details>
# <details><summary>Hint 2</summary>
#
# `is_word` is `(B, L)` and scores are `(B, P, L)`: `~is_word[:, None, :]`.
#
# </details>

# %%
check("diffusion.cross_attention")

# %% [markdown]
# ## TODO 11.9 · Dropped captions
#
# Guidance needs a prediction *without* words from the same network. So in training each caption is replaced by
# the empty one by chance ([Ho and Salimans 2022](https://arxiv.org/abs/2207.12598)), with a uniform $u$ and the
# share $p$ that is to be dropped:
#
# $$ c \leftarrow \varnothing \;\text{ where } u < p \tag{11.9} $$
#
# Fill `drop_captions`.

# %% [markdown]
# <details><summary>Hint 1</summary>
#
# A mask `(B,)` for rows of `(B, L)`: `mask[:, None]`.
#
# </details>
# <details><summary>Hint 2</summary>
#
# `torch.where(mask, a, b)` takes `a` where the mask is true; `empty` is laid on every row.
#
# </details>

# %%
check("diffusion.drop_captions")

# %% [markdown]
# ## TODO 11.10 · Guidance
#
# Both predictions are made in each step, and one goes beyond that with words:
#
# $$ \hat\epsilon = \epsilon(\varnothing) + w \,\big(\epsilon(c) - \epsilon(\varnothing)\big) \tag{11.10} $$
#
# Fill `guided`. (The first code of [DiT](https://github.com/facebookresearch/DiT/issues/41) did so for three of
# the four channels only; a dozen projects copied it, and nobody saw it in the pictures.)

# %% [markdown]
# <details><summary>Hint 1</summary>
#
# For $w = 1$ the prediction with words comes out, for $w = 0$ that without.
#
# </details>
# <details><summary>Hint 2</summary>
#
# All channels, so no slices.
#
# </details>

# %%
check("diffusion.guided")

# %% [markdown]
# ## TODO 11.11 · A step of DDIM
#
# From the predicted noise follows what the picture would be; then as much of the *same* noise is put back as
# belongs to the next time ([Song et al. 2021](https://arxiv.org/abs/2010.02502), equation 12 with $\sigma = 0$):
#
# $$ \hat z_0 = \frac{z_t - \sqrt{1 - \bar\alpha}\, \hat\epsilon}{\sqrt{\bar\alpha}}, \qquad
# z' = \sqrt{\bar\alpha'}\, \hat z_0 + \sqrt{1 - \bar\alpha'}\, \hat\epsilon \tag{11.11} $$
#
# Fill `ddim_step`.

# %% [markdown]
# <details><summary>Hint 1</summary>
#
# The left half is (11.6), solved for $z_0$; the right half is (11.6) again, at the next time.
#
# </details>
# <details><summary>Hint 2</summary>
#
# `alpha_bar.sqrt()` and `(1 - alpha_bar).sqrt()`; both are tensors `()`.
#
# </details>

# %%
check("diffusion.ddim_step")

# %% [markdown]
# ## TODO 11.12 · Sampler
#
# Begin with noise, and repeat: predict, guide, step.
#
# $$ z \leftarrow \text{step}\big(z, \hat\epsilon(z, t_i), \bar\alpha_{t_i}, \bar\alpha_{t_{i+1}}\big), \qquad
# i = 1 \ldots n \tag{11.12} $$
#
# `visited[i]` is $\bar\alpha$ of step $i$, and the one after the last is 1: no noise. Fill the loop of `sample`.

# %% [markdown]
# <details><summary>Hint 1</summary>
#
# Three lines, with `predict(latents, t)`, `guided` and `ddim_step`.
#
# </details>
# <details><summary>Hint 2</summary>
#
# Each step replaces `latents`, so that the next one begins there.
#
# </details>

# %%
check("diffusion.sample")

# %% [markdown]
# ## Training
#
# A U-Net of 870 thousand weights (`exercise_lib/images/unet.py`): convolutions at 8 x 8 and 4 x 4 places, and
# cross-attention at both; a small transformer reads the caption and is trained with it. 6000 scenes of one
# thing in the middle, four shapes and eight colours; some minutes on one core.

# %% tags=["skip-when-grading"]
from exercise_lib.images.diffusion_training import DiffusionConfig
from exercise_lib.images.painter import Painter, load_painter

config = DiffusionConfig(steps=4, batch=8, scenes=40) if quick else DiffusionConfig()
folder = Path("runs") / ("diffusion-quick" if quick else "diffusion")
task, log = train("diffusion", folder, config, evaluate_every=2 if quick else 200)
live = Painter(task.network.eval(), task.vae)

# %% tags=["skip-when-grading"]
rights = {"painted with w = 2, 12 steps": [it["right, centred"] for it in log]}
steps = [it["step"] for it in log]
ax = figures.curves(rights, x=steps, ylabel="share of 64 prompts right")
ax.set_ylim(0, 1)
ax.legend(loc="lower right");

# %% tags=["skip-when-grading"]
from exercise_lib.images.prompts import by_guidance, draw_prompts, follow, tones_of_prompts

several = draw_prompts(16, 31, scenes.CENTRED)
plots.sheet(live.paint(several, guidance_scale=2), several);

# %% [markdown]
# ## Guidance
#
# **Predict.** With a larger $w$ more prompts are followed. (a) Always? (b) Up to a point? And what becomes of
# that which a prompt leaves open, such as the ground?
#
# 16 prompts, each painted twelve times, from the same noise at every $w$. The ceiling is what the oracle reads in
# true pictures that the VAE has encoded and decoded. Of the ground's tone, which no prompt says, count the entropy
# among the twelve.

# %% tags=["skip-when-grading"]
prompts = [it for it in (several[:2] if quick else several) for _ in range(12)]
drawn = scenes.draw_scenes(len(prompts), 32, scenes.CENTRED)
decoded = vae.draw(vae.latents(render.render(drawn)))
ceiling = oracle.share_true(draw_prompts(len(drawn), 32, scenes.CENTRED), decoded)
rows = by_guidance(live, prompts, [0, 1, 2, 4, 8], n_steps=4 if quick else 20)
for scale, its in rows.items():
    print(scale, {name: round(value, 2) for name, value in its.items()})
diffusion_plots.guidance(rows, ceiling, tones_of_prompts(prompts, drawn));

# %% tags=["skip-when-grading"]
few = draw_prompts(8, 33, scenes.CENTRED)
sheets = [live.paint(few, scale, n_steps=20) for scale in (0, 1, 2, 4, 8)]
plots.sheet(torch.cat(sheets), [""] * 32 + few);

# %% [markdown]
# **What to see.** Rows are $w = 0, 1, 2, 4, 8$; columns begin from the same noise. At 0 each thing is what the noise
# suggests. At 1 and 2 colours and mostly shapes are those asked for. At 4 pink begins to bleach; at 8 it is white,
# and so are the pale grounds, while the dark ones are black.

# %% [markdown]
# <details><summary>Answer</summary>
#
# (b). The best is about 2; at 8 a third is lost again, mostly by colours: half of them are still read rightly. The
# grounds stay as varied as in the data up to 4, and are less so at 8. Guidance makes the typical more typical,
# beyond what pictures can show.
#
# </details>

# %% [markdown]
# ## Steps
#
# **Predict.** In how few steps can a picture be painted? Beside what you trained, take a kept network of the same
# size, trained for longer: there the thing may be anywhere. Which of both needs more steps?

# %% tags=["skip-when-grading"]
late = load_painter("late")
counts = [1, 2] if quick else [1, 2, 4, 8, 16, 32]
n_asked = 8 if quick else 96
asked = {"in the middle": (live, scenes.CENTRED), "anywhere": (late, scenes.NURSERY)}
lines = {}
for name, (painter, world) in asked.items():
    its = draw_prompts(n_asked, 34, world)
    lines[name] = [follow(painter, its, 2.0, n)["right"] for n in counts]
ax = figures.curves(lines, x=counts, xlabel="sampling steps", ylabel="prompts right")
ax.set_xscale("log", base=2)
ax.set_ylim(0, 1);

# %% tags=["skip-when-grading"]
two_each = draw_prompts(4, 35, scenes.CENTRED)
rows = [torch.cat([it.paint(two_each, 2.0, n) for it in (live, late)]) for n in (1, 2, 4, 32)]
plots.sheet(torch.cat(rows), [""] * 24 + 2 * two_each);

# %% [markdown]
# **What to see.** Rows are 1, 2, 4 and 32 steps; left the thing in the middle, right anywhere. One step paints the
# mean of what a prompt allows. In the middle that is nearly a picture; where the thing may be anywhere, it is a
# coloured cloud. From the second step on places are chosen, though two may be left for a while: the yellow triangle.

# %% [markdown]
# <details><summary>Answer</summary>
#
# That in which more is open: anywhere. What a prompt leaves open has to be decided on the way, and one step decides
# nothing. From eight steps on hardly anything is gained in either.
#
# </details>

# %% [markdown]
# ## TODO 11.13 · Map of a word
#
# $A$ says of each place which words it hears; a column of $A$ says of a word where it is heard. Mean over heads
# and layers, $N$ of them, then a share of each place ([Tang et al. 2023](https://arxiv.org/abs/2210.04885)):
#
# $$ M_p = \frac{\bar A_{p, j + 1}}{\sum_q \bar A_{q, j + 1}}, \qquad \bar A = \frac{1}{N} \sum_n A^n \tag{11.13} $$
#
# Word $j$ counts from 0; the first column is of `<start>`. Fill `word_map`.

# %% [markdown]
# <details><summary>Hint 1</summary>
#
# `weights.mean(0)` is $\bar A$, `(P, L)`.
#
# </details>
# <details><summary>Hint 2</summary>
#
# `.reshape(height, width)`: places come row by row.
#
# </details>

# %%
check("diffusion.word_map")

# %% [markdown]
# ## TODO 11.14 · Pointing
#
# A handsome map proves nothing. Does its peak lie on the thing? The scene knows which pixels the thing covers.
# Let $c_p$ be the share of place $p$'s cell that the thing covers:
#
# $$ \text{hit} = \big[\, c_{p^*} \ge 0.15 \,\big], \qquad p^* = \arg\max_p M_p \tag{11.14} $$
#
# Fill `pointing`.

# %% [markdown]
# <details><summary>Hint 1</summary>
#
# `F.avg_pool2d(masks[:, None].float(), cell)` is the share of each cell, `(N, 1, h, w)`.
#
# </details>
# <details><summary>Hint 2</summary>
#
# Flatten both; `maps.flatten(1).argmax(1)` numbers places as `flatten` does. `gather`, or an index
# `torch.arange(N)`, reads there.
#
# </details>

# %%
check("diffusion.pointing")

# %% [markdown]
# ## Words and places
#
# With the thing in the middle, any blob in the middle points rightly. So take the kept network, whose things are
# anywhere: untrained, after 500 steps, and at the end. Real pictures, noised to $t = 300$ of 1000; maps of the
# U-Net's 8 x 8 places, and of its 4 x 4.

# %% tags=["skip-when-grading"]
from exercise_lib.images.unet import Unet
from exercise_lib.images.word_maps import KINDS, attended, described, hits, maps_of

torch.manual_seed(0)
stages = {
    "untrained": Painter(Unet(late.unet.config).eval(), late.vae),
    "early": load_painter("early"),
    "late": late,
}
placed = scenes.draw_scenes(20 if quick else 300, 41, scenes.NURSERY)
found = {name: hits(it, placed, 0.3) for name, it in stages.items()}
diffusion_plots.hits(found, KINDS);

# %% [markdown]
# **What to see.** The colour word is heard on the thing at 8 x 8 places, early already; the shape word at 4 x 4, by the
# network that can paint shapes. And two traps at 8 x 8: *untrained*, each word points at the thing two or three times
# as often as chance, for the thing is what is unusual; and late, "a" and "on" point at it as often as not.

# %% tags=["skip-when-grading"]
scene, caption = placed[3], described(placed[3])
words, picture = str(caption).split(), render.render([scene])
maps = {}
for name, it in stages.items():
    weights = attended(it, vae.latents(picture), [caption], 0.3)
    maps[name] = maps_of(weights[8][0], len(words))
maps["late, 4 x 4"] = maps_of(weights[4][0], len(words))
diffusion_plots.word_maps(picture[0], words, maps, render.masks(scene));

# %% [markdown]
# **What to see.** The outline is where the thing is; each map has its own scale, bright is the largest share. Early,
# only the colour is on the thing. Late, colour and shape are there and nearly nowhere else.

# %% tags=["skip-when-grading"]
points = [0.05, 0.15, 0.3, 0.45, 0.6, 0.75, 0.9]
by_time = [hits(late, placed, t) for t in points]
shown_kinds = (("colour", 8), ("shape", 4), ("a", 8), ("a", 4), ("chance", 8), ("chance", 4))
lines = {f"{kind}, {n} x {n}": [it[n][kind] for it in by_time] for kind, n in shown_kinds}
names = {"xlabel": "time (0: clean, 1: noise)", "ylabel": "share of peaks on the thing"}
ax = figures.curves(lines, x=points, **names)
ax.legend(loc="upper left", bbox_to_anchor=(1, 1));

# %% [markdown]
# **What to see.** Colour and shape stay on the thing up to $t = 0.6$, and then fade as the thing does. "a" falls all
# the way, to chance.

# %% [markdown]
# ## Two things
#
# `late` also knows two things and how they lie. `two` is the same network, trained 3000 steps further with the grammar
# given: each phrase is read by itself, each word is told how its thing lies, left, right, above or below, and each
# place learns how much to ask for words of each side.

# %% tags=["skip-when-grading"]
of_two = draw_prompts(8, 51, scenes.MIDDLE) + draw_prompts(8, 52, scenes.MIDDLE, held_out=True)
for painter in (late, load_painter("two")):
    pictures = painter.paint(of_two, guidance_scale=3)
    is_right = [oracle.share_true([it], p[None]) == 1 for it, p in zip(of_two, pictures)]
    titles = [f"{it} ({'right' if ok else 'wrong'})" for it, ok in zip(of_two, is_right)]
    plots.sheet(pictures, titles)

# %% [markdown]
# **What to see.** Above `late`, below `two`; first rows: pairs of shape and colour that were seen. `late` hears which
# words there are and not their order: which thing lies where is a coin's throw. Second rows: pairs never seen, which
# `late` paints with shapes exchanged, as pairs that it knows. Of 200 prompts `late` has .43 of the seen and .10 of the
# held-out ones right, `two` has .93 and .92.

# %% [markdown]
# ## Between prompts
#
# Words are vectors, so there is something between two prompts of as many words.

# %% tags=["skip-when-grading"]
ends = [late.unet.read(captions.encode([it])) for it in ("a red square", "a blue square")]
n = 8
share = torch.linspace(0, 1, n)[:, None, None]
with torch.no_grad():
    mixed = torch.lerp(ends[0][0], ends[1][0], share)
    same_noise = late.noise(1, seed=3).expand(n, -1, -1, -1)
    between = late.paint_words(mixed, ends[0][1].expand(n, -1), same_noise, 2.0)
plots.sheet(between, [f"{float(it):.0%} blue" for it in share]);

# %% [markdown]
# **What to see.** All begin from the same noise. Red goes over a dull violet to blue; the square stays one. Where it
# lies is not said, and may jump: here once, after the first picture.

# %% [markdown]
# Turn it yourself.

# %% tags=["skip-when-grading"]
from exercise_lib.images.diffusion_widget import prompt_page

prompt_page(late)

# %% [markdown]
# ## TODO 11.15 · Find the mistake
#
# What a network is trained on: noised latents and the noise. The loss falls, but pictures come out with a veil
# of noise, or pale. `scale` is that of (11.4).
#
# **How to hunt.** Give it `torch.randn(1000)` divided by `scale` for latents, `torch.randn(1000)` for the noise,
# and look at `.std()` of what comes out: it should be 1 at any `alpha_bar`.

# %% [markdown]
# <details><summary>Hint 1</summary>
#
# For `alpha_bar` near 0 only noise is left. What is its standard deviation?
#
# </details>
# <details><summary>Hint 2</summary>
#
# Latents are brought to variance 1 *before* noise is added.
#
# </details>

# %%
def training_pair(latents, noise, alpha_bar, scale):
    """What the network gets, and what it should say; `alpha_bar` and `scale` are tensors `()`."""
    ### BEGIN SOLUTION
    # TODO 11.15: the sampler begins from noise of variance 1, which this network has never seen
    noisy = alpha_bar.sqrt() * scale * latents + (1 - alpha_bar).sqrt() * noise
    return noisy, noise
    ### HANDED OUT
    # noisy = scale * (alpha_bar.sqrt() * latents + (1 - alpha_bar).sqrt() * noise)
    # return noisy, noise
    ### END SOLUTION

# %%
check("mend.training_pair", training_pair)

# %% [markdown]
# ## Experiment
#
# Ungraded. Train anew in the background with Stable Diffusion's own weights, $w_b = 1$; or drop no captions
# (`dropped=0.0`); or put the thing anywhere (`worlds="anywhere"`). Guess first: how many prompts are right after
# 1200 steps?

# %% tags=["skip-when-grading"]
from exercise_lib.train.background import BackgroundRun

changed = dataclasses.replace(config, weighting="noise")
every = 2 if quick else 200
experiment = BackgroundRun("diffusion", Path("runs") / "diffusion-experiment", changed, every)
experiment.widget

# %% tags=["skip-when-grading"]
lines = Path("runs") / "diffusion-experiment" / "log.jsonl"  # run it again while it goes on
if lines.exists():
    entry = json.loads(lines.read_text().splitlines()[-1])
    at_that_step = next((it for it in log if it["step"] == entry["step"]), log[-1])
    for name in ("step", "loss", "right, centred"):
        print(f"{name:15} {entry[name]:8.3f}   before: {at_that_step[name]:8.3f}")

# %% [markdown]
# <details><summary>What we found</summary>
#
# Of 200 prompts .895 are right with $1 / \bar\alpha$ and .895 with weights of 1 ($w = 2$, standard error .02): no
# difference, though we had expected one. In both, the network gives the velocity, from which the noise follows
# (`exercise_lib/images/unet.py`): at late times it is nearly right before anything is learned. The loss is half as
# large with weights of 1, and pictures are no better. The other two were not run.
#
# </details>

# %% [markdown]
# ## Question 11
#
# The maps of a network that was never trained point at the thing more often than chance, and so does that of "a" in
# one that paints well. What, then, does a map have to show before you believe that the network knows what the word means?
# Name two comparisons from this notebook, and why the thing has to be anywhere.

# %% [markdown] question="what-a-map-proves" points=2
# ### BEGIN SOLUTION
# A peak on the thing is what any map shows that looks for "something there": all maps of an untrained network, that
# of "a", and in the centred world a blob in the middle. So a word's hits have to be compared with those of a word
# without content, with chance, and with a network that cannot paint the word (untrained, or early for shapes).
# Better still, change the word and see whether the picture changes: prompts right are counted, maps only
# illustrate.
#
# The thing has to be anywhere, since in the middle a map that is the same for all pictures scores 1.
#
# **Rubric.** 1 point: two comparisons ("a" or another empty word; chance; untrained or early network; prompts
# right). 1 point: anywhere, because a fixed central map would score as well.
# ### END SOLUTION
