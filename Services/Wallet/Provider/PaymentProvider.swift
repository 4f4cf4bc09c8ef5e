internal import EventTypes
internal import HTTP

/// Whoever moves money between us and the world.
protocol PaymentProvider: Sendable {
    /// As it stands in the log.
    var name: String { get }

    /// Asks for a payment, or finds the one that was asked for with the same reference.
    func submit(_ order: PaymentOrder) async throws(PaymentProviderError) -> ProviderReport

    /// How a payment goes.
    func fetch(
        _ reference: String, of subject: PaymentSubject
    ) async throws(PaymentProviderError) -> ProviderReport

    /// Reads a webhook, once it is sure that the provider sent it.
    func notice(
        _ headers: HTTPHeaders, _ body: [UInt8], at now: Timestamp
    ) throws(WebhookRefusal) -> ProviderEventReceived
}

/// A payment to be made.
struct PaymentOrder: Sendable {
    let subject: PaymentSubject
    let amount: Money
    /// Where a payout goes; nil for a deposit.
    let destination: String?
}

/// Why a provider does not do what it is asked.
enum PaymentProviderError: Error, Sendable, Hashable {
    /// It will not take this payment, now or later; the word is its own.
    case refused(String)
    /// It may have it or not, and may take it later.
    case unavailable(String)
}

/// Why a webhook is not believed.
enum WebhookRefusal: Error, Sendable, Hashable {
    /// No signature, a wrong one, or one of another time.
    case signature
    /// It is signed, but cannot be read.
    case malformed(pointer: String, String)
}
