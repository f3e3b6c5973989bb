# %% [markdown]
# # 10 · EnCodec
#
# **Goal.** Write the parts of a neural codec, train a small one in five minutes, hear speech at 800 bits
# a second, and find out what such a codec keeps and what it loses.
#
# **Time:** about 140 minutes
#
# **Needs:** nothing of earlier notebooks; notebook 09 explains the residual quantiser, which is given
# here.
#
# You write `exercise_lib/encodec.py` and two cells of this notebook.

# %%
# %load_ext autoreload
# %autoreload 2
import dataclasses
import json
import os
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F

from exercise_lib import figures
from exercise_lib.check import check
from exercise_lib.codec import measures, networks, opus, plots, spectra, widgets
from exercise_lib.speech import audio, data

# %%
from exercise_lib import encodec

# %% [markdown]
# ## From samples to codes
#
# A codec has three parts: an *encoder* turns a waveform into a vector 50 times a second; a residual *quantiser*
# writes each vector as one code of each of 8 books, of 256 codes; a *decoder* makes sound of the sum of these codes
# (slide "EnCodec neural audio codec").

# %% tags=["skip-when-grading"]
quick = "EXERCISE_QUICK" in os.environ
torch.manual_seed(0)
mini = data.SpeechCorpus(data.LOCAL_DATA / "mini")
speech = mini[1].waveform  # (samples,) at 16 kHz
untrained = networks.Codec().eval()
codes = untrained.encode(speech)
print(f"{len(speech)} samples, codes {tuple(codes.shape)}: books, frames")

# %% [markdown]
# ## TODO 10.1 · Bits a second
#
# Each convolution of EnCodec's encoder moves by a *stride* $s_i$; together they leave one frame for the
# product of the strides, the *hop*. A code of a book with $K$ codes takes $\log_2 K$ bits:
#
# $$ R = \frac{f_s}{\prod_i s_i} \, n \log_2 K \tag{10.1} $$
#
# Fill `bit_rate` in `exercise_lib/encodec.py`.

# %% [markdown]
# <details><summary>Hint 1</summary>
#
# At 24 kHz, with strides 2, 4, 5 and 8, there are 75 frames a second.
#
# </details>
# <details><summary>Hint 2</summary>
#
# `math.prod(strides)` and `math.log2(book_size)`.
#
# </details>

# %% [markdown]
# **Predict.** A telephone needs 64 kb/s, a CD 1411 kb/s. How much do 8 books of 1024 codes take at 75 frames
# a second: (a) 0.6 kb/s, (b) 6 kb/s, (c) 614 kb/s?

# %%
check("encodec.bit_rate")

# %% tags=["skip-when-grading"]
ours = encodec.bit_rate(16_000, (4, 4, 4, 5), 1, 256)
print("EnCodec, 8 books:", encodec.bit_rate(24_000, (2, 4, 5, 8), 8, 1024), "bits a second")
print("ours:", [n * ours for n in (1, 2, 4, 8)], "bits a second for 1, 2, 4 and 8 books")

# %% [markdown]
# <details><summary>Answer</summary>
#
# (b). A frame takes 8 x 10 bits, and there are 75 a second. (a) takes a code for one bit, (c) for 1024.
#
# </details>

# %% [markdown]
# ## TODO 10.2 · Codes as bytes
#
# A file holds bytes, so codes of $B$ bits must be packed without gaps. What is heard first comes first:
# frame after frame, in a frame book after book, of a code $c$ the highest bit first. Codes 5 and 1 of 3 bits
# are `101001`. Bit $j$ of a code is
#
# $$ b_j = \lfloor c / 2^{B - 1 - j} \rfloor \bmod 2, \qquad j = 0 \dots B - 1 \tag{10.2} $$
#
# Fill `pack_codes`.

# %% [markdown]
# <details><summary>Hint 1</summary>
#
# `codes.T.flatten()` is the order. `(numbers[:, None] >> highest_first) & 1` are the bits of each number.
#
# </details>
# <details><summary>Hint 2</summary>
#
# Fill up to whole bytes with `F.pad(bits, (0, -len(bits) % 8))`; then eight bits of a row are worth 128, 64,
# ... 1.
#
# </details>

# %%
check("encodec.pack_codes")

