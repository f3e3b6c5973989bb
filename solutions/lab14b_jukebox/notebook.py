# %% [markdown]
# # 14b · Jukebox: sound as a text of codes
#
# **Goal.** Write Jukebox in small: two levels of codes for sound, a transformer that continues codes as a language model
# continues a text, and one that fills in finer codes below. Train it in four minutes, and count how often it plays what
# was asked.
#
# **Time:** about 160 minutes
#
# **Needs:** nothing of earlier notebooks; codebooks are given.
#
# You write `exercise_lib/vq_music.py` and two cells of this notebook.

# %%
# %load_ext autoreload
# %autoreload 2
import dataclasses
import os
from pathlib import Path

import torch

# %%
from exercise_lib import figures, quantization
from exercise_lib.check import check
from exercise_lib.music import jukebox_plots, oracle
from exercise_lib.music.captions import encode, full_caption
from exercise_lib.music.jukebox_level import load_level
from exercise_lib.music.jukebox_level_training import heard
from exercise_lib.music.pieces import draw_pieces
from exercise_lib.music.render import render
from exercise_lib.speech import audio

# %%
from exercise_lib import vq_music

# %% [markdown]
# ## Sound as codes
#
# [Jukebox](https://arxiv.org/abs/2005.00341) (slide "Jukebox") turns music into whole numbers by one VQ-VAE for each
# *level*: one code for 8, 32 or 128 samples. Codes are continued by a transformer, as words are. Ours hears
# pieces of 3 s at 16 kHz (`exercise_lib/music`): five instruments, drawn notes, and a caption that says what is played.

# %% tags=["skip-when-grading"]
quick = "EXERCISE_QUICK" in os.environ
pieces = draw_pieces(8 if quick else 108, 21, held_out=True)  # kinds that no training shows
sounds = render(pieces)
captions = [str(full_caption(it.kind)) for it in pieces]
shown = dict(zip(captions[:3], sounds))
jukebox_plots.spectrograms(shown)
audio.play_all(shown, 16_000)

# %% [markdown]
# **What to see.** Notes are combs of partials; what lies between them, and behind the last one, is silence. An oracle
# (`exercise_lib/music/oracle.py`) reads instrument, contour, register, tempo and drums out of a sound, without a network.

# %% [markdown]
# ## TODO 14.11 · Latents to codes
#
# An encoder makes latents $z$ of a sound, `(B, d, T)`. Each becomes the nearest code of a book; what passes on has the
# code's values and the latent's gradient, and the encoder is kept near its codes by the *commitment*:
#
# $$ k_{bt} = \operatorname{argmin}_k \lVert z_{bt} - e_k \rVert^2, \quad q = e_k, \quad y = z + sg[q - z], \quad
# L = \text{mean}\,(z - sg[q])^2 \tag{14.11} $$
#
# The book follows its latents by moving averages (notebook 09), so it needs no loss. Fill `bottleneck` in
# `exercise_lib/vq_music.py`.

# %% [markdown]
# <details><summary>Hint 1</summary>
#
# `z.mT.flatten(0, 1)` has a row of d numbers for each moment of each sound; `torch.cdist(rows, codebook)` is `(B T, K)`.
#
# </details>
# <details><summary>Hint 2</summary>
#
# `.unflatten(0, (B, T))` brings codes back to `(B, T)`; `codebook[codes]` is `(B, T, d)`, its `.mT` has the shape of z. `detach()` is sg.
#
# </details>

# %%
check("vq_music.bottleneck")

# %% tags=["skip-when-grading"]
top, bottom = load_level("top"), load_level("bottom")
levels = {"top": top, "bottom": bottom}
codes = {name: level.encode(sounds) for name, level in levels.items()}
copies = {name: level.decode(codes[name]) for name, level in levels.items()}
for name, level in levels.items():
    its, size = codes[name][0], level.config
    print(f"{name:7}{len(its):4} codes, one for {size.hop} samples: {its[:6].tolist()} ...")
    print(f"{'':7}{size.bits_per_second:.0f} bits a second")
shown = {"sound": sounds[0]} | {f"copy, {name}": x[0] for name, x in copies.items()}
jukebox_plots.spectrograms(shown)
audio.play_all(shown, 16_000)

# %% [markdown]
# **What to see.** Both copies keep the beat, the cymbals, the melody and the loud partials, with 167 and 500 bits a second. Lines are less thin: a note
# wavers a little, and here and there an upper partial is missing. Listen: both are a little rough, and no samples agree with those of the sound.

