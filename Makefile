# Every target does its own set-up: `make run` on a fresh machine needs the Swift toolchain only.

SWIFT   ?= swift
RELEASE := -c release --static-swift-stdlib
# Named one by one: the support of the tests cannot be built without the testing library.
PROGRAMS := souk user catalog order cashback wallet notification analytics cms \
	gateway sandbox
SOURCES := Package.swift Shared Services Tests
# What `make check` leaves out: suites that start servers of their own.
SERVERS := --skip '^(Database|Bus|EventStore|ServiceKit|EndToEnd|Control)Tests\.'
# Many suites run at once in one process: more open files than the usual 1,024. Not all of them: each
# test with servers of its own needs a share of the processors to get anywhere.
TEST    := ulimit -Sn $$(ulimit -Hn) && SWT_EXPERIMENTAL_MAXIMUM_PARALLELIZATION_WIDTH=8 \
	$(SWIFT) test --skip-build --disable-xctest

.DEFAULT_GOAL := help
.PHONY: help setup build run demo load test test-kafka check conformance fuzz alerts bench \
	bench-check bench-micro simulate sanitize torture docs fmt lint clean

help:
	@echo 'Souk: an event-sourced commerce platform.'
	@echo
	@echo '  make run      build and start the whole platform; Ctrl-C stops it'
	@echo '  make demo     follow real purchases from click to payout, and prove every cent'
	@echo '                (ARGS=--all for all customers; against what runs, or one it starts)'
	@echo '  make load     check out 20 carts a second for five minutes, and prove every order'
	@echo '  make test     run every test (FILTER=WalletTests for some of them)'
	@echo
	@echo '  make setup    install the Debian packages that are missing'
	@echo '  make build    build the programs for production into .build/release'
	@echo '  make check    format, tidiness and unit tests: what to run before a commit'
	@echo '  make conformance   let clients from PyPI judge: schemathesis every OpenAPI document,'
	@echo '                     websockets the live messages, aiosmtpd the mail'
	@echo '  make fuzz     look for inputs that break a parser (PARSER=http MINUTES=30)'
	@echo '  make test-kafka    the suites of the bus and the platform on Apache Kafka (KAFKA_HOME)'
	@echo '  make alerts   check the alarms for Prometheus and try them (with promtool of Debian)'
	@echo '  make bench    measure everything that counts beside its limit (ARGS=--help says more)'
	@echo '  make simulate run the protocols under faults that chance gives (SEEDS=100000)'
	@echo '  make sanitize unit suites under a sanitizer of memory (SANITIZER=thread: of threads)'
	@echo '  make torture  break everything under load, and prove that nothing is lost or twice'
	@echo '                (MINUTES=60 SEED=7; KAFKA=apache on the one that KAFKA_HOME names)'
	@echo '  make docs     write the references that are generated from the code'
	@echo '  make fmt      format the sources'
	@echo '  make lint     complain about sources that are not formatted'
	@echo '  make clean    remove what was built; data under .souk stays'
	@echo
	@echo 'README.md says what it is, docs/HACKING.md how to work on it.'

setup:
	@./deploy/setup.sh

build: setup
	@for program in $(PROGRAMS); do \
		$(SWIFT) build $(RELEASE) --product $$program || exit 1; \
	done

run: build
	@exec .build/release/souk up $(ARGS)

demo: build
	@exec .build/release/souk demo $(ARGS)

load: build
	@exec .build/release/souk load $(ARGS)

test: setup
	$(SWIFT) build --build-tests
ifdef FILTER
	$(TEST) --filter '$(FILTER)'
else
	$(TEST) --skip '^EndToEndTests\.'
# A whole platform for each suite: one at a time.
	$(TEST) --no-parallel --filter '^EndToEndTests\.'
endif

check: setup lint
	$(SWIFT) build --build-tests
	$(TEST) $(SERVERS)

