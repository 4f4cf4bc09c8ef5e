internal import EventTypes
internal import HTTP
internal import JSON
internal import Runtime

/// Pays money in.
struct DemoDeposit: Sendable {
    static let interval: Duration = .milliseconds(100)
    static let patience: Duration = .seconds(90)

    let client: DemoClient

    /// Pays in so many cents, and waits until they have arrived.
    func make(_ cents: Int64, _ session: DemoSession, key: String) async throws {
        var request = try DemoClient.Request(
            .post, "/api/v1/wallet/deposits",
            json: ["amount": ["amount_minor": .integer(cents), "currency": "USD"]], by: session)
        request.key = key
        let id = try await client.send(request).text("id")
        let question = DemoClient.Request(.get, "/api/v1/wallet/deposits/\(id)", by: session)
        let deadline = ContinuousClock.now + Self.patience
        while try await client.send(question).text("state") != "settled" {
            guard ContinuousClock.now < deadline else {
                throw DemoFailure(
                    call: "waiting for a deposit", status: nil,
                    reason: "nothing within \(Self.patience)")
            }
            try await client.loop.sleep(for: Self.interval)
        }
    }
}
