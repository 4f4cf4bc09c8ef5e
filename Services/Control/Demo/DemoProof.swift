internal import EventTypes
internal import HTTP
internal import JSON
internal import Runtime

/// Adds the same money up in four ways that know nothing of each other, and asks every service
/// whether its invariants hold.
struct DemoProof: Sendable {
    /// One sentence of the proof.
    struct Finding: Sendable {
        let name: String
        let value: String
        let holds: Bool
    }

    /// How long the last events may be on their way to the last read model.
    static let patience: Duration = .seconds(60)

    let stage: DemoStage
    let plan: DemoPlan
    let programs: ProgramPlan
    /// The books before this run.
    let before: DemoPayouts.Totals

    /// - Returns: everything that was found, in the order of the way of the money.
    func examine() async throws -> [Finding] {
        var findings = [
            Finding(
                name: "file", value: "\(plan.cashback) cashback on \(plan.gross)", holds: true)
        ]
        findings += try await ledger()
        findings.append(try await analytics())
        findings.append(try await replay())
        findings += try await invariants()
        return findings
    }

    private func ledger() async throws -> [Finding] {
        let now = try await DemoPayouts(stage: stage).totals()
        return [
            finding("ledger, credited", now.credited - before.credited),
            finding("ledger, paid out", now.paidOut - before.paidOut),
            Finding(
                name: "ledger, sum of all accounts", value: amount(now.sum), holds: now.sum == 0),
        ]
    }

    private func analytics() async throws -> Finding {
        let deadline = ContinuousClock.now + Self.patience
        while true {
            var request = DemoClient.Request(.get, "/api/v1/analytics/reports/revenue")
            request.session = stage.finance
            let report = try await stage.client.send(request).body
            let found = finding("analytics API", credited(report))
            if found.holds || ContinuousClock.now >= deadline { return found }
            try await stage.loop.sleep(for: .milliseconds(250))
        }
    }

    private func replay() async throws -> Finding {
        let run = try await service(
            .analytics, ["replay", "--report", "revenue", "--format", "json"])
        guard let report = try? JSON.decode(JSONValue.self, from: run.output, limits: .document)
        else {
            return Finding(
                name: "topic replay", value: "analytics replay: \(run.lastWords)", holds: false)
        }
        return finding("topic replay", credited(report))
    }

    private func invariants() async throws -> [Finding] {
        try await Together.map(PlatformProgram.withLog, limit: 2) { program in
            let run = try await service(program, ["verify"])
            let lines = run.output.split(separator: "\n")
            let broken = lines.filter { $0.hasPrefix("BROKEN") }
            var value = "\(lines.count { $0.hasPrefix("ok ") }) invariants"
            if !run.isSuccess {
                value = broken.isEmpty ? run.lastWords : broken.joined(separator: "; ")
            }
            return Finding(name: "\(program.name) verify", value: value, holds: run.isSuccess)
        }
    }

    private func service(
        _ program: PlatformProgram, _ arguments: [String]
    ) async throws -> CapturedRun {
        let executable = "\(programs.directory)/\(program.name)"
        return try await CapturedRun.run(
            [executable] + arguments, environment: programs.environment(of: program),
            directory: programs.settings.run, on: stage.loop)
    }

    /// What the revenue report says was credited for sales of this run's shop.
    private func credited(_ report: JSONValue) -> Int64 {
        (report["rows"]?.array ?? []).reduce(0) { sum, row in
            guard let name = row["merchant"]?.string,
                name == stage.merchantName || name == stage.merchantID
            else { return sum }
            return sum + (row["credited"]?["amount_minor"]?.integer ?? 0)
        }
    }

    private func finding(_ name: String, _ minorUnits: Int64) -> Finding {
        Finding(
            name: name, value: amount(minorUnits), holds: minorUnits == plan.cashback.minorUnits)
    }

    private func amount(_ minorUnits: Int64) -> String {
        (try? Money(minorUnits: minorUnits, .usd))?.description ?? "out of range"
    }
}