# %% [markdown]
# **Predict.** The sound has 256 000 bits a second, the top level a 1500th of that. What does the oracle hear in its copies? (a) drums
# and tempo at most, (b) the instrument too, but no notes, (c) most of all five.
#
# <details><summary>Answer</summary>
#
# (c): see the figure. A code does not describe samples, it chooses among what this music can be: five instruments, two drums,
# one note at a time.
#
# </details>

# %% tags=["skip-when-grading"]
rows = {"the sounds": heard(pieces, sounds), **{it: heard(pieces, x) for it, x in copies.items()}}
jukebox_plots.heard_rightly(rows, len(pieces));

# %% [markdown]
# **What to see.** All five things are right in more than nine of ten copies of either level. That the top level has a third of the codes costs
# nothing that the oracle asks for, and no more is drawn than by the standard error. This is the ceiling of all that follows.
#
# Our levels deviate from Jukebox: fixed STFTs hear for the encoder, fixed sinusoids sing for the decoder
# (`exercise_lib/music/jukebox_level.py`). Jukebox learns both from samples, on 256 GPUs.

# %% [markdown]
# ## TODO 14.12 · Spectra at several resolutions
#
# Copies need not have the same samples: a tone begun a millisecond later sounds the same. Jukebox adds a *spectral loss* with windows of
# several lengths; ours is that of [Yamamoto et al.](https://arxiv.org/abs/1910.11480), $S_i$ magnitudes plus `FLOOR`, each sound with its own norms:
#
# $$ l = \frac1M \sum_i \Big( \text{mean}_b \frac{\lVert S_i(x_b) - S_i(\hat x_b) \rVert}{\lVert S_i(x_b) \rVert} +
# \text{mean} \, \big| \ln S_i(x) - \ln S_i(\hat x) \big| \Big) \tag{14.12} $$
#
# Fill `multi_resolution_stft`.

# %% [markdown]
# <details><summary>Hint 1</summary>
#
# `(s - s_hat).flatten(1).norm(dim=1)` is one norm for each sound, `(B,)`.
#
# </details>
# <details><summary>Hint 2</summary>
#
# Divide the norms sound by sound, then take the mean. The second term: `.log()` of both, difference, `.abs().mean()`.
#
# </details>

# %%
check("vq_music.multi_resolution_stft")

# %% tags=["skip-when-grading"]
x = sounds[:8]
spectrum = torch.fft.rfft(x)
spectrum[:, 2000 * 3 :] = 0  # 3 s have 3 bins a hertz
changed = {
    "begun 2 ms later": x.roll(32, 1),
    "nothing above 2 kHz": torch.fft.irfft(spectrum, x.shape[1]),
    "half as loud": 0.5 * x,
}
for name, x_hat in changed.items():
    error = (x - x_hat).square().mean() / x.square().mean()
    spectral = vq_music.multi_resolution_stft(x, x_hat, (512, 1024, 2048))
    print(f"{name:20} squared error of samples {error:5.2f}   spectral loss {spectral:5.2f}")

# %% [markdown]
# **What to see.** Begun 2 ms later, the samples are all wrong (silence would have the error 1) and the ear hears nothing: the spectral loss is small.
# Without all above 2 kHz the squared error is 1 %, for what is loud is low, and the sound is dull: the spectral loss is nine times that
# of the first row. Levels trained on it alone learned low frequencies only, says the paper (section 3.3).

# %% [markdown]
# ## Books that live
#
# A code that no latent chooses never moves again. Jukebox restarts codes whose average use falls below a threshold: each begins at a latent of
# the batch. Here a new book follows the kept encoder's latents, with restarts and without.

# %% tags=["skip-when-grading"]
from exercise_lib.music.jukebox_books import followed

n_steps = 5 if quick else 120
with torch.no_grad():
    latents = torch.cat([bottom.encoder(it) for it in sounds.split(12)])
latents = latents.mT.flatten(0, 1)  # (N, d)

# %% tags=["skip-when-grading"]
def given(book, counts, latents, places, least):
    its = quantization.restart_dead(counts, book * counts[:, None], latents[places], least)
    return its[2], its[0]


hows = {"restarted": given, "left dead": None}
curves = {name: followed(latents, 512, n_steps, how)[0] for name, how in hows.items()}
figures.curves(curves, xlabel="batch", ylabel="perplexity of 512 codes");

