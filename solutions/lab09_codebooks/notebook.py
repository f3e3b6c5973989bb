# %% [markdown]
# # 09 · Codebooks
#
# **Goal.** Turn pictures and speech into numbers of codes: a VQ-VAE trained in half a minute, a codebook
# that collapses on purpose, and eight books in a row that no single book could replace.
#
# **Time:** about 170 minutes
#
# **Needs:** nothing of earlier notebooks.
#
# You write `exercise_lib/quantization.py` and two cells of this notebook. All import what they need: `torch`,
# `torch.nn.functional as F`, and the module `math`.

# %%
# %load_ext autoreload
# %autoreload 2
import dataclasses
import json
import math
import os
from pathlib import Path

import torch
import torch.nn.functional as F

from exercise_lib import figures
from exercise_lib.check import check
from exercise_lib.images import code_plots, code_widget, plots, render, scenes

# %%
from exercise_lib import quantization

# %% [markdown]
# ## Pictures as words
#
# A language model wants symbols from a list. A picture of 32 x 32 pixels has 3072 numbers, which are no
# symbols. Cut it into 64 patches of 4 x 4 pixels, keep a list of patches, the *codebook*, and store for each
# patch the number of the one in the list that is nearest, its *code*.

# %% tags=["skip-when-grading"]
pictures = render.render(scenes.draw_scenes(400, seed=20))  # (400, 3, 32, 32) uint8
shown = pictures[:8]


def patches_of(pictures):
    """Pictures `(B, 3, 32, 32)` as `(64 B, 48)`, from 0 to 1."""
    return F.pixel_unshuffle(pictures / 255, 4).permute(0, 2, 3, 1).reshape(-1, 48)


def pictures_of(patches):
    return F.pixel_shuffle(patches.reshape(-1, 8, 8, 48).permute(0, 3, 1, 2), 4)


print(patches_of(shown).shape, torch.equal(pictures_of(patches_of(shown)), shown / 255))
plots.sheet(shown);

# %% [markdown]
# ## TODO 9.1 · Nearest code
#
# Of $K$ codes $e_k$, which is nearest to a vector $z_n$
# (slide "Vector-quantized variational autoencoder (VQ-VAE)")?
#
# $$ k_n = \arg\min_k \|z_n - e_k\|^2, \qquad \|z - e\|^2 = \|z\|^2 - 2\, z \cdot e + \|e\|^2 \tag{9.1} $$
#
# The right side needs no table of differences $(N, K, d)$, only one product of matrices. Fill `nearest` in
# `exercise_lib/quantization.py`.

# %% [markdown]
# <details><summary>Hint 1</summary>
#
# `vectors @ codebook.T` holds all products, `(N, K)`. Lengths: `(N, 1)` of the vectors, `(K,)` of the codes;
# they add up by broadcasting.
#
# </details>
# <details><summary>Hint 2</summary>
#
# `.square().sum(1)` is a squared length. At the end `argmin(dim=1)`: one answer for each row.
#
# </details>

# %%
check("quantization.nearest")

# %% tags=["skip-when-grading"]
torch.manual_seed(0)
every = patches_of(pictures[8:])
rows = [shown / 255]
for k in (8, 64, 256):
    book = every[torch.randint(len(every), (k,))]  # patches drawn by chance
    codes = quantization.nearest(patches_of(shown), book)
    rows.append(pictures_of(book[codes]))
    error = F.mse_loss(rows[-1], rows[0])
    print(f"{k:3} codes: {64 * math.log2(k):.0f} bits a picture, {-10 * error.log10():.1f} dB")
plots.sheet(torch.cat(rows));

# %% [markdown]
# **What to see.** From the top: the pictures, and the same of 8, 64 and 256 patches drawn by chance. Grounds
# are right first, since most patches are ground; of the things not even all colours are there. *PSNR* is
# $-10 \log_{10}$ of the mean squared error: each 3 dB halve it.

