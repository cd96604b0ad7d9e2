# Each target makes the virtual environment it needs.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
SOURCES := setup.py pyproject.toml $(wildcard src_c/*.[ch] $(foreach part, \
	fastresp/* fastresp/*/* fastresp/*/*/*,$(addprefix $(part),.py .pyx .pxd .pxi .h)))

.PHONY: help demo test bench report lint docs upstream neighbours matrix wheels \
	fuzz fuzz-c hostile injection threads sanitize memory-debug memcheck \
	leaks mutants clean

help:
	@echo 'To use:'
	@echo '  make demo            compare every byte of the showcase app, stock and fast; time it'
	@echo '  make bench           print the ratios to stock by return type, and JSON encoders'
	@echo '  make report          measure every row beside its peers: bench/report/index.html'
	@echo '                       (ROUNDS=5 ONLY=JSON for less)'
	@echo '  make docs            write the pages to docs/_build/html'
	@echo '  make wheels          build a wheel for each Python that is here, test it installed'
	@echo 'For a change:'
	@echo '  make test            run the tests'
	@echo '  make lint            check style and types'
	@echo '  make upstream        run the tests of Flask, Werkzeug and gunicorn on fastresp'
	@echo '  make neighbours      run the tests with packages that work on responses'
	@echo '  make matrix          run the tests on each Python that is here, with the lowest and'
	@echo '                       the newest Flask and Werkzeug (ONLY=py313 for less)'
	@echo 'For long:'
	@echo '  make fuzz            a million random programs, stock and fast, and many JSON texts'
	@echo '                       (FUZZ_PROGRAMS=100000 FUZZ_SEED=1 for others)'
	@echo '  make fuzz-c          the fuzz targets of the C library, for a minute each'
	@echo '  make hostile         all kinds of hostile objects at all entrances'
	@echo '  make injection       every hostile text through every entrance, to the bytes'
	@echo '                       (PAYLOADS="a.txt b.txt" for more, one a line)'
	@echo '  make threads         share apps and responses among threads; threads, garbage,'
	@echo '                       finalizers and patches at once'
	@echo '  make sanitize        the tests on a build with ASan and UBSan'
	@echo '  make memory-debug    the tests on a debug build, with debug allocators'
	@echo '  make memcheck        tests of the compiled modules under valgrind'
	@echo '  make leaks           ten million responses, and what memory they leave'
	@echo '  make mutants         put faults into the compiled code; a test has to find each'
	@echo '                       (ONLY=cookies for those with that word)'

# The compiled modules have to be there: a failed compile is an error here.
$(VENV)/installed: $(SOURCES)
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --upgrade pip
	FASTRESP_REQUIRE_EXT=1 $(BIN)/python -m pip install --quiet \
		--editable '.[test,lint]' 'setuptools>=77' 'cython>=3.1'
	touch $@

$(VENV)/installed-bench: $(VENV)/installed
	FASTRESP_REQUIRE_EXT=1 $(BIN)/python -m pip install --quiet \
		--editable '.[bench]' 'setuptools>=77' 'cython>=3.1'
	touch $@

$(VENV)/installed-report: $(VENV)/installed
	FASTRESP_REQUIRE_EXT=1 $(BIN)/python -m pip install --quiet \
		--editable '.[report]' 'setuptools>=77' 'cython>=3.1'
	touch $@

demo: $(VENV)/installed
	$(BIN)/python examples/showcase/demo.py

test: $(VENV)/installed
	$(BIN)/python -m pytest

# Others each time; takes half an hour or more.
FUZZ_PROGRAMS ?= 1000000
FUZZ_SEED ?=
fuzz: export FASTRESP_FUZZ_EXAMPLES ?= 20000
fuzz: export FASTRESP_FUZZ_DOUBLES ?= 100000000
fuzz: $(VENV)/installed
	PYTHONPATH=tests:tests/support $(BIN)/python tests/differential/fuzz.py --programs $(FUZZ_PROGRAMS) $(FUZZ_SEED:%=--seed %)
	$(BIN)/python -m pytest --override-ini faulthandler_timeout=0 \
		tests/unit/test_json_encoder.py tests/differential/test_programs.py

# Each of the targets with libFuzzer where there is clang, otherwise with inputs of their own.
FUZZ_SECONDS ?= 60
FUZZ_FLAGS := -std=c11 -g -O1 -Isrc_c -fno-sanitize-recover=all
# Looked up where a recipe says so. Some installations of clang have no runtime.
LIBFUZZER = echo 'int LLVMFuzzerTestOneInput(void) { return 0; }' | \
	clang -fsanitize=fuzzer,address,undefined -x c - -o /dev/null 2>/dev/null
FUZZ_TARGETS := $(basename $(notdir $(wildcard tests/c/fuzz_*.c)))