# %% tags=["skip-when-grading"]
packed = encodec.pack_codes(codes, 8)
seconds = len(speech) / 16_000
print(f"{2 * len(speech)} bytes of samples became {len(packed)} bytes of codes")
print(f"{8 * len(packed) / seconds:.0f} bits a second; 8 books: {8 * ours:.0f}")

# %% [markdown]
# ## SEANet, the paper's encoder
#
# [EnCodec](https://arxiv.org/abs/2210.13438) encodes with strided convolutions that learn from the waveform (*SEANet*).
# Its streaming model is causal: what is coded now never depends on later samples, so a call need not wait.

# %% [markdown]
# ## TODO 10.3 · Causal padding
#
# A convolution of $k$ taps at distance $d$ spans $(k - 1) d + 1$ samples. For a frame every $s$ samples that
# ends with the samples just come, all the padding it needs lies in front; at the end only what is lacking
# of a whole stride:
#
# $$ \text{left} = (k - 1) d + 1 - s, \qquad \text{right} = -T \bmod s \tag{10.3} $$
#
# Both mirror the signal. Fill `causal_pad`.

# %% [markdown]
# <details><summary>Hint 1</summary>
#
# `F.pad(x, (left, right), mode="reflect")` pads the last axis.
#
# </details>
# <details><summary>Hint 2</summary>
#
# In Python `-19 % 4` is 1: one sample lacks of 20.
#
# </details>

# %%
check("encodec.causal_pad")

# %% [markdown]
# ## TODO 10.4 · Residual unit
#
# Between the strides SEANet has residual units: narrow in the middle, and with a shortcut that is
# a convolution of its own. Each $W$ is a `CausalConv1d`, with its bias; $W_1$ has the given kernel, $W_2$
# and $W_s$ a width of 1:
#
# $$ y = W_s x + W_2 \, \mathrm{ELU}(W_1 \, \mathrm{ELU}(x)) \tag{10.4} $$
#
# Fill both parts of `ResidualUnit`.

# %% [markdown]
# <details><summary>Hint 1</summary>
#
# Four layers in `nn.Sequential`: `nn.ELU()`, a convolution to `hidden` channels, `nn.ELU()`, one back.
#
# </details>
# <details><summary>Hint 2</summary>
#
# `CausalConv1d(channels, channels, 1)` is the shortcut; `forward` adds what it makes of `x`.
#
# </details>

# %%
check("encodec.ResidualUnit")

# %% tags=["skip-when-grading"]
from exercise_lib.codec.seanet import Seanet

official = Seanet()  # the paper's size and names: the published weights load into it
wave = 0.1 * torch.randn(1, 1, 24_000)  # one second
with torch.inference_mode():
    latents = official.encoder(wave)
    changed = wave.clone()
    changed[..., 12_000:] = 0  # the second half is silent
    differs = (official.encoder(changed) - latents).abs().amax((0, 1)) > 1e-5
n_parameters = sum(it.numel() for it in official.parameters())
print(f"latents {tuple(latents.shape)}, {n_parameters / 1e6:.1f} million parameters")
print("first frame that hears the change:", int(differs.nonzero()[0]), "of 75")

# %% [markdown]
# **What to see.** A second becomes 75 vectors. Sample 12 000 lies in the middle of frame 37, and no frame before
# it hears the change. The network is far too large to be trained here.

# %% [markdown]
# ## The laptop's codec
#
# Ours differs, to learn in minutes. EnCodec learns its own filters; that took four times as long, so a *fixed*
# STFT stands before our encoder, and an inverse one at the end of the decoder (a *Vocos*). It works at 16 kHz,
# with 50 frames a second, on speech alone, and it is not causal. Books are as in notebook 09: moving averages,
# restarts, and a number of books drawn for each example.

# %% [markdown]
# ## TODO 10.5 · Spectral loss
#
# A copy that is shifted by half a period sounds the same and costs much in the waveform. So EnCodec compares
# log spectra $S_i$ with windows of several lengths: short ones see clicks, long ones see pitch (equation 2
# of the paper, with means over all examples, bands and frames):
#
# $$ \ell_f = \frac{1}{|e|} \sum_{i \in e} \left( \operatorname{mean} |d_i| + \sqrt{\operatorname{mean} (d_i^2)}
# \right), \qquad d_i = S_i(x) - S_i(\hat x) \tag{10.5} $$
#
# Fill `spectral_loss`.

