internal import EventTypes

/// What a network says of a sale.
enum SaleStatus: String, Codable, CaseIterable, Sendable {
    /// It happened and is not confirmed.
    case pending
    case approved
    /// It will not be paid.
    case declined
    /// It had been confirmed and is not any more.
    case reversed

    /// Where no version is given: how far along the sale is.
    var impliedVersion: Int64 {
        switch self {
        case .pending: 1
        case .approved: 2
        case .declined, .reversed: 3
        }
    }

    var isRefusal: Bool { self == .declined || self == .reversed }
}

/// One statement of a network about one sale, by postback or in a file.
struct Postback: Hashable, Sendable {
    let network: String
    /// The network's own name of the sale.
    let actionID: String
    let clickID: ClickID
    /// Rises with each change of the sale at the network.
    let version: Int64
    let status: SaleStatus
    let sale: Money
    let soldAt: Timestamp
    /// The network's reason, as it stands there.
    let reason: String?
    let source: Source
    /// As it came; kept.
    let raw: String

    enum Source: String, Codable, CaseIterable, Sendable {
        case postback, statement
        /// The platform's own checkout.
        case order
    }
}
