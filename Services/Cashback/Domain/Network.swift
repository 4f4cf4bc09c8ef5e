internal import EventTypes

/// An affiliate network may report sales, in this way.
struct NetworkConfigured: EventPayload {
    static let eventType = EventType("cashback.network_configured")
    let network: String
    let mapping: NetworkMapping
    /// SHA-256 of the secret that its postbacks carry, in hexadecimal digits.
    let secretDigest: String
    /// The field that carries the secret, when it is not in the path.
    let secretField: String?
    /// The header with HMAC-SHA256 of the body under the network's key; the key itself comes from
    /// the configuration, never from the log.
    let signatureHeader: String?
    let configuredBy: UserID?

    enum CodingKeys: String, CodingKey {
        case network, mapping
        case secretDigest = "secret_digest"
        case secretField = "secret_field"
        case signatureHeader = "signature_header"
        case configuredBy = "configured_by"
    }
}

enum NetworkEvent: DomainEvent {
    case configured(NetworkConfigured)

    static let forms: [EventForm<Self>] = [.form(Self.configured)]

    var payload: any EventPayload {
        switch self {
        case .configured(let fact): fact
        }
    }
}

/// An affiliate network, by its name.
enum Network: Decider {
    static let category = "network"
    static let initial = State()

    struct State: Sendable, Equatable {
        var configured: NetworkConfigured?
    }

    enum Command: Sendable {
        case configure(NetworkConfigured)
    }

    static func decide(
        _ command: Command, _ state: State
    ) throws(CashbackError) -> [NetworkEvent] {
        switch command {
        case .configure(let settings):
            guard isName(settings.network) else { throw .networkNameMalformed }
            guard settings.network != OwnOrders.network else { throw .networkReserved }
            try settings.mapping.check()
            return state.configured == settings ? [] : [.configured(settings)]
        }
    }

    /// 1 to 32 lower-case letters, digits and underscores.
    static func isName(_ text: String) -> Bool {
        (1...32).contains(text.utf8.count)
            && text.utf8.allSatisfy { byte in
                (97...122).contains(byte) || (48...57).contains(byte) || byte == 95
            }
    }

    static func evolve(_ state: inout State, _ event: NetworkEvent) {
        switch event {
        case .configured(let fact): state.configured = fact
        }
    }
}