# %% [markdown]
# <details><summary>Hint 1</summary>
#
# Of each transform you need the difference once: `transform(x) - transform(x_hat)`.
#
# </details>
# <details><summary>Hint 2</summary>
#
# Add `EPSILON` before the root: its slope at 0 is infinite.
#
# </details>

# %%
check("encodec.spectral_loss")

# %% tags=["skip-when-grading"]
shifts = torch.arange(0, 41, 2)
moved = [speech.roll(int(n))[None] for n in shifts]
costs = [encodec.spectral_loss(speech[None], it, spectra.SCALES) for it in moved]
lines = {
    "waveforms, mean |x - y|": [float((it - speech).abs().mean()) for it in moved],
    "spectral loss": [float(it) for it in costs],
}
backwards = speech.flip(0)[None]
whole = (
    float((backwards - speech).abs().mean()),
    float(encodec.spectral_loss(speech[None], backwards, spectra.SCALES)),
)
lines = {name: np.array(its) / most for (name, its), most in zip(lines.items(), whole)}
ylabel = "loss; 1 is the sentence backwards"
figures.curves(lines, x=shifts / 16, xlabel="shift (ms)", ylabel=ylabel);

# %% [markdown]
# **What to see.** A shift of one millisecond, which nobody hears, costs the waveform loss as much as the sentence played
# backwards, and the spectral loss a thirtieth of that.

# %% [markdown]
# ## Training
#
# Segments of 0.6 s, each played a little faster or slower, so that many voices are heard; about
# five minutes on one core. Stop it whenever you like; the same cell goes on where it was.
# `EXERCISE_QUICK` shortens it to a few steps.

# %% tags=["skip-when-grading"]
from exercise_lib.train import train
from exercise_lib.codec.codec_training import CodecTrainingConfig

config = CodecTrainingConfig()
if quick:
    config = CodecTrainingConfig(segment=4160, batch=2, steps=4, quantized_from=2)
folder = Path("runs") / ("codec-quick" if quick else "codec")
every = 2 if quick else 200
task, log = train("codec", folder, config, evaluate_every=every, checkpoint_every=every)
live = task.network.eval()

# %% tags=["skip-when-grading"]
names = {"stoi_1": "1 book", "stoi_2": "2 books", "stoi_8": "8 books"}
lines = {title: [entry[name] for entry in log] for name, title in names.items()}
figures.curves(lines, x=[entry["step"] for entry in log], ylabel="STOI of copies, 0 to 1");

# %% [markdown]
# **What to see.** Every number of books gains as the network learns, and each further book gains less. One book after
# 1400 steps is as good as eight were after 400: in these minutes the network limits the sound, more than the bits.

# %% [markdown]
# ## Hear each number of books
#
# Choose a recording and how many books its copy uses. What changes first, the words, the voice or the hiss?

# %% tags=["skip-when-grading"]
recordings = {it.text: it.waveform for it in mini}
widgets.books_player(live, recordings)

# %% [markdown]
# ## Rate and distortion
#
# Copies by each number of books, of sentences nobody trained on; beside them
# [Opus](https://opus-codec.org), the codec of browsers and calls, where `opusenc` is installed (package `opus-tools`), and
# what was recorded of it otherwise. PESQ and STOI compare with the recording; the word error rate asks a speech
# recogniser.

# %% tags=["skip-when-grading"]
from exercise_lib.speech.recognise import Recogniser
from exercise_lib.speech.splits import split_corpus

corpus = data.SpeechCorpus(data.find_data())
recognise = Recogniser(it.text for it in split_corpus(corpus)[0])
spoken = list(corpus.split("test"))[: 2 if quick else 20]
texts, originals = [it.text for it in spoken], [it.waveform for it in spoken]
floor = measures.word_error_rate(texts, [recognise(it) for it in originals])


def measured(copies, kbps):
    """Scores of copies of the test sentences, with their rate."""
    return {"kbps": kbps} | measures.measure(copies, originals, texts, recognise)


# %% tags=["skip-when-grading"]
def by_books(codec, numbers=(1, 2, 3, 4, 5, 6, 8)):
    """Scores of a codec for several numbers of books."""
    every = [codec.encode(it) for it in originals]
    return [measured([codec.decode(it, n) for it in every], n * ours / 1000) for n in numbers]


