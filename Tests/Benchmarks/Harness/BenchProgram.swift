import Runtime

/// The program: runs the benchmarks asked for, one after the other, and reports.
enum BenchProgram {
    @concurrent static func run(_ arguments: [String]) async -> Int32 {
        do {
            let options = try BenchOptions(arguments)
            if options.wantsHelp {
                print(BenchOptions.help)
                return 0
            }
            if options.wantsList {
                for one in Benchmark.all { print("\(one.name): \(one.title)") }
                return 0
            }
            return try await run(options)
        } catch {
            Bench.say("bench: \(error)")
            return 2
        }
    }

    private static func run(_ options: BenchOptions) async throws -> Int32 {
        let thresholds = try Thresholds.read()
        let chosen = try options.chosen(from: Benchmark.all)
        let bench = try Bench(options)
        var report = Report(machine: try await MachineFacts.gather(bench))
        for (number, benchmark) in chosen.enumerated() {
            bench.say("[\(number + 1)/\(chosen.count)] \(benchmark.title)")
            let start = ContinuousClock.now
            do {
                report.figures += try await benchmark.run(bench)
            } catch {
                bench.say("    failed: \(error)")
                report.failures.append(.init(name: benchmark.name, reason: "\(error)"))
            }
            report.seconds[benchmark.name] = start.duration(to: .now).inSeconds
        }
        await bench.close()
        print(report.text(thresholds))
        if let path = options.jsonFile { try report.write(to: path) }
        if !report.failures.isEmpty { return 1 }
        return options.isCheck && !report.regressions(thresholds).isEmpty ? 1 : 0
    }
}
