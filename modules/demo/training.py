"""`make run`'s two helpers: an alter.ini for training, and the words that greet a newcomer.

python -m modules.demo.training ini alter.ini.example 8001 > alter.ini
python -m modules.demo.training welcome 8000 8001
"""

import re
import socket
import sys
from pathlib import Path

TRAINING = {
    "DREAMKAS_ENABLED": "1",
    "DREAMKAS_AUTH_TOKEN": "sandbox",
    "DREAMKAS_DEFAULT_TAX_TYPE": "SIMPLE",
    "UKV_ENABLED": "1",
}

WELCOME = """
  Учебный кассовый зал готов.

    Биллинг     http://127.0.0.1:{web}/        вход: admin, kassir или buh, пароль demo
    Касса       http://127.0.0.1:{sandbox}/        виртуальный Dreamkas: чеки печатаются на экране

  Что попробовать первым делом:
    1. Войдите как kassir, начните набирать в поиске «ivanov» и откройте абонента.
    2. Введите сумму, отметьте «Фискализировать этот платеж?», нажмите Enter.
    3. Посмотрите, как чек выходит на странице кассы, а значок у платежа становится зелёным.
    4. На странице кассы сломайте что-нибудь и примите ещё один платёж: ни одного лишнего чека.

  Остановить: Ctrl+C. Настройки: alter.ini. Данные: папка var/.
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


def welcome(web: int, sandbox: int) -> None:
    """Greets, or says which port is taken and what to do."""
    taken = [port for port in (web, sandbox) if not is_free(port)]
    if taken:
        ports = ", ".join(map(str, taken))
        raise SystemExit(f"Порт занят: {ports}. Другие: rm alter.ini && make run PORT=8080 SANDBOX_PORT=8081")
    print(WELCOME.format(web=web, sandbox=sandbox))


def main(words: list[str]) -> None:
    """The command line."""
    if words[:1] == ["ini"]:
        sys.stdout.write(training_ini(Path(words[1]).read_text("utf-8"), int(words[2])))
    else:
        welcome(int(words[1]), int(words[2]))


if __name__ == "__main__":
    main(sys.argv[1:])
