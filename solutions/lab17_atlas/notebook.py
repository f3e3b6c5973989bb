# %% [markdown]
# # 17 · The atlas
#
# **Goal.** Recognise the common pattern of all systems of the lecture: read them in one table, put whole
# systems together of the labs' parts, see what does not fit and why, and name the parts of systems that
# you have never seen.
#
# **Time:** about 150 minutes
#
# **Needs:** nothing of earlier notebooks; all networks are given. No training.
#
# You write `exercise_lib/atlas.py` and four cells of this notebook.

# %%
# %load_ext autoreload
# %autoreload 2
import torch

from exercise_lib.check import check
from exercise_lib.files.unusable import UnusableData
from exercise_lib.images import flow_plots, oracle
from exercise_lib.images.captions import parse
from exercise_lib.speech import audio
from exercise_lib.systems import melodies, parts, points, unseen
from exercise_lib.systems.page import Atlas
from exercise_lib.systems.samples import recorded_row, sample
from exercise_lib.systems.table import COLUMNS, SYSTEMS, nearest as nearest_of_the_atlas

# %%
from exercise_lib import atlas

# %% [markdown]
# ## Sixteen systems
#
# The slide "Solutions usually include" has three parts: an encoder and decoder, a condition with its alignment, a
# generator in the latent space. Below every system of the lecture is drawn with these, each kind of part
# in the same shape at the same place. Dashed is what training alone needs; dotted what a system does not have. *Run* makes
# something with this kit's small weights.

# %% tags=["skip-when-grading"]
Atlas()

# %% [markdown]
# **What to see.** Latent diffusion, DiT, Stable Diffusion 3 and Stable Audio are one drawing: they differ in how the
# condition is heard, in the generator's family, and in what comes out. VALL-E and MELLE differ in what they write.
# CLIP, CLAP, VQ-VAE and EnCodec lack a generator: they are parts of the others. In *Compose*, change one part of
# Stable Audio after another: which change makes it another system of the lecture?

# %% tags=["skip-when-grading"]
print(f"{'':24}", *(f"{it:15}" for it in COLUMNS[1:]))
for system in SYSTEMS.values():
    kinds = [system.composition[it] for it in COLUMNS[1:]]
    print(f"{system.name:24}", *(f"{it:15}" for it in kinds))

# %% [markdown]
# ## TODO 17.1 · Do kinds meet?
#
# A system is a chain of parts $p_1 \ldots p_n$. Each *takes* one kind of thing and *gives* another: a U-Net takes
# words and gives scaled latents, a vocoder takes a mel spectrogram and gives samples. Two neighbours do not meet if
#
# $$ \text{gives}(p_i) \neq \text{takes}(p_{i+1}) \tag{17.1} $$
#
# A part is written as `(name, takes, gives, call)`. Fill `misfits` in `exercise_lib/atlas.py`.

# %% [markdown]
# <details><summary>Hint 1</summary>
#
# `pairwise(chain)` gives each part with the one behind it.
#
# </details>
# <details><summary>Hint 2</summary>
#
# `for (name, _, gives, _), (next_name, takes, _, _) in pairwise(chain):` names what is needed.
#
# </details>

# %%
check("atlas.misfits")

# %% tags=["skip-when-grading"]
reader = ("CLIP, text", "text", "words", None)
unet = ("U-Net", "words", "scaled latents", None)
unscale = ("unscale", "scaled latents", "latents", None)
writer = ("transformer", "words", "codes", None)
decoder = ("VAE decoder", "latents", "picture", None)
for some in ((reader, unet, unscale, decoder), (reader, unet, decoder), (reader, writer, decoder)):
    print(" > ".join(it[0] for it in some), "   misfits:", atlas.misfits(some))

# %% [markdown]
# ## TODO 17.2 · A prompt through a chain
#
# The simplest way to compose: what one part gives, the next one takes,
#
# $$ x_0 = \text{prompt}, \qquad x_i = p_i(x_{i-1}) \tag{17.2} $$
#
# Python lets you give scaled latents to a decoder that wants them unscaled: something wrong comes out. So where a
# part would get another kind than it takes, `generate` raises a `TypeError` with the name of the part, before calling it; the
# prompt is of the kind "text". Fill `generate`.

