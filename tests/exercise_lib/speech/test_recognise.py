"""The recogniser knows the words of its sentences, and no others."""

from exercise_lib.speech.data import LOCAL_DATA, SpeechCorpus
from exercise_lib.speech.recognise import Recogniser, words_of


def test_a_recording_is_heard_among_a_few_sentences():
    corpus = SpeechCorpus(LOCAL_DATA / "mini")
    recognise = Recogniser([*(it.text for it in corpus), "Yusuf reads."])
    for utterance in corpus:
        assert recognise(utterance.waveform) == words_of(utterance.text)
    assert recognise.decoder.lookup_word("yusuf") == "Y UW S UH F"
    assert recognise.decoder.lookup_word("zebra") is None
