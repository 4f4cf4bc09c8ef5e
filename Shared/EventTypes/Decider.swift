/// The closed set of facts of one kind of stream: an enum with a case for each payload.
///
/// ```swift
/// enum AccountEvent: DomainEvent {
///     case opened(AccountOpened)
///     case credited(AccountCredited)
///     static let forms: [EventForm<Self>] = [.form(Self.opened), .form(Self.credited)]
///     var payload: any EventPayload {
///         switch self { case .opened(let fact): fact; case .credited(let fact): fact }
///     }
/// }
/// ```
public protocol DomainEvent: Equatable, Sendable {
    static var forms: [EventForm<Self>] { get }
    var payload: any EventPayload { get }
}

/// How one payload type becomes a case of its `DomainEvent`. A class: it is looked up for every
/// event that is read, and nothing of it is copied then.
public final class EventForm<Event: DomainEvent>: Sendable {
    public let type: EventType
    public let payload: any EventPayload.Type
    /// Decodes the payload with whatever decoder the caller has (`JSON` passes its own).
    public let decode: @Sendable (any PayloadDecoder) throws -> Event

    private init(
        type: EventType, payload: any EventPayload.Type,
        decode: @escaping @Sendable (any PayloadDecoder) throws -> Event
    ) {
        self.type = type
        self.payload = payload
        self.decode = decode
    }

    /// The form of the events that `wrap` makes of a payload.
    public static func form<Payload: EventPayload>(
        _ wrap: @escaping @Sendable (Payload) -> Event
    ) -> EventForm {
        EventForm(
            type: Payload.eventType, payload: Payload.self,
            decode: { decoder in wrap(try decoder.decode(Payload.self)) })
    }
}

/// Whatever can turn the bytes at hand into a payload.
public protocol PayloadDecoder {
    func decode<Payload: EventPayload>(_ type: Payload.Type) throws -> Payload
}

/// The rules of one kind of stream, pure: no I/O, no clock, no randomness. Times and identifiers
/// that a decision needs arrive in the command.
public protocol Decider {
    associatedtype State: Sendable
    associatedtype Command: Sendable
    associatedtype Event: DomainEvent
    associatedtype Refusal: Error

    /// The category of its streams' names.
    static var category: String { get }
    /// The state of a stream that has no event yet.
    static var initial: State { get }
    /// What happens when `command` meets `state`; no events means that it was done already.
    static func decide(_ command: Command, _ state: State) throws(Refusal) -> [Event]
    /// Folds one fact into the state; never fails.
    static func evolve(_ state: inout State, _ event: Event)
}

extension Decider {
    /// The state after `events`, from nothing.
    public static func fold(_ events: some Sequence<Event>) -> State {
        var state = initial
        for event in events { evolve(&state, event) }
        return state
    }

    public static func stream(_ key: some CustomStringConvertible) -> StreamID {
        StreamID(category: category, key: key)
    }
}
