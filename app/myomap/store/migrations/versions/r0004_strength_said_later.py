"""Not said is kept as not said: a stroke's strength, a needle's technique and insertions; pain may throb.

An older program cannot read that, so it refuses the practice.
"""

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    pass
