"""What servers write down on their own."""

import logging

import pytest

from modules.core.logs import init_logs


@pytest.mark.parametrize("writer", ["gunicorn.access", "gunicorn.error", "werkzeug"])
def test_no_server_writes_the_key_down(writer, caplog):
    init_logs()
    log = logging.getLogger(writer)
    with caplog.at_level(logging.INFO, logger=writer):
        log.info('"%s" %s', "POST /?module=remoteapi&key=UB00ff&action=dreamkas HTTP/1.1", 200)
        log.info("%(r)s", {"r": "GET /?key=UB00ff"})
        log.info("100% key=")
    assert "UB00ff" not in caplog.text
    assert '"POST /?module=remoteapi&key=•••&action=dreamkas HTTP/1.1" 200' in caplog.text
