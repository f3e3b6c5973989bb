"""Type a sentence and watch a Tacotron read it: the player of the lecture."""

from __future__ import annotations

import html
from typing import TYPE_CHECKING, Any

import traitlets

from exercise_lib.alignment_player.player import AlignmentPlayer
from exercise_lib.alignment_player.reader import (
    MOST_CHARACTERS,
    Reader,
    check_length,
    label,
    log_weights,
    one_line,
)
from exercise_lib.alignment_player.reading import WHOLE, Breakage, DecoderStep, repeat_word
from exercise_lib.alignment_player.take import Take, colour_levels, mel_ticks, payload_of
from exercise_lib.models.students import BrokenModule
from exercise_lib.speech.audio import as_array
from exercise_lib.speech.scaling import denormalise

if TYPE_CHECKING:
    from IPython.display import HTML

SENTENCE = "The old doctor danced quietly beneath the tower."
SECONDS_PER_CHARACTER = 0.05  # about the speaker's pace
CANNOT_READ = "No sentence can be read here: {}. Run `make lecture`, or finish notebook 06."


class SpeakingPlayer(AlignmentPlayer):
    """Type a sentence, watch the kept Tacotron decode it, hear it, break it, compare it.

    The takes are the sentence as read after each of `tacotron_steps()`.

    Args:
        text: the sentence that is read at first.

    Raises:
        DataError: there are no weights, or they are damaged.
        BrokenModule: a module that reads can't be imported.
        NotImplementedError: one has a TODO left.
    """

    _speaking = traitlets.Dict().tag(sync=True)  # what the page offers
    _message = traitlets.Unicode().tag(sync=True)  # what went wrong last
    _comparison = traitlets.Dict().tag(sync=True)  # the takes of a recording, or nothing

    def __init__(self, text: str = SENTENCE) -> None:
        self.reader = Reader()
        takes = [self.reader.read(text, step) for step in self.reader.models]
        super().__init__(takes)
        self.take = len(takes) - 1
        self._speaking = {
            "text": text,
            "most_characters": MOST_CHARACTERS,
            "recordings": [[utterance.id, utterance.text] for utterance in self.reader.corpus],
        }
        self.on_msg(self._answer)

    def speak(
        self,
        text: str,
        *,
        breakage: Breakage = WHOLE,
        repeated_word: bool = False,
        twice: bool = False,
    ) -> None:
        """Read a sentence with all checkpoints; the page draws the one shown while it decodes.

        Args:
            breakage: what is done to the attention.
            repeated_word: repeat the second word of the sentence.
            twice: read the sentence twice in a row.

        Raises: ValueError: the text is empty or too long, or has characters without a symbol.
        """
        text = one_line(text)
        text = repeat_word(text) if repeated_word else text
        text = f"{text} {text}" if twice else text
        check_length(text)
        steps, shown = list(self.reader.models), self.take
        takes: dict[int, Take] = {}
        for index in sorted(range(len(steps)), key=lambda i: i != shown):  # the one shown first
            read = self._read_live if index == shown else self.reader.read
            takes[index] = read(text, steps[index], breakage)
        self._replace([takes[index] for index in range(len(steps))], shown)

    def compare(self, utterance_id: str, *, breakage: Breakage = WHOLE) -> None:
        """Show beside it how a recording is read with its true frames fed back, and the truth.

        Args:
            utterance_id: one of data/mini; "" shows none.
            breakage: what is done to the attention.
        """
        if not utterance_id:
            self._comparison = {}
            return
        takes = [self.reader.forced(utterance_id, step, breakage) for step in self.reader.models]
        self._comparison = payload_of(takes)

    def _read_live(self, text: str, step: int, breakage: Breakage) -> Take:
        """Read a text, and send the page each decoder step when it is made."""

        def send_step(it: DecoderStep) -> None:
            levels = colour_levels(as_array(denormalise(it.frames)))
            weights = log_weights(it.weights).astype("<f4")
            self.send({"kind": "step"}, [weights.tobytes(), levels.T.tobytes()])

        self.send(self._beginning(text, step))
        decoded = self.reader.decode(text, step, breakage, send_step)
        self.send({"kind": "end"})
        return self.reader.finish(text, step, decoded)

    def _beginning(self, text: str, step: int) -> dict[str, Any]:
        mel = self.reader.mel
        return {
            "kind": "begin",
            "label": label(step),
            "text": text,
            "seconds_per_step": self.reader.seconds_per_step(step),
            "expected": SECONDS_PER_CHARACTER * len(text),
            "n_mels": mel.n_mels,
            "ticks": mel_ticks(mel.n_mels, mel.fmax),
        }

    def _answer(self, _: Any, request: dict[str, Any], __: Any) -> None:
        """Do what the page asks; what goes wrong is said there, and what it shows stays."""
        self._message = ""
        breakage = Breakage(request["without_location"], float(request["temperature"]))
        try:
            if request["kind"] == "compare":
                self.compare(request["recording"], breakage=breakage)
            else:
                self.speak(
                    request["text"],
                    breakage=breakage,
                    repeated_word=request["repeated_word"],
                    twice=request["twice"],
                )
        except Exception as error:  # whatever a student's module raises
            self.send({"kind": "cancel"})
            self._message = _in_one_line(error)


def speaking_player(text: str = SENTENCE) -> SpeakingPlayer | HTML:
    """Return a SpeakingPlayer, or where none can be made one line that says what to do."""
    from IPython.display import HTML

    try:
        return SpeakingPlayer(text)
    except Exception as error:  # whatever a student's module raises
        return HTML(f"<p>{html.escape(CANNOT_READ.format(_in_one_line(error)))}</p>")


def _in_one_line(error: Exception) -> str:
    told = isinstance(error, (ValueError, NotImplementedError, BrokenModule))
    return str(error) if told else f"{type(error).__name__}: {error}"