# %% [markdown]
# **What to see.** From random numbers only a few codes are near to any latent. Left dead, the book lives on these few, and all latents share them;
# restarted, hundreds are in use within a few dozen batches. The same happens inside a training: watch the perplexity.

# %% tags=["skip-when-grading"]
for name, level in (("top", top), ("bottom", bottom)):
    n_codes, its = level.config.n_codes, codes[name]
    perplexity = float(quantization.perplexity(its, n_codes))
    print(f"{name:7} perplexity {perplexity:5.0f}, {len(its.unique()):5} of {n_codes} codes used")

# %% [markdown]
# ## TODO 14.13 · One code later
#
# Now codes are a text. The *prior* is a transformer that says each code of the top level from those before it, all places at once: place $t$
# is given the code before,
#
# $$ u_1 = \text{start}, \qquad u_t = k_{t-1} \tag{14.13} $$
#
# Fill `shifted`.

# %% [markdown]
# <details><summary>Hint 1</summary>
#
# `torch.full_like(codes[:, :1], start)` is a column of `start`.
#
# </details>
# <details><summary>Hint 2</summary>
#
# `torch.cat([column, codes[:, :-1]], dim=1)`: the last code is heard by nobody.
#
# </details>

# %%
check("vq_music.shifted")

# %% [markdown]
# ## TODO 14.14 · Who hears whom
#
# Before the codes stand the caption's $W$ words, padded to equal length. (Jukebox has a vector of artist and genre in front of
# its codes, and an encoder for lyrics.) Words are there as a whole from the beginning; codes come one by one:
#
# $$ M_{bij} = 1 \text{ if } j \text{ is a word, no padding; or if both are codes and } j \leq i \tag{14.14} $$
#
# Fill `may_hear`.

# %% [markdown]
# <details><summary>Hint 1</summary>
#
# Begin with `torch.ones(n, n, dtype=torch.bool).tril()` for all places, one for each caption: `.expand(B, n, n).clone()`.
#
# </details>
# <details><summary>Hint 2</summary>
#
# Then set the columns of words, `mask[:, :, :W]`, to `is_word[:, None]`: every row hears them, and no padding.
#
# </details>

# %%
check("vq_music.may_hear")

# %% tags=["skip-when-grading"]
names = "<start> a fast bell tune <end> <pad> <pad> u1 u2 u3 u4 u5".split()
is_word = torch.tensor([[it != "<pad>" for it in names[:8]]])
jukebox_plots.who_hears_whom(vq_music.may_hear(is_word, 5)[0], names);

# %% [markdown]
# **What to see.** All rows hear the six words (light) and none the padding; below at the right is the triangle of the codes, whose diagonal is light
# since place $t$ was given the code *before* its own.

# %% [markdown]
# ## TODO 14.15 · What a code costs
#
# The place of code $t$ is $W + t$, both counted from 1; its logits become shares by a softmax, and the loss is the mean cost of a code in nats:
#
# $$ L = - \text{mean}_{bt} \, \ln p_{b, W + t}(k_{bt}) \tag{14.15} $$
#
# Fill `code_loss`.

# %% [markdown]
# <details><summary>Hint 1</summary>
#
# `logits[:, n_words:]` are those of the codes, `(B, T, K)`.
#
# </details>
# <details><summary>Hint 2</summary>
#
# `F.cross_entropy` takes rows `(B T, K)` and numbers `(B T,)`: flatten both.
#
# </details>

# %%
check("vq_music.code_loss")

# %% [markdown]
# **Predict.** A student forgets the shift of 14.13. What happens? (a) the loss stays at $\ln 1024 = 6.9$; (b) it falls to nearly 0, and
# the prior plays well; (c) it falls to nearly 0, and the prior plays one code for ever.
#
# <details><summary>Answer</summary>
#
# (c). Each place copies the code that it hears. When it plays, that is the code before. A loss far below all others is a
# warning.
#
# </details>

# %% [markdown]
# ## TODO 14.16 · Below an upper code
#
# The *upsampler* says the lower codes, each from those before it **and** from the upper level, which is there as a whole. Of $T$ lower
# places $r = T / N$ lie below each upper code; counted from 0,
#
# $$ h_t = \text{lower}_t + \text{upper}_{\lfloor t / r \rfloor} \tag{14.16} $$
#
# Fill `upsample_condition`.

# %% [markdown]
# <details><summary>Hint 1</summary>
#
# `lower.shape[1] // upper.shape[1]` is $r$.
#
# </details>
# <details><summary>Hint 2</summary>
#
# `upper.repeat_interleave(r, dim=1)` repeats each row r times in its place; `.repeat` would repeat the whole.
#
# </details>

