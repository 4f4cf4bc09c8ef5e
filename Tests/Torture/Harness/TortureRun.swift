import Glibc
import JSON
import Runtime

/// One run, from the first process to the report.
struct TortureRun: Sendable {
    /// How long the platform may take to come to rest once everything is healed.
    static let quietWithin = 300
    static let verifyTimeout: Duration = .seconds(900)

    let options: TortureOptions

    /// - Returns: whether everything holds.
    func run() async throws -> Bool {
        let place = try await Workplace(programs: options.programs ?? Self.ownDirectory())
        say("in \(place.path)")
        let guardian = try Guardian(place)
        let platform = Platform(place)
        let kafkaHome = options.isApache ? Machine.environment["KAFKA_HOME"] : nil
        if options.isApache, kafkaHome == nil {
            throw TortureError("KAFKA_HOME does not say where Apache Kafka is")
        }
        let broker = Broker(
            place, kafkaHome: kafkaHome, environment: platform.environment)
        let excluded = FaultInjector.excluded(place)
        var report = TortureReport(
            options: options, broker: options.isApache ? "Apache Kafka" : "embedded",
            excluded: Dictionary(
                uniqueKeysWithValues: excluded.map { ($0.key.rawValue, $0.value) }))
        do {
            try await play(platform, broker, Set(excluded.keys), &report)
        } catch {
            report.failure = "\(error)"
        }
        try? await platform.stop()
        try? await broker.kill()
        guardian.dismiss()
        try publish(report)
        let isKept = options.keeps || !report.holds
        try await place.remove(keeping: isKept)
        if isKept { say("the logs are in \(place.path)") }
        return report.holds
    }

    private func play(
        _ platform: Platform, _ broker: Broker, _ excluded: Set<FaultKind>,
        _ report: inout TortureReport
    ) async throws {
        try await broker.prepare()
        try await broker.start()
        try await platform.startProxies()
        try await platform.start()
        let seconds = options.minutes * 60
        let journey = try await Journey.begin(
            platform, seconds: seconds, rate: options.rate, people: options.people)
        let plan = FaultPlan(
            seed: options.seed, minutes: options.minutes, isApache: options.isApache,
            excluded: excluded)
        say("the load has begun; \(plan.faults.count) faults are to come")
        let start = ContinuousClock.now
        let falls = Task { await countFalls(of: broker) }
        report.faults = await inject(plan, platform, broker, from: start)
        falls.cancel()
        let fallen = await falls.value
        if fallen > 0 { report.faults["broker ended by itself"] = fallen }
        try await platform.heal()
        try await platform.place.emptyDisk()
        try await broker.revive()
        say("everything is healed")
        let left = ContinuousClock.now.duration(to: start + .seconds(seconds))
        report.load = try await journey.end(after: max(.zero, left))
        say("the load is over; what is under way comes to its end")
        report.verification = try await verify(platform)
    }

    /// Starts the broker again whenever it ends by itself, until cancelled.
    private func countFalls(of broker: Broker) async -> Int {
        var count = 0
        while (try? await Task.sleep(for: .seconds(1))) != nil {
            guard (try? await broker.reviveFallen()) == true else { continue }
            say("the broker has ended by itself and is started again")
            count += 1
        }
        return count
    }

    /// Faults may overlap: each is a task of its own.
    private func inject(
        _ plan: FaultPlan, _ platform: Platform, _ broker: Broker,
        from start: ContinuousClock.Instant
    ) async -> [String: Int] {
        let injector = FaultInjector(platform: platform, broker: broker)
        return await withTaskGroup(of: FaultKind?.self) { group in
            for fault in plan.faults {
                let pause = ContinuousClock.now.duration(to: start + fault.start)
                if pause > .zero { try? await Task.sleep(for: pause) }
                say(fault.description)
                group.addTask {
                    do {
                        return try await injector.inject(fault) ? fault.kind : nil
                    } catch {
                        say("\(fault.kind.rawValue) failed: \(error)")
                        return nil
                    }
                }
            }
            return await group.reduce(into: [:]) { counts, kind in
                if let kind { counts[kind.rawValue, default: 0] += 1 }
            }
        }
    }

    private func verify(_ platform: Platform) async throws -> JSONValue {
        let child = try platform.souk(
            "verify",
            [
                "verify", "--quiet-within", "\(Self.quietWithin)", "--promises",
                platform.place.promises, "--format", "json",
            ])
        guard let status = try await child.end(within: Self.verifyTimeout) else {
            child.signal(SIGKILL)
            throw TortureError("souk verify has not ended")
        }
        let output = Files.read(child.log)
        guard let found = try? JSON.decode(JSONValue.self, from: output, limits: .document) else {
            let errors = Files.read("\(platform.place.logs)/verify.err")
            throw TortureError("souk verify ended with status \(status):\n\(errors)")
        }
        if found["holds"]?.bool != true {
            // What an operator would look at first.
            for command in ["lag", "parked", "status"] {
                let look = try platform.souk(command, [command])
                _ = try await look.end(within: .seconds(60))
            }
        }
        return found
    }

    private func publish(_ report: TortureReport) throws {
        print(report.text)
        guard let path = options.report else { return }
        try Files.write(try report.json(), to: path + ".json")
        try Files.write(report.text, to: path + ".txt")
    }

    /// Where this program stands, with the others beside it.
    private static func ownDirectory() -> String {
        var bytes = [CChar](repeating: 0, count: Int(PATH_MAX))
        let count = readlink("/proc/self/exe", &bytes, bytes.count)
        let path = String(
            decoding: bytes.prefix(max(0, count)).map { UInt8(bitPattern: $0) }, as: UTF8.self)
        return path.split(separator: "/").dropLast().reduce("") { "\($0)/\($1)" }
    }
}

/// Says what happens, with the time.
func say(_ text: String) {
    var now = time(nil)
    var parts = tm()
    gmtime_r(&now, &parts)
    func two(_ number: Int32) -> String { number < 10 ? "0\(number)" : "\(number)" }
    print("\(two(parts.tm_hour)):\(two(parts.tm_min)):\(two(parts.tm_sec)) \(text)")
    fflush(nil)
}