# %% [markdown]
# ## TODO 9.2 · Straight-through
#
# An encoder should *learn* what is worth a code. But `argmin` has no gradient. So on the backward pass the
# gradient of the decoder is copied through the quantisation, to $z$
# ([van den Oord et al. 2017](https://arxiv.org/abs/1711.00937)); $\text{sg}$ stops a gradient:
#
# $$ y = z + \text{sg}[q - z] \tag{9.2} $$
#
# Fill `straight_through`.

# %% [markdown]
# <details><summary>Hint 1</summary>
#
# Forward, $z$ cancels: $y = q$. Backward, the bracket is a constant, and $y$ moves as $z$ does.
#
# </details>
# <details><summary>Hint 2</summary>
#
# `.detach()` behind a bracket makes it a constant.
#
# </details>

# %%
check("quantization.straight_through")

# %% [markdown]
# ## TODO 9.3 · Loss on codes
#
# The decoder's error teaches the decoder, and through (9.2) the encoder. Two more terms bring codes to
# vectors, and vectors to their codes, the *commitment*:
#
# $$ L = \text{mean} (\text{sg}[z] - q)^2 + \beta \, \text{mean} (z - \text{sg}[q])^2 \tag{9.3} $$
#
# Fill `vq_loss`.

# %% [markdown]
# <details><summary>Hint 1</summary>
#
# Both terms have the same value. They differ in what moves: in the first the codes, in the second the
# vectors.
#
# </details>
# <details><summary>Hint 2</summary>
#
# `F.mse_loss(a, b)` is the mean square of `a - b`; detach one of them.
#
# </details>

# %% [markdown]
# **Predict.** Somebody leaves out both `detach()`. The value of the loss is (a) too large, (b) too small,
# (c) the same?

# %%
check("quantization.vq_loss")

# %% tags=["skip-when-grading"]
torch.manual_seed(3)
z = torch.randn(6, 2, requires_grad=True)
book = 1.5 * torch.randn(3, 2)
chosen = book[quantization.nearest(z.detach(), book)].requires_grad_()
quantization.vq_loss(z, chosen).backward()
code_plots.pulls(z, chosen, z.grad, chosen.grad);

# %% [markdown]
# **What to see.** Along the same line both pull towards each other, the codes four times as hard: $\beta$ is
# 1/4. Where several vectors chose one code, its arrows add up.

# %% [markdown]
# <details><summary>Answer</summary>
#
# (c). Values say nothing of who moves; only gradients do. The mistake shows late, or never: that is why
# the checks here compare gradients.
#
# </details>

# %% [markdown]
# ## TODO 9.4 · Moving averages
#
# The first term of (9.3) is least where a code is the mean of the vectors that chose it. So put it there:
# over batches, by moving averages of how many there are, $N_k$, and of their sum, $m_k$
# (the same paper, appendix A.1), with $n_k$ of this batch:
#
# $$ N_k \leftarrow g N_k + (1 - g)\, n_k, \quad m_k \leftarrow g\, m_k + (1 - g) \sum_{n: k_n = k} z_n, \quad
# e_k = m_k / N_k \tag{9.4} $$
#
# Fill `ema_update`.

# %% [markdown]
# <details><summary>Hint 1</summary>
#
# `chosen` has a row for each vector with a 1 at its code. Its sum over the rows is $n_k$.
#
# </details>
# <details><summary>Hint 2</summary>
#
# `chosen.T @ vectors` sums the vectors of each code, `(K, d)`. Divide by `counts.clamp(min=least)[:, None]`.
#
# </details>

# %%
check("quantization.ema_update")

# %% [markdown]
# ## TODO 9.5 · Perplexity
#
# How much of the book is in use? A code that is chosen once counts little, so take the entropy of the shares
# $p_k$; its exponential is the number of codes that would be in use if all were used alike:
#
# $$ \text{perplexity} = \exp\Big(-\sum_k p_k \ln p_k\Big) \tag{9.5} $$
#
# Fill `perplexity`.

# %% [markdown]
# <details><summary>Hint 1</summary>
#
# `torch.bincount(codes.flatten(), minlength=n_codes)` counts.
#
# </details>
# <details><summary>Hint 2</summary>
#
# `torch.xlogy(p, p)` is $p \ln p$, and 0 where $p$ is 0.
#
# </details>

