"""The words for what a compact is, and who leads it."""

#: Of a version: on the table; signed by all; followed by another; refused by one who must sign;
#: overtaken by another that amends the same; ended because fewer than two are left.
STATES = ("proposed", "in_force", "amended", "declined", "overtaken", "ended")
#: A common superior named the coordinating body, or equal places set it up, or there is none.
LED = ("above", "beside")
#: The first word of a signatory on a proposal is the one that counts.
ANSWERS = ("signed", "declined")
