"""What can go wrong with a model's answer, as sentences."""


class ModelFailure(Exception):
    """The model gave no usable answer; the sentence says why and never holds the key or the server's own words."""


class ModelUnavailable(ModelFailure):
    """The model's server cannot be reached, or did not answer in time."""


class ModelRefused(ModelFailure):
    """The server will not answer this request, however often it is sent."""


class ModelAnswerInvalid(ModelFailure):
    """The answer is not what was asked for."""


class TryAgain(ModelUnavailable):
    """One attempt failed in a way that may pass; `delay` is the server's wish in seconds."""

    def __init__(self, sentence: str, delay: float | None = None) -> None:
        super().__init__(sentence)
        self.delay = delay
