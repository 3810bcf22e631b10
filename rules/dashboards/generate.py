#!/usr/bin/env python3
"""Writes the dashboards that dashboards.py describes as Grafana reads them: UID.json beside this file, or in another directory.

  rules/dashboards/generate.py [DIRECTORY]
"""

import json
import pathlib
import sys

sys.dont_write_bytecode = True

from dashboards import DASHBOARDS


def files():
    """Name -> text of each."""
    return {f"{dashboard.uid}.json": json.dumps(dashboard.json(), indent=2, ensure_ascii=False) + "\n" for dashboard in DASHBOARDS}


def main():
    directory = pathlib.Path(sys.argv[1]) if len(sys.argv) > 1 else pathlib.Path(__file__).resolve().parent
    for name, text in files().items():
        (directory / name).write_text(text)


if __name__ == "__main__":
    main()
