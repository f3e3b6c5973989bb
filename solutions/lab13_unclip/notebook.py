# %% [markdown]
# # 13 · DALL-E 2: a hierarchy
#
# **Goal.** Write DALL-E 2 in small: a *prior* that draws the CLIP embedding of a picture from a caption, and a
# *decoder* that paints what the embedding says. Train both in four minutes, and count what each link of the chain loses.
#
# **Time:** about 150 minutes
#
# **Needs:** nothing of earlier notebooks; CLIP, the autoencoder and the transformer's parts are given.
#
# You write `exercise_lib/unclip.py` and two cells of this notebook.

# %%
# %load_ext autoreload
# %autoreload 2
import dataclasses
import os
from pathlib import Path

import torch
import torch.nn.functional as F

from exercise_lib import figures
from exercise_lib.check import check
from exercise_lib.images import flow_plots, oracle, plots, unclip_plots, unclip_scores
from exercise_lib.images.clip_encoders import load_clip
from exercise_lib.images.clip_training import Examined
from exercise_lib.images.scenes import CENTRED, WORLDS

# %%
from exercise_lib import unclip

# %% [markdown]
# ## A hierarchy
#
# CLIP gives pictures and captions embeddings in one space. [DALL-E 2](https://arxiv.org/abs/2204.06125) (slide
# "Hierarchical Text-Conditional Image Generation with CLIP Latents") turns it round: from a caption a *prior* draws
# an embedding that a picture of it might have, and a diffusion *decoder* paints a picture that has this embedding. The
# paper calls the whole *unCLIP*.

# %% tags=["skip-when-grading"]
quick = "EXERCISE_QUICK" in os.environ
clip_model = load_clip()  # the one of notebook 08
some = Examined.drawn(200, 21, CENTRED, False)
images, texts = clip_model.see(some.pictures), clip_model.read(some.captions)
print("embeddings of pictures", tuple(images.shape), f"mean length {images.norm(dim=1).mean():.0f}")
print("embeddings of captions", tuple(texts.shape), f"mean length {texts.norm(dim=1).mean():.0f}")
plots.sheet(some.pictures[:8], some.captions[:8]);

# %% [markdown]
# **What to see.** Pictures of one thing, and what is said of them: half of the captions leave size and ground open.
# Embeddings of pictures and of captions differ in length, and nothing has made them alike: CLIP's loss divides by lengths.

# %% [markdown]
# ## TODO 13.1 · Embeddings as large as noise
#
# The prior is a diffusion model, so its data should have variance 1, as noise has. An embedding of length 1 has $d$ numbers
# of size $1 / \sqrt d$: far too small ([a bug in a well-known copy of
# DALL-E 2](https://github.com/lucidrains/DALLE2-pytorch/issues/60)). Only its direction counts, so it may have any length:
#
# $$ x = \sqrt d \; \frac{e}{\lVert e \rVert} \tag{13.1} $$
#
# Fill `scaled` in `exercise_lib/unclip.py`.

# %% [markdown]
# <details><summary>Hint 1</summary>
#
# `F.normalize(embeddings, dim=-1)` divides each by its length.
#
# </details>
# <details><summary>Hint 2</summary>
#
# d is `embeddings.shape[-1]`, here 64; its root is `** 0.5`.
#
# </details>

# %%
check("unclip.scaled")

# %% [markdown]
# ## TODO 13.2 · The modality gap
#
# Pictures and captions share a space, and yet do not mix there: each have a middle of their own
# ([Liang et al. 2022](https://arxiv.org/abs/2203.02053)). With $n(\cdot)$ for division by the length:
#
# $$ \text{gap} = \Big\lVert \frac1B \sum_i n(I_i) - \frac1C \sum_j n(T_j) \Big\rVert \tag{13.2} $$
#
# Fill `modality_gap` below; it is a number from 0 to 2.

# %% [markdown]
# <details><summary>Hint 1</summary>
#
# Normalise every embedding, then take the mean over embeddings, `dim=0`: a vector of d numbers for each side.
#
# </details>
# <details><summary>Hint 2</summary>
#
# `.norm()` of the difference.
#
# </details>

