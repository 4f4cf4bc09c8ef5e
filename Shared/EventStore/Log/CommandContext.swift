public import EventTypes

/// Who asks for a unit of work, and how a repeat of it is recognised.
public struct CommandContext: Sendable {
    /// What the events of the unit carry.
    public var metadata: EventMetadata
    /// The command's own identifier, written with each event. When there is no `idempotency`, a
    /// second unit with the same identifier is a repeat, for ever: deterministic commands of
    /// process managers rely on it.
    public var commandID: CommandID?
    /// The request's idempotency key; a second unit with the same key is a repeat.
    public var idempotency: IdempotencyKey?
    /// No further attempt begins after this.
    public var deadline: ContinuousClock.Instant?

    public init(
        metadata: EventMetadata, commandID: CommandID? = nil, idempotency: IdempotencyKey? = nil,
        deadline: ContinuousClock.Instant? = nil
    ) {
        self.metadata = metadata
        self.commandID = commandID
        self.idempotency = idempotency
        self.deadline = deadline
    }

    /// A context for work that the program does by itself.
    public init(
        correlationID: CorrelationID, actor: String? = nil, commandID: CommandID? = nil,
        idempotency: IdempotencyKey? = nil
    ) {
        self.init(
            metadata: EventMetadata(correlationID: correlationID, actor: actor),
            commandID: commandID, idempotency: idempotency)
    }

    /// What makes a repeat of this command a repeat; nil when nothing does.
    var repeatKey: IdempotencyKey? {
        if let idempotency { return idempotency }
        return commandID.map {
            IdempotencyKey(
                scope: IdempotencyKey.commandScope, key: $0.description, fingerprint: [],
                lifetime: nil)
        }
    }
}

/// What a client sends so that its request takes effect once, however often it is sent.
public struct IdempotencyKey: Sendable, Hashable {
    /// The scope under which command identifiers stand.
    static let commandScope = "command"
    /// How long outcomes are kept unless said otherwise.
    public static let defaultLifetime: Duration = .seconds(7 * 24 * 3_600)

    /// Within which the key is unique: the actor and the route.
    public let scope: String
    public let key: String
    /// A digest of the request: the same key with another one is refused.
    public let fingerprint: [UInt8]
    /// How long the outcome is kept; nil for ever.
    public let lifetime: Duration?

    public init(
        scope: String, key: String, fingerprint: [UInt8],
        lifetime: Duration? = IdempotencyKey.defaultLifetime
    ) {
        self.scope = scope
        self.key = key
        self.fingerprint = fingerprint
        self.lifetime = lifetime
    }
}

/// What a unit of work came to.
public struct Committed<Result: Sendable>: Sendable {
    public let result: Result
    /// The position of the unit's last event; 0 when it wrote none.
    public let position: Int64
    /// Whether nothing was done because the same command had been done before: `result` is that
    /// one's.
    public let isRepeat: Bool

    public init(result: Result, position: Int64, isRepeat: Bool = false) {
        self.result = result
        self.position = position
        self.isRepeat = isRepeat
    }
}

/// The result of a unit of work that has none.
public struct NoResult: Codable, Hashable, Sendable {
    public init() {}
}
