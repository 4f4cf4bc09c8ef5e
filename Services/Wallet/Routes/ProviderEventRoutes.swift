internal import Database
internal import EventStore
internal import EventTypes
internal import HTTP
internal import Runtime
internal import ServiceKit

/// What the payment provider told and nobody could make sense of, for finance to decide about.
struct ProviderEventRoutes: Sendable {
    private static let path = "/api/v1/wallet/review/provider-events"
    private static let shown = ["provider_events"]
    private static let name = Parameter.path("id", String.self, "The event.")

    let store: any EventStore
    let pool: DatabasePool
    let clock: any WallClock

    var table: RouteTable {
        var routes = RouteTable(tag: "review")
        routes.get(
            Self.path, "List what the payment provider told, newest first",
            id: "listProviderEvents", access: .roles([.finance]),
            parameters: [
                .query("outcome", oneOf: ProviderEventOutcome.self, "Only those with this outcome.")
            ], waitsFor: Self.shown
        ) { call in
            let outcome = try call.query("outcome", oneOf: ProviderEventOutcome.self)?.rawValue
            let last = try call.page.after(Int64.self) ?? .max
            let rows = try await pool.query(
                """
                select * from provider_event
                where number < \(last) and (\(outcome)::text is null or outcome = \(outcome))
                order by number desc limit \(call.page.fetchLimit)
                """, isReadOnly: true)
            return .ok(
                try call.page.page(
                    rows, cursor: { row in try row.get("number", as: Int64.self) },
                    item: { row in try ProviderEventView(row) }))
        }
        routes.post(
            "\(Self.path)/{id}/retry", "Try again to apply what the provider told",
            id: "retryProviderEvent", access: .roles([.finance]), parameters: [Self.name],
            problems: [.notFound, .wrongState], waitsFor: Self.shown + ["balances", "statement"],
            success: 204
        ) { (call: Call<NoBody>) -> Reply<NoBody> in
            let key = try key(call)
            let actor = try call.user().userID
            let now = clock.now()
            return .noContent(
                after: try await store.commit(call.command) { unit in
                    try await ProviderNotices.retry(key, by: actor, at: now, in: unit)
                    return NoBody()
                })
        }
        routes.post(
            "\(Self.path)/{id}/discard", "Decide that nothing comes of it",
            id: "discardProviderEvent", access: .roles([.finance]), parameters: [Self.name],
            problems: [.notFound, .wrongState], waitsFor: Self.shown, success: 204
        ) { (call: Call<ReviewRoutes.Rejection>) -> Reply<NoBody> in
            let key = try key(call)
            let actor = try call.user().userID
            let now = clock.now()
            return .noContent(
                after: try await store.commit(call.command) { unit in
                    try await ProviderNotices.discard(
                        key, by: actor, reason: call.body.reason, at: now, in: unit)
                    return NoBody()
                })
        }
        return routes
    }

    /// No stream has a longer name, nor another character in it.
    private func key<Body>(_ call: Call<Body>) throws -> String {
        let key = try call.path("id", as: String.self)
        // A provider's name, a hyphen, and the provider's name of the event.
        guard let split = key.firstIndex(of: "-"), SandboxPayment.isName(String(key[..<split])),
            SandboxPayment.isName(String(key[split...].dropFirst()))
        else { throw WalletError.noticeNotFound }
        return key
    }
}

/// What the provider told, without its text.
struct ProviderEventView: Codable, Sendable {
    let id: String
    let provider: String
    let kind: String
    /// Our name of the payment.
    let reference: String?
    let status: String?
    let amount: Money?
    let outcome: String
    let reason: String?
    let handledBy: UserID?
    let receivedAt: Timestamp
    let handledAt: Timestamp

    enum CodingKeys: String, CodingKey {
        case id, provider, kind, reference, status, amount, outcome, reason
        case handledBy = "handled_by"
        case receivedAt = "received_at"
        case handledAt = "handled_at"
    }

    init(_ row: Row) throws {
        id = try row.get("provider_event_id")
        provider = try row.get("provider")
        kind = try row.get("kind")
        reference = try row.get("reference")
        status = try row.get("status")
        let cents: Int64? = try row.get("amount_minor")
        let currency: Currency? = try row.get("currency")
        amount = try cents.flatMap { cents in
            try currency.map { try Money(minorUnits: cents, $0) }
        }
        outcome = try row.get("outcome")
        reason = try row.get("reason")
        handledBy = try row.get("handled_by")
        receivedAt = try row.get("received_at")
        handledAt = try row.get("handled_at")
    }
}