# %%
def modality_gap(images, texts):
    """Return the distance of both middles, of embeddings `(B, d)` and `(C, d)`."""
    ### BEGIN SOLUTION
    # TODO 13.2: equation 13.2
    of_images = F.normalize(images, dim=-1).mean(dim=0)
    of_texts = F.normalize(texts, dim=-1).mean(dim=0)
    return (of_images - of_texts).norm()
    ### END SOLUTION

# %%
check("gap.modality_gap", modality_gap)

# %% tags=["skip-when-grading"]
own = F.cosine_similarity(images, texts).mean()
other = F.cosine_similarity(images, texts.roll(1, 0)).mean()
print(f"cosine of a picture with its caption {own:.3f}, with another's {other:.3f}")
unclip_plots.gap(images[:100], texts[:100]);

# %% [markdown]
# **What to see.** Captions stand at the left, pictures at the right, with little overlap. A pair is at the same height, so it belongs
# together, and still its ends are on different sides: a decoder that learns from pictures alone sees hardly a point at the left.

# %% [markdown]
# ## TODO 13.3 · Noisy embeddings
#
# At time $t$ from 0 to 1 an embedding $x$ has become, with noise $\epsilon$ and the cosine schedule,
#
# $$ z_t = a_t x + s_t \epsilon, \qquad a_t = \cos(\pi t / 2), \quad s_t = \sin(\pi t / 2) \tag{13.3} $$
#
# `levels` is given; each row has a time of its own. Fill `noised`.

# %% [markdown]
# <details><summary>Hint 1</summary>
#
# `times` is `(B,)` and the embeddings are `(B, d)`: `times[:, None]` fits.
#
# </details>
# <details><summary>Hint 2</summary>
#
# `levels` returns both shares, for times of any shape.
#
# </details>

# %%
check("unclip.noised")

# %% tags=["skip-when-grading"]
steps = torch.linspace(0, 1, 21)
noise = torch.randn(len(images), 64, generator=torch.Generator().manual_seed(0))
kept = {}
for name, x in {"scaled, length 8": unclip.scaled(images), "length 1": F.normalize(images)}.items():
    noisy = [unclip.noised(x, noise, t.expand(len(x))) for t in steps]
    kept[name] = [float(F.cosine_similarity(z, x).mean()) for z in noisy]
figures.curves(kept, x=steps, xlabel="time t", ylabel="cosine with the clean embedding");

# %% [markdown]
# **What to see.** A scaled embedding is drowned evenly over time. One of length 1 has lost most at $t = 0.2$, and at half time hardly
# anything is left: at most times the prior would learn from noise alone, and the best that it could say is the mean of all pictures.

# %% [markdown]
# ## TODO 13.4 · A row of tokens
#
# The prior is a transformer whose tokens hear those before them. Its row: the words, the caption's embedding, the time,
# the noisy embedding, and last a learned *query*, whose output is the answer:
#
# $$ h_b = [w_{b1} \dots w_{bL}, \; c_b, \; t_b, \; z_b, \; q] + p \tag{13.4} $$
#
# All have been brought to the same width; $p$ says which place a token has. Fill `prior_tokens`.

# %% [markdown]
# <details><summary>Hint 1</summary>
#
# `query.expand_as(text)` gives every caption the same query; `torch.stack([...], dim=1)` makes `(B, 4, d)` of four `(B, d)`.
#
# </details>
# <details><summary>Hint 2</summary>
#
# `torch.cat([words, four], dim=1) + places`: places `(L + 4, d)` are added to each row of the batch.
#
# </details>

# %%
check("unclip.prior_tokens")

# %% [markdown]
# **Predict.** Had the query stood first, before the words, what would the prior answer after training? (a) the same, (b) nothing
# at all, (c) for every caption the same embedding.
#
# <details><summary>Answer</summary>
#
# (c). With a causal mask the first token hears itself alone, so its output is the same whatever the caption, the time and the
# noise are. The loss makes it the mean of all pictures' embeddings.
#
# </details>

# %% [markdown]
# ## TODO 13.5 · Causal attention
#
# Each token asks itself and those before it. Captions have different lengths, so there is padding between the words and the
# last four tokens, which nobody may hear:
#
# $$ A_{nm} = \frac{e^{q_n \cdot k_m / \sqrt d}}{\sum_{m'} e^{q_n \cdot k_{m'} / \sqrt d}} \quad \text{over } m \leq n
# \text{ that are tokens}, \qquad \text{output } A V \tag{13.5} $$
#
# Fill `causal_attention`.