# %%
check("vq_music.upsample_condition")

# %% [markdown]
# ## TODO 14.17 · The k most likely codes
#
# To play, codes are drawn. A long tail of unlikely ones adds up, and one of them is enough to derail a melody; so only the $k$ likeliest may be
# drawn, and a *temperature* $\tau$ below 1 prefers the likeliest among them:
#
# $$ p_j = \frac{e^{l_j / \tau}}{\sum_{i \in \text{top } k} e^{l_i / \tau}} \text{ for the k largest logits}, \qquad p_j = 0
# \text{ for others} \tag{14.17} $$
#
# Fill `top_k`.

# %% [markdown]
# <details><summary>Hint 1</summary>
#
# `logits.topk(k, dim=-1).values[:, -1:]` is the least of the k largest, `(B, 1)`.
#
# </details>
# <details><summary>Hint 2</summary>
#
# `logits.masked_fill(logits < least, -torch.inf)`, divided by the temperature, then `.softmax(dim=-1)`.
#
# </details>

# %%
check("vq_music.top_k")

# %% [markdown]
# ## TODO 14.18 · An opening, continued
#
# A language model needs no other training to continue what somebody else began (*primed sampling*): the opening's codes stand where its
# own would,
#
# $$ k_t = \text{choose}(\text{predict}(k_1 \dots k_{t-1})), \qquad t = P + 1 \dots n \tag{14.18} $$
#
# With $P = 0$ all is its own. Fill `continued`.

# %% [markdown]
# <details><summary>Hint 1</summary>
#
# `while codes.shape[1] < n:` stops at the right place, also where nothing is to be added.
#
# </details>
# <details><summary>Hint 2</summary>
#
# `choose` returns `(B,)`; `chosen[:, None]` is a column for `torch.cat([codes, column], dim=1)`.
#
# </details>

# %%
check("vq_music.continued")

# %% [markdown]
# ## Train the prior
#
# Three blocks of width 128 on the kept top level's codes of 4000 pieces, which come with the course: a laptop has to play and encode nothing. Captions
# are said in eight ways. About four minutes of one core.

# %% tags=["skip-when-grading"]
from exercise_lib.music.jukebox_prior_training import TransformerConfig
from exercise_lib.train import train

small = TransformerConfig(steps=4, batch=4, pieces=20)
config = small if quick else TransformerConfig()
folder = Path("runs") / ("jukebox-quick" if quick else "jukebox")
task_name = "exercise_lib.music.jukebox_prior_training:TransformerTask"
every_steps = 2 if quick else 200
task, log = train(task_name, folder, config, evaluate_every=every_steps, checkpoint_every=100)

# %% tags=["skip-when-grading"]
steps = [it["step"] for it in log]
shares = {it: [row[it] for row in log] for it in (*jukebox_plots.ATTRIBUTES, "all")}
figures.curves(shares, x=steps, ylabel="share of 54 pieces heard as asked");

# %% [markdown]
# **What to see.** The instrument is heard in most after 200 steps, register and drums follow, and the contour comes last: it spans many codes. The tempo
# stays not far above its chance of one half. All five together come to about a quarter. With 54 pieces a step of .07 is noise; the held-out nats fall
# from 2.9 to 2.1, quickly at first.

# %% [markdown]
# ## The kept Jukebox
#
# The kept prior has five blocks of width 192 and has heard 24 000 pieces; the kept upsampler fills in the lower codes. Full captions of
# kinds that no training showed.

# %% tags=["skip-when-grading"]
from exercise_lib.music.jukebox_player import LOWER, UPPER, Sampling, load_jukebox, say

jukebox = load_jukebox()
asked = pieces[:4] if quick else pieces[:54]
words = captions[: len(asked)]
upper = jukebox.imagine(words)
lower = jukebox.refine(upper)
played = {"top level": jukebox.top.decode(upper), "both levels": jukebox.bottom.decode(lower)}
live = task.network.cpu().eval()
own = jukebox.top.decode(say(live, encode(words), UPPER))
rows = {"live prior, top level": heard(asked, own)}
rows |= {f"kept prior, {it}": heard(asked, x) for it, x in played.items()}
true = jukebox.bottom.decode(jukebox.refine(codes["top"][: len(asked)]))
rows["true upper codes, upsampled"] = heard(asked, true)
jukebox_plots.heard_rightly(rows, len(asked));

