"""python -m modules.sandbox --port P [--host 127.0.0.1] [--data var/sandbox] [--token T] [--hooks-anywhere]"""

import argparse
import fcntl
import signal
import sys
import time
from pathlib import Path
from typing import IO

from modules.sandbox.app import create_app
from modules.sandbox.faults import table_text
from modules.sandbox.wire import Handler, Server


def arguments() -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser("modules.sandbox", description="Учебный Dreamkas")
    parser.add_argument("--port", type=int, default=8090)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--data", type=Path, default=Path("var/sandbox"))
    parser.add_argument("--token", default="sandbox")
    parser.add_argument("--hooks-anywhere", action="store_true", help="вебхуки не только на этот компьютер")
    parser.add_argument("--switches", action="store_true", help="показать таблицу переключателей и выйти")
    return parser.parse_args()


def only_one(folder: Path, patience: int = 20) -> IO[str]:
    """Two processes on one memory would print twice: hold a lock for life.

    A dying predecessor gets `patience` tenths of a second. Raises SystemExit when somebody else lives there.
    """
    folder.mkdir(parents=True, exist_ok=True)
    lock = (folder / "lock").open("w")
    for _ in range(patience):
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return lock
        except BlockingIOError:
            time.sleep(0.1)
    sys.exit(f"Учебный Dreamkas с данными в {folder} уже запущен")


def main() -> None:
    """Serve until SIGTERM or Ctrl-C."""
    asked = arguments()
    if asked.switches:
        print(table_text())
        return
    lock = only_one(asked.data)
    server = Server(
        asked.host, asked.port, create_app(asked.data, asked.token, asked.hooks_anywhere), Handler
    )
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    print(f"Учебный Dreamkas: http://{asked.host}:{server.port}/  токен: {asked.token}", flush=True)
    server.serve_forever()
    lock.close()


if __name__ == "__main__":
    main()