# %%
check("quantization.perplexity")

# %% [markdown]
# ## TODO 9.6 · Dead codes
#
# A code that no vector chooses never moves again. [Jukebox](https://arxiv.org/abs/2005.00341) puts it where a
# vector is: candidate $c_k$, drawn by chance from the encoder's output,
#
# $$ \text{where } N_k < \text{least}: \quad N_k \leftarrow \text{least}, \quad m_k \leftarrow \text{least} \cdot
# c_k; \quad e_k = m_k / N_k \tag{9.6} $$
#
# Fill `restart_dead`.

# %% [markdown]
# <details><summary>Hint 1</summary>
#
# `dead = counts < least` is a mask `(K,)`; for vectors `dead[:, None]`.
#
# </details>
# <details><summary>Hint 2</summary>
#
# `torch.where(dead, new, old)` makes a new tensor, and changes none.
#
# </details>

# %%
check("quantization.restart_dead")

# %% tags=["skip-when-grading"]
from exercise_lib.codes.book import Book


def used_by_batches(least):
    """Perplexity after each batch of patches, of a book that begins far away."""
    torch.manual_seed(0)
    book, found = Book(256, 48, decay=0.9, least=least), []
    for _ in range(40):
        batch = every[torch.randint(len(every), (2048,))]
        codes = quantization.nearest(batch, book.codebook)
        book.learn(batch, codes)
        found.append(float(quantization.perplexity(codes, 256)))
    return found

# %% tags=["skip-when-grading"]
lines = {"dead codes begin anew": used_by_batches(1.0), "they stay dead": used_by_batches(0.0)}
figures.curves(lines, xlabel="batch of 2048 patches", ylabel="perplexity, of 256 codes");

# %% [markdown]
# **What to see.** Codes drawn from N(0, 1) lie far from all patches: the first batch chooses a few, these move
# to the patches, and the others are never nearest again. With restarts ten times as many are in use after ten
# batches; not all 256, for most patches are one of a few grounds.

# %% [markdown]
# ## Training
#
# Encoder and decoder are a linear code of each patch (its principal components), which convolutions correct:
# `exercise_lib/images/vqvae.py`. 6000 scenes, 64 codes a picture, 256 in the book; half a minute on one
# core. Codes follow by (9.4) and (9.6), all else by the gradient.

# %% tags=["skip-when-grading"]
from exercise_lib.train import train
from exercise_lib.images.vqvae import load_vqvae
from exercise_lib.images.vqvae_training import VqvaeConfig, examine

quick = "EXERCISE_QUICK" in os.environ
config = VqvaeConfig(steps=4, batch=8, scenes=64) if quick else VqvaeConfig()
folder = Path("runs") / ("vqvae-quick" if quick else "vqvae")
every_steps = 2 if quick else 25
task, log = train("vqvae", folder, config, evaluate_every=every_steps, checkpoint_every=100)
model = task.network.eval()

# %% [markdown]
# ## Collapse, on purpose
#
# The same networks; but they begin at random, codes begin from N(0, 1) and learn by the loss (9.3) alone, and
# none begins anew.

# %% tags=["skip-when-grading"]
wrong = dataclasses.replace(config, by_loss=True, from_chance=True, least=0.0)
wrong = wrong if quick else dataclasses.replace(wrong, steps=160)
bad_folder = folder.with_name(f"{folder.name}-collapsed")
bad_task, bad_log = train(
    "vqvae", bad_folder, wrong, evaluate_every=every_steps, checkpoint_every=100
)
collapsed = bad_task.network.eval()

# %% tags=["skip-when-grading"]
import matplotlib.pyplot as plt