# %% [markdown]
# **What to see.** The kept prior plays all five things as asked in more than nine of ten pieces, by the top level's own decoder as well as through the
# upsampler. True upper codes, upsampled, are hardly better: what is missing is the levels', not the prior's. The live prior is far behind, most
# of all in contour and tempo.

# %% tags=["skip-when-grading"]
readings = {name: oracle.read(x[:4]) for name, x in played.items()}
jukebox_plots.piano_rolls(asked[:4], readings)
audio.play_all(dict(zip(words[:4], played["both levels"])), 16_000)

# %% [markdown]
# **What to see.** Black is what was asked, one piece of that kind; blue is heard with all five things as asked, vermillion with one or more that are not. Notes
# come on a beat and near their register (grey lines: the middles of the three). What is wrong is rare: a tempo, say, or a sound that the
# upsampler makes of upper codes that were right.

# %% [markdown]
# **Predict.** With temperature towards 0 the likeliest code is always taken. Will the perplexity of what is played be (a) that of data, (b) higher,
# (c) lower? And is what was asked heard more often?
#
# <details><summary>Answer</summary>
#
# (c), and a little more often: the likeliest codes are safe ones, and pieces share them. What is lost is variety: each caption has one piece.
#
# </details>

# %% tags=["skip-when-grading"]
temperatures = (0.1, 1.0) if quick else (0.05, 0.3, 0.6, 0.8, 1.0, 1.3)
perplexities, shares = [], []
for temperature in temperatures:
    its = jukebox.imagine(words, Sampling(temperature))
    row = heard(asked, jukebox.top.decode(its))
    perplexities.append(float(quantization.perplexity(its, 1024)))
    shares.append(sum(row[it] for it in jukebox_plots.ATTRIBUTES) / 5)
of_data = float(quantization.perplexity(codes["top"][: len(asked)], 1024))
jukebox_plots.by_temperature(temperatures, perplexities, of_data, shares);

# %% [markdown]
# **What to see.** Left: near 0 the perplexity of samples is about two thirds of that of data, since the likeliest codes come again and again; between 1 and 1.3
# it reaches that of data. Right: what was asked is heard nearly always up to 1, and less above, where a melody derails. Cold samples follow
# their captions best and differ least.

# %% [markdown]
# ## An opening of somebody else's
#
# The first second of a piece is encoded; the prior continues it, three times, with three seeds. It is told nothing: the
# caption is one that all pieces share.

# %% tags=["skip-when-grading"]
begun = codes["top"][:1, :17].expand(3, -1)  # 17 codes of 60 ms
said = [f"a {pieces[0].kind.instrument} melody"] * 3
continued = jukebox.imagine(said, Sampling(0.9, 100, seed=3), begun)
whole = jukebox.bottom.decode(jukebox.refine(continued))
shown = {"the piece": sounds[0]} | {f"continued, {n}": x for n, x in enumerate(whole, 1)}
jukebox_plots.spectrograms(shown)
audio.play_all(shown, 16_000)

# %% [markdown]
# **What to see.** All three begin as the piece does, up to 1 s, and keep its beat and its cymbals. The melody rises on, as it began, each time by steps that
# are drawn anew. Nobody told the prior contour, tempo, register or drums; it took them from the opening.

# %% [markdown]
# ## TODO 14.19 · How far back it hears
#
# Jukebox's transformers hear the last 8192 codes of their level, of sound at 44 100 Hz. How many seconds is that at hops of 8, 32 and 128 samples?
# Fill the function, for any level.

# %% [markdown]
# <details><summary>Hint 1</summary>
#
# So many places are `places * hop` samples.
#
# </details>
# <details><summary>Hint 2</summary>
#
# A second has `sample_rate` of them.
#
# </details>

# %%
def context_seconds(sample_rate, hop, places):
    """Return how many seconds so many codes of a level stand for."""
    ### BEGIN SOLUTION
    # TODO 14.19: samples of all places, in seconds
    n_samples = places * hop
    return n_samples / sample_rate
    ### END SOLUTION

# %%
check("hops.context_seconds", context_seconds)

# %% tags=["skip-when-grading"]
for hop in (8, 32, 128):
    print(f"hop {hop:4}: the last {context_seconds(44_100, hop, 8192):5.1f} s")

# %% [markdown]
# **What to see.** The top level hears 24 s, the bottom level 1.5 s, less than a bar: form must come from above. This is what levels are for.

