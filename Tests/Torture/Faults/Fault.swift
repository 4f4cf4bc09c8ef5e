/// What can be broken.
enum FaultKind: String, CaseIterable, Codable, Sendable {
    case serviceKilled = "service killed"
    case servicePaused = "service paused"
    case serviceRolled = "service rolled to another copy"
    case serviceDoubled = "second replica of a service"
    case clockStepped = "clock of a service stepped"
    case brokerKilled = "broker killed"
    case brokerPaused = "broker paused"
    case topicDeleted = "topic deleted"
    case partitionsAdded = "partitions added"
    case backendKilled = "PostgreSQL backend killed"
    case backendPaused = "PostgreSQL backend paused"
    case postgresStopped = "PostgreSQL stopped at once"
    case diskFull = "disk full"
    case databaseCut = "connections to PostgreSQL cut"
    case databaseDelayed = "connections to PostgreSQL delayed"
    case databaseHalfOpen = "connections to PostgreSQL half open"
    case brokerCut = "connections to the broker cut"
    case brokerDelayed = "connections to the broker delayed"
    case brokerHalfOpen = "connections to the broker half open"
    case serviceCut = "connections to a service cut"
    case serviceDelayed = "connections to a service delayed"
    case serviceHalfOpen = "connections to a service half open"

    /// Whether it needs Apache Kafka.
    var needsApache: Bool { self == .topicDeleted || self == .partitionsAdded }

    /// Whether one of the services is its victim.
    var hasService: Bool {
        switch self {
        case .serviceKilled, .servicePaused, .serviceRolled, .serviceDoubled, .clockStepped,
            .serviceCut, .serviceDelayed, .serviceHalfOpen:
            true
        default: false
        }
    }

    /// Whether the gateway can be a victim too: nothing stands before it.
    var mayHitGateway: Bool {
        self == .serviceKilled || self == .servicePaused || self == .serviceRolled
    }
}

/// One thing that is broken at some time, and healed later.
struct Fault: Codable, Sendable, Equatable {
    let kind: FaultKind
    /// The service or the topic; nil where there is nothing to choose.
    let victim: String?
    /// From the start of the load.
    let startMilliseconds: Int
    let milliseconds: Int
    /// What else is to be chosen: which backend, how far a clock steps.
    let choice: Int

    enum CodingKeys: String, CodingKey {
        case kind, victim
        case startMilliseconds = "start_ms"
        case milliseconds = "duration_ms"
        case choice
    }

    var start: Duration { .milliseconds(startMilliseconds) }
    var duration: Duration { .milliseconds(milliseconds) }

    /// How far a clock steps.
    var clockStep: Int { [-3_600, -90, 90, 3_600][choice % 4] }

    var description: String {
        let seconds = Double(startMilliseconds / 100) / 10
        let name = victim.map { "\(kind.rawValue): \($0)" } ?? kind.rawValue
        return "\(seconds) s  \(name), for \(Double(milliseconds / 100) / 10) s"
    }
}