curves = {"yours": by_books(live)}
points = []
for kilobits in opus.RATES if opus.is_installed() else ():
    points.append(measured(*opus.opus_copies(originals, kilobits)))
curves["Opus"] = points or list(opus.recorded().values())
plots.rate_distortion(curves, {"wer": floor});

# %% [markdown]
# **What to see.** By PESQ and STOI all our copies are worse than Opus at its lowest rate, 8.4 kb/s with the file around
# it. By words it is the other way round: with one book, 0.4 kb/s, ours lost fewer words than Opus at 8.4. The dotted
# line is what the recogniser errs on the recordings themselves.

# %% [markdown]
# ## TODO 10.6 · Rate at equal quality
#
# "Our PESQ at 3.2 kb/s is Opus' at ... kb/s." Points of a curve are known. Let $a$ be the one with the next
# lower quality, $b$ that with the next higher one; between them the curve is taken as a line:
#
# $$ R(q) = R_a + \frac{q - q_a}{q_b - q_a} (R_b - R_a), \qquad q_a \le q \le q_b \tag{10.6} $$
#
# The points may come in any order; their qualities all differ.

# %% [markdown]
# <details><summary>Hint 1</summary>
#
# `qualities.argsort()` is the order in which qualities rise.
#
# </details>
# <details><summary>Hint 2</summary>
#
# `np.interp(x, xp, fp)` looks `x` up among rising `xp`: here the qualities.
#
# </details>

# %%
def rate_for(quality, rates, qualities):
    """The rate at which a curve `(points,)` has a quality within its range, a float."""
    ### BEGIN SOLUTION
    # TODO 10.6: equation 10.6
    order = qualities.argsort()
    rising = qualities[order].numpy()
    return float(np.interp(quality, rising, rates[order].numpy()))
    ### END SOLUTION

# %%
check("rates.rate_for", rate_for)

# %% tags=["skip-when-grading"]
rates = torch.tensor([it["kbps"] for it in curves["Opus"]])
for name in ("pesq", "stoi", "wer"):
    qualities = torch.tensor([it.get(name, float("nan")) for it in curves["Opus"]])
    ours_is = curves["yours"][-1].get(name, float("nan"))
    within = float(qualities.min()) <= ours_is <= float(qualities.max())
    found = f"{rate_for(ours_is, rates, qualities):.1f} kb/s" if within else "outside its curve"
    print(f"{name}: {ours_is:.2f} with 8 books, 3.2 kb/s. Opus: {found}")

# %% [markdown]
# **What to see.** PESQ and STOI of ours lie below all that Opus has; by words Opus needs four times our bits. The scores
# *disagree*. A network that has learned speech says the right phonemes with details of its own; PESQ counts details.

# %% [markdown]
# ## A discriminator that sees phase
#
# The lecture's note on MSD and MPD: later work gives the discriminator a *complex* STFT. A period discriminator
# folds the waveform and finds by learning what the STFT has by construction: one row a frequency, and the phase in it.

# %% [markdown]
# ## TODO 10.7 · Complex input
#
# A convolution takes real channels, so real and imaginary part become two. Dividing by the window's norm
# $|w|$ makes windows of all lengths alike:
#
# $$ X_{mf} = \frac{1}{|w|} \sum_{k=0}^{N-1} w_k \, x_{mH+k} \, e^{-2 \pi i f k / N} \tag{10.7} $$
#
# Fill `complex_input`.

# %% [markdown]
# <details><summary>Hint 1</summary>
#
# `torch.stft(waveform, n_fft, hop_length, window=window, center=False, return_complex=True)` is
# `(B, bins, frames)`.
#
# </details>
# <details><summary>Hint 2</summary>
#
# `torch.stack([z.real, z.imag], dim=1)`, and `.mT` exchanges the last two axes.
#
# </details>

# %%
check("encodec.complex_input")

# %% tags=["skip-when-grading"]
piece = speech[8_000:16_000]
channels = encodec.complex_input(piece[None, :1_000], 512, 4)[0]
plots.complex_channels(channels[:, :, :40], 512, 4);  # the lowest 40 of 257 bins

# %% [markdown]
# **What to see.** Each harmonic is a row whose sign changes with its frequency, the higher the faster; the imaginary part is
# the same a quarter of a period later. That pattern is the phase. The magnitude would be smooth, and a discriminator
# could not object to a wrong phase.

