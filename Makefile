# make run — the whole house with the training cash register; make test — everything that must hold.
# make bench — figures beside something everybody knows; a slow machine fails nothing. make figures — into README.
# make torture N=1000 — the crash run: so many seeds, FIRST=1, ON=sqlite|mariadb|postgresql.
# Every command leaves the machine as it was, but for .venv/ and var/.

PYTHON ?= python3
BIN := .venv/bin
PORT ?= 8000
SANDBOX_PORT ?= 8001
FLASK := $(BIN)/flask --app app
export PORT SANDBOX_PORT

.PHONY: setup run test bench figures torture lint screenshots words clean
.DEFAULT_GOAL := run

setup: .venv/ready

.venv/ready: requirements.txt
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv
	@echo "Installing (once)…"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements.txt
	@touch $@

alter.ini: | alter.ini.example .venv/ready
	@$(BIN)/python -m modules.demo.training ini alter.ini.example $(SANDBOX_PORT) > alter.ini.new && mv alter.ini.new alter.ini
	@echo "Wrote alter.ini for training: the cash register is the sandbox."

run: setup alter.ini
	@$(FLASK) db upgrade 2>&1 | grep -v INFO || true
	@$(FLASK) demo --if-empty --subscribers 200
	@$(BIN)/python -m modules.demo.training welcome $(PORT) $(SANDBOX_PORT)
	@$(BIN)/honcho start || test $$? -eq 130

# Tests wait for processes of theirs half of the time: one more of them at once than there are cores.
TESTERS ?= $(shell expr $$(getconf _NPROCESSORS_ONLN) + 1)
test: setup
	@$(BIN)/python -m pytest -n $(TESTERS) --dist loadgroup

bench: setup
	@$(BIN)/python -m tests.bench $(LINES)

figures: setup
	@$(BIN)/python -m tests.bench readme

N ?= 10
FIRST ?= 1
ON ?= sqlite
AT_ONCE ?= 4
torture: setup
	@$(BIN)/python -m tests.faults.torture --seeds $(N) --first $(FIRST) --on $(ON) --at-once $(AT_ONCE)

lint: setup
	@$(BIN)/ruff check . && $(BIN)/ruff format --check . && $(BIN)/mypy app.py modules remoteapi
	-@$(BIN)/pip-audit -r requirements.txt --progress-spinner off

# Gathers every word for people and brings the catalogs up to date; a new msgid then waits for its translation.
WORDS := modules/core/translations
words: setup
	@$(BIN)/pybabel -q extract -F pyproject.toml -k _l -k N_ -k lazy_pgettext:1c,2 --no-location --sort-output --omit-header -o var-words.pot .
	@for language in ru uk; do $(BIN)/pybabel -q update -i var-words.pot -d $(WORDS) -l $$language --no-fuzzy-matching --ignore-obsolete --ignore-pot-creation-date -w 120; done
	@rm var-words.pot

# The two pictures of README, of the real thing.
screenshots: setup
	@$(BIN)/python -m tests.browser.pictures

# In production var/ may be the books themselves: only what `make run` made for training goes.
clean:
	@test ! -e var -a ! -e alter.ini || grep -q '^DREAMKAS_API_URL=http://127\.0\.0\.1[:/]' alter.ini || \
	{ echo "alter.ini is not the one for training: var/ may hold real books. Nothing was removed." >&2; exit 1; }
	rm -rf .venv var alter.ini
