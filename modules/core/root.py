"""Where the program stands: the folder of app.py."""

from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
