import Foundation
import JSON
import Testing

/// The whole platform as a user has it: started by `souk up`, spoken to through the gateway.
@Suite(.serialized, .livePlatform) struct JourneyTests {
    private func platform() throws -> LivePlatform { try #require(LivePlatform.current) }

    private func prove(_ customers: Int) async throws {
        let (status, output) = try await platform().souk("demo", "--customers", "\(customers)")
        #expect(status == 0, "\(output)")
        #expect(output.contains("Equal to the cent"), "\(output)")
    }

    @Test func aEveryCentArrives() async throws { try await prove(6) }

    @Test(.timeLimit(.minutes(10))) func bTheProofHoldsWhateverIsKilled() async throws {
        let platform = try platform()
        let demo = try platform.starting("demo", "--customers", "12")
        let victims = [
            ("customers", ["user", "gateway"]), ("clicks", ["cashback", "cms"]),
            ("sales", ["cashback", "catalog"]), ("approvals", ["wallet", "broker"]),
            ("carts", ["order", "notification"]), ("checkouts", ["order", "wallet", "catalog"]),
            ("deliveries", ["order", "cashback", "notification"]),
            ("credits", ["analytics", "postgres"]), ("withdrawals", ["wallet", "sandbox"]),
        ]
        for (stage, names) in victims {
            _ = await demo.line { $0.hasPrefix(stage) }
            for name in names { platform.kill(name) }
        }
        let status = await demo.end()
        #expect(status == 0, "\(demo.output)")
        #expect(demo.output.contains("Equal to the cent"), "\(demo.output)")
    }

    @Test(.timeLimit(.minutes(10))) func cLostTopicsAreFilledAgain() async throws {
        try platform().kill("broker")
        try await prove(3)
    }

    @Test func dAReadModelIsRebuiltWhileItIsServed() async throws {
        let platform = try platform()
        let (status, output) = try await platform.souk("run", "wallet", "rebuild", "balances")
        #expect(status == 0, "\(output)")
        #expect(output.contains("identical to the one before"), "\(output)")
        let parked = try await platform.souk("parked")
        #expect(parked.status == 0, "\(parked.output)")
        let lag = try await platform.souk("lag")
        #expect(lag.output.contains("projection balances"), "\(lag.output)")
    }

    @Test func dEverybodyAnswersTheOperator() async throws {
        let platform = try platform()
        let (_, output) = try await platform.souk("status", "--format", "json")
        let report = try JSON.decode(JSONValue.self, from: output)
        #expect(report["unanswered"]?.array?.isEmpty == true, "\(output)")
        #expect(report["parked"]?.array?.isEmpty == true, "\(output)")
        let programs = report["programs"]?.array ?? []
        #expect(programs.count == (platform.cluster == nil ? 12 : 11))
        for program in programs {
            #expect(program["state"]?.string == "running", "\(output)")
            if program["ready"] != nil { #expect(program["ready"]?.bool == true) }
        }
        let followers = report["followers"]?.array ?? []
        for kind in ["log", "projection", "publisher"] {
            #expect(followers.contains { $0["kind"]?.string == kind }, "\(kind)")
        }
    }

    /// Prometheus sees no rise in what begins at one: a counter that an alarm watches is there from
    /// the start.
    @Test func dWhatAlarmsWatchRisesFromZero() async throws {
        let alerts = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
            .appending(path: "../../deploy/prometheus/alerts.yaml").standardized
        let watched = try String(contentsOf: alerts, encoding: .utf8)
            .matches(of: /increase\((\w+)\[/).map { String($0.1) }
        #expect(!watched.isEmpty)
        let wallet = LiveClient(gateway: try platform().url("wallet"))
        let text = String(
            decoding: try await wallet.call("GET", "/metrics").bytes, as: UTF8.self)
        for name in watched {
            #expect(text.contains("\n\(name){") || text.contains("\n\(name) "), "\(name)")
        }
    }

    /// With a program that hangs, the answer is there all the same and names it.
    @Test func dAHaltedProgramIsNamedInTime() async throws {
        let platform = try platform()
        platform.signal("wallet", SIGSTOP)
        let (status, output) = try await platform.souk("status")
        platform.signal("wallet", SIGCONT)
        #expect(status == 1)
        #expect(output.contains("! wallet is halted"), "\(output)")
    }

    @Test func eReplayAndAPISayTheSame() async throws {
        let platform = try platform()
        let client = try await LiveClient(gateway: platform.gateway)
            .signedIn("admin@souk.example", platform.secret("admin-password"))
        for report in ["revenue", "funnel", "rfm", "ledger"] {
            let replay = try await platform.souk(
                "run", "analytics", "replay", "--report", report, "--format", "csv")
            let answer = try await client.call(
                "GET", "/api/v1/analytics/reports/\(report)?format=csv")
            #expect(answer.status == 200)
            let text = String(decoding: answer.bytes, as: UTF8.self)
            #expect(!text.isEmpty && replay.output.contains(text), "\(report): \(replay.output)")
        }
    }

    @Test(.timeLimit(.minutes(10))) func fStoppedAndStartedAgainEverythingIsAsItWas() async throws {
        let platform = try platform()
        let admin = LiveClient(gateway: platform.gateway)
        let path = "/api/v1/wallet/totals?currency=USD"
        let password = try platform.secret("admin-password")
        let before = try await admin.signedIn("admin@souk.example", password).call("GET", path)
        #expect(before.status == 200)
        let (status, took) = try await platform.stop()
        #expect(status == 0)
        #expect(took < .seconds(5))
        try await platform.start()
        let after = try await admin.signedIn("admin@souk.example", password).call("GET", path)
        #expect(after.json == before.json)
    }
}