fuzz-c: $(FUZZ_TARGETS:%=build/fuzz/%)
	for target in $^; do \
		if $(LIBFUZZER); then \
			mkdir -p $$target.corpus; \
			$$target -max_total_time=$(FUZZ_SECONDS) $$target.corpus; \
		else \
			$$target $(FUZZ_SECONDS); \
		fi || exit 1; \
	done

build/fuzz/%: tests/c/%.c $(wildcard tests/c/*.h src_c/*.c src_c/*.h)
	mkdir -p build/fuzz
	if $(LIBFUZZER); then \
		clang $(FUZZ_FLAGS) -DFR_LIBFUZZER -fsanitize=fuzzer,address,undefined \
			$< src_c/*.c -o $@; \
	else \
		$(CC) $(FUZZ_FLAGS) -fsanitize=address,undefined $< src_c/*.c -o $@; \
	fi

bench: $(VENV)/installed-bench
	$(BIN)/python bench/table.py
	$(BIN)/python bench/json_encoders.py
	$(BIN)/python bench/head.py

# Takes half an hour. After Ctrl-C, the rows that are done are in rows.json, and the
# last command makes a page of them. A row of fastresp that differs fails at the end.
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
C_SOURCES = $(filter-out %/fr_powers.c,$(wildcard src_c/*.[ch] tests/c/*.[ch]\
	fastresp/_compiled/*.h))
# Stubs leave out what is nobody else's.
COMPILED := core gunicorn http1 json
lint: $(VENV)/installed
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	PATH="$(CURDIR)/$(BIN):$$PATH" cython-lint fastresp
	$(BIN)/python tools/check_borrowed.py
	$(BIN)/python tools/check_warnings.py
	$(BIN)/clang-format --dry-run -Werror $(C_SOURCES)
	$(BIN)/codespell
	$(BIN)/mypy
	$(BIN)/pyright
	$(BIN)/python -m mypy.stubtest --ignore-missing-stub \
		--mypy-config-file tests/project/typed/stubtest.ini $(COMPILED:%=fastresp._compiled.%)

# The suites of the Flask and Werkzeug that are installed, and of the oldest
# ones supported; gunicorn's tests of responses and workers.
UPSTREAM := tests/integration/upstream/run.py

define upstream_venv
	test -x $(1)/bin/python || $(PYTHON) -m venv $(1)
	$(1)/bin/python -m pip install --quiet --upgrade pip
	FASTRESP_REQUIRE_EXT=1 $(1)/bin/python -m pip install --quiet \
		--requirement tests/integration/upstream/requirements.txt $(2) .
endef

upstream: .venvs/upstream/installed .venvs/upstream-oldest/installed
	.venvs/upstream/bin/python $(UPSTREAM) --cache build/upstream
	.venvs/upstream-oldest/bin/python $(UPSTREAM) --cache build/upstream
	.venvs/upstream/bin/python tests/integration/upstream/gunicorn_suite.py

.venvs/upstream/installed: $(SOURCES) tests/integration/upstream/requirements.txt
	$(call upstream_venv,.venvs/upstream,)
	touch $@

.venvs/upstream-oldest/installed: $(SOURCES) tests/integration/upstream/requirements.txt
	$(call upstream_venv,.venvs/upstream-oldest,'flask~=3.0.0' 'werkzeug~=3.0.0')
	touch $@

# Half a million combinations: takes many minutes.
PAYLOADS ?=
injection: export FASTRESP_INJECTION_TEXTS ?= 1000000
injection: export FASTRESP_PAYLOADS ?= $(abspath $(PAYLOADS))
injection: $(VENV)/installed
	$(BIN)/python -m pytest --override-ini faulthandler_timeout=0 \
		tests/differential/test_injection.py

# A test that is skipped here would be one that nobody runs.
neighbours: .venvs/neighbours/installed
	.venvs/neighbours/bin/pytest -rs --no-skips tests/integration/neighbours

.venvs/neighbours/installed: $(SOURCES)
	test -x .venvs/neighbours/bin/python || $(PYTHON) -m venv .venvs/neighbours
	.venvs/neighbours/bin/python -m pip install --quiet --upgrade pip
	FASTRESP_REQUIRE_EXT=1 .venvs/neighbours/bin/python -m pip install --quiet \
		'.[neighbours,servers,test]'
	touch $@

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
space := $(empty) $(empty)
matrix wheels: export PATH := $(subst $(space),:,$(PYENV_PYTHONS) $(PATH))

matrix: .venvs/tox/installed
	.venvs/tox/bin/tox run $(if $(ONLY),-f $(ONLY))

.venvs/tox/installed:
	test -x .venvs/tox/bin/python || $(PYTHON) -m venv .venvs/tox
	.venvs/tox/bin/python -m pip install --quiet 'tox>=4.22'
	touch $@

wheels:
	$(PYTHON) tools/wheels.py

# Takes half an hour. What was freed is overwritten.
hostile: $(VENV)/installed
	FASTRESP_HOSTILE_EXAMPLES=1000000 PYTHONMALLOC=debug \
		$(BIN)/python -m pytest tests/differential/test_hostile.py

THREADS_SECONDS ?= 30
threads: $(VENV)/installed
	for whose in python gevent eventlet; do \
		PYTHONMALLOC=debug $(BIN)/python -X faulthandler \
			tests/isolated/threads.py $(THREADS_SECONDS) 8 $$whose || exit 1; \
	done
	PYTHONMALLOC=debug $(BIN)/python -X faulthandler \
		tests/isolated/stress.py $(THREADS_SECONDS) 8

# Two copies of the tree, built without optimisation, in a temporary directory.
mutants: $(VENV)/installed
	$(BIN)/python tests/project/mutants/mutate.py --only '$(ONLY)'

# The tests on other builds of the compiled modules. Of the tests, only those that
# build packages are left out: what they install is another build than the one here.
# TESTS='tests/unit/test_emission.py -x' runs fewer.
TESTS ?=
COMMA := ,
OTHER_BUILD := env FASTRESP_SKIP_PACKAGING=1 PYTHONDONTWRITEBYTECODE=1

# From a copy, so that the objects of .venv's build stay as they are.
define other_venv
	rm -rf build/$(1)
	mkdir -p build/$(1)
	cp -r setup.py pyproject.toml README.md LICENSE fastresp src_c build/$(1)
	rm -f build/$(1)/fastresp/_compiled/*.so
	test -x .venvs/$(1)/bin/python || $(PYTHON) -m venv .venvs/$(1)
	.venvs/$(1)/bin/python -m pip install --quiet --upgrade pip
	$(2) FASTRESP_REQUIRE_EXT=1 .venvs/$(1)/bin/python -m pip install --quiet \
		'build/$(1)[test]'
	touch .venvs/$(1)/installed
endef

.venvs/sanitize/installed: $(SOURCES)
	$(call other_venv,sanitize,FASTRESP_SANITIZE='address$(COMMA)undefined')

.venvs/debug/installed: $(SOURCES)
	$(call other_venv,debug,FASTRESP_DEBUG=1)

# Python itself is not built with the sanitizers, so that their runtime has to be
# there first, what it leaves at the end are no leaks, and each object has to be a
# block of its own.
RUNTIME = $$($(CC) -print-file-name=lib$(1).so)

sanitize: .venvs/sanitize/installed
	LD_PRELOAD="$(call RUNTIME,asan) $(call RUNTIME,ubsan)" \
		ASAN_OPTIONS=detect_leaks=0:detect_stack_use_after_return=1 \
		UBSAN_OPTIONS=halt_on_error=1:print_stacktrace=1 \
		PYTHONMALLOC=malloc \
		$(OTHER_BUILD) .venvs/sanitize/bin/pytest -o faulthandler_timeout=0 $(TESTS)

memory-debug: .venvs/debug/installed
	PYTHONMALLOC=debug PYTHONDEVMODE=1 \
		$(OTHER_BUILD) .venvs/debug/bin/pytest -o faulthandler_timeout=0 $(TESTS)

# Tests that make and send responses of all kinds. Those with hypothesis make fewer
# examples; those in processes of their own are checked elsewhere.
MEMCHECK := construction contract dispatch emission headers redirects \
	cookies conditional errors error_handling streams text wsgi_callables \
	json_provider sessions
memcheck: .venvs/debug/installed
	PYTHONMALLOC=malloc FASTRESP_FUZZ_EXAMPLES=5 $(OTHER_BUILD) \
		valgrind --quiet --error-exitcode=99 --errors-for-leak-kinds=none \
		--leak-check=no --suppressions=tests/project/valgrind.supp \
		.venvs/debug/bin/python -X faulthandler .venvs/debug/bin/pytest \
		-o faulthandler_timeout=0 $(or $(TESTS),$(MEMCHECK:%=tests/unit/test_%.py))

# So many in all, the same number by each of the scripts.
RESPONSES ?= 10000000
LEAKS := $(wildcard tests/isolated/leaks_*.py)
leaks: export PYTHONPATH := $(CURDIR)
leaks: $(VENV)/installed
	FASTRESP_LEAK_RESPONSES=$$(( $(RESPONSES) / $(words $(LEAKS)) )); \
	export FASTRESP_LEAK_RESPONSES; \
	for script in $(LEAKS); do $(BIN)/python $$script || exit 1; done

clean:
	rm -rf $(VENV) .venvs .tox build dist docs/_build *.egg-info fastresp/_compiled/*.so
