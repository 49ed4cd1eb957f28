"""Anchors: short texts that tell at once whether a slow pattern is worth running."""


def holds_any(text: str, anchors: tuple[str, ...]) -> bool:
    """Whether one of the anchors occurs in the text."""
    for anchor in anchors:  # noqa: SIM110 - three times as fast as any(), on every log line
        if anchor in text:
            return True
    return False
