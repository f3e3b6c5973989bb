"""The transformer master against published code, hand-made values and published sizes.

What is compared with diffusers (0.42.1 from PyPI) is skipped where that isn't installed.
"""

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from autograder.builder.answers import answer
from solutions.exercise_lib import dit

block_parameters = answer("solutions.lab12_dit.exercises", "block_parameters")


def randn(*shape: int, seed: int = 0) -> Tensor:
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed))


def close(got: Tensor, expected: Tensor) -> None:
    torch.testing.assert_close(got, expected, rtol=1e-4, atol=1e-5)


def filled(module: nn.Module) -> nn.Module:
    """Give every parameter random numbers, those that begin as zero too."""
    generator = torch.Generator().manual_seed(1)
    for it in module.parameters():
        nn.init.normal_(it, std=0.2, generator=generator)
    return module.eval()


class Given(nn.Module):
    """Returns what it was given, whatever it is called with."""

    def __init__(self, value: Tensor) -> None:
        super().__init__()
        self.value = value

    def forward(self, *_: object, **__: object) -> Tensor:
        return self.value


def test_a_token_is_what_a_convolution_of_its_patch_sees():
    latents, patch = randn(2, 3, 4, 6), 2
    tokens = dit.patchify(latents, patch)
    convolution = nn.Conv2d(3, 5, patch, stride=patch, bias=False)
    weights = convolution.weight.permute(0, 2, 3, 1).flatten(1)  # (5, p p C)
    close(tokens @ weights.T, convolution(latents).flatten(2).mT)


@pytest.mark.parametrize(("patch", "rows"), [(2, 2), (1, 4), (4, 1)])
def test_tokens_become_the_picture_again_as_in_the_published_code(patch, rows):
    latents = randn(2, 3, 4, 8)
    tokens = dit.patchify(latents, patch)
    close(dit.unpatchify(tokens, patch, rows), latents)
    n, h, w, c = 2, rows, 8 // patch, 3
    x = tokens.reshape(n, h, w, patch, patch, c)  # facebookresearch/DiT, DiT.unpatchify
    x = torch.einsum("nhwpqc->nchpwq", x)
    close(x.reshape(n, c, h * patch, w * patch), latents)


def test_time_features_equal_diffusers():
    pytest.importorskip("diffusers", exc_type=ImportError)
    from diffusers.models.embeddings import get_timestep_embedding

    times = torch.rand(7, generator=torch.Generator().manual_seed(0))
    expected = get_timestep_embedding(
        1000 * times, 32, flip_sin_to_cos=True, downscale_freq_shift=0
    )
    torch.testing.assert_close(dit.time_features(times, 32), expected, rtol=1e-3, atol=1e-3)


def test_modulate_equals_a_layer_norm_with_these_weights():
    x, shift, scale = randn(3, 5, 4), randn(3, 4, seed=1), randn(3, 4, seed=2)
    normed = F.layer_norm(x, (4,))
    rows = [F.layer_norm(its, (4,), 1 + a, b) for its, a, b in zip(x, scale, shift, strict=True)]
    close(dit.modulate(normed, shift, scale), torch.stack(rows))


def test_the_block_equals_diffusers_block_of_the_same_weights():
    """diffusers' block with adaLN-Zero, whose embedding of time and class is ours, given."""
    attention = pytest.importorskip("diffusers.models.attention", exc_type=ImportError)
    block = filled(dit.DiTBlock(24, 4))
    theirs = attention.BasicTransformerBlock(
        24,
        4,
        6,
        norm_type="ada_norm_zero",
        num_embeds_ada_norm=2,
        attention_bias=True,
        activation_fn="gelu-approximate",
        norm_elementwise_affine=False,
        norm_eps=1e-6,
    ).eval()
    x, condition = randn(3, 5, 24), randn(3, 24, seed=1)
    theirs.norm1.emb = Given(condition)
    theirs.norm1.linear.load_state_dict(block.adaLN_modulation[1].state_dict())
    ours = block.attn.qkv
    for name, w, b in zip(
        ("to_q", "to_k", "to_v"), ours.weight.chunk(3), ours.bias.chunk(3), strict=True
    ):
        getattr(theirs.attn1, name).load_state_dict({"weight": w, "bias": b})
    theirs.attn1.to_out[0].load_state_dict(block.attn.proj.state_dict())
    theirs.ff.net[0].proj.load_state_dict(block.mlp.fc1.state_dict())
    theirs.ff.net[2].load_state_dict(block.mlp.fc2.state_dict())
    with torch.inference_mode():
        expected = theirs(x, timestep=torch.zeros(3), class_labels=torch.zeros(3))
        close(block(x, condition), expected)
    mine, its = (sum(p.numel() for p in it.parameters()) for it in (block, theirs))
    assert mine == its == block_parameters(24)


def test_attention_equals_torchs_of_the_same_weights():
    attention, x = filled(dit.Attention(24, 4)), randn(2, 5, 24)
    theirs = nn.MultiheadAttention(24, 4, batch_first=True)
    theirs.in_proj_weight, theirs.in_proj_bias = attention.qkv.weight, attention.qkv.bias
    theirs.out_proj.load_state_dict(attention.proj.state_dict())
    close(attention(x), theirs(x, x, x)[0])


def test_zeros_make_the_block_the_identity_and_let_it_learn():
    blocks = nn.ModuleList(dit.DiTBlock(8, 2) for _ in range(2))
    final = nn.Module()
    final.linear = nn.Linear(8, 3)
    final.adaLN_modulation = nn.Sequential(nn.SiLU(), nn.Linear(8, 16))
    before = {name: it.clone() for name, it in blocks.state_dict().items()}
    dit.zero_init(blocks, final)
    x, condition = randn(2, 4, 8), randn(2, 8, seed=1)
    y = blocks[1](blocks[0](x, condition), condition)
    assert torch.equal(y, x) and not final.linear(y).any()
    for name, it in blocks.state_dict().items():
        assert torch.equal(it, before[name]) != ("adaLN" in name)
    y.square().sum().backward()
    assert blocks[0].adaLN_modulation[1].weight.grad[16:24].any()  # the gate's rows


@pytest.mark.parametrize(
    ("width", "depth", "heads", "published"),
    [(384, 12, 6, 33), (768, 12, 12, 130), (1024, 24, 16, 458), (1152, 28, 16, 675)],
)
def test_published_sizes_of_dit_s_b_l_and_xl(width, depth, heads, published):
    """Peebles and Xie (2022), table 4, with patches of 2 x 2 on 32 x 32 x 4 latents."""
    with torch.device("meta"):
        block = dit.DiTBlock(width, heads)
        others = nn.ModuleList(
            [
                *(nn.Linear(16, width), nn.Embedding(256, width), nn.Embedding(1001, width)),
                *(nn.Linear(256, width), nn.Linear(width, width)),  # of the time
                *(nn.Linear(width, 2 * width), nn.Linear(width, 32)),  # the final layer
            ]
        )
    counted = sum(it.numel() for it in block.parameters())
    assert counted == block_parameters(width)
    total = depth * counted + sum(it.numel() for it in others.parameters())
    assert round(total / 1e6) == pytest.approx(published, abs=1)
    if width == 1152:
        assert total == 675_129_632  # what the official code counts
