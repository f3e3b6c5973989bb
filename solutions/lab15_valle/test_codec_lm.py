"""The master of VALL-E's parts against torch, published code and hand-made values.

What is compared with transformers (4.57.1 from PyPI) is skipped where that isn't installed.
"""

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from autograder.builder.answers import answer
from exercise_lib.check.toys.codes import N_CODES, toy_draw, toy_predict, toy_say
from exercise_lib.valle.networks import Block, ModelSize, rotations
from solutions.exercise_lib import codec_lm

top_accuracy = answer("solutions.lab15_valle.exercises", "top_accuracy")
other_utterance = answer("solutions.lab15_valle.exercises", "other_utterance")


def randn(*shape: int, seed: int = 0) -> Tensor:
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed))


def test_inputs_and_targets_by_hand():
    codes, lengths = torch.tensor([[5, 6, 7], [8, 0, 0]]), torch.tensor([3, 1])
    inputs, targets = codec_lm.shift_codes(codes, lengths, 9, 8)
    assert inputs.tolist() == [[9, 5, 6, 7], [9, 8, 0, 0]]
    assert targets.tolist() == [[5, 6, 7, 8], [8, 8, -100, -100]]


def test_without_a_prefix_the_mask_is_torchs_causal_one():
    mask = codec_lm.prefix_mask(torch.zeros(1, 0, dtype=torch.bool), 5)[0, 0]
    theirs = nn.Transformer.generate_square_subsequent_mask(5)
    assert torch.equal(mask, theirs == 0)


def test_the_mask_by_hand():
    mask = codec_lm.prefix_mask(torch.tensor([[True, False, True]]), 2)[0, 0]
    assert mask.int().tolist() == [
        [1, 0, 1, 0, 0],
        [1, 0, 1, 0, 0],
        [1, 0, 1, 0, 0],
        [1, 0, 1, 1, 0],
        [1, 0, 1, 1, 1],
    ]


def test_the_loss_is_the_mean_surprise_of_what_counts():
    logits, targets = randn(2, 7, 5), torch.tensor([[1, 4, 0], [2, -100, -100]])
    log = logits[:, 4:].log_softmax(-1)
    expected = -(log[0, 0, 1] + log[0, 1, 4] + log[0, 2, 0] + log[1, 0, 2]) / 4
    torch.testing.assert_close(codec_lm.code_loss(logits, targets), expected)
    logits[:, :4] += 9.0  # what is said on the prefix changes nothing
    torch.testing.assert_close(codec_lm.code_loss(logits, targets), expected)


def test_accuracy_of_all_codes_is_1_and_of_chance_is_its_share():
    logits, targets = randn(40, 50, 20), torch.randint(20, (40, 50))
    assert top_accuracy(logits, targets, 20) == 1
    assert float(top_accuracy(logits, targets, 5)) == pytest.approx(0.25, abs=0.04)


@pytest.mark.parametrize(("temperature", "share"), [(1.0, 0.9), (0.6, 0.5), (1.4, 0.99)])
def test_the_nucleus_is_that_of_transformers(temperature, share):
    generation = pytest.importorskip("transformers.generation", exc_type=ImportError)
    logits = 2 * randn(6, 50)
    theirs = generation.TemperatureLogitsWarper(temperature)(None, logits)
    theirs = generation.TopPLogitsWarper(share)(None, theirs).softmax(-1)
    torch.testing.assert_close(codec_lm.nucleus(logits, temperature, share), theirs)


def test_a_nucleus_is_never_empty_and_all_of_it_is_the_softmax():
    logits = randn(4, 9)
    tiny = codec_lm.nucleus(logits, 1.0, 1e-6)
    assert torch.equal(tiny, F.one_hot(logits.argmax(-1), 9).float())
    torch.testing.assert_close(codec_lm.nucleus(logits, 0.7, 1.0), (logits / 0.7).softmax(-1))


def test_it_speaks_until_the_end_or_for_as_long_as_it_may():
    codes, stopped = codec_lm.speak(toy_say, toy_draw, N_CODES, 40)
    assert stopped and 2 < len(codes) < 40 and N_CODES not in codes
    assert codec_lm.speak(toy_say, toy_draw, N_CODES, 2) == (codes[:2], False)


def test_the_second_model_hears_the_books_before_and_no_other():
    tables, stages, codes = randn(3, 6, 4), randn(3, 4, seed=1), torch.randint(6, (2, 3, 5))
    changed = codes.clone()
    changed[:, 1:] = (changed[:, 1:] + 1) % 6
    x = codec_lm.stage_input(tables, stages, codes, 1)
    torch.testing.assert_close(x, F.embedding(codes[:, 0], tables[0]) + stages[1])
    assert torch.equal(x, codec_lm.stage_input(tables, stages, changed, 1))
    assert not torch.equal(
        codec_lm.stage_input(tables, stages, codes, 2),
        codec_lm.stage_input(tables, stages, changed, 2),
    )


def test_every_book_is_the_likeliest_after_those_before():
    codes = codec_lm.continue_books(toy_predict, torch.tensor([3, 0, 6, 1]), 4)
    for book in range(1, 4):
        assert torch.equal(codes[book], toy_predict(codes[:book]).argmax(-1))


def test_a_prompt_is_any_other_utterance_of_the_voice_equally_often():
    chosen = torch.full((6000,), 7)
    first, count = torch.full_like(chosen, 5), torch.full_like(chosen, 4)
    draws = torch.rand(6000, generator=torch.Generator().manual_seed(0))
    found = torch.bincount(other_utterance(chosen, first, count, draws), minlength=10)
    assert found[[5, 6, 8]].min() > 1800 and found.sum() == found[[5, 6, 8]].sum()


def test_a_block_without_turning_is_torchs_transformer_layer_with_this_mask():
    size = ModelSize(n_symbols=5, pace=4.0, width=16, heads=2, dropout=0.0)
    block = Block(size)
    layer = nn.TransformerEncoderLayer(16, 2, 64, 0.0, F.gelu, batch_first=True, norm_first=True)
    layer.self_attn.in_proj_weight, layer.self_attn.in_proj_bias = block.qkv.weight, block.qkv.bias
    layer.self_attn.out_proj = block.out
    layer.linear1, layer.linear2, layer.norm1, layer.norm2 = (
        block.mlp[0],
        block.mlp[2],
        block.norm1,
        block.norm2,
    )
    x = randn(2, 7, 16)
    hears = codec_lm.prefix_mask(torch.ones(2, 3, dtype=torch.bool), 4)
    ours, _ = block(x, rotations(torch.zeros(1, 7), 8), hears)
    theirs = layer.train()(x, src_mask=~hears[0, 0])
    torch.testing.assert_close(ours, theirs, rtol=1e-4, atol=1e-5)


def test_turning_is_that_of_transformers():
    llama = pytest.importorskip("transformers.models.llama.modeling_llama", exc_type=ImportError)
    from exercise_lib.valle.networks import turned

    x, positions = randn(1, 2, 5, 8), torch.tensor([[0.0, 1.0, 4.0, 20.0, -9.0]])
    cosine, sine = rotations(positions, 8)
    both = [torch.cat([it, it], -1)[:, 0] for it in (cosine, sine)]
    theirs, _ = llama.apply_rotary_pos_emb(x, x, *both)
    torch.testing.assert_close(turned(x, (cosine, sine)), theirs)