# %% [markdown]
# <details><summary>Hint 1</summary>
#
# One loop over the chain: compare, call, remember `gives` as the kind of what you have.
#
# </details>
# <details><summary>Hint 2</summary>
#
# `raise TypeError(f"{name} takes {takes}, and would get {kind}")`
#
# </details>

# %%
check("atlas.generate")

# %% tags=["skip-when-grading"]
sentence = "The clever owl listened, but the tiny mouse laughed."
try:
    chain = parts.text_to_speech()  # your `generate` runs notebook 06's Tacotron 2
    speech = atlas.generate(sentence, chain)
    try:
        atlas.generate(sentence, [it for it in chain if it[0] != "unscale"])
    except TypeError as error:
        print(error)
except UnusableData as error:  # weights are not part of what is handed out
    print(error)
    speech = sample("tacotron2").sound
audio.play(speech, 16_000)

# %% [markdown]
# **What to hear.** A sentence nobody has said. Without `unscale` the vocoder would get a mel on the scale that the Tacotron was trained
# with, and make some sound of it. Your `TypeError` says so before anything is heard.

# %% [markdown]
# ## TODO 17.3 · Captions to pictures, guided
#
# Stable Diffusion 1 and 3, DiT and Stable Audio share this composition. With $c$ what the network predicts with the caption, $u$ with
# the empty caption, $w$ the guidance, $s$ the scale of latents, $D$ the decoder:
#
# $$ f(z, t) = u + w \, (c - u), \qquad x = D\big(\text{walk}(f, \epsilon) / s\big) \tag{17.3} $$
#
# Whether $f$ is noise (DDIM) or velocity (Euler) is for `walk` to know. Fill `paint`.

# %% [markdown]
# <details><summary>Hint 1</summary>
#
# `walk` wants a function of `z` and a time: define it inside `paint`, it calls `network` twice.
#
# </details>
# <details><summary>Hint 2</summary>
#
# `latents = walk(predict, noise)`; what the decoder takes is `latents / latent_scale`.
#
# </details>

# %%
check("atlas.paint")

# %% [markdown]
# A world of two numbers: *left*, *right* and *top* have a cloud each, and the network is exact.
#
# **Predict.** All points are asked to be *top*. What do they do at $w = 0$, and at $w = 4$? (a) the same as at 1, (b) all three clouds, then
# beyond the cloud, (c) nothing, then a wider cloud.
#
# <details><summary>Answer</summary>
#
# (b). At 0 the caption is not heard. At 4 points are pushed beyond the cloud's middle, closer together.
#
# </details>

# %% tags=["skip-when-grading"]
world = points.parts()
noise = world.pop("noise")(300)
asked = ["top"] * 300
rows = {
    f"w = {w:g}": atlas.paint(asked, noise=noise, guidance=w, **world) for w in (0.0, 1.0, 4.0)
}
points.scatter(rows);

# %% [markdown]
# **What to see.** Dotted circles hold nearly all data of a word. At $w = 0$ points are in all three, at 1 in *top*'s, at 4
# above its middle and closer together. The same function now paints, with the parts of two labs:

# %% tags=["skip-when-grading"]
captions = ["a red circle", "a blue star", "a green triangle", "a yellow square"]
painted = {}
ways = {"SD 1: U-Net, DDIM": parts.latent_diffusion, "SD 3: MM-DiT, Euler": parts.rectified_flow}
for name, load in ways.items():
    try:
        its = load()
        noise = its.pop("noise")(len(captions))
        painted[name] = atlas.paint(captions, noise=noise, guidance=2.0, **its)
        right = oracle.share_true([parse(it) for it in captions], painted[name])
        print(f"{name}: {right:.2f} of the prompts are right")
    except UnusableData as error:
        print(error)
rows = (painted, captions) if painted else recorded_row("sd3")
flow_plots.grid(*rows, inches=1.4);

# %% [markdown]
# ## TODO 17.4 · One code after another
#
# The other great family writes codes as a language model writes words: Jukebox, VALL-E, and with frames in the place of codes
# MELLE and both Tacotrons. With $W$ the prompt's tokens,
#
# $$ c_t = \text{choose}\big(\text{network}(W, c_1 \ldots c_{t-1})\big) \quad \text{until } c_t \text{ is the end} \tag{17.4} $$
#
# The end is no sound: it is not kept. And a model may never say it, so there is a largest number of codes. Fill `write_codes`.

