# Each target makes the virtual environment it needs.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
SOURCES := setup.py pyproject.toml $(wildcard src_c/*.[ch] $(foreach part, \
	fastresp/* fastresp/*/* fastresp/*/*/*,$(addprefix $(part),.py .pyx .pxd .pxi .h)))

.PHONY: help demo test bench report lint docs wheels compat long checked clean

help:
	@echo 'To use:'
	@echo '  make demo       compare every byte of the showcase app, stock and fast; time it'
	@echo '  make bench      print the ratios to stock by return type, and JSON encoders'
	@echo '  make report     measure every row beside its peers: bench/report/index.html'
	@echo '                  (ROUNDS=5 ONLY=JSON for less)'
	@echo '  make docs       write the pages to docs/_build/html'
	@echo '  make wheels     build a wheel for each Python that is here, test it installed'
	@echo '                  (TESTS=tests/unit for less)'
	@echo 'For a change:'
	@echo '  make test       run the tests'
	@echo '  make lint       check style and types'
	@echo '  make compat     run the tests on and beside other software; one by ONLY=:'
	@echo '        upstream     the tests of Flask, Werkzeug and gunicorn on fastresp'
	@echo '        neighbours   the tests with packages that work on responses'
	@echo '        matrix       the tests on each Python that is here, with the lowest and'
	@echo '                     the newest Flask and Werkzeug (PYTHONS=py315 for less)'
	@echo '  make checked    run the tests on another build (TESTS=tests/unit for less):'
	@echo '        BUILD=sanitize   with ASan and UBSan'
	@echo '        BUILD=debug      with debug allocators'
	@echo '        BUILD=valgrind   tests of the compiled modules under valgrind'
	@echo 'For long:'
	@echo '  make long       all of these, or one by ONLY=:'
	@echo '        fuzz         a million random programs, stock and fast, and many JSON texts'
	@echo '                     (FUZZ_PROGRAMS=100000 FUZZ_SEED=1 for others)'
	@echo '        fuzz-c       the fuzz targets of the C library (FUZZ_SECONDS=60 each)'
	@echo '        hostile      all kinds of hostile objects, and collections, everywhere'
	@echo '        injection    every hostile text through every entrance, to the bytes'
	@echo '                     (PAYLOADS="a.txt b.txt" for more, one a line)'
	@echo '        threads      share apps and responses among threads; threads, garbage,'
	@echo '                     finalizers and patches at once (THREADS_SECONDS=30)'
	@echo '        leaks        ten million responses, and what memory they leave'
	@echo '                     (LEAK_ROUNDS=100 for less)'
	@echo '        mutants      put faults into the compiled code; a test has to find each'
	@echo '                     (FAULTS=cookies for those with that word, DRAWN=20 SEED=1)'
	@echo '  make clean      remove what was built'

# What "setup.py build_ext" needs, as pyproject.toml says.
BUILD_REQUIRES = $$($(BIN)/python -c 'import tomllib; \
	print(*tomllib.load(open("pyproject.toml", "rb"))["build-system"]["requires"])')

# The compiled modules have to be there: a failed compile is an error here.
$(VENV)/installed: $(SOURCES)
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --upgrade pip
	FASTRESP_REQUIRE_EXT=1 $(BIN)/python -m pip install --quiet \
		--editable '.[test,lint]' $(BUILD_REQUIRES)
	touch $@

$(VENV)/installed-bench: $(VENV)/installed
	FASTRESP_REQUIRE_EXT=1 $(BIN)/python -m pip install --quiet \
		--editable '.[bench]'
	touch $@

$(VENV)/installed-report: $(VENV)/installed
	FASTRESP_REQUIRE_EXT=1 $(BIN)/python -m pip install --quiet \
		--editable '.[report]'
	touch $@

# The demo needs no more than fastresp and gunicorn.
$(VENV)/installed-demo: $(SOURCES)
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --upgrade pip
	FASTRESP_REQUIRE_EXT=1 $(BIN)/python -m pip install --quiet \
		--editable '.[gunicorn]'
	touch $@

demo: $(VENV)/installed-demo
	$(BIN)/python examples/showcase/demo.py

test: $(VENV)/installed
	$(BIN)/python -m pytest

bench: $(VENV)/installed-bench
	$(BIN)/python bench/table.py

# After Ctrl-C, the rows that are done are in rows.json, and the last command makes a
# page of them. A row of fastresp that differs fails at the end.
ROUNDS ?= 40
ONLY ?=
report: $(VENV)/installed-report
	mkdir -p bench/report
	$(BIN)/python -m pytest bench/test_rows.py --verbose --benchmark-quiet \
		--benchmark-json=bench/report/rows.json \
		--rounds $(ROUNDS) --only '$(ONLY)'; status=$$?; \
	test $$status -ne 4 && \
	$(BIN)/python bench/report.py bench/report/rows.json && exit $$status

