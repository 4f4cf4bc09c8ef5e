internal import Crypto
public import EventStore
internal import EventTypes
public import HTTP
internal import Runtime
public import ServiceKit
internal import Synchronization

/// A whole service without sockets and without a bus: its real routes, rules, projections and
/// policies, over a log in memory or in a PostgreSQL database of its own.
///
/// ```swift
/// try await ServiceHarness<WalletService>.with(.database) { wallet in
///     try await wallet.deliver(CashbackConversionApproved.example, of: .cashbackEvents)
///     let response = try await wallet.call(.get, "/api/v1/wallet/accounts", as: .customer(user))
///     #expect(response.json["items"]?[0]?["balance_minor"] == 147)
/// }
/// ```
///
/// Clock, identifiers and randomness are the test's. Other services are handlers that the test
/// gives; subject keys are made as they are asked for.
public final class ServiceHarness<Service: SoukService>: Sendable {
    /// Where the log is.
    public enum Storage: Sendable {
        /// In memory: no SQL, so no projections and no `context.pool`.
        case memory
        /// In PostgreSQL, with the projections running.
        case database
    }

    public let clock: ManualClock
    public let ids: SequentialIdentifiers
    public let log: RecordingLogSink
    public let context: ServiceContext
    public let blueprint: Blueprint
    /// Answers requests as the service's server would.
    public let handler: HTTPHandler
    /// The keys of the people that the service meets.
    public let subjectKeys: TestSubjectKeys
    let trust: HarnessTrust
    let breaches: Breaches
    private let keys = Mutex(0)
    private let deliveries = Mutex<Int64>(0)

    /// The service's log.
    public var store: any EventStore { context.store }

    init(
        clock: ManualClock, ids: SequentialIdentifiers, log: RecordingLogSink,
        subjectKeys: TestSubjectKeys, trust: HarnessTrust, breaches: Breaches,
        application: ServiceApplication
    ) {
        self.clock = clock
        self.ids = ids
        self.log = log
        self.subjectKeys = subjectKeys
        self.trust = trust
        self.breaches = breaches
        context = application.context
        blueprint = application.blueprint
        handler = application.handler
    }

    func nextKey() -> String {
        keys.withLock { number in
            number += 1
            return "harness-\(number)"
        }
    }

    func nextDelivery() -> Int64 {
        deliveries.withLock { number in
            number += 1
            return number
        }
    }

    /// - Throws: `HarnessBreach` when a handler has answered what its route does not document.
    func checkBreaches() throws {
        let all = breaches.all
        if !all.isEmpty { throw HarnessBreach(description: all.joined(separator: "\n")) }
    }
}

/// A route that does not do what it documents.
public struct HarnessBreach: Error, CustomStringConvertible {
    public let description: String
}

/// Gathers what handlers did against their own documentation.
final class Breaches: Sendable {
    private let list = Mutex<[String]>([])
    var all: [String] { list.withLock { $0 } }
    func add(_ breach: String) { list.withLock { $0.append(breach) } }
}
