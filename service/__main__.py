"""`python -m service` is the command `cellule`, from a checkout."""

import sys

from service.cli import main

sys.exit(main())