# %% [markdown]
# ## TODO 10.8 · Relative feature matching
#
# HiFi-GAN's feature matching, with each layer measured by its own size, so that no layer drowns
# another (section 3.4 of the paper). A small $\epsilon$ (`EPSILON`) lets a layer of zeros cost 0, not $0/0$:
#
# $$ \ell_{feat} = \frac{1}{KL} \sum_{k=1}^{K} \sum_{l=1}^{L} \frac{\operatorname{mean} |D_k^l(x) - D_k^l(\hat x)|}
# {\operatorname{mean} |D_k^l(x)| + \epsilon} \tag{10.8} $$
#
# Fill `relative_feature_loss`.

# %% [markdown]
# <details><summary>Hint 1</summary>
#
# Two loops with `zip(..., strict=True)`; count the layers on the way.
#
# </details>
# <details><summary>Hint 2</summary>
#
# `real.detach()`: the real features are the measure and are not to change.
#
# </details>

# %%
check("encodec.relative_feature_loss")

# %% [markdown]
# ## TODO 10.9 · Loss balancer
#
# Now there are four losses, with gradients of very different size. EnCodec takes the gradient $g_i$ of each
# with respect to the decoded waveform, and divides by a moving average $a_i$ of its norm; then the weight $\lambda_i$
# alone decides its share:
#
# $$ a_i \leftarrow \beta a_i + (1 - \beta) \operatorname{mean}_b \|g_{ib}\|, \qquad g = \sum_i
# \frac{\lambda_i}{\sum_j \lambda_j} \frac{g_i}{a_i + \epsilon} \tag{10.9} $$
#
# $\|g_{ib}\|$, of example $b$, is the root of the sum of squares over its samples. Divide by the new averages. Fill `balance`.

# %% [markdown]
# <details><summary>Hint 1</summary>
#
# `gradients.norm(dim=2)` is `(losses, B)`. What is left after the mean over the batch?
#
# </details>
# <details><summary>Hint 2</summary>
#
# `factors[:, None, None] * gradients` scales each loss's gradient by its own factor.
#
# </details>

# %%
check("encodec.balance")

# %% tags=["skip-when-grading"]
from exercise_lib.codec import codec_training as ct
from exercise_lib.codec.discriminator import Discriminators, generator_loss

torch.manual_seed(0)
judge = Discriminators(ct.SIZES, ct.CHANNELS, len(ct.WEIGHTS))

# %% tags=["skip-when-grading"]
x = piece[None, :6400]
x_hat = live.decode(live.encode(x[0]))[None].clone().requires_grad_()
(real, real_maps), (fake, fake_maps) = judge(x), judge(x_hat)
losses = {
    "time": F.l1_loss(x_hat, x),
    "spectral": encodec.spectral_loss(x, x_hat, spectra.SCALES),
    "adversarial": generator_loss(fake),
    "features": encodec.relative_feature_loss(real_maps, fake_maps),
}
grads = [torch.autograd.grad(it, x_hat, retain_graph=True)[0] for it in losses.values()]
gradients = torch.stack(grads)

# %% tags=["skip-when-grading"]
weights = torch.tensor([ct.WEIGHTS[name] for name in losses])
mixed, norms = encodec.balance(gradients, weights, torch.zeros(len(losses)), 0.0)
before, after = weights * norms, weights
rows = {
    "weighted, as they are": dict(zip(losses, (before / before.sum()).tolist())),
    "balanced": dict(zip(losses, (after / after.sum()).tolist())),
}
plots.shares(rows);

# %% [markdown]
# **What to see.** Only weighted, the spectral loss makes nearly all of the gradient, and what the discriminator says would
# hardly be heard. Balanced, the shares are those of the weights, 0.1, 1, 3 and 3 of 7.1, whatever the losses' sizes.

# %% [markdown]
# ## TODO 10.10 · Find the mistake
#
# The receiver's side. With one book all is well; with two or more it is noise. The codes
# that arrive are those that were sent, in another order.
#
# **How to hunt.** Pack `torch.tensor([[1, 2, 3], [4, 5, 6]])` with 3 bits, unpack, and look where the 4 went.

# %% [markdown]
# <details><summary>Hint 1</summary>
#
# In which order does `pack_codes` write? What are the first `n_books` codes of the row?
#
# </details>
# <details><summary>Hint 2</summary>
#
# A row of codes cut into pieces of `n_books` has a line for each frame.
#
# </details>

