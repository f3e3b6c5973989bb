"""Tacotron 1 and 2: torchaudio's numbers at paper size, shapes, free running, rejected inputs."""

import json
from itertools import pairwise
from unittest import mock

import pytest
import torch
from safetensors import safe_open
from solutions.exercise_lib.tacotron2 import PAPER, Tacotron2, laptop
from toy_tacotron import TINY

from autograder.paths import REPOSITORY
from exercise_lib.files.unusable import UnusableData
from exercise_lib.models.nvidia import renamed
from exercise_lib.models.pretrained import load_tacotron, load_tacotron1, tacotron_steps
from exercise_lib.speech.data import DataError
from exercise_lib.speech.text import SYMBOLS, encode_text
from solutions.exercise_lib import tacotron1

FOLDER = REPOSITORY.data / "pretrained"


def without_dropout():
    return mock.patch.object(torch.nn.functional, "dropout", lambda x, *_, **__: x)


@pytest.fixture
def tiny() -> Tacotron2:
    torch.manual_seed(0)
    return Tacotron2(TINY).eval()


def batch(frames: int = 6) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    generator = torch.Generator().manual_seed(1)
    tokens = torch.randint(1, TINY.n_symbols, (2, 9), generator=generator)
    return tokens, torch.tensor([9, 5]), torch.randn(2, TINY.n_mels, frames, generator=generator)


# ---------------------------------------------------------------- Tacotron 2


def test_paper_size_has_torchaudios_parameters_and_numbers():
    torchaudio = pytest.importorskip("torchaudio")
    torch.manual_seed(0)
    theirs = torchaudio.models.Tacotron2().eval()
    ours = Tacotron2(PAPER).eval()
    ours.load_state_dict(theirs.state_dict())
    assert sum(p.numel() for p in ours.parameters()) == 28_193_153
    tokens, lengths = torch.randint(1, 148, (2, 11)), torch.tensor([11, 7])
    mel = torch.randn(2, 80, 9)
    with without_dropout(), torch.no_grad():
        expected = theirs(tokens, lengths, mel, torch.tensor([9, 9]))
        got = ours(tokens, lengths, mel)
    for a, b in zip(got, expected, strict=True):
        torch.testing.assert_close(a, b, rtol=1e-4, atol=1e-5)


def test_nvidias_names_and_shapes_load_renamed():
    ours = Tacotron2(PAPER)
    theirs = nvidias_shapes(PAPER)
    state = {name: torch.full(shape, 2.0) for name, shape in theirs.items()}
    with pytest.raises(RuntimeError, match="linear_layer"):
        ours.load_state_dict(state)
    ours.load_state_dict(renamed(state))
    assert all((tensor == 2).all() for tensor in ours.state_dict().values())