# %% [markdown]
# <details><summary>Hint 1</summary>
#
# `while len(codes) < longest:`, with a `break` at the end, before anything is appended.
#
# </details>
# <details><summary>Hint 2</summary>
#
# `torch.cat([codes, torch.tensor([code])])` is one code longer.
#
# </details>

# %%
check("atlas.write_codes")

# %% [markdown]
# A language model that needs no training: its codes are notes, and what may follow is counted among 3000 pieces of which the caption is true
# (`exercise_lib/systems/melodies.py`). Your function writes a melody, the caption's instrument plays it.

# %% tags=["skip-when-grading"]
caption = "a fast rising flute melody in the high register"
tunes = {}
for seed in range(3):
    codes = atlas.write_codes(caption, **melodies.parts(seed))
    print(f"draw {seed}: MIDI numbers", codes.tolist())
    tunes[f"draw {seed}"] = melodies.play(codes, caption)
audio.play_all(tunes, 16_000)

# %% [markdown]
# **What to hear.** Each draw rises by its own steps, and stops by itself. Try *falling*, *repeated*, *slow*. Ask for
# *a slow organ tune*, without a contour: it may stay on a note and then fall, for the model remembers one note, where Jukebox's transformer
# hears thousands of codes.

# %% [markdown]
# Your two functions with the weights of notebooks 14a and 14b, where they are: `paint` composes as Stable Audio does, `write_codes` as Jukebox.

# %% tags=["skip-when-grading"]
heard = {}
try:
    music = parts.latent_music()
    noise = music.pop("noise")(1)
    heard["Stable Audio"] = atlas.paint([caption], noise=noise, guidance=2.0, **music)[0]
    codes = parts.music_codes()
    play = codes.pop("play")
    heard["Jukebox"] = play(atlas.write_codes(caption, **codes))
except ValueError as error:  # a lab or its weights are missing here
    print(error)
audio.play_all(heard, 16_000)

# %% [markdown]
# ## TODO 17.5 · A hierarchy
#
# DALL-E 2 puts one generator behind another: a prior draws $K$ embeddings of pictures that fit the caption's embedding $T$, the nearest is
# kept, and a second generator $D$ paints it:
#
# $$ x_k = \text{prior}(\epsilon_k, T), \qquad \text{picture} = D\big(\text{best}(x_1 \ldots x_K; T)\big) \tag{17.5} $$
#
# `best_of` is given. Fill `by_prior`.

# %% [markdown]
# <details><summary>Hint 1</summary>
#
# `noise` is `(K, B, d)`: `for it in noise` gives the noise of each draw, `(B, d)`.
#
# </details>
# <details><summary>Hint 2</summary>
#
# `torch.stack` of the draws is `(K, B, d)`, as `best_of` wants them.
#
# </details>

# %%
check("atlas.by_prior")

# %% tags=["skip-when-grading"]
try:
    dalle = parts.hierarchy()
    noise = dalle.pop("noise")
    draws = {
        f"best of {k}": atlas.by_prior(captions, noise=noise(k, len(captions)), **dalle)
        for k in (1, 2, 8)
    }
    rows = draws, captions
except UnusableData as error:
    print(error)
    rows = recorded_row("dalle2")
flow_plots.grid(*rows, inches=1.4);

# %% [markdown]
# ## TODO 17.6 · Which systems are nearest?
#
# A composition is a dict of a kind for each column, as `SYSTEMS["ldm"].composition`. Two of them are
#
# $$ d(a, b) = \sum_{\text{columns}} [a_{\text{column}} \neq b_{\text{column}}] \tag{17.6} $$
#
# apart. Fill `nearest` below: the names of all systems whose distance is the smallest, in the table's order.

# %% [markdown]
# <details><summary>Hint 1</summary>
#
# First a dict of distances by name; `sum(its[it] != parts[it] for it in parts)` counts columns.
#
# </details>
# <details><summary>Hint 2</summary>
#
# Then `min(distances.values())`, and the names that have it.
#
# </details>