# %% [markdown]
# <details><summary>Hint 1</summary>
#
# `torch.ones(n, n, dtype=torch.bool).tril()` is true where $m \leq n$; `is_token[:, None, None, :]` fits the scores.
#
# </details>
# <details><summary>Hint 2</summary>
#
# `scores.masked_fill(~heard, -math.inf)`, then a softmax over the last axis.
#
# </details>

# %%
check("unclip.causal_attention")

# %% tags=["skip-when-grading"]
names = "<start> a red star <end> <pad> <pad> caption time noisy query".split()
n = len(names)
alike = torch.zeros(1, 1, n, 4)  # all scores are the same
is_token = torch.tensor([[it != "<pad>" for it in names]])
weights = unclip.causal_attention(alike, alike, torch.eye(n)[None, None], is_token)[0, 0]
unclip_plots.heard(weights, names);

# %% [markdown]
# **What to see.** With equal scores each row spreads its weight evenly over what it hears: a triangle, two empty columns where the
# padding is, and the query, the last row, which hears all nine tokens.

# %% [markdown]
# ## TODO 13.6 · The prior's loss
#
# Decoders predict noise or a velocity. For the prior the authors found it better to predict the clean embedding itself:
#
# $$ L = \text{mean over all numbers of } \big(f(z_t, t) - x\big)^2 \tag{13.6} $$
#
# Fill `prior_loss`; `predict` is $f$, and knows the captions.

# %% [markdown]
# <details><summary>Hint 1</summary>
#
# `noised(images, noise, times)` is what the prior is shown.
#
# </details>
# <details><summary>Hint 2</summary>
#
# `predict(z, times)`, minus `images`, squared, mean.
#
# </details>

# %%
check("unclip.prior_loss")

# %% [markdown]
# ## TODO 13.7 · A step of the prior
#
# To draw an embedding, begin with noise at $t = 1$ and go to $t = 0$ in steps (DDIM). The prior says what is clean, $x'$; the rest is
# noise, and less of it is put back:
#
# $$ \epsilon' = \frac{z_t - a_t x'}{s_t}, \qquad z_{next} = a_{next} x' + s_{next} \epsilon' \tag{13.7} $$
#
# Fill `clean_step`.

# %% [markdown]
# <details><summary>Hint 1</summary>
#
# All four levels are there; write both equations.
#
# </details>
# <details><summary>Hint 2</summary>
#
# At $t = 1$ nothing is divided by zero: what is predicted is $x'$, and $s_1 = 1$.
#
# </details>

# %%
check("unclip.clean_step")

# %% [markdown]
# ## TODO 13.8 · The better of two
#
# DALL-E 2 draws two embeddings for each caption and keeps the one with the larger dot product with the caption's embedding:
#
# $$ best_b = x_{kb}, \qquad k = \operatorname{argmax}_k \; x_{kb} \cdot c_b \tag{13.8} $$
#
# Fill `best_of`.

# %% [markdown]
# <details><summary>Hint 1</summary>
#
# `(candidates * texts).sum(dim=-1)` are the products, `(K, B)`.
#
# </details>
# <details><summary>Hint 2</summary>
#
# `candidates[k, rows]` with two vectors of B indices takes one embedding for each caption.
#
# </details>

# %%
check("unclip.best_of")

# %% [markdown]
# ## Train the prior
#
# Three blocks of width 128, .66 million weights (`exercise_lib/images/prior_network.py`), on embeddings of 6000 pictures
# whose captions are said anew in every batch. Half a minute of one core.

# %% tags=["skip-when-grading"]
from exercise_lib.images.prior_training import PriorConfig
from exercise_lib.train import train

config = PriorConfig(steps=4, batch=8, scenes=64) if quick else PriorConfig()
folder = Path("runs") / ("prior-quick" if quick else "prior")
every_steps = 2 if quick else 50
prior_task, log = train("prior", folder, config, evaluate_every=every_steps, checkpoint_every=50)

# %% [markdown]
# **What to see.** The scores are cosines with the true picture's embedding. After 50 steps what the prior draws is nearer to it than the
# caption's own. Later it is no nearer: an early prior says the mean of all pictures that fit, which is near to each of
# them; a trained one draws *one* of them.