_, axes = plt.subplots(1, 2, figsize=(11, 3.6), layout="constrained")
logs = {"healthy": log, "collapsed": bad_log}.items()
for ax, name, ylabel in zip(axes, ("psnr", "perplexity"), ("PSNR (dB)", "perplexity, of 256")):
    for colour, (title, its) in zip(figures.colours.LINES, logs):
        x, y = zip(*((entry["step"], entry[name]) for entry in its))
        ax.plot(x, y, color=colour, label=title, linestyle="-" if its is log else "--")
    ax.set(xlabel="training step", ylabel=ylabel)
    ax.legend()
axes[0].set_title(f"{log[-1]['psnr']:.1f} and {bad_log[-1]['psnr']:.1f} dB at the end")
axes[1].set_title(f"{log[-1]['perplexity']:.0f} and {bad_log[-1]['perplexity']:.1f} at the end");

# %% tags=["skip-when-grading"]
codes = {"healthy": model.look_up(pictures), "collapsed": collapsed.look_up(pictures)}
rows = [shown / 255, model.draw(codes["healthy"][:8]), collapsed.draw(codes["collapsed"][:8])]
plots.sheet(torch.cat(rows));

# %% [markdown]
# **What to see.** From the top: pictures, healthy, collapsed. 64 codes of 8 bits keep ground, place and colour;
# shapes are soft. With two or three codes little more than light and dark is left, though the networks are as
# large.

# %% tags=["skip-when-grading"]
_, axes = plt.subplots(2, 1, figsize=(9, 6), layout="constrained")
for ax, (name, its) in zip(axes, codes.items()):
    code_plots.codebook(model if name == "healthy" else collapsed, its, ax, title=name)

# %% [markdown]
# **What to see.** The healthy book begins with grounds, which fill most patches, then come plain colours, then
# edges. Of the collapsed one nearly every code is crossed out.

# %% tags=["skip-when-grading"]
code_plots.use_of_codes(codes, 256);

# %% [markdown]
# **What to see.** Dotted: if all codes were used alike. Grounds are common, so the healthy book is no flat
# line, and its perplexity is below 256; the collapsed one ends after a few codes.

# %% [markdown]
# ## The kept one
#
# The same with 512 codes and three blocks, trained for 4000 steps. Turn single codes: what does one code
# decide, and how far around it?

# %% tags=["skip-when-grading"]
kept = load_vqvae()
test = render.render(scenes.draw_scenes(400, seed=21))
for name, it in {"live": model, "kept": kept}.items():
    print(name, {key: round(value, 1) for key, value in examine(it, test).items()})
again = [it.draw(it.look_up(shown)) for it in (model, kept)]
plots.sheet(torch.cat([shown / 255, *again]));

# %% [markdown]
# **What to see.** From the top: pictures, live, kept. Nine bits a patch and a longer training give purer colours
# and sharper edges; small crosses and stars stay blobs.

# %% tags=["skip-when-grading"]
code_widget.code_editor(kept, shown)

# %% [markdown]
# ## TODO 9.7 · Residual quantisation
#
# A better picture needs more codes, and a book of $2^{20}$ cannot be learned. So a second book quantises what
# the first one left, and so on (slide "Residual vector quantization"):
#
# $$ r_1 = z, \quad q_i = \text{sg}[e^i_{k_i}], \; k_i \text{ nearest to } r_i, \quad r_{i+1} = r_i - q_i, \quad
# y = z + \text{sg}\Big[\sum_i q_i - z\Big] \tag{9.7} $$
#
# Fill the loop of `residual_quantize`.

# %% [markdown]
# <details><summary>Hint 1</summary>
#
# Five steps: `nearest`, the codes' vectors (detached), the commitment with `F.mse_loss`, the total, the next
# residual.
#
# </details>
# <details><summary>Hint 2</summary>
#
# `codebook[chosen].detach()` are the vectors; `codes.append(chosen)`.
#
# </details>

# %% [markdown]
# EnCodec's first code had a [mistake here](https://github.com/facebookresearch/encodec/issues/25) that nobody
# saw for months: it subtracted the *straight-through copy*. Then $r_2 = r_1 - (r_1 + \text{sg}[\ldots])$ is a
# constant, and the commitment $\text{mean} (r_i - q_i)^2$ of every later book has no gradient. Values are
# right, sound comes out. The check compares gradients.