# %%
def nearest(parts, systems):
    """Return the names of the systems, {name: composition}, that are nearest to parts."""
    ### BEGIN SOLUTION
    # TODO 17.6: equation 17.6 for each system, and the names of the smallest
    distances = {
        name: sum(its[column] != kind for column, kind in parts.items())
        for name, its in systems.items()
    }
    least = min(distances.values())
    return [name for name, distance in distances.items() if distance == least]
    ### END SOLUTION

# %%
check("table.nearest", nearest)

# %% tags=["skip-when-grading"]
table = {it.name: it.composition for it in SYSTEMS.values()}
for name, composition in table.items():
    others = {it: its for it, its in table.items() if it != name}
    near = nearest(composition, others)
    differ = [it for it in COLUMNS if composition[it] != others[near[0]][it]]
    print(f"{name:24} {' or '.join(near[:3])}: {', '.join(differ)}")

# %% [markdown]
# **What to see.** Each system with its nearest ones, three at most, and in what the first of them differs. CLIP and CLAP are one column apart, what they see
# or hear; so are both Tacotrons, in their decoder. A system of pictures and one of sounds may be nearer to each other than to others of their kind: only
# *data* separates latent diffusion from Stable Audio.

# %% [markdown]
# ## TODO 17.7 · An unseen system of pictures
#
# Your student number chooses a system, told without its name. Return your number and a kind for each column of the list below.
# The decoder is the first behind the latent, without a latent *none*. A beginning to be continued is no condition.
#
# Begin with `"practice"`: its answer is known. Of yours, `check` tells whether kinds exist, grading whether they are right.

# %% [markdown]
# <details><summary>Hint 1</summary>
#
# Latent first: is it pixels that are made, numbers of an autoencoder, or entries of a codebook?
#
# </details>
# <details><summary>Hint 2</summary>
#
# Then the generator: in steps from noise, place after place, all at once in a few rounds, or in one pass?
#
# </details>
# <details><summary>Hint 3</summary>
#
# For practice: words, cross-attention, parallel, codes, codebook.
#
# </details>

# %% tags=["skip-when-grading"]
print(unseen.choices(), end="\n\n")
print(unseen.description("picture", "practice"))

# %%
def my_picture():
    """Your student number, and the parts of your system: `(student, {column: kind})`."""
    ### BEGIN SOLUTION
    # TODO 17.7: your number; read `unseen.description("picture", student)`, name its parts
    student = "123456"
    kinds = "words", "cross-attention", "AR, softmax", "codes", "codebook"
    return student, dict(zip(COLUMNS[1:], kinds, strict=True))
    ### END SOLUTION

# %%
check("unseen.my_picture", my_picture)

# %% [markdown]
# ## TODO 17.8 · An unseen system of sounds
#
# The same for a system that makes speech, music or sounds. Print its description, as above. A mel spectrogram is computed: where an autoencoder
# makes numbers *of* it, the latent is those numbers.

# %% [markdown]
# <details><summary>Hint 1</summary>
#
# What is asked for: a caption (words), something to be said (text), a mel spectrogram, nothing?
#
# </details>
# <details><summary>Hint 2</summary>
#
# Speech needs an alignment in time: attention finds it, or durations are predicted.
#
# </details>

# %%
def my_sound():
    """Your student number, and the parts of your system: `(student, {column: kind})`."""
    ### BEGIN SOLUTION
    # TODO 17.8: your number; read `unseen.description("sound", student)`, name its parts
    student = "123456"
    kinds = "words", "cross-attention", "diffusion", "continuous", "autoencoder"
    return student, dict(zip(COLUMNS[1:], kinds, strict=True))
    ### END SOLUTION

# %%
check("unseen.my_sound", my_sound)

# %% tags=["skip-when-grading"]
for data, named in (("picture", my_picture), ("sound", my_sound)):
    student, kinds = named()
    print(unseen.description(data, student))
    near = nearest_of_the_atlas({"data": data, **kinds})
    print("nearest in the lecture:", " or ".join(it.name for it in near), end="\n\n")

