"""`make run`'s two helpers: an alter.ini for training, and the words that greet a newcomer.

python -m modules.demo.training ini alter.ini.example 8001 > alter.ini
python -m modules.demo.training welcome 8000 8001
"""

import re
import socket
import sys
from pathlib import Path
from urllib.parse import urlsplit

from modules.core.options import NAMES
from modules.core.source import Source

TRAINING = {
    "DREAMKAS_ENABLED": "1",
    "DREAMKAS_AUTH_TOKEN": "sandbox",
    "DREAMKAS_DEFAULT_TAX_TYPE": "SIMPLE",
    "DREAMKAS_CASHLESS_CASHTYPES": "2",
    "DREAMKAS_NOTIFICATIONS_ENABLED": "1",
    "UKV_ENABLED": "1",
    "BANKSTA2_ENABLED": "1",
}

PLACES = """
    Биллинг     http://127.0.0.1:{web}/        вход: admin, kassir или buh, пароль demo
    Касса       http://127.0.0.1:{sandbox}/        виртуальный Dreamkas: чеки печатаются на экране
"""
WELCOME = f"""
  Учебный кассовый зал готов.
{PLACES}
  Что попробовать первым делом:
    1. Войдите как kassir, начните набирать в поиске «ivanov» и откройте абонента.
    2. Введите сумму, отметьте «Фискализировать этот платеж?», нажмите Enter.
    3. Посмотрите, как чек выходит на странице кассы, а значок у платежа становится зелёным.
    4. На странице кассы сломайте что-нибудь и примите ещё один платёж: ни одного лишнего чека.
    5. Войдите как buh: банковские выписки, вкладки Dreamkas и уведомления в углу экрана.

  Остановить: Ctrl+C. Настройки: alter.ini. Данные: папка var/.
"""
ELSEWHERE = f"""
  ВНИМАНИЕ: чеки уходят на {{api}},
  а учебная касса этого запуска слушает {{here}}: на ней ничего не напечатается.
  Чтобы чеки печатала она, поставьте в alter.ini (или в окружении) DREAMKAS_API_URL={{here}}
{PLACES}
  Остановить: Ctrl+C.
"""
OTHER_PORTS = "make run PORT=8080 SANDBOX_PORT=8081 DREAMKAS_API_URL=http://127.0.0.1:8081/api"
CABINET = """
  ВНИМАНИЕ: alter.ini называет настоящий кабинет Dreamkas ({api}). Чеки будут настоящими.
  Демонстрационные данные не заводятся, учебная касса работает, но чеков не получит.
  Для учёбы: mv alter.ini alter.ini.real && make run VAR_DIR=var-training. Для работы: README, «Going to production».

    Биллинг     http://127.0.0.1:{web}/        вход: кого завели командой .venv/bin/flask --app app admin add

  Остановить: Ctrl+C.
"""


def training_ini(example: str, sandbox_port: int) -> str:
    """alter.ini.example with the training cash register switched on; captions stay."""
    values = {**TRAINING, "DREAMKAS_API_URL": f"http://127.0.0.1:{sandbox_port}/api"}
    for name, value in values.items():
        example, times = re.subn(rf"(?m)^{name}=.*$", f"{name}={value}", example)
        if times != 1:
            raise SystemExit(f"alter.ini.example names {name} {times} times, once is right")
    return example


def is_free(port: int) -> bool:
    """Whether nobody listens on that port of this machine."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def greeting(api: str, web: int, sandbox: int) -> str:
    """The words for a newcomer; others when the receipts go anywhere but to the cash register of this start."""
    here = f"http://127.0.0.1:{sandbox}/api"
    address = urlsplit(api)
    if address.hostname == urlsplit(NAMES["DREAMKAS_API_URL"].default).hostname:
        words = CABINET
    elif address.port != sandbox or address.hostname not in ("127.0.0.1", "localhost"):
        words = ELSEWHERE
    else:
        words = WELCOME
    return words.format(api=api, here=here, web=web, sandbox=sandbox)


def welcome(api: str, web: int, sandbox: int) -> None:
    """Greets, or says which port is taken and what to do."""
    taken = [port for port in (web, sandbox) if not is_free(port)]
    if taken:
        ports = ", ".join(map(str, taken))
        raise SystemExit(f"Порт занят: {ports}. Другие: {OTHER_PORTS}")
    print(greeting(api, web, sandbox))


def main(words: list[str]) -> None:
    """The command line."""
    if words[:1] == ["ini"]:
        sys.stdout.write(training_ini(Path(words[1]).read_text("utf-8"), int(words[2])))
    else:
        welcome(Source().options.dreamkas_api_url, int(words[1]), int(words[2]))


if __name__ == "__main__":
    main(sys.argv[1:])