# %%
check("quantization.residual_quantize")

# %% [markdown]
# Now speech: frames of 80 log-mel bands, 62.5 a second, of the corpus's voice; mean 0, variance 1. Eight
# books of 256 codes follow 150 batches by (9.4): no network, some seconds.

# %% tags=["skip-when-grading"]
from exercise_lib.codes import frames as speech, plots as book_plots, widgets
from exercise_lib.codes.residual_books import fit_books

frames = speech.read_frames()
steps = 5 if quick else 150
books = fit_books(frames.train, n_books=8, n_codes=256, steps=steps)
y, codes, commitments = books(frames.test)
print(frames.test.shape, codes.shape)
alone = [fit_books(frames.train, 1, 256, steps, seed=n)(frames.test)[0] for n in range(8)]
means = [torch.stack(alone[:n]).mean(0) for n in range(1, 9)]
errors = {
    "each book takes what is left": commitments.tolist(),
    "each takes z, and the mean is used": [float(F.mse_loss(it, frames.test)) for it in means],
}
book_plots.by_books(errors);

# %% [markdown]
# **What to see.** The error falls with every book, also with the eighth: on sentences the books have not seen.
# The commitment of book $i$ is the error after $i$ books. If every book gets $z$ itself, each says nearly what
# the others say: the mean of eight takes off a quarter of the error, eight in a row more than three quarters.

# %% [markdown]
# ## TODO 9.8 · Sum of the codes
#
# Only codes are stored. The decoder's side adds up what they stand for, of the first $u$ books of each row:
#
# $$ q_n = \sum_{i=1}^{u_n} e^i_{k_{ni}} \tag{9.8} $$
#
# Fill the loop of `decode_codes`.

# %% [markdown]
# <details><summary>Hint 1</summary>
#
# `codebook[codes[:, i]]` are this book's vectors, `(N, d)`.
#
# </details>
# <details><summary>Hint 2</summary>
#
# `(i < used)[:, None]` is true where they count; times it, the others become 0.
#
# </details>

# %%
check("quantization.decode_codes")

# %% tags=["skip-when-grading"]
from exercise_lib.speech import audio


def with_books(its, used):
    """Frames `(T, 80)` as the first books have them."""
    codes = books(its)[1]
    return quantization.decode_codes(codes, books.codebooks, torch.full((len(codes),), used))


text, spoken = next(iter(frames.sentences.items()))
print(text)
made = {f"books used: {n}": with_books(spoken, n) for n in (1, 2, 8)} | {"as spoken": spoken}
book_plots.spectrograms({name: frames.log_mel(it) for name, it in made.items()});

# %% [markdown]
# **What to see.** With one book of 256 the formants stand still for several frames and then jump; with eight
# they glide again, and the fine stripes of the voice's pitch are back.

# %% tags=["skip-when-grading"]
heard = {name: frames.sound(it) for name, it in made.items()}
audio.play_all(heard, speech.SETTINGS.sample_rate)

# %% [markdown]
# Turn the number of books. Words are there with one book, 500 bits per second; what do the others add?

# %% tags=["skip-when-grading"]
widgets.books_explorer(frames, with_books, n_books=8, bits_per_book=8)

# %% [markdown]
# ## TODO 9.9 · Quantiser dropout
#
# A codec should work at several bit rates, so in training each example uses the first $u$ of $n$ books, all
# numbers equally often; $x$ is uniform, $0 \le x < 1$:
#
# $$ u = 1 + \lfloor n x \rfloor \tag{9.9} $$
#
# Fill `draw_books`. (`random.randrange(1, n)` never gives $n$:
# [a bug that was trained](https://github.com/kaiidams/soundstream-pytorch/issues/7).)

# %% [markdown]
# <details><summary>Hint 1</summary>
#
# $n$ equal parts of the line from 0 to 1: in which of them is $x$?
#
# </details>
# <details><summary>Hint 2</summary>
#
# `.floor()` leaves a fraction's type: `.long()` makes it a whole number.
#
# </details>

# %%
check("quantization.draw_books")