# What runs on Apache Kafka, with the clusters that `make test` leaves out, and whole platforms on it.
test-kafka: setup
	$(SWIFT) build --build-tests
	export SOUK_TEST_KAFKA_CLUSTER=1 SOUK_TEST_BROKER=apache && $(TEST) --no-parallel --filter \
		'^BusTests\.|^EventStoreTests\.(Journey|Broker)|BrokerReplayTests|^EndToEndTests\.'

conformance: setup
	$(SWIFT) build
	[ '$(ARGS)' = clients ] || Tests/EndToEnd/schemathesis.sh $(ARGS)
	[ -n '$(filter-out clients,$(ARGS))' ] || Tests/EndToEnd/clients.sh

alerts:
	@command -v promtool >/dev/null || { echo 'promtool is missing: apt-get install prometheus'; exit 69; }
	promtool check config deploy/prometheus/prometheus.yaml
	promtool test rules deploy/prometheus/alerts.test.yaml

fuzz: setup
	Tests/Fuzz/fuzz.sh '$(PARSER)' '$(or $(MINUTES),1)'

# A program of its own that is never part of `make build`: it measures beside peers and limits, on
# servers that it makes and removes.
bench: build
	@Tests/Benchmarks/packages.sh
	$(SWIFT) build $(RELEASE) --product bench
	@exec .build/release/bench $(ARGS)

bench-check:
	@$(MAKE) --no-print-directory bench ARGS='--check $(ARGS)'

# The smallest parts by themselves: suites that run when SOUK_BENCH is set, compiled as for
# production.
bench-micro: setup
	SOUK_BENCH=1 $(SWIFT) test -c release --scratch-path .build/bench -Xswiftc -enable-testing \
		--disable-xctest --no-parallel --filter '$(or $(FILTER),Benchmarks)'

# The protocols under as many seeds as wanted; the same suites run a few thousand in `make test`.
simulate: setup
	SOUK_SEEDS=$(or $(SEEDS),100000) $(SWIFT) test -c release --scratch-path .build/bench \
		-Xswiftc -enable-testing --disable-xctest --filter 'SimulationTests'

# The unit suites, and the contract of the event store over PostgreSQL, in a build of their own that
# finds faults of memory (or of threads: then it is told of what libraries do unseen).
SANITIZER ?= address
SANITIZED := --sanitize $(SANITIZER) --scratch-path .build/$(SANITIZER)
TOLD := $(CURDIR)/.build/thread/concurrency.so
WATCH := export ASAN_OPTIONS=detect_leaks=0 $(if $(filter thread,$(SANITIZER)),LD_PRELOAD=$(TOLD))
sanitize: setup
	$(SWIFT) build --build-tests $(SANITIZED)
ifeq ($(SANITIZER),thread)
	clang -shared -fPIC -O1 Tests/Runtime/Sanitizer/concurrency.c -o $(TOLD)
endif
	$(WATCH) && $(TEST) $(SANITIZED) $(SERVERS) --skip '^TidyTests\.'
	$(WATCH) && $(TEST) $(SANITIZED) --filter '^EventStoreTests\.ContractTests'

# The same seed breaks the same things; BUILD=debug takes what is built already.
BUILD ?= release
torture: setup
ifeq ($(BUILD),release)
	@for program in $(PROGRAMS) torture; do \
		$(SWIFT) build $(RELEASE) --product $$program || exit 1; \
	done
else
	$(SWIFT) build
endif
	@.build/$(BUILD)/torture --minutes $(or $(MINUTES),3) --seed $(or $(SEED),1) \
		$(if $(KAFKA),--kafka $(KAFKA)) $(ARGS)

docs:
	$(SWIFT) build --build-tests
	export SOUK_WRITE_DOCS=1 && $(TEST) --filter 'ReferenceTests'

fmt:
	$(SWIFT) format format --in-place --parallel --recursive $(SOURCES)

lint:
	$(SWIFT) format lint --strict --parallel --recursive $(SOURCES)

clean:
	rm -rf .build
