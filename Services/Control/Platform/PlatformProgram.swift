/// A program of the platform.
enum PlatformProgram: String, CaseIterable, Sendable {
    case postgres, broker, sandbox, user, catalog, order, cashback, wallet, notification
    case analytics, cms, gateway

    var name: String { rawValue }

    /// The port on 127.0.0.1 when nothing moves it.
    var standardPort: Int {
        switch self {
        case .postgres: 8154
        case .broker: 8192
        case .sandbox: 8190
        case .user: 8101
        case .catalog: 8103
        case .order: 8104
        case .cashback: 8105
        case .notification: 8106
        case .cms: 8108
        case .wallet: 8102
        case .analytics: 8107
        case .gateway: 8080
        }
    }

    /// Higher stages stop first. PostgreSQL is not among the supervised and stops last.
    var stage: Int {
        switch self {
        case .postgres: 0
        case .broker: 1
        case .sandbox: 2
        case .user, .catalog, .order, .cashback, .wallet, .notification, .analytics, .cms: 3
        case .gateway: 4
        }
    }

    /// The name of its executable beside `souk`; nil for PostgreSQL.
    var executable: String? {
        switch self {
        case .postgres: nil
        case .broker: "souk"
        default: rawValue
        }
    }

    /// Whether it answers `/readyz`.
    var hasHTTP: Bool { self != .postgres && self != .broker }

    /// Whether it is one of the platform's own, beside what it stands on.
    var isService: Bool { hasLog || self == .gateway }

    /// Whether it has a log, and so a schema and a role in the database.
    var hasLog: Bool { Self.withLog.contains(self) }

    static let withLog: [PlatformProgram] = [
        .user, .catalog, .order, .cashback, .wallet, .notification, .analytics, .cms,
    ]

    /// Those that sign calls to others: the services, the gateway, and the operator's own hand.
    static let signers = withLog.map(\.name) + ["gateway", "control"]
}
