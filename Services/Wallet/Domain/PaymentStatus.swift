internal import EventTypes

/// What a provider says of a payment, in or out; it only ever goes forward.
enum PaymentStatus: String, Codable, CaseIterable, Sendable {
    /// Next: `processing`, `succeeded`, `failed`.
    case pending
    /// Next: `succeeded`, `failed`.
    case processing
    /// Final.
    case succeeded
    /// Final.
    case failed

    var isFinal: Bool { self == .succeeded || self == .failed }

    /// How far along it is; a report with a lower rank came late.
    var rank: Int {
        switch self {
        case .pending: 0
        case .processing: 1
        case .succeeded, .failed: 2
        }
    }
}

/// One statement of a provider about a payment: the same whether it came by webhook or by fetch.
struct ProviderReport: Hashable, Sendable, Codable {
    /// The provider's name of the payment.
    let providerReference: String
    let status: PaymentStatus
    let amount: Money
    /// Why it failed.
    let reason: String?
    /// Where a person goes on with paying in.
    let checkoutURL: String?

    init(
        providerReference: String, status: PaymentStatus, amount: Money, reason: String? = nil,
        checkoutURL: String? = nil
    ) {
        self.providerReference = providerReference
        self.status = status
        self.amount = amount
        self.reason = reason
        self.checkoutURL = checkoutURL
    }

    enum CodingKeys: String, CodingKey {
        case providerReference = "provider_reference"
        case status, amount, reason
        case checkoutURL = "checkout_url"
    }
}