# %% tags=["skip-when-grading"]
from exercise_lib.images.unclip_painter import imagine

prior, embedder = prior_task.network.eval(), prior_task.embedder
asked = Examined.drawn(8 if quick else 200, 22, CENTRED, False)
seen, said = embedder.see(asked.pictures), embedder.texts(asked.captions)
drawn = {k: imagine(prior, embedder, asked.captions, candidates=k) for k in (1, 2, 4)}
many = [imagine(prior, embedder, asked.captions, candidates=1, seed=s) for s in range(4)]
its = {"caption": said} | {f"prior, best of {k}": x for k, x in drawn.items()}
its["prior, mean of 4"] = unclip.scaled(torch.stack(many).mean(0))
for name, x in its.items():
    to_picture, to_caption = (F.cosine_similarity(x, y).mean() for y in (seen, said))
    gap = modality_gap(x, seen)
    print(f"{name:18} to picture {to_picture:.3f}, to caption {to_caption:.3f}, gap {gap:.2f}")

# %% [markdown]
# **What to see.** The gap of the prior's embeddings to those of pictures is nearly closed. The better of two is nearer to its caption
# than one draw. The mean of four draws is nearer to the true picture than each of them, but it is the embedding of no picture.

# %% [markdown]
# ## Train the decoder
#
# The transformer of notebook 12, which hears no caption: the embedding of the picture is added to the time (`hearing="pooled"`).
# A tenth of the embeddings is set to 0, for guidance. It never sees a caption. Three minutes of one core.

# %% tags=["skip-when-grading"]
from exercise_lib.images.decoder_training import DecoderConfig

decoder_config = DecoderConfig(steps=4, batch=8, scenes=64) if quick else DecoderConfig()
folder = Path("runs") / ("decoder-quick" if quick else "decoder")
every_steps = 2 if quick else 400
decoder_task, _ = train("decoder", folder, decoder_config, evaluate_every=every_steps)

# %% tags=["skip-when-grading"]
from exercise_lib.images.unclip_painter import UnclipPainter

painter = UnclipPainter(embedder, prior, decoder_task.painter())
fed = unclip_scores.fed_with(painter, asked)
made = {name: painter.decode(x) for name, x in fed.items()}
shown = {"the picture": asked.pictures[:8] / 255} | {name: its[:8] for name, its in made.items()}
flow_plots.grid(shown, [str(it).replace(" on ", "\non ") for it in asked.captions[:8]], inches=1.3);

# %% tags=["skip-when-grading"]
shares = {}
for scale in (1.0, 2.0):
    for name, x in fed.items():
        pictures = painter.decode(x, guidance_scale=scale)
        shares[f"{name}, w = {scale:g}"] = oracle.share_true(asked.captions, pictures)
unclip_plots.right(shares, len(asked.captions));

# %% [markdown]
# **What to see.** The caption's own embedding is followed, but less often: .80 of 200 prompts, where the prior's has .90 and the true
# picture's .93 (w = 1). Rows of pictures show one reason. Where a caption leaves the ground open, its embedding gives the same pale grey each
# time, a mean; the prior draws a ground, sometimes a light one, sometimes a dark one.

# %% [markdown]
# ## Variations
#
# An embedding says what CLIP found worth knowing; the rest the decoder has to make up. So another noise gives a *variation*
# of the same picture. Below a kept decoder that was trained longer and knows things anywhere (`data/unclip`; where it is
# missing, yours is shown, with things in the middle).

# %% tags=["skip-when-grading"]
from exercise_lib.files.unusable import UnusableData
from exercise_lib.images.unclip_painter import load_unclip

try:
    kept, wide, world = load_unclip(), load_unclip("anywhere"), "anywhere"
except UnusableData as error:  # they are not part of what is handed out
    kept, wide, world = painter, painter, "centred"
    print(error)
few = Examined.drawn(3, 31, WORLDS[world], False)
rows = {}
for n, said in enumerate(few.captions):
    varied = wide.decode(wide.embedder.see(few.pictures[[n]]).expand(6, -1), seed=n)
    rows[str(said).replace(" on ", "\non ")] = torch.cat([few.pictures[[n]] / 255, varied])
