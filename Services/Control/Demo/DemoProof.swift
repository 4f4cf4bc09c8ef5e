internal import EventTypes
internal import HTTP
internal import JSON
internal import Runtime

/// Adds the same money up in ways that know nothing of each other, holds every order and every
/// message against what must have become of it, and asks every service whether its invariants hold.
struct DemoProof: Sendable {
    /// How long the last events may be on their way to the last read model.
    static let patience: Duration = .seconds(180)
    static let interval: Duration = .milliseconds(250)

    let stage: DemoStage
    let plan: DemoPlan
    let programs: ProgramPlan
    let traces: DemoTraces

    private var own: (credited: Int64, clawedBack: Int64) {
        (
            plan.errands.reduce(0) { $0 + $1.credited },
            plan.errands.reduce(0) { $0 + $1.clawedBack }
        )
    }

    /// - Returns: everything that was found, in the order of the way of the money.
    func examine() async throws -> [DemoFinding] {
        var findings = [
            DemoFinding("file", "\(plan.cashback) cashback on \(plan.gross)", true)
        ]
        findings += try await DemoFinding.settled(on: stage.loop) { try await ledger() }
        // Verifying waits for other programs, and so does the rest.
        async let invariants = InvariantProof(programs: programs, loop: stage.loop).examine()
        findings += try await DemoOrderProof(stage: stage, traces: traces).examine()
        findings += try await DemoMessageProof(
            stage: stage, traces: traces, brokers: programs.settings.bootstrapServers
        ).examine()
        findings += try await analytics()
        return findings + (try await invariants)
    }

    private func ledger() async throws -> [DemoFinding] {
        let now = try await stage.payouts.totals()
        let before = traces.before
        return [
            DemoFinding(
                "ledger, credited", cents: now.credited - before.credited,
                mustBe: plan.cashback.minorUnits + own.credited),
            DemoFinding(
                "ledger, taken back", cents: now.clawedBack - before.clawedBack,
                mustBe: own.clawedBack),
            DemoFinding(
                "ledger, paid out", cents: now.paidOut - before.paidOut,
                mustBe: plan.cashback.minorUnits),
            DemoFinding(
                "ledger, settlement", cents: now.settlement - before.settlement,
                mustBe: plan.errands.reduce(0) { $0 + $1.settled }),
            DemoFinding("ledger, still held", cents: now.held - before.held, mustBe: 0),
            DemoFinding("ledger, sum of all accounts", cents: now.sum, mustBe: 0),
        ]
    }

    // MARK: Analytics

    /// The API must say what was earned at both shops, and a replay of the topics the same.
    private func analytics() async throws -> [DemoFinding] {
        let shops = [
            (stage.merchantID, stage.merchantName, plan.cashback.minorUnits),
            (stage.shop.merchantID, stage.shop.merchantName, own.credited),
        ]
        _ = try await DemoFinding.settled(on: stage.loop) {
            let report = try await revenue()
            return shops.map {
                DemoFinding($0.1, cents: credited(report, $0.0, $0.1), mustBe: $0.2)
            }
        }
        let run = try await CapturedRun.run(
            [
                "\(programs.directory)/analytics", "replay", "--report", "revenue", "--format",
                "json",
            ],
            environment: programs.environment(of: .analytics),
            directory: programs.settings.run, on: stage.loop)
        let total = plan.cashback.minorUnits + own.credited
        func said(by report: JSONValue) -> DemoFinding {
            DemoFinding(
                "analytics API", cents: shops.reduce(0) { $0 + credited(report, $1.0, $1.1) },
                mustBe: total)
        }
        guard let replay = try? JSON.decode(JSONValue.self, from: run.output, limits: .document)
        else {
            return [
                said(by: try await revenue()),
                DemoFinding("topic replay", "analytics replay: \(run.lastWords)", false),
            ]
        }
        let replayed = shops.reduce(0) { $0 + credited(replay, $1.0, $1.1) }
        // What else the rows say may come to the API later than what was credited.
        return try await DemoFinding.settled(on: stage.loop) {
            let report = try await revenue()
            let differences = shops.compactMap { difference(report, replay, $0.0, $0.1) }
            return [
                said(by: report),
                differences.first.map { DemoFinding("topic replay", $0, false) }
                    ?? DemoFinding("topic replay", cents: replayed, mustBe: total),
            ]
        }
    }

    /// The revenue report of the API.
    private func revenue() async throws -> JSONValue {
        var request = DemoClient.Request(.get, "/api/v1/analytics/reports/revenue")
        request.session = stage.finance
        return try await stage.client.send(request).body
    }

    /// What two reports say differently of one shop, as a sentence.
    private func difference(
        _ report: JSONValue, _ replay: JSONValue, _ id: String, _ name: String
    ) -> String? {
        let (ours, theirs) = (rows(report, id, name), rows(replay, id, name))
        if ours == theirs { return nil }
        guard ours.count == theirs.count else {
            return "it has \(theirs.count) rows of \(name), the API \(ours.count)"
        }
        for (our, their) in zip(ours, theirs) where our != their {
            let fields = their.object?.names.filter { our[$0] != their[$0] } ?? []
            return "of \(name) it says another \(fields.joined(separator: ", "))"
        }
        return nil
    }

    /// What the revenue report says of one shop.
    private func rows(_ report: JSONValue, _ id: String, _ name: String) -> [JSONValue] {
        (report["rows"]?.array ?? []).filter { row in
            row["merchant"]?.string == name || row["merchant"]?.string == id
        }
    }

    /// What it says was credited for sales of one shop.
    private func credited(_ report: JSONValue, _ id: String, _ name: String) -> Int64 {
        rows(report, id, name).reduce(0) { $0 + ($1["credited"]?.money?.minorUnits ?? 0) }
    }
}