def nvidias_shapes(c) -> dict[str, tuple[int, ...]]:
    """Names and shapes of NVIDIA/tacotron2's model.py and layers.py, written down from there."""
    d, units, prenet = c.embedding, c.decoder, c.prenet
    linear = {
        "prenet.layers.0": (prenet[0], c.n_mels),
        "prenet.layers.1": (prenet[1], prenet[0]),
        "attention_layer.query_layer": (c.attention, units),
        "attention_layer.memory_layer": (c.attention, d),
        "attention_layer.v": (1, c.attention),
        "attention_layer.location_layer.location_dense": (c.attention, c.location_filters),
        "linear_projection": (c.n_mels, units + d),
        "gate_layer": (1, units + d),
    }
    shapes = {f"decoder.{name}.linear_layer.weight": shape for name, shape in linear.items()}
    shapes |= {
        "embedding.weight": (c.n_symbols, d),
        "decoder.linear_projection.linear_layer.bias": (c.n_mels,),
        "decoder.gate_layer.linear_layer.bias": (1,),
        "decoder.attention_layer.location_layer.location_conv.conv.weight": (
            c.location_filters, 2, c.location_kernel
        ),
    }  # fmt: skip
    sizes = {"encoder": [d] * 4, "postnet": [c.n_mels, *[c.postnet] * 4, c.n_mels]}
    for part, channels in sizes.items():
        for i, (before, after) in enumerate(pairwise(channels)):
            name = f"{part}.convolutions.{i}"
            shapes[f"{name}.0.conv.weight"] = (after, before, 5)
            shapes |= {f"{name}.{at}": (after,) for at in ("0.conv.bias", "1.weight", "1.bias")}
            shapes |= {f"{name}.1.running_{it}": (after,) for it in ("mean", "var")}
            shapes[f"{name}.1.num_batches_tracked"] = ()
    for end in ("", "_reverse"):
        shapes |= recurrent("encoder.lstm", f"_l0{end}", d, d // 2)
    shapes |= recurrent("decoder.attention_rnn", "", prenet[1] + d, units)
    return shapes | recurrent("decoder.decoder_rnn", "", units + d, units)


def recurrent(name: str, end: str, size: int, units: int) -> dict[str, tuple[int, ...]]:
    return {
        f"{name}.weight_ih{end}": (4 * units, size),
        f"{name}.weight_hh{end}": (4 * units, units),
        f"{name}.bias_ih{end}": (4 * units,),
        f"{name}.bias_hh{end}": (4 * units,),
    }


def test_shapes_follow_the_reduction_factor(tiny):
    tokens, lengths, mel = batch(frames=6)
    before, after, gates, weights = tiny(tokens, lengths, mel)
    assert before.shape == after.shape == (2, TINY.n_mels, 6)
    assert gates.shape == (2, 3) and weights.shape == (2, 3, 9)
    torch.testing.assert_close(weights.sum(2), torch.ones(2, 3))
    assert (weights[1, :, 5:] == 0).all()


def test_a_sentence_in_a_batch_is_the_sentence_alone(tiny):
    tokens, lengths, _ = batch()
    tokens[1, 5:] = 0
    with without_dropout(), torch.no_grad():
        both = tiny.encoder(tiny.embedding(tokens).mT, lengths)
        convolved = tiny.embedding(tokens[1:]).mT
        alone = tiny.encoder(convolved, lengths[1:])
    torch.testing.assert_close(both[1:], alone)
    assert (both[1, 5:] == 0).all()


def test_a_step_does_not_see_its_own_frames(tiny):
    tokens, lengths, mel = batch(frames=6)
    changed = mel.clone()
    changed[:, :, 2:] += 1.0  # from the second group on
    with without_dropout(), torch.no_grad():
        a, b = (tiny(tokens, lengths, it)[0] for it in (mel, changed))
    torch.testing.assert_close(a[:, :, :4], b[:, :, :4])
    assert not torch.allclose(a[:, :, 4:], b[:, :, 4:])


def test_teacher_forcing_with_its_own_frames_is_free_running(tiny):
    tokens = encode_text("hello")
    torch.nn.init.constant_(tiny.decoder.gate_layer.bias, -9.0)  # never stops
    with without_dropout(), torch.no_grad():
        memory, lengths = tiny.encode(tokens[None], torch.tensor([5])), torch.tensor([5])
        free, gates, weights = tiny.decoder.infer(memory, lengths, 4)
        again = tiny.decoder(memory, free, lengths)
    for a, b in zip(again, (free, gates, weights), strict=True):
        torch.testing.assert_close(a, b)


def test_free_running_stops_when_the_gate_opens(tiny):
    torch.nn.init.constant_(tiny.decoder.gate_layer.bias, 9.0)
    mel, gates, weights = tiny.infer(encode_text("hello"), max_steps=10)
    assert mel.shape == (TINY.n_mels, TINY.reduction_factor)
    assert gates.shape == (1,) and gates > 0.99 and weights.shape == (1, 5)


def test_free_running_is_stopped(tiny):
    torch.nn.init.constant_(tiny.decoder.gate_layer.bias, -9.0)
    mel, gates, _ = tiny.infer(encode_text("hello"), max_steps=10)
    assert mel.shape == (TINY.n_mels, 10 * TINY.reduction_factor) and gates.shape == (10,)


def test_the_prenet_never_sleeps(tiny):
    x = torch.randn(1, TINY.n_mels)
    prenet = tiny.decoder.prenet
    assert len({tuple(prenet(x)[0].tolist()) for _ in range(20)}) > 1


def test_a_laptop_size_fits_into_a_checkpoint_of_3_megabytes():
    model = Tacotron2(laptop(len(SYMBOLS), 3))
    assert 2 * sum(tensor.numel() for tensor in model.state_dict().values()) < 3e6  # float16


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"mel": torch.zeros(2, 4, 5)}, "no multiple of the reduction factor 2"),
        ({"mel": torch.zeros(2, 4, 0)}, "no multiple"),
        ({"mel": torch.zeros(2, 5, 6)}, r"mel must be \(B, 4, frames\)"),
        ({"mel": torch.zeros(4, 6)}, r"mel must be"),
        ({"tokens": torch.zeros(9, dtype=torch.long)}, r"tokens must be \(B, T_enc\)"),
        ({"tokens": torch.full((2, 9), 99)}, "tokens must be from 0 to 33"),
        ({"lengths": torch.tensor([9, 0])}, "[Ll]ength"),
    ],
)
def test_impossible_inputs_are_rejected(tiny, change, message):
    arguments = dict(zip(("tokens", "lengths", "mel"), batch(), strict=True)) | change
    with pytest.raises((ValueError, RuntimeError), match=message):
        tiny(**arguments)


