"""`action=identify`: which instance this is."""

from flask import Response

from modules.core.serial import serial
from remoteapi.answers import say


def answer() -> Response:
    """The last four characters of the serial; Ubilling tells them to anybody, here the key was shown before."""
    return say(serial()[-4:])
