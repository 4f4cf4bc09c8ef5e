internal import EventTypes

/// One published event of another service, kept as it was read.
struct FactRecorded: EventPayload {
    static let eventType = EventType("analytics.fact_recorded")

    /// The published event's own identifier.
    let id: EventID
    /// The service that published it.
    let source: String
    /// When its source recorded it.
    let time: Timestamp
    let event: any PublishedEvent

    private enum CodingKeys: String, CodingKey {
        case id, source, time, type, version, event
    }

    init(id: EventID, source: String, time: Timestamp, event: any PublishedEvent) {
        self.id = id
        self.source = source
        self.time = time
        self.event = event
    }

    init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        id = try container.decode(EventID.self, forKey: .id)
        source = try container.decode(String.self, forKey: .source)
        time = try container.decode(Timestamp.self, forKey: .time)
        let type = EventType(
            try container.decode(String.self, forKey: .type),
            version: try container.decode(Int.self, forKey: .version))
        guard let form = Self.forms[type] else {
            throw DecodingError.dataCorruptedError(
                forKey: .type, in: container, debugDescription: "not an event of the contract")
        }
        event = try Self.decode(form, from: container)
    }

    func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        let type = Swift.type(of: event).eventType
        try container.encode(id, forKey: .id)
        try container.encode(source, forKey: .source)
        try container.encode(time, forKey: .time)
        try container.encode(type.name, forKey: .type)
        try container.encode(type.version, forKey: .version)
        try Self.encode(event, into: &container)
    }

    static func == (left: Self, right: Self) -> Bool {
        left.id == right.id && left.source == right.source && left.time == right.time
            && isSame(left.event, right.event)
    }

    private static let forms: [EventType: any PublishedEvent.Type] = Dictionary(
        Contract.events.flatMap(\.types).map { ($0.eventType, $0) }, uniquingKeysWith: { $1 })

    private static func decode<Event: PublishedEvent>(
        _ type: Event.Type, from container: KeyedDecodingContainer<CodingKeys>
    ) throws -> any PublishedEvent {
        try container.decode(type, forKey: .event)
    }

    private static func encode<Event: PublishedEvent>(
        _ event: Event, into container: inout KeyedEncodingContainer<CodingKeys>
    ) throws {
        try container.encode(event, forKey: .event)
    }

    private static func isSame<Event: PublishedEvent>(
        _ left: Event, _ right: any PublishedEvent
    ) -> Bool {
        left == right as? Event
    }
}
