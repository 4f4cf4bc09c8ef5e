import Foundation
import Runtime
import Testing

@Suite struct MetricsTests {
    private let metrics = Metrics()

    @Test func countersGaugesAndHistogramsAreRenderedAsPrometheusReadsThem() {
        let requests = metrics.counter(
            "souk_requests_total", "Requests\nanswered.", labels: ["method", "path"])
        requests.add(2, "GET", "/a\"b\\c\n")
        requests.add(1, "POST", "/")
        metrics.gauge("souk_connections", "Open connections.").set(1.5)
        let time = metrics.histogram(
            "souk_wait_seconds", "Waiting.", labels: ["of"], buckets: [0.1, 1])
        time.observe(.milliseconds(100), "x")
        time.observe(.milliseconds(500), "x")
        time.observe(.seconds(3), "x")
        #expect(
            metrics.render() == """
                # HELP souk_connections Open connections.
                # TYPE souk_connections gauge
                souk_connections 1.5
                # HELP souk_requests_total Requests\\nanswered.
                # TYPE souk_requests_total counter
                souk_requests_total{method="GET",path="/a\\"b\\\\c\\n"} 2
                souk_requests_total{method="POST",path="/"} 1
                # HELP souk_wait_seconds Waiting.
                # TYPE souk_wait_seconds histogram
                souk_wait_seconds_bucket{of="x",le="0.1"} 1
                souk_wait_seconds_bucket{of="x",le="1"} 2
                souk_wait_seconds_bucket{of="x",le="+Inf"} 3
                souk_wait_seconds_sum{of="x"} 3.6
                souk_wait_seconds_count{of="x"} 3

                """)
    }

    @Test func aFamilyWithoutLabelsShowsFromTheStart() {
        _ = metrics.counter("souk_parked_total", "Parked.")
        #expect(metrics.render().hasSuffix("\nsouk_parked_total 0\n"))
    }

    @Test func askingAgainGivesTheSameFamily() {
        metrics.counter("souk_a_total", "A.").add(2)
        metrics.counter("souk_a_total", "A.").add(3)
        #expect(metrics.counter("souk_a_total", "A.").value() == 5)
    }

    @Test func inventedLabelValuesCannotFillTheMemory() {
        let counter = metrics.counter("souk_b_total", "B.", labels: ["who"])
        for number in 0..<Metrics.seriesLimit + 50 { counter.add(1, "\(number)") }
        #expect(counter.value("other") == 50)
        #expect(counter.value("7") == 1)
        counter.add(1, "7")
        #expect(counter.value("7") == 2)
    }

    @Test func hooksRunBeforeEachRendering() {
        let gauge = metrics.gauge("souk_depth", "Depth.")
        metrics.onScrape { gauge.add(1) }
        _ = metrics.render()
        #expect(metrics.render().contains("souk_depth 2\n"))
    }

    @Test func additionsFromManyTasksAreAllCounted() async {
        let counter = metrics.counter("souk_c_total", "C.", labels: ["of"])
        await withTaskGroup(of: Void.self) { group in
            for _ in 0..<20 {
                group.addTask { for _ in 0..<500 { counter.add(1, "x") } }
            }
        }
        #expect(counter.value("x") == 10_000)
    }

    @Test func theProcessIsMeasuredUnderTheUsualNames() throws {
        ProcessMetrics.register(in: metrics)
        let lines = metrics.render().split(separator: "\n")
        func value(_ name: String) throws -> Double {
            let line = try #require(lines.first { $0.hasPrefix(name + " ") })
            return try #require(Double(line.dropFirst(name.count + 1)))
        }
        #expect(lines.contains("# TYPE process_cpu_seconds_total counter"))
        #expect(try value("process_cpu_seconds_total") > 0)
        #expect(try value("process_resident_memory_bytes") > 1_000_000)
        #expect(
            try value("process_virtual_memory_bytes") >= value("process_resident_memory_bytes"))
        #expect(try value("process_open_fds") >= 3)
        #expect(try value("process_max_fds") >= value("process_open_fds"))
        #expect(try value("process_threads") >= 1)
        let start = try value("process_start_time_seconds")
        let now = Date().timeIntervalSince1970
        #expect(start > now - 86_400 && start < now + 2)
    }

    @Test func aLoopThatIsHeldUpShowsInItsLag() async throws {
        let loop = EventLoop(name: "busy")
        let monitor = LoopLagMonitor([loop], interval: .milliseconds(1), metrics: metrics)
        let lag = metrics.histogram(
            "souk_event_loop_lag_seconds", "How long a callback waited for its event loop.",
            labels: ["loop"])
        let lifecycle = Lifecycle()
        async let running: Void = monitor.run(lifecycle)
        await lifecycle.waitUntilReady()
        while lag.count("busy") < 3 { try await loop.sleep(for: .milliseconds(1)) }
        lifecycle.requestShutdown()
        try await running
        #expect(metrics.render().contains("souk_event_loop_lag_seconds_count{loop=\"busy\"}"))
        let worst = metrics.gauge(
            "souk_event_loop_lag_worst_seconds", "", labels: ["loop"])
        #expect(worst.value("busy") > 0)
        loop.stop()
    }
}