flow_plots.grid(rows, ["the picture", *[f"noise {n}" for n in range(1, 7)]], inches=1.3);

# %% [markdown]
# **What to see.** Colour, ground and place are the same in all: an embedding holds more than captions say, for this CLIP's
# encoder of pictures has weights for each place. What the noise changes are outlines.

# %% [markdown]
# ## TODO 13.9 · Find the mistake
#
# Between two embeddings of length $\sqrt d$ there are others; the way between them is an arc, of even angles (*slerp*):
#
# $$ x_r = \frac{\sin((1 - r)\,\theta)\, a + \sin(r\,\theta)\, b}{\sin \theta}, \qquad \cos\theta = \cos(a, b) \tag{13.9} $$
#
# The code below gives pictures, but paler than they should be.
#
# **How to hunt.** What must come out at $r = 0$? Which length should all of them have?

# %% [markdown]
# <details><summary>Hint 1</summary>
#
# Put in two embeddings at right angles and r = 0: it should be a.
#
# </details>
# <details><summary>Hint 2</summary>
#
# What is below the line in (13.9)?
#
# </details>

# %%
def slerp(a, b, share):
    """Return embeddings `(B, d)` on the arc from a (share 0) to b (share 1)."""
    ### BEGIN SOLUTION
    # TODO 13.9: all are too short
    angle = F.cosine_similarity(a, b, dim=1)[:, None].clamp(-1, 1).acos()
    weighted = ((1 - share) * angle).sin() * a + (share * angle).sin() * b
    return weighted / angle.sin()
    ### HANDED OUT
    # angle = F.cosine_similarity(a, b, dim=1)[:, None].clamp(-1, 1).acos()
    # weighted = ((1 - share) * angle).sin() * a + (share * angle).sin() * b
    # return weighted / angle
    ### END SOLUTION

# %%
check("mend.slerp", slerp)

# %% tags=["skip-when-grading"]
ends = Examined.drawn(8, 33, CENTRED, False)
x = kept.embedder.see(ends.pictures)
parts = (0, 0.2, 0.4, 0.6, 0.8, 1)
rows = {
    f"{a} to\n{b}": torch.cat([kept.decode(slerp(x[[i]], x[[i + 1]], r), seed=1) for r in parts])
    for i in (0, 2, 4)
    for a, b in [[it.things[0] for it in ends.captions[i : i + 2]]]
}
flow_plots.grid(rows, [f"r = {r:g}" for r in parts], inches=1.3);

# %% [markdown]
# **What to see.** Both ends are pictures as they were. Between them ground and colour pass through greys and hues that lie
# between, and the shape turns into the other one about half way: most embeddings on the arc are near to those of pictures.

# %% [markdown]
# ## Told by words what to change
#
# As pictures and captions share a space, words can move a picture: turn its embedding by an arc towards $c_{after} - c_{before}$, the
# difference of two captions. Differences lie along the gap no more (the paper's *text diffs*, section 3.3).

# %% tags=["skip-when-grading"]
pool = Examined.drawn(200, 5, CENTRED, False)
parts, rows = (0, 0.2, 0.35, 0.5, 0.65), {}
for colour, shape in (("red", "circle"), ("blue", "square"), ("green", "star")):
    i = next(n for n, it in enumerate(pool.scenes) if it.things[0].pair == (shape, colour))
    before, after = kept.embedder.texts([f"a {colour} {shape}", f"a yellow {shape}"]).split(1)
    towards, seen_as = unclip.scaled(after - before), kept.embedder.see(pool.pictures[[i]])
    turned = [kept.decode(slerp(seen_as, towards, r), seed=2) for r in parts]
    rows[f"{colour} {shape},\nto yellow"] = torch.cat([pool.pictures[[i]] / 255, *turned])
flow_plots.grid(rows, ["the picture", *[f"r = {r:g}" for r in parts]], inches=1.3);

# %% [markdown]
# **What to see.** The colour goes to yellow, past orange, brown or olive; shape and ground stay, for they are the same in both captions.

# %% [markdown]
# ## Who is red?
#
# CLIP hears a *bag* of words: which shapes and colours there are, not which belongs to which. DALL-E 2 mixes them up, and its
# authors suspect the embedding (section 7). Recorded here: a CLIP without hard negatives (a bag), notebook 08's with them (it binds),
# a prior on each. So that no decoder is to blame, embeddings are looked up: the nearest of 8000 pictures counts,
# each scene's colours swapped and relation turned among them.

