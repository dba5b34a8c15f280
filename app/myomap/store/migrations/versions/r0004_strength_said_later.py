"""A stroke may be kept before its strength is said: an older program cannot read that, so it refuses the practice."""

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    pass
