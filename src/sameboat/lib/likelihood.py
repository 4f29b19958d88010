"""One table of likelihood words, always shown with the per cent beside them."""

from sameboat.lib.language import mark as _

#: (lower bound, word); the first bound that holds names the probability.
WORDS = (
    (0.99, _("virtually certain")),
    (0.90, _("very likely")),
    (0.66, _("likely")),
    (0.33, _("as likely as not")),
    (0.10, _("unlikely")),
    (0.0, _("very unlikely")),
)


def likelihood_word(probability: float) -> str:
    """Return the word for a probability in [0, 1], marked for the catalogue."""
    return next(word for bound, word in WORDS if probability >= bound)
