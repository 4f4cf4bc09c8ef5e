internal import Database
internal import EventStore
internal import EventTypes
internal import Foundation
internal import HTTP
internal import JSON
internal import ServiceKit
internal import TestSupport
internal import Testing

@testable internal import SandboxService
@testable internal import WalletService

/// The wallet over whatever provider the test has.
enum TestWallet: SoukService {
    @TaskLocal static var provider: (any PaymentProvider)?

    static let name = WalletService.name
    static let summary = WalletService.summary
    static let port = 0
    static let configuration = WalletService.configuration
    static let neighbours = WalletService.neighbours

    static func build(_ context: ServiceContext) async throws -> Blueprint {
        WalletService.blueprint(context, provider: try #require(provider))
    }
}

/// A wallet over a database, with the sandbox in the same process behind it.
struct WalletWorld: Sendable {
    static let secret = "webhook-secret"
    static let user: UserID = identifier(1)
    static let other: UserID = identifier(2)

    let wallet: ServiceHarness<TestWallet>
    let sandbox: SandboxStore
    let line: ProviderLine
    private let sandboxClock: ManualClock

    static func with(_ body: (WalletWorld) async throws -> Void) async throws {
        let path = FileManager.default.temporaryDirectory
            .appendingPathComponent("souk-wallet-\(UUID().uuidString)").path
        defer { try? FileManager.default.removeItem(atPath: path) }
        let clock = ManualClock()
        let sandbox = try SandboxStore(path: path, clock: clock, ids: SequentialIdentifiers())
        let line = ProviderLine(SandboxAPI(store: sandbox, apiKey: "key"))
        let provider = SandboxProvider(
            url: "http://sandbox", key: "key", webhookSecret: secret,
            send: { request in try await line.send(request) })
        try await TestWallet.$provider.withValue(provider) {
            try await ServiceHarness<TestWallet>.with(
                .database,
                settings: [
                    "SOUK_PROVIDER_KEY": "key", "SOUK_PROVIDER_WEBHOOK_SECRET": secret,
                ]
            ) { wallet in
                try await body(
                    WalletWorld(
                        wallet: wallet, sandbox: sandbox, line: line, sandboxClock: clock))
            }
        }
    }

    // MARK: Time

    func advance(_ duration: Duration) {
        wallet.clock.advance(by: duration)
        sandboxClock.advance(by: duration)
    }

    /// Handles every timer that is due, once.
    ///
    /// - Parameter isKept: whether the program is cut off before the timers are removed.
    @discardableResult
    func runTimers(isKept: Bool = false) async throws -> Int {
        let now = wallet.clock.now()
        // What is due at once is so by the database's clock, which is not this world's.
        try await wallet.context.pool.execute(
            """
            update timer set due = \(now)
            where due between clock_timestamp() - interval '10 minutes' and clock_timestamp()
            """)
        let rows = try await wallet.context.pool.query(
            "select kind, key, due, payload from timer where due <= \(now) order by due, key")
        for row in rows {
            let timer = DueTimer(
                kind: try row.get("kind"), key: try row.get("key"), due: try row.get("due"),
                now: now, payload: Array((try row.get("payload", as: String.self)).utf8))
            let handler = try #require(
                wallet.blueprint.timers.first { $0.kind == timer.kind })
            try await wallet.store.commit(CommandContext(correlationID: identifier(77))) { unit in
                try await handler.handle(timer, unit)
            }
            if isKept { continue }
            try await wallet.context.pool.execute(
                "delete from timer where kind = \(timer.kind) and key = \(timer.key)")
        }
        await wallet.settle()
        return rows.count
    }

    // MARK: The provider

    /// Moves the sandbox's payments on by one status and delivers what it has to tell.
    @discardableResult
    func deliverWebhooks() async throws -> [Int] {
        var answers: [Int] = []
        while true {
            let deliveries = try await sandbox.advance(taking: 32)
            if deliveries.isEmpty { return answers }
            for delivery in deliveries {
                let status = try await webhook(JSON.encode(WebhookEvent(delivery)))
                answers.append(status)
                try await sandbox.note(delivery.event, isDelivered: (200..<300).contains(status))
            }
        }
    }