# %% tags=["skip-when-grading"]
torch.manual_seed(0)
x = torch.rand(100_000)
drawn = {"1 + floor(n x)": quantization.draw_books(x, 8), "randrange(1, n)": 1 + (x * 7).long()}
lines = {
    name: [float((number <= its).float().mean()) for number in range(1, 9)]
    for name, its in drawn.items()
}
book = list(range(1, 9))
figures.curves(lines, x=book, xlabel="book", ylabel="share of examples that use it");

# %% [markdown]
# **What to see.** The first book is always used, the eighth by one example in eight; with `randrange(1, n)`
# by none: it would never learn.

# %% [markdown]
# ## TODO 9.10 · Bit rate
#
# A code is one of $K$ numbers, so it takes $\log_2 K$ bits. With $n$ codes a frame, and $f / h$ frames per
# second:
#
# $$ R = \frac{f}{h}\, n \log_2 K \tag{9.10} $$
#
# Fill `bit_rate`.

# %% [markdown]
# <details><summary>Hint 1</summary>
#
# Two factors: frames per second, and bits a frame.
#
# </details>
# <details><summary>Hint 2</summary>
#
# `sample_rate / hop_length` and `n_books * math.log2(n_codes)`.
#
# </details>

# %%
check("quantization.bit_rate")

# %% tags=["skip-when-grading"]
for n in (2, 4, 8, 16, 32):
    print(f"EnCodec, 24 kHz, {n:2} books: {quantization.bit_rate(n, 1024, 320, 24_000):6.0f} bit/s")
here = quantization.bit_rate(8, 256, speech.SETTINGS.hop_length, speech.SETTINGS.sample_rate)
print(f"these frames, 8 books: {here:.0f} bit/s; 16-bit samples at 16 kHz: {16 * 16_000} bit/s")

# %% [markdown]
# ## TODO 9.11 · One book in place of several
#
# The slide has "$8 \times 2^{10} = 1024$ codes is better than one codebook with $2^{8 \times 1024}$ codes".
# Both numbers are slips. Return, for $n$ books of $K$ codes, the number of vectors that are stored, and the
# exponent $b$ of one book of $2^b$ vectors with as many bits a frame.

# %% [markdown]
# <details><summary>Hint 1</summary>
#
# Stored is each book by itself.
#
# </details>
# <details><summary>Hint 2</summary>
#
# One book has a code for each combination of theirs: $K^n = 2^b$.
#
# </details>

# %%
def one_book(n_books, n_codes):
    """Vectors stored in n books of K codes, and b of one book of 2^b with as many bits."""
    ### BEGIN SOLUTION
    # TODO 9.11: both numbers
    stored = n_books * n_codes
    bits = n_books * math.log2(n_codes)
    return stored, bits
    ### END SOLUTION

# %%
check("slide.one_book", one_book)

# %% tags=["skip-when-grading"]
print("8 books of 2^10: {} vectors in place of one book of 2^{:.0f}".format(*one_book(8, 2**10)))


def measured(n_books, n_codes, steps=150):
    stored, bits = one_book(n_books, n_codes)
    its = fit_books(frames.train, n_books, n_codes, 5 if quick else steps)
    return book_plots.Measured(bits, stored, speech.error_by_books(frames.test, its)[-1])


table = {
    "one book": [measured(1, 2**b) for b in (4, 6, 8, 10)] + [measured(1, 2**12, 60)],
    "two books": [measured(2, 2**b) for b in (2, 3, 4, 5, 6)],
    "eight books": [measured(8, 2**b) for b in (1, 2, 4, 6)],
}
book_plots.cost_and_error(table);

# %% [markdown]
# **What to see.** Left, *bit for bit*: one book loses less than two of the same bits, as long as the
# frames suffice; at 12 bits, 8000 frames don't fill 4096 codes. Right, *vector for vector*: residual books
# win by far; eight of 64 store 512 vectors and lose less than one of 4096.

