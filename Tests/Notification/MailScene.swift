internal import Crypto
internal import Database
internal import EventStore
internal import EventTypes
internal import HTTP
internal import JSON
internal import Runtime
internal import ServiceKit
internal import TestSupport

@testable internal import NotificationService

typealias NotificationHarness = ServiceHarness<NotificationService>

/// A notification service whose mailer runs against a mail server that says what a test wants.
struct MailScene {
    let harness: NotificationHarness
    let server: ScriptedMailServer

    static let ann: UserID = SequentialIdentifiers.identifier(501)
    static let bob: UserID = SequentialIdentifiers.identifier(502)

    static func with<R>(
        script: @escaping ScriptedMailServer.Script = { _, _ in nil },
        settings: [String: String] = [:], _ body: (MailScene) async throws -> R
    ) async throws -> R {
        try await ScriptedMailServer.with(script) { server in
            let settings = ["SOUK_SMTP_URL": "smtp://127.0.0.1:\(server.port)"]
                .merging(settings) { $1 }
            return try await NotificationHarness.with(.database, settings: settings) { harness in
                try await body(MailScene(harness: harness, server: server))
            }
        }
    }

    // MARK: What other services publish

    func register(_ user: UserID, _ address: String) async throws {
        let sealed = try seal(
            address, of: user,
            SealContext(stream: StreamID(category: "user", key: user), version: 1, field: "email"))
        try await harness.deliver(
            UserRegistered(userID: user, email: sealed, registeredAt: harness.clock.now()),
            of: .userEvents)
    }

    /// - Returns: the message's identifier.
    @discardableResult
    func request(
        _ template: String = "email_verification", of user: UserID = Self.ann,
        to address: String = "ann@example.org", values: [String: String] = ["code": "123456"],
        id: EventID? = nil
    ) async throws -> EventID {
        let id = id ?? harness.ids.next(EventTag.self)
        let stream = StreamID(category: "email", key: id)
        func part(_ text: String, _ field: String) throws -> SealedText {
            try seal(text, of: user, SealContext(stream: stream, version: 1, field: field))
        }
        try await harness.deliver(
            EmailRequested(
                messageID: id, userID: user, template: template,
                recipient: try part(address, "recipient"),
                values: try part(JSON.text(values), "values")),
            of: .emails)
        return id
    }

    private func seal(
        _ text: String, of user: UserID, _ context: SealContext
    ) throws -> SealedText {
        guard let key = harness.subjectKeys.current(user) else { throw SealError.failed }
        return try Sealing.seal(text, for: user, key: key, context: context)
    }

    // MARK: What runs

    /// Runs the mailer, and the timers, around `body`.
    func sending<R>(_ body: () async throws -> R) async throws -> R {
        let mailers = harness.blueprint.components.filter { $0.name == "mailer" }
        return try await ComponentSession.run(mailers, on: harness.context.loop, body)
    }

    func timers() throws -> TimerRunner {
        guard let store = harness.store as? PostgresEventStore else { throw SceneFault() }
        return TimerRunner(
            store: store, handlers: harness.blueprint.timers, loop: harness.context.loop,
            logger: harness.context.logger, metrics: harness.context.metrics)
    }

    private struct SceneFault: Error {}

    // MARK: What there is to see

    func phase(of id: EventID) async throws -> EmailMessage.Phase? {
        try await harness.store.load(EmailMessage.self, id).state.phase
    }

    /// Waits until a message is in a state.
    func wait(for phase: EmailMessage.Phase, of id: EventID) async throws {
        while try await self.phase(of: id) != phase {
            let head = try await harness.store.head()
            if try await self.phase(of: id) == phase { return }
            await harness.store.wait(beyond: head, atMost: .seconds(1))
        }
        await harness.settle()
    }

    func messages(_ state: String = "") async throws -> JSONValue {
        await harness.settle()
        let query = state.isEmpty ? "" : "?state=\(state)"
        return try await harness.call(.get, "/api/v1/messages\(query)", as: .support).json
    }

    /// What the invariants of the service find wrong.
    func violations() async throws -> [String] {
        let context = VerifyContext(pool: harness.context.pool, store: harness.store)
        var all: [String] = []
        for invariant in harness.blueprint.invariants {
            if case .violated(let cases) = try await invariant.check(context) { all += cases }
        }
        return all
    }
}
