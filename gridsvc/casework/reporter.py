"""Who reported a case: a name and a telephone number as they were given. Both are personal data."""

import re
from dataclasses import dataclass
from typing import Self

from gridsvc.errors import BadInput, FieldError

LONGEST_NAME = 100
LONGEST_PHONE = 40
# Lenient: numbers come with country and area codes, brackets and extensions, and two of them in one field.
_PHONE = re.compile(r"[\d\s+\-－—()（）./、,，;；#*转分机extEXT]*")


@dataclass(frozen=True, slots=True)
class Reporter:
    """Who reported a case, as far as he said: name, telephone number, or both. Nobody has to."""

    name: str | None = None
    phone: str | None = None

    def __post_init__(self) -> None:
        faults = []
        if self.name is not None and not 0 < len(self.name) <= LONGEST_NAME:
            mend = (f"1–{LONGEST_NAME} 个字，或不填", f"1 to {LONGEST_NAME} characters, or leave it out")
            faults.append(FieldError("reporter.name", self.name, *mend))
        if self.phone is not None and not (
            len(self.phone) <= LONGEST_PHONE
            and _PHONE.fullmatch(self.phone)
            and sum(c.isdigit() for c in self.phone) >= 3
        ):
            mend = (f"写电话号码，至多 {LONGEST_PHONE} 字", f"a telephone number, {LONGEST_PHONE} characters at most")
            faults.append(FieldError("reporter.phone", self.phone, *mend))
        if self.name is None and self.phone is None:
            mend = ("填姓名或电话，匿名则不填 reporter", "give a name or a number; leave reporter out if anonymous")
            faults.append(FieldError("reporter", None, *mend))
        if faults:
            raise BadInput("反映人信息无效", "the reporter cannot be so", faults)

    @classmethod
    def of(cls, name: str | None, phone: str | None) -> Self | None:
        """Make a reporter of what was filled in; None where that is nothing but blanks."""
        name, phone = (name or "").strip() or None, (phone or "").strip() or None
        return cls(name, phone) if name or phone else None