# ---------------------------------------------------------------- Tacotron 1


@pytest.mark.parametrize("size", [tacotron1.paper, tacotron1.laptop])
def test_tacotron_1_predicts_both_spectrograms(size):
    config = size(len(SYMBOLS))
    model = tacotron1.Tacotron1(config).eval()
    r = config.reduction_factor
    tokens, lengths, _ = batch()
    with torch.no_grad():
        mel, linear, weights = model(tokens, lengths, torch.randn(2, 80, 3 * r))
    assert mel.shape == (2, 80, 3 * r) and linear.shape == (2, 513, 3 * r)
    assert weights.shape == (2, 3, 9) and (weights[1, :, 5:] == 0).all()
    mel, linear, weights = model.infer(tokens[0], steps=4)
    assert mel.shape == (1, 80, 4 * r) and weights.shape == (1, 4, 9)


def test_tacotron_1_has_the_sizes_of_table_1():
    model = tacotron1.Tacotron1(tacotron1.paper(len(SYMBOLS)))
    for cbhg in (model.encoder, model.post):
        assert [layer.transform.weight.shape for layer in cbhg.highways] == [(128, 128)] * 4
        assert cbhg.gru.hidden_size == 128
    assert isinstance(model.encoder.widen, torch.nn.Identity)
    assert model.post.widen.weight.shape == (128, 80)


def test_tacotron_1_reads_backwards_from_the_end_of_each_sentence():
    torch.manual_seed(0)
    cbhg = tacotron1.CBHG(tacotron1.CBHGConfig(6, 3, 4, 5, highway=7, gru=8)).eval()
    x, lengths = torch.randn(2, 6, 9), torch.tensor([9, 5])
    with mock.patch.object(cbhg, "convolve", lambda x: x), torch.no_grad():
        both = cbhg(x, lengths)
        alone = cbhg(x[1:, :, :5], lengths[1:])
    torch.testing.assert_close(both[1:, :5], alone)
    assert (both[1, 5:] == 0).all()


def test_padding_reaches_no_further_than_the_convolutions():
    """What notebook 06 says of padding: first characters alone and in a batch are the same."""
    torch.manual_seed(0)
    encoder = Tacotron2(TINY).eval().encoder
    cbhg = tacotron1.CBHG(tacotron1.CBHGConfig(8, 4, 4, 5)).eval()
    x = torch.randn(1, 8, 20)
    for convolve, reach in ((cbhg.convolve, 2 + 1 + 1 + 1), (convolved_by(encoder), 3 * 2)):
        with torch.no_grad():
            padded, alone = convolve(x)[:, :, :15], convolve(x[:, :, :15])
        torch.testing.assert_close(padded[:, :, : 15 - reach], alone[:, :, : 15 - reach])
        assert not torch.allclose(padded, alone)