# %% [markdown]
# ## TODO 14.20 · Find the mistake
#
# A student has written restarts of his own: a code with a count below `least` begins anew at one of the batch's latents, `places` says at
# which, with the count `least`. The perplexity rises, but late, and not as far as it should.
#
# **How to hunt.** Where do dead codes go, and who was there before?

# %% [markdown]
# <details><summary>Hint 1</summary>
#
# Print the distance of each new code to its nearest other code.
#
# </details>
# <details><summary>Hint 2</summary>
#
# `places` are rows of `latents`, `(K,)`; what is it used to look up?
#
# </details>

# %%
def restarted(codebook, counts, latents, places, least):
    """Return codes `(K, d)` and counts `(K,)`, those of dead codes begun anew."""
    ### BEGIN SOLUTION
    # TODO 14.20: the perplexity stays too low
    dead = counts < least
    candidates = latents[places]
    counts = torch.where(dead, least, counts)
    return torch.where(dead[:, None], candidates, codebook), counts
    ### HANDED OUT
    # dead = counts < least
    # candidates = codebook[places % len(codebook)]
    # counts = torch.where(dead, least, counts)
    # return torch.where(dead[:, None], candidates, codebook), counts
    ### END SOLUTION

# %%
check("mend.restarted", restarted)

# %% tags=["skip-when-grading"]
def copied(codebook, counts, latents, places, least):
    return restarted(codebook, counts, codebook, places % len(codebook), least)  # as it was


hows = {"yours": restarted, "as handed out": copied}
curves |= {name: followed(latents, 512, n_steps, how)[0] for name, how in hows.items()}
figures.curves(curves, xlabel="batch", ylabel="perplexity of 512 codes");

# %% [markdown]
# **What to see.** Yours rises at once and lies on the line of the given restarts. As handed out it rises later and stays well below: a dead code goes where
# another code is, which is mostly dead itself, and only those that land on one in use share what it had.

# %% [markdown]
# ## A jukebox
#
# Ask for a piece. Turn the temperature down to 0.05: does another seed change anything? Let one code be enough, $k = 1$.

# %% tags=["skip-when-grading"]
from exercise_lib.music.jukebox_widget import jukebox_page

jukebox_page(jukebox)

# %% [markdown]
# ## Experiment
#
# Ungraded. Change one thing and train the live prior anew, in the background: no hidden codes (`hidden=0.0`), no dropout (`dropout=0.0`), 400
# pieces (`pieces=400`), one block (`depth=1`). Guess first: does `held_out_nats` rise or fall, and does what is heard follow it?

# %% tags=["skip-when-grading"]
from exercise_lib.train.background import BackgroundRun

other = dataclasses.replace(config, hidden=0.0, dropout=0.0)
experiment = BackgroundRun(task_name, Path("runs") / "jukebox-experiment", other, every_steps)
experiment.widget

# %% tags=["skip-when-grading"]
import json

lines = Path("runs") / "jukebox-experiment" / "log.jsonl"  # run it again while it goes on
if lines.exists():
    entry = json.loads(lines.read_text().splitlines()[-1])
    at_that_step = next((it for it in log if it["step"] == entry["step"]), log[-1])
    for name in entry.keys() & at_that_step.keys():
        print(f"{name:16} {entry[name]:8.3f}   before: {at_that_step[name]:8.3f}")

# %% [markdown]
# ## Question 14b
#
# "The bottom level's copies keep all five things, so a prior on the bottom codes alone would do, without an upsampler." What speaks against it? What do upper
# codes give that lower codes can't, and which mistakes of the prior can the upsampler not repair? Use figures of this
# notebook.

# %% [markdown] question="why-two-levels" points=2
# ### BEGIN SOLUTION
# Lower codes are many more: three times as many places for the same 3 s (in Jukebox 16 times), so with a context of fixed size a transformer
# hears a shorter time back, and each code says less. Tempo, contour and form span many notes; a prior on few codes sees them as a whole.
# Errors also add up along the codes, and there are three times as many chances to derail.
#
# The upsampler hears the upper codes as they are. It adds detail that they leave open, and its nats fall by that; but a melody that falls
# where it should rise, a wrong instrument or a missed drum is in the upper codes already, and it will render just that, finer.
#
# **Rubric.** 1 point: fewer codes for the same time, so the transformer hears farther back (14.19) or has fewer steps in which to
# derail. 1 point: the upsampler adds detail below given upper codes and can't repair what they say wrongly, shown by a figure
# (prompts heard on the top level and on both).
# ### END SOLUTION
