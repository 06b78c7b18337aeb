"""A cabinet in memory that lists receipts and webhooks, for the tests of the tabs."""

from datetime import datetime, timedelta

from modules.core.times import utc_now
from modules.dreamkas.client import Answer, NotFound, Page, ReceiptFact, Unknown

DEVICE = 123
MOSCOW = timedelta(hours=3)


def receipt_row(number: int = 1, ago: timedelta = timedelta(), /, **changes) -> dict:
    """A receipt as GET /receipts tells it; a value None leaves its key out."""
    moment = utc_now().replace(microsecond=0) - ago
    row = {
        "id": f"{number:024x}",
        "type": "SALE",
        "amount": 75000,
        "deviceId": DEVICE,
        "shopId": 54012,
        "operationId": f"op-{number}",
        "shiftId": 117,
        "number": number,
        "localDate": f"{moment + MOSCOW:%Y-%m-%d %H:%M:%S}",
        "date": f"{moment:%Y-%m-%dT%H:%M:%S}.000Z",
        "payments": [{"type": "CASHLESS", "amount": 75000}],
        "positions": [
            {"name": "Услуги связи", "type": "SERVICE", "quantity": 1000, "price": 75000, "tax": "NDS_5"}
        ],
        "cashier": {"tabNumber": "1", "name": "Анна"},
        "customer": {"phone": "+79110000001"},
        "checkURL": "www.nalog.gov.ru",
        "fiscalDocumentNumber": "204",
        "fiscalDocumentSign": "3209733001",
        "fnNumber": "9999078900000001",
        "registryNumber": "0000000001000001",
    } | changes
    return {key: value for key, value in row.items() if value is not None}


class Cabinet:
    """Stands in for the client: `printed` and `hooks` are what it has, `asked` what it was asked."""

    def __init__(self) -> None:
        self.printed: list[dict] = []
        self.hooks: list[dict] = []
        self.asked: list[str] = []
        self.away: Exception | None = None
        self.cap = 1000

    def _reachable(self, what: str) -> None:
        self.asked.append(what)
        if self.away:
            raise self.away

    def go_away(self) -> None:
        """It answers nothing any more."""
        self.away = Unknown("ReadTimeout", Answer())

    def receipts(
        self, since: datetime, until: datetime, offset: int = 0, limit: int = 1000
    ) -> Page[ReceiptFact]:
        self._reachable(f"receipts {offset}")
        facts = [ReceiptFact.read(row) for row in self.printed]
        mine = [fact for fact in facts if fact.date is None or since <= fact.date < until]
        return Page(mine[offset : offset + self.cap], Answer(200))

    def receipt(self, id: str) -> ReceiptFact:
        self._reachable(f"receipt {id}")
        found = [row for row in self.printed if row["id"] == id]
        if not found:
            raise NotFound("HTTP 404", Answer(404))
        return ReceiptFact.read(found[0])

    def webhooks(self) -> Page[dict]:
        self._reachable("webhooks")
        return Page(list(self.hooks), Answer(200))

    def create_webhook(self, url: str, is_active: bool, types: dict) -> dict:
        self._reachable("create")
        row = {"id": f"hook-{len(self.hooks) + 1}", "url": url, "isActive": is_active, "types": dict(types)}
        self.hooks.append(row)
        return row

    def change_webhook(self, id: str, *, url=None, is_active=None, types=None) -> dict:
        self._reachable("change")
        row = self._hook(id)
        given = {"url": url, "isActive": is_active, "types": types}
        row.update({key: value for key, value in given.items() if value is not None})
        return row

    def delete_webhook(self, id: str) -> None:
        self._reachable("delete")
        self.hooks.remove(self._hook(id))

    def _hook(self, id: str) -> dict:
        for row in self.hooks:
            if row["id"] == id:
                return row
        raise NotFound("HTTP 404", Answer(404))