def convolved_by(encoder):
    def convolve(x: torch.Tensor) -> torch.Tensor:
        for convolution in encoder.convolutions:
            x = torch.relu(convolution(x))
        return x

    return convolve


def test_tacotron_1_rejects_a_broken_group():
    model = tacotron1.Tacotron1(tacotron1.laptop(len(SYMBOLS)))
    tokens, lengths, _ = batch()
    with pytest.raises(ValueError, match="reduction factor 5"):
        model(tokens, lengths, torch.zeros(2, 80, 7))


@pytest.mark.parametrize("width", [1, 2, 3, 16])
def test_bank_convolutions_keep_the_length(width):
    assert tacotron1.normed_conv(4, 3, width)(torch.randn(2, 4, 9)).shape == (2, 3, 9)


def test_a_new_highway_mostly_lets_pass():
    torch.manual_seed(0)
    layer, x = tacotron1.Highway(64), torch.randn(50, 64)
    t = torch.sigmoid(layer.gate(x))
    assert t.mean() < 0.35


# ---------------------------------------------------------------- text


def test_text_front_end():
    tokens = encode_text("Ab, c!")
    assert [SYMBOLS[i] for i in tokens] == list("ab, c!")
    assert (tokens > 0).all()


@pytest.mark.parametrize(("text", "message"), [("42", "'2' '4'"), ("a_b", "'_'"), ("  ", "empty")])
def test_text_that_cannot_be_spoken_is_refused(text, message):
    with pytest.raises(ValueError, match=message):
        encode_text(text)


# ---------------------------------------------------------------- weights of the repository


def test_the_kept_weights_load_and_are_small():
    steps = tacotron_steps()
    assert 6 <= len(steps) <= 8
    for step in steps:
        assert not load_tacotron(step).training
    sizes = [path.stat().st_size for path in FOLDER.glob("tacotron-*.safetensors")]
    assert max(sizes) < 3e6 and sum(sizes) < 16e6  # bytes


def test_the_kept_tacotron_1_loads_and_is_small(tmp_path):
    model = load_tacotron1(FOLDER)
    assert not model.training and model.config.post.highway == 64
    path = FOLDER / "tacotron1.safetensors"
    assert path.stat().st_size < 3e6  # bytes
    last = json.loads((FOLDER / "tacotron1.jsonl").read_text().splitlines()[-1])
    with safe_open(path, "pt") as file:
        training = json.loads(file.metadata()["training"])
    assert training["seed"] == 0 and training["step"] == last["step"]
    with pytest.raises(DataError, match="no Tacotron 1"):
        load_tacotron1(tmp_path)


def test_their_recipe_log_and_scores_lie_beside_them():
    log = [json.loads(line) for line in (FOLDER / "tacotron.jsonl").read_text().splitlines()]
    assert {"step", "loss", "mass", "rc", "monotonicity"} <= log[-1].keys()
    scores = json.loads((FOLDER / "scores.json").read_text())
    assert list(scores["alignment"]) == [f"{step} steps" for step in tacotron_steps()]
    with safe_open(FOLDER / f"tacotron-{log[-1]['step']:05}.safetensors", "pt") as file:
        training = json.loads(file.metadata()["training"])
    assert training["seed"] == 0 and training["config"]["steps"] == log[-1]["step"]


def test_the_last_weights_went_on_from_those_before():
    before, last = tacotron_steps()[-2:]
    log = (FOLDER / "tacotron-aligned.jsonl").read_text().splitlines()
    assert before + json.loads(log[-1])["step"] == last


def test_missing_and_damaged_weights_say_so(tmp_path):
    with pytest.raises(DataError, match="no Tacotron"):
        load_tacotron(folder=tmp_path)
    (tmp_path / "tacotron-00100.safetensors").write_bytes(b"damaged")
    with pytest.raises(DataError, match="no weights of step 7"):
        load_tacotron(7, folder=tmp_path)
    with pytest.raises(UnusableData, match="cannot be read"):
        load_tacotron(folder=tmp_path)
