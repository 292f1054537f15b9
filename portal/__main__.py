"""`python3 -m portal COMMAND`: sets up what is missing, then runs the command (portal/setup/start.py).

This file must be readable by any Python 3: it is what tells people that theirs is too old.
"""

import os
import shutil
import sys

if sys.version_info < (3, 11):  # noqa: UP036
    for newer in ("python3.14", "python3.13", "python3.12", "python3.11"):
        path = shutil.which(newer)
        if path:
            os.execv(path, [path, "-m", "portal", *sys.argv[1:]])  # noqa: S606
    sys.exit("需要 Python 3.11 或更高版本。/ Python 3.11 or newer is needed. (%s)" % sys.version.split()[0])  # noqa: UP031

from portal.setup.start import main

sys.exit(main(sys.argv[1:]))
