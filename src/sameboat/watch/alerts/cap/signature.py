"""Whether a signature fits the text it stands in.  Whose signature it is, is not asked here.

Only the digest over the message is worked out: it needs no key and shows that a text was changed
after it was signed.  Nothing is fetched, no XPath or XSLT is run, and nothing is ever called
verified: that takes a certificate which the reader has pinned.
Source: W3C XML Signature Syntax and Processing (2008), sections 3.2.1 and 6.6.4.
"""

import base64
import binascii
import copy
import hashlib

from lxml import etree

from sameboat.watch.alerts.cap.findings import Findings, line_of
from sameboat.watch.alerts.cap.grammar import SIGNATURE_NAMESPACE

_DS = f"{{{SIGNATURE_NAMESPACE}}}"
MOST_REFERENCES = 4  #: a signed alert has one; each costs a copy of the whole message
_DIGESTS = {
    f"{SIGNATURE_NAMESPACE}sha1": "sha1",
    "http://www.w3.org/2001/04/xmlenc#sha256": "sha256",
    "http://www.w3.org/2001/04/xmldsig-more#sha384": "sha384",
    "http://www.w3.org/2001/04/xmlenc#sha512": "sha512",
}
_ENVELOPED = f"{SIGNATURE_NAMESPACE}enveloped-signature"
_PLAIN = "http://www.w3.org/TR/2001/REC-xml-c14n-20010315"
_EXCLUSIVE = "http://www.w3.org/2001/10/xml-exc-c14n#"
_WRITTEN = {
    f"{base}{comments}": (base == _EXCLUSIVE, bool(comments))
    for base, comments in (
        (_PLAIN, ""), (_PLAIN, "#WithComments"), (_EXCLUSIVE, ""), (_EXCLUSIVE, "WithComments")
    )
}  # fmt: skip


def check_signature(root: etree._Element, findings: Findings) -> None:
    """Flag a signature that does not fit the text, or that covers something else.

    `root` is of the whole document: processing instructions, also those around it, are signed too.
    """
    judged = 0
    for signature in root.findall(f"{_DS}Signature"):
        if not all(each.tag.startswith(_DS) for each in signature.iterchildren("*")):
            continue  # Canada's feed adds parts of its own: no reader of signatures takes it
        for reference in signature.findall(f"{_DS}SignedInfo/{_DS}Reference"):
            judged += 1
            fits = _fits(root, signature, reference) if judged <= MOST_REFERENCES else None
            if fits is not True:
                flag = "signature_broken" if fits is False else "signature_unreadable"
                findings.flag(flag, "Signature", line=line_of(signature))


def _fits(
    root: etree._Element, signature: etree._Element, reference: etree._Element
) -> bool | None:
    """Return whether the digest is that of the message; None if that cannot be worked out."""
    method = reference.find(f"{_DS}DigestMethod")
    stated = reference.find(f"{_DS}DigestValue")
    digest = _DIGESTS.get(method.get("Algorithm", "")) if method is not None else None
    if reference.get("URI") != "" or digest is None or stated is None:
        return None
    exclusive, comments, enveloped = False, False, False
    transforms = reference.findall(f"{_DS}Transforms/{_DS}Transform")
    for transform in transforms:
        algorithm = transform.get("Algorithm", "")
        if algorithm == _ENVELOPED:
            enveloped = True
        elif algorithm in _WRITTEN and not len(transform):
            exclusive, comments = _WRITTEN[algorithm]
        else:
            return None
    if not enveloped:
        return None
    written = _without(root, signature, exclusive=exclusive, comments=comments)
    try:
        value = base64.b64decode("".join((stated.text or "").split()), validate=True)
    except (binascii.Error, ValueError):
        return False
    return hashlib.new(digest, written, usedforsecurity=False).digest() == value


def _without(
    root: etree._Element, signature: etree._Element, *, exclusive: bool, comments: bool
) -> bytes:
    place = root.index(signature)
    whole = copy.deepcopy(root.getroottree())
    bare = whole.getroot()
    gone = bare[place]
    if gone.tail:  # the text after a removed element stays in the message
        before = gone.getprevious()
        if before is None:
            bare.text = (bare.text or "") + gone.tail
        else:
            before.tail = (before.tail or "") + gone.tail
    bare.remove(gone)
    return etree.tostring(whole, method="c14n", exclusive=exclusive, with_comments=comments)
