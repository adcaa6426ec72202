"""What an elementary item is in a record: how its bytes stand for a value, how many there are."""

from dataclasses import dataclass
from typing import Literal

from franca.formats.copybook.item import Item
from franca.formats.copybook.picture import Picture

Form = Literal[
    "text", "national", "bytes", "zoned", "packed", "unsigned packed", "binary", "little", "float", "edited"
]

_WITHOUT_PICTURE = {
    "float": ("float", 4), "double": ("float", 8), "index": ("binary", 4), "pointer": ("bytes", 4),
    "char": ("binary", 1), "short": ("binary", 2), "long": ("binary", 4), "longlong": ("binary", 8),
}  # fmt: skip
_HALF, _WORD, _DOUBLE = 4, 9, 18
"""Up to so many digits a binary number has two, four, eight bytes."""


@dataclass(frozen=True, slots=True)
class Element:
    """One elementary item. `size` is in bytes; the value is `digits` digits times ten to minus `scale`."""

    form: Form
    size: int
    digits: int = 0
    scale: int = 0
    signed: bool = False
    separate: bool = False
    leading: bool = False
    justified: bool = False
    blank_when_zero: bool = False

    @property
    def is_number(self) -> bool:
        """Whether the value is a number, exact or not."""
        return self.form not in {"text", "national", "bytes"}

    @property
    def is_exact(self) -> bool:
        """Whether the value is an integer or a decimal."""
        return self.is_number and self.form != "float"


def element_of(item: Item, usage: str, sign: str, *, separate: bool) -> Element:
    """Return what an elementary item is, with what it inherits. Raises ValueError for what can't be."""
    picture = item.picture
    if picture is None or usage in {"float", "double"}:
        form, size = _WITHOUT_PICTURE[usage]
        return Element(form, size, _digits_of(size), signed=True)  # type: ignore[arg-type]  # of the table
    if picture.category == "national" or usage == "national":
        return Element("national", 2 * picture.length, justified=item.justified)
    if picture.category == "dbcs" or usage == "dbcs":
        return Element("bytes", 2 * picture.length)
    if picture.category in {"text", "edited text"}:
        if usage in {"binary", "native", "little"}:
            return Element("bytes", picture.length)
        return Element("text", picture.length, justified=item.justified)
    if picture.category in {"edited", "float"}:
        kept = (picture.length, picture.digits, picture.scale, picture.signed)
        return Element("edited" if picture.category == "edited" else "text", *kept)
    return _number(item, picture, usage, sign, separate)


def _number(item: Item, picture: Picture, usage: str, sign: str, separate: bool) -> Element:
    digits, scale, signed = picture.digits, picture.scale, picture.signed
    match usage:
        case "packed":
            return Element("packed", digits // 2 + 1, digits, scale, signed)
        case "unsigned packed":
            return Element("unsigned packed", (digits + 1) // 2, digits, scale)
        case "binary" | "native" | "little":
            form: Form = "little" if usage == "little" else "binary"
            return Element(form, _bytes_of(digits), digits, scale, signed)
    return Element(
        "zoned",
        digits + separate,
        digits,
        scale,
        signed or separate,
        separate,
        sign == "leading",
        blank_when_zero=item.blank_when_zero,
    )


def _bytes_of(digits: int) -> int:
    """Return how many bytes a binary number takes: two, four, eight, or as many as it needs."""
    if digits <= _HALF:
        return 2
    if digits <= _DOUBLE:
        return 4 if digits <= _WORD else 8
    largest: int = 10**digits - 1
    return largest.bit_length() // 8 + 1


def _digits_of(size: int) -> int:
    return len(str(256**size))
