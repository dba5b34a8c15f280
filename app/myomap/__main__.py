"""``python -m myomap``: arguments to the command line; nothing else."""

import sys

from myomap.cli import main

if __name__ == "__main__":
    sys.exit(main())
