"""Patients and practitioners, and what a practice sets for itself."""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum


class Sex(StrEnum):
    """As the patient gives it; decides which figure is drawn first."""

    FEMALE = "female"
    MALE = "male"
    OTHER = "other"
    NOT_GIVEN = "not_given"


@dataclass(frozen=True, slots=True)
class Contact:
    """How to reach somebody."""

    phone: str = ""
    email: str = ""
    address: str = ""
    emergency: str = ""
    """Whom to call, and how."""


@dataclass(frozen=True, slots=True)
class Patient:
    """A person who is treated. Names are kept exactly as typed."""

    id: str
    name: str
    birth_date: date | None = None
    sex: Sex = Sex.NOT_GIVEN
    number: str = ""
    """The practice's own file number."""
    contact: Contact = Contact()
    alerts: tuple[str, ...] = ()
    """What everybody who treats this person must see first: “takes anticoagulants”."""
    remarks: str = ""
    archived: bool = False


class Role(StrEnum):
    """What somebody may do in the practice."""

    OWNER = "owner"
    """Everything, and practitioners, settings, erasure, restore."""
    CLINICIAN = "clinician"
    """Records, signs and amends visits."""
    ASSISTANT = "assistant"
    """Records, but signs nothing."""
    READER = "reader"
    """Looks only."""


@dataclass(frozen=True, slots=True)
class Practitioner:
    """Somebody who works in the practice."""

    id: str
    name: str
    role: Role = Role.CLINICIAN
    licence_number: str = ""
    jurisdiction: str = ""
    """Where the licence holds: a country, a state."""
    needling_certificate: str = ""
    """Number or name of the dry-needling certification; empty where there is none."""
    needling_from: date | None = None
    needling_until: date | None = None
    """Last day on which the certification is valid; None with a certificate means without end."""
    archived: bool = False

    def may_needle_on(self, day: date) -> bool:
        """Tell whether the certification is valid on that day (both ends count)."""
        if not self.needling_certificate.strip():
            return False
        if self.needling_from is not None and day < self.needling_from:
            return False
        return self.needling_until is None or day <= self.needling_until


class PressureUnit(StrEnum):
    """Units in which algometers read."""

    KPA = "kPa"
    KGF_CM2 = "kgf/cm²"
    N_CM2 = "N/cm²"


class Paper(StrEnum):
    """Paper sizes."""

    A4 = "a4"
    LETTER = "us-letter"


@dataclass(frozen=True, slots=True)
class PracticeSettings:
    """What a practice sets for itself; travels with the practice file. There is one, with id ``practice``."""

    id: str = "practice"
    name: str = ""
    address: str = ""
    phone: str = ""
    logo: bytes = b""
    """PNG or SVG bytes, at most 1 MB."""
    paper: Paper = Paper.A4
    pressure_unit: PressureUnit = PressureUnit.KPA
    lock_after_minutes: int = 10
    retention_years: int = 10
    """How long a patient's record must be kept after the last visit."""
    second_backup_folder: str = ""
    consent_version: str = ""
    consent_text: str = ""
