"""The solved attention module against PyTorch's own and against values worked out by hand."""

import pytest
import torch
import torch.nn.functional as F

from solutions.exercise_lib import attention


def staircase(t_enc: int, steps: int) -> torch.Tensor:
    return torch.eye(t_enc).repeat_interleave(steps, dim=1)


def test_additive_energies_of_one_pair():
    query, memory = torch.tensor([[[1.0]]]), torch.tensor([[[2.0, 3.0]]])
    W, V, v = torch.tensor([[0.5]]), torch.tensor([[0.1, -0.2]]), torch.tensor([4.0])
    energies = attention.additive_energies(query, memory, W, V, v)
    assert energies.item() == pytest.approx(4 * torch.tanh(torch.tensor(0.5 + 0.2 - 0.6)).item())


def test_masked_softmax_of_a_short_sentence_is_the_softmax_of_its_characters():
    energies = torch.randn(2, 3, 5, generator=torch.Generator().manual_seed(0))
    weights = attention.masked_softmax(energies, torch.tensor([5, 2]))
    torch.testing.assert_close(weights[1, :, :2], energies[1, :, :2].softmax(-1))
    assert weights[1, :, 2:].abs().max() == 0
    torch.testing.assert_close(weights.sum(-1), torch.ones(2, 3))


def test_multi_head_attention_equals_pytorch_values_and_gradients():
    generator = torch.Generator().manual_seed(1)
    query, key, value = (torch.randn(2, n, 6, generator=generator) for n in (3, 4, 4))
    lengths = torch.tensor([4, 2])
    ours, theirs = query.clone().requires_grad_(), query.clone().requires_grad_()
    context, weights = attention.multi_head_attention(ours, key, value, 3, lengths)
    q, k, v = (x.unflatten(-1, (3, 2)).transpose(1, 2) for x in (theirs, key, value))
    mask = (torch.arange(4) < lengths[:, None])[:, None, None]
    expected = F.scaled_dot_product_attention(q, k, v, attn_mask=mask)
    expected = expected.transpose(1, 2).flatten(2)
    torch.testing.assert_close(context, expected)
    assert weights.shape == (2, 3, 3, 4)
    context.square().sum().backward()
    expected.square().sum().backward()
    torch.testing.assert_close(ours.grad, theirs.grad)


def test_features_that_do_not_divide_into_heads_are_rejected():
    x = torch.zeros(1, 2, 5)
    with pytest.raises(ValueError, match="5 features"):
        attention.multi_head_attention(x, x, x, 2, torch.tensor([2]))


def test_scores_of_a_perfect_staircase():
    alignment, truth = staircase(5, 3), torch.arange(5).repeat_interleave(3)
    assert attention.monotonicity(alignment) == 1
    assert attention.focus(alignment) == 1
    assert attention.coverage(alignment) == 1
    assert attention.mass_near_truth(alignment, truth, radius=0) == 1


def test_a_rhythm_correlates_and_a_straight_line_does_not():
    durations = torch.tensor([1, 6, 2, 1, 5, 1])
    truth = torch.arange(6).repeat_interleave(durations)
    followed = F.one_hot(truth, 6).T.float()
    t_dec = len(truth)
    line = torch.linspace(0, 5, t_dec)
    straight = (1 - (torch.arange(6)[:, None] - line).abs()).clamp_min(0)
    assert attention.centroid_correlation(followed, truth) == pytest.approx(1)
    assert attention.centroid_correlation(straight, truth) == 0
    # The straight line still has much mass near the truth: that score alone is deceived.
    assert attention.mass_near_truth(straight, truth) > 0.5


@pytest.mark.parametrize("name", ["monotonicity", "focus", "coverage"])
@pytest.mark.parametrize("shape", [(3,), (4, 1), (4, 0), (1, 3, 4)])
def test_scores_reject_what_is_no_alignment(name, shape):
    with pytest.raises(ValueError, match="expected an alignment"):
        getattr(attention, name)(torch.ones(shape))
