"""What palpation found at a site, and what the 2018 criteria call it.

The criteria: Fernández-de-las-Peñas and Dommerholt 2018 (Pain Medicine 19:142-150): taut band,
hypersensitive spot and referred pain, of which at least two are asked for (the number recalled from
the full text; the abstract names the cluster of three); active where the patient recognises the
pain as their own, latent where not. A local twitch response confirms and is not asked for.
"""

from dataclasses import dataclass
from enum import StrEnum

from myomap.records.sites import Site


class Twitch(StrEnum):
    """Local twitch responses that were seen or felt."""

    NOT_ASKED = "not_asked"
    NONE = "none"
    ONE = "one"
    MANY = "many"


class TriggerPointState(StrEnum):
    """What a finding amounts to."""

    ACTIVE = "active"
    LATENT = "latent"
    PRESENT = "present"
    """The criteria are met; whether the pain is the patient's own was not asked."""
    NOT_MET = "not_met"
    UNDECIDED = "undecided"
    """Too little was examined to say."""


@dataclass(frozen=True, slots=True)
class Finding:
    """What palpation found. None means not examined."""

    id: str
    site: Site
    taut_band: bool | None = None
    spot_tenderness: bool | None = None
    referred_pain: bool | None = None
    """Pain or another sensation felt elsewhere."""
    recognised_pain: bool | None = None
    """The patient knows this pain as their own."""
    twitch: Twitch = Twitch.NOT_ASKED
    tenderness: int | None = None
    """How tender the spot is, NRS 0-10."""
    referred_to: str = ""
    note: str = ""
    carried: bool = False
    """Copied from an earlier visit and not yet reviewed; a visit with such findings cannot be signed."""

    @property
    def state(self) -> TriggerPointState:
        """Active, latent, or why neither can be said."""
        signs = (self.taut_band, self.spot_tenderness, self.referred_pain)
        met, unknown = signs.count(True), signs.count(None)
        if met < 2:
            return TriggerPointState.UNDECIDED if met + unknown >= 2 else TriggerPointState.NOT_MET
        if self.recognised_pain is None:
            return TriggerPointState.PRESENT
        return TriggerPointState.ACTIVE if self.recognised_pain else TriggerPointState.LATENT