# %% [markdown]
# ## TODO 9.12 · Find the mistake
#
# Vectors `z` and their nearest codes `e` give what the decoder gets, and the loss (9.3). The loss has the
# right value, falls for a while, and the codes stay where they were on the first day.
#
# **How to hunt.** Ask for the gradients of the loss: `torch.autograd.grad(loss, (z, e), allow_unused=True)`,
# for `z = torch.zeros(1, 1, requires_grad=True)` and `e` the same of ones.

# %% [markdown]
# <details><summary>Hint 1</summary>
#
# What does `e` get? Then look at what the loss is taken of.
#
# </details>
# <details><summary>Hint 2</summary>
#
# Behind (9.2) `q` has the value of the code and the gradient of the vector: a loss of it is a loss of `z`.
#
# </details>

# %%
def quantize_and_score(z, e):
    """What the decoder gets, and the loss (9.3) with a commitment of 0.25."""
    ### BEGIN SOLUTION
    # TODO 9.12: codes never move
    q = z + (e - z).detach()
    loss = F.mse_loss(e, z.detach()) + 0.25 * F.mse_loss(z, e.detach())
    return q, loss
    ### HANDED OUT
    # q = z + (e - z).detach()
    # loss = F.mse_loss(q, z.detach()) + 0.25 * F.mse_loss(z, q.detach())
    # return q, loss
    ### END SOLUTION

# %%
check("mend.quantize_and_score", quantize_and_score)

# %% [markdown]
# ## Experiment
#
# Ungraded. Change one thing and train anew, in the background: 32 codes in place of 256; codes that never begin
# anew (`least=0.0`); a random start with moving averages (`from_chance=True`). Guess first: what happens to
# PSNR, what to the perplexity?

# %% tags=["skip-when-grading"]
from exercise_lib.train.background import BackgroundRun

changed = dataclasses.replace(config, least=0.0)
experiment = BackgroundRun("vqvae", Path("runs") / "vqvae-experiment", changed, every_steps)
experiment.widget

# %% tags=["skip-when-grading"]
lines = Path("runs") / "vqvae-experiment" / "log.jsonl"  # run it again while the experiment goes on
if lines.exists():
    entry = json.loads(lines.read_text().splitlines()[-1])
    at_that_step = next((it for it in log if it["step"] == entry["step"]), log[-1])
    for name in ("step", "loss", "psnr", "perplexity", "used"):
        print(f"{name:10} {entry[name]:8.3f}   before: {at_that_step[name]:8.3f}")

# %% [markdown]
# <details><summary>What we found</summary>
#
# PSNR (dB) and perplexity after 300 steps:
#
# - as it should be 27.5, 103
# - none begins anew 27.5, 97
# - codes by the loss, none begins anew 27.0, 86
# - random start, moving averages and restarts 21.0, 162
# - 32 codes 25.2, 20
#
# A good start matters most here. And many codes in use make no good picture: the random start uses
# more of its book than any other.
#
# </details>

# %% [markdown]
# ## Question 9
#
# Two books of $2^5$ and one book of $2^{10}$ cost the same bits. Which lost less on the frames, and why can the
# one book place its codes better? Why does EnCodec nevertheless use eight books of $2^{10}$? Name the number of
# vectors stored and the size of the one book with the same bits.

# %% [markdown] question="one-or-eight-books" points=2
# ### BEGIN SOLUTION
# One book of 1024 lost less (an error of .053 against .066): its codes lie anywhere. The sums of two books form
# a grid: every code of the first has the same 32 steps around it, whether or not the data there are spread in
# this way. So bit for bit one book is at least as good, if there are enough data to learn each code.
#
# Eight books of 2^10 store 8192 vectors. One book with the same 80 bits a frame would hold 2^80: nobody can
# store it, search it, or find data in which each code is used. Error falls with every book at the price of 1024
# more vectors, and a decoder may stop after any book, so one model has eight bit rates.
#
# **Rubric.** 1 point: one book loses less at equal bits, with the reason (free places against sums of the same
# steps). 1 point: 8192 stored against 2^80, with a consequence (memory, search or data; several rates also
# counts).
# ### END SOLUTION