# %% [markdown]
# ## TODO 17.9 · Find the mistake
#
# Jukebox writes coarse codes first. For each there are $r$ finer ones, which a second model writes with a *guide*: the coarse codes' vectors
# $e$, stretched to the finer time,
#
# $$ \text{guide}_{t} = e_{\lfloor t / r \rfloor}, \qquad t = 0 \ldots r T - 1 \tag{17.7} $$
#
# The code below runs, and its shapes are right. But the finer codes follow another moment of the song.
#
# **How to hunt.** Give it two coarse codes and $r = 3$. Which rows should be alike?

# %% [markdown]
# <details><summary>Hint 1</summary>
#
# Print the guide for vectors `[[0.0], [1.0]]`: it should be 0, 0, 0, 1, 1, 1.
#
# </details>
# <details><summary>Hint 2</summary>
#
# `repeat` sets whole copies behind each other, `repeat_interleave` copies of each row.
#
# </details>

# %%
def fill_in(top_codes, ratio, look_up, refine, decode):
    """Return the sound of coarse codes `(T,)`, with `ratio` finer ones for each."""
    ### BEGIN SOLUTION
    # TODO 17.9: finer codes follow another moment than they should
    guide = look_up(top_codes).repeat_interleave(ratio, dim=0)  # (ratio T, d)
    return decode(refine(guide))
    ### HANDED OUT
    # guide = look_up(top_codes).repeat(ratio, 1)  # (ratio T, d)
    # return decode(refine(guide))
    ### END SOLUTION

# %%
check("mend.fill_in", fill_in)

# %% [markdown]
# The same stretching is what durations do in text to speech: a phoneme's vector is repeated for as many frames as it is said to last. An alignment
# that is known, and not found by attention, is a stretch.

# %% [markdown]
# ## Experiment
#
# Ungraded. Compose what nobody has: in *Compose* above, find a composition without a cross that is two columns or more away from
# each system of the lecture. What would it be good for, and why may nobody have built it? Below, a random one that fits, as often as you run it.

# %% tags=["skip-when-grading"]
import random

from exercise_lib.systems.fitting import misfits
from exercise_lib.systems.table import KINDS

drawn = random.Random()
while True:
    mine = {column: drawn.choice(list(KINDS[column])) for column in COLUMNS}
    if mine["generator"] != "none" and not misfits(mine):
        break
print(mine)
print("nearest:", " or ".join(it.name for it in nearest_of_the_atlas(mine)))
Atlas(compose=mine)

# %% [markdown]
# <details><summary>What we found</summary>
#
# - Speech, text, durations, flow, mel, GAN vocoder fits, and is built: several readers of 2023 and 2024 are this.
# - A picture of a class, prefix, *AR, regression*, continuous latents, autoencoder fits; it was built in 2024, with a small diffusion model for
#   each place.
# - A picture of a class with a GAN in a VAE's latent space fits, too; one pass makes it fast.
#
# </details>

# %% [markdown]
# ## Question 17
#
# "Stable Audio is Stable Diffusion for sound, and VALL-E is Jukebox for speech." For each half: which parts are the same kind, which are not, and what
# about the data or the condition forces the difference? Where does the *alignment* in time come from in each of the four?

# %% [markdown] question="what-is-common" points=2
# ### BEGIN SOLUTION
# Stable Audio and latent diffusion share all kinds but the data: words, cross-attention, diffusion, continuous latents of a VAE. What differs is
# inside the parts: one axis in the place of two, a transformer in the place of the U-Net, spectral and adversarial losses for the autoencoder, as no one sees or
# hears single samples. And length: a picture has a fixed size, a piece lasts as long as it lasts, so seconds are a condition. A caption has no time: no
# alignment is needed but which words matter where.
#
# VALL-E and Jukebox both write codes by softmax, from coarse to fine. VALL-E takes a codec's residual books, all of one rate, so finer ones
# can be filled in at once; Jukebox's levels have different rates, so coarse codes are stretched. Speech must say each phoneme in its order, once: VALL-E's
# alignment is learned by self-attention over a prefix of phonemes, which can repeat or skip; Jukebox's lyrics are asked by cross-attention, and
# its captions of artist and genre need no time.
#
# **Rubric.** 1 point: same and different kinds rightly named for one of the pairs, with a reason from the data (length, axes, rates). 1 point: says
# where alignment comes from: not needed in time for captions; learned by attention over text for lyrics and phonemes.
# ### END SOLUTION
