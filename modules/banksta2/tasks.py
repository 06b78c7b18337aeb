"""The statements room's duty, which the worker of the cash register does beside its own; app.py hands it in."""

from modules.banksta2.process import DUTY, has_work, work_through
from modules.dreamkas.service import Work

DUTIES = {DUTY: Work(has_work, work_through, always=True)}
