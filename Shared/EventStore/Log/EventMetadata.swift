public import EventTypes
internal import JSON

/// Where an event comes from: written with it, carried along to topics and to what it causes.
public struct EventMetadata: Codable, Hashable, Sendable {
    /// The same for everything that one outside request set off.
    public var correlationID: CorrelationID
    /// The event that caused this one; nil when a request did.
    public var causationID: EventID?
    /// Who asked for it, such as `user-…` or `service:cashback`; nil for the program itself.
    public var actor: String?
    /// W3C Trace Context of the work that wrote it.
    public var traceparent: String?

    enum CodingKeys: String, CodingKey {
        case correlationID = "correlation_id"
        case causationID = "causation_id"
        case actor, traceparent
    }

    public init(
        correlationID: CorrelationID, causationID: EventID? = nil, actor: String? = nil,
        traceparent: String? = nil
    ) {
        self.correlationID = correlationID
        self.causationID = causationID
        self.actor = actor
        self.traceparent = traceparent
    }
}

extension EventMetadata {
    /// The text that logs keep: JSON.
    func text() throws -> [UInt8] {
        try MetadataText.write(self) ?? JSON.encode(self)
    }

    /// Reads such a text.
    ///
    /// - Throws: `JSONError`.
    init(text: UnsafeRawBufferPointer) throws {
        self = try MetadataText.read(text) ?? JSON.decode(EventMetadata.self, from: text)
    }
}