# %%
def unpack_codes(data, n_books, n_frames, n_bits):
    """The codes `(n_books, n_frames)` int64 that `pack_codes` wrote as bytes."""
    ### BEGIN SOLUTION
    # TODO 10.10: two books and more come back in disorder
    bits = (data.long()[:, None] >> torch.arange(7, -1, -1)) & 1
    bits = bits.flatten()[: n_books * n_frames * n_bits].view(-1, n_bits)
    row = (bits * 2 ** torch.arange(n_bits - 1, -1, -1)).sum(1)
    return row.view(n_frames, n_books).T
    ### HANDED OUT
    # bits = (data.long()[:, None] >> torch.arange(7, -1, -1)) & 1
    # bits = bits.flatten()[: n_books * n_frames * n_bits].view(-1, n_bits)
    # row = (bits * 2 ** torch.arange(n_bits - 1, -1, -1)).sum(1)
    # return row.view(n_books, n_frames)
    ### END SOLUTION

# %%
check("mend.unpack_codes", unpack_codes)

# %% tags=["skip-when-grading"]
sent = live.encode(speech)[:4]  # four books, 1.6 kb/s
stream = encodec.pack_codes(sent, 8)
received = unpack_codes(stream, 4, sent.shape[1], 8)
heard = {"recording": speech, "received": live.decode(received)[: len(speech)].clamp(-1, 1)}
audio.play_all(heard, 16_000)

# %% [markdown]
# ## Experiment
#
# Ungraded. Change one thing and train anew, in the background: let the discriminator join in for the last 200 steps,
# or begin with the books at step 0. Does PESQ follow the loss? Listen to `runs/codec-experiment/samples`.

# %% tags=["skip-when-grading"]
from exercise_lib.train.background import BackgroundRun

other = dataclasses.replace(config, adversarial_from=max(1, config.steps - 200))
experiment = BackgroundRun("codec", Path("runs") / "codec-experiment", other, every)
experiment.widget

# %% tags=["skip-when-grading"]
lines = Path("runs") / "codec-experiment" / "log.jsonl"  # run it again while the experiment goes on
if lines.exists():
    entry = json.loads(lines.read_text().splitlines()[-1])
    at_that_step = next((it for it in log if it["step"] == entry["step"]), log[-1])
    for name in ("step", "loss_spectral", "pesq_8", "stoi_8", "perplexity_1"):
        if name in entry:
            print(f"{name:14} {entry[name]:8.3f}   before: {at_that_step[name]:8.3f}")

# %% [markdown]
# <details><summary>What we found</summary>
#
# 500 steps with the discriminator, from the kept codec on: with 8 books PESQ stays at 2.11, STOI falls from .926
# to .911, and as many words are understood. The discriminator's loss stays at 2, as if it guessed: it needs far more
# steps until it has something to say. One run.
#
# </details>

# %% [markdown]
# ## Question 10
#
# The slide says that "8 x 2^10 = 1024 codes" are better than one book of "2^(8 x 1024)". Both numbers are wrong:
# correct them, say how many bits a frame takes, and what one book could do better if it could exist. Then: why do
# PESQ and the word error rate disagree? Which would you show a builder of telephones, and which somebody who trains
# a language model on codes?

# %% [markdown] question="books-and-scores" points=3
# ### BEGIN SOLUTION
# Eight books of 2^10 codes store 8 x 1024 = 8192 vectors; one book that tells as many cases apart would store
# 2^80. Both take 80 bits a frame. A single book could place its vectors freely, where they are needed; the sums
# of residual books lie on a fixed pattern, so bit for bit one large book is better (at 8 to 12 bits that can be
# measured). But 2^80 vectors can be neither stored, nor searched, nor learned from any amount of speech.
#
# PESQ compares with the recording in detail: pitch, level and noise at every moment. The word error rate asks only
# whether the phonemes are there. Our decoder makes well-formed speech with details of its own, so it is
# understood and scores low in PESQ. For a telephone the likeness to the speaker counts: PESQ (and listening). For a
# language model on codes it counts that the codes carry the words: the word error rate.
#
# **Rubric.** 1 point: 8192 against 2^80 vectors, 80 bits in both. 1 point: what a single book would do better, and why
# it cannot exist. 1 point: what each score measures, with a choice for each case that follows from it.
# ### END SOLUTION