# Tables come as they were made.
C_SOURCES = $(filter-out %/fr_powers.h,$(wildcard src_c/*.[ch] tests/c/*.[ch]\
	fastresp/_compiled/*.h))
# Stubs leave out what is nobody else's.
COMPILED := core gunicorn http1 json watch
lint: $(VENV)/installed
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	PATH="$(CURDIR)/$(BIN):$$PATH" cython-lint fastresp
	$(BIN)/python tools/check_borrowed.py
	$(BIN)/python tools/check_warnings.py
	$(BIN)/clang-format --dry-run -Werror $(C_SOURCES)
	$(BIN)/codespell
	$(BIN)/zizmor --offline --quiet .github/workflows
	$(BIN)/mypy
	$(BIN)/pyright
	$(BIN)/python -m mypy.stubtest --ignore-missing-stub \
		--mypy-config-file tests/project/typed/stubtest.ini $(COMPILED:%=fastresp._compiled.%)

# The modules that are documented are those of the checkout, compiled in place.
docs: $(VENV)/installed .venvs/docs/installed
	PYTHONPATH=. .venvs/docs/bin/python -m sphinx -E -W --keep-going -n -q \
		docs docs/_build/html
	@echo 'docs/_build/html/index.html'

.venvs/docs/installed: pyproject.toml
	test -x .venvs/docs/bin/python || $(PYTHON) -m venv .venvs/docs
	.venvs/docs/bin/python -m pip install --quiet --upgrade pip
	FASTRESP_NO_EXT=1 .venvs/docs/bin/python -m pip install --quiet '.[docs]'
	touch $@

# What tox and the builds look up by name.
PYENV_PYTHONS = $(wildcard $(or $(PYENV_ROOT),$(HOME)/.pyenv)/versions/3.1[0-9]*/bin)
empty :=
COMMA := ,
space := $(empty) $(empty)
compat wheels: export PATH := $(subst $(space),:,$(PATH) $(PYENV_PYTHONS))

wheels:
	$(PYTHON) tools/wheels.py $(TESTS)

# The recipes TARGET-NAME, one after the other.
define newline


endef
run = $(foreach name,$(2),$(newline)$(or $($(1)-$(name)),$(error make $(1) has no $(name))))
only = $(or $(ONLY),$(1))
has = $(filter $(1),$(call only,$(2)))

# --- compat --------------------------------------------------------------------

COMPAT := upstream neighbours matrix
compat: $(if $(call has,upstream,$(COMPAT)),.venvs/upstream/installed \
		.venvs/upstream-oldest/installed) \
	$(if $(call has,neighbours,$(COMPAT)),.venvs/neighbours/installed \
		.venvs/neighbours-apps/installed) \
	$(if $(call has,matrix,$(COMPAT)),.venvs/tox/installed)
	$(call run,compat,$(call only,$(COMPAT)))

# The suites of the Flask and Werkzeug that are installed, and of the oldest
# ones supported; gunicorn's tests of responses and workers.
UPSTREAM := tests/integration/upstream
define compat-upstream
.venvs/upstream/bin/python $(UPSTREAM)/run.py --cache build/upstream
.venvs/upstream-oldest/bin/python $(UPSTREAM)/run.py --cache build/upstream
.venvs/upstream/bin/python $(UPSTREAM)/gunicorn_suite.py
endef

# A test that is skipped here would be one that nobody runs, but for servers that are
# built from source. Without the plugins of pytest that some of the packages bring.
NEIGHBOURS := tests/integration/neighbours
define compat-neighbours
PYTEST_DISABLE_PLUGIN_AUTOLOAD=1 .venvs/neighbours/bin/pytest -rs --no-skips \
	-k 'not (bjoern or fastwsgi or parser)' \
	$(NEIGHBOURS) --ignore $(NEIGHBOURS)/test_apps.py
PYTEST_DISABLE_PLUGIN_AUTOLOAD=1 .venvs/neighbours-apps/bin/pytest -rs --no-skips \
	$(NEIGHBOURS)/test_apps.py
endef

PYTHONS ?=
define compat-matrix
.venvs/tox/bin/tox run $(if $(PYTHONS),-f $(PYTHONS)) $(if $(TESTS),-- $(TESTS))
endef

# A virtual environment of that name, with these packages, and with others.
define other_venv
	test -x .venvs/$(1)/bin/python || $(PYTHON) -m venv .venvs/$(1)
	.venvs/$(1)/bin/python -m pip install --quiet --upgrade pip
	FASTRESP_REQUIRE_EXT=1 .venvs/$(1)/bin/python -m pip install --quiet $(2)
	$(if $(3),.venvs/$(1)/bin/python -m pip install --quiet $(3))
	touch .venvs/$(1)/installed
endef

# With the package of the checkout, which is compiled already.
.venvs/upstream/installed: $(VENV)/installed $(UPSTREAM)/requirements.txt
	$(call other_venv,upstream,--requirement $(UPSTREAM)/requirements.txt \
		flask werkzeug)
	ln -sfn $(CURDIR)/fastresp .venvs/upstream/lib/python3*/site-packages/

.venvs/upstream-oldest/installed: $(VENV)/installed $(UPSTREAM)/requirements.txt
	$(call other_venv,upstream-oldest,--requirement $(UPSTREAM)/requirements.txt \
		'flask~=3.0.0' 'werkzeug~=3.0.0')
	ln -sfn $(CURDIR)/fastresp .venvs/upstream-oldest/lib/python3*/site-packages/

# On CPython 3.11, httpbin asks for a greenlet that is too old for gevent, and uses none.
.venvs/neighbours/installed: $(SOURCES)
	$(call other_venv,neighbours,'.[neighbours$(COMMA)servers$(COMMA)test]',\
		--no-deps 'httpbin>=0.10.2')

.venvs/neighbours-apps/installed: $(SOURCES)
	$(call other_venv,neighbours-apps,'.[neighbours-apps$(COMMA)test]')

.venvs/tox/installed:
	$(call other_venv,tox,'tox>=4.22')

# --- long ----------------------------------------------------------------------

LONG := fuzz fuzz-c hostile injection threads leaks mutants
FUZZ_TARGETS := $(basename $(notdir $(wildcard tests/c/test_*.c)))
long: $(if $(filter-out fuzz-c,$(call only,$(LONG))),$(VENV)/installed) \
	$(if $(call has,fuzz-c,$(LONG)),$(FUZZ_TARGETS:%=build/fuzz/%))
	$(call run,long,$(call only,$(LONG)))

PYTEST_LONG = $(BIN)/python -m pytest --override-ini faulthandler_timeout=0
ON_PATH = PYTHONPATH=$(CURDIR):tests:tests/support:tests/differential:bench

# Others each time; takes half an hour or more.
FUZZ_PROGRAMS ?= 1000000
FUZZ_SEED ?=
define long-fuzz
$(ON_PATH) $(BIN)/python tests/differential/fuzz.py --programs $(FUZZ_PROGRAMS) $(FUZZ_SEED:%=--seed %)
FASTRESP_FUZZ_EXAMPLES=$${FASTRESP_FUZZ_EXAMPLES:-20000} \
	FASTRESP_FUZZ_DOUBLES=$${FASTRESP_FUZZ_DOUBLES:-100000000} \
	$(PYTEST_LONG) tests/unit/test_json_encoder.py
endef

# Each of the targets with libFuzzer where there is clang, otherwise with inputs of their own.
FUZZ_SECONDS ?= 60
FUZZ_FLAGS := -std=c11 -g -O1 -Isrc_c -fno-sanitize-recover=all
# Looked up where a recipe says so. Some installations of clang have no runtime.
LIBFUZZER = echo 'int LLVMFuzzerTestOneInput(void) { return 0; }' | \
	clang -fsanitize=fuzzer,address,undefined -x c - -o /dev/null 2>/dev/null

define long-fuzz-c
for target in $(FUZZ_TARGETS:%=build/fuzz/%); do \
	if $(LIBFUZZER); then \
		mkdir -p $$target.corpus; \
		$$target -max_total_time=$(FUZZ_SECONDS) $$target.corpus; \
	else \
		$$target $(FUZZ_SECONDS); \
	fi || exit 1; \
done
endef

build/fuzz/%: tests/c/%.c $(wildcard tests/c/*.h src_c/*.c src_c/*.h)
	mkdir -p build/fuzz
	if $(LIBFUZZER); then \
		clang $(FUZZ_FLAGS) -DFR_LIBFUZZER -fsanitize=fuzzer,address,undefined \
			$< src_c/*.c -o $@; \
	else \
		$(CC) $(FUZZ_FLAGS) -fsanitize=address,undefined $< src_c/*.c -o $@; \
	fi

# Takes half an hour. What was freed is overwritten.
define long-hostile
FASTRESP_HOSTILE_EXAMPLES=1000000 PYTHONMALLOC=debug $(PYTEST_LONG) tests/differential/test_hostile.py
$(ON_PATH) PYTHONMALLOC=debug $(BIN)/python -X faulthandler tests/isolated/hostile_collector.py all
endef

# Half a million combinations: takes many minutes.
PAYLOADS ?=
define long-injection
FASTRESP_INJECTION_TEXTS=$${FASTRESP_INJECTION_TEXTS:-1000000} \
	FASTRESP_PAYLOADS='$(abspath $(PAYLOADS))' \
	$(PYTEST_LONG) tests/differential/test_injection.py
endef

THREADS_SECONDS ?= 30
define long-threads
for whose in python gevent eventlet; do \
	PYTHONMALLOC=debug $(BIN)/python -X faulthandler \
		tests/isolated/shared.py $(THREADS_SECONDS) 8 $$whose || exit 1; \
done
PYTHONMALLOC=debug $(BIN)/python -X faulthandler tests/isolated/stress.py $(THREADS_SECONDS) 8
endef

# Each has thousands of responses; what the second half of them adds is looked at.
LEAK_ROUNDS ?= 1500
define long-leaks
$(ON_PATH) FASTRESP_LEAK_ROUNDS=$(LEAK_ROUNDS) $(BIN)/python tests/isolated/leaks.py
endef

# Two copies of the tree, built without optimisation, in a temporary directory.
FAULTS ?=
DRAWN ?= 20
SEED ?=
define long-mutants
$(BIN)/python tests/project/mutants/mutate.py --only '$(FAULTS)' --drawn $(DRAWN) $(SEED:%=--seed %)
endef

# --- checked -------------------------------------------------------------------

# The tests on other builds of the compiled modules. Of the tests, only those that
# build packages are left out: what they install is another build than the one here.
# TESTS='tests/unit/test_emission.py -x' runs fewer.
BUILD ?= sanitize
TESTS ?=
OTHER_BUILD := env FASTRESP_SKIP_PACKAGING=1 PYTHONDONTWRITEBYTECODE=1
BUILT = .venvs/$(if $(filter sanitize,$(BUILD)),sanitize,debug)

checked: $(BUILT)/installed
	$(call run,checked,$(BUILD))

# From a copy, so that the objects of .venv's build stay as they are.
.venvs/sanitize/installed: export FASTRESP_SANITIZE := address,undefined
.venvs/debug/installed: export FASTRESP_DEBUG := 1
.venvs/sanitize/installed .venvs/debug/installed: .venvs/%/installed: $(SOURCES)
	rm -rf build/$*
	mkdir -p build/$*
	cp -r setup.py pyproject.toml README.md LICENSE fastresp src_c build/$*
	rm -f build/$*/fastresp/_compiled/*.so
	$(call other_venv,$*,'build/$*[test]')

# Python itself is not built with the sanitizers, so that their runtime has to be
# there first, what it leaves at the end are no leaks, and each object has to be a
# block of its own.
RUNTIME = $$($(CC) -print-file-name=lib$(1).so)

define checked-sanitize
LD_PRELOAD="$(call RUNTIME,asan) $(call RUNTIME,ubsan)" \
	ASAN_OPTIONS=detect_leaks=0:detect_stack_use_after_return=1 \
	UBSAN_OPTIONS=halt_on_error=1:print_stacktrace=1 \
	PYTHONMALLOC=malloc \
	$(OTHER_BUILD) $(BUILT)/bin/pytest -o faulthandler_timeout=0 $(TESTS)
endef

define checked-debug
PYTHONMALLOC=debug PYTHONDEVMODE=1 \
	$(OTHER_BUILD) $(BUILT)/bin/pytest -o faulthandler_timeout=0 $(TESTS)
endef

# Tests that make and send responses of all kinds. Those with hypothesis make fewer
# examples; those in processes of their own are checked elsewhere.
MEMCHECK := construction contract dispatch emission headers redirects \
	cookies conditional errors text \
	json_provider sessions
define checked-valgrind
PYTHONMALLOC=malloc FASTRESP_FUZZ_EXAMPLES=5 $(OTHER_BUILD) \
	valgrind --quiet --error-exitcode=99 --errors-for-leak-kinds=none \
	--leak-check=no --suppressions=tests/project/valgrind.supp \
	$(BUILT)/bin/python -X faulthandler $(BUILT)/bin/pytest \
	-o faulthandler_timeout=0 $(or $(TESTS),$(MEMCHECK:%=tests/unit/test_%.py))
endef

clean:
	rm -rf $(VENV) .venvs .tox build dist docs/_build *.egg-info fastresp/_compiled/*.so
