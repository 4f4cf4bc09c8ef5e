public import EventTypes

/// What a service wants to hear, and what it does then.
public struct Subscription: Sendable {
    public let topics: [Topic]
    /// The names of the types that `handle` is called with. Other types of the contract are passed
    /// over; types and versions that the contract does not know are parked.
    public let handles: Set<String>
    /// Applies one event. Everything it does goes through the unit, which is committed together
    /// with the source's position; what it throws is retried and then parks the event's key.
    public let handle: @Sendable (ReceivedEvent, UnitOfWork) async throws -> Void

    public init(
        topics: [Topic], handles: Set<String>,
        handle: @escaping @Sendable (ReceivedEvent, UnitOfWork) async throws -> Void
    ) {
        self.topics = topics
        self.handles = handles
        self.handle = handle
    }
}