    /// Everything that the sandbox will ever tell by itself.
    func deliverAllWebhooks() async throws {
        for _ in 0..<6 {
            try await deliverWebhooks()
            advance(.seconds(1))
        }
    }

    func webhook(
        _ body: [UInt8], secret: String = Self.secret, age: Duration = .zero
    ) async throws -> Int {
        let signature = WebhookSignature.value(
            secret: secret, body: body, at: wallet.clock.now() - age)
        let answer = try await wallet.call(
            .post, "/webhooks/payments", raw: body,
            headers: [WebhookSignature.header: signature]
        )
        await wallet.settle()
        return answer.status.code
    }

    // MARK: People

    func credit(_ cents: Int64, conversion: UInt64 = 501, to user: UserID = user) async throws {
        try await wallet.deliver(
            CashbackConversionApproved(
                conversionID: identifier(conversion), merchantID: identifier(3), userID: user,
                sale: try usd(cents * 20), cashback: try usd(cents), reason: "confirmed"),
            of: .cashbackEvents)
    }

    func verify(level: Int, of user: UserID = user) async throws {
        try await wallet.deliver(
            UserKYCLevelChanged(userID: user, level: level), of: .userEvents)
    }

    func withdraw(_ cents: Int64, as user: UserID = user) async throws -> HarnessResponse {
        try await wallet.call(
            .post, "/api/v1/wallet/withdrawals", as: .customer(user),
            body: [
                "amount": ["amount_minor": .integer(cents), "currency": "USD"],
                "destination": ["kind": "sandbox", "value": "ba_1"],
            ])
    }

    func approve(_ id: String, as caller: HarnessCaller = .finance) async throws -> HarnessResponse
    {
        try await wallet.call(
            .post, "/api/v1/wallet/review/withdrawals/\(id)/approve", as: caller)
    }

    /// A person with cashback and KYC level 2 whose withdrawal was approved.
    func approvedWithdrawal(_ cents: Int64 = 5_000) async throws -> String {
        try await verify(level: 2)
        try await credit(cents)
        let id = try #require(try await withdraw(cents).json["id"]?.string)
        #expect(try await approve(id).status == .ok)
        return id
    }

    func state(_ id: String, as user: UserID = user) async throws -> String? {
        try await wallet.call(
            .get, "/api/v1/wallet/withdrawals/\(id)", as: .customer(user)
        ).json["state"]?.string
    }

    /// What is available and what is held, in cents.
    func balance(of user: UserID = user, at: Timestamp? = nil) async throws -> [Int64?] {
        let time = at.map { "&at=\($0)" } ?? ""
        let answer = try await wallet.call(
            .get, "/api/v1/wallet/balance?currency=USD\(time)", as: .customer(user))
        return [
            answer.json["available_minor"]?.integer, answer.json["held_minor"]?.integer,
            answer.json["owed_minor"]?.integer,
        ]
    }

    func totals() async throws -> JSONValue {
        try await wallet.call(
            .get, "/api/v1/wallet/totals?currency=USD", as: .finance
        ).json
    }

    // MARK: Verification

    /// Changes what stands in the log, as nothing but an attacker with the database could.
    func tamper(_ type: String, _ old: String, _ new: String) async throws {
        try await wallet.context.pool.withTransaction { connection in
            try await connection.simple(
                """
                alter table event disable trigger event_is_final;
                alter table event_p1 disable trigger event_is_final;
                update event set payload = replace(payload, '\(old)', '\(new)')
                where type = '\(type)';
                """)
        }
    }

    /// What `wallet verify` would complain about.
    func violations() async throws -> [String] {
        var found: [String] = []
        for invariant in wallet.blueprint.invariants {
            let result = try await invariant.check(
                VerifyContext(pool: wallet.context.pool, store: wallet.store))
            if case .violated(let cases) = result { found += cases }
        }
        return found
    }
}
