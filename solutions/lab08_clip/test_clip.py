"""The CLIP master against hand-computed values, trusted libraries and closed-form gradients."""

import math

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from scipy.special import logsumexp
from sklearn.metrics import top_k_accuracy_score
from solutions.exercise_lib.clip import (
    contrastive_loss,
    end_feature,
    hard_negative_loss,
    initial_log_scale,
    recall_at_k,
    similarity,
    zero_shot,
)
from torch import Tensor


def randn(*shape: int, seed: int = 0, grad: bool = False) -> Tensor:
    x = torch.randn(*shape, generator=torch.Generator().manual_seed(seed))
    return x.requires_grad_(grad)


def close(got: Tensor, expected: float | Tensor) -> None:
    expected = torch.as_tensor(expected, dtype=got.dtype)
    torch.testing.assert_close(got, expected, rtol=1e-5, atol=1e-6)


def test_similarity_by_hand():
    images, texts = torch.tensor([[3.0, 4.0], [0.0, 2.0]]), torch.tensor([[1.0, 0.0], [0.0, 0.1]])
    close(similarity(images, texts, torch.tensor(0.0)), torch.tensor([[0.6, 0.8], [0.0, 1.0]]))


def test_similarity_equals_torchs_cosine_whatever_the_lengths():
    images, texts, log_scale = randn(5, 7), randn(3, 7, seed=1), torch.tensor(1.3)
    expected = math.exp(1.3) * F.cosine_similarity(images[:, None], texts[None], dim=-1)
    close(similarity(images, texts, log_scale), expected)
    close(similarity(9 * images, texts / 7, log_scale), expected)


def test_the_scale_begins_at_one_over_a_temperature_of_7_hundredths_and_ends_at_100():
    x = randn(2, 4)
    close(similarity(x, x, initial_log_scale()).diagonal(), torch.full((2,), 1 / 0.07))
    for log_scale in (4.7, 9.0):
        held = torch.tensor(log_scale, requires_grad=True)
        logits = similarity(x, x, held)
        close(logits.diagonal(), torch.full((2,), 100.0))
        logits.sum().backward()
        assert held.grad == 0


def test_contrastive_loss_equals_scipys():
    logits = 3 * randn(6, 6)
    s = logits.double().numpy()
    by_picture = logsumexp(s, axis=1) - np.diag(s)
    by_caption = logsumexp(s, axis=0) - np.diag(s)
    close(contrastive_loss(logits), (by_picture.mean() + by_caption.mean()) / 2)


def test_contrastive_loss_gradient_in_closed_form():
    logits = randn(5, 5, grad=True)
    contrastive_loss(logits).backward()
    s = logits.detach()
    close(logits.grad, (s.softmax(1) + s.softmax(0) - 2 * torch.eye(5)) / (2 * 5))


def test_all_alike_costs_ln_b_and_a_sure_answer_nothing():
    close(contrastive_loss(torch.zeros(128, 128)), math.log(128))
    assert contrastive_loss(100 * torch.eye(8)) < 1e-6
    close(contrastive_loss(torch.tensor([[3.0]])), 0.0)


def test_the_loss_does_not_depend_on_the_order_of_the_batch():
    logits, order = randn(7, 7), torch.randperm(7)
    close(contrastive_loss(logits[order][:, order]), contrastive_loss(logits))
    close(contrastive_loss(logits.T), contrastive_loss(logits))


def test_without_hard_negatives_their_loss_is_the_contrastive_one():
    logits = randn(6, 6)
    close(hard_negative_loss(logits), contrastive_loss(logits))
    far = torch.cat([logits, torch.full((6, 4), -1e4)], dim=1)
    close(hard_negative_loss(far), contrastive_loss(logits))


def test_hard_negatives_are_rivals_in_the_rows_alone():
    logits = randn(4, 9, grad=True)
    hard_negative_loss(logits).backward()
    s, own = logits.detach(), torch.eye(4, 9)
    rows = s.softmax(1) - own
    columns = F.pad(s[:, :4].softmax(0) - torch.eye(4), (0, 5))
    close(logits.grad, (rows + columns) / 8)


def test_end_feature_by_hand():
    hidden = torch.arange(2 * 4 * 1.0).reshape(2, 4, 1)
    tokens = torch.tensor([[1, 7, 2, 0], [1, 8, 9, 2]])
    assert end_feature(hidden, tokens, 2).tolist() == [[2.0], [7.0]]


def test_zero_shot_by_hand():
    """Two sentences of a class disagree: their mean is short, and its direction counts."""
    prompts = torch.tensor([[[4.0, 0.0], [0.0, 1.0]], [[0.0, 1.0], [0.1, 1.0]]])
    images = torch.tensor([[1.0, 0.9], [0.1, 5.0]])
    assert zero_shot(images, prompts).tolist() == [0, 1]


def test_recall_of_one_true_column_each_equals_sklearns():
    scores, own = randn(20, 6), torch.randint(6, (20,), generator=torch.Generator().manual_seed(1))
    for k in range(1, 6):
        expected = top_k_accuracy_score(own, scores.numpy(), k=k, labels=range(6))
        close(recall_at_k(scores, F.one_hot(own, 6).bool(), k), expected)


def test_recall_by_hand_with_several_true_columns_and_a_row_without_any():
    scores = torch.tensor([[3.0, 2.0, 1.0], [1.0, 2.0, 3.0], [1.0, 3.0, 2.0]])
    truth = torch.tensor([[False, True, True], [False, False, True], [False, False, False]])
    close(recall_at_k(scores, truth, 1), 1 / 3)
    close(recall_at_k(scores, truth, 2), 2 / 3)
    close(recall_at_k(scores, truth, 3), 2 / 3)


@pytest.mark.parametrize(
    ("function", "shape"),
    [(contrastive_loss, (3, 4)), (contrastive_loss, (3,)), (hard_negative_loss, (4, 3))],
)
def test_another_shape_is_a_value_error(function, shape):
    with pytest.raises(ValueError, match="logits are"):
        function(torch.zeros(shape))
