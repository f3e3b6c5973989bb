"""What notebook 01 says of its figures, worked out again."""

import re
from itertools import pairwise
from pathlib import Path

import pytest
import torch
import torch.nn.functional as F

from exercise_lib.speech import audio, data
from exercise_lib.speech.recorded import RecordedAttention
from solutions.exercise_lib import attention, mel

MASTER = Path(__file__).with_name("notebook.py").read_text(encoding="utf-8")
TEXT = re.sub(r"\s+(# )?", " ", MASTER)
RECORDED = RecordedAttention()
UTTERANCE = data.SpeechCorpus(data.LOCAL_DATA / "mini")[0]
N_CHARACTERS, N_STEPS = 44, 29


def weights(run: str, step: int, temperature: float = 1.0) -> torch.Tensor:
    """Recorded weights, `(T_dec, T_enc)` or `(heads, T_dec, T_enc)`."""
    return (RECORDED.energies(UTTERANCE.id, run, step) / temperature).softmax(-1)


@pytest.fixture(scope="module")
def truth() -> torch.Tensor:
    truth = UTTERANCE.alignment.character_truth(RECORDED.hop_length, N_STEPS)
    assert weights("learned", 0).shape == (N_STEPS, N_CHARACTERS)
    return truth


def test_so_many_characters_have_no_step_of_their_own(truth):
    silent = N_CHARACTERS - len(set(truth.tolist()))
    assert f"So {silent} of the {N_CHARACTERS} characters have no step" in TEXT
    covered = attention.coverage(F.one_hot(truth, N_CHARACTERS).T.float())
    assert f"covers {N_CHARACTERS - silent} of them, .{100 * covered:.0f}." in TEXT


def test_heads_averaged_before_the_softmax_are_sharper_than_averaged_after():
    energies = RECORDED.energies(UTTERANCE.id, "multihead", 1500)
    heads = [attention.focus(head.T) for head in energies.softmax(-1)]
    after, before = energies.softmax(-1).mean(0), energies.mean(0).softmax(-1)
    assert f"focus is .{100 * attention.focus(after.T):.0f}, less than that of any head" in TEXT
    assert f"any head (.{100 * min(heads):.0f} to .{100 * max(heads):.0f})" in TEXT
    assert f"Averaged before, it is .{100 * attention.focus(before.T):.0f}" in TEXT
    assert (before.amax(-1) > after.amax(-1)).all() and "higher in all 29 steps" in TEXT


def test_the_middle_bands_give_the_true_character_most():
    query = (audio.log_mel(UTTERANCE.waveform, mel.MelConfig()).T / 2.5 + 2)[None]
    truth = UTTERANCE.alignment.character_truth(256, query.shape[1])
    when = F.one_hot(truth, N_CHARACTERS).float()
    mean_frames = when.T @ query / when.sum(0)[:, None].clamp(min=1)
    frames, keys = (
        2 * F.layer_norm(x.unflatten(2, (4, 20)), (20,)).flatten(2) for x in (query, mean_frames)
    )
    lengths = torch.tensor([N_CHARACTERS])
    _, heads = attention.multi_head_attention(frames, keys, mean_frames, 4, lengths)
    right = (heads[0] * when).sum(-1).mean(-1).tolist()
    assert min(right[1:3]) > max(right[0], right[3])
    assert f"most: .{100 * right[1]:.0f} and .{100 * right[2]:.0f}." in TEXT


def test_the_sharpest_and_the_final_scores_are_those_of_the_text(truth):
    final = attention.coverage(weights("learned", 1500).T)
    assert f"ends at .{100 * final:.0f}" in TEXT
    focus = [attention.focus(weights("learned", n).T) for n in RECORDED.steps["learned"]]
    assert focus.index(max(focus[:5])) == 3 and focus[3:].index(min(focus[3:])) == 1
    assert all(attention.monotonicity(weights("learned", n).T) == 1 for n in (0, 1500))


def test_blurring_lowers_both_scores_and_a_little_sharpening_raises_them(truth):
    def scores(temperature: float) -> tuple[float, float]:
        alignment = weights("learned", 1500, temperature).T
        return (
            float(attention.mass_near_truth(alignment, truth)),
            float(attention.centroid_correlation(alignment, truth)),
        )

    slider = [scores(10 ** (tenth / 10)) for tenth in range(-2, 11)]
    for sharper, blurred in pairwise(slider[2:]):
        assert blurred[0] < sharper[0] and blurred[1] < sharper[1]
    assert max(rc for _, rc in slider) == slider[0][1]
    assert f"rc from .{100 * slider[2][1]:.0f} to .{100 * slider[0][1]:.0f} at .63" in TEXT
    assert "at 2 to .{:.0f} and .{:.0f}".format(*(100 * it for it in slider[5])) in TEXT


def test_the_learned_attention_is_a_character_behind_and_a_straight_one_knows_no_rhythm(truth):
    learned = weights("learned", 1500).T
    shifted = {
        s: float(attention.mass_near_truth(learned, (truth + s).clamp(0, 43), radius=0))
        for s in range(-4, 5)
    }
    assert max(shifted, key=shifted.__getitem__) == -1 and "about a character behind" in TEXT
    fake = weights("fake", 600).T
    assert attention.focus(fake) > attention.focus(learned)
    assert attention.centroid_correlation(fake, truth) < 0.05
    assert attention.mass_near_truth(fake, truth) < 0.1
