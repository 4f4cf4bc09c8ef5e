internal import EventTypes
internal import HTTP
internal import JSON
internal import Runtime

/// Everybody does one thing after the other for some time, whatever breaks meanwhile.
struct JourneyLoad: Sendable {
    static let peopleTogether = 8
    /// How often somebody looks for checkouts that are handed to a person.
    static let supportInterval: Duration = .seconds(10)
    /// What everybody pays in first, in cents.
    static let purse: Int64 = 500_000

    let load: LoadSettings
    let stage: DemoStage
    let promises: PromiseFile

    /// - Returns: true; what came of it is for `souk verify` to say.
    static func play(
        _ load: LoadSettings, _ world: DemoWorld, promises: PromiseFile
    ) async throws -> Bool {
        try await world.live {
            let stage = try await DemoStage.build(world)
            let journey = JourneyLoad(load: load, stage: stage, promises: promises)
            let people = try await journey.people()
            Terminal.write("The journey begins.\n")
            let failures = try await journey.supported { try await journey.run(people) }
            let count = promises.count
            Terminal.write(
                """
                The journey is over: \(stage.client.sent.value) requests, \(count.asked) commands, \
                \(count.answered) answered, \(failures) given up or refused.

                """)
            return true
        }
    }

    private func people() async throws -> [JourneyPerson] {
        let opener = DemoPeople(client: stage.client, mail: stage.mail, admin: stage.admin)
        let run = stage.run
        return try await DemoPhase.run(
            "travellers", Array(0..<load.buyers), limit: Self.peopleTogether
        ) { index in
            let session = DemoSession(
                email: "traveller-\(index)-\(run)@souk.example", password: RandomSecret.make(),
                address: DemoStage.address(run, index))
            try await opener.open(session, payout: try Money(minorUnits: 1_000_000, .usd))
            let id = session.userID?.description ?? ""
            try promises.asked("user.registered", by: id)
            try promises.answered("user.registered", by: id, subject: id)
            let person = JourneyPerson(
                index: index, id: id, session: session, stage: stage, promises: promises)
            try await person.deposit(Self.purse, key: "purse", waits: true)
            return person
        }
    }

    /// The person whom checkouts and refunds are handed to that got an answer they cannot go on
    /// with: lets them try again.
    private func support() async throws {
        while true {
            try await help()
            try await stage.loop.sleep(for: Self.supportInterval)
        }
    }

    private func help() async throws {
        do {
            for checkout in try await review("/api/v1/checkouts/review?state=stuck&limit=100") {
                try await retry("/api/v1/checkouts/\(checkout["id"]?.string ?? "")/retry")
            }
            for refund in try await review("/api/v1/refunds/review?limit=100")
            where refund["state"]?.string == "stuck" {
                let order = refund["order_id"]?.string ?? ""
                try await retry(
                    "/api/v1/orders/\(order)/refunds/\(refund["id"]?.string ?? "")/retry")
            }
        } catch is DemoFailure {
            // It may have gone on by itself meanwhile.
        }
    }

    private func review(_ path: String) async throws -> [JSONValue] {
        var question = DemoClient.Request(.get, path)
        question.session = stage.admin
        return try await stage.client.items(question)
    }

    private func retry(_ path: String) async throws {
        var request = DemoClient.Request(.post, path)
        request.session = stage.admin
        request.key = "\(stage.run)-retry-\(RandomSecret.make())"
        _ = try await stage.client.send(request)
    }

    /// Does something while somebody helps, and once more afterwards.
    private func supported(_ body: @escaping @Sendable () async throws -> Int) async throws -> Int {
        let result = try await withThrowingTaskGroup(of: Int?.self) { group in
            group.addTask {
                try await support()
                return nil
            }
            group.addTask { try await body() }
            defer { group.cancelAll() }
            while let result = try await group.next() {
                if let result { return result }
            }
            return 0
        }
        try await help()
        return result
    }

    /// - Returns: how often somebody gave up, or was refused.
    private func run(_ people: [JourneyPerson]) async throws -> Int {
        let end = ContinuousClock.now + .seconds(load.seconds)
        let pause: Duration = .seconds(1) * load.buyers / load.rate
        return try await withThrowingTaskGroup(of: Int.self) { group in
            for person in people {
                group.addTask { [stage] in
                    var failures = 0
                    var number = 0
                    // They do not all begin at once.
                    try await stage.loop.sleep(for: pause * person.index / load.buyers)
                    var due = ContinuousClock.now
                    while ContinuousClock.now < end {
                        do {
                            try await person.act(number)
                        } catch let failure as DemoFailure {
                            failures += 1
                            person.note(failure)
                        }
                        number += 1
                        due = max(due + pause, ContinuousClock.now)
                        let rest = min(ContinuousClock.now.duration(to: due), pause)
                        if rest > .zero { try await stage.loop.sleep(for: rest) }
                    }
                    return failures
                }
            }
            return try await group.reduce(0, +)
        }
    }
}