# %% tags=["skip-when-grading"]
from exercise_lib.images.measured import read_measured

measured = read_measured("unclip")
for name, its in measured["apart"].items():
    shares = ", ".join(f"{changed} {share:.2f}" for changed, share in its.items())
    print(f"{name:30} nearer to its picture than to the one {shares}")
unclip_plots.bound(measured["binding"]);

# %% [markdown]
# **What to see.** With the bag, a caption's own embedding leads to another order of its words nearly twice as often as to its
# own, and even the true picture's does so in a fifth of the cases. The prior, which hears the words one by one, mends a
# part. With the CLIP that binds, hardly any are left. Grey: pictures with other things, much alike in place and ground.

# %% [markdown]
# ## Both ways, for a prompt of yours
#
# The upper row is painted from the caption's own embedding, which is the same for every noise; the lower from what the prior
# draws. How alike are pictures in each row, and what does guidance do?

# %% tags=["skip-when-grading"]
from exercise_lib.images.unclip_widget import hierarchy_page

hierarchy_page(kept)

# %% [markdown]
# ## Experiment
#
# Ungraded. Change one thing and train the prior anew, in the background: no words, the caption's embedding alone
# (`words=False`); one block (`depth=1`); things anywhere (`worlds="anywhere"`); twice the steps (`steps=400`). Guess first: does its cosine with
# the true picture rise or fall?

# %% tags=["skip-when-grading"]
from exercise_lib.train.background import BackgroundRun

every_steps = 2 if quick else 50
changed = dataclasses.replace(config, words=False)
experiment = BackgroundRun("prior", Path("runs") / "prior-experiment", changed, every_steps)
experiment.widget

# %% tags=["skip-when-grading"]
import json

lines = Path("runs") / "prior-experiment" / "log.jsonl"  # run it again while the experiment goes on
if lines.exists():
    entry = json.loads(lines.read_text().splitlines()[-1])
    at_that_step = next((it for it in log if it["step"] == entry["step"]), log[-1])
    for name in entry.keys() & at_that_step.keys():
        print(f"{name:28} {entry[name]:8.3f}   before: {at_that_step[name]:8.3f}")

# %% [markdown]
# <details><summary>What we found</summary>
#
# Cosines with the true picture's embedding after 200 steps; the captions' own have .918:
#
# - as it should be .965
# - no words .963, one block .963: of one thing a caption's embedding says all that words do
# - 400 steps on more scenes .961, and things anywhere, 800 steps, .941: where a caption leaves more open, what is drawn is farther from
#   what was there
#
# </details>

# %% [markdown]
# ## Question 13
#
# "CLIP has pictures and captions in one space, so the decoder can be fed with the caption's embedding, and the prior is a waste."
# What speaks against it, and what for it in this notebook's figures? Which failures of a picture can no prior and no decoder
# repair, and why?

# %% [markdown] question="why-a-prior" points=2
# ### BEGIN SOLUTION
# Against it: pictures and captions share a space, but not the same places in it. There is a gap between their middles, and the decoder has
# learned from embeddings of pictures alone, so a caption's embedding is none that it knows: it follows far fewer prompts from
# captions' embeddings than from the prior's. A caption also fits many pictures, and has one embedding: what it leaves
# open, such as the ground, is a mean there. The prior draws one of the pictures that fit, each time another one, and on their side of the
# gap. For it: the direction is nearly right (a cosine above .9), and colours are often followed without a prior.
#
# What is not in the embedding can't be repaired behind it. With a CLIP that hears words as a bag, a caption and the same words in another
# order have nearly the same embedding, and nothing in CLIP's loss without hard negatives asks for more. Pictures of both may
# lie close together too, so that even the true picture's embedding leads to the wrong one.
#
# **Rubric.** 1 point: the decoder knows embeddings of pictures only, captions' lie across the gap (or: are a mean of what
# fits), shown by a figure of this notebook. 1 point: what the embedding does not hold, such as who has which colour with a bag of words,
# is lost for all that follow; cured in CLIP, by hard negatives.
# ### END SOLUTION
