"""What an evaluation leaves can be heard and seen, and is there as a whole or not at all."""

import pytest
import soundfile
import torch
from matplotlib.image import imread

from exercise_lib.models.samples import keep_alignment, keep_sound
from exercise_lib.models.tacotron_training import read_alignments
from exercise_lib.train.checkpoint import CheckpointError


@pytest.mark.parametrize("truth", [torch.arange(6) // 2, None])
def test_an_alignment_is_kept_as_numbers_and_as_a_picture(tmp_path, truth):
    alignment = torch.eye(4).repeat_interleave(2, 1)[:, :6]
    keep_alignment(tmp_path / "alignments" / "step-000007", alignment, truth)
    torch.testing.assert_close(read_alignments(tmp_path), {7: alignment})
    picture = imread(tmp_path / "alignments" / "step-000007.png")
    assert picture.std() > 0


def test_a_sound_is_kept_as_it_is(tmp_path):
    keep_sound(tmp_path / "samples" / "a.flac", torch.linspace(-0.5, 0.5, 100), 16_000)
    samples, rate = soundfile.read(tmp_path / "samples" / "a.flac", dtype="float32")
    assert rate == 16_000
    torch.testing.assert_close(
        torch.from_numpy(samples), torch.linspace(-0.5, 0.5, 100), rtol=0, atol=1e-4
    )


def test_no_room_for_a_sound_is_a_clear_error(tmp_path):
    (tmp_path / "samples").write_text("in the way")
    with pytest.raises(CheckpointError, match="could not be written"):
        keep_sound(tmp_path / "samples" / "a.flac", torch.zeros(9), 16_000)
