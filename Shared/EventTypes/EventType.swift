/// What happened, by name and version of its form: `wallet.funds_credited`, 1.
public struct EventType: Hashable, Sendable {
    /// `service.past_tense`, in lower case with underscores.
    public let name: String
    /// From 1; within a version fields are only added.
    public let version: Int

    public init(_ name: String, version: Int = 1) {
        self.name = name
        self.version = version
    }
}

/// One kind of fact, as it stands in a log. Its JSON form is its `Codable` form.
public protocol EventPayload: Codable, Equatable, Sendable {
    static var eventType: EventType { get }
}

/// A fact that other services may read: part of the contract, listed in docs/EVENTS.md.
public protocol PublishedEvent: EventPayload {
    /// One sentence for the reference: when this happens.
    static var summary: String { get }
    /// A whole example, for the reference and the golden corpus.
    static var example: Self { get }
}

/// The topics of the platform.
public enum Topic: String, CaseIterable, Sendable, Codable {
    case userEvents = "user-events"
    case walletEvents = "wallet-events"
    case catalogEvents = "catalog-events"
    case orderEvents = "order-events"
    case cashbackEvents = "cashback-events"
    case notificationEvents = "notification-events"
    case analyticsEvents = "analytics-events"
    case cmsEvents = "cms-events"
    case emails
    case sms
    case notifications
    case webhooks
}
